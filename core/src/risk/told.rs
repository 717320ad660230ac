//! What the gate is told of: orders that leave, changes, news, liquidations, reservations.

use super::breaker::Breaker;
use super::cells::Alive;
use super::funds::Ahead;
use super::more::More;
use super::needs::Claim;
use crate::command::{Amend, Place};
use crate::event::Fill;
use crate::names::{InstrumentId, TaskId};
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
        self.cells.order(place, Alive::default(), Alive::of(order));
        self.tree.follow(&self.cells, view.names);
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
        self.cells.order(place, before, Alive::of(order));
        self.tree.follow(&self.cells, view.names);
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
        self.cells.order(place, before, Alive::of(order));
        self.tree.follow(&self.cells, view.names);
        if let Some((fill, traded)) = fill {
            self.cells.fill(place, traded);
            for trips in self.breakers.iter_mut().filter_map(Breaker::trips) {
                trips.fill(place, fill, view.names);
            }
        }
        if let Some(funds) = &mut self.funds {
            funds.order(order, view);
        }
    }

    /// Notes that a venue closed a position.
    pub(crate) fn liquidated(&mut self, instrument: InstrumentId) {
        self.cells.liquidated(instrument);
    }

    /// Puts what a task reserved ahead in place.
    pub(super) fn reserve(&mut self, task: TaskId, ahead: Ahead, now: Ts) {
        if let Some(funds) = &mut self.funds {
            funds.reserve(task, ahead, now);
        }
    }
}
