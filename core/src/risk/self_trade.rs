//! Own orders must not trade with each other.

use super::gate::{Approved, Pending};
use super::limits::SelfTradeRule;
use crate::command::{Place, TimeInForce};
use crate::instrument::Side;
use crate::num::{Price, Qty};
use crate::risk::RiskView;

/// True when an order could trade with one of the run's own that is alive or was just approved. Two orders that never
/// rest cannot meet.
pub(super) fn meets_own(
    place: &Place,
    rule: SelfTradeRule,
    view: &RiskView<'_>,
    pending: &Pending<'_>,
) -> bool {
    let other_side = place.side.opposite();
    let meets = |other: &Place, limit: Option<Price>| {
        (other.instrument, other.side) == (place.instrument, other_side)
            && (rule == SelfTradeRule::Always || other.task != place.task)
            && (can_rest(place) || can_rest(other))
            && crosses(place, limit)
    };
    let mut placed = pending.placed.iter().map(Approved::get);
    if placed.any(|other| meets(other, other.limit)) {
        return true;
    }
    let changed = |amend: &crate::command::Amend| {
        let order = view.orders.get(amend.order);
        order.is_some_and(|order| {
            !order.state.is_terminal() && meets(&order.place, Some(amend.limit))
        })
    };
    if pending.amends.iter().any(changed) {
        return true;
    }
    if view.orders.open(place.instrument, other_side) == Qty::ZERO {
        return false;
    }
    let mut alive = view.orders.alive_in(place.instrument);
    alive.any(|order| meets(&order.place, order.place.limit))
}

const fn can_rest(place: &Place) -> bool {
    matches!(
        place.time_in_force,
        TimeInForce::GoodTillCancelled | TimeInForce::PostOnly
    )
}

/// True when an order reaches the price of one of the other side; an order without a price reaches all.
fn crosses(place: &Place, other: Option<Price>) -> bool {
    match (place.limit, other) {
        (Some(own), Some(other)) => match place.side {
            Side::Buy => own >= other,
            Side::Sell => own <= other,
        },
        _ => true,
    }
}
