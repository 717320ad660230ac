//! What can be asked of a venue. One list for all of them: what a venue does not have, its encoder refuses.

use onetape_core::command::{Amend, Place};
use onetape_core::instrument::Side;
use onetape_core::names::InstrumentId;
use onetape_core::num::Qty;
use onetape_core::time::{Span, Ts};

use crate::client_id::ClientId;
use crate::credentials::Credentials;
use crate::directory::{Directory, Listed};
use crate::error::AskError;

/// One request. Orders come from the risk gate: the loop hands over what it approved.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// The venue's clock.
    Time,
    /// All instruments with their rules.
    Instruments,
    /// A whole book, so many levels a side.
    Depth {
        /// Whose.
        instrument: InstrumentId,
        /// Levels a side; the next number that the venue has is taken.
        levels: u32,
    },
    /// Top of book, where its stream is down.
    Quote(InstrumentId),
    /// Mark, index and funding.
    Mark(InstrumentId),
    /// Open interest.
    OpenInterest(InstrumentId),
    /// A new order.
    Place(Place),
    /// A new order that the venue only checks.
    Test(Place),
    /// Take an order back.
    Cancel(OrderRef),
    /// Take back all orders of an instrument.
    CancelAll(InstrumentId),
    /// Change a resting order.
    Amend(AmendAsk),
    /// One order, also when it has ended.
    Order(OrderRef),
    /// All orders at rest, of one instrument or all.
    OpenOrders(Option<InstrumentId>),
    /// Orders of an instrument, ended ones too.
    Orders(History),
    /// Our executions in an instrument.
    Trades(History),
    /// Balances and, for futures, margin.
    Balances,
    /// Positions, of one instrument or all.
    Positions(Option<InstrumentId>),
    /// Leverage, margin mode and position mode that hold now.
    Settings(InstrumentId),
    /// Changes the leverage of an instrument.
    SetLeverage {
        /// Whose.
        instrument: InstrumentId,
        /// Times.
        leverage: u32,
    },
    /// Changes the leverage of an instrument in cross margin, where that is asked in another way.
    SetCrossLeverage {
        /// Whose.
        instrument: InstrumentId,
        /// Times.
        leverage: u32,
    },
    /// Changes the margin mode of an instrument.
    SetMarginMode {
        /// Whose.
        instrument: InstrumentId,
        /// To what.
        mode: MarginMode,
    },
    /// Changes the position mode of the account.
    SetPositionMode(PositionMode),
    /// The position mode that holds now.
    PositionMode,
    /// Maintenance margin and leverage by the size of a position.
    Tiers(InstrumentId),
    /// Fees that hold for us.
    Fees(InstrumentId),
    /// Funding that was paid or received.
    FundingPaid(History),
    /// All orders are to be cancelled unless this is said again before the time is over; zero turns it off.
    DeadMan {
        /// Whose; `None` for all, where the venue can.
        instrument: Option<InstrumentId>,
        /// How long.
        after: Span,
    },
    /// The private stream's key.
    StreamKey(StreamKey),
}

/// What to do with the key of a private stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamKey {
    /// Get one.
    Open,
    /// Let it live on.
    Keep(String),
    /// End it.
    Close(String),
}

/// An order as venues can be asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRef {
    /// What it trades.
    pub instrument: InstrumentId,
    /// By the client's id.
    pub client: ClientId,
    /// By the venue's id, which is surer and faster where it is known.
    pub venue_id: Option<String>,
}

/// A change of an order, with what some venues want told again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmendAsk {
    /// Which order.
    pub order: OrderRef,
    /// Its way.
    pub side: Side,
    /// Its new terms.
    pub amend: Amend,
    /// Its whole quantity now, so that it shows whether only the quantity changes, and which way.
    pub qty_now: Qty,
    /// True when the price stays.
    pub same_price: bool,
}

/// A stretch of the past of an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Whose.
    pub instrument: InstrumentId,
    /// From this id on (a trade's or an order's), where the venue can; it goes before the time.
    pub from_id: Option<u64>,
    /// From this time on.
    pub since: Option<Ts>,
    /// At most so many; the venue's own largest number where it has one below.
    pub limit: u32,
}

/// What stands behind a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarginMode {
    /// The whole account.
    Cross,
    /// Its own margin alone.
    Isolated,
}

/// Whether an instrument has one position, or one each way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PositionMode {
    /// One.
    #[default]
    OneWay,
    /// A long and a short one.
    Hedge,
}

/// What requests are made with besides what they ask.
#[derive(Clone, Copy, Debug)]
pub struct Cx<'a> {
    /// Instruments and assets.
    pub directory: &'a Directory,
    /// The key, for what is private.
    pub credentials: Option<&'a Credentials>,
    /// The venue's time now: our clock with its measured offset. It is never read here.
    pub now: Ts,
    /// How long after `now` the venue may still do what is asked.
    pub window: Span,
    /// How the account counts positions.
    pub position_mode: PositionMode,
}

impl<'a> Cx<'a> {
    /// An instrument of this venue.
    ///
    /// # Errors
    /// When it is not one.
    pub fn listed(&self, id: InstrumentId) -> Result<&'a Listed, AskError> {
        self.directory.get(id).ok_or(AskError::Instrument)
    }

    /// The key.
    ///
    /// # Errors
    /// When there is none.
    pub fn key(&self, what: &'static str) -> Result<&'a Credentials, AskError> {
        self.credentials.ok_or(AskError::NoKey(what))
    }
}

impl Ask {
    /// The word used in messages.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Time => "the venue's time",
            Self::Instruments => "instruments",
            Self::Depth { .. } => "a book",
            Self::Quote(_) => "a quote",
            Self::Mark(_) => "a mark price",
            Self::OpenInterest(_) => "open interest",
            Self::Place(_) => "a new order",
            Self::Test(_) => "a test order",
            Self::Cancel(_) => "a cancel",
            Self::CancelAll(_) => "a cancel of all",
            Self::Amend(_) => "a change of an order",
            Self::Order(_) => "an order",
            Self::OpenOrders(_) => "open orders",
            Self::Orders(_) => "past orders",
            Self::Trades(_) => "our trades",
            Self::Balances => "balances",
            Self::Positions(_) => "positions",
            Self::Settings(_) => "settings of an instrument",
            Self::SetLeverage { .. } | Self::SetCrossLeverage { .. } => "a leverage",
            Self::SetMarginMode { .. } => "a margin mode",
            Self::SetPositionMode(_) => "a position mode",
            Self::PositionMode => "the position mode",
            Self::Tiers(_) => "margin tiers",
            Self::Fees(_) => "our fees",
            Self::FundingPaid(_) => "paid funding",
            Self::DeadMan { .. } => "a dead-man timer",
            Self::StreamKey(_) => "a key of the private stream",
        }
    }

    /// True when an order can come into being, change or end by it, so that a lost answer leaves a question.
    pub const fn changes_orders(&self) -> bool {
        matches!(
            self,
            Self::Place(_) | Self::Cancel(_) | Self::CancelAll(_) | Self::Amend(_)
        )
    }
}
