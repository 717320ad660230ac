//! A run's folder being taken up: lock, epoch, journal, in this order.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use onetape_core::journal::{Journal, Mode};
use onetape_data::journal::{
    Entry, JournalFile, JournalFileError, SegmentOptions, SegmentStore, TornTail, journal_dir,
};

use super::{
    Durable, DurableError, EpochError, LockError, RunLock, SyncOptions, free_bytes, next_epoch,
};

/// Why a run cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// Its folder.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Its epoch.
    #[error(transparent)]
    Epoch(#[from] EpochError),
    /// Its segments.
    #[error(transparent)]
    Journal(#[from] JournalFileError),
    /// What stands between.
    #[error(transparent)]
    Durable(#[from] DurableError),
    /// The journal there is of another configuration.
    #[error("the journal in {path} is of run {found}, not of {expected}: configuration or data are another; choose another run folder", path = path.display(), found = hex(found), expected = hex(expected))]
    OtherRun {
        /// The run's folder.
        path: PathBuf,
        /// The run there.
        found: [u8; 16],
        /// The run that was to be.
        expected: [u8; 16],
    },
}

fn hex(id: &[u8; 16]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a run lived before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Life {
    /// It did not.
    First,
    /// It did, and what its journal has was handed over.
    Again {
        /// Number of records.
        records: u64,
        /// What was cut off: what stood there may have been sent.
        torn: Option<TornTail>,
    },
}

/// A run that can begin.
pub struct Begun<J> {
    /// Keeps others out.
    pub lock: RunLock,
    /// This life, counted from one; on disk.
    pub epoch: u32,
    /// Whether there was one before.
    pub life: Life,
    /// To write to.
    pub journal: J,
}

/// Takes up a run's folder. What an earlier life journaled is handed to `fold`, record by record, before anything new
/// can be written.
///
/// # Errors
/// When the folder is in use, the epoch is not certainly on disk, or the journal is damaged or another run's.
pub fn begin(
    run_dir: &Path,
    run_id: [u8; 16],
    mode: Mode,
    segments: SegmentOptions,
    syncs: SyncOptions,
    mut fold: impl FnMut(Entry),
) -> Result<Begun<Journal<Durable<SegmentStore>>>, BeginError> {
    let lock = RunLock::take(run_dir)?;
    let epoch = next_epoch(run_dir)?;
    let dir = journal_dir(run_dir);
    let watched = run_dir.to_path_buf();
    let free = move || free_bytes(&watched);
    if is_new(&dir)? {
        let store = SegmentStore::create(run_dir, segments)?;
        let journal = Journal::new(Durable::new(store, syncs, free)?, run_id, mode);
        let life = Life::First;
        return Ok(Begun {
            lock,
            epoch,
            life,
            journal,
        });
    }
    let mut file = JournalFile::open(run_dir)?;
    if file.run_id() != run_id {
        return Err(BeginError::OtherRun {
            path: run_dir.to_path_buf(),
            found: file.run_id(),
            expected: run_id,
        });
    }
    let mut records = 0;
    for entry in file.by_ref() {
        fold(entry?);
        records += 1;
    }
    let Some(end) = file.end() else {
        return Err(JournalFileError::NoJournal { path: dir }.into());
    };
    let torn = file.tail().cloned();
    let store = SegmentStore::resume(run_dir, segments, &end)?;
    let journal = Journal::resume(Durable::new(store, syncs, free)?, mode, end.resume);
    Ok(Begun {
        lock,
        epoch,
        life: Life::Again { records, torn },
        journal,
    })
}

/// Whether nothing was ever written. A first segment without a byte is left by a life that ended before its first write,
/// and is removed.
fn is_new(dir: &Path) -> Result<bool, JournalFileError> {
    let first = dir.join("00000.seg");
    match first.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(!dir.join("00001.seg").exists())
        }
        Err(source) => Err(failed("look at", &first, source)),
        Ok(about) if about.is_file() && about.len() == 0 && !dir.join("00001.seg").exists() => {
            fs::remove_file(&first).map_err(|source| failed("remove", &first, source))?;
            Ok(true)
        }
        Ok(_) => Ok(false),
    }
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> JournalFileError {
    JournalFileError::Io {
        action,
        path: path.to_path_buf(),
        source,
    }
}
