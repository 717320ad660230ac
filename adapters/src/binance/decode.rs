//! From a text to a message.

use std::borrow::Cow;

use onetape_core::time::Ts;

use super::wire::{Field, Key, Line, Payload};
use super::{
    DecodeError, Decoded, Market, Message, WireDiff, WireLevel, WireMark, WireQuote, WireSnapshot,
    WireTrade,
};

/// Reads one message: wrapped (`{"stream": …, "data": …}`), bare, or the answer to a REST depth request. What is
/// not known is [`Message::Ignored`].
///
/// # Errors
/// When the text is not a JSON object, or a known message lacks a field.
pub fn decode(text: &str) -> Result<Decoded<'_>, DecodeError> {
    let line: Line<'_> = serde_json::from_str(text).map_err(DecodeError::Json)?;
    let mut payload = line.payload;
    let kind = line
        .stream
        .as_deref()
        .map_or_else(|| bare(&payload), wrapped);
    let (name, market, read): (_, _, Reader) = match kind {
        Kind::Quote => ("a bookTicker", quote_market(&payload), quote),
        Kind::Diff => ("a depthUpdate", depth_market(&payload), diff),
        Kind::Snapshot => ("a depth snapshot", snapshot_market(&payload), snapshot),
        Kind::Trade => ("a trade", trade_market(&payload), trade),
        Kind::Aggregate => ("an aggTrade", trade_market(&payload), aggregate),
        Kind::Mark => ("a markPriceUpdate", coin_or(&payload, Market::Usdm), mark),
        Kind::Other => {
            return Ok(Decoded {
                market: None,
                message: Message::Ignored,
            });
        }
    };
    let message = read(&mut payload).map_err(|key| DecodeError::Field {
        message: name,
        field: key.text(),
    })?;
    Ok(Decoded { market, message })
}

/// What the sender calls a message: its stream without the symbol (`kline_1m`), else its kind (`kline`).
pub fn channel(text: &str) -> Option<String> {
    let line: Line<'_> = serde_json::from_str(text).ok()?;
    match &line.stream {
        Some(stream) => stream.split('@').nth(1).map(str::to_string),
        None => line.payload.text(Key::Kind).map(str::to_string),
    }
}

type Reader = for<'a> fn(&mut Payload<'a>) -> Result<Message<'a>, Key>;

enum Kind {
    Quote,
    Diff,
    Snapshot,
    Trade,
    Aggregate,
    Mark,
    Other,
}

/// By the name of the stream. Partial books (`@depth5`, `@depth10`, `@depth20`) look like diffs and are none.
fn wrapped(stream: &str) -> Kind {
    if stream == "!bookTicker" {
        return Kind::Quote;
    }
    let mut parts = stream.split('@').skip(1);
    match parts.next() {
        Some("bookTicker") => Kind::Quote,
        Some("depth") => Kind::Diff,
        Some("trade") => Kind::Trade,
        Some("aggTrade") => Kind::Aggregate,
        Some("markPrice") if !stream.starts_with('!') => Kind::Mark,
        _ => Kind::Other,
    }
}

/// By the fields, where there is no stream's name.
fn bare(payload: &Payload<'_>) -> Kind {
    match payload.text(Key::Kind) {
        Some("bookTicker") => Kind::Quote,
        Some("depthUpdate") => Kind::Diff,
        Some("trade") => Kind::Trade,
        Some("aggTrade") => Kind::Aggregate,
        Some("markPriceUpdate") => Kind::Mark,
        Some(_) => Kind::Other,
        None if payload.has(Key::SnapshotId) => Kind::Snapshot,
        None if [Key::Last, Key::BidQty, Key::AskQty]
            .iter()
            .all(|k| payload.has(*k)) =>
        {
            Kind::Quote
        }
        None => Kind::Other,
    }
}

/// Futures streams of both margins look alike but for `st` (2 is coin-margined) and, before that came, `ps`.
fn coin_or(payload: &Payload<'_>, market: Market) -> Option<Market> {
    let coin = match payload.number(Key::Margin) {
        Some(margin) => margin == 2,
        None => payload.has(Key::PairShort) || payload.has(Key::Pair),
    };
    Some(if coin { Market::Coinm } else { market })
}

fn quote_market(payload: &Payload<'_>) -> Option<Market> {
    if payload.has(Key::Kind) || payload.has(Key::Time) {
        coin_or(payload, Market::Usdm)
    } else {
        Some(Market::Spot)
    }
}

fn depth_market(payload: &Payload<'_>) -> Option<Market> {
    if payload.has(Key::Prev) {
        coin_or(payload, Market::Usdm)
    } else {
        Some(Market::Spot)
    }
}

fn snapshot_market(payload: &Payload<'_>) -> Option<Market> {
    if payload.has(Key::EventTime) || payload.has(Key::Time) {
        coin_or(payload, Market::Usdm)
    } else {
        Some(Market::Spot)
    }
}

fn trade_market(payload: &Payload<'_>) -> Option<Market> {
    if payload.has(Key::TradeKind) {
        coin_or(payload, Market::Usdm)
    } else {
        payload.has(Key::SpotFlag).then_some(Market::Spot)
    }
}

