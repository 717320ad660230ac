//! The reading half: frames one after the other, and a verdict on bytes that are none.

use super::frame::{FRAME_OVERHEAD, Frame, Prefix, u32_at};
use super::segment::{HEADER_LEN, HeaderError, SegmentHeader};
use crate::event::Seq;

/// How many times the remaining bytes the search for a later frame may hash. Honest bytes need a small part of
/// it; bytes that were made to look like frames everywhere run out of it, which is reported as damage.
const SEARCH_FACTOR: usize = 4;
/// What a search may hash in any case.
const SEARCH_MIN: usize = 64 * 1024 * 1024;

/// How a segment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// After a whole frame, with so many zero bytes of reserved space behind it.
    Clean {
        /// Zero bytes.
        zeros: usize,
    },
    /// Within a frame that was not written completely.
    Torn(Tail),
}

/// What is cut off at the end of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// Where the good part ends.
    pub offset: usize,
    /// How many bytes come after it, without zeros at the very end.
    pub bytes: usize,
    /// The last good frame's sequence number; `None` when the segment has none.
    pub last: Option<Seq>,
}

/// Where the next good frame after a damaged place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// There.
    At(usize),
    /// Not known: too many places look like one.
    GivenUp,
}

impl core::fmt::Display for Next {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::At(offset) => write!(f, "the next good frame is at byte {offset}"),
            Self::GivenUp => f.write_str("the search for a good frame after it was given up"),
        }
    }
}

/// Why a segment cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The header is not one.
    #[error("at byte 0: {0}")]
    Header(#[from] HeaderError),
    /// Bytes in the middle are not what was written.
    #[error("the frame at byte {offset} is damaged; {next}")]
    Damaged {
        /// Where the damaged frame starts.
        offset: usize,
        /// Sequence number of the frame before it in the segment.
        last: Option<Seq>,
        /// Where it goes on.
        next: Next,
    },
    /// The frame is whole, but of a kind or version that this build does not know.
    #[error(
        "the frame at byte {offset} has kind {kind} and version {version}, which this build does not know"
    )]
    Unknown {
        /// Where.
        offset: usize,
        /// Kind tag.
        kind: u8,
        /// Payload version.
        version: u8,
    },
    /// The frame is whole, but its sequence number is below that of the one before.
    #[error("the frame at byte {offset} has event {seq}, after event {last}", seq = seq.0, last = last.0)]
    Backward {
        /// Where.
        offset: usize,
        /// Its sequence number.
        seq: Seq,
        /// The one before.
        last: Seq,
    },
}

/// A place in a segment. It does not hold the bytes; each call takes the same ones.
#[derive(Clone, Copy, Debug)]
pub struct Cursor {
    offset: usize,
    chain: u32,
    /// No later frame has a lower sequence number.
    floor: Seq,
    last: Option<Seq>,
    end: Option<End>,
    failed: bool,
}

impl Cursor {
    /// At the first frame of the segment with this header.
    pub const fn new(header: &SegmentHeader) -> Self {
        Self {
            offset: HEADER_LEN,
            chain: header.chain,
            floor: header.first,
            last: None,
            end: None,
            failed: false,
        }
    }

    /// After the frame that ends at `offset` with the checksum `chain`, and is of event `last`.
    pub const fn after(offset: usize, chain: u32, last: Seq) -> Self {
        Self {
            offset,
            chain,
            floor: last,
            last: Some(last),
            end: None,
            failed: false,
        }
    }

