//! The orders of a run, by id. Fills are applied once by trade id, whatever order messages come in.

use alloc::vec::Vec;

use super::OrderId;
use super::kept::Kept;
use super::state::{Message, OrderState, Step, step};
use super::trades::TradeIds;
use crate::command::{Amend, Place};
use crate::event::{Fill, OrderEvent, OrderEventKind};
use crate::instrument::Side;
use crate::names::InstrumentId;
use crate::num::Qty;
use crate::planted::{Bug, planted};

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
    trades: TradeIds,
    /// Changes that were sent and not answered, and the largest quantity that one of them asks for.
    amending: u32,
    asked: Qty,
}

crate::value!(struct Order { place, state, filled, trades, amending, asked });

impl Order {
    /// What may still trade: nothing once the order has ended.
    pub fn remaining(&self) -> Qty {
        if self.state.is_terminal() {
            Qty::ZERO
        } else {
            self.place.qty - self.filled
        }
    }

    /// Ids of the trades that were applied.
    pub const fn trades(&self) -> &TradeIds {
        &self.trades
    }

    /// The most that may still trade, with every change that is on its way granted.
    pub fn exposure(&self) -> Qty {
        let is_forgotten = self.state == OrderState::Unknown && planted(Bug::ForgetUnknown);
        if self.state.is_terminal() || is_forgotten {
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
pub struct Applied<'a> {
    /// The message's fill, when that is a new one.
    pub fill: Option<&'a Fill>,
    /// True when the order ended with this message.
    pub ended: bool,
}

/// The orders of one life of a process: those that are alive, and the last [`ENDED_KEPT`] that ended. One that ended
/// longer ago is dropped: nothing is known of it any more, and news of it is a surprise. An order that nobody knows
/// the state of is alive, so none is dropped while something may still come of it.
///
/// [`ENDED_KEPT`]: super::ENDED_KEPT
#[derive(Clone, Debug)]
pub struct OrderTable {
    epoch: u32,
    /// Number of orders that were entered in this life of the process, and in those before.
    entered: usize,
    earlier: usize,
    kept: Kept<Order>,
    /// By instrument and side: the sum of what alive orders may still trade, with every change granted. Wider than a
    /// quantity, so that what was added can always be taken off again.
    open: Vec<[i128; 2]>,
    /// Messages that no row of the table expects, late fills, and messages for orders that we do not know.
    pub surprises: u64,
}

crate::value!(struct OrderTable { epoch, entered, earlier, kept, open, surprises });

impl OrderTable {
    /// An empty table.
    pub fn new(epoch: u32) -> Self {
        Self::keeping(epoch, super::ENDED_KEPT)
    }

    /// An empty table that keeps so many orders that ended.
    pub(super) fn keeping(epoch: u32, ended: usize) -> Self {
        Self {
            epoch,
            entered: 0,
            earlier: 0,
            kept: Kept::new(ended),
            open: Vec::new(),
            surprises: 0,
        }
    }

    /// Enters orders of another life of the process from here on; those before stay. False when it is the same life.
    pub fn begin_life(&mut self, epoch: u32) -> bool {
        let other = self.epoch != epoch;
        if other {
            self.epoch = epoch;
            self.earlier += core::mem::take(&mut self.entered);
        }
        other
    }

    /// Enters an approved order as sent. Ids are handed out in order and none is skipped, so an order's place is
    /// its id.
    pub fn enter(&mut self, place: Place) {
        assert_eq!(place.order.n as usize, self.entered, "order ids are dense");
        let id = OrderId {
            epoch: self.epoch,
            n: place.order.n,
        };
        self.entered += 1;
        let at = place.instrument.index();
        if at >= self.open.len() {
            self.open.resize(at + 1, [0; 2]);
        }
        self.open[at][place.side as usize] += i128::from(place.qty.mantissa());
        let order = Order {
            place,
            state: OrderState::Sent,
            filled: Qty::ZERO,
            trades: TradeIds::None,
            amending: 0,
            asked: Qty::ZERO,
        };
        self.kept.enter(id, order);
    }

    /// Notes an approved change as sent. Until it is answered the order may trade as much as it asks for.
    pub fn amending(&mut self, amend: &Amend) {
        if let Some(at) = self.kept.find(amend.order) {
            let order = self.kept.item_mut(at);
            let before = order.exposure();
            order.amending += 1;
            order.asked = order.asked.max(amend.qty);
            book(&mut self.open, order, before);
        }
    }

    /// An order by id. One that ended long ago is not known any more.
    pub fn get(&self, id: OrderId) -> Option<&Order> {
        self.kept.find(id).map(|at| self.kept.item(at))
    }

    /// Number of orders that were ever sent.
    pub fn len(&self) -> usize {
        self.earlier + self.entered
    }

    /// True when none was ever sent.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The orders that have not ended, oldest first.
    pub fn alive(&self) -> impl Iterator<Item = &Order> {
        self.kept.alive()
    }

    /// Number of orders that have not ended.
    pub const fn alive_count(&self) -> usize {
        self.kept.alive_count()
    }

    /// What the alive orders of one instrument and side may still trade together, each with every change that is
    /// on its way granted.
    pub fn open(&self, instrument: InstrumentId, side: Side) -> Qty {
        let sum = self.open.get(instrument.index());
        let sum = sum.map_or(0, |sides| sides[side as usize]);
        let most = i128::from(i64::MAX);
        Qty::new(sum.clamp(-most, most) as i64)
    }

    /// The alive orders of one instrument.
    pub fn alive_in(&self, instrument: InstrumentId) -> impl Iterator<Item = &Order> {
        self.alive()
            .filter(move |order| order.place.instrument == instrument)
    }

    /// Applies news of an order. `None` when the order is not ours to know.
    pub fn apply<'a>(&mut self, event: &'a OrderEvent) -> Option<Applied<'a>> {
        let Some(at) = self.kept.find(event.order) else {
            self.surprises += 1;
            return None;
        };
        let order = self.kept.item_mut(at);
        let before = order.exposure();
        if let OrderEventKind::Filled(fill) = &event.kind {
            let is_late = order.state.is_terminal() && planted(Bug::DropLateFill);
            let is_new = order.trades.insert(fill.trade_id) || planted(Bug::FillTwice);
            if !is_new || is_late {
                return Some(Applied {
                    fill: None,
                    ended: false,
                });
            }
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
        book(&mut self.open, order, before);
        let is_terminal = order.state.is_terminal();
        match (was_terminal, is_terminal) {
            (false, true) => _ = self.kept.end(at),
            (true, false) => self.kept.revive(at),
            _ => {}
        }
        let fill = match &event.kind {
            OrderEventKind::Filled(fill) => Some(&**fill),
            _ => None,
        };
        Some(Applied {
            fill,
            ended: is_terminal && !was_terminal,
        })
    }
}

/// Books what an order may trade now instead of what it could `before`.
fn book(open: &mut [[i128; 2]], order: &Order, before: Qty) {
    let after = order.exposure();
    if after != before {
        let change = i128::from(after.mantissa()) - i128::from(before.mantissa());
        open[order.place.instrument.index()][order.place.side as usize] += change;
    }
}

pub(super) fn message_of(kind: &OrderEventKind, complete: bool, ended: bool) -> Message {
    match kind {
        OrderEventKind::Accepted => Message::Accepted,
        OrderEventKind::Rejected(_) => Message::Rejected,
        OrderEventKind::Filled(_) if complete => Message::LastFill,
        OrderEventKind::Filled(_) => Message::PartFill,
        OrderEventKind::Cancelled => Message::Cancelled,
        OrderEventKind::Expired => Message::Expired,
        OrderEventKind::Unknown if planted(Bug::TimeoutIsReject) => Message::Rejected,
        OrderEventKind::Unknown => Message::Unknown,
        OrderEventKind::CancelRejected if planted(Bug::CancelRefusedIsEnd) => Message::Cancelled,
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
