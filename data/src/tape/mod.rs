//! The tape: stored messages of several instruments as one stream in total order.
//!
//! Order is receive time, then the order of the legs, then the place in the source, then the kind (one message
//! can be a mark and a funding rate). Within a series and kind time never goes back: a stamp that is earlier
//! than one before it is moved up to that one, and the order of the source holds.
//!
//! Memory is one batch of decoded rows a series and kind, whatever the length of the tape. Every file is checked
//! against the hash in the manifest before any of it is decoded.

mod columns;
mod cursor;
mod depth;
mod file;
mod request;
mod schema;
mod stored;
mod stream;
#[cfg(test)]
mod tests;

use std::time::Duration;

use onetape_core::event::{Event, TapeFile, TapeRow};
use onetape_core::names::InstrumentId;
use onetape_core::time::Ts;

use crate::catalog::{Catalog, FileRecord};
use crate::error::{Error, Result};
pub(crate) use columns::{QuoteColumns, TradeColumns};
pub(crate) use cursor::{Cursor, Window};
pub(crate) use depth::DepthCursor;
pub(crate) use file::{Part, guarded};
use request::parts_among;
pub use request::{TapeLeg, TapeRequest};
pub(crate) use request::{part, parts, time_text};
pub(crate) use stored::StoredRows;
use stream::Stream;

/// What orders events. Derived comparison goes by the fields in their order; streams stand in order of leg, then
/// kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    ts: i64,
    leg: usize,
    place: i64,
    stream: usize,
}

impl Key {
    /// After everything.
    const END: Self = Self {
        ts: i64::MAX,
        leg: usize::MAX,
        place: i64::MAX,
        stream: usize::MAX,
    };
}

struct Lane {
    leg: usize,
    instrument: InstrumentId,
    stream: Stream,
}

/// Stored messages in total order.
pub struct Tape {
    lanes: Vec<Lane>,
    heads: Vec<Key>,
    /// The lane with the earliest head.
    current: usize,
    /// The earliest head of the other lanes: as long as the current one stays before it, nothing is compared
    /// but these two.
    limit: Key,
    files: Vec<TapeFile>,
    given: u64,
    read: u64,
    total: u64,
}

impl Tape {
    /// Checks every file that is needed against the manifest, and goes to the first event.
    ///
    /// A tape that starts in mid-stream gives nothing from before its start. A leg with depth then begins with
    /// one snapshot, stamped with the start, folded from the messages before it; its id continues the chain of
    /// the diffs that follow. (While the recording itself still waits for its snapshot then, the diffs that
    /// wait for it come instead.)
    ///
    /// # Errors
    /// When the catalogue lacks what is asked for, or a file is not what the manifest says.
    pub fn open(catalog: &Catalog, request: &TapeRequest) -> Result<Self> {
        Self::open_among(catalog, request, &|_| true)
    }

    /// [`Tape::open`], as if the catalogue had no other files than those that `among` says yes to: what was
    /// imported since a run leaves its tape as it was.
    ///
    /// # Errors
    /// As [`Tape::open`].
    pub fn open_among(
        catalog: &Catalog,
        request: &TapeRequest,
        among: &dyn Fn(&FileRecord) -> bool,
    ) -> Result<Self> {
        let window = request.window()?;
        let mut tape = Self {
            lanes: Vec::new(),
            heads: Vec::new(),
            current: 0,
            limit: Key::END,
            files: Vec::new(),
            given: 0,
            read: 0,
            total: 0,
        };
        for (leg, wanted) in request.legs.iter().enumerate() {
            let mut kinds = wanted.kinds.clone();
            kinds.sort();
            kinds.dedup();
            for kind in kinds {
                let parts = parts_among(catalog, &wanted.series, kind, window, among)?;
                for part in &parts {
                    tape.enter(catalog, &part.record, window)?;
                }
                tape.lanes.push(Lane {
                    leg,
                    instrument: wanted.instrument,
                    stream: Stream::open(kind, parts, window)?,
                });
            }
        }
        tape.heads = (0..tape.lanes.len()).map(|at| tape.head(at)).collect();
        tape.elect();
        Ok(tape)
    }

    fn enter(&mut self, catalog: &Catalog, record: &FileRecord, window: Window) -> Result<()> {
        let known = self.files.iter().any(|file| file.path == record.path);
        if !known {
            catalog.verify(record)?;
            self.files.push(TapeFile {
                path: record.path.clone(),
                hash: record.hash_bytes(),
            });
        }
        // Depth files from before the window seed a book; their messages are not given.
        if record.last_ts >= window.from {
            self.total = self.total.saturating_add(record.rows);
        }
        Ok(())
    }

    fn head(&self, lane: usize) -> Key {
        let Lane { leg, stream, .. } = &self.lanes[lane];
        stream.head().map_or(Key::END, |(ts, place)| Key {
            ts,
            leg: *leg,
            place,
            stream: lane,
        })
    }

    /// Finds the lane with the earliest head, and the earliest head besides it.
    fn elect(&mut self) {
        let (mut first, mut second) = (Key::END, Key::END);
        for (lane, &key) in self.heads.iter().enumerate() {
            if key < first {
                second = first;
                first = key;
                self.current = lane;
            } else if key < second {
                second = key;
            }
        }
        self.limit = second;
    }

    /// The files behind the tape, by content, in order of leg, kind and time.
    pub fn files(&self) -> &[TapeFile] {
        &self.files
    }

    /// Events given so far.
    pub const fn rows(&self) -> u64 {
        self.given
    }

    /// Stored messages given so far, to be compared with [`Tape::total_rows`].
    pub const fn rows_read(&self) -> u64 {
        self.read
    }

    /// Stored messages in the files of the window: what is given at most.
    pub const fn total_rows(&self) -> u64 {
        self.total
    }

    /// Time spent on reading files and decoding columns.
    pub fn decode_time(&self) -> Duration {
        self.lanes.iter().map(|lane| lane.stream.decoding()).sum()
    }
}

/// Rows of a block: they stay in a core's own cache.
const BLOCK_ROWS: usize = 2_048;

impl onetape_core::engine::Tape for Tape {
    type Error = Error;

    fn next_block(&mut self, mut spent: Vec<TapeRow>) -> Result<Vec<TapeRow>> {
        spent.clear();
        while spent.len() < BLOCK_ROWS {
            let Some(event) = self.next_event()? else {
                break;
            };
            let ts_venue = Ts::UNKNOWN;
            spent.push(TapeRow { event, ts_venue });
        }
        Ok(spent)
    }
}

impl Tape {
    /// The next event; `None` at the end.
    ///
    /// # Errors
    /// When the data behind it cannot be read.
    #[inline]
    pub fn next_event(&mut self) -> Result<Option<Event>> {
        let Some(&key) = self.heads.get(self.current) else {
            return Ok(None);
        };
        if key == Key::END {
            return Ok(None);
        }
        let lane = &mut self.lanes[self.current];
        let (body, stored) = lane.stream.take(lane.instrument)?;
        self.given += 1;
        self.read += stored;
        let next = self.head(self.current);
        self.heads[self.current] = next;
        if next > self.limit {
            self.elect();
        }
        Ok(Some(Event {
            ts: Ts::from_nanos(key.ts),
            body,
        }))
    }
}
