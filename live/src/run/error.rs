//! Why a run cannot go on.

use crate::stamp::StampError;

/// Why a run cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The journal's first error, which is its last.
    #[error("the journal cannot be written: {0}")]
    Journal(String),
    /// The clock.
    #[error(transparent)]
    Clock(#[from] StampError),
}
