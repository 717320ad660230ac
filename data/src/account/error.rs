//! What can be wrong with an account file.

use std::io;
use std::path::{Path, PathBuf};

/// Why an account file cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The system refused.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It does not begin as one.
    #[error("{path} is no account file of this version; record the run anew with this build", path = path.display())]
    NotOne {
        /// The file.
        path: PathBuf,
    },
    /// A record is not what was written.
    #[error("{path} is damaged at byte {offset}; restore it from a copy", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        offset: u64,
    },
    /// A record is too large.
    #[error("event {seq} is larger than {path} can hold", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Of which event.
        seq: u64,
    },
}

impl AccountError {
    pub(super) fn io<'a>(
        action: &'static str,
        path: &'a Path,
    ) -> impl FnOnce(io::Error) -> Self + 'a {
        move |source| Self::Io {
            action,
            path: path.to_path_buf(),
            source,
        }
    }
}
