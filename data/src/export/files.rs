//! Files in the making, under other names until all of them are complete.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

const BUFFER_BYTES: usize = 1 << 18;

/// The files of one call. Dropped without [`Files::commit`], it leaves none.
pub(super) struct Files {
    out: PathBuf,
    names: Vec<String>,
}

/// One file that is being written.
pub(super) struct Writing {
    path: PathBuf,
    file: BufWriter<File>,
    bytes: u64,
}

impl Files {
    pub(super) fn begin(out: &Path) -> Result<Self> {
        fs::create_dir_all(out).map_err(Error::io("create", out))?;
        Ok(Self {
            out: out.to_path_buf(),
            names: Vec::new(),
        })
    }

    /// Starts a file.
    pub(super) fn create(&mut self, name: &str) -> Result<Writing> {
        let path = self.part(name);
        self.names.push(name.to_string());
        let file = File::create(&path).map_err(Error::io("create", &path))?;
        Ok(Writing {
            path,
            file: BufWriter::with_capacity(BUFFER_BYTES, file),
            bytes: 0,
        })
    }

    fn part(&self, name: &str) -> PathBuf {
        self.out.join(format!(".{name}.part"))
    }

    /// Gives all files their names.
    pub(super) fn commit(mut self) -> Result<()> {
        for name in std::mem::take(&mut self.names) {
            let target = self.out.join(&name);
            fs::rename(self.part(&name), &target).map_err(Error::io("move to", &target))?;
        }
        Ok(())
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        for name in &self.names {
            let _ = fs::remove_file(self.part(name));
        }
    }
}

impl Writing {
    /// Ends the file and makes it last; gives its length.
    pub(super) fn finish(mut self) -> Result<u64> {
        self.file.flush().map_err(Error::io("write", &self.path))?;
        let file = self.file.get_ref();
        file.sync_all().map_err(Error::io("sync", &self.path))?;
        Ok(self.bytes)
    }

    /// Writes bytes.
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.write_all(bytes)
            .map_err(Error::io("write", &self.path))
    }

    /// Writes over the file's first bytes.
    pub(super) fn put_first(&mut self, bytes: &[u8]) -> Result<()> {
        let mut over = || {
            self.file.flush()?;
            let file = self.file.get_mut();
            file.seek(SeekFrom::Start(0))?;
            file.write_all(bytes)?;
            file.seek(SeekFrom::End(0)).map(|_| ())
        };
        over().map_err(Error::io("write", &self.path))
    }
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
