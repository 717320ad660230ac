//! The count of a run's lives: order ids begin with it, so that none is used twice even when a tail was lost.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Why there is no epoch.
#[derive(Debug, thiserror::Error)]
pub enum EpochError {
    /// The system refused.
    #[error("cannot {action} {path}: {source}; without it order ids could be used twice", path = path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not a number of ours.
    #[error("{path} does not hold the number of this run's lives; write into it a number above that of any life before, or begin a new run", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// There is a journal and no epoch.
    #[error("{path} is missing while the run has a journal; write into it a number above that of any life before, or begin a new run", path = path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// No number is left.
    #[error("this run has lived too often; begin a new run")]
    Exhausted,
}

/// Counts up the epoch of a run's folder, on disk when this returns. The first is 1. Only with the folder's lock.
///
/// # Errors
/// When it cannot be read, is not there although there is a `journal`, or is not certainly on disk.
pub fn next_epoch(run_dir: &Path) -> Result<u32, EpochError> {
    let path = run_dir.join("epoch");
    let last = match fs::read_to_string(&path) {
        Ok(text) => text
            .strip_suffix('\n')
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| EpochError::Damaged { path: path.clone() })?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if run_dir.join("journal").exists() {
                return Err(EpochError::Missing { path });
            }
            0
        }
        Err(source) => return Err(failed("read", &path)(source)),
    };
    let next: u32 = u32::checked_add(last, 1).ok_or(EpochError::Exhausted)?;
    let beside = run_dir.join("epoch.new");
    write(&beside, next)
        .and_then(|()| fs::rename(&beside, &path))
        .and_then(|()| File::open(run_dir)?.sync_all())
        .map_err(failed("write", &path))?;
    Ok(next)
}

fn write(path: &Path, epoch: u32) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{epoch}")?;
    file.sync_all()
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EpochError {
    let path = path.to_path_buf();
    move |source| EpochError::Io {
        action,
        path,
        source,
    }
}
