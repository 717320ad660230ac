//! The bytes of a source, plain, gzip or zip, and the hash of the file as it lies there.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::unzip::{Entry, Unzip, ZIP_MAGIC};
use crate::catalog::Hashing;
use crate::error::{Error, Result};

/// How gzip files start.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

const BUFFER_BYTES: usize = 1 << 16;

type Raw = BufReader<Hashing<File>>;

enum Input {
    Plain(Box<Raw>),
    Gzip(Box<BufReader<MultiGzDecoder<Raw>>>),
    Zip(Box<BufReader<Unzip<Raw>>>),
}

/// Reads a source, unpacked. Of a zip archive the one file that is in it.
pub(super) struct SourceBytes {
    path: PathBuf,
    input: Input,
}

impl SourceBytes {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        let mut raw = BufReader::with_capacity(BUFFER_BYTES, Hashing::new(file));
        // The content tells, not the name.
        let start = raw.fill_buf().map_err(Error::io("read", path))?;
        let input = if start.starts_with(&GZIP_MAGIC) {
            let decoder = MultiGzDecoder::new(raw);
            Input::Gzip(Box::new(BufReader::with_capacity(BUFFER_BYTES, decoder)))
        } else if start.starts_with(&ZIP_MAGIC) {
            let entry = Entry::only(path).map_err(Error::io("read", path))?;
            let entry = entry.map_err(|what| Error::Source {
                file: path.to_path_buf(),
                what: what.to_string(),
                fix: "fetch the file again, or unpack it and import what is in it".to_string(),
            })?;
            let unzip = Unzip::new(raw, &entry).map_err(Error::io("read", path))?;
            Input::Zip(Box::new(BufReader::with_capacity(BUFFER_BYTES, unzip)))
        } else {
            Input::Plain(Box::new(raw))
        };
        Ok(Self {
            path: path.to_path_buf(),
            input,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the file that were read so far.
    pub(super) fn file_bytes(&self) -> u64 {
        self.raw().get_ref().bytes()
    }

    /// At the end: the hash of the file.
    pub(super) fn hash(mut self) -> Result<String> {
        // A decoder may leave bytes behind the last member unread.
        let raw = match &mut self.input {
            Input::Plain(raw) => raw,
            Input::Gzip(input) => input.get_mut().get_mut(),
            Input::Zip(input) => input.get_mut().get_mut(),
        };
        io::copy(raw, &mut io::sink()).map_err(Error::io("read", &self.path))?;
        Ok(self.raw().get_ref().sum().1)
    }

    fn raw(&self) -> &Raw {
        match &self.input {
            Input::Plain(raw) => raw,
            Input::Gzip(input) => input.get_ref().get_ref(),
            Input::Zip(input) => input.get_ref().get_ref(),
        }
    }
}

impl Read for SourceBytes {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match &mut self.input {
            Input::Plain(input) => input.read(bytes),
            Input::Gzip(input) => input.read(bytes),
            Input::Zip(input) => input.read(bytes),
        }
    }
}

impl BufRead for SourceBytes {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match &mut self.input {
            Input::Plain(input) => input.fill_buf(),
            Input::Gzip(input) => input.fill_buf(),
            Input::Zip(input) => input.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        match &mut self.input {
            Input::Plain(input) => input.consume(amount),
            Input::Gzip(input) => input.consume(amount),
            Input::Zip(input) => input.consume(amount),
        }
    }
}
