//! What was approved on the event that is being answered, as the tree counts it.

use alloc::vec::Vec;

use super::cells::Extra;
use super::gate::{Approved, Pending};
use super::worst::exposure;
use crate::names::{InstrumentId, TaskId};
use crate::order::Order;
use crate::risk::RiskView;

/// Messages that were approved on the same event.
pub(super) fn messages(view: &RiskView<'_>, pending: &Pending<'_>) -> Vec<(TaskId, InstrumentId)> {
    let placed = pending.placed.iter().map(Approved::get);
    let placed = placed.map(|place| (place.task, place.instrument));
    let changed = pending.amends.iter().filter_map(|amend| {
        let place = view.orders.get(amend.order)?.place;
        Some((place.task, place.instrument))
    });
    placed.chain(changed).collect()
}

/// What was approved on the same event adds to the cells, `amended` apart.
pub(super) fn pending_extras<'a>(
    amended: Option<&'a Order>,
    view: &'a RiskView<'_>,
    pending: &'a Pending<'_>,
) -> impl Iterator<Item = Extra> + 'a {
    let placed = pending.placed.iter().map(Approved::get).map(|place| Extra {
        task: place.task,
        instrument: place.instrument,
        side: place.side,
        qty: place.qty,
        orders: 1,
    });
    let amends = pending.amends.iter().enumerate();
    let changed = amends.filter_map(move |(at, amend)| {
        let earlier = &pending.amends[..at];
        let own = amended.is_some_and(|own| own.place.order == amend.order);
        if own || earlier.iter().any(|other| other.order == amend.order) {
            return None;
        }
        let order = view.orders.get(amend.order)?;
        Some(Extra {
            task: order.place.task,
            instrument: order.place.instrument,
            side: order.place.side,
            qty: exposure(order, pending) - order.exposure(),
            orders: 0,
        })
    });
    placed.chain(changed)
}
