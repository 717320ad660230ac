//! One frame: a record with what proves that it is whole and in its place.

use alloc::vec::Vec;

use super::codec::{self, CodecError, Encode, PAYLOAD_MAX};
use crate::event::Seq;

/// Bytes before the payload: length, seq, kind, version.
pub(super) const PREFIX_LEN: usize = 4 + 8 + 1 + 1;
/// Bytes of a CRC.
pub(super) const CRC_LEN: usize = 4;
/// Bytes of a frame besides its payload.
pub const FRAME_OVERHEAD: usize = PREFIX_LEN + CRC_LEN;

/// Version of the payloads that this build writes and reads. It grows when a recorded type changes shape.
const PAYLOAD_VERSION: u8 = 2;

/// What a frame holds. Tags are never used again; zero is none, so that zeros are never a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An [`Event`](crate::event::Event).
    Event,
    /// A [`Decision`](crate::decision::Decision).
    Decision,
    /// [`Marks`](crate::marks::Marks).
    Marks,
}

impl Kind {
    const fn tag(self) -> u8 {
        match self {
            Self::Event => 1,
            Self::Decision => 2,
            Self::Marks => 3,
        }
    }

    const fn from_tag(tag: u8) -> Option<Self> {
        match tag {
            1 => Some(Self::Event),
            2 => Some(Self::Decision),
            3 => Some(Self::Marks),
            _ => None,
        }
    }

    /// The word used on the command line and in pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Decision => "decision",
            Self::Marks => "marks",
        }
    }
}

/// A frame whose CRC was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Where it starts in its segment.
    pub offset: usize,
    /// Its event's sequence number; a decision has that of its cause.
    pub seq: Seq,
    /// What it holds.
    pub kind: Kind,
    /// The record, encoded.
    pub payload: &'a [u8],
    /// Its CRC, which the next frame continues.
    pub crc: u32,
}

impl Frame<'_> {
    /// Where the next frame starts.
    pub const fn end(&self) -> usize {
        self.offset + FRAME_OVERHEAD + self.payload.len()
    }
}

/// Appends a frame with `value` to `out` and returns its CRC; on error `out` is as it was.
pub(super) fn push<T: Encode>(
    out: &mut Vec<u8>,
    chain: u32,
    seq: Seq,
    kind: Kind,
    value: &T,
) -> Result<u32, CodecError> {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&seq.0.to_le_bytes());
    out.extend_from_slice(&[kind.tag(), PAYLOAD_VERSION]);
    if let Err(error) = codec::encode(value, out) {
        out.truncate(start);
        return Err(error);
    }
    let length = (out.len() - start - PREFIX_LEN) as u32;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    let crc = chained_crc(chain, &out[start..]);
    out.extend_from_slice(&crc.to_le_bytes());
    Ok(crc)
}

/// The payload of the frame that was just appended at `start`.
pub(super) fn payload_from(out: &[u8], start: usize) -> &[u8] {
    &out[start + PREFIX_LEN..out.len() - CRC_LEN]
}

fn chained_crc(chain: u32, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&chain.to_le_bytes());
    hasher.update(bytes);
    hasher.finalize()
}

/// The fields at the start of what may be a frame, before anything proves them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prefix {
    length: usize,
    pub(super) seq: Seq,
    kind: u8,
    version: u8,
}

impl Prefix {
    /// The fields at `offset`, when the frame that they claim fits into `bytes` and under the limit.
    pub(super) fn read(bytes: &[u8], offset: usize) -> Option<Self> {
        let fields = bytes.get(offset..offset.checked_add(PREFIX_LEN)?)?;
        let prefix = Self {
            length: u32_at(fields, 0)? as usize,
            seq: Seq(u64_at(fields, 4)?),
            kind: fields[12],
            version: fields[13],
        };
        let fits = prefix.length <= PAYLOAD_MAX && prefix.end(offset) <= bytes.len();
        fits.then_some(prefix)
    }

    /// Where a frame at `offset` ends.
    pub(super) const fn end(&self, offset: usize) -> usize {
        offset + FRAME_OVERHEAD + self.length
    }

    /// True when this build writes such frames.
    pub(super) const fn is_ours(&self) -> bool {
        self.version == PAYLOAD_VERSION && Kind::from_tag(self.kind).is_some()
    }

    /// The CRC that the frame at `offset` should have after `chain`.
    pub(super) fn crc(&self, bytes: &[u8], offset: usize, chain: u32) -> u32 {
        chained_crc(chain, &bytes[offset..self.end(offset) - CRC_LEN])
    }

    /// The CRC that stands at the end of the frame at `offset`.
    pub(super) fn stored_crc(&self, bytes: &[u8], offset: usize) -> Option<u32> {
        u32_at(bytes, self.end(offset) - CRC_LEN)
    }

    /// The frame, whose CRC was found right; what it claims to be when this build does not know that.
    pub(super) fn frame<'a>(
        &self,
        bytes: &'a [u8],
        offset: usize,
        crc: u32,
    ) -> Result<Frame<'a>, (u8, u8)> {
        match Kind::from_tag(self.kind) {
            Some(kind) if self.version == PAYLOAD_VERSION => Ok(Frame {
                offset,
                seq: self.seq,
                kind,
                payload: &bytes[offset + PREFIX_LEN..self.end(offset) - CRC_LEN],
                crc,
            }),
            _ => Err((self.kind, self.version)),
        }
    }
}

/// The integer at `offset`, when there are bytes for it.
pub(super) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    let field = bytes.get(offset..offset.checked_add(4)?)?;
    field.try_into().ok().map(u32::from_le_bytes)
}

/// The integer at `offset`, when there are bytes for it.
pub(super) fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    let field = bytes.get(offset..offset.checked_add(8)?)?;
    field.try_into().ok().map(u64::from_le_bytes)
}
