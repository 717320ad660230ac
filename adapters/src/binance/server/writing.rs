//! What calls give, as the venue writes it.

use onetape_core::instrument::Instrument;
use onetape_core::names::{AssetId, InstrumentId};
use onetape_core::num::{Money, Price, Qty, format_fixed};
use onetape_core::time::{Span, Ts};
use serde_json::{Value, json};

use super::{account, connection, info, market as prints, order, refusal};
use crate::ask::{MarginMode, PositionMode};
use crate::binance::Market;
use crate::budget::Counted;
use crate::report::PositionSide;
use crate::server::Cx;
use crate::server::call::{Call, Detail, Way};
use crate::server::reply::Reply;
use crate::server::state::LimitState;

/// The result of a call as JSON; `null` where it is not one that the call can give.
pub(super) fn reply(market: Market, call: &Call, way: &Way, reply: &Reply, cx: &Cx<'_>) -> String {
    match reply {
        Reply::Tiers(all) => account::tiers(all, way.one, cx),
        _ => {
            let value = written(market, call, way, reply, cx);
            value.unwrap_or_default().to_string()
        }
    }
}

fn written(market: Market, call: &Call, way: &Way, reply: &Reply, cx: &Cx<'_>) -> Option<Value> {
    let spot = market == Market::Spot;
    Some(match reply {
        // Streams of market data are begun and ended with `null`.
        Reply::Done if way.route == connection::STREAMS => Value::Null,
        Reply::Done => return done(market, call, cx),
        Reply::Time(at) => json!({ "serverTime": millis(*at) }),
        Reply::Instruments(rules) => info::exchange(market, rules, cx),
        Reply::Depth(book) => prints::book(market, book, cx)?,
        Reply::Prints(all) if way.route.ends_with("aggTrades") => {
            list(all, |it| prints::aggregate(it, cx))
        }
        Reply::Prints(all) => list(all, |it| prints::print(it, cx)),
        Reply::Quotes(all) => one_or(way, all, |it| prints::top(market, it, cx)),
        Reply::Tickers(all) if way.route.ends_with("price") => {
            one_or(way, all, |it| prints::last(market, it, cx))
        }
        Reply::Tickers(all) => one_or(way, all, |it| prints::day(market, it, cx)),
        Reply::Candles(all) => list(all, |it| prints::candle(it, cx)),
        Reply::Marks(all) if way.route.ends_with("fundingRate") => {
            list(all, |it| prints::funding_rate(it, cx))
        }
        Reply::Marks(all) => one_or(way, all, |it| prints::premium(it, cx)),
        Reply::OpenInterest(id, amount, at) => json!({
            "symbol": of(cx, *id)?.symbol, "openInterest": money(*amount), "time": millis(*at),
        }),
        Reply::Order(it, fills) => one_order(market, call, way, it, fills, cx)?,
        Reply::Each(all) => Value::Array(
            all.iter()
                .map(|it| match it {
                    Ok(it) => {
                        order::placed(market, it, &[], Detail::Result, cx).unwrap_or_default()
                    }
                    Err(wrong) => {
                        let said = refusal::said(market, wrong, &refusal::Failing::Other);
                        json!({ "code": said.code.unwrap_or(-1_000), "msg": said.message })
                    }
                })
                .collect(),
        ),
        Reply::Orders(all) if matches!(call, Call::CancelAll(..)) => match spot {
            true => list(all, |it| order::cancelled(market, it, &way.echo, cx)),
            false => success(),
        },
        Reply::Orders(all) => list(all, |it| order::status(market, it, cx)),
        Reply::Trades(all) => list(all, |it| account::trade(market, it, cx)),
        Reply::Account(it) if matches!(call, Call::Balances) => {
            list(&it.margins, |it| account::balance(it, cx))
        }
        Reply::Account(it) if spot => account::spot(it, way.one, cx),
        Reply::Account(it) => account::futures(it, way.route.contains("v2"), cx),
        Reply::Positions(all) => list(all, |it| account::position(it, cx)),
        Reply::Settings(all) => match call {
            Call::PositionMode => {
                let mode = all.iter().find_map(|it| it.position_mode)?;
                json!({ "dualSidePosition": mode == PositionMode::Hedge })
            }
            Call::SetLeverage { .. } => account::leverage(all.first()?, cx)?,
            _ => list(all, |it| account::settings(it, cx)),
        },
        // Written as text: it has numbers that are no texts, and they are exact.
        Reply::Tiers(_) => return None,
        Reply::Fees(all) => account::fees(market, all.first()?, cx)?,
        Reply::Funding(all) => list(all, |it| account::income(it, cx)),
        Reply::StreamKey(key) => json!({ "listenKey": key }),
        Reply::Limits(all) => counted(all),
        Reply::Streams(names) if way.route == "session.subscriptions" => {
            let numbers = names.iter().filter_map(|it| it.parse::<u64>().ok());
            numbers.map(|it| json!({ "subscriptionId": it })).collect()
        }
        Reply::Streams(names) => json!(names),
        Reply::StreamNumber(number) => json!({ "subscriptionId": number }),
        Reply::Logon(whose) => {
            let (key, since) = match whose {
                Some((key, since)) => (json!(key), json!(millis(*since))),
                None => (Value::Null, Value::Null),
            };
            json!({
                "apiKey": key, "authorizedSince": since, "connectedSince": since,
                "returnRateLimits": true, "serverTime": millis(cx.now),
            })
        }
    })
}

