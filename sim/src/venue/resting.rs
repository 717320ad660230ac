//! Orders that rest: when they trade, and how they go.

use onetape_core::command::Place;
use onetape_core::event::{Body, Level, OrderEventKind, Trade};
use onetape_core::instrument::{Instrument, Side};
use onetape_core::names::{AssetId, InstrumentId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::OrderId;

use super::{Floor, Venue, news};
use crate::config::Liquidity;
use crate::liquidity::executions;

#[derive(Clone, Debug)]
pub(super) struct Resting {
    pub(super) place: Place,
    pub(super) price: Price,
    pub(super) left: Qty,
    pub(super) locked: (AssetId, Money),
}

impl Venue {
    pub(super) fn rest(&mut self, instrument: &Instrument, place: &Place, price: Price, left: Qty) {
        let locked = self.lock_for(instrument, place.side, price, left);
        self.account.lock(locked.0, locked.1);
        self.resting.push(Resting {
            place: *place,
            price,
            left,
            locked,
        });
    }

    /// Resting orders that the other side of the book has reached trade at their own price.
    pub(super) fn fill_crossed(&mut self, floor: Floor<'_>, id: InstrumentId, out: &mut Vec<Body>) {
        if self.resting.is_empty() {
            return;
        }
        let market = floor.market.instrument(id);
        for at in 0..self.resting.len() {
            let order = &self.resting[at];
            if order.place.instrument != id {
                continue;
            }
            let side = order.place.side;
            let got = executions(
                market,
                &self.taken[id.index()],
                floor.liquidity,
                side,
                Some(order.price),
                order.left,
            );
            for level in got {
                self.taken[id.index()].take(side, level.price, level.qty);
                self.fill_resting(floor, at, level.qty, out);
            }
        }
        self.drop_done(out);
    }

    /// A print beyond a resting order's price means that the order would have traded first.
    pub(super) fn fill_through(&mut self, floor: Floor<'_>, trade: &Trade, out: &mut Vec<Body>) {
        if self.resting.is_empty() {
            return;
        }
        let mut left = trade.qty;
        for at in 0..self.resting.len() {
            let order = &self.resting[at];
            let through = match order.place.side {
                Side::Buy => trade.aggressor == Side::Sell && trade.price < order.price,
                Side::Sell => trade.aggressor == Side::Buy && trade.price > order.price,
            };
            if order.place.instrument == trade.instrument && through && !left.is_zero() {
                let qty = if floor.liquidity == Liquidity::TouchUnlimited {
                    order.left
                } else {
                    order.left.min(left)
                };
                left = (left - qty).max(Qty::ZERO);
                self.fill_resting(floor, at, qty, out);
            }
        }
        self.drop_done(out);
    }

    fn fill_resting(&mut self, floor: Floor<'_>, at: usize, qty: Qty, out: &mut Vec<Body>) {
        let (place, price) = (self.resting[at].place, self.resting[at].price);
        let instrument = floor.names.instrument(place.instrument);
        self.resting[at].left -= qty;
        self.execute(floor, instrument, &place, Level { price, qty }, true, out);
        let locked = self.lock_for(instrument, place.side, price, self.resting[at].left);
        let freed = self.resting[at].locked.1 - locked.1;
        self.account.lock(locked.0, -freed);
        self.resting[at].locked = locked;
    }

    fn drop_done(&mut self, out: &mut Vec<Body>) {
        if self.resting.iter().any(|order| order.left.is_zero()) {
            for done in self.resting.extract_if(.., |order| order.left.is_zero()) {
                self.account.lock(done.locked.0, -done.locked.1);
            }
        }
        self.report(out);
    }

    /// A cancel arrives.
    pub(crate) fn on_cancel(&mut self, order: OrderId, out: &mut Vec<Body>) {
        let Some(at) = self
            .resting
            .iter()
            .position(|resting| resting.place.order == order)
        else {
            return out.push(news(order, OrderEventKind::CancelRejected));
        };
        let gone = self.resting.remove(at);
        self.account.lock(gone.locked.0, -gone.locked.1);
        out.push(news(order, OrderEventKind::Cancelled));
    }
}
