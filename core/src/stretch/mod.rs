//! A stretch of market events that many desks go through together, with what none of them need work out alone.
//!
//! The market as it was before the first row, and for each task the signals of its strategy on every row that it hears
//! of: both depend on the feed alone. A desk finds the first row that it must be called for in the signals, and passes
//! over the others without looking at them.

mod outlook;

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::event::{Event, TapeRow};
use crate::market::Market;
use crate::strategy::{Lookout, Track};

pub use outlook::{Outlook, Reach};

/// Rows with the market before them and the signals on them.
pub struct Stretch {
    rows: Vec<TapeRow>,
    start: Market,
    tracks: Vec<Track>,
    outlook: Outlook,
}

impl AsRef<[TapeRow]> for Stretch {
    fn as_ref(&self) -> &[TapeRow] {
        &self.rows
    }
}

impl Stretch {
    /// The market before the first row.
    pub const fn start(&self) -> &Market {
        &self.start
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
            held: None,
        }
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
        let start = self.market.clone();
        let mut outlook = Outlook::from(&start, self.instruments);
        let lookouts = self.lookouts.iter();
        let mut tracks: Vec<Track> = lookouts
            .map(|lookout| Track::from(lookout.as_deref()))
            .collect();
        for (at, row) in rows.iter().enumerate() {
            self.market.apply(&row.event);
            outlook.push(&row.event, &self.market);
            self.look(at, &row.event, &mut tracks);
        }
        tracks.iter_mut().for_each(Track::complete);
        Stretch {
            rows,
            start,
            tracks,
            outlook,
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
