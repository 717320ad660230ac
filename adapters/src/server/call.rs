//! What clients ask, the same for all venues.

use onetape_core::command::TimeInForce;
use onetape_core::instrument::Side;
use onetape_core::names::InstrumentId;
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::{Span, Ts};

use super::accounts::AccountId;
use super::wrong::Wrong;
use crate::ask::{MarginMode, PositionMode, StreamKey};
use crate::report::PositionSide;

/// A request that was understood and, where it is private, verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Whose; `None` for what is public.
    pub account: Option<AccountId>,
    /// What.
    pub call: Call,
    /// How it came, for the answer.
    pub way: Way,
}

/// A request that is refused before anything was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// Why.
    pub wrong: Wrong,
    /// How it came, for the answer.
    pub way: Way,
}

/// How a request came, and what its answer is to look like. Only the venue that made it reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// The path, method or channel, in the venue's own words; empty where it is none that it knows.
    pub route: &'static str,
    /// The id of a frame as it came, as JSON; `None` over HTTP, and for a frame without.
    pub id: Option<String>,
    /// How much an answer to an order is to tell.
    pub detail: Detail,
    /// True where one thing was asked for by name, and false for a list.
    pub one: bool,
    /// A text of the request that its answer repeats: the id of a cancel, an argument.
    pub echo: String,
    /// Numbers of the request that its answer repeats or goes by.
    pub numbers: Vec<i64>,
}

/// How much an answer to an order tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// That it came.
    Ack,
    /// How it stands.
    Result,
    /// That, and what it traded.
    #[default]
    Full,
}

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// Whether anybody is there.
    Ping,
    /// The clock.
    Time,
    /// Rules of these instruments; none stands for all, as it does in all lists here.
    Instruments(Vec<InstrumentId>),
    /// A whole book.
    Depth {
        /// Whose.
        instrument: InstrumentId,
        /// Levels a side.
        levels: u32,
    },
    /// Public prints, the newest last.
    Prints(Past),
    /// Tops of book.
    Quotes(Vec<InstrumentId>),
    /// The last day's numbers.
    Tickers(Vec<InstrumentId>),
    /// Bars.
    Candles {
        /// How long each is.
        span: Span,
        /// Which.
        past: Past,
    },
    /// Mark, index and funding.
    Marks(Vec<InstrumentId>),
    /// Funding rates that were settled.
    FundingRates(Past),
    /// Open interest.
    OpenInterest(InstrumentId),
    /// A new order.
    Place(Box<NewOrder>),
    /// A new order that is only checked.
    Test(Box<NewOrder>),
    /// Several new orders, each with an answer of its own.
    PlaceMany(Vec<Result<NewOrder, Wrong>>),
    /// Take an order back.
    Cancel(Which),
    /// Take several orders back, each with an answer of its own.
    CancelMany(Vec<Which>),
    /// Take back all orders: of an instrument, or of all; of one side, or of both.
    CancelAll(Option<InstrumentId>, Option<Side>),
    /// Change a resting order.
    Amend(Change),
    /// One order, also when it has ended.
    Order(Which),
    /// Orders at rest.
    OpenOrders(Option<InstrumentId>),
    /// Orders, ended ones too.
    Orders(Past),
    /// The account's executions.
    Trades(Past),
    /// Balances and, for futures, margin and positions.
    Account,
    /// Balances alone.
    Balances,
    /// Positions.
    Positions(Option<InstrumentId>),
    /// Leverage, margin mode and position mode that hold now.
    Settings(Option<InstrumentId>),
    /// Changes a leverage.
    SetLeverage {
        /// Whose.
        instrument: InstrumentId,
        /// Times; zero is the account's, in cross margin, where a venue says it so.
        leverage: u32,
    },
    /// Changes a margin mode.
    SetMarginMode {
        /// Whose.
        instrument: InstrumentId,
        /// To what.
        mode: MarginMode,
    },
    /// The position mode that holds now.
    PositionMode,
    /// Changes the position mode.
    SetPositionMode(PositionMode),
    /// Margin by the size of a position.
    Tiers(Option<InstrumentId>),
    /// Fees.
    Fees(Option<InstrumentId>),
    /// Funding that was paid or received.
    FundingPaid(Past),
    /// All orders of an instrument, or of all, are cancelled unless this is said again in time; zero turns it off.
    DeadMan(Option<InstrumentId>, Span),
    /// The key of a private stream.
    StreamKey(StreamKey),
    /// How many orders of the limits are used.
    RateLimits,
    /// Makes the connection the account's.
    Logon,
    /// Makes it nobody's again.
    Logout,
    /// Whose it is.
    LogonStatus,
    /// Begin streams.
    Subscribe(Vec<Stream>),
    /// End streams.
    Unsubscribe(Vec<Stream>),
    /// Which streams there are.
    Subscriptions,
    /// Which keys of private streams there are: told as streams are.
    StreamKeys,
    /// Take back all orders of several instruments.
    CancelAllOf(Vec<InstrumentId>),
    /// Change an order whose instrument the request does not tell.
    AmendLoose(LooseChange),
    /// Changes a leverage in cross margin, and the margin mode with it.
    SetCrossLeverage {
        /// Whose.
        instrument: InstrumentId,
        /// Times.
        leverage: u32,
    },
}

