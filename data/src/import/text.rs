//! The lines of a text source, plain or packed, one at a time.

use std::io::{self, BufRead, Read};
use std::path::Path;

use super::bytes::SourceBytes;
use crate::error::{Error, Result};

/// A line that is longer is no line: memory stays bounded whatever the file is.
const LINE_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Reads a text line by line.
pub(super) struct TextLines {
    input: SourceBytes,
    buffer: Vec<u8>,
    number: u64,
}

/// One line.
#[derive(Clone, Copy)]
pub(super) struct TextLine<'a> {
    path: &'a Path,
    /// Its number, from 1.
    pub(super) number: u64,
    /// Without what ends it.
    pub(super) text: &'a str,
}

impl TextLine<'_> {
    /// Refuses the line.
    pub(super) fn error(&self, what: impl Into<String>, fix: &str) -> Error {
        line_error(self.path, self.number, what, fix)
    }
}

/// Refuses a line of a file.
pub(super) fn line_error(path: &Path, line: u64, what: impl Into<String>, fix: &str) -> Error {
    Error::Line {
        file: path.to_path_buf(),
        line,
        what: what.into(),
        fix: fix.to_string(),
    }
}

impl TextLines {
    pub(super) fn open(path: &Path) -> Result<Self> {
        Ok(Self {
            input: SourceBytes::open(path)?,
            buffer: Vec::new(),
            number: 0,
        })
    }

    pub(super) fn path(&self) -> &Path {
        self.input.path()
    }

    /// The next line that is not blank; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<TextLine<'_>>> {
        loop {
            self.buffer.clear();
            let read =
                read_line(&mut self.input, &mut self.buffer).map_err(|why| self.broken(&why))?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            if read > LINE_BYTES_MAX {
                let what = format!("the line is longer than {LINE_BYTES_MAX} bytes");
                return Err(line_error(
                    self.path(),
                    self.number,
                    what,
                    "check that this is the right file",
                ));
            }
            if !self.buffer.trim_ascii().is_empty() {
                break;
            }
        }
        let text = std::str::from_utf8(&self.buffer).map_err(|_| {
            line_error(
                self.path(),
                self.number,
                "the line is not UTF-8",
                "mend or remove the line",
            )
        })?;
        Ok(Some(TextLine {
            path: self.input.path(),
            number: self.number,
            text: text.trim_end_matches(['\r', '\n']),
        }))
    }

    /// Bytes of the file that were read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.input.file_bytes()
    }

    /// The number of the last line.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// At the end: the hash of the file.
    pub(super) fn hash(self) -> Result<String> {
        self.input.hash()
    }

    fn broken(&self, why: &io::Error) -> Error {
        let what = match why.kind() {
            io::ErrorKind::UnexpectedEof => {
                format!("the compressed file is cut off after line {}", self.number)
            }
            _ => format!("cannot be read after line {} ({why})", self.number),
        };
        Error::Source {
            file: self.path().to_path_buf(),
            what,
            fix: "fetch or capture the file again, whole".to_string(),
        }
    }
}

fn read_line(input: &mut impl BufRead, buffer: &mut Vec<u8>) -> io::Result<u64> {
    input
        .take(LINE_BYTES_MAX + 1)
        .read_until(b'\n', buffer)
        .map(|n| n as u64)
}
