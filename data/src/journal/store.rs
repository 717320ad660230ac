//! Segments being written.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Seek, Write};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread::{Builder, JoinHandle};

use onetape_core::journal::{Batch, HEADER_LEN, SEGMENT_MAX, Store};

use super::read::list_segments;
use super::spare::{self, Ended, Spare};
use super::{JournalEnd, JournalFileError, journal_dir, segment_path};

/// Zeros are written in pieces of this size.
pub(super) const RESERVE_STEP: usize = 1024 * 1024;

/// How segments are laid out.
#[derive(Clone, Copy, Debug)]
pub struct SegmentOptions {
    /// A new segment starts when a batch would make this one larger. At most [`SEGMENT_MAX`].
    pub size: u64,
    /// Fill each segment with zeros when it starts, so that a full disk is found then and syncs have no file
    /// length to write. What is not used is cut off at the end.
    pub reserve: bool,
    /// Wait until a segment is on disk before the next one begins, so that no crash leaves a later segment after an
    /// incomplete one. Otherwise that is waited for at the end of the journal: for simulations.
    pub in_order: bool,
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self {
            size: 64 * 1024 * 1024,
            reserve: false,
            in_order: true,
        }
    }
}

/// Writes a journal's segments. Holds an exclusive lock on the first one as long as it lives.
#[derive(Debug)]
pub struct SegmentStore {
    dir: PathBuf,
    options: SegmentOptions,
    /// Kept open for its lock, also when later segments are written.
    first: File,
    current: Option<Segment>,
    /// Segments that others put on disk meanwhile.
    ending: Vec<JoinHandle<Result<(), JournalFileError>>>,
    /// Number of the segment that is made next.
    next: u32,
    /// True when a file was made and its name is not known to be on disk.
    new_names: bool,
    /// Stops what is made ahead.
    ended: Ended,
}

/// A segment, to be synced beside its writer.
#[derive(Debug)]
pub struct SegmentHandle {
    file: File,
    path: PathBuf,
    dir: PathBuf,
    /// The next segment's file, where that is reserved.
    spare: Option<Spare>,
}

impl SegmentHandle {
    /// Makes one more piece of the next segment's file, and tells whether there is more to make.
    pub fn make_ahead(&mut self) -> bool {
        self.spare.as_mut().is_some_and(Spare::step)
    }

    /// When this returns, what was written to the segment before survives the end of power.
    ///
    /// # Errors
    /// When that is not certain. There is no second try: the system may have dropped the bytes.
    pub fn sync(&self) -> Result<(), JournalFileError> {
        self.file.sync_data().map_err(failed("sync", &self.path))
    }

    /// The same of the segments' names, after a new one.
    ///
    /// # Errors
    /// As [`SegmentHandle::sync`].
    pub fn sync_names(&self) -> Result<(), JournalFileError> {
        sync_dir(&self.dir)
    }
}

#[derive(Debug)]
struct Segment {
    path: PathBuf,
    file: File,
    index: u32,
    length: u64,
}

