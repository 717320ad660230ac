//! Binance, spot and USDⓈ-M futures: market messages, requests and answers, account streams, failures.
//!
//! [`spot`] and [`usdm`] are the venues. What both write alike is in the modules beside them.
//!
//! What [`decode`] reads of captures and streams is a step below:
//! Messages borrow from the text that they were read from, and their numbers are still the venue's own decimal
//! text: only who knows the instrument's decimals can turn them into integers.

mod account;
mod answer;
mod budgets;
mod decode;
mod errors;
mod frames;
mod hear;
mod info;
mod market;
mod orders;
pub mod rights;
mod route;
mod rules;
pub mod server;
pub mod sign;
pub mod spot;
pub mod usdm;
mod user_futures;
mod user_spot;
mod wire;

use std::borrow::Cow;

use onetape_core::time::Ts;

pub use budgets::{budgets, budgets_of_text};
pub use decode::{channel, decode};
pub use info::instruments;
pub use rules::{WireRules, exchange_info};

/// Which of Binance's markets a message comes from, as its own fields tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Market {
    /// Spot.
    Spot,
    /// USDⓈ-margined futures.
    Usdm,
    /// Coin-margined futures.
    Coinm,
}

impl Market {
    /// The venue's name.
    pub const fn venue(self) -> &'static str {
        match self {
            Self::Spot => "binance-spot",
            Self::Usdm => "binance-usdm",
            Self::Coinm => "binance-coinm",
        }
    }
}

/// A price and a quantity as texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireLevel<'a> {
    /// Price.
    pub price: &'a str,
    /// Quantity.
    pub qty: &'a str,
}

/// A message, and where it comes from where that can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The market.
    pub market: Option<Market>,
    /// The message.
    pub message: Message<'a>,
}

/// What a message can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// `bookTicker`.
    Quote(WireQuote<'a>),
    /// `depthUpdate`.
    Diff(WireDiff<'a>),
    /// The answer to a REST depth request.
    Snapshot(WireSnapshot<'a>),
    /// `trade`.
    Trade(WireTrade<'a>),
    /// `aggTrade`: what one order took at one price. The prints of a stream of trades are in it once more, so one of the
    /// two counts.
    Aggregate(WireTrade<'a>),
    /// `markPriceUpdate`.
    Mark(WireMark<'a>),
    /// Anything else: other streams, partial books, answers to subscriptions.
    Ignored,
}

/// Top of book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireQuote<'a> {
    /// Symbol.
    pub symbol: Cow<'a, str>,
    /// Update id.
    pub update_id: u64,
    /// Best bid.
    pub bid: WireLevel<'a>,
    /// Best ask.
    pub ask: WireLevel<'a>,
    /// Time at the venue; spot does not tell it.
    pub time: Option<Ts>,
}

/// Changes of a depth book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireDiff<'a> {
    /// Symbol.
    pub symbol: Cow<'a, str>,
    /// First update id.
    pub first: u64,
    /// Last update id.
    pub last: u64,
    /// Last update id of the message before; futures only.
    pub prev: Option<u64>,
    /// Bids.
    pub bids: Vec<WireLevel<'a>>,
    /// Asks.
    pub asks: Vec<WireLevel<'a>>,
    /// Time at the venue.
    pub time: Option<Ts>,
}

/// A whole depth book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireSnapshot<'a> {
    /// Symbol; only coin-margined futures tell it.
    pub symbol: Option<Cow<'a, str>>,
    /// Last update id in the book.
    pub last: u64,
    /// Bids.
    pub bids: Vec<WireLevel<'a>>,
    /// Asks.
    pub asks: Vec<WireLevel<'a>>,
    /// Time at the venue; spot does not tell it.
    pub time: Option<Ts>,
}

/// A print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireTrade<'a> {
    /// Symbol.
    pub symbol: Cow<'a, str>,
    /// Trade id.
    pub id: u64,
    /// Price.
    pub price: &'a str,
    /// Quantity.
    pub qty: &'a str,
    /// What kind of trade (`X`); futures only.
    pub kind: Option<Cow<'a, str>>,
    /// True when the buyer's order rested: the seller took.
    pub buyer_is_maker: bool,
    /// Time at the venue.
    pub time: Option<Ts>,
}

impl WireTrade<'_> {
    /// False for entries of the trade stream that are no trade in the book: `NA` (price 0), `INSURANCE_FUND`,
    /// `ADL` and whatever else is not `MARKET`.
    pub fn is_trade(&self) -> bool {
        self.kind.as_deref().is_none_or(|kind| kind == "MARKET")
    }
}

/// Mark price, index and funding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireMark<'a> {
    /// Symbol.
    pub symbol: Cow<'a, str>,
    /// Mark price.
    pub mark: &'a str,
    /// Index price.
    pub index: Option<&'a str>,
    /// Funding rate; delivery contracts have none.
    pub rate: Option<&'a str>,
    /// When funding is paid next.
    pub settles_at: Option<Ts>,
    /// Time at the venue.
    pub time: Option<Ts>,
}

/// Why a text is not a message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Not JSON, or not a JSON object.
    #[error("broken JSON: {0}")]
    Json(serde_json::Error),
    /// A field of a message that we know is missing, or is not of its type.
    #[error("{message} without a sound {field:?}")]
    Field {
        /// What the message is.
        message: &'static str,
        /// The field's key.
        field: &'static str,
    },
}

#[cfg(test)]
mod encode_tests;
#[cfg(test)]
mod hear_tests;
