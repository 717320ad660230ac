//! The next segment's file, made ahead in pieces by whoever syncs beside the writer, so that the writer need not wait for it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::store::{RESERVE_STEP, make_file, sync_dir};

/// Its name when it is whole, and before.
const READY: &str = "spare.seg";
const MADE: &str = "spare.tmp";

/// A file being filled with zeros.
#[derive(Debug)]
pub(super) struct Spare {
    dir: PathBuf,
    size: u64,
    /// While it is not whole.
    file: Option<File>,
    written: u64,
    over: bool,
    ended: Ended,
}

/// Whether the journal is complete, so that nothing is made any more. Held while a piece is made.
#[derive(Clone, Debug, Default)]
pub(super) struct Ended(Arc<Mutex<bool>>);

impl Ended {
    fn lock(&self) -> MutexGuard<'_, bool> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends it, and removes what was made ahead.
    pub(super) fn end(&self, dir: &Path) -> io::Result<()> {
        let mut ended = self.lock();
        *ended = true;
        forget(&dir.join(READY))?;
        forget(&dir.join(MADE))
    }
}

impl Spare {
    /// Of a size, in a journal's folder. Nothing is made yet.
    pub(super) const fn new(dir: PathBuf, size: u64, ended: Ended) -> Self {
        Self {
            dir,
            size,
            file: None,
            written: 0,
            over: false,
            ended,
        }
    }

    /// Makes one more piece. False when there is nothing more to make, also when it cannot be made: then the writer makes its
    /// segment itself, and learns why it cannot.
    pub(super) fn step(&mut self) -> bool {
        if !self.over {
            let ended = self.ended.clone();
            let ended = ended.lock();
            self.over = *ended || self.piece().unwrap_or(true);
            if self.over {
                self.file = None;
            }
        }
        !self.over
    }

    /// True when it is whole.
    fn piece(&mut self) -> io::Result<bool> {
        let made = self.dir.join(MADE);
        let mut file = match self.file.take() {
            Some(file) => file,
            None if self.dir.join(READY).exists() => return Ok(true),
            None => {
                forget(&made)?;
                make_file(&made)?
            }
        };
        let step = (self.size - self.written).min(RESERVE_STEP as u64);
        file.write_all(&vec![0; step as usize])?;
        self.written += step;
        // Piece by piece: all at once would hold up the journal's own syncs.
        file.sync_data()?;
        if self.written < self.size {
            self.file = Some(file);
            return Ok(false);
        }
        file.sync_all()?;
        fs::rename(&made, self.dir.join(READY))?;
        sync_dir(&self.dir).map_err(io::Error::other)?;
        Ok(true)
    }
}

/// Gives the file that was made ahead the name of the next segment, where it is there and of its size.
pub(super) fn take(dir: &Path, path: &Path, size: u64) -> io::Result<Option<File>> {
    let ready = dir.join(READY);
    let about = match ready.symlink_metadata() {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !about.is_file() || about.len() != size {
        forget(&ready)?;
        return Ok(None);
    }
    // Whoever writes has the journal's lock: nobody takes the name between these two.
    if path.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(&ready, path)?;
    File::options().write(true).open(path).map(Some)
}

fn forget(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
