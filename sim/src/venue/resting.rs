//! Orders that rest: how they come to rest, when they trade, and how they go.
//!
//! Three things make a resting order trade, always at its own price and as maker:
//!
//! - a print beyond its price: whoever took there would have met this order before, so it trades all that it still
//!   has, but no more than what printed, for no more is known to have been for sale. The queue before it is gone;
//! - a print at its price, where the scenario models queues: the print takes what is ahead first, then the order,
//!   then what stands between it and the next own order, and so on by time;
//! - the other side of the book at or beyond its price: it trades what is shown there.
//!
//! A print is shared out once over all own orders, best price first. During a halt nothing trades, and prints
//! count for nothing.

use onetape_core::command::Place;
use onetape_core::event::{Body, Level, OrderEventKind, Trade};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::InstrumentId;
use onetape_core::num::{Price, Qty};
use onetape_core::order::OrderId;

use super::orders::{Rank, Resting, Slot};
use super::{Floor, Venue, news};
use crate::config::{Liquidity, QueueModel};
use crate::liquidity::executions;

impl Venue {
    /// Lets `left` of an order rest. `place` has its whole quantity.
    pub(super) fn rest(&mut self, floor: Floor<'_>, place: &Place, price: Price, left: Qty) {
        let instrument = floor.names.instrument(place.instrument);
        let part = Place {
            qty: left,
            ..*place
        };
        let opens = match instrument.kind {
            InstrumentKind::Spot => left,
            InstrumentKind::Linear | InstrumentKind::Inverse => {
                self.opening_part(instrument, &part)
            }
        };
        let whole = Place {
            limit: Some(price),
            ..*place
        };
        self.reached[place.instrument.index()] = true;
        let slot = self.join(floor, Resting::new(whole, price, left, opens));
        self.relock(instrument, slot);
    }

    /// Sets aside what an order needs now, and frees what it needed before.
    pub(super) fn relock(&mut self, instrument: &Instrument, slot: Slot) {
        let order = &self.orders[slot];
        let before = order.locked;
        let locked = self.lock_for(instrument, order.place.side, order.price, order.opening());
        self.account.lock(before.0, -before.1);
        self.account.lock(locked.0, locked.1);
        self.orders.set_locked(slot, locked);
    }

    /// What of a resting order may trade now: a reduce-only order never more than the position it reduces.
    pub(super) fn tradable(&self, order: &Resting) -> Qty {
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
        for side in [Side::Buy, Side::Sell] {
            let touch = floor.market.instrument(id).touch(side);
            if let Some(touch) = touch {
                self.fill_reached(floor, id, side, Rank::of(side, touch.price), out);
            }
        }
    }

    /// Orders of a side at `reached` or better. The first that gets less than it wants leaves nothing for those
    /// behind it: they may take no worse prices than it.
    fn fill_reached(
        &mut self,
        floor: Floor<'_>,
        id: InstrumentId,
        side: Side,
        reached: Rank,
        out: &mut Vec<Body>,
    ) {
        let market = floor.market.instrument(id);
        let mut next = self.orders.first(id, side);
        let mut got = std::mem::take(&mut self.got);
        while let Some(slot) = next {
            let order = &self.orders[slot];
            if order.rank() > reached {
                break;
            }
            next = self.orders.next(slot);
            let wanted = self.tradable(order);
            let taken = &self.taken[id.index()];
            let limit = Some(order.price);
            executions(
                market,
                taken,
                floor.liquidity,
                side,
                limit,
                wanted,
                &mut got,
            );
            let mut total = Qty::ZERO;
            for level in &got {
                total += level.qty;
                self.taken[id.index()].take(side, level.price, level.qty);
                self.fill_resting(floor, slot, level.qty, out);
            }
            if total < wanted {
                break;
            }
        }
        self.got = got;
        self.empty_before(id, side, reached, true);
    }

