//! A process that holds keys: nobody else reads its memory or its files.

use std::io;

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, setrlimit, umask};

/// Leaves no image of the memory behind when the process dies, and makes new files for their owner alone. On Linux, other
/// processes of the same user cannot look into its memory or environment any more either; file descriptors can then
/// not be opened by their path, so a passphrase from one is read before.
///
/// # Errors
/// When the system does not let it be done: then keys should not be loaded.
pub fn close_to_others() -> io::Result<()> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)?;
    umask(Mode::RWXG | Mode::RWXO);
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    }
    Ok(())
}
