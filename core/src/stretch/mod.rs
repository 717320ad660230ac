//! A stretch of market events that many desks go through together, with what none of them need work out alone.
//!
//! The market as it was before some of the rows, and for each task the signals of its strategy on every row that it hears
//! of: both depend on the feed alone. A desk finds the first row that it must be called for in the signals, and passes
//! over the others without looking at them.

mod outlook;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::num::NonZeroUsize;

use crate::event::{Event, TapeRow};
use crate::market::Market;
use crate::strategy::{Lookout, Track};

pub use outlook::{Outlook, Reach};

/// Rows from one mark to the next: a desk that is called between two works the market out from the one before. Where a
/// copy of the market is large, because it has depth books, they are further apart.
const MARK_EVERY: usize = 128;
const LARGE_EVERY: usize = 256;

/// Market and signals as they are before a row.
pub struct Mark {
    row: usize,
    market: Market,
    /// By task; none where nothing is followed.
    lookouts: Vec<Option<Box<dyn Lookout>>>,
}

impl Mark {
    /// The row.
    pub const fn row(&self) -> usize {
        self.row
    }

    /// The market.
    pub const fn market(&self) -> &Market {
        &self.market
    }

    /// The signals, by task.
    pub fn lookouts(&self) -> &[Option<Box<dyn Lookout>>] {
        &self.lookouts
    }
}

/// Rows with the market along them and the signals on them.
pub struct Stretch {
    rows: Vec<TapeRow>,
    /// In order of rows; the first is before the first row.
    marks: Vec<Mark>,
    tracks: Vec<Track>,
    outlook: Outlook,
}

impl AsRef<[TapeRow]> for Stretch {
    fn as_ref(&self) -> &[TapeRow] {
        &self.rows
    }
}

impl Stretch {
    /// The last mark that is not after a row.
    pub fn mark(&self, row: usize) -> Option<&Mark> {
        let before = self.marks.partition_point(|mark| mark.row <= row);
        self.marks[..before].last()
    }

    /// How far prices go on these rows and on those of the next stretch.
    pub const fn outlook(&self) -> &Outlook {
        &self.outlook
    }

    /// The signals, by task.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }
}

/// Makes stretches of rows, one after the other.
pub struct Surveyor {
    market: Market,
    /// By task; none for one whose strategy cannot be followed.
    lookouts: Vec<Option<Box<dyn Lookout>>>,
    instruments: usize,
    /// Rows from mark to mark, where that was set.
    every: Option<NonZeroUsize>,
    /// The last stretch, which does not know yet what comes after it.
    held: Option<Stretch>,
}

impl Surveyor {
    /// From an empty market of so many instruments, and what follows the signals of each task.
    pub const fn new(
        market: Market,
        instruments: usize,
        lookouts: Vec<Option<Box<dyn Lookout>>>,
    ) -> Self {
        Self {
            market,
            lookouts,
            instruments,
            every: None,
            held: None,
        }
    }

    /// With a mark every so many rows. What comes of a desk does not depend on it.
    pub const fn marked_every(mut self, rows: NonZeroUsize) -> Self {
        self.every = Some(rows);
        self
    }

    /// Takes the next rows and gives the stretch of those before, which knows these now.
    pub fn survey(&mut self, rows: Vec<TapeRow>) -> Option<Stretch> {
        let next = self.stretch(rows);
        if let Some(held) = &mut self.held {
            held.outlook.and_then(&next.outlook);
        }
        self.held.replace(next)
    }

    /// The last stretch.
    pub fn finish(&mut self) -> Option<Stretch> {
        let mut last = self.held.take()?;
        last.outlook.and_nothing();
        Some(last)
    }

    fn stretch(&mut self, rows: Vec<TapeRow>) -> Stretch {
        let every = match self.every {
            Some(every) => every.get(),
            None if self.market.is_large() => LARGE_EVERY,
            None => MARK_EVERY,
        };
        let mut marks = Vec::with_capacity(rows.len().div_ceil(every));
        let mut outlook = Outlook::from(&self.market, self.instruments);
        let lookouts = self.lookouts.iter();
        let mut tracks: Vec<Track> = lookouts
            .map(|lookout| Track::from(lookout.as_deref()))
            .collect();
        for (at, row) in rows.iter().enumerate() {
            if at % every == 0 {
                marks.push(self.mark(at));
            }
            let moved = self.market.apply(&row.event);
            outlook.push(&row.event, &self.market, moved);
            self.look(at, &row.event, &mut tracks);
        }
        Stretch {
            rows,
            marks,
            tracks,
            outlook,
        }
    }

    fn mark(&self, row: usize) -> Mark {
        let lookouts = self.lookouts.iter();
        Mark {
            row,
            market: self.market.clone(),
            lookouts: lookouts
                .map(|known| known.as_deref().map(Lookout::copy))
                .collect(),
        }
    }

    fn look(&mut self, at: usize, event: &Event, tracks: &mut [Track]) {
        let Some(instrument) = event.body.instrument() else {
            return;
        };
        for (lookout, track) in self.lookouts.iter_mut().zip(tracks) {
            if let Some(lookout) = lookout
                && lookout.legs().contains(&instrument)
            {
                lookout.update(event, &self.market);
                track.push(at, event.ts, lookout.as_ref());
            }
        }
    }

    /// The market after the last row.
    pub const fn market(&self) -> &Market {
        &self.market
    }
}
