//! From a text of the WebSocket to a message.

use onetape_core::instrument::Side;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::{Level, Many, Text, levels};
use super::{
    DecodeError, Decoded, Message, WireLevel, WireQuote, WireTicker, WireTrade, WireUpdate, candles,
};
use crate::stamp;

/// The envelope of all messages.
#[derive(Deserialize)]
pub(super) struct Frame<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) time_ms: Option<Text<'a>>,
    #[serde(borrow)]
    channel: Option<Text<'a>>,
    #[serde(borrow)]
    event: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) result: Option<&'a RawValue>,
    /// Of answers to requests alone.
    #[serde(borrow, alias = "req_id")]
    pub(super) request_id: Option<Text<'a>>,
}

impl<'a> Frame<'a> {
    pub(super) fn channel(&self) -> &'a str {
        self.channel.unwrap_or_default().0
    }

    /// The event; order books of the second kind come without one.
    pub(super) fn event(&self) -> &'a str {
        match self.event.unwrap_or_default().0 {
            "" if self.channel().ends_with(".obu") => "update",
            event => event,
        }
    }

    /// True when nothing speaks against what was asked for.
    pub(super) fn is_accepted(&self) -> bool {
        #[derive(Deserialize)]
        struct Outcome<'a> {
            #[serde(borrow)]
            status: Option<Text<'a>>,
        }
        let read = |text: &'a RawValue| serde_json::from_str::<Outcome<'_>>(text.get()).ok();
        let status = self.result.and_then(read).and_then(|it| it.status);
        self.error.is_none_or(|error| error.get() == "null")
            && status.is_none_or(|status| status.0 != "fail")
    }
}

/// Reads one message. What is not known is [`Message::Ignored`].
///
/// # Errors
/// When the text is not a JSON object, or a known message lacks a field or has one that cannot be.
pub fn decode(text: &str) -> Result<Decoded<'_>, DecodeError> {
    let frame: Frame<'_> = serde_json::from_str(text)?;
    let channel = frame.channel();
    let message = match frame.event() {
        "subscribe" | "unsubscribe" => Message::Answer {
            accepted: frame.is_accepted(),
        },
        "update" => update(channel, frame.result)?,
        _ => Message::Ignored,
    };
    Ok(Decoded { channel, message })
}

pub(super) fn update<'a>(
    channel: &str,
    result: Option<&'a RawValue>,
) -> Result<Message<'a>, DecodeError> {
    let known = ["spot", "futures"]
        .iter()
        .any(|place| (channel.strip_prefix(place)).is_some_and(|rest| rest.starts_with('.')));
    let (Some(result), true) = (result.map(RawValue::get), known) else {
        return Ok(Message::Ignored);
    };
    match channel.split_once('.').map(|(_, name)| name) {
        Some("book_ticker") => quote(result),
        Some("order_book_update" | "obu") => book(result),
        Some("trades" | "trades_v2") => trades(result),
        Some("candlesticks") => candles::candles(result),
        Some("tickers") => tickers(result),
        _ => Ok(Message::Ignored),
    }
}

/// Best prices and sizes; an empty price is an empty side.
#[derive(Deserialize)]
struct BookTicker<'a> {
    #[serde(borrow)]
    t: Option<Text<'a>>,
    u: u64,
    #[serde(borrow)]
    s: Text<'a>,
    #[serde(borrow)]
    b: Text<'a>,
    #[serde(borrow, rename = "B")]
    bid_size: Text<'a>,
    #[serde(borrow)]
    a: Text<'a>,
    #[serde(borrow, rename = "A")]
    ask_size: Text<'a>,
}

fn quote(text: &str) -> Result<Message<'_>, DecodeError> {
    let read: BookTicker<'_> = serde_json::from_str(text)?;
    let side = |price: Text<'_>| !price.0.is_empty();
    Ok(Message::Quote(WireQuote {
        symbol: read.s.0,
        update_id: read.u,
        bid: side(read.b).then_some(WireLevel {
            price: read.b.0,
            size: read.bid_size.0,
        }),
        ask: side(read.a).then_some(WireLevel {
            price: read.a.0,
            size: read.ask_size.0,
        }),
        time: read.t.and_then(|text| stamp::of_millis(text.0)),
    }))
}

#[derive(Deserialize)]
struct BookUpdate<'a> {
    #[serde(borrow)]
    t: Option<Text<'a>>,
    #[serde(borrow)]
    s: Text<'a>,
    #[serde(rename = "U")]
    first: Option<u64>,
    u: u64,
    #[serde(default)]
    full: bool,
    #[serde(borrow)]
    b: Option<Vec<Level<'a>>>,
    #[serde(borrow)]
    a: Option<Vec<Level<'a>>>,
}