/// What the venue says where there is nothing to tell.
fn done(market: Market, call: &Call, cx: &Cx<'_>) -> Option<Value> {
    Some(match call {
        Call::CancelAll(..) if market == Market::Spot => json!([]),
        Call::CancelAll(..) | Call::SetMarginMode { .. } | Call::SetPositionMode(_) => success(),
        Call::DeadMan(id, after) => json!({
            "symbol": of(cx, (*id)?)?.symbol,
            "countdownTime": (after.nanos() / 1_000_000).to_string(),
        }),
        Call::SetLeverage {
            instrument,
            leverage,
        } => json!({
            "symbol": of(cx, *instrument)?.symbol, "leverage": leverage, "maxNotionalValue": "1000000",
        }),
        _ => json!({}),
    })
}

fn success() -> Value {
    json!({ "code": 200, "msg": "success" })
}

fn one_order(
    market: Market,
    call: &Call,
    way: &Way,
    it: &crate::server::state::OrderState,
    fills: &[crate::server::state::FillState],
    cx: &Cx<'_>,
) -> Option<Value> {
    match call {
        Call::Cancel(_) => order::cancelled(market, it, &way.echo, cx),
        Call::Amend(_) if market == Market::Spot => order::shrunk(it, cx),
        Call::Order(_) => order::status(market, it, cx),
        _ => order::placed(market, it, fills, way.detail, cx),
    }
}

/// A list of what can be written.
pub(super) fn list<T>(all: &[T], write: impl Fn(&T) -> Option<Value>) -> Value {
    Value::Array(all.iter().filter_map(write).collect())
}

/// One object where one thing was asked for, else a list.
fn one_or<T>(way: &Way, all: &[T], write: impl Fn(&T) -> Option<Value>) -> Value {
    match (way.one, all) {
        (true, [one]) => write(one).unwrap_or_default(),
        _ => list(all, write),
    }
}

/// An instrument of the venue.
pub(super) fn of<'a>(cx: &Cx<'a>, id: InstrumentId) -> Option<&'a Instrument> {
    cx.directory.get(id).map(|it| &it.instrument)
}

pub(super) fn asset(cx: &Cx<'_>, id: AssetId) -> Option<String> {
    cx.directory.asset_name(id).map(str::to_string)
}

pub(super) fn price(of: &Instrument, price: Price) -> String {
    format_fixed(price.mantissa(), of.price_decimals)
}

/// A price, zero where there is none.
pub(super) fn some_price(of: &Instrument, limit: Option<Price>) -> String {
    price(of, limit.unwrap_or_default())
}

pub(super) fn qty(of: &Instrument, qty: Qty) -> String {
    format_fixed(qty.mantissa(), of.qty_decimals)
}

/// An amount as a plain decimal.
pub(super) fn money(amount: Money) -> String {
    amount.trimmed().decimal().to_string()
}

pub(super) const fn millis(at: Ts) -> i64 {
    at.nanos() / 1_000_000
}

pub(super) const fn side(side: onetape_core::instrument::Side) -> &'static str {
    crate::binance::route::side_word(side)
}

pub(super) const fn position_side(side: PositionSide) -> &'static str {
    match side {
        PositionSide::Net => "BOTH",
        PositionSide::Long => "LONG",
        PositionSide::Short => "SHORT",
    }
}

pub(super) const fn margin_mode(mode: MarginMode) -> &'static str {
    match mode {
        MarginMode::Cross => "cross",
        MarginMode::Isolated => "isolated",
    }
}

/// A time as a number and a unit, as the venue says it.
const fn unit(over: Span) -> (&'static str, i64, &'static str) {
    let seconds = over.nanos() / 1_000_000_000;
    match seconds {
        0..=59 => ("SECOND", seconds, "S"),
        60..=3_599 => ("MINUTE", seconds / 60, "M"),
        3_600..=86_399 => ("HOUR", seconds / 3_600, "H"),
        _ => ("DAY", seconds / 86_400, "D"),
    }
}

/// Headers that tell how limits are used.
pub(super) fn limits(all: &[LimitState]) -> Vec<(&'static str, String)> {
    let named = all.iter().filter_map(|it| {
        let (_, number, letter) = unit(it.over);
        let name = match (it.counted, number, letter) {
            (Counted::Weight, 1, "M") => "X-MBX-USED-WEIGHT-1M",
            (Counted::Orders, 10, "S") => "X-MBX-ORDER-COUNT-10S",
            (Counted::Orders, 1, "M") => "X-MBX-ORDER-COUNT-1M",
            (Counted::Orders, 1, "D") => "X-MBX-ORDER-COUNT-1D",
            _ => return None,
        };
        Some((name, it.used.to_string()))
    });
    named.collect()
}

/// Limits as frames and `exchangeInfo` list them.
pub(super) fn counted(all: &[LimitState]) -> Value {
    let told = all.iter().map(|it| {
        let (interval, number, _) = unit(it.over);
        let kind = match it.counted {
            Counted::Weight => "REQUEST_WEIGHT",
            Counted::Requests => "RAW_REQUESTS",
            Counted::Orders => "ORDERS",
            Counted::Connections => "CONNECTIONS",
        };
        json!({
            "rateLimitType": kind, "interval": interval, "intervalNum": number,
            "limit": it.limit, "count": it.used,
        })
    });
    told.collect()
}
