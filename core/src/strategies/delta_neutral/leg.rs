//! One side: how much of it is filled, and its order. At most one is alive at a time.

use super::amount::{Amount, Scale};
use super::price::Pricing;
use crate::event::{Fill, OrderEventKind, RejectReason};
use crate::instrument::Side;
use crate::names::InstrumentId;
use crate::num::{Money, Price, Qty};
use crate::order::OrderId;
use crate::time::{Span, Ts};

/// Where the side's order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// None is alive.
    Idle,
    /// On its way, no word yet.
    Sent,
    /// At the venue.
    Open,
    /// At the venue as far as known, a cancel is on its way.
    Cancelling,
    /// Nobody knows.
    Unknown,
}

crate::value!(
    enum Stage {
        Idle,
        Sent,
        Open,
        Cancelling,
        Unknown,
    }
);

/// What keeps a side from doing what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The risk gate let no order through.
    Refused,
    /// The venue took no order.
    Rejected,
}

crate::value!(
    enum Trouble {
        Refused,
        Rejected,
    }
);

/// How long to wait with what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    /// After a slice that could not be placed.
    pub(super) retry: Span,
    /// After a correction that did not take all of the lag.
    pub(super) rebalance: Span,
    /// So many corrections in a row that bring nothing make the next ones wait as long as slices do.
    pub(super) attempts: u8,
}

/// One side of the execution.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    pub(super) side: Side,
    pub(super) instrument: InstrumentId,
    pub(super) scale: Scale,
    pub(super) pricing: Pricing,
    /// Size of a slice.
    pub(super) slice: Amount,
    /// What is filled, with what was given.
    pub(super) filled: Amount,
    /// Own fills of this run: their quantity and what it was worth.
    pub(super) traded: Amount,
    pub(super) value: Money,
    stage: Stage,
    id: OrderId,
    price: Price,
    left: Qty,
    corrects: bool,
    /// Something of it traded.
    traded_some: bool,
    /// When the last order or cancel left.
    acted: Ts,
    /// No slice leaves, and none is taken back, before this.
    due: Ts,
    /// A timer is wanted for that moment: it is not the market that is waited for.
    timed: bool,
    /// No correction leaves before this: what keeps a slice waiting does not keep a lag waiting.
    correction_due: Ts,
    pub(super) trouble: Option<Trouble>,
    /// Corrections in a row that brought nothing.
    pub(super) attempts: u8,
    /// The most that one correction asks for: less after one that was too much for somebody.
    portion: Amount,
}

crate::state!(Leg {
    filled, traded, value, stage, id, price, left, corrects, traded_some, acted, due, timed, correction_due, trouble, attempts,
    portion,
} fixed { side, instrument, scale, pricing, slice });

impl Leg {
    pub(super) fn new(
        side: Side,
        instrument: InstrumentId,
        scale: Scale,
        pricing: Pricing,
        slice: Amount,
        filled: Amount,
    ) -> Self {
        Self {
            side,
            instrument,
            scale,
            pricing,
            slice,
            filled,
            traded: 0,
            value: Money::ZERO,
            stage: Stage::Idle,
            id: OrderId::default(),
            price: Price::new(0),
            left: Qty::ZERO,
            corrects: false,
            traded_some: false,
            acted: Ts::UNKNOWN,
            due: Ts::UNKNOWN,
            timed: false,
            correction_due: Ts::UNKNOWN,
            trouble: None,
            attempts: 0,
            portion: Amount::MAX,
        }
    }

    /// True for the order that is alive.
    pub(super) fn is(&self, order: OrderId) -> bool {
        self.id == order && self.stage != Stage::Idle
    }

    pub(super) fn is_idle(&self) -> bool {
        self.stage == Stage::Idle
    }

    /// Nobody knows what became of its order.
    pub(super) fn is_unknown(&self) -> bool {
        self.stage == Stage::Unknown
    }

    /// True when a slice may leave or be taken back.
    pub(super) fn is_due(&self, now: Ts) -> bool {
        now >= self.due
    }

    /// True when a correction may leave.
    pub(super) fn may_correct(&self, now: Ts) -> bool {
        now >= self.correction_due
    }

    /// When it may act again, while that is not yet, and whether a timer is wanted for it.
    pub(super) fn waits(&self, now: Ts) -> Option<(Ts, bool)> {
        let slice = (self.due, self.timed);
        let waits = [slice, (self.correction_due, true)].into_iter();
        waits.filter(|(due, _)| now < *due).min()
    }

    /// What its fills made, with what was given, signed.
    pub(super) const fn held(&self) -> Amount {
        match self.side {
            Side::Buy => self.filled,
            Side::Sell => -self.filled,
        }
    }

    /// The venue closed so much of what was filled.
    pub(super) const fn closed(&mut self, amount: Amount) {
        self.filled -= amount;
    }

