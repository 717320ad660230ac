//! What the gate is told of: orders that leave, changes, news, liquidations, reservations.

use super::breaker::Breaker;
use super::cells::{Alive, Change};
use super::funds::Ahead;
use super::more::More;
use super::needs::Claim;
use crate::command::{Amend, Place};
use crate::event::Fill;
use crate::names::{InstrumentId, Names, TaskId};
use crate::num::Qty;
use crate::order::Order;
use crate::risk::RiskView;
use crate::time::Ts;

impl More {
    /// Notes an order that leaves.
    pub(crate) fn sent(&mut self, order: &Order, view: &RiskView<'_>) {
        let place = &order.place;
        self.tree
            .note(place.task, place.instrument, (view.names, view.now));
        for breaker in &mut self.breakers {
            breaker.sent(view.now);
        }
        self.changed(
            &Change::order(place, Alive::default(), Alive::of(order)),
            view.names,
        );
        if let Some(funds) = &mut self.funds {
            funds.order(order, view);
        }
    }

    /// Notes a change that leaves.
    pub(crate) fn amended(
        &mut self,
        order: &Order,
        before: Alive,
        amend: &Amend,
        view: &RiskView<'_>,
    ) {
        let place = &order.place;
        self.tree
            .note(place.task, place.instrument, (view.names, view.now));
        self.changed(&Change::order(place, before, Alive::of(order)), view.names);
        if let Some(funds) = &mut self.funds {
            let changed = Place {
                limit: Some(amend.limit),
                ..*place
            };
            funds.amended(order, Claim::new(&changed, order.exposure(), view), view);
        }
    }

    /// Notes news of an order, with what it traded.
    pub(crate) fn news(
        &mut self,
        order: &Order,
        before: Alive,
        fill: Option<(&Fill, Qty)>,
        view: &RiskView<'_>,
    ) {
        let place = &order.place;
        self.changed(&Change::order(place, before, Alive::of(order)), view.names);
        if let Some((fill, traded)) = fill {
            self.changed(&Change::fill(place, traded), view.names);
            for trips in self.breakers.iter_mut().filter_map(Breaker::trips) {
                trips.fill(place, fill, view.names);
            }
        }
        if let Some(funds) = &mut self.funds {
            funds.order(order, view);
        }
    }

    /// Notes that a venue closed a position.
    pub(crate) fn liquidated(&mut self, instrument: InstrumentId, names: &Names) {
        for change in self.cells.liquidated(instrument) {
            self.changed(&change, names);
        }
    }

    /// Notes that a venue closed a part of a position, of which a task bears a signed share.
    pub(crate) fn deleveraged(
        &mut self,
        task: TaskId,
        instrument: InstrumentId,
        share: Qty,
        names: &Names,
    ) {
        self.changed(&Change::closed(task, instrument, share), names);
    }

    /// Takes a change into the leaves, and into every level that stands over it.
    fn changed(&mut self, change: &Change, names: &Names) {
        self.cells.apply(change);
        self.tree.apply(change, names);
    }

    /// Puts what a task reserved ahead in place.
    pub(super) fn reserve(&mut self, task: TaskId, ahead: Ahead, now: Ts) {
        if let Some(funds) = &mut self.funds {
            funds.reserve(task, ahead, now);
        }
    }
}
