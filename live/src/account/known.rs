//! What a run knows of its orders when it begins or goes on, and what came of holding that against the venues.

use onetape_core::command::Place;
use onetape_core::names::{InstrumentId, VenueId};
use onetape_core::num::Qty;
use onetape_core::order::{Order, OrderId, OrderState, TradeIds};
use onetape_core::position::Position;
use onetape_core::time::Ts;

/// What the journal says: empty for a run that begins.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Orders that are alive, and of those that ended the last ones, for word that comes late.
    pub orders: Vec<KnownOrder>,
    /// What is held of each instrument.
    pub positions: Vec<(InstrumentId, Position)>,
    /// When the journal ends: what venues said since then was missed. [`Ts::UNKNOWN`] for a run that begins.
    pub until: Ts,
}

/// One order as the journal has it.
#[derive(Clone, Debug)]
pub struct KnownOrder {
    /// What was asked for, as changed since.
    pub place: Place,
    /// Where it stands.
    pub state: OrderState,
    /// What traded of it.
    pub filled: Qty,
    /// In which trades.
    pub trades: TradeIds,
}

impl KnownOrder {
    /// From core's table.
    pub fn of(order: &Order) -> Self {
        Self {
            place: order.place,
            state: order.state,
            filled: order.filled,
            trades: order.trades().clone(),
        }
    }
}

/// What came of it. Every difference went through the queue as events before this is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Orders of ours that venues tell and the journal does not know. Those at rest were cancelled.
    pub orphans: Vec<Orphan>,
    /// Orders that are unknown still: they are asked about until the venue's evidence decides.
    pub unknown: Vec<OrderId>,
    /// Positions that are not what ours and the venue's trades make them.
    pub positions: Vec<PositionGap>,
    /// Number of events that were pushed.
    pub events: usize,
}

impl Reconciled {
    /// True when nothing needs a person.
    pub const fn is_clean(&self) -> bool {
        self.orphans.is_empty() && self.positions.is_empty()
    }
}

/// An order of ours that the journal does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// Where.
    pub venue: VenueId,
    /// What it trades.
    pub instrument: InstrumentId,
    /// Its id.
    pub order: OrderId,
    /// What it traded, where told: those fills are in no book of ours.
    pub filled: Option<Qty>,
    /// True when it was at rest and is cancelled now; false when it had ended.
    pub cancelled: bool,
}

/// A position that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionGap {
    /// In what.
    pub instrument: InstrumentId,
    /// What the venue says.
    pub venue: Qty,
    /// What ours and the venue's trades make.
    pub ours: Qty,
}
