//! Every order of a run, by id. Fills are applied once by trade id, whatever order messages come in.

use alloc::vec::Vec;

use super::OrderId;
use super::state::{Message, OrderState, Step, step};
use crate::command::{Amend, Place};
use crate::event::{Fill, OrderEvent, OrderEventKind};
use crate::names::InstrumentId;
use crate::num::Qty;

/// An order as we know it.
#[derive(Clone, Debug)]
pub struct Order {
    /// What was asked for, with the last change that the venue told.
    pub place: Place,
    /// Where it stands.
    pub state: OrderState,
    /// How much of it traded.
    pub filled: Qty,
    /// Trade ids that were applied.
    trades: Vec<u64>,
    /// Changes that were sent and not answered, and the largest quantity that one of them asks for.
    amending: u32,
    asked: Qty,
}

impl Order {
    /// What may still trade: nothing once the order has ended.
    pub fn remaining(&self) -> Qty {
        if self.state.is_terminal() {
            Qty::ZERO
        } else {
            self.place.qty - self.filled
        }
    }

    /// The most that may still trade, with every change that is on its way granted.
    pub fn exposure(&self) -> Qty {
        if self.state.is_terminal() {
            Qty::ZERO
        } else {
            self.place.qty.max(self.asked) - self.filled
        }
    }

    /// Takes in what a message says of changes; what may trade follows from it.
    fn amended(&mut self, kind: &OrderEventKind) {
        match *kind {
            OrderEventKind::Amended { qty, limit } => {
                self.place.qty = qty;
                self.place.limit = Some(limit);
            }
            OrderEventKind::AmendRejected(_) => {}
            _ => return,
        }
        self.amending = self.amending.saturating_sub(1);
        if self.amending == 0 {
            self.asked = Qty::ZERO;
        }
    }
}

/// What an order message came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The fill, when there was a new one.
    pub fill: Option<Fill>,
    /// True when the order ended with this message.
    pub ended: bool,
}

/// The orders of one life of a process. Ids are dense, so the table is a list.
#[derive(Clone, Debug)]
pub struct OrderTable {
    epoch: u32,
    orders: Vec<Order>,
    /// Places in `orders` of those that have not ended, oldest first; one that came back to life stands last.
    alive: Vec<u32>,
    /// Messages that no row of the table expects, late fills, and messages for orders that we do not know.
    pub surprises: u64,
}

impl OrderTable {
    /// An empty table.
    pub fn new(epoch: u32) -> Self {
        Self {
            epoch,
            orders: Vec::new(),
            alive: Vec::new(),
            surprises: 0,
        }
    }

    /// Enters an approved order as sent. Ids are handed out in order and none is skipped, so an order's place is
    /// its id.
    pub fn enter(&mut self, place: Place) {
        assert_eq!(
            place.order.n as usize,
            self.orders.len(),
            "order ids are dense"
        );
        self.alive.push(self.orders.len() as u32);
        self.orders.push(Order {
            place,
            state: OrderState::Sent,
            filled: Qty::ZERO,
            trades: Vec::new(),
            amending: 0,
            asked: Qty::ZERO,
        });
    }

    /// Notes an approved change as sent. Until it is answered the order may trade as much as it asks for.
    pub fn amending(&mut self, amend: &Amend) {
        if let Some(at) = self.position(amend.order) {
            let order = &mut self.orders[at];
            order.amending += 1;
            order.asked = order.asked.max(amend.qty);
        }
    }

    fn position(&self, id: OrderId) -> Option<usize> {
        let at = id.n as usize;
        (id.epoch == self.epoch && at < self.orders.len()).then_some(at)
    }

    /// An order by id.
    pub fn get(&self, id: OrderId) -> Option<&Order> {
        self.position(id).map(|at| &self.orders[at])
    }

    /// Number of orders that were ever sent.
    pub fn len(&self) -> usize {
        self.orders.len()
    }

    /// True when none was ever sent.
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// The orders that have not ended, oldest first.
    pub fn alive(&self) -> impl Iterator<Item = &Order> {
        self.alive.iter().map(|&at| &self.orders[at as usize])
    }

    /// The alive orders of one instrument.
    pub fn alive_in(&self, instrument: InstrumentId) -> impl Iterator<Item = &Order> {
        self.alive()
            .filter(move |order| order.place.instrument == instrument)
    }

    /// Applies news of an order. `None` when the order is not ours to know.
    pub fn apply(&mut self, event: &OrderEvent) -> Option<Applied> {
        let Some(at) = self.position(event.order) else {
            self.surprises += 1;
            return None;
        };
        let order = &mut self.orders[at];
        if let OrderEventKind::Filled(fill) = &event.kind {
            if order.trades.contains(&fill.trade_id) {
                return Some(Applied {
                    fill: None,
                    ended: false,
                });
            }
            order.trades.push(fill.trade_id);
            order.filled += fill.qty;
        }
        order.amended(&event.kind);
        let was_terminal = order.state.is_terminal();
        // With a larger quantity asked for, the fill of the old one need not be the last.
        let is_complete = order.filled >= order.place.qty.max(order.asked);
        let message = message_of(&event.kind, is_complete, was_terminal);
        match step(order.state, message) {
            Step::To(state) => order.state = state,
            Step::Stay => {}
            Step::LateFill | Step::Contradiction => self.surprises += 1,
        }
        let is_terminal = order.state.is_terminal();
        if is_terminal != was_terminal {
            if is_terminal {
                self.alive.retain(|&alive| alive as usize != at);
            } else {
                self.alive.push(at as u32);
            }
        }
        let fill = match &event.kind {
            OrderEventKind::Filled(fill) => Some(**fill),
            _ => None,
        };
        Some(Applied {
            fill,
            ended: is_terminal && !was_terminal,
        })
    }
}

