//! The count of a run's lives: order ids begin with it, so that none is used twice even when a tail was lost. Beside it
//! stands the tag that they end with, drawn once for the run, so that no other run on the same account has them either.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use onetape_adapters::client_id::RunTag;

/// Why there is no epoch.
#[derive(Debug, thiserror::Error)]
pub enum EpochError {
    /// The system refused.
    #[error("cannot {action} {path}: {source}; without it order ids could be used twice", path = path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not a number of ours.
    #[error("{path} does not hold the number of this run's lives; write into it a number above that of any life before, a blank and the tag that the run's orders end with (none where they are ot1-2 without a third part), or begin a new run", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// There is a journal and no epoch.
    #[error("{path} is missing while the run has a journal; write into it a number above that of any life before, a blank and the tag that the run's orders end with (none where they are ot1-2 without a third part), or begin a new run", path = path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// No number is left.
    #[error("this run has lived too often; begin a new run")]
    Exhausted,
    /// The system gives no random number.
    #[error("no tag can be drawn for this run's orders: the system gives no random number")]
    Undrawn,
}

/// Which life of which run this is, as venues see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lives {
    /// Counted from one.
    pub epoch: u32,
    /// The run's own; none for a run that began before runs had one.
    pub tag: Option<RunTag>,
}

/// Counts up the epoch of a run's folder, on disk when this returns. The first is 1, and the run's tag is drawn for it.
/// Only with the folder's lock.
///
/// # Errors
/// When it cannot be read, is not there although there is a `journal`, or is not certainly on disk.
pub fn next_epoch(run_dir: &Path) -> Result<Lives, EpochError> {
    let path = run_dir.join("epoch");
    let last = match fs::read_to_string(&path) {
        Ok(text) => parse(&text).ok_or_else(|| EpochError::Damaged { path: path.clone() })?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if run_dir.join("journal").exists() {
                return Err(EpochError::Missing { path });
            }
            let tag = Some(draw()?);
            Lives { epoch: 0, tag }
        }
        Err(source) => return Err(failed("read", &path)(source)),
    };
    let next = Lives {
        epoch: last.epoch.checked_add(1).ok_or(EpochError::Exhausted)?,
        ..last
    };
    let beside = run_dir.join("epoch.new");
    write(&beside, next)
        .and_then(|()| fs::rename(&beside, &path))
        .and_then(|()| File::open(run_dir)?.sync_all())
        .map_err(failed("write", &path))?;
    Ok(next)
}

fn parse(text: &str) -> Option<Lives> {
    let line = text.strip_suffix('\n')?;
    let (epoch, tag) = match line.split_once(' ') {
        Some((epoch, tag)) => (epoch, Some(RunTag::parse(tag)?)),
        None => (line, None),
    };
    let epoch = epoch.parse().ok()?;
    Some(Lives { epoch, tag })
}

/// A tag that no other run has.
fn draw() -> Result<RunTag, EpochError> {
    let mut bytes = [0; 8];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random.fill(&mut bytes).map_err(|_| EpochError::Undrawn)?;
    Ok(RunTag::of(u64::from_le_bytes(bytes)))
}

fn write(path: &Path, lives: Lives) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    let tag = lives.tag.map_or_else(String::new, |tag| format!(" {tag}"));
    writeln!(file, "{}{tag}", lives.epoch)?;
    file.sync_all()
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EpochError {
    let path = path.to_path_buf();
    move |source| EpochError::Io {
        action,
        path,
        source,
    }
}
