//! The two edges of a pair, exact, computed once an event for every parameter set.

use crate::event::Event;
use crate::instrument::Instrument;
use crate::market::Market;
use crate::names::InstrumentId;
use crate::num::{Price, Ratio};
use crate::state::{Loader, RestoreError, Saver, State};
use crate::strategy::Signals;

/// Signal number of the edge of buying the first leg and selling the second.
pub(in crate::strategies) const CARRY: u8 = 0;
/// Signal number of the edge of selling the first leg and buying the second.
pub(in crate::strategies) const REVERSE: u8 = 1;

/// A level that no threshold reaches.
const NONE: f64 = -1.0e18;

/// What the pair would earn if the two touches converged.
///
/// `carry = (B2 - A1) / A1` is what buying the first leg and selling the second earns, as an entry or to close the
/// opposite position; `reverse = (B1 - A2) / A2` is the same the other way round. The first leg is the spot one where
/// the second is a future.
#[derive(Clone, Debug)]
pub struct PairSignals {
    first: InstrumentId,
    second: InstrumentId,
    /// Factors that bring both legs' price mantissas to one scale.
    first_factor: i64,
    second_factor: i64,
    carry: Option<Ratio>,
    reverse: Option<Ratio>,
    alarm: u32,
}

crate::state!(PairSignals { carry, reverse, alarm } fixed {
    first, second, first_factor, second_factor
});

impl PairSignals {
    /// For a pair of instruments.
    pub fn new(first: &Instrument, second: &Instrument) -> Self {
        let scale = first.price_decimals.max(second.price_decimals);
        let factor = |decimals: u8| 10_i64.pow(u32::from(scale - decimals));
        Self {
            first: first.id,
            second: second.id,
            first_factor: factor(first.price_decimals),
            second_factor: factor(second.price_decimals),
            carry: None,
            reverse: None,
            alarm: 0,
        }
    }

    /// Edge of buying the first leg and selling the second; `None` unless both tops can be acted on.
    pub const fn carry(&self) -> Option<Ratio> {
        self.carry
    }

    /// Edge of selling the first leg and buying the second.
    pub const fn reverse(&self) -> Option<Ratio> {
        self.reverse
    }

    fn first_price(&self, price: Price) -> i128 {
        i128::from(price.mantissa()) * i128::from(self.first_factor)
    }

    fn second_price(&self, price: Price) -> i128 {
        i128::from(price.mantissa()) * i128::from(self.second_factor)
    }
}

impl Signals for PairSignals {
    const LEVELS: u8 = 2;

    fn update(&mut self, event: &Event, market: &Market) {
        let Some(instrument) = event.body.instrument() else {
            return;
        };
        if !market.instrument(instrument).is_moved_by(&event.body) {
            return;
        }
        let was_ready = self.carry.is_some();
        let tops = (
            market.instrument(self.first).top(),
            market.instrument(self.second).top(),
        );
        (self.carry, self.reverse) = match tops {
            (Some(first), Some(second)) => {
                let (first_ask, first_bid) = (
                    self.first_price(first.ask.price),
                    self.first_price(first.bid.price),
                );
                let (ask, bid) = (
                    self.second_price(second.ask.price),
                    self.second_price(second.bid.price),
                );
                (
                    Ratio::new(bid - first_ask, first_ask),
                    Ratio::new(first_bid - ask, ask),
                )
            }
            _ => (None, None),
        };
        if self.carry.is_some() != was_ready {
            self.alarm = self.alarm.wrapping_add(1);
        }
    }

    fn level(&self, signal: u8) -> f64 {
        let edge = if signal == CARRY {
            self.carry
        } else {
            self.reverse
        };
        edge.map_or(NONE, Ratio::to_bps_f64)
    }

    fn alarm(&self) -> u32 {
        self.alarm
    }

    fn save(&self, out: &mut Saver) {
        State::save(self, out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        State::restore(self, from)
    }
}
