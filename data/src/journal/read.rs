//! Segments being read.

use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use onetape_core::event::Seq;
use onetape_core::journal::{
    Cursor, DecisionsHash, End, HEADER_LEN, HeaderError, Kind, ReadError, Record, Resume,
    SEGMENT_MAX, SegmentHeader,
};
use onetape_core::time::Ts;

use super::{JournalFileError, Place, journal_dir, segment_path, snapshots};

/// One record of a journal, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Number of the segment.
    pub segment: u32,
    /// Byte of the segment at which the frame starts.
    pub offset: u64,
    /// The event's sequence number; for a decision, that of its cause.
    pub seq: Seq,
    /// The record.
    pub body: Record,
}

impl Entry {
    /// When it happened.
    pub const fn ts(&self) -> Ts {
        match &self.body {
            Record::Event(event) => event.ts,
            Record::Decision(decision) => decision.ts,
            Record::Marks(marks) => marks.ts,
        }
    }
}

/// What was cut off at the end of a journal whose writer did not end it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// The last segment.
    pub path: PathBuf,
    /// Where its good part ends.
    pub offset: u64,
    /// How many bytes were cut.
    pub bytes: u64,
    /// Sequence number and time of the last good record.
    pub last: Option<(Seq, Ts)>,
}

/// Reads a run's journal, one segment in memory at a time.
///
/// An iterator over [`Entry`]; it ends after the first error. When it has ended without one, [`JournalFile::tail`]
/// tells whether something was cut.
pub struct JournalFile {
    dir: PathBuf,
    /// Number of the first segment.
    first: u32,
    segments: u32,
    index: u32,
    bytes: Vec<u8>,
    cursor: Cursor,
    run_id: [u8; 16],
    last: Option<(Seq, Ts)>,
    /// Of the last frame, also one that was not given.
    last_seq: Seq,
    tail: Option<TornTail>,
    done: bool,
    marks: bool,
    decisions: u64,
    hash: DecisionsHash,
    failed: bool,
}

/// Where a journal can be gone on with.
#[derive(Clone)]
pub struct JournalEnd {
    /// Number of the first segment that is there.
    pub first: u32,
    /// Number of the last segment, and its good length; `None` where nothing of it is good.
    pub segment: (u32, Option<u64>),
    /// What the next frame continues.
    pub resume: Resume,
}

impl JournalFile {
    /// Opens the journal of a run folder and reads its first segment.
    ///
    /// # Errors
    /// When there is none, segments are missing, or the first segment's header is damaged.
    pub fn open(run_dir: &Path) -> Result<Self, JournalFileError> {
        let dir = journal_dir(run_dir);
        let segments = list_segments(&dir)?;
        if segments.start > 0 {
            let path = segment_path(&dir, segments.start);
            return Err(JournalFileError::HeadDropped { path });
        }
        let mut bytes = Vec::new();
        let path = segment_path(&dir, 0);
        read_segment(&path, &mut bytes)?;
        let header = read_header(&path, &bytes, 0)?;
        Ok(Self {
            dir,
            first: segments.start,
            segments: segments.end,
            index: 0,
            bytes,
            cursor: Cursor::new(&header),
            run_id: header.run_id,
            last: None,
            last_seq: Seq(0),
            tail: None,
            done: false,
            marks: false,
            decisions: 0,
            hash: DecisionsHash::new(),
            failed: false,
        })
    }

    /// Opens the journal of a run folder where a snapshot of it was made.
    ///
    /// # Errors
    /// As [`JournalFile::open`], and when the journal does not have that place.
    pub fn open_at(run_dir: &Path, place: &Place) -> Result<Self, JournalFileError> {
        let dir = journal_dir(run_dir);
        let segments = list_segments(&dir)?;
        let path = segment_path(&dir, place.segment);
        let not_there = || JournalFileError::NotThere {
            path: path.clone(),
            offset: place.offset,
            last: place.resume.last,
        };
        if !segments.contains(&place.segment) {
            return Err(not_there());
        }
        let mut bytes = Vec::new();
        read_segment(&path, &mut bytes)?;
        let header = read_header(&path, &bytes, place.segment)?;
        let offset = usize::try_from(place.offset).map_err(|_| not_there())?;
        // The frame before ends with its checksum, and so does a header.
        let before = offset.checked_sub(4).and_then(|at| bytes.get(at..offset));
        let is_there = before == Some(&place.resume.chain.to_le_bytes()[..])
            && offset >= HEADER_LEN
            && header.run_id == place.resume.run_id;
        if !is_there {
            return Err(not_there());
        }
        let Resume {
            run_id,
            chain,
            last,
            decisions,
            hash,
        } = place.resume.clone();
        Ok(Self {
            dir,
            first: segments.start,
            segments: segments.end,
            index: place.segment,
            bytes,
            cursor: Cursor::after(offset, chain, last),
            run_id,
            last: Some((last, place.ts)),
            last_seq: last,
            tail: None,
            done: false,
            marks: false,
            decisions,
            hash,
            failed: false,
        })
    }