impl SegmentStore {
    /// A new journal in a run folder, which is made when it is not there.
    ///
    /// # Errors
    /// [`JournalFileError::Locked`] when another process is writing one there, [`JournalFileError::Exists`] when
    /// one did, and when files cannot be made.
    pub fn create(run_dir: &Path, options: SegmentOptions) -> Result<Self, JournalFileError> {
        let dir = journal_dir(run_dir);
        make_dir(&dir).map_err(failed("make the folder", &dir))?;
        let path = segment_path(&dir, 0);
        // Of a journal whose first segments were dropped.
        if list_segments(&dir).is_ok() && !path.exists() {
            return Err(JournalFileError::Exists { path });
        }
        let first = match make_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(who_has(path));
            }
            made => made.map_err(failed("make", &path))?,
        };
        lock(&first, &path)?;
        Ok(Self {
            dir,
            options,
            first,
            current: None,
            ending: Vec::new(),
            next: 0,
            new_names: true,
            ended: Ended::default(),
        })
    }

    /// Goes on with a journal that was read to its end, in a new segment. What is not good of the last one is cut off.
    ///
    /// # Errors
    /// [`JournalFileError::Locked`] when another process is writing it, and when the last segment cannot be cut.
    pub fn resume(
        run_dir: &Path,
        options: SegmentOptions,
        end: &JournalEnd,
    ) -> Result<Self, JournalFileError> {
        let dir = journal_dir(run_dir);
        let path = segment_path(&dir, end.first);
        let first = open_file(&path).map_err(failed("open", &path))?;
        lock(&first, &path)?;
        let (index, length) = end.segment;
        let path = segment_path(&dir, index);
        let next = match length {
            None => {
                fs::remove_file(&path).map_err(failed("remove", &path))?;
                index
            }
            Some(length) => {
                let cut = open_file(&path).and_then(|file| {
                    file.set_len(length)?;
                    file.sync_all()
                });
                cut.map_err(failed("cut the end of", &path))?;
                index + 1
            }
        };
        Ok(Self {
            dir,
            options,
            first,
            current: None,
            ending: Vec::new(),
            next,
            new_names: true,
            ended: Ended::default(),
        })
    }

    /// Number of segments so far.
    pub const fn segments(&self) -> u32 {
        self.next
    }

    /// Where the next frame goes: number of the segment and byte in it; `None` before the first was written.
    pub fn place(&self) -> Option<(u32, u64)> {
        let current = self.current.as_ref();
        current.map(|segment| (segment.index, segment.length))
    }

    /// The segment that is written to, for syncing it beside the writer; `None` before the first.
    ///
    /// # Errors
    /// When the system gives no second handle to the file.
    pub fn handle(&self) -> Result<Option<SegmentHandle>, JournalFileError> {
        let Some(segment) = &self.current else {
            return Ok(None);
        };
        let file = segment.file.try_clone();
        Ok(Some(SegmentHandle {
            file: file.map_err(failed("open again", &segment.path))?,
            path: segment.path.clone(),
            dir: self.dir.clone(),
            spare: (self.options.reserve)
                .then(|| Spare::new(self.dir.clone(), self.limit(), self.ended.clone())),
        }))
    }

    fn start(&mut self, index: u32, batch: &Batch<'_>) -> Result<Segment, JournalFileError> {
        self.next = index + 1;
        let path = segment_path(&self.dir, index);
        let mut file = match self.made_ahead(index, &path)? {
            Some(file) => file,
            None => self.make(index, &path)?,
        };
        let header = batch.header(index).to_bytes();
        file.write_all(&header).map_err(failed("write", &path))?;
        Ok(Segment {
            path,
            file,
            index,
            length: header.len() as u64,
        })
    }

    /// The file that was made ahead for this segment.
    fn made_ahead(&mut self, index: u32, path: &Path) -> Result<Option<File>, JournalFileError> {
        if !self.options.reserve || index == 0 {
            return Ok(None);
        }
        let taken = spare::take(&self.dir, path, self.limit());
        let taken = taken.map_err(failed("make", path))?;
        self.new_names |= taken.is_some();
        Ok(taken)
    }

    fn make(&mut self, index: u32, path: &Path) -> Result<File, JournalFileError> {
        let made = if index == 0 {
            self.first.try_clone()
        } else {
            self.new_names = true;
            make_file(path)
        };
        let mut file = made.map_err(failed("make", path))?;
        if self.options.reserve {
            reserve(&mut file, self.limit()).map_err(failed("reserve space for", path))?;
        }
        Ok(file)
    }

    fn limit(&self) -> u64 {
        self.options.size.min(SEGMENT_MAX as u64)
    }

    fn segment_for(&mut self, batch: &Batch<'_>) -> Result<Segment, JournalFileError> {
        let Some(current) = self.current.take() else {
            return self.start(self.next, batch);
        };
        let after = current.length + batch.bytes.len() as u64;
        if after <= self.limit() || current.length == HEADER_LEN as u64 {
            return Ok(current);
        }
        let next = current.index + 1;
        self.end(current)?;
        self.start(next, batch)
    }

    /// Puts a segment on disk, or has that done meanwhile.
    fn end(&mut self, segment: Segment) -> Result<(), JournalFileError> {
        if self.options.in_order {
            return segment.close();
        }
        let path = segment.path.clone();
        let thread = Builder::new().name("segment".into());
        let thread = thread.spawn(move || segment.close());
        self.ending.push(thread.map_err(failed("close", &path))?);
        Ok(())
    }

    fn sync_names(&mut self) -> Result<(), JournalFileError> {
        if self.new_names {
            let parent = self.dir.parent().unwrap_or(&self.dir);
            for dir in [self.dir.as_path(), parent] {
                sync_dir(dir)?;
            }
            self.new_names = false;
        }
        Ok(())
    }
}

