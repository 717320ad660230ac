//! What waits behind an order that is held up: a fault of one order, and of every other on the same way.

use onetape_core::command::Place;
use onetape_core::event::OrderEventKind;
use onetape_core::fault::{FaultEvent, FaultKind};
use onetape_core::names::{TaskId, VenueId};
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};

use super::Checker;
use crate::faults::HELD_UP_MOST;

/// From here on a way that is held up is as good as lost: a fault of the venue besides that of the order, as nothing else
/// that is sent there arrives either.
const AS_GOOD_AS_LOST: Span = Span::from_millis(1_000);

/// A way to a venue, or back, on which one order's message holds up those behind it: messages do not overtake each
/// other.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeldUp {
    venue: VenueId,
    order: OrderId,
    since: Ts,
}

impl Checker {
    /// A fault holds a message up: it meets the trips of all tasks that have an order at the venue.
    pub(super) fn on_hold(&mut self, now: Ts, fault: &FaultEvent) {
        let Some(order) = fault.order else {
            return;
        };
        if !matches!(
            fault.kind,
            FaultKind::OrderDelayed | FaultKind::AnswerDelayed
        ) {
            return;
        }
        let own = self.orders.get(order).map(|seen| seen.place.task);
        let names = &self.names;
        let there = self.orders.alive().filter(|seen| {
            let place = &seen.place;
            names.instrument(place.instrument).venue == fault.venue && Some(place.task) != own
        });
        let behind: Vec<TaskId> = there.map(|seen| seen.place.task).collect();
        for task in behind {
            self.on_behind(task, order);
        }
        // The trip of the order itself was met by the fault, as by any other.
        if let Some(band) = own.and_then(|task| self.tasks.get_mut(task.index())) {
            band.behind.insert(order);
        }
        self.holding.push(HeldUp {
            venue: fault.venue,
            order,
            since: now,
        });
    }

    /// An order leaves: it is behind whatever is held up on its way.
    pub(super) fn on_way(&mut self, now: Ts, place: &Place) {
        self.holding
            .retain(|held| now.since(held.since) <= HELD_UP_MOST);
        let venue = self.names.instrument(place.instrument).venue;
        let before = self.holding.iter().filter(|held| held.venue == venue);
        let before: Vec<OrderId> = before.map(|held| held.order).collect();
        for order in before {
            self.on_behind(place.task, order);
        }
    }

    fn on_behind(&mut self, task: TaskId, order: OrderId) {
        if let Some(band) = self.tasks.get_mut(task.index())
            && band.behind.insert(order)
        {
            self.on_met(task);
        }
    }

    /// A word of an order: what held it up has come through, and so has all that left before it. That nobody knows what
    /// became of it, or that it does not count any more, is no word that came that way.
    pub(super) fn on_word(&mut self, now: Ts, order: OrderId, kind: &OrderEventKind) {
        if matches!(kind, OrderEventKind::Unknown | OrderEventKind::NotSent) {
            return;
        }
        let Some(seen) = self.orders.get(order) else {
            return;
        };
        let venue = self.names.instrument(seen.place.instrument).venue;
        let through = |held: &HeldUp| held.venue == venue && held.order <= order;
        let lost = self
            .holding
            .iter()
            .filter(|held| through(held) && now.since(held.since) > AS_GOOD_AS_LOST);
        for held in lost {
            let behind = self.tasks.iter_mut();
            for band in behind.filter(|band| band.behind.contains(&held.order)) {
                band.meet();
            }
        }
        self.holding.retain(|held| !through(held));
    }
}
