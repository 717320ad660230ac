//! Messages of public channels.

use onetape_core::event::{DepthUpdate, Level, Quote, Trade};
use onetape_core::instrument::Side;
use onetape_core::time::Ts;
use serde::Serialize;

use super::numbers::{millis, money, price, seconds, signed, size};
use crate::directory::Listed;
use crate::gate::Market;
use crate::gate::ask_spot::json;
use onetape_core::num::Money;

/// The envelope of what a channel tells.
#[derive(Serialize)]
pub(super) struct Update<'a, T> {
    pub(super) time: i64,
    pub(super) time_ms: i64,
    pub(super) channel: &'a str,
    pub(super) event: &'static str,
    pub(super) result: T,
}

/// A message of a channel.
pub(super) fn update(channel: &str, now: Ts, result: impl Serialize) -> String {
    json(&Update {
        time: seconds(now),
        time_ms: millis(now),
        channel,
        event: "update",
        result,
    })
}

/// The top of a book; an empty price is an empty side.
#[derive(Serialize)]
pub(super) struct Top<'a> {
    t: i64,
    u: u64,
    s: &'a str,
    b: String,
    #[serde(rename = "B")]
    bid_size: String,
    a: String,
    #[serde(rename = "A")]
    ask_size: String,
}

pub(super) fn top<'a>(quote: &Quote, id: u64, of: &'a Listed, at: Ts) -> Top<'a> {
    let side = |level: Level| match level.price.mantissa() {
        0 => (String::new(), "0".to_string()),
        _ => (price(of, level.price), size(of, level.qty)),
    };
    let (bid, bid_size) = side(quote.bid);
    let (ask, ask_size) = side(quote.ask);
    Top {
        t: millis(at),
        u: id,
        s: &of.instrument.symbol,
        b: bid,
        bid_size,
        a: ask,
        ask_size,
    }
}

/// A level in the form of its market.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum At {
    /// Spot, and the second kind of books.
    Pair([String; 2]),
    /// Futures.
    Named {
        /// Price.
        p: String,
        /// Size.
        s: String,
    },
}

pub(super) fn levels(market: Market, side: &[Level], of: &Listed) -> Vec<At> {
    let each = side.iter().map(|level| {
        let (p, s) = (price(of, level.price), size(of, level.qty));
        match market {
            Market::Spot => At::Pair([p, s]),
            Market::Usdt | Market::Btc => At::Named { p, s },
        }
    });
    each.collect()
}

/// Changes of a book, by either channel.
#[derive(Serialize)]
pub(super) struct Book {
    t: i64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    full: bool,
    s: String,
    #[serde(rename = "U", skip_serializing_if = "Option::is_none")]
    first: Option<u64>,
    u: u64,
    b: Vec<At>,
    a: Vec<At>,
    #[serde(skip_serializing_if = "Option::is_none")]
    l: Option<&'static str>,
}

/// Changes of a book as `order_book_update` tells them.
pub(super) fn changes(market: Market, update: &DepthUpdate, of: &Listed, at: Ts) -> Book {
    Book {
        t: millis(at),
        full: update.snapshot,
        s: of.instrument.symbol.clone(),
        first: Some(update.first),
        u: update.last,
        b: levels(market, &update.bids, of),
        a: levels(market, &update.asks, of),
        l: Some("100"),
    }
}

/// Changes of a book as `obu` tells them, under the stream's own name: the whole book comes first and continues
/// nothing.
pub(super) fn obu(stream: &str, update: &DepthUpdate, of: &Listed, at: Ts) -> Book {
    Book {
        t: millis(at),
        full: update.snapshot,
        s: stream.to_string(),
        first: (!update.snapshot).then_some(update.first),
        u: update.last,
        // Levels are pairs here, whatever the market.
        b: levels(Market::Spot, &update.bids, of),
        a: levels(Market::Spot, &update.asks, of),
        l: None,
    }
}

#[derive(Serialize)]
pub(super) struct SpotTrade<'a> {
    pub(super) id: u64,
    pub(super) id_market: u64,
    pub(super) create_time: i64,
    pub(super) create_time_ms: String,
    pub(super) side: &'static str,
    pub(super) currency_pair: &'a str,
    pub(super) amount: String,
    pub(super) price: String,
    pub(super) range: String,
}

#[derive(Serialize)]
pub(super) struct FuturesTrade<'a> {
    pub(super) size: String,
    pub(super) id: u64,
    pub(super) create_time: i64,
    pub(super) create_time_ms: i64,
    pub(super) price: String,
    pub(super) contract: &'a str,
}

pub(super) fn spot_trade<'a>(trade: &Trade, id: u64, of: &'a Listed, at: Ts) -> SpotTrade<'a> {
    SpotTrade {
        id,
        id_market: id,
        create_time: seconds(at),
        create_time_ms: millis(at).to_string(),
        side: side(trade.aggressor),
        currency_pair: &of.instrument.symbol,
        amount: size(of, trade.qty),
        price: price(of, trade.price),
        range: format!("{id}-{id}"),
    }
}

pub(super) fn futures_trade<'a>(
    trade: &Trade,
    id: u64,
    of: &'a Listed,
    at: Ts,
) -> FuturesTrade<'a> {
    FuturesTrade {
        size: signed(of, trade.aggressor, trade.qty),
        id,
        create_time: seconds(at),
        create_time_ms: millis(at),
        price: price(of, trade.price),
        contract: &of.instrument.symbol,
    }
}

pub(super) const fn side(side: Side) -> &'static str {
    side.name()
}

/// Mark and index of a contract, as its channel of tickers tells them.
#[derive(Serialize)]
pub(super) struct Ticker<'a> {
    contract: &'a str,
    last: String,
    mark_price: String,
    index_price: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    funding_rate: Option<String>,
}

pub(super) fn ticker(
    of: &Listed,
    mark: Money,
    index: Option<Money>,
    rate: Option<Money>,
) -> Ticker<'_> {
    Ticker {
        contract: &of.instrument.symbol,
        last: money(mark),
        mark_price: money(mark),
        index_price: index.map_or_else(String::new, money),
        funding_rate: rate.map(money),
    }
}
