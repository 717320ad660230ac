//! Orders as answers tell them.

use onetape_core::command::TimeInForce;
use onetape_core::num::Qty;
use serde_json::{Map, Value, json};

use super::writing::{asset, millis, money, of, position_side, price, qty, side, some_price};
use crate::binance::Market;
use crate::server::Cx;
use crate::server::call::{Detail, SelfTrade};
use crate::server::state::{FillState, OrderState, OrderStatus};

/// The word of an order's kind.
pub(super) const fn kind(market: Market, it: &OrderState) -> &'static str {
    let spot = matches!(market, Market::Spot);
    match (it.limit.is_some(), &it.trigger) {
        (true, None) if spot && matches!(it.time_in_force, TimeInForce::PostOnly) => "LIMIT_MAKER",
        (true, None) => "LIMIT",
        (false, None) => "MARKET",
        (true, Some(trigger)) if trigger.stop => "STOP_LOSS_LIMIT",
        (true, Some(_)) => "TAKE_PROFIT_LIMIT",
        (false, Some(trigger)) if trigger.stop => "STOP_LOSS",
        (false, Some(_)) => "TAKE_PROFIT",
    }
}

/// The word of how long it lives.
pub(super) const fn lives(market: Market, it: &OrderState) -> &'static str {
    let spot = matches!(market, Market::Spot);
    match it.time_in_force {
        _ if it.limit.is_none() => "GTC",
        _ if it.until.is_some() => "GTD",
        TimeInForce::ImmediateOrCancel => "IOC",
        TimeInForce::FillOrKill => "FOK",
        TimeInForce::PostOnly if !spot => "GTX",
        TimeInForce::PostOnly | TimeInForce::GoodTillCancelled => "GTC",
    }
}

/// The word of how it stands.
pub(super) const fn status_word(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::New => "NEW",
        OrderStatus::Partial => "PARTIALLY_FILLED",
        OrderStatus::Filled => "FILLED",
        OrderStatus::Cancelled => "CANCELED",
        OrderStatus::Expired => "EXPIRED",
        OrderStatus::SelfTrade => "EXPIRED_IN_MATCH",
        OrderStatus::Rejected => "REJECTED",
    }
}

pub(super) const fn self_trade(market: Market, it: SelfTrade) -> &'static str {
    match it {
        SelfTrade::Unsaid if matches!(market, Market::Spot) => "NONE",
        SelfTrade::Unsaid | SelfTrade::ExpireMaker => "EXPIRE_MAKER",
        SelfTrade::Allow => "NONE",
        SelfTrade::ExpireTaker => "EXPIRE_TAKER",
        SelfTrade::ExpireBoth => "EXPIRE_BOTH",
    }
}

/// A new order.
pub(super) fn placed(
    market: Market,
    it: &OrderState,
    fills: &[FillState],
    detail: Detail,
    cx: &Cx<'_>,
) -> Option<Value> {
    if market != Market::Spot {
        return futures(it, detail == Detail::Ack, cx).map(Value::Object);
    }
    let ack = json!({
        "symbol": of(cx, it.instrument)?.symbol, "orderId": it.id, "orderListId": -1,
        "clientOrderId": it.client, "transactTime": millis(it.updated),
    });
    if detail == Detail::Ack {
        return Some(ack);
    }
    let mut all = match ack {
        Value::Object(all) => all,
        _ => Map::new(),
    };
    all.append(&mut spot(it, cx)?);
    if detail == Detail::Full {
        let fills: Option<Value> = fills.iter().map(|fill| spot_fill(fill, cx)).collect();
        all.insert("fills".to_string(), fills?);
    }
    Some(Value::Object(all))
}

fn spot_fill(it: &FillState, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.instrument)?;
    Some(json!({
        "price": price(of, it.price), "qty": qty(of, it.qty), "commission": money(it.fee),
        "commissionAsset": asset(cx, it.fee_asset)?, "tradeId": it.id,
    }))
}

/// What all answers of spot tell of an order.
fn spot(it: &OrderState, cx: &Cx<'_>) -> Option<Map<String, Value>> {
    let of = of(cx, it.instrument)?;
    let all = json!({
        "price": some_price(of, it.limit), "origQty": qty(of, it.qty), "executedQty": qty(of, it.filled),
        "origQuoteOrderQty": it.quote_size.map_or_else(|| "0".to_string(), money),
        "cummulativeQuoteQty": money(it.filled_quote), "status": status_word(it.status),
        "timeInForce": lives(Market::Spot, it), "type": kind(Market::Spot, it), "side": side(it.side),
        "workingTime": millis(it.created),
        "selfTradePreventionMode": self_trade(Market::Spot, it.self_trade),
    });
    let Value::Object(mut all) = all else {
        return None;
    };
    if let Some(trigger) = it.trigger {
        all.insert("stopPrice".to_string(), json!(price(of, trigger.price)));
    }
    Some(all)
}

