//! Signals written down row by row, and the first row at which a strategy that sleeps must be called.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;

use super::wake::Level;
use super::{Signals, Wake};
use crate::event::Event;
use crate::market::Market;
use crate::names::InstrumentId;
use crate::time::Ts;

/// Follows the signals of a strategy on its legs, for all desks that run it on them.
pub trait Lookout: Send + Sync {
    /// The instruments whose events are followed.
    fn legs(&self) -> &[InstrumentId];

    /// Takes an event of one of the legs in; the market has it already.
    fn update(&mut self, event: &Event, market: &Market);

    /// How many levels there are.
    fn levels(&self) -> u8;

    /// The value of a numbered level.
    fn level(&self, signal: u8) -> f64;

    /// The alarm.
    fn alarm(&self) -> u32;

    /// The same, as it stands.
    fn copy(&self) -> Box<dyn Lookout>;

    /// The signals behind it.
    fn signals(&self) -> &dyn Any;
}

/// The signals of one strategy as a [`Lookout`].
#[derive(Clone)]
pub(super) struct Follower<S> {
    pub(super) signals: S,
    pub(super) legs: Vec<InstrumentId>,
}

impl<S: Signals> Lookout for Follower<S> {
    fn legs(&self) -> &[InstrumentId] {
        &self.legs
    }

    fn update(&mut self, event: &Event, market: &Market) {
        self.signals.update(event, market);
    }

    fn levels(&self) -> u8 {
        S::LEVELS
    }

    fn level(&self, signal: u8) -> f64 {
        self.signals.level(signal)
    }

    fn alarm(&self) -> u32 {
        self.signals.alarm()
    }

    fn copy(&self) -> Box<dyn Lookout> {
        Box::new(self.clone())
    }

    fn signals(&self) -> &dyn Any {
        &self.signals
    }
}

/// Values of one level, in order of rows, with their least and their largest.
#[derive(Default)]
struct Values {
    at: Vec<f64>,
    least: f64,
    most: f64,
}

/// The signals of one task on a stretch of rows, an entry for each row that it hears of.
#[derive(Default)]
pub struct Track {
    /// Nothing is followed.
    blank: bool,
    rows: Vec<u32>,
    times: Vec<i64>,
    alarms: Vec<u32>,
    levels: Vec<Values>,
}

impl From<Option<&dyn Lookout>> for Track {
    fn from(lookout: Option<&dyn Lookout>) -> Self {
        let levels = lookout.map_or(0, Lookout::levels);
        Self {
            blank: lookout.is_none(),
            levels: (0..levels).map(|_| Values::default()).collect(),
            ..Self::default()
        }
    }
}

impl Track {
    /// True when nothing is followed, so that nothing can be told of any row.
    pub const fn is_blank(&self) -> bool {
        self.blank
    }

    /// Notes the signals after a row.
    pub(crate) fn push(&mut self, row: usize, ts: Ts, lookout: &dyn Lookout) {
        self.rows.push(row as u32);
        self.times.push(ts.nanos());
        self.alarms.push(lookout.alarm());
        for (signal, values) in (0..).zip(&mut self.levels) {
            values.at.push(lookout.level(signal));
        }
    }

    /// Works out what is asked often.
    pub(crate) fn complete(&mut self) {
        for values in &mut self.levels {
            values.least = values.at.iter().copied().fold(f64::INFINITY, f64::min);
            values.most = values.at.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        }
    }

    /// The first row at `from` or later, and before `to`, at which a wake fires; `alarm` is the last one that was
    /// seen. Where the wake cannot be judged here, the first row that is heard of.
    pub(crate) fn first(&self, wake: &Wake, alarm: u32, from: usize, to: usize) -> Option<usize> {
        let (first, end) = (self.entry(from), self.entry(to));
        if first == end {
            return None;
        }
        let mut found = end;
        if wake.always || !wake.levels.iter().flatten().all(|level| self.knows(level)) {
            found = first;
        }
        if self.alarms[end - 1] != alarm {
            let rings = |&other: &u32| other != alarm;
            found = first_of(&self.alarms[first..found], rings).map_or(found, |at| first + at);
        }
        if self.times[end - 1] >= wake.at.nanos() {
            let due = first + self.times[first..end].partition_point(|&ts| ts < wake.at.nanos());
            found = found.min(due);
        }
        for level in wake.levels.iter().flatten() {
            found = self.reaches(*level, first, found);
        }
        (found < end).then(|| self.rows[found] as usize)
    }

    /// The first entry at a row or later. Mostly the first of all, or none.
    fn entry(&self, row: usize) -> usize {
        match (self.rows.first(), self.rows.last()) {
            (Some(&first), _) if first as usize >= row => 0,
            (_, Some(&last)) if (last as usize) < row => self.rows.len(),
            _ => self.rows.partition_point(|&at| (at as usize) < row),
        }
    }

    fn knows(&self, level: &Level) -> bool {
        usize::from(level.signal()) < self.levels.len()
    }

    /// The first entry from one on, before `end`, that reaches a level; `end` when none does.
    fn reaches(&self, level: Level, first: usize, end: usize) -> usize {
        let Some(values) = self.levels.get(usize::from(level.signal())) else {
            return end;
        };
        let known = &values.at[first..end];
        let at = match level {
            Level::AtOrAbove(_, value) if values.most >= value => first_of(known, |&v| v >= value),
            Level::AtOrBelow(_, value) if values.least <= value => first_of(known, |&v| v <= value),
            _ => None,
        };
        at.map_or(end, |at| first + at)
    }
}

/// The first of a list that is as asked for. Looks at 32 at a time, which needs no branch for each.
fn first_of<T>(values: &[T], is: impl Fn(&T) -> bool) -> Option<usize> {
    const TOGETHER: usize = 32;
    for (part, chunk) in values.chunks(TOGETHER).enumerate() {
        if chunk.iter().fold(false, |any, value| any | is(value)) {
            let at = chunk.iter().position(&is)?;
            return Some(part * TOGETHER + at);
        }
    }
    None
}
