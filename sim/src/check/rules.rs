//! What must hold.

use onetape_core::event::Seq;
use onetape_core::time::Ts;

/// A rule that a run must keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Time does not go back.
    Time,
    /// A fill is applied once, and positions are what fills make.
    FillsOnce,
    /// No order trades more than was asked for.
    NotOverfilled,
    /// An order goes from state to state as its table says.
    LegalStates,
    /// Nothing is sent again while nobody knows of an order.
    NoResend,
    /// Nothing is placed while the desk is halted, and nothing is entered while it is paused.
    NotHalted,
    /// Nothing is placed on a book that nobody knows.
    LiveBook,
    /// Nothing is entered while a leg is open.
    NoNakedEntry,
    /// A repair does not turn the delta beyond its band, whatever comes of all that is out.
    NoDoubleHedge,
    /// The desk holds what the venues say that it holds.
    VenuePositions,
    /// The ledger is what the venues' balances say.
    Ledger,
    /// No order is unknown for good.
    NoUnknownLeft,
    /// A task ends flat, hedged, or with a person told.
    Settled,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 13] = [
        Self::Time,
        Self::FillsOnce,
        Self::NotOverfilled,
        Self::LegalStates,
        Self::NoResend,
        Self::NotHalted,
        Self::LiveBook,
        Self::NoNakedEntry,
        Self::NoDoubleHedge,
        Self::VenuePositions,
        Self::Ledger,
        Self::NoUnknownLeft,
        Self::Settled,
    ];

    /// The word used in pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::FillsOnce => "fills_once",
            Self::NotOverfilled => "not_overfilled",
            Self::LegalStates => "legal_states",
            Self::NoResend => "no_resend",
            Self::NotHalted => "not_halted",
            Self::LiveBook => "live_book",
            Self::NoNakedEntry => "no_naked_entry",
            Self::NoDoubleHedge => "no_double_hedge",
            Self::VenuePositions => "venue_positions",
            Self::Ledger => "ledger",
            Self::NoUnknownLeft => "no_unknown_left",
            Self::Settled => "settled",
        }
    }
}

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub rule: Rule,
    /// On which event.
    pub seq: Seq,
    /// That event's time.
    pub ts: Ts,
    /// What was wrong.
    pub what: String,
}
