//! What a run wants done: orders to place, change and cancel, and word to people.

use crate::instrument::Side;
use crate::journal::codec::{Decode, Encode};
use crate::names::{InstrumentId, TaskId};
use crate::num::{Price, Qty};
use crate::order::OrderId;
use crate::text::Text;

/// Something that leaves the machine. Tags are places in this list and journals keep them: append only.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Command {
    /// A new order.
    Place(Place),
    /// Take an order back.
    Cancel(OrderId),
    /// Tell people.
    Alert(Text),
    /// Change a resting order.
    Amend(Amend),
}

/// A change of a resting order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Amend {
    /// Which.
    pub order: OrderId,
    /// What it trades, which tells the way to its venue.
    pub instrument: InstrumentId,
    /// Its whole new quantity, with what traded already. At or below that, the order ends.
    pub qty: Qty,
    /// Its new price.
    pub limit: Price,
}

/// A new order, complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Place {
    /// Its id, used once ever.
    pub order: OrderId,
    /// Who wants it.
    pub task: TaskId,
    /// What to trade.
    pub instrument: InstrumentId,
    /// Which way.
    pub side: Side,
    /// How much, positive.
    pub qty: Qty,
    /// Worst acceptable price; `None` takes any.
    pub limit: Option<Price>,
    /// How long it lives.
    pub time_in_force: TimeInForce,
    /// May only make a position smaller.
    pub reduce_only: bool,
    /// What it is part of.
    pub tag: LegTag,
}

/// How long an order lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum TimeInForce {
    /// Until cancelled.
    GoodTillCancelled,
    /// What does not trade at once is gone.
    ImmediateOrCancel,
    /// All at once or nothing.
    FillOrKill,
    /// Until cancelled, and never takes.
    PostOnly,
}

/// The round trip and leg that an order belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct LegTag {
    /// Number of the round trip within its task, from 1; 0 is none.
    pub trip: u32,
    /// Place of the leg in the task's list of legs.
    pub leg: u8,
    /// What for.
    pub role: LegRole,
}

/// What an order does for its round trip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum LegRole {
    /// Opens.
    #[default]
    Entry,
    /// Closes.
    Exit,
    /// Brings the legs back to balance.
    Repair,
    /// Moves a leg to another venue.
    Switch,
}

impl LegRole {
    /// True for orders that nothing that is held asks for.
    pub const fn opens(self) -> bool {
        matches!(self, Self::Entry | Self::Switch)
    }
}
