//! Funding: when it is due, and who pays what.

use onetape_core::event::{AccountEvent, Body, FundingRate};
use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::market::Market;
use onetape_core::num::{Money, Price};
use onetape_core::time::Ts;
use rust_decimal::Decimal;

use super::{Floor, Venue};
use crate::fees::in_steps;

impl Venue {
    /// Settles every funding that is due at or before `now`.
    pub(crate) fn settle_funding(&mut self, floor: Floor<'_>, now: Ts, out: &mut Vec<Body>) {
        for at in 0..self.funding.len() {
            if self.funding[at].is_some_and(|rate| rate.settles_at <= now) {
                self.settle(floor, at, out);
            }
        }
        self.guard(floor, out);
        self.report(out);
    }

    /// When the next funding is due.
    pub(crate) fn next_funding(&self) -> Option<Ts> {
        self.funding
            .iter()
            .flatten()
            .map(|rate| rate.settles_at)
            .min()
    }

    /// A rate for a later settlement means that the earlier one is past.
    pub(super) fn new_rate(&mut self, floor: Floor<'_>, rate: FundingRate, out: &mut Vec<Body>) {
        let at = rate.instrument.index();
        if self.funding[at].is_some_and(|known| known.settles_at < rate.settles_at) {
            self.settle(floor, at, out);
        }
        self.funding[at] = Some(rate);
    }

    /// Pays or charges `-position * mark * rate`: longs pay when the rate is positive.
    fn settle(&mut self, floor: Floor<'_>, at: usize, out: &mut Vec<Body>) {
        let Some(due) = self.funding[at].take() else {
            return;
        };
        let instrument = floor.names.instrument(due.instrument);
        let position = self.account.position(due.instrument);
        let Some(mark) = mark_of(floor.market, instrument) else {
            return;
        };
        if position.qty.is_zero() {
            return;
        }
        let exposure = match instrument.kind {
            InstrumentKind::Inverse => {
                let value = instrument
                    .notional(Price::default(), position.qty)
                    .decimal();
                value.checked_div(mark).unwrap_or(Decimal::ZERO)
            }
            InstrumentKind::Spot | InstrumentKind::Linear => {
                instrument.qty_decimal(position.qty) * mark
            }
        };
        let amount = -in_steps(Money::new(exposure).times(due.rate.decimal()));
        self.account.credit(instrument.settle(), amount);
        out.push(Body::Account(AccountEvent::Funding {
            instrument: due.instrument,
            amount,
            rate: due.rate,
        }));
    }
}

/// The venue's mark, or the middle of the book where no mark is on the tape.
fn mark_of(market: &Market, instrument: &Instrument) -> Option<Decimal> {
    let known = market.instrument(instrument.id);
    if let Some(mark) = known.mark() {
        return Some(mark.mark.decimal());
    }
    let top = known.top()?;
    Some(
        (instrument.price_decimal(top.bid.price) + instrument.price_decimal(top.ask.price))
            / Decimal::TWO,
    )
}
