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
    /// Nothing is placed on a book that is older than is allowed.
    FreshBook,
    /// Prices and quantities are what the venue takes: whole ticks and lots, none below its minima or above its most.
    Filters,
    /// No price gives more than is allowed.
    Collar,
    /// No position is larger than is allowed, whatever comes of all that is out.
    WorstCase,
    /// Tasks do not trade with each other.
    NoSelfTrade,
    /// What is out can be paid.
    Payable,
    /// What can be paid many times over is not refused for want of money.
    NoNeedlessRefusal,
    /// No id is used twice.
    IdsOnce,
    /// Nothing is entered while a leg is open.
    NoNakedEntry,
    /// A repair does not turn the delta beyond its band, whatever comes of all that is out. Of sagas of one task that
    /// work at once each answers for its own.
    NoDoubleHedge,
    /// A repair makes the delta smaller.
    RepairReduces,
    /// Nothing closes more than there is, and what closes a future may do nothing else.
    CloseOnly,
    /// While a spot leg moves, the futures stand.
    FuturesStand,
    /// People are told when legs are out of balance for longer than they may be.
    InTime,
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
    pub const ALL: [Self; 25] = [
        Self::Time,
        Self::FillsOnce,
        Self::NotOverfilled,
        Self::LegalStates,
        Self::NoResend,
        Self::NotHalted,
        Self::LiveBook,
        Self::FreshBook,
        Self::Filters,
        Self::Collar,
        Self::WorstCase,
        Self::NoSelfTrade,
        Self::Payable,
        Self::NoNeedlessRefusal,
        Self::IdsOnce,
        Self::NoNakedEntry,
        Self::NoDoubleHedge,
        Self::RepairReduces,
        Self::CloseOnly,
        Self::FuturesStand,
        Self::InTime,
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
            Self::FreshBook => "fresh_book",
            Self::Filters => "filters",
            Self::Collar => "collar",
            Self::WorstCase => "worst_case",
            Self::NoSelfTrade => "no_self_trade",
            Self::Payable => "payable",
            Self::NoNeedlessRefusal => "no_needless_refusal",
            Self::IdsOnce => "ids_once",
            Self::NoNakedEntry => "no_naked_entry",
            Self::NoDoubleHedge => "no_double_hedge",
            Self::RepairReduces => "repair_reduces",
            Self::CloseOnly => "close_only",
            Self::FuturesStand => "futures_stand",
            Self::InTime => "in_time",
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
