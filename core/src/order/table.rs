//! Every order of a run, by id. Fills are applied once by trade id, whatever order messages come in.

use alloc::vec::Vec;

use super::OrderId;
use super::state::{Message, OrderState, Step, step};
use crate::command::Place;
use crate::event::{Fill, OrderEvent, OrderEventKind};
use crate::names::InstrumentId;
use crate::num::Qty;

/// An order as we know it.
#[derive(Clone, Debug)]
pub struct Order {
    /// What was asked for.
    pub place: Place,
    /// Where it stands.
    pub state: OrderState,
    /// How much of it traded.
    pub filled: Qty,
    /// Trade ids that were applied.
    trades: Vec<u64>,
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
        });
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
        let message = message_of(&event.kind, order.filled >= order.place.qty);
        let was_terminal = order.state.is_terminal();
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

fn message_of(kind: &OrderEventKind, complete: bool) -> Message {
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
    }
}
