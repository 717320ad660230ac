//! A cursor over the stored files of one series and kind, in order of time, with a batch of rows in memory.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use onetape_core::event::{Event, TapeRow};
use onetape_core::names::InstrumentId;
use onetape_core::time::Ts;

use super::columns::{Columns, Events, Need};
use super::file::{Group, OpenFile, Part};
use super::order::Run;
use super::zip::Decoded;
use crate::error::Result;

/// Rows decoded at a time: six columns of it stay in a core's own cache. Few in tests, so that they meet the seams.
const BATCH_ROWS: usize = if cfg!(test) { 7 } else { 4_096 };

/// A stretch of receive time: from inclusive, to exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Window {
    /// All time.
    pub(crate) const ALL: Self = Self {
        from: i64::MIN,
        to: i64::MAX,
    };
}

/// Place in a series of files.
pub(crate) struct Cursor<C> {
    parts: std::vec::IntoIter<Part>,
    open: Option<OpenFile>,
    group: Option<Group>,
    columns: C,
    at: usize,
    rows: usize,
    /// The latest stamp so far: time never goes back, whatever the recorder's clock did.
    floor: i64,
    /// False to give stamps as they were stored.
    ordered: bool,
    window: Window,
    /// The window's end was seen.
    ended: bool,
    need: Need,
    decoding: Duration,
}

impl<C: Columns> Cursor<C> {
    /// At the first row of the window.
    pub(crate) fn new(parts: Vec<Part>, window: Window, need: Need) -> Result<Self> {
        Self::over(parts, window, need, true)
    }

    /// At the first row of a file, all columns, stamps as they were stored: they may go back.
    pub(super) fn stored(part: Part) -> Result<Self> {
        Self::over(vec![part], Window::ALL, Need::ROWS, false)
    }

    fn over(parts: Vec<Part>, window: Window, need: Need, ordered: bool) -> Result<Self> {
        let mut cursor = Self {
            parts: parts.into_iter(),
            open: None,
            group: None,
            columns: C::default(),
            at: 0,
            rows: 0,
            floor: i64::MIN,
            ordered,
            window,
            ended: false,
            need,
            decoding: Duration::ZERO,
        };
        cursor.settle()?;
        Ok(cursor)
    }

    /// Stamp and place of the row under the cursor; `None` at the end.
    #[inline]
    pub(crate) fn head(&self) -> Option<(i64, i64)> {
        if self.at == self.rows {
            return None;
        }
        let keys = self.columns.keys();
        Some((keys.ts[self.at], keys.place[self.at]))
    }

    /// The batch, and the row of it under the cursor.
    #[inline]
    pub(crate) fn row(&self) -> (&C, usize) {
        (&self.columns, self.at)
    }

    /// The venue's own time of the row under the cursor, where it was told and asked for.
    pub(super) fn ts_venue(&self) -> Ts {
        let told = self.columns.keys().ts_venue.get(self.at);
        told.map_or(Ts::UNKNOWN, |&ts| Ts::from_nanos(ts))
    }

    /// Goes to the next row.
    #[inline]
    pub(crate) fn advance(&mut self) -> Result<()> {
        self.at += 1;
        if self.at < self.rows {
            Ok(())
        } else {
            self.settle()
        }
    }

    /// Time spent on reading and decoding.
    pub(crate) const fn decoding(&self) -> Duration {
        self.decoding
    }

    /// The file that is being read.
    pub(crate) fn path(&self) -> Option<&Arc<Path>> {
        self.group.as_ref().map(Group::path)
    }

    pub(super) fn settle(&mut self) -> Result<()> {
        let start = Instant::now();
        let result = self.next_batch();
        self.decoding += start.elapsed();
        result
    }

