//! A live run's journal: written before orders leave, synced beside the loop, and final in its first error.
//!
//! [`begin`] takes the run's folder for itself, counts up its epoch and has that on disk before anything else, and
//! opens the journal, new or where an earlier life left it. [`Durable`] stands between the journal and its segments:
//! each write is in the hands of the system when it returns, and on disk at most 50 ms later, by a thread that also
//! watches how much room is left. Once a write or a sync failed, nothing is taken any more, and no order leaves.

mod begin;
mod durable;
mod epoch;
mod lock;
mod snapshots;
mod space;
mod syncer;

#[cfg(test)]
mod tests;

pub use begin::{BeginError, Begun, Life, Past, begin};
pub use durable::{Durable, DurableError, Medium};
pub use epoch::{EpochError, Lives, next_epoch};
pub use lock::{LockError, RunLock};
pub use snapshots::{SnapshotOptions, Snapshots};
pub use space::{Space, SpaceLimits, free_bytes};
pub use syncer::{Flush, Latch, Notice, SyncOptions};
