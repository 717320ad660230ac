//! One writer at a time: an exclusive lock on a file below the root. The system lets go of it when the process
//! ends, however it ends.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The lock file below a root.
pub(super) fn path(root: &Path) -> PathBuf {
    root.join(".lock")
}

/// The right to write below a root, and the directories that had to be made for it.
pub(super) struct Lock {
    root: PathBuf,
    /// Innermost first; empty when the root was there.
    made: Vec<PathBuf>,
    file: File,
}

impl Lock {
    /// Takes the lock, making the root where there is none.
    pub(super) fn take(root: &Path) -> Result<Self> {
        let made: Vec<PathBuf> = root
            .ancestors()
            .take_while(|dir| !dir.as_os_str().is_empty() && !dir.exists())
            .map(Path::to_path_buf)
            .collect();
        fs::create_dir_all(root).map_err(Error::io("create", root))?;
        let path = path(root);
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(Error::io("create", &path))?;
        let locked = || Error::Locked {
            path: root.to_path_buf(),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(locked()),
            Err(TryLockError::Error(why)) => return Err(Error::io("lock", &path)(why)),
        }
        // A writer that gave up a new root removes its lock file; a lock on a removed file guards nothing.
        if !is_same(&file, &path) {
            return Err(locked());
        }
        Ok(Self {
            root: root.to_path_buf(),
            made,
            file,
        })
    }

    /// Takes back a root that was made for a transaction which came to nothing.
    pub(super) fn unmake(&mut self) {
        let lock = path(&self.root);
        let alone = fs::read_dir(&self.root)
            .is_ok_and(|entries| entries.flatten().all(|entry| entry.path() == lock));
        if alone && !self.made.is_empty() {
            // Whatever cannot be removed stays, and does no harm.
            let _ = fs::remove_file(&lock);
            for dir in &self.made {
                let _ = fs::remove_dir(dir);
            }
        }
    }
}

impl Drop for Lock {
    /// Lets go of it by name. A process that another thread is starting has a copy of the handle until it runs its
    /// program, and as long as there is one, closing ours would not.
    fn drop(&mut self) {
        // What cannot be let go of here ends with the process.
        let _ = self.file.unlock();
    }
}

#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(held), Ok(there)) => (held.dev(), held.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_same(_file: &File, path: &Path) -> bool {
    path.exists()
}
