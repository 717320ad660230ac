//! A `.npy` array of hftbacktest's events that is written as a stream.

use super::files::Writing;
use crate::error::Result;

/// Where the rows begin: arrays of 64-byte rows are aligned to that.
const HEADER_BYTES: usize = 256;

/// Length of a row.
const ROW_BYTES: usize = 64;

/// One event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ArrayRow {
    pub(super) ev: u64,
    pub(super) exch_ts: i64,
    pub(super) local_ts: i64,
    pub(super) px: f64,
    pub(super) qty: f64,
}

/// An array in the making.
pub(super) struct Npy {
    to: Writing,
    rows: u64,
}

impl Npy {
    pub(super) fn begin(mut to: Writing) -> Result<Self> {
        // The number of rows is known at the end.
        to.put(&header(0))?;
        Ok(Self { to, rows: 0 })
    }

    pub(super) fn put(&mut self, row: &ArrayRow) -> Result<()> {
        let mut bytes = [0; ROW_BYTES];
        // Order id and the spare fields stay zero.
        for (at, field) in [
            row.ev.to_le_bytes(),
            row.exch_ts.to_le_bytes(),
            row.local_ts.to_le_bytes(),
            row.px.to_le_bytes(),
            row.qty.to_le_bytes(),
        ]
        .iter()
        .enumerate()
        {
            bytes[at * 8..at * 8 + 8].copy_from_slice(field);
        }
        self.rows += 1;
        self.to.put(&bytes)
    }

    /// Number of rows so far.
    pub(super) const fn rows(&self) -> u64 {
        self.rows
    }

    /// Ends the array; gives the file's length.
    pub(super) fn finish(mut self) -> Result<u64> {
        self.to.put_first(&header(self.rows))?;
        self.to.finish()
    }
}

/// Magic, version 1.0, length and the dict, filled up with blanks.
fn header(rows: u64) -> [u8; HEADER_BYTES] {
    let dict = format!(
        "{{'descr': [('ev', '<u8'), ('exch_ts', '<i8'), ('local_ts', '<i8'), ('px', '<f8'), ('qty', '<f8'), \
         ('order_id', '<u8'), ('ival', '<i8'), ('fval', '<f8')], 'fortran_order': False, 'shape': ({rows},), }}"
    );
    let mut bytes = [b' '; HEADER_BYTES];
    let start = b"\x93NUMPY\x01\x00";
    bytes[..8].copy_from_slice(start);
    bytes[8..10].copy_from_slice(&(HEADER_BYTES as u16 - 10).to_le_bytes());
    bytes[10..10 + dict.len()].copy_from_slice(dict.as_bytes());
    bytes[HEADER_BYTES - 1] = b'\n';
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_has_room_for_every_number_of_rows() {
        let bytes = header(u64::MAX);
        let text = String::from_utf8_lossy(&bytes[10..]).into_owned();
        assert!(text.contains("(18446744073709551615,), }"), "{text}");
        assert!(text.ends_with('\n'));
    }
}