    /// Reads batches until one has a row of the window, or nothing is left.
    fn next_batch(&mut self) -> Result<()> {
        loop {
            (self.at, self.rows) = (0, 0);
            if self.ended {
                return Ok(());
            }
            let Some(group) = &mut self.group else {
                if self.next_group()? {
                    continue;
                }
                return Ok(());
            };
            let rows = group.batch(BATCH_ROWS);
            if rows == 0 {
                self.group = None;
                continue;
            }
            self.columns.read(group, rows, self.need)?;
            if !self.ordered {
                self.rows = rows;
                return Ok(());
            }
            for ts in self.columns.stamps_mut() {
                self.floor = self.floor.max(*ts);
                *ts = self.floor;
            }
            let Window { from, to } = self.window;
            let stamps = &self.columns.keys().ts;
            self.at = stamps.partition_point(|&ts| ts < from);
            self.ended = self.floor >= to;
            self.rows = stamps.partition_point(|&ts| ts < to);
            if self.at < self.rows {
                return Ok(());
            }
        }
    }

    fn next_group(&mut self) -> Result<bool> {
        loop {
            if let Some(open) = &mut self.open {
                let (group, skipped) = open.next_group(self.window.from)?;
                self.floor = self.floor.max(skipped.unwrap_or(i64::MIN));
                self.group = group;
                if self.group.is_some() {
                    return Ok(true);
                }
            }
            let Some(part) = self.parts.next() else {
                self.open = None;
                return Ok(false);
            };
            self.open = Some(OpenFile::open(&part, C::KIND)?);
        }
    }
}

impl<C: Events> Cursor<C> {
    /// Stamps and places of the decoded rows that were not given yet; none at the end.
    #[inline]
    pub(super) fn decoded(&self) -> Decoded<'_> {
        let keys = self.columns.keys();
        Decoded {
            ts: &keys.ts[self.at..self.rows],
            place: &keys.place[self.at..self.rows],
        }
    }

    /// Puts as many rows as there are places into a block, and decodes on when none is left.
    pub(super) fn put(
        &mut self,
        instrument: InstrumentId,
        to: &[u32],
        block: &mut [TapeRow],
    ) -> Result<()> {
        let (from, rows) = (self.at, self.rows);
        let keys = self.columns.keys();
        let (stamps, told) = (&keys.ts[..rows], &keys.ts_venue[..rows]);
        let body = self.columns.bodies(rows, instrument);
        for (at, &place) in (from..rows).zip(to) {
            let row = &mut block[place as usize];
            // What owns nothing is written over: were it dropped, the new row would be made aside, in parts, and then
            // copied as a whole, for which a processor has to wait.
            if !row.event.body.is_plain() {
                *row = super::blank();
            }
            let written = TapeRow {
                event: Event {
                    ts: Ts::from_nanos(stamps[at]),
                    body: body(at),
                },
                ts_venue: Ts::from_nanos(told[at]),
            };
            core::mem::forget(core::mem::replace(row, written));
        }
        drop(body);
        self.at = from + to.len();
        if self.at == rows && !to.is_empty() {
            self.settle()?;
        }
        Ok(())
    }

    /// Gives rows to a block, up to the end of the run.
    #[inline]
    pub(super) fn fill(&mut self, run: &Run, block: &mut Vec<TapeRow>) -> Result<()> {
        while self.at < self.rows && self.fill_from_batch(run, block) {
            self.settle()?;
        }
        Ok(())
    }

    /// Gives rows of the batch; true when that used it up.
    #[inline]
    pub(super) fn fill_from_batch(&mut self, run: &Run, block: &mut Vec<TapeRow>) -> bool {
        let rows = self.rows;
        let keys = self.columns.keys();
        let (stamps, places) = (&keys.ts[..rows], &keys.place[..rows]);
        let told = &keys.ts_venue[..rows];
        let body = self.columns.bodies(rows, run.instrument);
        let end = rows.min(self.at + run.room(block));
        let mut at = self.at;
        while at < end && run.takes(stamps[at], places[at]) {
            block.push(TapeRow {
                event: Event {
                    ts: Ts::from_nanos(stamps[at]),
                    body: body(at),
                },
                ts_venue: Ts::from_nanos(told[at]),
            });
            at += 1;
        }
        self.at = at;
        at == rows
    }
}
