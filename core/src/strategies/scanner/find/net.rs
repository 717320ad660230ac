//! The net edge of a route at the touches: a signal, in floats.

use super::route::{Kind, Route};
use crate::event::Status;
use crate::instrument::{Instrument, Side};
use crate::market::Market;
use crate::num::{Bps, Qty};
use crate::time::Ts;

/// An instrument's touch as the scanner keeps it. Without one that can be acted on its prices are no numbers, so that no
/// comparison with them holds.
#[derive(Clone, Copy, Debug)]
pub struct Top {
    bid: f64,
    ask: f64,
    /// What a unit costs with the taker's fee, and what it brings.
    buys_at: f64,
    sells_at: f64,
    /// Half of the spread.
    half: f64,
    /// What longs pay at the next settlement that is known, as a fraction.
    funding: f64,
    /// Quantities at the touch.
    pub(super) bid_qty: Qty,
    pub(super) ask_qty: Qty,
    /// When it was last confirmed.
    pub(super) confirmed: Ts,
    /// Counts what it was told of.
    pub(super) version: u64,
    fee: f64,
    scale: f64,
}

crate::state!(Top {
    bid, ask, buys_at, sells_at, half, funding, bid_qty, ask_qty, confirmed, version
} fixed { fee, scale });

impl Top {
    pub(super) fn new(instrument: &Instrument, taker_fee: Bps) -> Self {
        let scale = (0..instrument.price_decimals).fold(1.0, |scale, _| scale * 10.0);
        Self {
            bid: f64::NAN,
            ask: f64::NAN,
            buys_at: f64::NAN,
            sells_at: f64::NAN,
            half: f64::NAN,
            funding: f64::NAN,
            bid_qty: Qty::ZERO,
            ask_qty: Qty::ZERO,
            confirmed: Ts::UNKNOWN,
            version: 1,
            fee: taker_fee.to_f64() / 10_000.0,
            scale,
        }
    }

    /// As the market has it now.
    pub(super) fn refresh(&mut self, instrument: &Instrument, market: &Market, now: Ts) {
        self.version += 1;
        let known = market.instrument(instrument.id);
        let top = known.top().filter(|_| known.status() == Status::Trading);
        let Some(top) = top else {
            *self = Self {
                bid: f64::NAN,
                ask: f64::NAN,
                buys_at: f64::NAN,
                sells_at: f64::NAN,
                half: f64::NAN,
                ..*self
            };
            return;
        };
        self.bid = top.bid.price.mantissa() as f64 / self.scale;
        self.ask = top.ask.price.mantissa() as f64 / self.scale;
        (self.bid_qty, self.ask_qty) = (top.bid.qty, top.ask.qty);
        self.buys_at = self.ask * (1.0 + self.fee);
        self.sells_at = self.bid * (1.0 - self.fee);
        self.half = (self.ask - self.bid) * 0.5;
        self.confirmed = Ts::from_nanos(now.nanos().saturating_sub(known.age(now).nanos()));
        let awaited = known.funding().filter(|rate| rate.settles_at > now);
        self.funding = awaited.map_or(f64::NAN, |rate| rate.rate.to_f64());
    }
}

impl Kind {
    /// What a route nets of every unit that it pays, by the tops of its instruments. Not a number where one is missing.
    pub(super) fn net(self, route: &Route, tops: &[Top], settlements: f64) -> f64 {
        let steps = route.steps();
        let top = |at: usize| &tops[usize::from(steps[at].at)];
        match self {
            Self::SpotSpot => top(1).sells_at / top(0).buys_at - 1.0,
            Self::SpotFuturesHedge => hedge(top(0), top(1)),
            Self::Funding => {
                let (long, short) = (top(0), top(1));
                // Of spot and future only the future's is a number.
                let pays = if long.funding.is_nan() {
                    short.funding
                } else {
                    -long.funding
                };
                hedge(long, short) + settlements * pays
            }
            Self::Triangular => {
                let through = |kept: f64, at: usize| match steps[at].side {
                    Side::Buy => kept / top(at).buys_at,
                    Side::Sell => kept * top(at).sells_at,
                };
                (0..3).fold(1.0, through) - 1.0
            }
        }
    }
}

/// The edge at entry, less four fees, and less what both spreads cost where the middles meet.
fn hedge(long: &Top, short: &Top) -> f64 {
    let gross = short.bid - long.ask - long.half - short.half;
    gross / long.ask - 2.0 * (long.fee + short.fee)
}