fn quote<'a>(payload: &mut Payload<'a>) -> Result<Message<'a>, Key> {
    Ok(Message::Quote(WireQuote {
        symbol: symbol(payload)?,
        update_id: number(payload, Key::Last)?,
        bid: WireLevel {
            price: plain(payload, Key::Bid)?,
            qty: plain(payload, Key::BidQty)?,
        },
        ask: WireLevel {
            price: plain(payload, Key::Ask)?,
            qty: plain(payload, Key::AskQty)?,
        },
        time: time(payload),
    }))
}

fn diff<'a>(payload: &mut Payload<'a>) -> Result<Message<'a>, Key> {
    Ok(Message::Diff(WireDiff {
        symbol: symbol(payload)?,
        first: number(payload, Key::First)?,
        last: number(payload, Key::Last)?,
        prev: match payload.has(Key::Prev) {
            true => Some(number(payload, Key::Prev)?),
            false => None,
        },
        bids: levels(payload, Key::Bid)?,
        asks: levels(payload, Key::Ask)?,
        time: time(payload),
    }))
}

fn snapshot<'a>(payload: &mut Payload<'a>) -> Result<Message<'a>, Key> {
    Ok(Message::Snapshot(WireSnapshot {
        symbol: match payload.take(Key::SymbolLong) {
            Field::Text(text) => Some(text),
            _ => None,
        },
        last: number(payload, Key::SnapshotId)?,
        bids: levels(payload, Key::Bids)?,
        asks: levels(payload, Key::Asks)?,
        time: time(payload),
    }))
}

fn trade<'a>(payload: &mut Payload<'a>) -> Result<Message<'a>, Key> {
    Ok(Message::Trade(WireTrade {
        symbol: symbol(payload)?,
        id: number(payload, Key::Trade)?,
        price: plain(payload, Key::Price)?,
        qty: plain(payload, Key::Qty)?,
        kind: match payload.take(Key::TradeKind) {
            Field::Absent => None,
            Field::Text(text) => Some(text),
            _ => return Err(Key::TradeKind),
        },
        buyer_is_maker: match payload.take(Key::Maker) {
            Field::Flag(flag) => flag,
            _ => return Err(Key::Maker),
        },
        time: time(payload),
    }))
}

/// Its own id is `a`, and `f` and `l` are those of its first and last print.
fn aggregate<'a>(payload: &mut Payload<'a>) -> Result<Message<'a>, Key> {
    Ok(Message::Aggregate(WireTrade {
        symbol: symbol(payload)?,
        id: number(payload, Key::Ask)?,
        price: plain(payload, Key::Price)?,
        qty: plain(payload, Key::Qty)?,
        kind: None,
        buyer_is_maker: match payload.take(Key::Maker) {
            Field::Flag(flag) => flag,
            _ => return Err(Key::Maker),
        },
        time: time(payload),
    }))
}

fn mark<'a>(payload: &mut Payload<'a>) -> Result<Message<'a>, Key> {
    Ok(Message::Mark(WireMark {
        symbol: symbol(payload)?,
        mark: plain(payload, Key::Price)?,
        index: optional(payload, Key::Index)?,
        rate: optional(payload, Key::Rate)?,
        // Here `T` is the time of the next payment, zero where there is none.
        settles_at: payload
            .number(Key::Time)
            .filter(|&t| t > 0)
            .and_then(moment),
        time: payload.number(Key::EventTime).and_then(moment),
    }))
}

fn symbol<'a>(payload: &mut Payload<'a>) -> Result<Cow<'a, str>, Key> {
    match payload.take(Key::Symbol) {
        Field::Text(text) if !text.is_empty() => Ok(text),
        _ => Err(Key::Symbol),
    }
}

fn number(payload: &Payload<'_>, key: Key) -> Result<u64, Key> {
    payload.number(key).ok_or(key)
}

fn plain<'a>(payload: &mut Payload<'a>, key: Key) -> Result<&'a str, Key> {
    match payload.take(key) {
        Field::Text(Cow::Borrowed(text)) => Ok(text),
        _ => Err(key),
    }
}

/// Delivery contracts have empty texts where perpetual ones have a rate.
fn optional<'a>(payload: &mut Payload<'a>, key: Key) -> Result<Option<&'a str>, Key> {
    match payload.has(key) {
        true => plain(payload, key).map(|text| Some(text).filter(|text| !text.is_empty())),
        false => Ok(None),
    }
}

fn levels<'a>(payload: &mut Payload<'a>, key: Key) -> Result<Vec<WireLevel<'a>>, Key> {
    match payload.take(key) {
        Field::Levels(levels) => Ok(levels),
        _ => Err(key),
    }
}

/// The matching engine's time where told, else the event's.
fn time(payload: &Payload<'_>) -> Option<Ts> {
    let told = payload.number(Key::Time);
    told.or(payload.number(Key::EventTime)).and_then(moment)
}

/// Milliseconds, or microseconds where the connection asked for them.
pub(super) fn moment(stamp: u64) -> Option<Ts> {
    let factor = if stamp < 100_000_000_000_000 {
        1_000_000
    } else {
        1_000
    };
    let nanos = stamp.checked_mul(factor)?;
    i64::try_from(nanos).ok().map(Ts::from_nanos)
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
