//! What can be wrong with a journal on disk.

use std::io;
use std::path::PathBuf;

use onetape_core::event::Seq;
use onetape_core::journal::codec::CodecError;
use onetape_core::journal::{ReadError, SEGMENT_MAX};

/// Why a journal cannot be written or read: which file, where in it, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum JournalFileError {
    /// The system refused.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process has the journal open for writing.
    #[error("another process is writing the journal {path}; wait for it or choose another run folder", path = path.display())]
    Locked {
        /// The first segment.
        path: PathBuf,
    },
    /// A journal is never overwritten.
    #[error("a journal is there already: {path}; choose another run folder", path = path.display())]
    Exists {
        /// The first segment.
        path: PathBuf,
    },
    /// There is no journal.
    #[error("{path} has no journal segments; give the folder of a run that was journaled", path = path.display())]
    NoJournal {
        /// Where segments were looked for.
        path: PathBuf,
    },
    /// A segment between others, or the first, is not there.
    #[error("the journal segment {path} is missing, while later ones are there; put it back from a copy", path = path.display())]
    Missing {
        /// The missing file.
        path: PathBuf,
    },
    /// Its first segments were dropped once a snapshot stood behind them.
    #[error("the journal begins with {path}: the segments before were dropped (`[live] keep_segments`), and what they told only snapshots know; `onetape replay --verify` and a restart begin at a snapshot", path = path.display())]
    HeadDropped {
        /// The first segment that is there.
        path: PathBuf,
    },
    /// A snapshot's place is not in the segment as it is.
    #[error("{path} has nothing at byte {offset} that the snapshot of event {last} goes on from", path = path.display(), last = last.0)]
    NotThere {
        /// The segment.
        path: PathBuf,
        /// The place.
        offset: u64,
        /// Last event of the snapshot.
        last: Seq,
    },
    /// Not a plain file.
    #[error("the journal segment {path} is not a regular file; links are not followed", path = path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// Larger than any segment that is written.
    #[error("the journal segment {path} has {bytes} bytes, more than the {SEGMENT_MAX} that a segment can have; it is damaged", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// A segment is damaged or not ours.
    #[error("{path}: {source}; restore the file from a copy", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: ReadError,
    },
    /// A segment that is not the last one ends within a frame.
    #[error("{path}: the frame at byte {offset} is cut off, but {next} goes on; restore the file from a copy", path = path.display(), next = next.display())]
    CutInMiddle {
        /// The file.
        path: PathBuf,
        /// Where its good part ends.
        offset: u64,
        /// The segment after it.
        next: PathBuf,
    },
    /// A segment does not continue the one before.
    #[error("{path} does not continue {before}, which ends with event {last}: frames are missing between them, or one is of another journal; restore both from a copy", path = path.display(), before = before.display(), last = last.0)]
    Discontinued {
        /// The file.
        path: PathBuf,
        /// The one before.
        before: PathBuf,
        /// The last sequence number of the one before.
        last: Seq,
    },
    /// The frame is whole but its payload is not what it says.
    #[error("{path}: the record of event {seq} at byte {offset}: {source}; it was written by another build", path = path.display(), seq = seq.0)]
    Undecodable {
        /// The file.
        path: PathBuf,
        /// Where the frame starts.
        offset: u64,
        /// Its sequence number.
        seq: Seq,
        /// What is wrong.
        source: CodecError,
    },
}

impl JournalFileError {
    /// Where in its segment the damage is, when it is damage at a place.
    pub const fn offset(&self) -> Option<u64> {
        match self {
            Self::CutInMiddle { offset, .. } | Self::Undecodable { offset, .. } => Some(*offset),
            Self::Damaged { source, .. } => Some(match source {
                ReadError::Header(_) => 0,
                ReadError::Damaged { offset, .. }
                | ReadError::Unknown { offset, .. }
                | ReadError::Backward { offset, .. } => *offset as u64,
            }),
            Self::Discontinued { .. } => Some(0),
            _ => None,
        }
    }
}