    /// How much of a lag the next correction asks for, in whole lots.
    pub(super) fn portion_of(&self, lag: Amount, minimum: Amount) -> Qty {
        self.scale.floor(lag.min(self.portion.max(minimum)))
    }

    /// The sides are near each other: what was too much for one correction is forgotten.
    pub(super) const fn forget_portion(&mut self) {
        self.portion = Amount::MAX;
    }

    /// Its slice at the venue, to be taken back: nothing when none rests, or that must wait.
    pub(super) fn resting(&self, now: Ts) -> Option<(OrderId, Price, Qty)> {
        let rests = self.stage == Stage::Open && !self.corrects && self.is_due(now);
        rests.then_some((self.id, self.price, self.left))
    }

    /// The price at which something of it may still trade.
    pub(super) fn alive_at(&self) -> Option<Price> {
        (self.stage != Stage::Idle).then_some(self.price)
    }

    /// An order left.
    pub(super) const fn placed(
        &mut self,
        id: OrderId,
        price: Price,
        qty: Qty,
        corrects: bool,
        now: Ts,
    ) {
        (self.stage, self.id, self.price, self.left) = (Stage::Sent, id, price, qty);
        (self.corrects, self.traded_some, self.acted) = (corrects, false, now);
    }

    /// The gate let an order not through. A correction that it holds back for ever is one that people must hear of.
    pub(super) fn refused(&mut self, qty: Qty, corrects: bool, now: Ts, waits: Waits) {
        self.trouble = Some(Trouble::Refused);
        if !corrects {
            return self.wait(now + waits.retry);
        }
        self.portion = self.scale.of(qty) / 2;
        self.attempts = self.attempts.saturating_add(1);
        self.correction_due = now + self.between_corrections(waits);
    }

    /// A cancel left.
    pub(super) const fn cancelling(&mut self, now: Ts) {
        (self.stage, self.acted) = (Stage::Cancelling, now);
    }

    /// Something of an own order traded, of the one that is alive or of an earlier one.
    pub(super) fn fill(&mut self, fill: &Fill, value: Money) {
        let amount = self.scale.of(fill.qty);
        self.filled += amount;
        self.traded += amount;
        self.value += value;
        self.attempts = 0;
        self.trouble = None;
        self.portion = self.portion.saturating_add(amount);
    }

    /// News of its order. The quantity of a fill is counted by [`Leg::fill`].
    pub(super) fn news(&mut self, kind: &OrderEventKind, now: Ts, waits: Waits) {
        match kind {
            OrderEventKind::Accepted => {
                self.trouble = None;
                self.arrived();
            }
            OrderEventKind::Filled(fill) => {
                self.left -= fill.qty;
                self.traded_some = true;
                if self.left > Qty::ZERO {
                    self.arrived();
                } else {
                    self.stage = Stage::Idle;
                }
            }
            OrderEventKind::Cancelled if self.stage == Stage::Cancelling => {
                self.stage = Stage::Idle;
            }
            OrderEventKind::Expired if self.corrects => self.missed(now, waits),
            // The market moved while it was on its way: the next event shows where to.
            OrderEventKind::Rejected(RejectReason::WouldTake) => {
                (self.stage, self.due) = (Stage::Idle, self.acted + Span::from_nanos(1));
                self.timed = false;
            }
            OrderEventKind::Rejected(_) => {
                self.trouble = Some(Trouble::Rejected);
                self.missed(now, waits);
            }
            // Nobody here asked for it: asking for the same at once would only be answered the same.
            OrderEventKind::Cancelled | OrderEventKind::Expired | OrderEventKind::NotSent => {
                self.missed(now, waits);
            }
            OrderEventKind::Unknown => self.stage = Stage::Unknown,
            OrderEventKind::CancelRejected if self.stage == Stage::Cancelling => {
                self.stage = Stage::Open;
                self.wait(now + waits.rebalance);
            }
            // It never asks for a change.
            OrderEventKind::CancelRejected
            | OrderEventKind::Amended { .. }
            | OrderEventKind::AmendRejected(_) => {}
        }
    }

    /// The order ended without what it was for.
    fn missed(&mut self, now: Ts, waits: Waits) {
        self.stage = Stage::Idle;
        if !self.corrects {
            return self.wait(now + waits.retry);
        }
        if !self.traded_some {
            self.attempts = self.attempts.saturating_add(1);
        }
        self.correction_due = now + self.between_corrections(waits);
    }

    const fn between_corrections(&self, waits: Waits) -> Span {
        if self.attempts < waits.attempts {
            waits.rebalance
        } else {
            waits.retry
        }
    }

    /// The venue has it; a cancel that is on its way stays so.
    fn arrived(&mut self) {
        if matches!(self.stage, Stage::Sent | Stage::Unknown) {
            self.stage = Stage::Open;
        }
    }

    fn wait(&mut self, until: Ts) {
        (self.due, self.timed) = (until, true);
    }
}
