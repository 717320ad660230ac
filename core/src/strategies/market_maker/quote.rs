//! One side's quote: at most one order is alive at a time, and a cancel is not sent twice.

use crate::event::{OrderEventKind, RejectReason};
use crate::num::{Price, Qty};
use crate::order::OrderId;
use crate::time::Ts;

/// Where the side's order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// None is alive.
    Idle,
    /// At the venue.
    Open,
    /// On its way, no word yet.
    Sent,
    /// At the venue as far as known, a cancel is on its way.
    Cancelling,
    /// Nobody knows.
    Unknown,
}

crate::value!(
    enum Stage {
        Idle,
        Open,
        Sent,
        Cancelling,
        Unknown,
    }
);

/// Where a side would be left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stays {
    /// With a wanted price from one to the other.
    At { from: i64, to: i64 },
    /// Whatever is wanted: it waits.
    Anywhere,
    /// There is something to do.
    Nowhere,
}

/// What a side should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Nothing, or wait for an answer.
    Nothing,
    /// Take this order back.
    Cancel(OrderId),
    /// Rest an order at this price.
    Place(Price),
}

/// One side.
#[derive(Clone, Copy, Debug)]
pub(super) struct SideQuote {
    stage: Stage,
    id: OrderId,
    price: Price,
    left: Qty,
    /// When the last order or cancel left.
    acted: Ts,
    /// Nothing leaves at this time or before: what was refused at once is not asked for again in the same moment,
    /// which without latency would go round for ever.
    until: Ts,
    /// A price that the venue rejected for a reason that asking again does not mend.
    rejected: Option<Price>,
}

crate::value!(struct SideQuote { stage, id, price, left, acted, until, rejected });

impl SideQuote {
    pub(super) const IDLE: Self = Self {
        stage: Stage::Idle,
        id: OrderId { epoch: 0, n: 0 },
        price: Price::new(0),
        left: Qty::ZERO,
        acted: Ts::UNKNOWN,
        until: Ts::UNKNOWN,
        rejected: None,
    };

    /// True for the order that is alive.
    pub(super) fn is(&self, order: OrderId) -> bool {
        self.id == order && self.stage != Stage::Idle
    }

    /// Nobody knows what became of its order.
    pub(super) fn is_unknown(&self) -> bool {
        self.stage == Stage::Unknown
    }

    /// The venue rejected its last price and it waits.
    pub(super) const fn is_rejected(&self) -> bool {
        self.rejected.is_some()
    }

    /// The time up to which nothing leaves, while that is not over.
    pub(super) fn waits_until(&self, now: Ts) -> Option<Ts> {
        (self.until >= now).then_some(self.until)
    }

    /// Forgets what was rejected: something changed that may mend it.
    pub(super) const fn forgive(&mut self) {
        self.rejected = None;
    }

    /// True when there is nothing to do about a wanted price; `None` wants no quote.
    pub(super) fn rests(&self, wanted: Option<Price>, tolerance: i64) -> bool {
        match (self.stays(wanted.is_some(), tolerance), wanted) {
            (Stays::At { from, to }, Some(price)) => {
                from <= price.mantissa() && price.mantissa() <= to
            }
            (stays, _) => stays == Stays::Anywhere,
        }
    }

    /// The wanted prices at which there is nothing to do, while a quote is wanted at all or not.
    pub(super) const fn stays(&self, wanted: bool, tolerance: i64) -> Stays {
        match self.stage {
            Stage::Open if wanted => Stays::At {
                from: self.price.mantissa().saturating_sub(tolerance),
                to: self.price.mantissa().saturating_add(tolerance),
            },
            Stage::Idle if !wanted => Stays::Anywhere,
            Stage::Open | Stage::Idle => Stays::Nowhere,
            Stage::Sent | Stage::Cancelling | Stage::Unknown => Stays::Anywhere,
        }
    }

    #[inline]
    const fn is_near(&self, price: Price, tolerance: i64) -> bool {
        self.price.mantissa().abs_diff(price.mantissa()) <= tolerance.unsigned_abs()
    }

    /// What to do about a wanted price; `None` wants no quote. One that rests up to `tolerance` away stays.
    pub(super) fn act(&self, wanted: Option<Price>, tolerance: i64, now: Ts) -> Act {
        match self.stage {
            Stage::Open => {
                let stays = wanted.is_some_and(|price| self.is_near(price, tolerance));
                if stays || now <= self.until {
                    Act::Nothing
                } else {
                    Act::Cancel(self.id)
                }
            }
            Stage::Idle => match wanted {
                Some(price) if now > self.until && self.rejected != Some(price) => {
                    Act::Place(price)
                }
                _ => Act::Nothing,
            },
            Stage::Sent | Stage::Cancelling | Stage::Unknown => Act::Nothing,
        }
    }

    /// An order left.
    pub(super) fn placed(&mut self, id: OrderId, price: Price, qty: Qty, now: Ts) {
        *self = Self {
            stage: Stage::Sent,
            id,
            price,
            left: qty,
            acted: now,
            until: Ts::UNKNOWN,
            rejected: None,
        };
    }

    /// A cancel left.
    pub(super) fn cancelling(&mut self, now: Ts) {
        (self.stage, self.acted) = (Stage::Cancelling, now);
    }

    /// News of its order.
    pub(super) fn news(&mut self, kind: &OrderEventKind) {
        match kind {
            OrderEventKind::Accepted => self.arrived(),
            OrderEventKind::Filled(fill) => {
                self.left -= fill.qty;
                if self.left > Qty::ZERO {
                    self.arrived();
                } else {
                    self.stage = Stage::Idle;
                }
            }
            OrderEventKind::Cancelled | OrderEventKind::NotSent => self.stage = Stage::Idle,
            OrderEventKind::Expired | OrderEventKind::Rejected(RejectReason::WouldTake) => {
                (self.stage, self.until) = (Stage::Idle, self.acted);
            }
            OrderEventKind::Rejected(_) => {
                (self.stage, self.until) = (Stage::Idle, self.acted);
                self.rejected = Some(self.price);
            }
            OrderEventKind::Unknown => self.stage = Stage::Unknown,
            OrderEventKind::CancelRejected if self.stage == Stage::Cancelling => {
                (self.stage, self.until) = (Stage::Open, self.acted);
            }
            // It never asks for a change.
            OrderEventKind::CancelRejected
            | OrderEventKind::Amended { .. }
            | OrderEventKind::AmendRejected(_) => {}
        }
    }

    /// The venue has it; a cancel that is on its way stays so.
    fn arrived(&mut self) {
        if matches!(self.stage, Stage::Sent | Stage::Unknown) {
            self.stage = Stage::Open;
        }
    }
}
