//! Lines in one growing file of a folder.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::{FILES_MAX, Files};

/// Time after which lines are forced to the disk, for machines that go down. A process that is killed loses no line.
const SYNC_EVERY: Duration = Duration::from_secs(10);

/// The file of one attempt; it is made with its first line.
pub(super) struct Lines {
    file: Option<(File, PathBuf)>,
    synced: Instant,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self {
            file: None,
            synced: Instant::now(),
        }
    }

    /// Writes a line.
    pub(super) fn add(&mut self, files: &Files, line: &[u8]) -> anyhow::Result<()> {
        if self.file.is_none() {
            self.file = Some(create(files)?);
        }
        let Some((file, path)) = &mut self.file else {
            return Ok(());
        };
        let unwritten = || format!("{}: cannot be written", path.display());
        file.write_all(line).with_context(unwritten)?;
        if self.synced.elapsed() >= SYNC_EVERY {
            file.sync_data().with_context(unwritten)?;
            self.synced = Instant::now();
        }
        Ok(())
    }
}

/// A file that no other attempt has.
fn create(files: &Files) -> anyhow::Result<(File, PathBuf)> {
    let unmade = || format!("{}: cannot be made", files.folder.display());
    for number in 1..FILES_MAX {
        // Each time: another attempt may just have come to its end and removed the folder.
        fs::create_dir_all(&files.folder).with_context(unmade)?;
        let path = files.place(number);
        match File::options().append(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(why) if matches!(why.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {}
            Err(why) => return Err(anyhow::Error::from(why).context(unmade())),
        }
    }
    Err(files.too_many())
}