impl Segment {
    /// Cuts off reserved space and syncs.
    fn close(&self) -> Result<(), JournalFileError> {
        self.file
            .set_len(self.length)
            .and_then(|()| self.file.sync_all())
            .map_err(failed("close", &self.path))
    }
}

impl Store for SegmentStore {
    type Error = JournalFileError;

    fn write(&mut self, batch: Batch<'_>) -> Result<(), JournalFileError> {
        let mut segment = self.segment_for(&batch)?;
        segment
            .file
            .write_all(batch.bytes)
            .map_err(failed("write", &segment.path))?;
        segment.length += batch.bytes.len() as u64;
        self.current = Some(segment);
        Ok(())
    }

    fn sync(&mut self) -> Result<(), JournalFileError> {
        if let Some(segment) = &self.current {
            segment
                .file
                .sync_data()
                .map_err(failed("sync", &segment.path))?;
        }
        self.sync_names()
    }

    fn finish(&mut self) -> Result<(), JournalFileError> {
        for thread in self.ending.drain(..) {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        }
        if let Some(segment) = &self.current {
            segment.close()?;
        }
        if self.options.reserve {
            self.ended
                .end(&self.dir)
                .map_err(failed("clear", &self.dir))?;
        }
        self.sync_names()
    }
}

pub(super) fn failed(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> JournalFileError {
    let path = path.to_path_buf();
    move |source| JournalFileError::Io {
        action,
        path,
        source,
    }
}

fn lock(file: &File, path: &Path) -> Result<(), JournalFileError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(JournalFileError::Locked {
            path: path.to_path_buf(),
        }),
        Err(TryLockError::Error(source)) => Err(failed("lock", path)(source)),
    }
}

/// Whether the journal that is there is still being written.
fn who_has(path: PathBuf) -> JournalFileError {
    match File::open(&path).map_err(failed("open", &path)) {
        Ok(file) => match lock(&file, &path) {
            Ok(()) => JournalFileError::Exists { path },
            Err(error) => error,
        },
        Err(error) => error,
    }
}

fn make_dir(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

pub(super) fn sync_dir(dir: &Path) -> Result<(), JournalFileError> {
    File::open(dir)
        .and_then(|handle| handle.sync_all())
        .map_err(failed("sync the folder", dir))
}

/// A segment that is there, to be written to.
fn open_file(path: &Path) -> io::Result<File> {
    if !path.symlink_metadata()?.is_file() {
        return Err(io::Error::other(
            "it is not a regular file; links are not followed",
        ));
    }
    OpenOptions::new().write(true).open(path)
}

pub(super) fn make_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn reserve(file: &mut File, size: u64) -> io::Result<()> {
    let zeros = vec![0; RESERVE_STEP];
    let mut left = size;
    while left > 0 {
        let step = left.min(RESERVE_STEP as u64);
        file.write_all(&zeros[..step as usize])?;
        left -= step;
    }
    file.sync_all()?;
    file.rewind()
}
