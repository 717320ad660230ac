//! A run's journal on disk: segments `00000.seg`, `00001.seg`, … in the run folder's `journal/`.
//!
//! The bytes are [`onetape_core::journal`]'s; this module puts them into files and gets them back, one segment in
//! memory at a time. Segments end between frames and each continues the chain of checksums of the one before, so
//! a segment that is missing, of another run or cut short is told from the next one. What no reader can tell is
//! that whole frames are missing at the very end: a run that ended says so in its last event.

mod error;
mod read;
mod snapshot;
mod spare;
mod store;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use onetape_core::event::Seq;
use onetape_core::journal::{Journal, JournalError, Mode, Record};

pub use error::JournalFileError;
pub use read::{Entry, JournalEnd, JournalFile, TornTail};
pub use snapshot::{Place, Snapshot, SnapshotError, keep_segments, keep_snapshots, snapshots};
pub use store::{SegmentHandle, SegmentOptions, SegmentStore};

/// The folder of the segments in a run's folder.
pub fn journal_dir(run_dir: &Path) -> PathBuf {
    run_dir.join("journal")
}

use read::list_segments;

/// Path of a segment.
fn segment_path(journal_dir: &Path, index: u32) -> PathBuf {
    journal_dir.join(format!("{index:05}.seg"))
}

/// Writes records as a complete journal into a run folder that has none: for a journal that is changed on
/// purpose. Checksums are made anew.
///
/// # Errors
/// When there is a journal already, files cannot be written, or sequence numbers go back.
pub fn write_records<'a>(
    run_dir: &Path,
    run_id: [u8; 16],
    records: impl IntoIterator<Item = (Seq, &'a Record)>,
) -> Result<(), JournalError<JournalFileError>> {
    let store = SegmentStore::create(run_dir, SegmentOptions::default());
    let mut journal = Journal::new(store.map_err(JournalError::Store)?, run_id, Mode::Full);
    for (seq, record) in records {
        journal.record(seq, record)?;
    }
    journal.finish()?;
    Ok(())
}
