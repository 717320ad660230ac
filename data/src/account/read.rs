//! An account file, read back.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use onetape_core::event::Seq;

use super::error::AccountError;
use super::format::{AccountRecord, CRC_LEN, HEADER_LEN, Header, PREFIX_LEN, chained, prefix};

/// The account files of a run's folder, first life first.
///
/// # Errors
/// When the folder cannot be read.
pub fn account_files(folder: &Path) -> Result<Vec<PathBuf>, AccountError> {
    let failed = || AccountError::io("read", folder);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed())? {
        let path = entry.map_err(failed())?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let epoch = name.and_then(|name| name.strip_prefix("account."));
        if let Some(epoch) = epoch.and_then(|text| text.parse::<u32>().ok()) {
            found.push((epoch, path));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// Gives the records of an account file, each judged by its CRC. A record that breaks off at the end of the file ends it:
/// the recording was cut short there.
#[derive(Debug)]
pub struct AccountReader {
    path: PathBuf,
    file: BufReader<File>,
    header: Header,
    chain: u32,
    offset: u64,
    over: bool,
}

impl AccountReader {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be read or is no account file.
    pub fn open(path: &Path) -> Result<Self, AccountError> {
        let mut file = BufReader::new(File::open(path).map_err(AccountError::io("open", path))?);
        let mut bytes = [0; HEADER_LEN];
        let whole = fill(&mut file, &mut bytes).map_err(AccountError::io("read", path))?;
        let (header, chain) = whole
            .then(|| Header::read(&bytes))
            .flatten()
            .ok_or_else(|| AccountError::NotOne {
                path: path.to_path_buf(),
            })?;
        Ok(Self {
            path: path.to_path_buf(),
            file,
            header,
            chain,
            offset: HEADER_LEN as u64,
            over: false,
        })
    }

    /// Whose it is.
    pub const fn run_id(&self) -> [u8; 16] {
        self.header.run_id
    }

    /// Of which life.
    pub const fn epoch(&self) -> u32 {
        self.header.epoch
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn record(&mut self) -> Result<Option<(Seq, AccountRecord)>, AccountError> {
        let failed = AccountError::io("read", &self.path);
        let damaged = || AccountError::Damaged {
            path: self.path.clone(),
            offset: self.offset,
        };
        let mut head = [0; PREFIX_LEN];
        let mut rest = Vec::new();
        let whole = fill(&mut self.file, &mut head).and_then(|whole| {
            let (true, Some((length, ..))) = (whole, prefix(&head)) else {
                return Ok(whole);
            };
            rest.resize(length + CRC_LEN, 0);
            fill(&mut self.file, &mut rest)
        });
        if !whole.map_err(failed)? {
            return Ok(None);
        }
        let (length, kind, seq) = prefix(&head).ok_or_else(damaged)?;
        let (payload, stored) = rest.split_at(length);
        let mut hashed = head.to_vec();
        hashed.extend_from_slice(payload);
        let crc = chained(self.chain, &hashed);
        if crc.to_le_bytes() != stored {
            return Err(damaged());
        }
        let record = AccountRecord::read(kind, payload).ok_or_else(damaged)?;
        self.chain = crc;
        self.offset += (PREFIX_LEN + rest.len()) as u64;
        Ok(Some((seq, record)))
    }
}

impl Iterator for AccountReader {
    type Item = Result<(Seq, AccountRecord), AccountError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let next = self.record().transpose();
        self.over = !matches!(next, Some(Ok(_)));
        next
    }
}

/// Fills all of it; false when the file ends before.
fn fill(file: &mut impl io::Read, bytes: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
