//! Which faults met orders in which states.

use std::collections::{BTreeMap, BTreeSet};

use onetape_core::command::LegRole;
use onetape_core::fault::{FaultEvent, FaultKind};
use onetape_core::names::TaskId;
use onetape_core::order::OrderState;
use onetape_core::time::Ts;

use super::Checker;
use super::orders::Seen;

/// A state of an order that a fault met; `None` is no order at all.
pub type Cell = (FaultKind, Option<OrderState>);

/// An order that a fault met by what it was for: its place among the legs, and its role.
pub type LegCell = (FaultKind, u8, LegRole);

/// How often each fault met an order in each state, and of each leg in each role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    states: BTreeMap<Cell, u64>,
    legs: BTreeMap<LegCell, u64>,
    /// Legs in a role in which an order filled in part, by a fault or because no more was there.
    partials: BTreeSet<(u8, LegRole)>,
}

impl Matrix {
    /// How often.
    pub fn count(&self, kind: FaultKind, state: Option<OrderState>) -> u64 {
        self.states.get(&(kind, state)).copied().unwrap_or(0)
    }

    /// How often a fault met an order of a leg in a role.
    pub fn legs(&self) -> impl Iterator<Item = (LegCell, u64)> + '_ {
        self.legs.iter().map(|(cell, count)| (*cell, *count))
    }

    /// Whether an order of a leg in a role filled in part: orders that rest do so without a fault.
    pub fn filled_in_part(&self, leg: u8, role: LegRole) -> bool {
        self.partials.contains(&(leg, role))
    }

    pub(super) fn fills_in_part(&mut self, leg: u8, role: LegRole) {
        self.partials.insert((leg, role));
    }

    /// Adds what another run hit.
    pub fn add(&mut self, other: &Self) {
        for (cell, count) in &other.states {
            *self.states.entry(*cell).or_default() += count;
        }
        for (cell, count) in &other.legs {
            *self.legs.entry(*cell).or_default() += count;
        }
        self.partials.extend(&other.partials);
    }

    /// The cells that can be hit and were not.
    pub fn zeros(&self) -> Vec<Cell> {
        let states = OrderState::ALL.map(Some).into_iter().chain([None]);
        let cells = states.flat_map(|state| FaultKind::ALL.map(|kind| (kind, state)));
        let zero = |(kind, state): &Cell| can_hit(*kind, *state) && self.count(*kind, *state) == 0;
        let mut zeros: Vec<Cell> = cells.filter(zero).collect();
        zeros.sort_unstable();
        zeros
    }
}

/// Whether a kind can meet an order in a state, as the desk knows it when it is injected.
pub const fn can_hit(kind: FaultKind, state: Option<OrderState>) -> bool {
    use FaultKind as K;
    use OrderState as S;
    let Some(state) = state else {
        return kind.is_by_time();
    };
    match kind {
        // What comes by time meets what is alive then.
        K::FeedDown | K::AccountDown | K::Slow | K::Halt | K::Deleverage => {
            matches!(state, S::Sent | S::Unknown | S::Open | S::PartiallyFilled)
        }
        K::Ban => matches!(state, S::Sent | S::Unknown | S::Open | S::PartiallyFilled),
        K::FundingSpike | K::FundingFlip => matches!(state, S::Sent | S::Open | S::PartiallyFilled),
        // At the door the desk has heard nothing, unless the order or its cancel was long on its way.
        K::OrderLost => matches!(state, S::Sent | S::Unknown | S::Open | S::PartiallyFilled),
        K::OrderDelayed => matches!(state, S::Sent | S::Open | S::PartiallyFilled),
        K::Reject | K::Partial | K::ServerError => matches!(state, S::Sent | S::Unknown),
        K::ReplyLost | K::AckLost | K::Reorder => matches!(state, S::Sent | S::Unknown),
        K::FillLost => matches!(state, S::Sent | S::Unknown | S::Open | S::PartiallyFilled),
        K::LateFill => matches!(state, S::Sent | S::Unknown | S::Open | S::PartiallyFilled),
        K::CancelAckLost | K::CancelRace | K::CancelRefused => {
            matches!(state, S::Unknown | S::Open | S::PartiallyFilled)
        }
        K::Duplicate => matches!(
            state,
            S::Unknown | S::Open | S::PartiallyFilled | S::Filled | S::Cancelled | S::Expired
        ),
        K::AnswerDelayed => matches!(state, S::Sent | S::Unknown | S::Open | S::PartiallyFilled),
    }
}

impl Checker {
    /// Counts what a fault meets.
    pub(super) fn mark(&mut self, now: Ts, fault: &FaultEvent) {
        if let Some(seen) = fault.order.and_then(|order| self.orders.get(order)) {
            self.on_met(seen.place.task);
        } else if fault.kind == FaultKind::Deleverage {
            for task in 0..self.tasks.len() {
                self.on_met(TaskId(task as u16));
            }
        }
        self.on_hold(now, fault);
        let Matrix { states, legs, .. } = &mut self.found.matrix;
        let mut count = |seen: &Seen| {
            let tag = seen.place.tag;
            *states.entry((fault.kind, Some(seen.state))).or_default() += 1;
            *legs.entry((fault.kind, tag.leg, tag.role)).or_default() += 1;
        };
        if let Some(order) = fault.order {
            match self.orders.get(order) {
                Some(seen) => count(seen),
                None => *states.entry((fault.kind, None)).or_default() += 1,
            }
            return;
        }
        let names = &self.names;
        let met = self.orders.alive().filter(|seen| {
            let instrument = names.instrument(seen.place.instrument);
            instrument.venue == fault.venue && fault.instrument.is_none_or(|id| id == instrument.id)
        });
        let mut any = false;
        for seen in met {
            any = true;
            count(seen);
        }
        if !any {
            *states.entry((fault.kind, None)).or_default() += 1;
        }
    }
}