    /// Shares a print out over the orders that it reaches.
    pub(super) fn on_trade(&mut self, floor: Floor<'_>, trade: &Trade, out: &mut Vec<Body>) {
        let (id, side) = (trade.instrument, trade.aggressor.opposite());
        let rank = Rank::of(side, trade.price);
        let unlimited = floor.liquidity == Liquidity::TouchUnlimited;
        let mut left = self.left_of_print(trade.qty);
        let mut next = self.orders.first(id, side);
        while let Some(slot) = next.filter(|_| left > Qty::ZERO) {
            let order = &self.orders[slot];
            if order.rank() >= rank {
                break;
            }
            next = self.orders.next(slot);
            let tradable = self.tradable(order);
            let qty = if unlimited {
                tradable
            } else {
                tradable.min(left)
            };
            left = (left - qty).max(Qty::ZERO);
            self.fill_resting(floor, slot, qty, out);
        }
        self.empty_before(id, side, rank, false);
        if self.queue != QueueModel::Through {
            self.fill_at_price(floor, trade, left, out);
        }
    }

    /// Shares `left` of a print out along the queue at its price.
    fn fill_at_price(
        &mut self,
        floor: Floor<'_>,
        trade: &Trade,
        mut left: Qty,
        out: &mut Vec<Body>,
    ) {
        let (id, side) = (trade.instrument, trade.aggressor.opposite());
        let rank = Rank::of(side, trade.price);
        let instrument = floor.names.instrument(id);
        if self.ends_before((id, side, rank), instrument.lot, left, trade.qty) {
            return;
        }
        self.note_trade(floor, id, side, rank, trade.qty);
        let mut eaten = Qty::ZERO;
        let mut next = self.orders.first_at(id, side, rank);
        while let Some(slot) = next.filter(|_| left > Qty::ZERO) {
            let order = &self.orders[slot];
            let Some(before) = order.ahead.lots(instrument.lot) else {
                break;
            };
            let gap = (before - eaten).max(Qty::ZERO);
            eaten += gap.min(left);
            if left <= gap {
                break;
            }
            left -= gap;
            next = self.orders.younger(slot);
            let tradable = self.tradable(&self.orders[slot]);
            // Whole lots, unless it is all that the order has.
            let qty = if floor.liquidity == Liquidity::TouchUnlimited || tradable <= left {
                tradable
            } else {
                instrument.floor_lots(left)
            };
            left = (left - tradable).max(Qty::ZERO);
            self.orders.bring_to_front(slot);
            self.fill_resting(floor, slot, qty, out);
        }
        self.eat(id, side, rank, eaten);
    }

    /// Books a fill of a resting order, which goes when nothing of it is left.
    pub(super) fn fill_resting(
        &mut self,
        floor: Floor<'_>,
        slot: Slot,
        qty: Qty,
        out: &mut Vec<Body>,
    ) {
        if qty <= Qty::ZERO {
            return;
        }
        let order = &self.orders[slot];
        let (place, price, left) = (order.place, order.price, order.left - qty);
        let instrument = floor.names.instrument(place.instrument);
        self.orders.set_left(slot, left);
        // What the order set aside pays for it, so that goes back first.
        self.relock(instrument, slot);
        if left.is_zero() {
            self.orders.remove(slot);
        }
        self.execute(floor, instrument, &place, Level { price, qty }, true, out);
    }

    /// Takes an order out and frees what it set aside.
    pub(super) fn end(&mut self, slot: Slot, how: OrderEventKind, out: &mut Vec<Body>) {
        let order = &self.orders[slot];
        let (id, locked) = (order.place.order, order.locked);
        self.orders.remove(slot);
        self.account.lock(locked.0, -locked.1);
        out.push(news(id, how));
    }

    /// Reduce-only orders that have nothing left to reduce go.
    pub(super) fn end_reduced(&mut self, out: &mut Vec<Body>) {
        for (id, side) in self.orders.reducing() {
            let held = self.account.position(id).qty;
            if held.is_zero() || (held > Qty::ZERO) == (side == Side::Buy) {
                for slot in self.orders.reducing_in(id, side) {
                    self.end(slot, OrderEventKind::Expired, out);
                }
            }
        }
    }

    /// A cancel arrives.
    pub(crate) fn on_cancel(&mut self, order: OrderId, out: &mut Vec<Body>) {
        match self.orders.find(order) {
            Some(slot) => self.end(slot, OrderEventKind::Cancelled, out),
            None => out.push(news(order, OrderEventKind::CancelRejected)),
        }
        self.settle_down();
    }
}