    /// The next frame of `segment`; `None` at its end, of which [`Cursor::end`] tells then, and after an error.
    ///
    /// # Errors
    /// [`ReadError`]; it is not possible to read on after one.
    pub fn next<'a>(&mut self, segment: &'a [u8]) -> Result<Option<Frame<'a>>, ReadError> {
        if self.end.is_some() || self.failed {
            return Ok(None);
        }
        let found = self.step(segment);
        self.failed = found.is_err();
        found
    }

    /// How the segment ended, once [`Cursor::next`] returned `None` for it.
    pub const fn end(&self) -> Option<End> {
        self.end
    }

    /// CRC of the last frame that was read: what the next segment continues.
    pub const fn chain(&self) -> u32 {
        self.chain
    }

    /// Sequence number of the last frame that was read.
    pub const fn last(&self) -> Option<Seq> {
        self.last
    }

    fn step<'a>(&mut self, segment: &'a [u8]) -> Result<Option<Frame<'a>>, ReadError> {
        let offset = self.offset;
        let good = Prefix::read(segment, offset).and_then(|prefix| {
            let crc = prefix.crc(segment, offset, self.chain);
            (prefix.stored_crc(segment, offset) == Some(crc)).then_some((prefix, crc))
        });
        let Some((prefix, crc)) = good else {
            return self.judge(segment).map(|end| {
                self.end = Some(end);
                None
            });
        };
        let frame = prefix
            .frame(segment, offset, crc)
            .map_err(|(kind, version)| ReadError::Unknown {
                offset,
                kind,
                version,
            })?;
        if frame.seq < self.floor {
            return Err(ReadError::Backward {
                offset,
                seq: frame.seq,
                last: self.floor,
            });
        }
        self.offset = frame.end();
        self.chain = crc;
        self.floor = frame.seq;
        self.last = Some(frame.seq);
        Ok(Some(frame))
    }

    /// What it means that no frame is at the cursor.
    fn judge(&self, segment: &[u8]) -> Result<End, ReadError> {
        let rest = segment.get(self.offset..).unwrap_or(&[]);
        let used = rest
            .iter()
            .rposition(|&byte| byte != 0)
            .map_or(0, |at| at + 1);
        if used == 0 {
            return Ok(End::Clean { zeros: rest.len() });
        }
        match self.search(segment) {
            Some(next) => Err(ReadError::Damaged {
                offset: self.offset,
                last: self.last,
                next,
            }),
            None => Ok(End::Torn(Tail {
                offset: self.offset,
                bytes: used,
                last: self.last,
            })),
        }
    }

    /// A frame after the cursor that is whole.
    fn search(&self, segment: &[u8]) -> Option<Next> {
        if let Some(next) = self.after_wrong_crc(segment) {
            return Some(Next::At(next));
        }
        let first = self.offset + 1;
        let last = segment.len().checked_sub(FRAME_OVERHEAD)?;
        let mut budget =
            SEARCH_MIN.max((segment.len() - self.offset).saturating_mul(SEARCH_FACTOR));
        for offset in first..=last {
            let plausible = Prefix::read(segment, offset)
                .filter(|prefix| prefix.is_ours() && prefix.seq >= self.floor);
            let Some(prefix) = plausible else { continue };
            let cost = prefix.end(offset) - offset;
            match budget.checked_sub(cost) {
                Some(left) => budget = left,
                None => return Some(Next::GivenUp),
            }
            if is_whole(segment, offset, &prefix, u32_at(segment, offset - 4)?) {
                return Some(Next::At(offset));
            }
        }
        None
    }

    /// When nothing but the CRC of the frame at the cursor is wrong, the frame after it continues the right one,
    /// which the four bytes before it do not tell.
    fn after_wrong_crc(&self, segment: &[u8]) -> Option<usize> {
        let here = Prefix::read(segment, self.offset)?;
        let chain = here.crc(segment, self.offset, self.chain);
        let offset = here.end(self.offset);
        let next = Prefix::read(segment, offset)?;
        (next.is_ours() && is_whole(segment, offset, &next, chain)).then_some(offset)
    }
}

fn is_whole(segment: &[u8], offset: usize, prefix: &Prefix, chain: u32) -> bool {
    prefix.stored_crc(segment, offset) == Some(prefix.crc(segment, offset, chain))
}

/// The frames of one segment.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    segment: &'a [u8],
    header: SegmentHeader,
    cursor: Cursor,
}

impl<'a> Frames<'a> {
    /// Reads a segment's header.
    ///
    /// # Errors
    /// [`ReadError::Header`].
    pub fn open(segment: &'a [u8]) -> Result<Self, ReadError> {
        let header = SegmentHeader::read(segment)?;
        Ok(Self {
            segment,
            header,
            cursor: Cursor::new(&header),
        })
    }

    /// The header.
    pub const fn header(&self) -> &SegmentHeader {
        &self.header
    }

    /// How the segment ended, once the iterator is at its end without an error.
    pub const fn end(&self) -> Option<End> {
        self.cursor.end()
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.cursor.next(self.segment).transpose()
    }
}
