//! The two edges of a spot-futures pair, exact, computed once an event for every parameter set.

use crate::event::Event;
use crate::instrument::Instrument;
use crate::market::Market;
use crate::names::InstrumentId;
use crate::num::{Price, Ratio};
use crate::strategy::Signals;

/// Signal number of the edge of buying spot and selling futures.
pub(in crate::strategies) const CARRY: u8 = 0;
/// Signal number of the edge of selling spot and buying futures.
pub(in crate::strategies) const REVERSE: u8 = 1;

/// A level that no threshold reaches.
const NONE: f64 = -1.0e18;

/// What the pair would earn if the two touches converged.
///
/// `carry = (Bf - As) / As` is what entering long spot, short futures earns, and what closing the opposite
/// position earns; `reverse = (Bs - Af) / Af` is the same the other way round.
#[derive(Clone, Debug)]
pub struct PairSignals {
    spot: InstrumentId,
    futures: InstrumentId,
    /// Factors that bring both legs' price mantissas to one scale.
    spot_factor: i64,
    futures_factor: i64,
    carry: Option<Ratio>,
    reverse: Option<Ratio>,
    alarm: u32,
}

impl PairSignals {
    /// For a pair of instruments.
    pub fn new(spot: &Instrument, futures: &Instrument) -> Self {
        let scale = spot.price_decimals.max(futures.price_decimals);
        let factor = |decimals: u8| 10_i64.pow(u32::from(scale - decimals));
        Self {
            spot: spot.id,
            futures: futures.id,
            spot_factor: factor(spot.price_decimals),
            futures_factor: factor(futures.price_decimals),
            carry: None,
            reverse: None,
            alarm: 0,
        }
    }

    /// Edge of buying spot and selling futures; `None` unless both tops can be acted on.
    pub const fn carry(&self) -> Option<Ratio> {
        self.carry
    }

    /// Edge of selling spot and buying futures.
    pub const fn reverse(&self) -> Option<Ratio> {
        self.reverse
    }

    fn spot_price(&self, price: Price) -> i128 {
        i128::from(price.mantissa()) * i128::from(self.spot_factor)
    }

    fn futures_price(&self, price: Price) -> i128 {
        i128::from(price.mantissa()) * i128::from(self.futures_factor)
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
            market.instrument(self.spot).top(),
            market.instrument(self.futures).top(),
        );
        (self.carry, self.reverse) = match tops {
            (Some(spot), Some(futures)) => {
                let (spot_ask, spot_bid) = (
                    self.spot_price(spot.ask.price),
                    self.spot_price(spot.bid.price),
                );
                let (ask, bid) = (
                    self.futures_price(futures.ask.price),
                    self.futures_price(futures.bid.price),
                );
                (
                    Ratio::new(bid - spot_ask, spot_ask),
                    Ratio::new(spot_bid - ask, ask),
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
}
