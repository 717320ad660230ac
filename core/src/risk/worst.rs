//! The position that what is out may lead to.

use crate::command::{Amend, Place};
use crate::num::Qty;
use crate::order::{Order, OrderId};
use crate::risk::{Approved, Pending, RiskView};

/// The most that an order may still trade, with every change of it that was sent or just approved granted.
pub(super) fn exposure(order: &Order, pending: &Pending<'_>) -> Qty {
    let of_it = |amend: &&Amend| amend.order == order.place.order;
    let asked = pending.amends.iter().filter(of_it);
    asked
        .map(|amend| amend.qty - order.filled)
        .fold(order.exposure(), Qty::max)
}

/// The position with `own` of this order, which is new or the one that is `amended`, and every other open, unknown
/// and just approved one of its side filled. The table keeps the sum of what is open: only what was approved on the
/// same event is walked.
pub(super) fn worst_case(
    place: &Place,
    own: Qty,
    amended: Option<OrderId>,
    view: &RiskView<'_>,
    pending: &Pending<'_>,
) -> Qty {
    let same_way = |other: &Place| {
        other.instrument == place.instrument
            && other.side == place.side
            && Some(other.order) != amended
    };
    let mut open = view.orders.open(place.instrument, place.side);
    if let Some(order) = amended.and_then(|id| view.orders.get(id)) {
        open -= order.exposure();
    }
    for (at, amend) in pending.amends.iter().enumerate() {
        let earlier = &pending.amends[..at];
        if earlier.iter().any(|other| other.order == amend.order) {
            continue;
        }
        if let Some(order) = view.orders.get(amend.order)
            && !order.state.is_terminal()
            && same_way(&order.place)
        {
            open += exposure(order, pending) - order.exposure();
        }
    }
    let placed = pending.placed.iter().map(Approved::get);
    for other in placed.filter(|other| same_way(other)) {
        open += other.qty;
    }
    let held = view.positions[place.instrument.index()].qty;
    held + place.side.signed(own) + place.side.signed(open)
}
