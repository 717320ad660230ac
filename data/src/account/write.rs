//! An account file while it is written.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use onetape_core::event::{Event, Seq};

use super::error::AccountError;
use super::format::{AccountEnd, AccountRecord, Header};

/// Writes the account file of one life of a run.
#[derive(Debug)]
pub struct AccountWriter {
    path: PathBuf,
    file: BufWriter<File>,
    chain: u32,
    bytes: Vec<u8>,
}

impl AccountWriter {
    /// A new file in a run's folder, for its owner alone.
    ///
    /// # Errors
    /// When there is one already, or it cannot be written.
    pub fn create(folder: &Path, run_id: [u8; 16], epoch: u32) -> Result<Self, AccountError> {
        let path = folder.join(format!("account.{epoch:05}"));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options
            .open(&path)
            .map_err(AccountError::io("create", &path))?;
        let (header, chain) = Header { run_id, epoch }.bytes();
        file.write_all(&header)
            .map_err(AccountError::io("write", &path))?;
        Ok(Self {
            path,
            file: BufWriter::new(file),
            chain,
            bytes: Vec::new(),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes an event.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn event(&mut self, seq: Seq, event: Event) -> Result<(), AccountError> {
        self.record(seq, &AccountRecord::Event(event))
    }

    /// Says that so many events from a place on were not recorded.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn hole(&mut self, from: Seq, count: u64) -> Result<(), AccountError> {
        self.record(from, &AccountRecord::Hole(count))
    }

    fn record(&mut self, seq: Seq, record: &AccountRecord) -> Result<(), AccountError> {
        self.bytes.clear();
        let pushed = record.push(self.chain, seq, &mut self.bytes);
        self.chain = pushed.ok_or_else(|| AccountError::TooLarge {
            path: self.path.clone(),
            seq: seq.0,
        })?;
        let written = self.file.write_all(&self.bytes);
        written.map_err(AccountError::io("write", &self.path))
    }

    /// Hands what was gathered to the system.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn flush(&mut self) -> Result<(), AccountError> {
        let flushed = self.file.flush();
        flushed.map_err(AccountError::io("write", &self.path))
    }

    /// Ends the file and has it on disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self, next: Seq, end: AccountEnd) -> Result<(), AccountError> {
        self.record(next, &AccountRecord::End(end))?;
        self.flush()?;
        let synced = self.file.get_ref().sync_all();
        synced.map_err(AccountError::io("sync", &self.path))
    }
}
