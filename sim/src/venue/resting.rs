//! Orders that rest: when they trade, and how they go.

use onetape_core::command::Place;
use onetape_core::event::{Body, Level, OrderEventKind, Trade};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::{AssetId, InstrumentId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::OrderId;

use super::{Floor, Venue, news};
use crate::config::Liquidity;
use crate::liquidity::executions;

#[derive(Clone, Debug)]
pub(super) struct Resting {
    pub(super) place: Place,
    price: Price,
    pub(super) left: Qty,
    /// What of the whole order opens or grows a position; everything on a spot market.
    opens: Qty,
    pub(super) locked: (AssetId, Money),
}

impl Resting {
    /// What of the rest opens or grows a position: what closes trades first.
    pub(super) fn opening(&self) -> Qty {
        self.opens.min(self.left)
    }

    /// True when some of an asset is set aside for it.
    pub(super) fn locks(&self, asset: AssetId) -> bool {
        self.locked.0 == asset && !self.locked.1.is_zero()
    }
}

impl Venue {
    pub(super) fn rest(&mut self, instrument: &Instrument, place: &Place, price: Price, left: Qty) {
        let rest = Place {
            qty: left,
            ..*place
        };
        let opens = match instrument.kind {
            InstrumentKind::Spot => left,
            InstrumentKind::Linear | InstrumentKind::Inverse => {
                self.opening_part(instrument, &rest)
            }
        };
        let locked = self.lock_for(instrument, place.side, price, opens);
        self.account.lock(locked.0, locked.1);
        // Better prices trade first, and at one price the older order.
        let behind = |other: &Resting| {
            let same = other.place.instrument == place.instrument && other.place.side == place.side;
            same && match place.side {
                Side::Buy => other.price < price,
                Side::Sell => other.price > price,
            }
        };
        let at = self.resting.iter().position(behind);
        let order = Resting {
            place: *place,
            price,
            left,
            opens,
            locked,
        };
        self.resting.insert(at.unwrap_or(self.resting.len()), order);
    }

    /// What of a resting order may trade now: a reduce-only order never more than the position it reduces.
    fn tradable(&self, order: &Resting) -> Qty {
        if !order.place.reduce_only {
            return order.left;
        }
        let held = self.account.position(order.place.instrument).qty;
        let opposite = (held > Qty::ZERO) == (order.place.side == Side::Sell);
        if opposite {
            order.left.min(held.abs())
        } else {
            Qty::ZERO
        }
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
                self.tradable(order),
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
                let tradable = self.tradable(order);
                let qty = if floor.liquidity == Liquidity::TouchUnlimited {
                    tradable
                } else {
                    tradable.min(left)
                };
                if qty.is_zero() {
                    continue;
                }
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
        // What the order set aside pays for it, so that goes back first.
        let locked = self.lock_for(instrument, place.side, price, self.resting[at].opening());
        let freed = self.resting[at].locked.1 - locked.1;
        self.account.lock(locked.0, -freed);
        self.resting[at].locked = locked;
        self.execute(floor, instrument, &place, Level { price, qty }, true, out);
    }

    /// Takes out what traded completely, and reduce-only orders that have nothing left to reduce.
    fn drop_done(&mut self, out: &mut Vec<Body>) {
        for at in (0..self.resting.len()).rev() {
            let order = &self.resting[at];
            let ended = order.left.is_zero();
            if !ended && (!order.place.reduce_only || !self.tradable(order).is_zero()) {
                continue;
            }
            let gone = self.resting.remove(at);
            self.account.lock(gone.locked.0, -gone.locked.1);
            if !ended {
                out.push(news(gone.place.order, OrderEventKind::Expired));
            }
        }
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
