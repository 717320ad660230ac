//! Gate (API v4), spot ([`spot`]) and USDT futures ([`futures`]): they share their envelopes, signatures and labels of
//! failures. Here are the records of public messages as data of other sources is read by too.
//!
//! Messages borrow from the text that they were read from, and their numbers are still the venue's own text, also
//! where the venue writes JSON numbers: only who knows the instrument's decimals can turn them into integers.
//! Futures sizes are contracts; [`ContractSize`] turns them into base units.

mod answers;
pub mod api;
mod ask_futures;
mod ask_spot;
mod asking;
mod budgets;
mod candles;
mod decode;
mod errors;
mod feeds;
pub mod futures;
mod hear;
mod public;
mod replies;
mod reports;
mod rest;
mod rules;
pub mod server;
mod sign;
mod size;
pub mod spot;
pub mod user;
mod wire;

use onetape_core::instrument::Side;
use onetape_core::time::{Span, Ts};

use crate::error::WireError;

pub use asking::{channel_frame, signed};
pub use decode::decode;
pub use errors::TABLE as ERRORS;
pub use rest::{WireRules, contracts, currency_pairs, snapshot};
pub use sign::{sign_api, sign_channel, sign_rest};
pub use size::ContractSize;

/// Which of Gate's markets something is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Market {
    /// Spot.
    Spot,
    /// USDT-settled futures.
    Usdt,
    /// BTC-settled futures.
    Btc,
}

impl Market {
    /// The venue's name.
    pub const fn venue(self) -> &'static str {
        match self {
            Self::Spot => "gate-spot",
            Self::Usdt => "gate-usdt",
            Self::Btc => "gate-btc",
        }
    }

    /// The market of a symbol (`BTC_USDT`, `BTC_USD_20220624`) on a channel: futures of both settlements have the
    /// same channels, and those that are settled in BTC count US dollars.
    pub fn of(channel: &str, symbol: &str) -> Option<Self> {
        let (place, _) = channel.split_once('.')?;
        match (place, symbol.split('_').nth(1)?) {
            ("spot", _) => Some(Self::Spot),
            ("futures", "USDT") => Some(Self::Usdt),
            ("futures", "USD") => Some(Self::Btc),
            _ => None,
        }
    }
}

/// A message and its channel, such as `spot.trades`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The channel.
    pub channel: &'a str,
    /// The message.
    pub message: Message<'a>,
}

/// What a message can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// `book_ticker`.
    Quote(WireQuote<'a>),
    /// `order_book_update`, and `obu` of the second kind, which begins with the whole book.
    Update(WireUpdate<'a>),
    /// `trades` and `trades_v2`: all of one message.
    Trades(Vec<WireTrade<'a>>),
    /// `candlesticks`.
    Candles(Vec<WireCandle<'a>>),
    /// `tickers`.
    Tickers(Vec<WireTicker<'a>>),
    /// The answer to a request, such as a subscription.
    Answer {
        /// False when the request was refused.
        accepted: bool,
    },
    /// Anything else.
    Ignored,
}

/// A price and a size as texts; of futures the size is in contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireLevel<'a> {
    /// Price.
    pub price: &'a str,
    /// Size.
    pub size: &'a str,
}

/// Top of book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireQuote<'a> {
    /// Symbol.
    pub symbol: &'a str,
    /// Update id.
    pub update_id: u64,
    /// Best bid; none when that side is empty.
    pub bid: Option<WireLevel<'a>>,
    /// Best ask; none when that side is empty.
    pub ask: Option<WireLevel<'a>>,
    /// Time at the venue.
    pub time: Option<Ts>,
}

/// Changes of a depth book, or the whole of it.
///
/// A book is kept so: take a snapshot by REST with its id; drop updates with `last <= id`; the first one kept needs
/// `first <= id + 1 <= last`; each one after it starts at most one above the last id. An update without levels
/// still moves the id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireUpdate<'a> {
    /// Symbol.
    pub symbol: &'a str,
    /// True when this is the whole book.
    pub full: bool,
    /// First update id.
    pub first: u64,
    /// Last update id.
    pub last: u64,
    /// Bids.
    pub bids: Vec<WireLevel<'a>>,
    /// Asks.
    pub asks: Vec<WireLevel<'a>>,
    /// Time at the venue.
    pub time: Option<Ts>,
}

/// A whole depth book by REST. It does not tell its symbol: the request did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireSnapshot<'a> {
    /// Last update id in the book; none where the request did not ask for it.
    pub last: Option<u64>,
    /// Bids.
    pub bids: Vec<WireLevel<'a>>,
    /// Asks.
    pub asks: Vec<WireLevel<'a>>,
    /// When the book changed last, by the venue's clock.
    pub time: Option<Ts>,
}

/// A print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireTrade<'a> {
    /// Symbol.
    pub symbol: &'a str,
    /// Trade id.
    pub id: u64,
    /// Price.
    pub price: &'a str,
    /// Size, without a sign.
    pub size: &'a str,
    /// The side that took.
    pub aggressor: Side,
    /// True for what was taken over in a liquidation and is no trade in the book; futures only.
    pub is_internal: bool,
    /// Time at the venue.
    pub time: Option<Ts>,
}

/// A candle; as a rule of an interval that is still running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireCandle<'a> {
    /// Symbol.
    pub symbol: &'a str,
    /// How long it is.
    pub span: Span,
    /// When it starts.
    pub start: Ts,
    /// First price.
    pub open: &'a str,
    /// Highest price.
    pub high: &'a str,
    /// Lowest price.
    pub low: &'a str,
    /// Last price.
    pub close: &'a str,
    /// Whether its interval is over; messages of before 2023 do not tell.
    pub closed: Option<bool>,
}

/// A summary of the last day. Spot has the best prices without their sizes: no top of book can be made of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireTicker<'a> {
    /// Symbol.
    pub symbol: &'a str,
    /// Price of the last trade.
    pub last: &'a str,
    /// Best bid; spot only.
    pub bid: Option<&'a str>,
    /// Best ask; spot only.
    pub ask: Option<&'a str>,
    /// Mark price; futures only.
    pub mark: Option<&'a str>,
    /// Index price; futures only.
    pub index: Option<&'a str>,
    /// Funding rate; futures only.
    pub rate: Option<&'a str>,
    /// Open interest in contracts; futures only.
    pub open_interest: Option<&'a str>,
}

impl From<DecodeError> for WireError {
    fn from(why: DecodeError) -> Self {
        match why {
            DecodeError::Json(why) => Self::json("a message", &why),
            DecodeError::Field { message, field } => Self::Field { message, field },
        }
    }
}

/// Why a text is not a message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Not JSON, not an object, or a known message that lacks a field.
    #[error("broken JSON or a field that is missing or not of its type: {0}")]
    Json(#[from] serde_json::Error),
    /// A field of a message that we know has a value that cannot be.
    #[error("a message of {message} without a sound {field:?}")]
    Field {
        /// What the message is of.
        message: &'static str,
        /// The field's key.
        field: &'static str,
    },
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod venue_tests;
