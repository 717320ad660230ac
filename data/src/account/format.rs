//! Bytes of an account file.

use onetape_core::event::{Event, Seq};
use onetape_core::journal::codec::{CODEC_ID, PAYLOAD_MAX, decode, encode};
use onetape_core::time::Ts;

const MAGIC: &[u8; 8] = b"1TAPACCT";
const VERSION: u8 = 1;
pub(super) const HEADER_LEN: usize = 36;
/// Bytes before a payload.
pub(super) const PREFIX_LEN: usize = 4 + 1 + 8;
/// Bytes of a CRC.
pub(super) const CRC_LEN: usize = 4;

/// How a recording ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountEnd {
    /// Market events that went to the catalogue.
    pub market_rows: u64,
    /// Time of the last event, of whatever kind.
    pub last: Ts,
}

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub enum AccountRecord {
    /// What was folded.
    Event(Event),
    /// So many events were not recorded.
    Hole(u64),
    /// The recording is whole.
    End(AccountEnd),
}

impl AccountRecord {
    /// Appends the record's bytes, and returns their CRC. `None` when it is too large: nothing was appended.
    pub(super) fn push(&self, chain: u32, seq: Seq, out: &mut Vec<u8>) -> Option<u32> {
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        out.push(match self {
            Self::Event(_) => 1,
            Self::Hole(_) => 2,
            Self::End(_) => 3,
        });
        out.extend_from_slice(&seq.0.to_le_bytes());
        let encoded = match self {
            Self::Event(event) => encode(event, out),
            Self::Hole(count) => encode(count, out),
            Self::End(end) => encode(&(end.market_rows, end.last), out),
        };
        let length = u32::try_from(out.len() - start - PREFIX_LEN).ok();
        let Some(length) = length.filter(|_| encoded.is_ok()) else {
            out.truncate(start);
            return None;
        };
        out[start..start + 4].copy_from_slice(&length.to_le_bytes());
        let crc = chained(chain, &out[start..]);
        out.extend_from_slice(&crc.to_le_bytes());
        Some(crc)
    }

    /// The record of a kind in a payload.
    pub(super) fn read(kind: u8, payload: &[u8]) -> Option<Self> {
        match kind {
            1 => decode(payload).ok().map(Self::Event),
            2 => decode(payload).ok().map(Self::Hole),
            3 => {
                let (market_rows, last) = decode(payload).ok()?;
                Some(Self::End(AccountEnd { market_rows, last }))
            }
            _ => None,
        }
    }
}

/// Whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) run_id: [u8; 16],
    pub(super) epoch: u32,
}

impl Header {
    pub(super) fn bytes(&self) -> ([u8; HEADER_LEN], u32) {
        let mut bytes = [0; HEADER_LEN];
        bytes[..8].copy_from_slice(MAGIC);
        (bytes[8], bytes[9]) = (VERSION, CODEC_ID);
        bytes[12..16].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[16..32].copy_from_slice(&self.run_id);
        let crc = chained(0, &bytes[..32]);
        bytes[32..].copy_from_slice(&crc.to_le_bytes());
        (bytes, crc)
    }

    /// The header and its CRC, where the bytes are one.
    pub(super) fn read(bytes: &[u8; HEADER_LEN]) -> Option<(Self, u32)> {
        let header = Self {
            run_id: bytes[16..32].try_into().ok()?,
            epoch: u32::from_le_bytes(bytes[12..16].try_into().ok()?),
        };
        let (known, crc) = header.bytes();
        (known == *bytes).then_some((header, crc))
    }
}

/// The fields before a payload: its length, kind and seq; `None` where the length is none.
pub(super) fn prefix(bytes: &[u8; PREFIX_LEN]) -> Option<(usize, u8, Seq)> {
    let length = u32::from_le_bytes(bytes[..4].try_into().ok()?);
    let length = usize::try_from(length)
        .ok()
        .filter(|it| *it <= PAYLOAD_MAX)?;
    let seq = u64::from_le_bytes(bytes[5..].try_into().ok()?);
    Some((length, bytes[4], Seq(seq)))
}

pub(super) fn chained(chain: u32, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&chain.to_le_bytes());
    hasher.update(bytes);
    hasher.finalize()
}
