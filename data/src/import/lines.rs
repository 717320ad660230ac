//! The lines of a capture, plain or compressed, one at a time.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use onetape_core::time::Ts;

use crate::catalog::Hashing;
use crate::error::{Error, Result};

/// A line that is longer is no line: memory stays bounded whatever the file is.
const LINE_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// How compressed files start.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

type Raw = BufReader<Hashing<File>>;

enum Input {
    Plain(Box<Raw>),
    Gzip(Box<BufReader<MultiGzDecoder<Raw>>>),
}

/// Reads a capture line by line.
pub(super) struct Lines {
    path: PathBuf,
    input: Input,
    buffer: Vec<u8>,
    number: u64,
}

/// One line, split.
pub(super) struct Line<'a> {
    /// Its number, from 1.
    pub(super) number: u64,
    /// Receive time.
    pub(super) ts: Ts,
    /// What was received.
    pub(super) text: &'a str,
}

impl Lines {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        let mut raw = BufReader::with_capacity(1 << 16, Hashing::new(file));
        // The content tells, not the name.
        let start = raw.fill_buf().map_err(Error::io("read", path))?;
        let input = if start.starts_with(&GZIP_MAGIC) {
            let decoder = MultiGzDecoder::new(raw);
            Input::Gzip(Box::new(BufReader::with_capacity(1 << 16, decoder)))
        } else {
            Input::Plain(Box::new(raw))
        };
        Ok(Self {
            path: path.to_path_buf(),
            input,
            buffer: Vec::new(),
            number: 0,
        })
    }

    /// The next line that is not blank; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>> {
        loop {
            self.buffer.clear();
            let read = match &mut self.input {
                Input::Plain(input) => read_line(input, &mut self.buffer),
                Input::Gzip(input) => read_line(input, &mut self.buffer),
            };
            let read = read.map_err(|why| self.broken(&why))?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            if read > LINE_BYTES_MAX {
                let what = format!("the line is longer than {LINE_BYTES_MAX} bytes");
                return Err(self.error(what, "check that this is a raw capture"));
            }
            if !self.buffer.trim_ascii().is_empty() {
                break;
            }
        }
        self.split().map(Some)
    }

    fn split(&self) -> Result<Line<'_>> {
        let text = std::str::from_utf8(&self.buffer)
            .map_err(|_| {
                self.error(
                    "the line is not UTF-8".to_string(),
                    "mend or remove the line",
                )
            })?
            .trim_end();
        let (stamp, rest) = text.split_once(' ').unwrap_or((text, ""));
        let ts = receive_time(stamp).ok_or_else(|| {
            self.error(
                "the line does not start with a receive time".to_string(),
                "expected `<time in ns, us or ms since 1970> <JSON>`; mend or remove the line",
            )
        })?;
        Ok(Line {
            number: self.number,
            ts,
            text: rest.trim_start(),
        })
    }

    /// Bytes of the file that were read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.raw().get_ref().bytes()
    }

    /// The number of the last line.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// At the end: the hash of all that was read.
    pub(super) fn hash(mut self) -> Result<String> {
        // A decoder may leave bytes behind the last member unread.
        let raw = match &mut self.input {
            Input::Plain(raw) => raw,
            Input::Gzip(input) => input.get_mut().get_mut(),
        };
        io::copy(raw, &mut io::sink()).map_err(Error::io("read", &self.path))?;
        Ok(self.raw().get_ref().sum().1)
    }

    fn raw(&self) -> &Raw {
        match &self.input {
            Input::Plain(raw) => raw,
            Input::Gzip(input) => input.get_ref().get_ref(),
        }
    }

    fn broken(&self, why: &io::Error) -> Error {
        let what = match why.kind() {
            io::ErrorKind::UnexpectedEof => {
                format!("the compressed file is cut off after line {}", self.number)
            }
            _ => format!("cannot be read after line {} ({why})", self.number),
        };
        Error::Source {
            file: self.path.clone(),
            what,
            fix: "fetch or capture the file again, whole".to_string(),
        }
    }

    fn error(&self, what: String, fix: &str) -> Error {
        Error::Line {
            file: self.path.clone(),
            line: self.number,
            what,
            fix: fix.to_string(),
        }
    }
}

fn read_line(input: &mut impl BufRead, buffer: &mut Vec<u8>) -> io::Result<u64> {
    input
        .take(LINE_BYTES_MAX + 1)
        .read_until(b'\n', buffer)
        .map(|n| n as u64)
}

/// Nanoseconds (19 digits), microseconds (16) or milliseconds (13) since the epoch.
fn receive_time(text: &str) -> Option<Ts> {
    let factor = match text.len() {
        19 => 1,
        16 => 1_000,
        13 => 1_000_000,
        _ => return None,
    };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos = text.parse::<i64>().ok()?.checked_mul(factor)?;
    Some(Ts::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_go_by_the_number_of_digits() {
        let expected = Some(Ts::from_nanos(1_723_161_253_937_000_000));
        for text in ["1723161253937000000", "1723161253937000", "1723161253937"] {
            assert_eq!(receive_time(text), expected, "{text}");
        }
        for text in [
            "",
            "1723161253",
            "9999999999999999999",
            "172316125393x",
            "+723161253937",
        ] {
            assert_eq!(receive_time(text), None, "{text}");
        }
    }
}
