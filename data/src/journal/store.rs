//! Segments being written.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use onetape_core::journal::{Batch, HEADER_LEN, SEGMENT_MAX, Store};

use super::{JournalFileError, journal_dir, segment_path};

/// Zeros are written in pieces of this size.
const RESERVE_STEP: usize = 1024 * 1024;

/// How segments are laid out.
#[derive(Clone, Copy, Debug)]
pub struct SegmentOptions {
    /// A new segment starts when a batch would make this one larger. At most [`SEGMENT_MAX`].
    pub size: u64,
    /// Fill each segment with zeros when it starts, so that a full disk is found then and syncs have no file
    /// length to write. What is not used is cut off at the end.
    pub reserve: bool,
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self {
            size: 64 * 1024 * 1024,
            reserve: false,
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
    /// True when a file was made and its name is not known to be on disk.
    new_names: bool,
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
            new_names: true,
        })
    }

    /// Number of segments so far.
    pub fn segments(&self) -> u32 {
        self.current.as_ref().map_or(0, |segment| segment.index + 1)
    }

    fn start(&mut self, index: u32, batch: &Batch<'_>) -> Result<Segment, JournalFileError> {
        let path = segment_path(&self.dir, index);
        let made = if index == 0 {
            self.first.try_clone()
        } else {
            self.new_names = true;
            make_file(&path)
        };
        let mut file = made.map_err(failed("make", &path))?;
        if self.options.reserve {
            reserve(&mut file, self.limit()).map_err(failed("reserve space for", &path))?;
        }
        let header = batch.header(index).to_bytes();
        file.write_all(&header).map_err(failed("write", &path))?;
        Ok(Segment {
            path,
            file,
            index,
            length: header.len() as u64,
        })
    }

    fn limit(&self) -> u64 {
        self.options.size.min(SEGMENT_MAX as u64)
    }

    fn segment_for(&mut self, batch: &Batch<'_>) -> Result<Segment, JournalFileError> {
        let Some(current) = self.current.take() else {
            return self.start(0, batch);
        };
        let after = current.length + batch.bytes.len() as u64;
        if after <= self.limit() || current.length == HEADER_LEN as u64 {
            return Ok(current);
        }
        // On disk before the next one exists, so that no crash leaves a later segment after an incomplete one.
        current.close()?;
        self.start(current.index + 1, batch)
    }

    fn sync_names(&mut self) -> Result<(), JournalFileError> {
        if self.new_names {
            let parent = self.dir.parent().unwrap_or(&self.dir);
            for dir in [self.dir.as_path(), parent] {
                File::open(dir)
                    .and_then(|handle| handle.sync_all())
                    .map_err(failed("sync the folder", dir))?;
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
        if let Some(segment) = &self.current {
            segment.close()?;
        }
        self.sync_names()
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> JournalFileError {
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

fn make_file(path: &Path) -> io::Result<File> {
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
