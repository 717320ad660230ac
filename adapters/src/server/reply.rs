//! What a call gives, the same for all venues.

use onetape_core::instrument::MarginTier;
use onetape_core::names::InstrumentId;
use onetape_core::num::Money;
use onetape_core::time::Ts;

use super::state::{
    BalanceState, BookState, FeeState, FillState, FundingState, LimitState, MarginState, MarkState,
    OrderState, PositionState, Print, Stretch, TopState,
};
use super::wrong::Wrong;
use crate::report::Settings;
use crate::rules::Rules;

/// What a call gives, with the limits as they stand after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Replied {
    /// What it gives, or why not.
    pub result: Result<Reply, Wrong>,
    /// The limits that the venue shows with answers.
    pub limits: Vec<LimitState>,
}

impl Replied {
    /// Without limits.
    pub const fn of(result: Result<Reply, Wrong>) -> Self {
        Self {
            result,
            limits: Vec::new(),
        }
    }
}

/// What a call gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// It was done; there is nothing to tell.
    Done,
    /// The clock.
    Time(Ts),
    /// Rules.
    Instruments(Vec<Rules>),
    /// A whole book.
    Depth(BookState),
    /// Public prints, the newest last.
    Prints(Vec<Print>),
    /// Tops of book.
    Quotes(Vec<TopState>),
    /// The last day's numbers.
    Tickers(Vec<Stretch>),
    /// Bars, the newest last.
    Candles(Vec<Stretch>),
    /// Mark, index and funding; also funding rates that were settled, each at its time.
    Marks(Vec<MarkState>),
    /// Open interest.
    OpenInterest(InstrumentId, Money, Ts),
    /// An order, with what it traded in this request.
    Order(Box<OrderState>, Vec<FillState>),
    /// Several orders, each with its own result.
    Each(Vec<Result<OrderState, Wrong>>),
    /// Orders.
    Orders(Vec<OrderState>),
    /// The account's executions, the newest last.
    Trades(Vec<FillState>),
    /// An account.
    Account(Box<AccountState>),
    /// Positions.
    Positions(Vec<PositionState>),
    /// Settings of instruments.
    Settings(Vec<Settings>),
    /// Margin by size.
    Tiers(Vec<(InstrumentId, Vec<MarginTier>)>),
    /// Fees.
    Fees(Vec<FeeState>),
    /// Funding.
    Funding(Vec<FundingState>),
    /// The key of the private stream.
    StreamKey(String),
    /// How limits are used.
    Limits(Vec<LimitState>),
    /// Streams that run, as the client called them.
    Streams(Vec<String>),
    /// The number of a stream of the account that was begun.
    StreamNumber(u64),
    /// Whose the connection is: the API key and since when; `None` for nobody's.
    Logon(Option<(String, Ts)>),
}

/// An account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountState {
    /// Its number, which some answers tell.
    pub number: u64,
    /// Balances; for spot.
    pub balances: Vec<BalanceState>,
    /// Margin; for futures.
    pub margins: Vec<MarginState>,
    /// Positions; for futures.
    pub positions: Vec<PositionState>,
    /// Fee for resting, as a fraction.
    pub maker: Money,
    /// Fee for taking.
    pub taker: Money,
    /// Position mode; for futures.
    pub position_mode: crate::ask::PositionMode,
    /// When it changed last.
    pub at: Ts,
}