fn message_of(kind: &OrderEventKind, complete: bool, ended: bool) -> Message {
    match kind {
        OrderEventKind::Accepted => Message::Accepted,
        OrderEventKind::Rejected(_) => Message::Rejected,
        OrderEventKind::Filled(_) if complete => Message::LastFill,
        OrderEventKind::Filled(_) => Message::PartFill,
        OrderEventKind::Cancelled => Message::Cancelled,
        OrderEventKind::Expired => Message::Expired,
        OrderEventKind::Unknown => Message::Unknown,
        OrderEventKind::CancelRejected => Message::CancelRejected,
        OrderEventKind::NotSent => Message::NotSent,
        // The fills of all that it is for came before the word of the change.
        OrderEventKind::Amended { .. } | OrderEventKind::AmendRejected(_) if complete && !ended => {
            Message::LastFill
        }
        OrderEventKind::Amended { .. } => Message::Amended,
        OrderEventKind::AmendRejected(_) => Message::AmendRejected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{LegTag, TimeInForce};
    use crate::event::{Fee, RejectReason};
    use crate::instrument::Side;
    use crate::names::{AssetId, TaskId};
    use crate::num::{Money, Price};

    const ID: OrderId = OrderId { epoch: 1, n: 0 };

    fn ten() -> OrderTable {
        let mut table = OrderTable::new(1);
        table.enter(Place {
            order: ID,
            task: TaskId(0),
            instrument: InstrumentId(0),
            side: Side::Buy,
            qty: Qty::new(10),
            limit: Some(Price::new(100)),
            time_in_force: TimeInForce::GoodTillCancelled,
            reduce_only: false,
            tag: LegTag::default(),
        });
        table
    }

    fn tell(table: &mut OrderTable, kind: OrderEventKind) -> OrderState {
        table.apply(&OrderEvent { order: ID, kind });
        table.get(ID).unwrap().state
    }

    fn fill(trade_id: u64, qty: i64) -> OrderEventKind {
        OrderEventKind::Filled(alloc::boxed::Box::new(Fill {
            trade_id,
            price: Price::new(100),
            qty: Qty::new(qty),
            fee: Fee {
                asset: AssetId(0),
                amount: Money::ZERO,
                value: Money::ZERO,
            },
            maker: true,
        }))
    }

    fn amended(qty: i64) -> OrderEventKind {
        OrderEventKind::Amended {
            qty: Qty::new(qty),
            limit: Price::new(101),
        }
    }

    fn ask(table: &mut OrderTable, qty: i64) {
        table.amending(&Amend {
            order: ID,
            instrument: InstrumentId(0),
            qty: Qty::new(qty),
            limit: Price::new(101),
        });
    }

    #[test]
    fn a_change_moves_what_is_left() {
        let mut table = ten();
        tell(&mut table, fill(1, 4));
        assert_eq!(tell(&mut table, amended(6)), OrderState::PartiallyFilled);
        let order = table.get(ID).unwrap();
        assert_eq!(order.remaining(), Qty::new(2));
        assert_eq!(order.place.limit, Some(Price::new(101)));
        assert_eq!(tell(&mut table, fill(2, 2)), OrderState::Filled);
        assert_eq!((table.alive().count(), table.surprises), (0, 0));
    }

    #[test]
    fn fills_that_overtake_the_word_of_a_change_end_the_order_with_it() {
        // Down to 5: the fills of 5 come first.
        let mut table = ten();
        ask(&mut table, 5);
        assert_eq!(tell(&mut table, fill(1, 5)), OrderState::PartiallyFilled);
        assert_eq!(tell(&mut table, amended(5)), OrderState::Filled);
        // Up to 20: 10 and then 10 more; the first 10 end nothing while the change is on its way.
        let mut table = ten();
        ask(&mut table, 20);
        assert_eq!(tell(&mut table, fill(1, 10)), OrderState::PartiallyFilled);
        assert_eq!(table.get(ID).unwrap().exposure(), Qty::new(10));
        assert_eq!(tell(&mut table, amended(20)), OrderState::PartiallyFilled);
        assert_eq!(tell(&mut table, fill(2, 10)), OrderState::Filled);
        // The same, but the venue had nothing left to change.
        let mut table = ten();
        ask(&mut table, 20);
        tell(&mut table, fill(1, 10));
        let refused = OrderEventKind::AmendRejected(RejectReason::NotResting);
        assert_eq!(tell(&mut table, refused), OrderState::Filled);
        // Word that comes after the end is none of a fill.
        assert_eq!(tell(&mut table, amended(10)), OrderState::Filled);
        assert_eq!((table.alive().count(), table.surprises), (0, 0));
    }
}
