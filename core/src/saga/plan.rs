//! What a saga is told: legs to enter, how to send them, and how hard to mend.

use crate::instrument::Side;
use crate::names::InstrumentId;
use crate::num::{Bps, Price, Qty};
use crate::time::Span;

/// One leg as it should be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegPlan {
    /// What to trade.
    pub instrument: InstrumentId,
    /// Which way to enter.
    pub side: Side,
    /// How much.
    pub qty: Qty,
    /// Worst acceptable price, on the grid.
    pub limit: Price,
}

/// In which order the legs of a trip are sent. What waits is sent as large as what filled before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dispatch {
    /// All at once.
    #[default]
    Parallel,
    /// One after the other, in the order of the plan.
    Sequential,
    /// The futures at once, then the spot legs.
    HedgeFirst,
}

impl Dispatch {
    /// The words in scenarios.
    pub const WORDS: &'static [&'static str] = &["parallel", "sequential", "hedge_first"];

    /// From the word in a scenario; the first for any other.
    pub fn of(word: &str) -> Self {
        match word {
            "sequential" => Self::Sequential,
            "hedge_first" => Self::HedgeFirst,
            _ => Self::Parallel,
        }
    }
}

/// How hard the saga tries to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepairRules {
    /// What the first attempt concedes from the touch; the n-th concedes n times that.
    pub slippage: Bps,
    /// Attempts on each rung: to complete, to hedge elsewhere, to unwind.
    pub attempts: u8,
    /// Wait after an attempt that brought nothing.
    pub delay: Span,
}

/// When a saga stops waiting. Each is a clock of its own; none is the age of a position, which is the strategy's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deadlines {
    /// After this long without an end an order is taken back. `None` waits for the venue.
    pub leg_fill: Option<Span>,
    /// After this long out of balance completing is given up for unwinding, and people are told once when the legs
    /// still do not balance. `None` lets the attempts run their course.
    pub hedge: Option<Span>,
    /// After this long out of balance the move of a leg is given up: every leg may then mend it.
    pub switch: Option<Span>,
}