    /// Gives the tops of book that were noted too: they belong to no event, and most readers need none.
    #[must_use]
    pub const fn with_marks(mut self) -> Self {
        self.marks = true;
        self
    }

    /// The run that the journal says it is of.
    pub const fn run_id(&self) -> [u8; 16] {
        self.run_id
    }

    /// Number of segment files.
    pub const fn segments(&self) -> u32 {
        self.segments
    }

    /// What was cut off at the end, once the iterator has ended.
    pub const fn tail(&self) -> Option<&TornTail> {
        self.tail.as_ref()
    }

    /// XXH3-128 over the payloads of the decisions that were read so far, as
    /// [`Journal::decisions_hash`](onetape_core::journal::Journal::decisions_hash) makes it.
    pub fn decisions_hash(&self) -> u128 {
        self.hash.digest128()
    }

    /// Where the journal can be gone on with, once the iterator has ended without an error.
    pub fn end(&self) -> Option<JournalEnd> {
        if !self.done || self.failed {
            return None;
        }
        let length = match &self.tail {
            Some(tail) if tail.offset == 0 => None,
            Some(tail) => Some(tail.offset),
            None => {
                let zeros = match self.cursor.end() {
                    Some(End::Clean { zeros }) => zeros,
                    _ => 0,
                };
                Some((self.bytes.len() - zeros) as u64)
            }
        };
        Some(JournalEnd {
            first: self.first,
            segment: (self.index, length),
            resume: Resume {
                run_id: self.run_id,
                chain: self.cursor.chain(),
                last: self.last_seq,
                decisions: self.decisions,
                hash: self.hash.clone(),
            },
        })
    }

    fn path(&self) -> PathBuf {
        segment_path(&self.dir, self.index)
    }

    fn next_entry(&mut self) -> Result<Option<Entry>, JournalFileError> {
        while !self.done {
            let frame = self.cursor.next(&self.bytes);
            let damaged = |source| JournalFileError::Damaged {
                path: segment_path(&self.dir, self.index),
                source,
            };
            let Some(frame) = frame.map_err(damaged)? else {
                self.end_segment()?;
                continue;
            };
            self.last_seq = frame.seq;
            if frame.kind == Kind::Marks && !self.marks {
                continue;
            }
            let offset = frame.offset as u64;
            let body = frame
                .record()
                .map_err(|source| JournalFileError::Undecodable {
                    path: segment_path(&self.dir, self.index),
                    offset,
                    seq: frame.seq,
                    source,
                })?;
            if frame.kind == Kind::Decision {
                self.hash.update(frame.payload);
                self.decisions += 1;
            }
            let entry = Entry {
                segment: self.index,
                offset,
                seq: frame.seq,
                body,
            };
            self.last = Some((entry.seq, entry.ts()));
            return Ok(Some(entry));
        }
        Ok(None)
    }

    fn end_segment(&mut self) -> Result<(), JournalFileError> {
        let is_last = self.index + 1 == self.segments;
        match self.cursor.end() {
            Some(End::Torn(tail)) if is_last => self.cut(tail.offset, tail.bytes),
            Some(End::Torn(tail)) => {
                return Err(JournalFileError::CutInMiddle {
                    path: self.path(),
                    offset: tail.offset as u64,
                    next: segment_path(&self.dir, self.index + 1),
                });
            }
            _ if is_last => self.done = true,
            _ => self.next_segment()?,
        }
        Ok(())
    }

    fn cut(&mut self, offset: usize, bytes: usize) {
        self.tail = Some(TornTail {
            path: self.path(),
            offset: offset as u64,
            bytes: bytes as u64,
            last: self.last,
        });
        self.done = true;
    }

