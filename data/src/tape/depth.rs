//! Depth messages put together from their levels' rows, and the book that a tape starts from in mid-stream.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use onetape_core::book::{BookState, DepthBook};
use onetape_core::event::{Body, DepthUpdate, Event, Level, TapeRow};
use onetape_core::instrument::Side;
use onetape_core::names::InstrumentId;
use onetape_core::time::Ts;

use super::columns::{DepthColumns, Events, Need, SnapshotColumns};
use super::cursor::{Cursor, Window};
use super::file::Part;
use super::order::Run;
use super::zip::Decoded;
use crate::catalog::DepthRow;
use crate::error::{Error, Result};

/// Diffs kept for a snapshot that is still to come; as many as a [`DepthBook`] keeps.
const WAITING_MAX: usize = 4_096;

/// Depth messages of one series.
pub(crate) struct DepthCursor {
    rows: Cursor<DepthColumns>,
    window: Window,
    /// Messages to give before those of the window, at the window's start.
    seed: VecDeque<DepthUpdate>,
    /// Time spent on what came before the window.
    before: Duration,
}

impl DepthCursor {
    /// At the first message of the window.
    ///
    /// When the window starts in mid-stream, the messages before it, from the last snapshot on, are folded
    /// into a book, which is given as one snapshot stamped with the window's start; its id is the last one
    /// folded, so the next diff continues the chain. While that book still waits for its snapshot, the
    /// diffs that it would have kept for it are given instead, likewise stamped.
    pub(crate) fn new(parts: Vec<Part>, window: Window, need: Need) -> Result<Self> {
        let mut seed = VecDeque::new();
        let mut before = Duration::ZERO;
        let starts_later = parts
            .first()
            .is_some_and(|part| part.record.first_ts < window.from);
        if starts_later {
            let (skip, spent) = files_before_last_snapshot(&parts, window.from)?;
            before += spent;
            let prior = Window {
                from: i64::MIN,
                to: window.from,
            };
            let mut cursor = Self::over(parts[skip..].to_vec(), prior, Need::default())?;
            let known;
            (seed, known) = cursor.fold()?;
            before += cursor.decoding();
            if skip > 0 && !known {
                // The snapshot may have been behind the stream by more than the file before it holds.
                let mut cursor = Self::over(parts.clone(), prior, Need::default())?;
                (seed, _) = cursor.fold()?;
                before += cursor.decoding();
            }
        }
        let needed = parts
            .into_iter()
            .filter(|part| part.record.last_ts >= window.from)
            .collect();
        let mut cursor = Self::over(needed, window, need)?;
        cursor.seed = seed;
        cursor.before = before;
        Ok(cursor)
    }

    /// At the first message of a file, whole, stamps as they were stored.
    pub(super) fn stored(part: Part) -> Result<Self> {
        Ok(Self {
            rows: Cursor::stored(part)?,
            window: Window::ALL,
            seed: VecDeque::new(),
            before: Duration::ZERO,
        })
    }

    /// The messages of the window alone, without what seeds a book.
    pub(crate) fn over(parts: Vec<Part>, window: Window, need: Need) -> Result<Self> {
        Ok(Self {
            rows: Cursor::new(parts, window, need)?,
            window,
            seed: VecDeque::new(),
            before: Duration::ZERO,
        })
    }

    /// Stamp and place of the next message. What seeds the book comes before all else of its stamp.
    #[inline]
    pub(crate) fn head(&self) -> Option<(i64, i64)> {
        if self.seed.is_empty() {
            self.rows.head()
        } else {
            Some((self.window.from, -1))
        }
    }

    /// The next message as an event's content, and how many stored messages stand behind it.
    pub(super) fn take(&mut self, instrument: InstrumentId) -> Result<(Body, u64)> {
        let (columns, at) = self.rows.row();
        if self.seed.is_empty() && columns.is_single() {
            let body = columns.bodies(at + 1, instrument)(at);
            self.rows.advance()?;
            return Ok((body, 1));
        }
        let (update, stored) = self.take_update(instrument)?;
        Ok((Body::Depth(Box::new(update)), stored))
    }

    /// The next message with all its levels, and how many stored messages stand behind it. Not to be asked for where
    /// messages of single levels are not read as rows.
    pub(crate) fn take_update(&mut self, instrument: InstrumentId) -> Result<(DepthUpdate, u64)> {
        if let Some(mut update) = self.seed.pop_front() {
            update.instrument = instrument;
            return Ok((update, 0));
        }
        let row = self.take_row()?;
        let update = DepthUpdate {
            instrument,
            snapshot: row.snapshot,
            first: row.first,
            last: row.last,
            prev: row.prev,
            bids: row.bids,
            asks: row.asks,
        };
        Ok((update, 1))
    }

    /// The next message, whole, or what seeds the book, stamped with the window's start. Only to be asked for when
    /// there is one.
    pub(crate) fn take_any(&mut self) -> Result<DepthRow> {
        match self.seed.pop_front() {
            Some(seed) => Ok(DepthRow {
                ts: Ts::from_nanos(self.window.from),
                ts_venue: None,
                place: 0,
                snapshot: seed.snapshot,
                first: seed.first,
                last: seed.last,
                prev: seed.prev,
                bids: seed.bids,
                asks: seed.asks,
            }),
            None => self.take_row(),
        }
    }

