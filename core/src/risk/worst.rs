//! The position that what is out may lead to.

use crate::command::{Amend, Place};
use crate::num::Qty;
use crate::order::{Order, OrderId};
use crate::planted::{Bug, planted};
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
    if planted(Bug::ForgetOpen) {
        open = Qty::ZERO;
    }
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

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;
    use alloc::vec;
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;
    use crate::command::{LegTag, TimeInForce};
    use crate::event::{OrderEvent, OrderEventKind};
    use crate::instrument::Side;
    use crate::ledger::Ledger;
    use crate::market::Market;
    use crate::names::{InstrumentId, Names, TaskId};
    use crate::num::{Money, Price};
    use crate::order::OrderTable;
    use crate::position::Position;
    use crate::time::Ts;

    /// Every alive order walked, as the words of [`worst_case`] have it.
    fn walked(
        place: &Place,
        own: Qty,
        amended: Option<OrderId>,
        view: &RiskView<'_>,
        pending: &Pending<'_>,
    ) -> Qty {
        let same_way = |other: &Place| {
            (other.instrument, other.side) == (place.instrument, place.side)
                && Some(other.order) != amended
        };
        let alive = view.orders.alive();
        let alive = alive
            .filter(|order| same_way(&order.place))
            .map(|order| exposure(order, pending));
        let placed = pending.placed.iter().map(Approved::get);
        let placed = placed
            .filter(|other| same_way(other))
            .map(|other| other.qty);
        let held = view.positions[place.instrument.index()].qty;
        alive
            .chain(placed)
            .fold(held + place.side.signed(own), |sum, qty| {
                sum + place.side.signed(qty)
            })
    }

    fn place(n: usize, instrument: u16, buys: bool, qty: i64) -> Place {
        Place {
            order: OrderId {
                epoch: 1,
                n: n as u32,
            },
            task: TaskId(0),
            instrument: InstrumentId(instrument),
            side: if buys { Side::Buy } else { Side::Sell },
            qty: Qty::new(qty),
            limit: Some(Price::new(100)),
            time_in_force: TimeInForce::GoodTillCancelled,
            reduce_only: false,
            tag: LegTag::default(),
        }
    }

    fn amend(n: usize, qty: i64) -> Amend {
        Amend {
            order: place(n, 0, true, 1).order,
            instrument: InstrumentId(0),
            qty: Qty::new(qty),
            limit: Price::new(100),
        }
    }

    proptest! {
        #[test]
        fn the_sums_of_the_table_are_what_a_walk_finds(
            orders in proptest::collection::vec((0u16..2, any::<bool>(), 1i64..50, 0u8..6), 1..12),
            sent in proptest::collection::vec((0usize..12, 1i64..80), 0..6),
            amends in proptest::collection::vec((0usize..14, 1i64..80), 0..6),
            new in (0u16..2, any::<bool>(), 1i64..50),
            amended in proptest::option::of(0usize..12),
            held in -60i64..60,
        ) {
            let mut table = OrderTable::new(1);
            for (n, &(instrument, buys, qty, end)) in orders.iter().enumerate() {
                let place = place(n, instrument, buys, qty);
                table.enter(place);
                let kind = if end == 0 { OrderEventKind::Cancelled } else { OrderEventKind::Accepted };
                table.apply(&OrderEvent { order: place.order, kind });
            }
            for (n, qty) in sent {
                table.amending(&amend(n, qty));
            }
            let names = Arc::new(Names::default());
            let market = Market::new(&[], &[]);
            let position = Position { qty: Qty::new(held), ..Position::default() };
            let positions: Vec<Position> = vec![position; 2];
            let ledger = Ledger::default();
            let view = RiskView {
                now: Ts::from_nanos(0),
                names: &names,
                market: &market,
                orders: &table,
                positions: &positions,
                ledger: &ledger,
                day_realised: Money::ZERO,
                day_opening_unrealised: Money::ZERO,
            };
            let pending = Pending {
                placed: &[],
                amends: amends.into_iter().map(|(n, qty)| amend(n, qty)).collect(),
                is_paid: false,
            };
            let amended = amended.filter(|&n| n < orders.len());
            let place = match amended {
                Some(n) => table.get(amend(n, 1).order).unwrap().place,
                None => place(orders.len(), new.0, new.1, new.2),
            };
            let amended = amended.map(|_| place.order);
            let own = Qty::new(new.2);
            prop_assert_eq!(
                worst_case(&place, own, amended, &view, &pending),
                walked(&place, own, amended, &view, &pending)
            );
        }
    }
}
