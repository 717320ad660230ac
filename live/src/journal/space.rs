//! Room on the disk, looked at before it is gone.

use std::io;
use std::path::Path;

/// Room that is little, and that is too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpaceLimits {
    /// Below this, people are told.
    pub low_bytes: u64,
    /// Below this, nothing new is begun: what is left is for what must still be written.
    pub out_bytes: u64,
}

impl Default for SpaceLimits {
    fn default() -> Self {
        Self {
            low_bytes: 1024 * 1024 * 1024,
            out_bytes: 64 * 1024 * 1024,
        }
    }
}

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Space {
    /// Enough.
    Enough,
    /// Little.
    Low,
    /// Too little.
    Out,
}

impl SpaceLimits {
    /// What so many free bytes are.
    pub const fn judge(&self, free_bytes: u64) -> Space {
        if free_bytes < self.out_bytes {
            Space::Out
        } else if free_bytes < self.low_bytes {
            Space::Low
        } else {
            Space::Enough
        }
    }
}

/// Bytes that can still be written to the disk of a path by its user.
///
/// # Errors
/// When the system does not tell.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    let about = rustix::fs::statvfs(path)?;
    Ok(about.f_bavail.saturating_mul(about.f_frsize))
}