    /// What is decoded, where each row is a message.
    #[inline]
    pub(super) fn decoded(&self) -> Option<Decoded<'_>> {
        let rows = self.rows.decoded();
        let plain = rows.ts.is_empty() || self.rows.row().0.is_single();
        (self.seed.is_empty() && plain).then_some(rows)
    }

    /// Puts rows into a block, see [`Cursor::put`].
    pub(super) fn put(
        &mut self,
        instrument: InstrumentId,
        to: &[u32],
        block: &mut [TapeRow],
    ) -> Result<()> {
        self.rows.put(instrument, to, block)
    }

    /// Gives messages to a block, up to the end of the run, and says how many of them were not stored ones.
    pub(super) fn fill(&mut self, run: &Run, block: &mut Vec<TapeRow>) -> Result<u64> {
        let mut seeds = 0;
        // Most blocks are of one sort.
        if self.seed.is_empty()
            && self.rows.row().0.is_single()
            && self.rows.fill_from_batch(run, block)
        {
            self.rows.settle()?;
        }
        while run.room(block) > 0
            && let Some((ts, place)) = self.head()
            && run.takes(ts, place)
        {
            let seeding = !self.seed.is_empty();
            if !seeding && self.rows.row().0.is_single() {
                if self.rows.fill_from_batch(run, block) {
                    self.rows.settle()?;
                }
                continue;
            }
            let ts_venue = if seeding {
                Ts::UNKNOWN
            } else {
                self.rows.ts_venue()
            };
            let (update, _) = self.take_update(run.instrument)?;
            let body = Body::Depth(Box::new(update));
            let ts = Ts::from_nanos(ts);
            let event = Event { ts, body };
            block.push(TapeRow { event, ts_venue });
            seeds += u64::from(seeding);
        }
        Ok(seeds)
    }

    /// The next message, whole. Only to be asked for when there is one.
    pub(crate) fn take_row(&mut self) -> Result<DepthRow> {
        let path = self.rows.path().cloned();
        let (columns, at) = self.rows.row();
        let (ts, ts_venue, place) = columns.stamp(at);
        let mut message = DepthRow {
            ts,
            ts_venue,
            place,
            snapshot: columns.snapshot[at],
            first: columns.first[at] as u64,
            last: columns.last_id[at] as u64,
            prev: columns.prev[at].map(|id| id as u64),
            bids: Vec::new(),
            asks: Vec::new(),
        };
        loop {
            let (columns, at) = self.rows.row();
            let (level, ends): (Level, bool) = (columns.level(at), columns.ends[at]);
            match columns.side[at] {
                1 => message.bids.push(level),
                -1 => message.asks.push(level),
                _ => {}
            }
            self.rows.advance()?;
            if ends {
                return Ok(message);
            }
            if !self.continues(path.as_ref(), place) {
                return Err(Error::parquet(
                    path.as_deref().unwrap_or(Path::new("?")),
                    format!("the depth message of place {place} has no last row"),
                ));
            }
        }
    }

    /// True when the row under the cursor is of the same message. A message never leaves its file.
    fn continues(&self, path: Option<&Arc<Path>>, place: u64) -> bool {
        let (columns, at) = self.rows.row();
        self.rows.head().is_some() && self.rows.path() == path && columns.stamp(at).2 == place
    }

    /// Time spent on reading and decoding.
    pub(crate) fn decoding(&self) -> Duration {
        self.before + self.rows.decoding()
    }

    /// Folds all that is left; gives what a reader needs to have the same book, and whether that is a book.
    fn fold(&mut self) -> Result<(VecDeque<DepthUpdate>, bool)> {
        let mut book = DepthBook::default();
        let mut waiting = VecDeque::new();
        while self.head().is_some() {
            let (body, _) = self.take(InstrumentId(0))?;
            let update = match body {
                Body::Level(change) => {
                    book.change(&change);
                    None
                }
                Body::Depth(update) => {
                    book.apply(&update);
                    Some(*update)
                }
                _ => None,
            };
            if is_known(&book) {
                waiting.clear();
            } else if let Some(update) = update {
                if waiting.len() == WAITING_MAX {
                    waiting.pop_front();
                }
                waiting.push_back(update);
            }
        }
        let known = is_known(&book);
        if known {
            waiting.push_back(as_snapshot(&book));
        }
        Ok((waiting, known))
    }
}

fn is_known(book: &DepthBook) -> bool {
    matches!(book.state(), BookState::Live | BookState::Crossed)
}

fn as_snapshot(book: &DepthBook) -> DepthUpdate {
    DepthUpdate {
        instrument: InstrumentId(0),
        snapshot: true,
        first: book.last_id(),
        last: book.last_id(),
        prev: None,
        bids: book.taken_by(Side::Sell).iter().collect(),
        asks: book.taken_by(Side::Buy).iter().collect(),
    }
}

/// How many files need not be folded, because a later one holds a snapshot before `from`. The file before that
/// one is kept: a snapshot answers a request, and diffs that were received before it continue it.
fn files_before_last_snapshot(parts: &[Part], from: i64) -> Result<(usize, Duration)> {
    let window = Window {
        from: i64::MIN,
        to: from,
    };
    let mut spent = Duration::ZERO;
    for at in (0..parts.len()).rev() {
        if parts[at].record.first_ts >= from || parts[at].record.single_levels {
            continue;
        }
        let mut cursor: Cursor<SnapshotColumns> =
            Cursor::new(vec![parts[at].clone()], window, Need::default())?;
        let mut found = false;
        while !found && cursor.head().is_some() {
            let (columns, row) = cursor.row();
            found = columns.snapshot[row];
            cursor.advance()?;
        }
        spent += cursor.decoding();
        if found {
            return Ok((at.saturating_sub(1), spent));
        }
    }
    Ok((0, spent))
}