fn book(text: &str) -> Result<Message<'_>, DecodeError> {
    let read: BookUpdate<'_> = serde_json::from_str(text)?;
    let first = match (read.first, read.full) {
        (Some(first), _) => first,
        // A whole book continues nothing.
        (None, true) => read.u,
        (None, false) => return Err(field("order_book_update", "U")),
    };
    // `ob.BTC_USDT.50` of the second kind is a stream's name.
    let stream = read.s.0.strip_prefix("ob.");
    let symbol = stream.and_then(|name| name.rsplit_once('.'));
    Ok(Message::Update(WireUpdate {
        symbol: symbol.map_or(read.s.0, |(symbol, _)| symbol),
        full: read.full,
        first,
        last: read.u,
        bids: levels(read.b),
        asks: levels(read.a),
        time: read.t.and_then(|text| stamp::of_millis(text.0)),
    }))
}

/// Spot names the pair, an amount and a side; futures name the contract and a size whose sign is the side.
#[derive(Deserialize)]
struct Trade<'a> {
    id: u64,
    #[serde(borrow)]
    create_time: Option<Text<'a>>,
    #[serde(borrow)]
    create_time_ms: Option<Text<'a>>,
    #[serde(borrow, alias = "contract")]
    currency_pair: Text<'a>,
    #[serde(borrow)]
    price: Text<'a>,
    #[serde(borrow)]
    amount: Option<Text<'a>>,
    #[serde(borrow)]
    size: Option<Text<'a>>,
    #[serde(borrow)]
    side: Option<Text<'a>>,
    #[serde(default)]
    is_internal: bool,
}

fn trades(text: &str) -> Result<Message<'_>, DecodeError> {
    let read: Many<Trade<'_>> = serde_json::from_str(text)?;
    let trades: Result<Vec<_>, _> = read.0.iter().map(trade).collect();
    trades.map(Message::Trades)
}

fn trade<'a>(read: &Trade<'a>) -> Result<WireTrade<'a>, DecodeError> {
    let (size, aggressor) = match (read.side, read.amount, read.size) {
        (Some(Text("buy")), Some(amount), _) => (amount.0, Side::Buy),
        (Some(Text("sell")), Some(amount), _) => (amount.0, Side::Sell),
        (None, None, Some(Text(size))) => match size.strip_prefix('-') {
            Some(size) => (size, Side::Sell),
            None => (size, Side::Buy),
        },
        (Some(_), Some(_), _) => return Err(field("trades", "side")),
        _ => return Err(field("trades", "size")),
    };
    // Sub-millisecond digits are in the text of milliseconds alone.
    let time = match (read.create_time_ms, read.create_time) {
        (Some(text), _) => stamp::of_millis(text.0),
        (None, Some(text)) => stamp::of_seconds(text.0),
        (None, None) => None,
    };
    Ok(WireTrade {
        symbol: read.currency_pair.0,
        id: read.id,
        price: read.price.0,
        size,
        aggressor,
        is_internal: read.is_internal,
        time,
    })
}

#[derive(Deserialize)]
struct Ticker<'a> {
    #[serde(borrow, alias = "contract")]
    currency_pair: Text<'a>,
    #[serde(borrow)]
    last: Text<'a>,
    #[serde(borrow)]
    highest_bid: Option<Text<'a>>,
    #[serde(borrow)]
    lowest_ask: Option<Text<'a>>,
    #[serde(borrow)]
    mark_price: Option<Text<'a>>,
    #[serde(borrow)]
    index_price: Option<Text<'a>>,
    #[serde(borrow)]
    funding_rate: Option<Text<'a>>,
    #[serde(borrow)]
    total_size: Option<Text<'a>>,
}

fn tickers(text: &str) -> Result<Message<'_>, DecodeError> {
    let read: Many<Ticker<'_>> = serde_json::from_str(text)?;
    Ok(Message::Tickers(read.0.into_iter().map(ticker).collect()))
}

fn ticker(read: Ticker<'_>) -> WireTicker<'_> {
    WireTicker {
        symbol: read.currency_pair.0,
        last: read.last.0,
        bid: told(read.highest_bid),
        ask: told(read.lowest_ask),
        mark: told(read.mark_price),
        index: told(read.index_price),
        rate: told(read.funding_rate),
        open_interest: told(read.total_size),
    }
}

/// What a field says; an empty text says nothing.
pub(super) fn told(text: Option<Text<'_>>) -> Option<&str> {
    text.map(|text| text.0).filter(|text| !text.is_empty())
}

pub(super) const fn field(message: &'static str, field: &'static str) -> DecodeError {
    DecodeError::Field { message, field }
}
