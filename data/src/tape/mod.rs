//! The tape: stored messages of several instruments as one stream in total order.
//!
//! Order is receive time, then the order of the legs, then the place in the source, then the kind (one message
//! can be a mark and a funding rate). Within a series and kind time never goes back: a stamp that is earlier
//! than one before it is moved up to that one, and the order of the source holds.
//!
//! Memory is one row group's columns as they are stored and one batch of decoded rows a series and kind, whatever
//! the length of the tape; [`Ahead`] adds ten blocks of events. Every file is checked
//! against the hash in the manifest before any of it is decoded.

mod ahead;
mod chunk;
mod columns;
mod cursor;
mod depth;
mod file;
mod order;
mod queue;
mod request;
mod rows;
mod schema;
mod stream;
#[cfg(test)]
mod tests;
mod zip;

use std::time::Duration;

use onetape_core::event::{Body, Event, TapeFile, TapeRow, Timer};
use onetape_core::names::TaskId;
use onetape_core::time::Ts;

use crate::catalog::{Catalog, FileRecord};
use crate::error::{Error, Result};
pub use ahead::Ahead;
pub(crate) use columns::{Need, QuoteColumns, TradeColumns};
pub(crate) use cursor::{Cursor, Window};
pub(crate) use depth::DepthCursor;
pub(crate) use file::{Part, guarded};
use order::{Key, Run};
use request::parts_among;
pub use request::{TapeLeg, TapeRequest};
pub(crate) use request::{part, parts, time_text};
pub use rows::Rows;
use stream::Stream;
use zip::{Lane, Zip};

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
    /// Events that stand for no stored message.
    seeds: u64,
    total: u64,
    block_rows: usize,
    zip: Zip,
    /// What went wrong after the last block was begun.
    failed: Option<Error>,
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
            seeds: 0,
            total: 0,
            block_rows: BLOCK_ROWS,
            zip: Zip::default(),
            failed: None,
        };
        for (leg, wanted) in request.legs.iter().enumerate() {
            let mut kinds = wanted.kinds.clone();
            kinds.sort();
            kinds.dedup();
            let need = Need {
                rows: false,
                venue_time: wanted.venue_time,
                place: kinds.len() > 1,
            };
            for kind in kinds {
                let parts = parts_among(catalog, &wanted.series, kind, window, among)?;
                for part in &parts {
                    tape.enter(catalog, &part.record, window)?;
                }
                tape.lanes.push(Lane {
                    leg,
                    instrument: wanted.instrument,
                    stream: Stream::open(kind, parts, window, need)?,
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
    #[inline]
    fn elect(&mut self) {
        if let [a, b] = self.heads[..] {
            // The most usual number of lanes: the other one's turn has come.
            self.current = usize::from(b < a);
            self.limit = a.max(b);
            return;
        }
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
        self.given - self.seeds
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

/// What stands in a block before rows do.
fn blank() -> TapeRow {
    let body = Body::Timer(Timer {
        task: TaskId(0),
        id: 0,
    });
    let ts = Ts::UNKNOWN;
    TapeRow {
        event: Event { ts, body },
        ts_venue: ts,
    }
}

/// Rows of a block: they stay in a core's own cache.
const BLOCK_ROWS: usize = 2_048;

impl onetape_core::engine::Tape for Tape {
    type Error = Error;
    type Block = Vec<TapeRow>;

    /// An error comes after the rows before it, and once: nothing comes after it.
    fn next_block(&mut self, mut spent: Vec<TapeRow>) -> Result<Vec<TapeRow>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let filled = self.fill(&mut spent);
        self.given += spent.len() as u64;
        if let Err(error) = filled {
            self.heads.fill(Key::END);
            if spent.is_empty() {
                return Err(error);
            }
            self.failed = Some(error);
        }
        Ok(spent)
    }
}

impl Tape {
    /// Fills as much of a block as can be zipped; what stood in it is overwritten.
    fn zip(&mut self, block: &mut Vec<TapeRow>) -> Result<()> {
        block.resize_with(self.block_rows, blank);
        let (mut filled, mut zipped) = (0, Ok(()));
        while filled < block.len() && zipped.is_ok() {
            let before = filled;
            (filled, zipped) = self.zip.fill(&mut self.lanes, block, filled);
            if filled == before {
                break;
            }
        }
        block.truncate(filled);
        zipped
    }

    /// Fills a block by runs: the stream with the earliest head gives rows as long as they come before the head of
    /// every other stream.
    fn fill(&mut self, block: &mut Vec<TapeRow>) -> Result<()> {
        let zipped = self.zip(block);
        self.heads = (0..self.lanes.len()).map(|at| self.head(at)).collect();
        self.elect();
        zipped?;
        while block.len() < self.block_rows {
            let stream = self.current;
            if self.heads.get(stream).is_none_or(|key| *key == Key::END) {
                return Ok(());
            }
            let lane = &mut self.lanes[stream];
            let run = Run {
                instrument: lane.instrument,
                leg: lane.leg,
                stream,
                limit: self.limit,
                most: self.block_rows,
            };
            self.seeds += lane.stream.fill(&run, block)?;
            let next = self.head(stream);
            self.heads[stream] = next;
            if next > self.limit {
                self.elect();
            }
        }
        Ok(())
    }

    /// The next event; `None` at the end.
    ///
    /// # Errors
    /// When the data behind it cannot be read.
    #[inline]
    pub fn next_event(&mut self) -> Result<Option<Event>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let Some(&key) = self.heads.get(self.current) else {
            return Ok(None);
        };
        if key == Key::END {
            return Ok(None);
        }
        let lane = &mut self.lanes[self.current];
        let (body, stored) = lane.stream.take(lane.instrument)?;
        self.given += 1;
        self.seeds += 1 - stored;
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
