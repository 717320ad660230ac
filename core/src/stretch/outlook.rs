//! How far prices go on a stretch of rows.

use alloc::vec::Vec;

use crate::event::{Body, Event};
use crate::market::Market;
use crate::names::InstrumentId;
use crate::num::Money;
use crate::time::Ts;

/// What happens to one instrument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// Least and largest sum of bid and ask, over every top that could be acted on.
    pub twice: Option<(i64, i64)>,
    /// Least and largest mark.
    pub mark: Option<(Money, Money)>,
    /// A funding rate is told.
    pub funding: bool,
}

impl Reach {
    const NOTHING: Self = Self {
        twice: None,
        mark: None,
        funding: false,
    };

    fn and(self, other: Self) -> Self {
        Self {
            twice: both(self.twice, other.twice),
            mark: both(self.mark, other.mark),
            funding: self.funding || other.funding,
        }
    }
}

fn both<T: Ord + Copy>(one: Option<(T, T)>, other: Option<(T, T)>) -> Option<(T, T)> {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
        (one, other) => one.or(other),
    }
}

/// What happens to each instrument up to a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    reaches: Vec<Reach>,
    until: Ts,
}

impl Outlook {
    /// From a market as it stands.
    pub(super) fn from(market: &Market, instruments: usize) -> Self {
        let mut outlook = Self {
            reaches: alloc::vec![Reach::NOTHING; instruments],
            until: Ts::UNKNOWN,
        };
        for at in 0..instruments {
            outlook.see(market, InstrumentId(at as u16));
        }
        outlook
    }

    /// Takes in an event that the market has already; it says whether the event moved it.
    pub(super) fn push(&mut self, event: &Event, market: &Market, moved: bool) {
        self.until = event.ts;
        if !moved {
            return;
        }
        if let Some(id) = event.body.instrument() {
            self.see(market, id);
            self.reaches[id.index()].funding |= matches!(event.body, Body::Funding(_));
        }
    }

    fn see(&mut self, market: &Market, id: InstrumentId) {
        let known = market.instrument(id);
        let twice = known.last_top().map(|top| {
            let (bid, ask) = (top.bid.price.mantissa(), top.ask.price.mantissa());
            bid.saturating_add(ask)
        });
        let mark = known.mark().map(|mark| mark.mark);
        let seen = Reach {
            twice: twice.map(|twice| (twice, twice)),
            mark: mark.map(|mark| (mark, mark)),
            funding: false,
        };
        let reach = &mut self.reaches[id.index()];
        *reach = reach.and(seen);
    }

    /// With what comes after.
    pub(super) fn and_then(&mut self, next: &Self) {
        for (reach, next) in self.reaches.iter_mut().zip(&next.reaches) {
            *reach = reach.and(*next);
        }
        self.until = next.until;
    }

    /// With nothing coming after.
    pub(super) const fn and_nothing(&mut self) {
        self.until = Ts::MAX;
    }

    /// What happens to an instrument.
    pub fn reach(&self, id: InstrumentId) -> &Reach {
        &self.reaches[id.index()]
    }

    /// How far it looks: to the last row that it knows of, for ever where there is none after that.
    pub const fn until(&self) -> Ts {
        self.until
    }
}
