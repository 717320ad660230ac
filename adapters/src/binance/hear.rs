//! Messages of streams: which kind a text is, and to whom it goes.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{DecodeError, Market, Message, decode, market as told_market, user_futures, user_spot};
use crate::ask::Cx;
use crate::counts::{Counts, Unused};
use crate::directory::Directory;
use crate::error::{AskError, WireError};
use crate::feed::Feed;
use crate::json::read;
use crate::news::{FrameAnswer, News};
use crate::number::Num;
use crate::request::Frame;

/// How deep messages lie in envelopes and lists.
const DEPTH_MAX: u8 = 3;

/// Streams of which nothing is needed.
const NOT_NEEDED: [&str; 22] = [
    "kline",
    "continuous_kline",
    "24hrTicker",
    "24hrMiniTicker",
    "1hTicker",
    "4hTicker",
    "1dTicker",
    "avgPrice",
    "blockTrade",
    "referencePrice",
    "forceOrder",
    "compositeIndex",
    "assetIndexUpdate",
    "EquityUpdate",
    "CommodityUpdate",
    "NoTradingUpdate",
    "listStatus",
    "externalLockUpdate",
    "TRADE_LITE",
    "ALGO_UPDATE",
    "STRATEGY_UPDATE",
    "GRID_UPDATE",
];

/// Takes one message.
pub(super) fn hear(
    market: Market,
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    hear_at(0, market, text, directory, counts, out)
}

fn hear_at(
    depth: u8,
    market: Market,
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    match decode(text) {
        Ok(decoded) => match decoded.message {
            Message::Ignored => other(depth, market, text, directory, counts, out),
            Message::Snapshot(_) => {
                counts.add(Unused::NotNeeded, "a book that was not asked for");
                Ok(())
            }
            // Streams of all symbols carry those of the other margin too.
            _ if decoded.market == Some(Market::Coinm) && market != Market::Coinm => {
                counts.add(Unused::OtherSymbol, "coin-margined");
                Ok(())
            }
            message => told_market::tell(market, &message, directory, counts, out),
        },
        // A list of messages, or no JSON at all.
        Err(DecodeError::Json(_)) => other(depth, market, text, directory, counts, out),
        Err(DecodeError::Field { message, field }) => Err(WireError::Field { message, field }),
    }
}

/// What may lie around a message, and what tells its kind.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow)]
    e: Option<Num<'a>>,
    stream: Option<Num<'a>>,
    data: Option<&'a RawValue>,
    event: Option<&'a RawValue>,
    id: Option<Num<'a>>,
    status: Option<u16>,
    result: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
}

fn other(
    depth: u8,
    market: Market,
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    if depth > DEPTH_MAX {
        counts.add(Unused::UnknownKind, "a message within messages");
        return Ok(());
    }
    if text.trim_start().starts_with('[') {
        let all: Vec<&RawValue> = read("a list of messages", text)?;
        let mut told = all.into_iter();
        return told
            .try_for_each(|it| hear_at(depth + 1, market, it.get(), directory, counts, out));
    }
    let envelope: Envelope<'_> = read("a message", text)?;
    if let Some(inner) = envelope.data.or(envelope.event) {
        if envelope
            .stream
            .as_ref()
            .is_some_and(|it| is_not_needed(it.text()))
        {
            counts.add(Unused::NotNeeded, "a stream that was not asked for");
            return Ok(());
        }
        return hear_at(depth + 1, market, inner.get(), directory, counts, out);
    }
    match (&envelope.e, &envelope.id) {
        (Some(kind), _) => event(kind.text(), market, text, directory, counts, out),
        (None, Some(id)) => {
            answered(id.text(), &envelope, text, counts, out);
            Ok(())
        }
        (None, None) => {
            counts.add(Unused::UnknownKind, "a message without a kind");
            Ok(())
        }
    }
}

/// Partial books and statistics, which look like what they are not without their stream's name.
fn is_not_needed(stream: &str) -> bool {
    let name = stream.split('@').nth(1).unwrap_or_default();
    let partial = name
        .strip_prefix("depth")
        .is_some_and(|rest| !rest.is_empty());
    partial || name.contains("ticker_") || name.starts_with("kline_")
}

fn event(
    kind: &str,
    market: Market,
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    match kind {
        "serverShutdown" => out.push(News::Reconnect),
        "eventStreamTerminated" | "listenKeyExpired" => out.push(News::StreamEnded),
        "contractInfo" if market != Market::Spot => {
            let news = told_market::contract(text, directory, counts)?;
            out.extend(news.map(News::Market));
        }
        "executionReport" if market == Market::Spot => {
            user_spot::order(text, directory, counts, out)?;
        }
        "outboundAccountPosition" if market == Market::Spot => {
            user_spot::balances(text, directory, counts, out)?;
        }
        "balanceUpdate" if market == Market::Spot => {
            user_spot::moved(text, directory, counts, out)?;
        }
        "ORDER_TRADE_UPDATE" if market != Market::Spot => {
            user_futures::order(text, directory, counts, out)?;
        }
        "ACCOUNT_UPDATE" if market != Market::Spot => {
            user_futures::account(text, directory, counts, out)?;
        }
        "ACCOUNT_CONFIG_UPDATE" if market != Market::Spot => {
            user_futures::settings(text, directory, counts, out)?;
        }
        "MARGIN_CALL" if market != Market::Spot => out.push(News::MarginCall),
        "CONDITIONAL_ORDER_TRIGGER_REJECT" => counts.add(Unused::Retired, kind),
        known if NOT_NEEDED.contains(&known) => counts.add(Unused::NotNeeded, known),
        unknown => counts.add(Unused::UnknownKind, unknown),
    }
    Ok(())
}

/// The answer to a frame of ours. Ids of ours are numbers from 1; an answer to another has the id 0.
fn answered(
    id: &str,
    envelope: &Envelope<'_>,
    text: &str,
    counts: &mut Counts,
    out: &mut Vec<News>,
) {
    let number = id.parse::<u64>().unwrap_or_else(|_| {
        counts.add(Unused::UnknownWord, "an id that is not ours");
        0
    });
    let subscription = (envelope.result).is_some_and(|it| it.get().contains("\"subscriptionId\""));
    match (envelope.status, envelope.error) {
        (Some(200), _) if subscription => out.push(News::Subscribed(id.to_string())),
        (Some(status), _) => out.push(News::Answer(FrameAnswer {
            id: number,
            status,
            receipt: false,
            text: text.into(),
        })),
        (None, Some(error)) => {
            let words = error.get().chars().take(200).collect();
            out.push(News::Refused(id.to_string(), words));
        }
        (None, None) => out.push(News::Subscribed(id.to_string())),
    }
}

/// The name of a stream: the symbol in lower case and what of it.
pub(super) fn stream(feed: Feed, suffix: &str, cx: &Cx<'_>) -> Result<Option<String>, AskError> {
    let Some(id) = feed.instrument() else {
        return Ok(None);
    };
    let symbol = cx.listed(id)?.instrument.symbol.to_lowercase();
    Ok(Some(format!("{symbol}@{suffix}")))
}

/// A frame that begins or ends streams.
pub(super) fn control(method: &str, streams: &[String], id: u64) -> Frame {
    let whole = serde_json::json!({ "method": method, "params": streams, "id": id });
    Frame::Text(Value::to_string(&whole))
}
