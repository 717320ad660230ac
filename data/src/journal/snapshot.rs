//! Snapshots beside the segments: where a fold was at one place of the journal.
//!
//! A file `NNNNNNNNNNNNNNNNNNNN.snap` is named by the number of the last event in it: magic, the place, the state as
//! [`Engine::save`](onetape_core::engine::Engine::save) writes it, and over all of it an XXH3-128. It comes to its name
//! when it is whole and on disk, so a crash leaves the snapshot before it, or none.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use onetape_core::event::{RunStarted, Seq};
use onetape_core::journal::{HEADER_LEN, Resume, codec};
use onetape_core::state::{Loader, RestoreError, Saver, Value};
use onetape_core::time::Ts;
use xxhash_rust::xxh3::xxh3_128;

use super::store::{failed, sync_dir};
use super::{JournalFileError, journal_dir, list_segments, segment_path};

const MAGIC: [u8; 8] = *b"OTSNAP\x00\x01";
const HASH_LEN: usize = 16;
/// No snapshot is larger: a forged length cannot make the reader take more.
const SNAPSHOT_MAX: u64 = 1 << 30;
const SUFFIX: &str = ".snap";

/// A place in a journal, after a whole event and what was decided on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number of the segment.
    pub segment: u32,
    /// Byte of the segment at which the next frame starts.
    pub offset: u64,
    /// What the next frame continues.
    pub resume: Resume,
    /// When the last event happened.
    pub ts: Ts,
}

/// Where a fold was at a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The place.
    pub place: Place,
    /// When the run began.
    pub began: Ts,
    /// The run's first event, so that what was recorded can be set up again where that is not in the journal any more.
    pub started: Arc<RunStarted>,
    /// The state.
    pub state: Vec<u8>,
}

/// Why a snapshot is not used.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The system refused.
    #[error(transparent)]
    File(#[from] JournalFileError),
    /// It is not one, or not as it was written.
    #[error("the snapshot {path} is damaged: {what}", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// It was made by something else.
    #[error("the snapshot {path} is of another build or scenario", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
}

impl Snapshot {
    fn to_bytes(&self) -> Result<Vec<u8>, &'static str> {
        let Place {
            segment,
            offset,
            resume,
            ts,
        } = &self.place;
        let mut out = Saver::on(Vec::with_capacity(self.state.len() + 1024));
        out.bytes(&MAGIC);
        out.bytes(&resume.run_id);
        (*segment, *offset, *ts).put(&mut out);
        self.began.put(&mut out);
        (resume.chain, resume.last.0, resume.decisions).put(&mut out);
        resume.hash.put(&mut out);
        let mut started = Vec::new();
        codec::encode(&*self.started, &mut started).map_err(|_| "its first event is too large")?;
        started.put(&mut out);
        self.state.len().put(&mut out);
        out.bytes(&self.state);
        let mut bytes = out.finish()?;
        let hash = xxh3_128(&bytes);
        bytes.extend_from_slice(&hash.to_le_bytes());
        Ok(bytes)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, RestoreError> {
        let mut from = Loader::new(bytes);
        let run_id: [u8; 16] = Value::get(&mut from)?;
        let (segment, offset, ts) = Value::get(&mut from)?;
        let began = Value::get(&mut from)?;
        let (chain, last, decisions) = Value::get(&mut from)?;
        let hash = Value::get(&mut from)?;
        let length = usize::get(&mut from)?;
        let started = codec::decode(from.bytes(length)?)
            .map_err(|_| RestoreError::Malformed("first event"))?;
        let length = usize::get(&mut from)?;
        let state = from.bytes(length)?.to_vec();
        from.finish()?;
        let resume = Resume {
            run_id,
            chain,
            last: Seq(last),
            decisions,
            hash,
        };
        let place = Place {
            segment,
            offset,
            resume,
            ts,
        };
        Ok(Self {
            place,
            began,
            started: Arc::new(started),
            state,
        })
    }

    /// Writes it into a run's folder; on disk when this returns.
    ///
    /// # Errors
    /// When that is not certain.
    pub fn write(&self, run_dir: &Path) -> Result<(), JournalFileError> {
        let dir = journal_dir(run_dir);
        let path = path_of(&dir, self.place.resume.last);
        let beside = path.with_extension("snap-new");
        let bytes = self.to_bytes();
        let bytes = bytes.map_err(|what| failed("write", &path)(io::Error::other(what)))?;
        write_file(&beside, &bytes)
            .and_then(|()| fs::rename(&beside, &path))
            .map_err(failed("write", &path))?;
        sync_dir(&dir)
    }

