//! One process a run's folder.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// Why the folder cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("{path} is in use by another onetape{}; stop that one, or choose another run folder", process(*.pid), path = path.display())]
    Taken {
        /// The folder.
        path: PathBuf,
        /// Its process, where it could be read.
        pid: Option<u32>,
    },
    /// The system refused.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

fn process(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!(" (process {pid})"))
}

/// Has a run's folder as long as it lives; the system takes it back when the process ends, in whatever way.
#[derive(Debug)]
pub struct RunLock {
    /// Its lock is what counts.
    _file: File,
}

impl RunLock {
    /// Takes a run's folder, which is made for its owner alone when it is not there.
    ///
    /// # Errors
    /// [`LockError::Taken`] when another process has it.
    pub fn take(run_dir: &Path) -> Result<Self, LockError> {
        let failed = |action, path: &Path| {
            let path = path.to_path_buf();
            move |source| LockError::Io {
                action,
                path,
                source,
            }
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(run_dir)
            .map_err(failed("make the folder", run_dir))?;
        let path = run_dir.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(&path)
            .map_err(failed("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Taken {
                    path: run_dir.to_path_buf(),
                    pid: pid_in(&mut file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed("lock", &path)(source)),
        }
        // Who it is, for the message of the next; the lock does not depend on it.
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(failed("write", &path))?;
        Ok(Self { _file: file })
    }

    /// Whether a process has a run's folder now. Nothing is made or changed.
    pub fn is_taken(run_dir: &Path) -> bool {
        // Opened as a lock needs it; a folder that cannot be looked at is not one that this user runs.
        let mut options = OpenOptions::new();
        options
            .read(true)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
        let file = options.open(run_dir.join("lock"));
        file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

fn pid_in(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
