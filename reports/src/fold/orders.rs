//! The orders that were sent: what they belong to, why, and what became of them. Those that are alive are kept
//! with the last that ended; of older ones only the count of what became of them.

use onetape_core::command::Place;
use onetape_core::event::{Fill, OrderEvent, OrderEventKind, RejectReason};
use onetape_core::num::Qty;
use onetape_core::order::{Kept, Message, OrderId, OrderState, Step, TradeIds, step};

use super::detail::Seen;
use super::reasons::Code;
use crate::report::Outcomes;

/// One order.
#[derive(Clone, Debug)]
struct OrderRecord {
    /// What was asked for.
    place: Place,
    /// Reason of the decision that placed it.
    reason: Code,
    state: OrderState,
    filled: Qty,
    trades: TradeIds,
    rejected: Option<RejectReason>,
    /// Of a full report alone.
    seen: Seen,
}

/// A new fill with its order and the reason of it.
pub(crate) struct OrderFill {
    pub(crate) place: Place,
    pub(crate) reason: Code,
    pub(crate) fill: Fill,
    pub(super) seen: Seen,
    /// The order had none before.
    pub(super) is_first: bool,
}

/// All orders by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Orders {
    records: Kept<OrderRecord>,
    sent: u64,
    /// What became of those that are not kept any more, and the largest id among them.
    dropped: Outcomes,
    last_dropped: Option<OrderId>,
    /// Messages for orders that no folded decision placed, or that ended long ago.
    pub(crate) strays: u64,
}

impl Orders {
    /// Enters an order as sent. False when its id is known, which no sound journal has; ids go up, so one at or
    /// below that of an order that is not kept any more was used before.
    pub(super) fn enter(&mut self, place: &Place, reason: Code, seen: Seen) -> bool {
        let id = place.order;
        if self.last_dropped >= Some(id) || self.records.find(id).is_some() {
            self.strays += 1;
            return false;
        }
        let record = OrderRecord {
            place: *place,
            reason,
            state: OrderState::Sent,
            filled: Qty::ZERO,
            trades: TradeIds::None,
            rejected: None,
            seen,
        };
        self.records.enter(id, record);
        self.sent += 1;
        true
    }

    /// What was seen of an order that is kept, to add to.
    pub(super) fn seen(&mut self, id: OrderId) -> Option<(Place, &mut Seen)> {
        let at = self.records.find(id)?;
        let record = self.records.item_mut(at);
        Some((record.place, &mut record.seen))
    }

    /// Enters an order of which nobody asks what was seen.
    pub(crate) fn enter_unseen(&mut self, place: &Place, reason: Code) -> bool {
        self.enter(place, reason, Seen::default())
    }

    /// Applies news of an order, and gives the fill when there is a new one.
    pub(crate) fn apply(&mut self, event: &OrderEvent) -> Option<OrderFill> {
        let Some(at) = self.records.find(event.order) else {
            self.strays += 1;
            return None;
        };
        let record = self.records.item_mut(at);
        let was_terminal = record.state.is_terminal();
        let mut fresh = None;
        match &event.kind {
            OrderEventKind::Filled(fill) => {
                if !record.trades.insert(fill.trade_id) {
                    return None;
                }
                let is_first = record.filled.is_zero();
                record.filled += fill.qty;
                fresh = Some(OrderFill {
                    place: record.place,
                    reason: record.reason,
                    fill: **fill,
                    seen: record.seen,
                    is_first,
                });
            }
            OrderEventKind::Rejected(reason) => record.rejected = Some(*reason),
            OrderEventKind::Amended { qty, limit } => {
                record.place.qty = *qty;
                record.place.limit = Some(*limit);
            }
            _ => {}
        }
        if let Step::To(state) = step(record.state, message(&event.kind, record)) {
            record.state = state;
        }
        match (was_terminal, record.state.is_terminal()) {
            (false, true) => {
                if let Some(old) = self.records.end(at) {
                    tally(&mut self.dropped, old);
                    self.last_dropped = self.last_dropped.max(Some(old.place.order));
                }
            }
            (true, false) => self.records.revive(at),
            _ => {}
        }
        fresh
    }

    /// Number of orders sent.
    pub(crate) const fn sent(&self) -> u64 {
        self.sent
    }

    /// What became of them; each order counts once.
    pub(crate) fn outcomes(&self) -> Outcomes {
        let mut outcomes = self.dropped.clone();
        outcomes.sent = self.sent;
        for record in self.records.ended().chain(self.records.alive()) {
            tally(&mut outcomes, record);
        }
        outcomes
    }
}

/// Counts what became of an order.
fn tally(outcomes: &mut Outcomes, record: &OrderRecord) {
    let part = record.filled > Qty::ZERO;
    match record.state {
        OrderState::Filled => outcomes.filled += 1,
        _ if record.filled >= record.place.qty => outcomes.filled += 1,
        _ if part => outcomes.partially_filled += 1,
        OrderState::Expired => outcomes.expired += 1,
        OrderState::Cancelled => outcomes.cancelled += 1,
        OrderState::Rejected => outcomes.reject(record.rejected),
        OrderState::NotSent => outcomes.not_sent += 1,
        OrderState::Unknown => outcomes.unknown += 1,
        _ => outcomes.working += 1,
    }
}