    /// Reads one back.
    ///
    /// # Errors
    /// When it is damaged, or of another run than `run_id`.
    pub fn read(path: &Path, run_id: [u8; 16]) -> Result<Self, SnapshotError> {
        let damaged = |what| SnapshotError::Damaged {
            path: path.to_path_buf(),
            what,
        };
        let bytes = read_file(path)?;
        let body = bytes.len().checked_sub(HASH_LEN);
        let (body, hash) = bytes.split_at(body.ok_or_else(|| damaged("it is too short"))?);
        let rest = body
            .strip_prefix(&MAGIC)
            .ok_or_else(|| damaged("it is not one, or of another version"))?;
        if xxh3_128(body).to_le_bytes() != hash {
            return Err(damaged("its checksum is wrong"));
        }
        let snapshot = Self::from_bytes(rest).map_err(|_| damaged("it does not decode"))?;
        if snapshot.place.resume.run_id != run_id {
            return Err(SnapshotError::Foreign {
                path: path.to_path_buf(),
            });
        }
        if snapshot.place.offset < HEADER_LEN as u64 {
            return Err(damaged("its place is in a header"));
        }
        Ok(snapshot)
    }
}

/// The snapshots of a run's folder, the newest first.
///
/// # Errors
/// When the folder cannot be read.
pub fn snapshots(run_dir: &Path) -> Result<Vec<PathBuf>, JournalFileError> {
    let dir = journal_dir(run_dir);
    let mut found: Vec<u64> = Vec::new();
    let listed = match fs::read_dir(&dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.map_err(failed("list", &dir))?,
    };
    for file in listed {
        let name = file.map_err(failed("list", &dir))?.file_name();
        let digits = name.to_str().and_then(|name| name.strip_suffix(SUFFIX));
        let seq = digits.and_then(|digits| digits.parse::<u64>().ok());
        let seq = seq.filter(|seq| path_of(&dir, Seq(*seq)).file_name() == Some(&name));
        found.extend(seq);
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(found
        .into_iter()
        .map(|seq| path_of(&dir, Seq(seq)))
        .collect())
}

/// Removes snapshots but the newest `keep`, at least one; the segment that the oldest of those goes on in.
///
/// # Errors
/// When one cannot be removed, or not be read.
pub fn keep_snapshots(
    run_dir: &Path,
    run_id: [u8; 16],
    keep: usize,
) -> Result<Option<u32>, SnapshotError> {
    let all = snapshots(run_dir)?;
    let (kept, spent) = all.split_at(all.len().min(keep.max(1)));
    for path in spent {
        fs::remove_file(path).map_err(failed("remove", path))?;
    }
    let oldest = kept.last().map(|path| Snapshot::read(path, run_id));
    Ok(oldest.transpose()?.map(|oldest| oldest.place.segment))
}

/// Removes segments from the beginning so that at most `keep` are left, and none of `before` or later. How many it removed.
///
/// # Errors
/// When one cannot be removed.
pub fn keep_segments(run_dir: &Path, before: u32, keep: u32) -> Result<u32, JournalFileError> {
    let dir = journal_dir(run_dir);
    let segments = list_segments(&dir)?;
    let until = before.min(segments.end.saturating_sub(keep));
    let spent = segments.start..until;
    let count = spent.len() as u32;
    // From the first on, so that a crash leaves no hole.
    for index in spent {
        let path = segment_path(&dir, index);
        fs::remove_file(&path).map_err(failed("remove", &path))?;
    }
    if count > 0 {
        sync_dir(&dir)?;
    }
    Ok(count)
}

fn path_of(journal_dir: &Path, last: Seq) -> PathBuf {
    journal_dir.join(format!("{:020}{SUFFIX}", last.0))
}

fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn read_file(path: &Path) -> Result<Vec<u8>, JournalFileError> {
    let about = fs::symlink_metadata(path).map_err(failed("read", path))?;
    if !about.is_file() {
        return Err(JournalFileError::NotAFile {
            path: path.to_path_buf(),
        });
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(SNAPSHOT_MAX).read_to_end(&mut bytes))
        .map_err(failed("read", path))?;
    Ok(bytes)
}
