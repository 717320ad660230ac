//! Every order that was sent: what it belongs to, why, and what became of it.

use std::collections::{BTreeMap, BTreeSet};

use onetape_core::command::Place;
use onetape_core::decision::Reason;
use onetape_core::event::{Fill, OrderEvent, OrderEventKind, RejectReason};
use onetape_core::num::Qty;
use onetape_core::order::{Message, OrderId, OrderState, Step, step};

use crate::report::Outcomes;

/// One order.
#[derive(Clone, Debug)]
pub(super) struct OrderRecord {
    /// What was asked for.
    pub(super) place: Place,
    /// Reason of the decision that placed it.
    pub(super) reason: Reason,
    state: OrderState,
    filled: Qty,
    trades: BTreeSet<u64>,
    rejected: Option<RejectReason>,
}

/// All orders by id.
#[derive(Clone, Debug, Default)]
pub(super) struct Orders {
    records: BTreeMap<OrderId, OrderRecord>,
    /// Messages for orders that no folded decision placed.
    pub(super) strays: u64,
}

impl Orders {
    /// Enters an order as sent. False when its id is known, which no sound journal has.
    pub(super) fn enter(&mut self, place: &Place, reason: &Reason) -> bool {
        if self.records.contains_key(&place.order) {
            self.strays += 1;
            return false;
        }
        let record = OrderRecord {
            place: *place,
            reason: reason.clone(),
            state: OrderState::Sent,
            filled: Qty::ZERO,
            trades: BTreeSet::new(),
            rejected: None,
        };
        self.records.insert(place.order, record);
        true
    }

    /// Applies news of an order, and gives the order and the fill when there is a new one.
    pub(super) fn apply(&mut self, event: &OrderEvent) -> Option<(&OrderRecord, Fill)> {
        let Some(record) = self.records.get_mut(&event.order) else {
            self.strays += 1;
            return None;
        };
        let mut fresh = None;
        match &event.kind {
            OrderEventKind::Filled(fill) => {
                if !record.trades.insert(fill.trade_id) {
                    return None;
                }
                record.filled += fill.qty;
                fresh = Some(**fill);
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
        fresh.map(|fill| (&*record, fill))
    }

    /// Number of orders sent.
    pub(super) fn sent(&self) -> u64 {
        self.records.len() as u64
    }

    /// What became of them; each order counts once.
    pub(super) fn outcomes(&self) -> Outcomes {
        let mut outcomes = Outcomes {
            sent: self.sent(),
            ..Outcomes::default()
        };
        for record in self.records.values() {
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
        outcomes
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
