//! What streams say.

use onetape_core::instrument::Side;
use serde_json::{Value, json};

use super::market::{changed, levels};
use super::user;
use super::writing::{millis, money, of, price, qty};
use crate::binance::Market;
use crate::server::Cx;
use crate::server::call::{Channel, Stream};
use crate::server::news::News;
use crate::server::state::{BookState, Print, Stretch, TopState};

/// Where a stream is told: what stands around its messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seat<'a> {
    /// True on a connection whose messages name their stream.
    pub wrapped: bool,
    /// The number of the account's stream on a connection for requests, at spot.
    pub subscription: Option<u64>,
    /// The key of the account's stream, at futures.
    pub key: &'a str,
}

/// The message by which a stream tells a piece of news; `None` where it is not its business.
pub fn tell(
    market: Market,
    stream: &Stream,
    news: &News,
    seat: Seat<'_>,
    cx: &Cx<'_>,
) -> Option<String> {
    let account = matches!(stream.channel, Channel::Account);
    let event = match account {
        true => user::event(market, news, cx)?,
        false => event(market, stream, news, cx)?,
    };
    let whole = match (seat.subscription, seat.wrapped) {
        (Some(number), _) if account => json!({ "subscriptionId": number, "event": event }),
        (_, true) if account => json!({ "stream": seat.key, "data": event }),
        (_, true) => json!({ "stream": stream.name, "data": event }),
        _ => event,
    };
    Some(whole.to_string())
}

fn event(market: Market, stream: &Stream, news: &News, cx: &Cx<'_>) -> Option<Value> {
    let mine = |id| stream.instrument.is_none_or(|it| it == id);
    match (stream.channel, news) {
        (Channel::Quote, News::Top(it)) if mine(it.quote.instrument) => top(market, it, cx),
        (Channel::Depth(_), News::Depth(it)) if mine(it.update.instrument) => depth(market, it, cx),
        (Channel::Levels(most, _), News::Book(it)) if mine(it.update.instrument) => {
            book(market, it, most, cx)
        }
        (Channel::Prints, News::Print(it)) if mine(it.instrument) => print(market, it, cx),
        (Channel::Aggregates, News::Aggregate(it)) if mine(it.instrument) => {
            aggregate(market, it, cx)
        }
        (Channel::Mark(_), News::Mark(it)) if mine(it.instrument) => {
            let one = json!({
                "e": "markPriceUpdate", "E": millis(it.at), "s": of(cx, it.instrument)?.symbol,
                "p": money(it.mark), "i": money(it.index), "P": money(it.mark), "ap": money(it.mark),
                "r": money(it.rate), "T": millis(it.settles_at), "st": 1,
            });
            Some(match stream.instrument {
                Some(_) => one,
                None => json!([one]),
            })
        }
        (Channel::Ticker, News::Ticker(it)) if mine(it.instrument) => day(market, it, cx),
        (Channel::Candles(span), News::Candle(it))
            if mine(it.instrument) && it.to.since(it.from) == span =>
        {
            candle(stream, it, cx)
        }
        (_, News::Shutdown) => Some(json!({ "e": "serverShutdown", "E": millis(cx.now) })),
        _ => None,
    }
}

fn top(market: Market, it: &TopState, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.quote.instrument)?;
    let mut all = json!({
        "u": it.update, "s": of.symbol, "b": price(of, it.quote.bid.price),
        "B": qty(of, it.quote.bid.qty), "a": price(of, it.quote.ask.price),
        "A": qty(of, it.quote.ask.qty),
    });
    if market != Market::Spot {
        add(
            &mut all,
            json!({
                "e": "bookTicker", "E": millis(it.at), "T": millis(it.at), "st": 1, "ps": of.symbol,
            }),
        );
    }
    Some(all)
}

