//! What a venue knows, the same for all venues: orders, executions, accounts and market data.

use onetape_core::command::TimeInForce;
use onetape_core::event::{DepthUpdate, Quote};
use onetape_core::instrument::Side;
use onetape_core::names::{AssetId, InstrumentId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::{Span, Ts};

use super::call::{SelfTrade, Trigger};
use super::wrong::Wrong;
use crate::ask::MarginMode;
use crate::report::{Origin, PositionSide};

/// How an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderStatus {
    /// At rest, nothing traded.
    New,
    /// At rest, partly traded.
    Partial,
    /// Traded completely.
    Filled,
    /// Taken back.
    Cancelled,
    /// Ended by its own terms.
    Expired,
    /// Ended because it would have met an order of the same account.
    SelfTrade,
    /// Refused.
    Rejected,
}

impl OrderStatus {
    /// True while it can still trade.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Partial)
    }
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderState {
    /// The venue's id.
    pub id: u64,
    /// The client's id.
    pub client: String,
    /// What it trades.
    pub instrument: InstrumentId,
    /// Which way.
    pub side: Side,
    /// Its price; `None` for a market order.
    pub limit: Option<Price>,
    /// How long it lives.
    pub time_in_force: TimeInForce,
    /// Its whole quantity, in base units.
    pub qty: Qty,
    /// The quote that it was to spend or bring, where it was placed so.
    pub quote_size: Option<Money>,
    /// What traded.
    pub filled: Qty,
    /// What that was worth in quote units.
    pub filled_quote: Money,
    /// How it stands.
    pub status: OrderStatus,
    /// May only make a position smaller.
    pub reduce_only: bool,
    /// Which of an instrument's positions it is for.
    pub position: PositionSide,
    /// When it ends by itself.
    pub until: Option<Ts>,
    /// What it waits for, or waited.
    pub trigger: Option<Trigger>,
    /// What becomes of it where it would meet an order of the same account.
    pub self_trade: SelfTrade,
    /// Fees so far, each in its asset.
    pub fees: Vec<(AssetId, Money)>,
    /// When it came.
    pub created: Ts,
    /// When it changed last.
    pub updated: Ts,
}

/// An execution of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FillState {
    /// The venue's id.
    pub id: u64,
    /// The venue's id of its order.
    pub order: u64,
    /// The client's id of its order.
    pub client: String,
    /// What was traded.
    pub instrument: InstrumentId,
    /// Which way.
    pub side: Side,
    /// Price.
    pub price: Price,
    /// Quantity.
    pub qty: Qty,
    /// What it cost; negative is a rebate.
    pub fee: Money,
    /// In which asset.
    pub fee_asset: AssetId,
    /// True when the account's order rested.
    pub maker: bool,
    /// What it realised, for futures.
    pub realised: Money,
    /// Which position it changed.
    pub position: PositionSide,
    /// When.
    pub at: Ts,
}

/// Balance of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceState {
    /// Of what.
    pub asset: AssetId,
    /// Can be used.
    pub free: Money,
    /// Stands behind orders.
    pub locked: Money,
    /// When it changed last.
    pub at: Ts,
}

/// Margin of a futures account in an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarginState {
    /// In what.
    pub asset: AssetId,
    /// Balance without unrealised profit.
    pub wallet: Money,
    /// Of that what isolated positions do not hold.
    pub cross_wallet: Money,
    /// Can be used for new orders.
    pub available: Money,
    /// Unrealised profit.
    pub unrealised: Money,
    /// Margin bound by positions.
    pub position_initial: Money,
    /// Margin bound by orders.
    pub order_initial: Money,
    /// Margin below which positions are closed.
    pub maintenance: Money,
    /// When it changed last.
    pub at: Ts,
}

