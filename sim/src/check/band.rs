//! The net base delta of each task, against what cannot be traded.

use std::sync::Arc;

use onetape_core::event::Seq;
use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::market::Market;
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId};
use onetape_core::num::Qty;
use onetape_core::time::{Span, Ts};
use rust_decimal::Decimal;

use super::Checker;

/// A part of what is held that is no imbalance: one thousandth.
const RELATIVE: Decimal = Decimal::from_parts(1, 0, 0, false, 3);

/// The balance of one task.
#[derive(Clone, Debug)]
pub(super) struct Band {
    legs: Vec<InstrumentId>,
    /// The one asset that all legs are of, where there is one.
    base: Option<AssetId>,
    /// Outside of its band since.
    pub(super) since: Option<Ts>,
    /// Words to people.
    pub(super) alerts: u64,
    /// Somebody else may hold what its fills made, since a venue closed a part of what several hold.
    pub(super) unclear: bool,
    /// When a spot leg began to move, while it does and nothing but it may trade.
    pub(super) moves_since: Option<Ts>,
    /// How long it may be outside before people are told, where that is known.
    pub(super) patience: Option<Span>,
}

impl Band {
    pub(super) fn new(names: &Arc<Names>, legs: Vec<InstrumentId>) -> Self {
        let mut bases = legs.iter().map(|id| names.instrument(*id).base);
        let first = bases.next();
        let base = first.filter(|base| legs.len() > 1 && bases.all(|other| other == *base));
        Self {
            legs,
            base,
            since: None,
            alerts: 0,
            unclear: false,
            moves_since: None,
            patience: None,
        }
    }

    /// True where there is a balance to keep: of two legs or more in one asset.
    pub(super) const fn is_kept(&self) -> bool {
        self.base.is_some()
    }
}

impl Checker {
    /// Signed base exposure of a quantity, at the last price that was known.
    pub(super) fn base_of(&self, id: InstrumentId, qty: Qty, market: &Market) -> Decimal {
        let instrument = self.names.instrument(id);
        match (instrument.kind, market.instrument(id).last_top()) {
            (InstrumentKind::Spot | InstrumentKind::Linear, _) => instrument.qty_decimal(qty),
            (InstrumentKind::Inverse, Some(top)) => {
                instrument.base_value(top.ask.price, qty).decimal()
            }
            (InstrumentKind::Inverse, None) => Decimal::ZERO,
        }
    }

    /// The net delta of a task in base units, and how much of it is none: what no leg can trade, or a thousandth of
    /// what is held.
    pub(super) fn delta(&self, task: TaskId, market: &Market) -> (Decimal, Decimal) {
        let (mut net, mut gross, mut least) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
        let Some(band) = self.tasks.get(task.index()) else {
            return (net, least);
        };
        for &id in &band.legs {
            let held = self.held.get(&(task, id)).map(|position| position.qty);
            let base = held.map_or(Decimal::ZERO, |qty| self.base_of(id, qty, market));
            net += base;
            gross += base.abs();
            least = least.max(self.least_of(self.names.instrument(id), market));
        }
        (net, least.max(gross.saturating_mul(RELATIVE)))
    }

    /// The least that can be traded of an instrument, and a lot, in base units.
    fn least_of(&self, instrument: &Instrument, market: &Market) -> Decimal {
        let qty = instrument.min_qty.max(instrument.lot);
        let lot = self.base_of(instrument.id, instrument.lot, market).abs();
        let by_qty = self.base_of(instrument.id, qty, market).abs();
        let top = market.instrument(instrument.id).last_top();
        let price = top.map_or(Decimal::ZERO, |top| instrument.price_decimal(top.bid.price));
        let by_value = instrument.min_notional.decimal().checked_div(price);
        by_qty.max(by_value.unwrap_or(Decimal::ZERO)) + lot
    }

    pub(super) fn is_outside(&self, task: TaskId, market: &Market) -> bool {
        let (delta, width) = self.delta(task, market);
        delta.abs() > width
    }

    /// Looks where a task's delta is, and how long it has been there.
    pub(super) fn weigh(&mut self, task: TaskId, (seq, now): (Seq, Ts), market: &Market) {
        let kept = self.tasks.get(task.index()).is_some_and(Band::is_kept);
        if !kept {
            return;
        }
        let outside = self.is_outside(task, market);
        self.judge_patience(task, (seq, now), outside);
        let band = &mut self.tasks[task.index()];
        match (band.since, outside) {
            (None, true) => band.since = Some(now),
            (Some(since), false) => {
                band.since = None;
                self.found.outside.push(now.since(since));
            }
            _ => {}
        }
    }
}