/// A change of a book: at futures with the last number of the change before.
fn depth(market: Market, it: &BookState, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.update.instrument)?;
    let mut all = json!({
        "e": "depthUpdate", "E": millis(it.at), "s": of.symbol, "U": it.update.first,
        "u": it.update.last, "b": levels(of, &it.update.bids), "a": levels(of, &it.update.asks),
    });
    if market != Market::Spot {
        let before = it.update.prev.unwrap_or(it.update.first.saturating_sub(1));
        add(
            &mut all,
            json!({ "T": millis(it.at), "pu": before, "st": 1, "ps": of.symbol }),
        );
    }
    Some(all)
}

/// So many levels of a book.
fn book(market: Market, it: &BookState, most: u32, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.update.instrument)?;
    let most = usize::try_from(most).ok()?;
    let cut = |all: &[_]| levels(of, &all[..all.len().min(most)]);
    let (bids, asks) = (cut(&it.update.bids), cut(&it.update.asks));
    Some(match market {
        Market::Spot => json!({ "lastUpdateId": it.update.last, "bids": bids, "asks": asks }),
        _ => json!({
            "e": "depthUpdate", "E": millis(it.at), "T": millis(it.at), "s": of.symbol,
            "U": it.update.first, "u": it.update.last,
            "pu": it.update.prev.unwrap_or(it.update.first.saturating_sub(1)), "b": bids, "a": asks,
        }),
    })
}

fn print(market: Market, it: &Print, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.instrument)?;
    let mut all = json!({
        "e": "trade", "E": millis(it.at), "s": of.symbol, "t": it.id, "p": price(of, it.price),
        "q": qty(of, it.qty), "T": millis(it.at), "m": it.aggressor == Side::Sell,
    });
    add(
        &mut all,
        match market {
            Market::Spot => json!({ "M": true }),
            _ => json!({ "X": "MARKET", "st": 1 }),
        },
    );
    Some(all)
}

fn aggregate(market: Market, it: &Print, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.instrument)?;
    let mut all = json!({
        "e": "aggTrade", "E": millis(it.at), "s": of.symbol, "a": it.id, "p": price(of, it.price),
        "q": qty(of, it.qty), "f": it.first, "l": it.last, "T": millis(it.at),
        "m": it.aggressor == Side::Sell,
    });
    add(
        &mut all,
        match market {
            Market::Spot => json!({ "M": true }),
            _ => json!({ "nq": qty(of, it.qty), "st": 1 }),
        },
    );
    Some(all)
}

fn day(market: Market, it: &Stretch, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.instrument)?;
    let (change, percent, average) = changed(of, it);
    let mut all = json!({
        "e": "24hrTicker", "E": millis(cx.now), "s": of.symbol, "p": change, "P": percent, "w": average,
        "c": price(of, it.close), "Q": qty(of, it.last_qty), "o": price(of, it.open),
        "h": price(of, it.high), "l": price(of, it.low), "v": qty(of, it.volume),
        "q": money(it.quote_volume), "O": millis(it.from), "C": millis(it.to), "F": it.first_id,
        "L": it.last_id, "n": it.count,
    });
    if let (Market::Spot, Some(top)) = (market, it.top) {
        add(
            &mut all,
            json!({
                "x": price(of, it.open), "b": price(of, top.bid.price), "B": qty(of, top.bid.qty),
                "a": price(of, top.ask.price), "A": qty(of, top.ask.qty),
            }),
        );
    }
    Some(all)
}

fn candle(stream: &Stream, it: &Stretch, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.instrument)?;
    let word = stream.name.split_once("kline_")?.1;
    Some(json!({
        "e": "kline", "E": millis(cx.now), "s": of.symbol,
        "k": {
            "t": millis(it.from), "T": millis(it.to) - 1, "s": of.symbol, "i": word,
            "f": it.first_id, "L": it.last_id, "o": price(of, it.open), "c": price(of, it.close),
            "h": price(of, it.high), "l": price(of, it.low), "v": qty(of, it.volume), "n": it.count,
            "x": it.closed, "q": money(it.quote_volume), "V": "0", "Q": "0", "B": "0",
        },
    }))
}

/// Adds the fields of one object to another.
pub(super) fn add(all: &mut Value, more: Value) {
    if let (Value::Object(all), Value::Object(mut more)) = (all, more) {
        all.append(&mut more);
    }
}
