//! What other processes say to this one.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;

use crate::sweep::SweepError;

/// Exit code of a process that was interrupted twice.
const INTERRUPTED: i32 = 130;

/// A flag that SIGTERM and Ctrl-C set; a second one ends the process at once.
pub(super) fn stop() -> anyhow::Result<Arc<AtomicBool>> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag::{register, register_conditional_shutdown};
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        // The order matters: the first signal finds the flag unset.
        register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&stop))
            .and_then(|_| register(signal, Arc::clone(&stop)))
            .context("signals cannot be listened to")?;
    }
    Ok(stop)
}

/// Asks the system for SIGTERM when the parent process dies.
#[cfg(target_os = "linux")]
pub(super) fn die_with_parent() -> anyhow::Result<()> {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    let parent = getppid();
    set_parent_process_death_signal(Some(Signal::TERM))
        .context("--die-with-parent: the system refuses")?;
    // It may have died before it was asked for.
    if getppid() != parent {
        return Err(SweepError::Temporary("the parent process has died".into()).into());
    }
    Ok(())
}

/// Asks the system for SIGTERM when the parent process dies.
#[cfg(not(target_os = "linux"))]
pub(super) fn die_with_parent() -> anyhow::Result<()> {
    Err(SweepError::usage(
        "--die-with-parent works on Linux alone; leave it out",
    ))
}
