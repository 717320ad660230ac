//! What a venue does when something goes wrong there.

use onetape_core::event::{AccountEvent, Body, Fee, Fill, Level};
use onetape_core::fault::{FaultEvent, FaultKind, FaultPhase};
use onetape_core::instrument::{InstrumentKind, Side};
use onetape_core::names::{InstrumentId, Names};
use onetape_core::num::{Money, Qty};
use onetape_core::order::OrderId;

use super::orders::Slot;
use super::{Floor, Venue};
use crate::config::FeeAsset;
use crate::faults::Bend;

/// Leaves no more than `most` of what an order gets.
pub(super) fn cut(got: &mut Vec<Level>, most: Qty) {
    let mut left = most;
    for level in got.iter_mut() {
        level.qty = level.qty.min(left);
        left -= level.qty;
    }
    got.retain(|level| level.qty > Qty::ZERO);
}

impl Venue {
    /// Has the next report tell every asset that trading moves here, also those of which there is nothing. Without that,
    /// a balance that is told before its fill would be taken for what lay here at the start.
    pub(crate) fn know_assets(&mut self, names: &Names) {
        let here = names.instruments.iter();
        let here = here.filter(|known| known.venue == self.config.venue);
        for instrument in here {
            let moved = match instrument.kind {
                InstrumentKind::Spot => [instrument.base, instrument.quote],
                InstrumentKind::Linear | InstrumentKind::Inverse => [instrument.settle(); 2],
            };
            for asset in moved {
                self.account.know(asset);
            }
        }
        if let FeeAsset::Fixed(asset, _) | FeeAsset::Quoted(asset, _) = self.config.fees.asset {
            self.account.know(asset);
        }
    }

    /// From now on an order gets no more than this when it arrives.
    pub(crate) const fn cut(&mut self, most: Option<Qty>) {
        self.most = most;
    }

    /// Somebody takes a part of a resting order at its price.
    pub(crate) fn race(&mut self, floor: Floor<'_>, order: OrderId, qty: Qty, out: &mut Vec<Body>) {
        if let Some(slot) = self.orders.find(order) {
            let most = self.tradable(&self.orders[slot]);
            self.fill_resting(floor, slot, qty.min(most), out);
            self.settle_up(floor, out);
        }
    }

    /// Closes a signed part of a position at the best price of the book, or at the last one that there was.
    pub fn deleverage(
        &mut self,
        floor: Floor<'_>,
        id: InstrumentId,
        closed: Qty,
        out: &mut Vec<Body>,
    ) {
        let instrument = floor.names.instrument(id);
        let Some(top) = floor.market.instrument(id).last_top() else {
            return;
        };
        let (side, price) = if closed > Qty::ZERO {
            (Side::Sell, top.bid.price)
        } else {
            (Side::Buy, top.ask.price)
        };
        let fee = Fee {
            asset: instrument.settle(),
            amount: Money::ZERO,
            value: Money::ZERO,
        };
        let fill = Fill {
            trade_id: 0,
            price,
            qty: closed.abs(),
            fee,
            maker: false,
        };
        self.account.book(instrument, side, &fill);
        out.push(self.injected(FaultKind::Deleverage, id));
        out.push(Body::Account(AccountEvent::Deleveraged {
            instrument: id,
            qty: closed,
            price,
        }));
        self.settle_up(floor, out);
    }

    /// Has the next settlement of an instrument be of another rate than was told, and where it nudges, meet an order that
    /// is filled in part.
    pub(crate) fn bend_funding(&mut self, id: InstrumentId, rate: Bend, nudges: bool) {
        self.funding.bend(id.index(), rate, nudges);
    }

    /// Somebody takes a lot of the first resting order of an instrument that is left with more.
    pub(super) fn nudge(&mut self, floor: Floor<'_>, id: InstrumentId, out: &mut Vec<Body>) {
        let lot = floor.names.instrument(id).lot.max(Qty::new(1));
        let more = |slot: &Slot| {
            let order = &self.orders[*slot];
            order.place.instrument == id && self.tradable(order) > lot
        };
        let found = self.orders.in_order().find(more);
        if let Some(slot) = found {
            self.fill_resting(floor, slot, lot, out);
        }
    }

    /// Word of a fault on an instrument.
    pub(super) const fn injected(&self, kind: FaultKind, id: InstrumentId) -> Body {
        Body::Fault(FaultEvent {
            kind,
            phase: FaultPhase::Once,
            venue: self.config.venue,
            instrument: Some(id),
            order: None,
        })
    }
}
