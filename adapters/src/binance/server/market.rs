//! Market data as answers and streams tell it.

use onetape_core::event::Level;
use onetape_core::instrument::{Instrument, Side};
use onetape_core::num::{Money, Price};
use serde_json::{Value, json};

use super::writing::{millis, money, of, price, qty};
use crate::binance::Market;
use crate::server::Cx;
use crate::server::state::{BookState, MarkState, Print, Stretch, TopState};

/// Levels as pairs of texts.
pub(super) fn levels(of: &Instrument, all: &[Level]) -> Value {
    let pairs = all
        .iter()
        .map(|it| json!([price(of, it.price), qty(of, it.qty)]));
    pairs.collect()
}

/// A whole book.
pub(super) fn book(market: Market, it: &BookState, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.update.instrument)?;
    let (bids, asks) = (levels(of, &it.update.bids), levels(of, &it.update.asks));
    Some(match market {
        Market::Spot => json!({ "lastUpdateId": it.update.last, "bids": bids, "asks": asks }),
        _ => json!({
            "lastUpdateId": it.update.last, "E": millis(it.at), "T": millis(it.at), "bids": bids,
            "asks": asks,
        }),
    })
}

/// A public print.
pub(super) fn print(it: &Print, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.instrument)?;
    Some(json!({
        "id": it.id, "price": price(of, it.price), "qty": qty(of, it.qty),
        "quoteQty": money(of.notional(it.price, it.qty)), "time": millis(it.at),
        "isBuyerMaker": it.aggressor == Side::Sell, "isBestMatch": true,
    }))
}

/// Prints that one order made at one price.
pub(super) fn aggregate(it: &Print, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.instrument)?;
    Some(json!({
        "a": it.id, "p": price(of, it.price), "q": qty(of, it.qty), "f": it.first, "l": it.last,
        "T": millis(it.at), "m": it.aggressor == Side::Sell, "M": true,
    }))
}

/// A top of book that is asked for.
pub(super) fn top(market: Market, it: &TopState, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.quote.instrument)?;
    let mut all = json!({
        "symbol": of.symbol, "bidPrice": price(of, it.quote.bid.price),
        "bidQty": qty(of, it.quote.bid.qty), "askPrice": price(of, it.quote.ask.price),
        "askQty": qty(of, it.quote.ask.qty),
    });
    if market != Market::Spot
        && let Value::Object(all) = &mut all
    {
        all.insert("time".to_string(), json!(millis(it.at)));
        all.insert("lastUpdateId".to_string(), json!(it.update));
    }
    Some(all)
}

/// The last price.
pub(super) fn last(market: Market, it: &Stretch, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.instrument)?;
    let mut all = json!({ "symbol": of.symbol, "price": price(of, it.close) });
    if market != Market::Spot
        && let Value::Object(all) = &mut all
    {
        all.insert("time".to_string(), json!(millis(it.to)));
    }
    Some(all)
}

/// What a day changed: the difference, that in percent, and the average price.
pub(super) fn changed(of: &Instrument, it: &Stretch) -> (String, String, String) {
    let change = Price::new(it.close.mantissa().saturating_sub(it.open.mantissa()));
    let open = of.price_decimal(it.open);
    let hundred = rust_decimal::Decimal::ONE_HUNDRED;
    let percent = of.price_decimal(change).checked_div(open);
    let percent = percent
        .unwrap_or_default()
        .saturating_mul(hundred)
        .round_dp(3);
    let average = it
        .quote_volume
        .decimal()
        .checked_div(of.qty_decimal(it.volume));
    let average = Money::new(average.unwrap_or_default().round_dp(8));
    (price(of, change), percent.to_string(), money(average))
}

/// The numbers of a day.
pub(super) fn day(market: Market, it: &Stretch, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.instrument)?;
    let (change, percent, average) = changed(of, it);
    let mut all = json!({
        "symbol": of.symbol, "priceChange": change, "priceChangePercent": percent,
        "weightedAvgPrice": average, "lastPrice": price(of, it.close), "lastQty": qty(of, it.last_qty),
        "openPrice": price(of, it.open), "highPrice": price(of, it.high),
        "lowPrice": price(of, it.low), "volume": qty(of, it.volume),
        "quoteVolume": money(it.quote_volume), "openTime": millis(it.from),
        "closeTime": millis(it.to), "firstId": it.first_id, "lastId": it.last_id, "count": it.count,
    });
    if let (Market::Spot, Some(top), Value::Object(all)) = (market, it.top, &mut all) {
        for (name, value) in [
            ("prevClosePrice", price(of, it.open)),
            ("bidPrice", price(of, top.bid.price)),
            ("bidQty", qty(of, top.bid.qty)),
            ("askPrice", price(of, top.ask.price)),
            ("askQty", qty(of, top.ask.qty)),
        ] {
            all.insert(name.to_string(), Value::from(value));
        }
    }
    Some(all)
}

/// A bar.
pub(super) fn candle(it: &Stretch, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.instrument)?;
    Some(json!([
        millis(it.from),
        price(of, it.open),
        price(of, it.high),
        price(of, it.low),
        price(of, it.close),
        qty(of, it.volume),
        millis(it.to) - 1,
        money(it.quote_volume),
        it.count,
        "0",
        "0",
        "0"
    ]))
}

/// Mark, index and funding.
pub(super) fn premium(it: &MarkState, cx: &Cx<'_>) -> Option<Value> {
    Some(json!({
        "symbol": of(cx, it.instrument)?.symbol, "markPrice": money(it.mark),
        "indexPrice": money(it.index), "estimatedSettlePrice": money(it.mark),
        "lastFundingRate": money(it.rate), "interestRate": "0.0001",
        "nextFundingTime": millis(it.settles_at), "time": millis(it.at),
    }))
}

/// A funding rate that was settled.
pub(super) fn funding_rate(it: &MarkState, cx: &Cx<'_>) -> Option<Value> {
    Some(json!({
        "symbol": of(cx, it.instrument)?.symbol, "fundingRate": money(it.rate),
        "fundingTime": millis(it.settles_at), "markPrice": money(it.mark),
    }))
}