/// A futures position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionState {
    /// In what.
    pub instrument: InstrumentId,
    /// Which.
    pub side: PositionSide,
    /// Signed base units: positive is long, whatever the side.
    pub qty: Qty,
    /// Average entry price; zero for none.
    pub entry: Money,
    /// Mark price.
    pub mark: Money,
    /// Price at which it would be closed; zero for none.
    pub liquidation: Money,
    /// Unrealised profit.
    pub unrealised: Money,
    /// What it realised so far.
    pub realised: Money,
    /// Margin that stands behind it.
    pub initial: Money,
    /// Of that what is its own, when isolated.
    pub isolated: Money,
    /// Margin below which it is closed.
    pub maintenance: Money,
    /// Leverage.
    pub leverage: u32,
    /// Largest leverage that the instrument allows.
    pub max_leverage: u32,
    /// Margin mode.
    pub mode: MarginMode,
    /// When it changed last.
    pub at: Ts,
}

/// A public print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Print {
    /// The venue's id.
    pub id: u64,
    /// The first id that it stands for, where it stands for several.
    pub first: u64,
    /// The last id that it stands for.
    pub last: u64,
    /// What was traded.
    pub instrument: InstrumentId,
    /// Price.
    pub price: Price,
    /// Quantity.
    pub qty: Qty,
    /// Who took.
    pub aggressor: Side,
    /// When.
    pub at: Ts,
}

/// A top of book with its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopState {
    /// The top.
    pub quote: Quote,
    /// Number of the change of the book that made it.
    pub update: u64,
    /// When.
    pub at: Ts,
}

/// A book, or a change of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookState {
    /// Levels and numbers.
    pub update: DepthUpdate,
    /// When.
    pub at: Ts,
}

/// Mark, index and funding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkState {
    /// Whose.
    pub instrument: InstrumentId,
    /// Mark price.
    pub mark: Money,
    /// Index price.
    pub index: Money,
    /// Funding rate as a fraction: 0.0001 is 1 bp.
    pub rate: Money,
    /// When it is settled.
    pub settles_at: Ts,
    /// How long from one settlement to the next.
    pub every: Span,
    /// When.
    pub at: Ts,
}

/// The numbers of a day, or a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Whose.
    pub instrument: InstrumentId,
    /// First price.
    pub open: Price,
    /// Highest.
    pub high: Price,
    /// Lowest.
    pub low: Price,
    /// Last.
    pub close: Price,
    /// Quantity of the last trade.
    pub last_qty: Qty,
    /// What traded, in base units.
    pub volume: Qty,
    /// What that was worth.
    pub quote_volume: Money,
    /// Id of the first trade; 0 for none.
    pub first_id: u64,
    /// Id of the last trade; 0 for none.
    pub last_id: u64,
    /// Number of trades.
    pub count: u64,
    /// Top of book at its end.
    pub top: Option<Quote>,
    /// What is open at its end, in base units; of futures' days alone.
    pub open_interest: Option<Qty>,
    /// Where it begins.
    pub from: Ts,
    /// Where it ends.
    pub to: Ts,
    /// True for a bar to which nothing is added any more.
    pub closed: bool,
}

/// Funding that an account paid or received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundingState {
    /// For which position.
    pub instrument: InstrumentId,
    /// In what.
    pub asset: AssetId,
    /// How much; negative was paid.
    pub amount: Money,
    /// The rate.
    pub rate: Money,
    /// The venue's id of the entry.
    pub id: u64,
    /// When.
    pub at: Ts,
}

/// Fees of an instrument, as fractions of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeState {
    /// Whose.
    pub instrument: InstrumentId,
    /// For resting.
    pub maker: Money,
    /// For taking.
    pub taker: Money,
}

/// How far a limit is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitState {
    /// What is counted.
    pub counted: crate::budget::Counted,
    /// In which time.
    pub over: Span,
    /// How much there is.
    pub limit: u64,
    /// How much is used.
    pub used: u64,
    /// When it is full again.
    pub resets_at: Ts,
}

/// Whose an order was, why it changed, and what it traded then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderChange {
    /// How it stands now.
    pub order: OrderState,
    /// What happened.
    pub what: Happened,
    /// Whose it is.
    pub origin: Origin,
    /// Number of the change at the venue.
    pub number: u64,
}

/// What happened to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It came to rest, or at least in.
    Came,
    /// It traded.
    Traded(FillState),
    /// It was taken back; with the client's id of the request, where it had one.
    Cancelled(Option<String>),
    /// It ended by its own terms.
    Expired,
    /// Its terms changed.
    Amended,
    /// It was refused.
    Refused(Wrong),
}
