//! A run's folder being taken up: lock, epoch, journal, in this order.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use onetape_adapters::client_id::RunTag;
use onetape_core::event::Seq;
use onetape_core::journal::{Journal, Mode};
use onetape_data::journal::{
    Entry, JournalFile, JournalFileError, SegmentOptions, SegmentStore, Snapshot, TornTail,
    journal_dir, snapshots,
};

use super::{
    Durable, DurableError, EpochError, Lives, LockError, RunLock, SyncOptions, free_bytes,
    next_epoch,
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
    /// Segments were dropped, and no snapshot knows what they told.
    #[error("the journal begins with {path}, the segments before were dropped, and no snapshot can be used ({refused}); restore them from a copy", path = path.display())]
    Headless {
        /// The first segment that is there.
        path: PathBuf,
        /// Why no snapshot is used.
        refused: String,
    },
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

/// Takes in what an earlier life left.
pub trait Past {
    /// Begins at a snapshot, in place of the first event.
    ///
    /// # Errors
    /// Why it does not; then the next older one is tried, and at last the journal from its first event.
    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), String>;

    /// Takes the next record.
    fn take(&mut self, entry: Entry);
}

/// Takes records in, and begins at none but the first.
impl<F: FnMut(Entry)> Past for F {
    fn restore(&mut self, _: &Snapshot) -> Result<(), String> {
        Err("it is not asked for".into())
    }

    fn take(&mut self, entry: Entry) {
        self(entry);
    }
}

/// Whether a run lived before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Life {
    /// It did not.
    First,
    /// It did, and what its journal has was handed over.
    Again {
        /// Number of records that were handed over.
        records: u64,
        /// The event that the snapshot is of that was begun at.
        snapshot: Option<Seq>,
        /// Why newer snapshots were not used.
        refused: Vec<String>,
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
    /// What the run's orders end with at venues; none for a run that began without.
    pub tag: Option<RunTag>,
    /// Whether there was one before.
    pub life: Life,
    /// To write to.
    pub journal: J,
}

/// Takes up a run's folder. What an earlier life journaled is handed to `past`, record by record, before anything new
/// can be written: from the newest snapshot on that can be used, else from the first event on.
///
/// # Errors
/// When the folder is in use, the epoch is not certainly on disk, or the journal is damaged or another run's.
pub fn begin(
    run_dir: &Path,
    run_id: [u8; 16],
    mode: Mode,
    segments: SegmentOptions,
    syncs: SyncOptions,
    past: &mut impl Past,
) -> Result<Begun<Journal<Durable<SegmentStore>>>, BeginError> {
    let lock = RunLock::take(run_dir)?;
    let Lives { epoch, tag } = next_epoch(run_dir)?;
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
            tag,
            life,
            journal,
        });
    }
    let Opened {
        mut file,
        snapshot,
        refused,
    } = open(run_dir, run_id, past)?;
    if file.run_id() != run_id {
        return Err(BeginError::OtherRun {
            path: run_dir.to_path_buf(),
            found: file.run_id(),
            expected: run_id,
        });
    }
    let mut records = 0;
    for entry in file.by_ref() {
        past.take(entry?);
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
        tag,
        life: Life::Again {
            records,
            snapshot,
            refused,
            torn,
        },
        journal,
    })
}

/// A journal at the place where folding begins.
struct Opened {
    file: JournalFile,
    snapshot: Option<Seq>,
    refused: Vec<String>,
}

fn open(run_dir: &Path, run_id: [u8; 16], past: &mut impl Past) -> Result<Opened, BeginError> {
    let mut refused = Vec::new();
    for path in snapshots(run_dir)? {
        let begun = Snapshot::read(&path, run_id)
            .map_err(|error| error.to_string())
            .and_then(|snapshot| {
                let file = JournalFile::open_at(run_dir, &snapshot.place);
                let file = file.map_err(|error| error.to_string())?;
                let restored = past.restore(&snapshot);
                restored.map_err(|why| format!("{}: {why}", path.display()))?;
                Ok((file.with_marks(), snapshot.place.resume.last))
            });
        match begun {
            Ok((file, last)) => {
                return Ok(Opened {
                    file,
                    snapshot: Some(last),
                    refused,
                });
            }
            Err(why) => refused.push(why),
        }
    }
    let file = JournalFile::open(run_dir);
    if let Err(JournalFileError::HeadDropped { path }) = file {
        return Err(BeginError::Headless {
            path,
            refused: refused.join("; "),
        });
    }
    Ok(Opened {
        file: file?.with_marks(),
        snapshot: None,
        refused,
    })
}

/// Whether nothing was ever written. A first segment without a byte is left by a life that ended before its first write,
/// and is removed.
fn is_new(dir: &Path) -> Result<bool, JournalFileError> {
    let first = dir.join("00000.seg");
    let others =
        !snapshots(dir.parent().unwrap_or(dir))?.is_empty() || dir.join("00001.seg").exists();
    match first.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(!others),
        Err(source) => Err(failed("look at", &first, source)),
        Ok(about) if about.is_file() && about.len() == 0 && !others => {
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