/// An order of futures. An acknowledgement knows of nothing that traded; what asks for an order learns average price
/// and value too, see [`status`].
fn futures(it: &OrderState, ack: bool, cx: &Cx<'_>) -> Option<Map<String, Value>> {
    let of = of(cx, it.instrument)?;
    let (status, filled) = match ack {
        true => (OrderStatus::New, Qty::ZERO),
        false => (it.status, it.filled),
    };
    let kind = kind(Market::Usdm, it);
    let all = json!({
        "orderId": it.id, "symbol": of.symbol, "status": status_word(status), "clientOrderId": it.client,
        "price": some_price(of, it.limit), "origQty": qty(of, it.qty), "executedQty": qty(of, filled),
        "cumQty": qty(of, filled), "timeInForce": lives(Market::Usdm, it), "type": kind,
        "reduceOnly": it.reduce_only, "closePosition": false, "side": side(it.side),
        "positionSide": position_side(it.position), "stopPrice": "0", "workingType": "CONTRACT_PRICE",
        "priceProtect": false, "origType": kind, "priceMatch": "NONE",
        "selfTradePreventionMode": self_trade(Market::Usdm, it.self_trade),
        "goodTillDate": it.until.map_or(0, millis), "updateTime": millis(it.updated),
    });
    match all {
        Value::Object(all) => Some(all),
        _ => None,
    }
}

/// An order that is asked for.
pub(super) fn status(market: Market, it: &OrderState, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.instrument)?;
    let (mut all, more) = match market {
        Market::Spot => {
            let more = json!({
                "symbol": of.symbol, "orderId": it.id, "orderListId": -1, "clientOrderId": it.client,
                "stopPrice": some_price(of, it.trigger.map(|it| it.price)), "icebergQty": "0",
                "time": millis(it.created), "updateTime": millis(it.updated), "isWorking": true,
            });
            (spot(it, cx)?, more)
        }
        _ => {
            let more = json!({
                "avgPrice": average(it, cx), "cumQuote": money(it.filled_quote), "time": millis(it.created),
            });
            (futures(it, false, cx)?, more)
        }
    };
    if let Value::Object(mut more) = more {
        all.append(&mut more);
    }
    Some(Value::Object(all))
}

/// What it traded at on average; zero for nothing.
pub(super) fn average(it: &OrderState, cx: &Cx<'_>) -> String {
    let of = of(cx, it.instrument);
    let value = it.filled_quote.decimal();
    let average = of.and_then(|of| value.checked_div(of.qty_decimal(it.filled)));
    let average = average.unwrap_or_default().round_dp(8);
    average.normalize().to_string()
}

/// An order that was taken back; its own id is the original one then.
pub(super) fn cancelled(market: Market, it: &OrderState, echo: &str, cx: &Cx<'_>) -> Option<Value> {
    if market != Market::Spot {
        return futures(it, false, cx).map(Value::Object);
    }
    let mut all = spot(it, cx)?;
    let made_up = format!("cancel-{}", it.id);
    let request = if echo.is_empty() { &made_up } else { echo };
    let more = json!({
        "symbol": of(cx, it.instrument)?.symbol, "origClientOrderId": it.client, "orderId": it.id,
        "orderListId": -1, "clientOrderId": request, "transactTime": millis(it.updated),
    });
    if let Value::Object(mut more) = more {
        all.append(&mut more);
    }
    Some(Value::Object(all))
}

/// An order of spot with a smaller quantity.
pub(super) fn shrunk(it: &OrderState, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.instrument)?;
    Some(json!({
        "transactTime": millis(it.updated), "executionId": it.id,
        "amendedOrder": {
            "symbol": of.symbol, "orderId": it.id, "orderListId": -1, "origClientOrderId": it.client,
            "clientOrderId": it.client, "price": some_price(of, it.limit), "qty": qty(of, it.qty),
            "executedQty": qty(of, it.filled), "preventedQty": "0",
            "quoteOrderQty": it.quote_size.map_or_else(|| "0".to_string(), money),
            "cumulativeQuoteQty": money(it.filled_quote), "status": status_word(it.status),
            "timeInForce": lives(Market::Spot, it), "type": kind(Market::Spot, it), "side": side(it.side),
            "workingTime": millis(it.created),
            "selfTradePreventionMode": self_trade(Market::Spot, it.self_trade),
        },
    }))
}
