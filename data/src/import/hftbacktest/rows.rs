//! The rows of an event array, a block at a time.

use std::io::Read;

use super::header::{HeaderError, Layout};
use crate::error::{Error, Result};
use crate::import::bytes::SourceBytes;
use crate::import::sources::Source;

/// Rows of a block.
const BLOCK_ROWS: usize = 4_096;

/// One row as it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Raw {
    pub(super) ev: u64,
    pub(super) exch_ts: i64,
    pub(super) local_ts: i64,
    pub(super) px: f64,
    pub(super) qty: f64,
}

/// An open array.
pub(super) struct Rows<'a> {
    source: &'a Source<'a>,
    input: SourceBytes,
    layout: Layout,
    buffer: Vec<u8>,
    /// Rows that were read.
    done: u64,
}

impl<'a> Rows<'a> {
    pub(super) fn open(source: &'a Source<'a>) -> Result<Self> {
        let mut input = SourceBytes::open(source.path)?;
        let layout = Layout::read(&mut input).map_err(|why| match why {
            HeaderError::Io(why) => Error::io("read", source.path)(why),
            HeaderError::Bad(what, fix) => source.error(what, fix),
        })?;
        Ok(Self {
            source,
            input,
            buffer: vec![0; BLOCK_ROWS * layout.row_bytes],
            layout,
            done: 0,
        })
    }

    /// Reads the next block of rows into `into`; the number of its first row, or none at the end.
    pub(super) fn block(&mut self, into: &mut Vec<Raw>) -> Result<Option<u64>> {
        into.clear();
        let left = self.layout.rows - self.done;
        let rows = usize::try_from(left).map_or(BLOCK_ROWS, |left| left.min(BLOCK_ROWS));
        if rows == 0 {
            return Ok(None);
        }
        let width = self.layout.row_bytes;
        let bytes = rows * width;
        let filled = self.fill(bytes)?;
        if filled < bytes {
            let whole = self.done + (filled / width) as u64;
            let what = format!("it is cut off after {whole} of {} rows", self.layout.rows);
            return Err(self
                .source
                .error(what, "fetch or make the file again, whole"));
        }
        let offsets = self.layout.offsets;
        into.extend(self.buffer[..bytes].chunks_exact(width).map(|row| {
            let [ev, exch_ts, local_ts, px, qty] = offsets.map(|at| eight(row, at));
            Raw {
                ev: u64::from_le_bytes(ev),
                exch_ts: i64::from_le_bytes(exch_ts),
                local_ts: i64::from_le_bytes(local_ts),
                px: f64::from_le_bytes(px),
                qty: f64::from_le_bytes(qty),
            }
        }));
        let first = self.done;
        self.done += rows as u64;
        Ok(Some(first))
    }

    fn fill(&mut self, bytes: usize) -> Result<usize> {
        let mut filled = 0;
        while filled < bytes {
            match self.input.read(&mut self.buffer[filled..bytes]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(why) if why.kind() == std::io::ErrorKind::UnexpectedEof => break,
                Err(why) => return Err(Error::io("read", self.source.path)(why)),
            }
        }
        Ok(filled)
    }

    /// Bytes of the file that were read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.input.file_bytes()
    }

    /// Checks, after the last row, that nothing follows and that the file is the one that was hashed.
    pub(super) fn finish(mut self) -> Result<()> {
        if self.fill(1)? != 0 {
            let what = format!(
                "more bytes follow the {} rows of its header",
                self.layout.rows
            );
            return Err(self
                .source
                .error(what, "fetch or make the file again, whole"));
        }
        let source = self.source;
        source.check_unchanged(&self.input.hash()?)
    }
}

fn eight(row: &[u8], at: usize) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&row[at..at + 8]);
    bytes
}
