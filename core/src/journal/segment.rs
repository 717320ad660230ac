//! The header of a segment.

use super::codec::CODEC_ID;
use super::frame::{u32_at, u64_at};
use crate::event::Seq;

/// Bytes of a segment header.
pub const HEADER_LEN: usize = 48;

/// Largest segment that is written or read: a reader holds one segment in memory.
pub const SEGMENT_MAX: usize = 256 * 1024 * 1024;

const MAGIC: [u8; 8] = *b"onetapeJ";
const FORMAT_VERSION: u16 = 1;

/// What the first frame of a run continues: it differs from run to run, so that frames of one run do not pass
/// for frames of another.
pub fn chain_start(run_id: &[u8; 16]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(b"onetape journal");
    hasher.update(run_id);
    hasher.finalize()
}

/// What a segment says of itself.
///
/// ```text
/// magic [u8; 8] | format version u16 | codec u8 | 0 | index u32 | run id [u8; 16] | first seq u64
/// | crc u32 of all other fields | chain u32
/// ```
///
/// The chain stands last, right before the first frame, as the CRC of a frame stands before the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Place in the journal, from 0.
    pub index: u32,
    /// The run.
    pub run_id: [u8; 16],
    /// Sequence number of the first frame.
    pub first: Seq,
    /// CRC of the last frame of the segment before; [`chain_start`] in the first.
    pub chain: u32,
}

/// Why bytes are not the header of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Fewer bytes than a header has.
    #[error("the segment header has {0} of {HEADER_LEN} bytes")]
    Short(usize),
    /// Not the first bytes of a segment.
    #[error("this is not a journal segment")]
    Magic,
    /// The CRC is wrong.
    #[error("the segment header is damaged")]
    Damaged,
    /// Written by another version.
    #[error(
        "the segment has format version {format} and codec {codec}; \
         this build reads {FORMAT_VERSION} and {CODEC_ID}"
    )]
    Version {
        /// Format version.
        format: u16,
        /// Codec id.
        codec: u8,
    },
    /// A segment stands in the place of another.
    #[error("this is segment {found} of its journal, in the place of segment {expected}")]
    Index {
        /// What the header says.
        found: u32,
        /// What the file's place says.
        expected: u32,
    },
    /// The first segment of a run does not start that run's chain.
    #[error("the first segment does not start its run's chain of checksums")]
    Chain,
}

impl SegmentHeader {
    /// The header's bytes.
    pub fn to_bytes(&self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        bytes[0..8].copy_from_slice(&MAGIC);
        bytes[8..10].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes[10] = CODEC_ID;
        bytes[12..16].copy_from_slice(&self.index.to_le_bytes());
        bytes[16..32].copy_from_slice(&self.run_id);
        bytes[32..40].copy_from_slice(&self.first.0.to_le_bytes());
        bytes[44..48].copy_from_slice(&self.chain.to_le_bytes());
        let crc = header_crc(&bytes);
        bytes[40..44].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// The header at the start of a segment.
    ///
    /// # Errors
    /// [`HeaderError`] says what is wrong with it.
    pub fn read(segment: &[u8]) -> Result<Self, HeaderError> {
        let short = HeaderError::Short(segment.len());
        let bytes: &[u8; HEADER_LEN] = segment.first_chunk().ok_or(short)?;
        if bytes[0..8] != MAGIC {
            return Err(HeaderError::Magic);
        }
        if u32_at(bytes, 40) != Some(header_crc(bytes)) {
            return Err(HeaderError::Damaged);
        }
        let (format, codec) = (u16::from_le_bytes([bytes[8], bytes[9]]), bytes[10]);
        if (format, codec) != (FORMAT_VERSION, CODEC_ID) {
            return Err(HeaderError::Version { format, codec });
        }
        let mut run_id = [0; 16];
        run_id.copy_from_slice(&bytes[16..32]);
        let header = Self {
            index: u32_at(bytes, 12).ok_or(short)?,
            run_id,
            first: Seq(u64_at(bytes, 32).ok_or(short)?),
            chain: u32_at(bytes, 44).ok_or(short)?,
        };
        if header.index == 0 && header.chain != chain_start(&run_id) {
            return Err(HeaderError::Chain);
        }
        Ok(header)
    }
}

fn header_crc(bytes: &[u8; HEADER_LEN]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[0..40]);
    hasher.update(&bytes[44..48]);
    hasher.finalize()
}
