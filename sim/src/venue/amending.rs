//! Changes of resting orders.
//!
//! Less quantity at the same price keeps the order's place in the queue. Anything else is a cancel and a new order
//! in one: it joins the queue at the new price at its end, or takes what it reaches there, and is refused where the
//! new order would be (a post-only one that would take, too little balance, a halt); the old order then stands
//! untouched. A quantity at or below what traded already takes the order back; so does one during a halt, as a
//! cancel works then. A change counts toward the rate limits.

use onetape_core::command::{Amend, Place};
use onetape_core::event::{Body, OrderEventKind, RejectReason, Status};

use super::filters::check_filters;
use super::orders::Slot;
use super::{Floor, Venue, news};

impl Venue {
    /// A change of an order arrives.
    pub(crate) fn on_amend(&mut self, floor: Floor<'_>, amend: &Amend, out: &mut Vec<Body>) {
        self.tariff.bring_to(floor.now);
        if let Err(reason) = self.amend(floor, amend, out) {
            out.push(news(amend.order, OrderEventKind::AmendRejected(reason)));
        }
        self.guard(floor, out);
        self.report(out);
    }

    fn amend(
        &mut self,
        floor: Floor<'_>,
        amend: &Amend,
        out: &mut Vec<Body>,
    ) -> Result<(), RejectReason> {
        if !self.rates.admit(floor.now) {
            return Err(RejectReason::RateLimit);
        }
        let slot = self.orders.find(amend.order);
        let slot = slot.ok_or(RejectReason::NotResting)?;
        let order = &self.orders[slot];
        let (place, price) = (order.place, order.price);
        let filled = place.qty - order.left;
        if amend.qty <= filled {
            self.end(slot, OrderEventKind::Cancelled, out);
            return Ok(());
        }
        if floor.market.instrument(place.instrument).status() == Status::Halted {
            return Err(RejectReason::Halted);
        }
        let changed = Place {
            qty: amend.qty,
            limit: Some(amend.limit),
            ..place
        };
        let welcome = OrderEventKind::Amended {
            qty: amend.qty,
            limit: amend.limit,
        };
        if amend.limit == price && amend.qty <= place.qty {
            let instrument = floor.names.instrument(place.instrument);
            if self.hall.is_none() {
                check_filters(instrument, &changed, price)?;
            }
            self.orders.set_qty(slot, amend.qty);
            self.relock(instrument, slot);
            out.push(news(amend.order, welcome));
            return Ok(());
        }
        self.replace(floor, slot, &changed, welcome, out)
    }

    /// Takes an order out and the changed one in, or leaves everything as it was.
    fn replace(
        &mut self,
        floor: Floor<'_>,
        slot: Slot,
        changed: &Place,
        welcome: OrderEventKind,
        out: &mut Vec<Body>,
    ) -> Result<(), RejectReason> {
        let order = &self.orders[slot];
        let locked = order.locked;
        let wanted = changed.qty - (order.place.qty - order.left);
        let level = self.orders.detach(slot);
        self.account.lock(locked.0, -locked.1);
        let taken = self.accept(floor, changed, wanted, welcome, out);
        if taken.is_ok() {
            self.orders.release(slot);
        } else {
            self.account.lock(locked.0, locked.1);
            self.orders.reattach(slot, level);
        }
        taken
    }
}