/// A change of an order whose instrument only the server can find: its numbers are in the venue's units until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LooseChange {
    /// Which.
    pub which: Which,
    /// Its whole new quantity, with the sign of its side.
    pub size: Option<Money>,
    /// Its new price.
    pub limit: Option<Money>,
}

/// A new order, complete but for what the server makes up. Steps and bounds are not yet checked: see
/// [`super::filters`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// What to trade.
    pub instrument: InstrumentId,
    /// Which way.
    pub side: Side,
    /// How much.
    pub size: Size,
    /// Worst price; `None` takes any.
    pub limit: Option<Price>,
    /// How long it lives.
    pub time_in_force: TimeInForce,
    /// When it ends by itself.
    pub until: Option<Ts>,
    /// May only make a position smaller.
    pub reduce_only: bool,
    /// Which of an instrument's positions it is for.
    pub position: PositionSide,
    /// The client's id of it; empty where the server is to make one up.
    pub client: String,
    /// How many of it others see; `None` for all.
    pub shown: Option<Qty>,
    /// What it waits for; `None` for nothing.
    pub trigger: Option<Trigger>,
    /// What becomes of it where it would meet an order of the same account.
    pub self_trade: SelfTrade,
}

/// How much an order is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Base units.
    Base(Qty),
    /// As much as this much quote buys or brings.
    Quote(Money),
    /// The whole position.
    Close,
}

/// What a conditional order waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The price.
    pub price: Price,
    /// True when it waits for the price to get worse for what it closes (a stop), false for better (a profit).
    pub stop: bool,
}

/// What becomes of orders of one account that would trade with each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SelfTrade {
    /// They trade, or what the venue does where nothing is said.
    #[default]
    Unsaid,
    /// They trade.
    Allow,
    /// The new one ends.
    ExpireTaker,
    /// The resting one ends.
    ExpireMaker,
    /// Both end.
    ExpireBoth,
}

/// Which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// What it trades, where the request says so.
    pub instrument: Option<InstrumentId>,
    /// The venue's id.
    pub id: Option<u64>,
    /// The client's id.
    pub client: Option<String>,
    /// Only where nothing of it traded (`Some(true)`), or where something did (`Some(false)`).
    pub untouched: Option<bool>,
}

/// A change of a resting order. What is `None` stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub which: Which,
    /// Its whole new quantity, with what traded already.
    pub qty: Option<Qty>,
    /// Its new price.
    pub limit: Option<Price>,
    /// Its way, where the request says so.
    pub side: Option<Side>,
    /// A new client's id of it.
    pub client: Option<String>,
    /// A client's id of the change itself.
    pub note: Option<String>,
}

/// A stretch of the past.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Whose; `None` for all.
    pub instrument: Option<InstrumentId>,
    /// From this id on (a trade's or an order's).
    pub from_id: Option<u64>,
    /// Of this order alone.
    pub order: Option<u64>,
    /// From this time on.
    pub since: Option<Ts>,
    /// To this time.
    pub until: Option<Ts>,
    /// Leaves out so many.
    pub skip: u32,
    /// At most so many.
    pub limit: u32,
}

/// One stream of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// What it tells.
    pub channel: Channel,
    /// Of which instrument; `None` for all.
    pub instrument: Option<InstrumentId>,
    /// As the client called it.
    pub name: String,
}

/// What a stream tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Top of book.
    Quote,
    /// Changes of the book, at most so often.
    Depth(Span),
    /// So many levels of the book, whole, at most so often.
    Levels(u32, Span),
    /// Public prints.
    Prints,
    /// Public prints, those that one order made at one price together.
    Aggregates,
    /// Mark price and funding, at most so often.
    Mark(Span),
    /// The last day's numbers.
    Ticker,
    /// Bars of this length.
    Candles(Span),
    /// All that is the account's.
    Account,
    /// The account's orders.
    Orders,
    /// The account's executions.
    Fills,
    /// The account's balances.
    Balances,
    /// The account's positions.
    Positions,
    /// One that the server takes and never tells anything on.
    Silent,
}

/// A WebSocket connection as its address opens it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Which of the venue's connections, in its own words.
    pub route: &'static str,
    /// True where messages stand in an envelope that names the stream.
    pub wrapped: bool,
    /// Streams that begin with it.
    pub streams: Vec<Stream>,
    /// Keys of private streams that it carries.
    pub keys: Vec<String>,
    /// Names of account events that are told alone; empty for all.
    pub events: Vec<String>,
    /// Whose it is since a logon. The server sets and clears it.
    pub account: Option<AccountId>,
    /// Settings of the connection in the venue's own words, such as units of time.
    pub options: Vec<(String, String)>,
}