fn message(kind: &OrderEventKind, record: &OrderRecord) -> Message {
    match kind {
        OrderEventKind::Accepted => Message::Accepted,
        OrderEventKind::Rejected(_) => Message::Rejected,
        OrderEventKind::Filled(_) if record.filled >= record.place.qty => Message::LastFill,
        OrderEventKind::Filled(_) => Message::PartFill,
        OrderEventKind::Cancelled => Message::Cancelled,
        OrderEventKind::Expired => Message::Expired,
        OrderEventKind::Unknown => Message::Unknown,
        OrderEventKind::CancelRejected => Message::CancelRejected,
        OrderEventKind::NotSent => Message::NotSent,
        // The fills of all that it is for came before the word of the change.
        OrderEventKind::Amended { .. }
            if record.filled >= record.place.qty && !record.state.is_terminal() =>
        {
            Message::LastFill
        }
        OrderEventKind::Amended { .. } => Message::Amended,
        OrderEventKind::AmendRejected(_) => Message::AmendRejected,
    }
}

#[cfg(test)]
mod tests {
    use super::super::reasons::Reasons;
    use super::*;
    use onetape_core::command::{LegTag, TimeInForce};
    use onetape_core::decision::Reason;
    use onetape_core::event::Fee;
    use onetape_core::instrument::Side;
    use onetape_core::names::{AssetId, InstrumentId, TaskId};
    use onetape_core::num::{Money, Price};
    use proptest::prelude::*;

    fn keeping(ended: usize) -> Orders {
        Orders {
            records: Kept::new(ended),
            ..Orders::default()
        }
    }

    fn place(n: u32, qty: i64) -> Place {
        Place {
            order: OrderId { epoch: 1, n },
            task: TaskId(0),
            instrument: InstrumentId(0),
            side: Side::Buy,
            qty: Qty::new(qty),
            limit: Some(Price::new(100)),
            time_in_force: TimeInForce::GoodTillCancelled,
            reduce_only: false,
            tag: LegTag::default(),
        }
    }

    fn kind(draw: u8, trade_id: u64, qty: i64) -> OrderEventKind {
        let fill = Fill {
            trade_id,
            price: Price::new(100),
            qty: Qty::new(qty),
            fee: Fee {
                asset: AssetId(0),
                amount: Money::ZERO,
                value: Money::ZERO,
            },
            maker: true,
        };
        match draw {
            0 => OrderEventKind::Accepted,
            1 => OrderEventKind::Cancelled,
            2 => OrderEventKind::Expired,
            3 => OrderEventKind::Rejected(RejectReason::WouldTake),
            4 => OrderEventKind::Unknown,
            5 => OrderEventKind::NotSent,
            6 => OrderEventKind::Amended {
                qty: Qty::new(qty),
                limit: Price::new(99),
            },
            _ => OrderEventKind::Filled(Box::new(fill)),
        }
    }

    proptest! {
        // Word comes for orders that are kept: the same count as with all of them kept.
        #[test]
        fn what_became_of_orders_does_not_depend_on_how_many_are_kept(
            steps in prop::collection::vec((0u8..16, 0u32..8, 1u64..6, 1i64..12), 1..200),
        ) {
            let code = Reasons::default().count(&Reason::new("entry_edge"));
            let (mut few, mut all) = (keeping(2), keeping(usize::MAX));
            let mut entered = 0;
            for (draw, back, trade, qty) in steps {
                if draw > 11 {
                    prop_assert!(few.enter(&place(entered, qty), code, Seen::default()));
                    prop_assert!(all.enter(&place(entered, qty), code, Seen::default()));
                    entered += 1;
                }
                let order = OrderId { epoch: 1, n: entered.saturating_sub(back) };
                if few.records.find(order).is_some() {
                    let news = OrderEvent { order, kind: kind(draw, trade, qty) };
                    let fill = |orders: &mut Orders| orders.apply(&news).map(|new| new.fill);
                    prop_assert_eq!(fill(&mut few), fill(&mut all));
                }
                prop_assert_eq!(few.outcomes(), all.outcomes());
            }
            prop_assert_eq!((few.strays, all.strays), (0, 0));
        }
    }

    #[test]
    fn word_of_an_order_that_ended_long_ago_is_a_stray() {
        let code = Reasons::default().count(&Reason::new("entry_edge"));
        let mut orders = keeping(1);
        for n in 0..2 {
            orders.enter(&place(n, 10), code, Seen::default());
            let order = OrderId { epoch: 1, n };
            let kind = kind(1, 1, 1);
            assert!(orders.apply(&OrderEvent { order, kind }).is_none());
        }
        for (n, strays) in [(1, 0), (0, 1)] {
            let order = OrderId { epoch: 1, n };
            let kind = kind(7, 1, 4);
            let fill = orders.apply(&OrderEvent { order, kind });
            assert_eq!((fill.is_some(), orders.strays), (n == 1, strays));
        }
        assert!(!orders.enter(&place(0, 10), code, Seen::default()));
        let outcomes = orders.outcomes();
        assert_eq!(
            (outcomes.sent, outcomes.cancelled, outcomes.partially_filled),
            (2, 1, 1)
        );
        assert_eq!(orders.strays, 2);
    }
}