    fn next_segment(&mut self) -> Result<(), JournalFileError> {
        let before = self.path();
        self.index += 1;
        let path = self.path();
        read_segment(&path, &mut self.bytes)?;
        if self.index + 1 == self.segments && is_unwritten(&self.bytes) {
            self.cut(0, self.bytes.len());
            return Ok(());
        }
        let header = read_header(&path, &self.bytes, self.index)?;
        let last = self.last.map_or(Seq(0), |(seq, _)| seq);
        let continues = header.run_id == self.run_id
            && header.chain == self.cursor.chain()
            && header.first >= last;
        if !continues {
            return Err(JournalFileError::Discontinued { path, before, last });
        }
        self.cursor = Cursor::new(&header);
        Ok(())
    }
}

impl Iterator for JournalFile {
    type Item = Result<Entry, JournalFileError>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.next_entry();
        self.failed |= entry.is_err();
        self.done |= self.failed;
        entry.transpose()
    }
}

/// True for a last segment whose writer came no further than its name: less than a header, or reserved space.
fn is_unwritten(bytes: &[u8]) -> bool {
    bytes.len() < HEADER_LEN || bytes.iter().all(|&byte| byte == 0)
}

/// The numbers of the segments, none of them missing. Only where there are snapshots may the first not be zero.
pub(super) fn list_segments(dir: &Path) -> Result<Range<u32>, JournalFileError> {
    let failed = |source| JournalFileError::Io {
        action: "list",
        path: dir.to_path_buf(),
        source,
    };
    let no_journal = || JournalFileError::NoJournal {
        path: dir.to_path_buf(),
    };
    let listed = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(no_journal()),
        listed => listed.map_err(failed)?,
    };
    let mut found = Vec::new();
    for file in listed {
        let name = file.map_err(failed)?.file_name();
        let digits = name.to_str().and_then(|name| name.strip_suffix(".seg"));
        let index = digits.and_then(|digits| digits.parse::<u32>().ok());
        found.extend(index.filter(|index| segment_path(dir, *index).file_name() == Some(&name)));
    }
    found.sort_unstable();
    let first = found.first().copied().ok_or_else(no_journal)?;
    let run_dir = dir.parent().unwrap_or(dir);
    let dropped = first > 0 && !snapshots(run_dir)?.is_empty();
    let expected = if dropped { first } else { 0 };
    for (expected, &index) in (expected..).zip(&found) {
        if index != expected {
            return Err(JournalFileError::Missing {
                path: segment_path(dir, expected),
            });
        }
    }
    let last = found.last().and_then(|last| last.checked_add(1));
    last.map(|end| first..end).ok_or_else(no_journal)
}

/// The whole of one segment, which is never larger than [`SEGMENT_MAX`].
fn read_segment(path: &Path, bytes: &mut Vec<u8>) -> Result<(), JournalFileError> {
    let failed = |source| JournalFileError::Io {
        action: "read",
        path: path.to_path_buf(),
        source,
    };
    let about = fs::symlink_metadata(path).map_err(failed)?;
    if !about.is_file() {
        return Err(JournalFileError::NotAFile {
            path: path.to_path_buf(),
        });
    }
    if about.len() > SEGMENT_MAX as u64 {
        return Err(JournalFileError::TooLarge {
            path: path.to_path_buf(),
            bytes: about.len(),
        });
    }
    bytes.clear();
    let file = File::open(path).map_err(failed)?;
    // No more room than it takes: what grows as it is read ends up with twice as much.
    let room = usize::try_from(about.len()).unwrap_or(usize::MAX);
    let had = bytes.try_reserve_exact(room).map_err(io::Error::other);
    had.map_err(failed)?;
    // A writer may still be at it: what comes after the length that was seen is not read.
    file.take(about.len()).read_to_end(bytes).map_err(failed)?;
    Ok(())
}

fn read_header(path: &Path, bytes: &[u8], index: u32) -> Result<SegmentHeader, JournalFileError> {
    let damaged = |source| JournalFileError::Damaged {
        path: path.to_path_buf(),
        source,
    };
    let header = SegmentHeader::read(bytes).map_err(|source| damaged(ReadError::Header(source)))?;
    if header.index != index {
        return Err(damaged(ReadError::Header(HeaderError::Index {
            found: header.index,
            expected: index,
        })));
    }
    Ok(header)
}
