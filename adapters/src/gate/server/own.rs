//! Orders, trades, balances and positions of an account, as answers and channels tell them.

use onetape_core::command::TimeInForce;
use onetape_core::instrument::Side;
use onetape_core::num::Money;
use onetape_core::time::Ts;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value, json};

use super::numbers::{Bare, millis, money, price, seconds, seconds_text, signed, size, units};
use crate::ask::MarginMode;
use crate::directory::Listed;
use crate::gate::Market;
use crate::gate::reports::origin;
use crate::report::{Origin, PositionSide};
use crate::server::Cx;
use crate::server::state::{
    BalanceState, FillState, MarginState, OrderState, OrderStatus, PositionState,
};

const fn time_in_force(time: TimeInForce) -> &'static str {
    match time {
        TimeInForce::GoodTillCancelled => "gtc",
        TimeInForce::ImmediateOrCancel => "ioc",
        TimeInForce::FillOrKill => "fok",
        TimeInForce::PostOnly => "poc",
    }
}

/// Why an order is over; `open` while it is not.
fn finish(order: &OrderState) -> &'static str {
    match (order.status, order.time_in_force) {
        (OrderStatus::Filled, _) if origin(&order.client) == Origin::Liquidation => "liquidated",
        (OrderStatus::Filled, _) if origin(&order.client) == Origin::Deleveraging => {
            "auto_deleveraged"
        }
        (OrderStatus::New | OrderStatus::Partial, _) => "open",
        (OrderStatus::Filled, _) => "filled",
        (OrderStatus::SelfTrade, _) => "stp",
        (OrderStatus::Cancelled, _) | (_, TimeInForce::GoodTillCancelled) => "cancelled",
        (OrderStatus::Expired | OrderStatus::Rejected, time) => time_in_force(time),
    }
}

/// The client's text of an order; what came without one has the venue's word for it.
fn text(market: Market, client: &str) -> String {
    match (client, market) {
        ("", Market::Spot) => "apiv4".to_string(),
        ("", _) => "api".to_string(),
        (client, _) => client.to_string(),
    }
}

/// The average price of what traded; zero for nothing.
fn average(order: &OrderState, of: &Listed) -> String {
    let filled = of.instrument.qty_decimal(order.filled);
    let price = order.filled_quote.decimal().checked_div(filled);
    // As many digits as are of use: the amounts are exact beside it.
    let price = price.unwrap_or_default().round_dp(12);
    price.normalize().to_string()
}

/// An order of spot, but for what tells its state.
#[derive(Serialize)]
struct SpotOrder<'a> {
    id: String,
    text: String,
    amend_text: &'static str,
    create_time: String,
    update_time: String,
    create_time_ms: Value,
    update_time_ms: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'static str>,
    currency_pair: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    account: &'static str,
    side: &'static str,
    amount: String,
    price: String,
    time_in_force: &'static str,
    iceberg: &'static str,
    left: String,
    filled_amount: String,
    fill_price: String,
    filled_total: String,
    avg_deal_price: String,
    fee: String,
    fee_currency: &'a str,
    point_fee: &'static str,
    gt_fee: &'static str,
    gt_discount: bool,
    rebated_fee: &'static str,
    rebated_fee_currency: &'a str,
    stp_id: u8,
    stp_act: &'static str,
    finish_as: &'static str,
}

/// An order of spot. `event` is what a channel says of it; answers tell a status in its place.
pub(super) fn spot_order(
    order: &OrderState,
    event: Option<&'static str>,
    of: &Listed,
    cx: &Cx<'_>,
) -> Value {
    let status = match order.status {
        OrderStatus::New | OrderStatus::Partial => "open",
        OrderStatus::Filled => "closed",
        _ => "cancelled",
    };
    // Answers write milliseconds as numbers, the channel as texts.
    let millis_of = |at| match event {
        None => json!(millis(at)),
        Some(_) => json!(millis(at).to_string()),
    };
    let (amount, left) = match order.quote_size {
        // A market buy counts what it spends.
        Some(quote) => (money(quote), money(quote - order.filled_quote)),
        None => (size(of, order.qty), size(of, order.qty - order.filled)),
    };
    let name = |id| cx.directory.asset_name(id).unwrap_or_default();
    let own = match order.side {
        Side::Buy => of.instrument.base,
        Side::Sell => of.instrument.quote,
    };
    let fee = order.fees.first().copied().unwrap_or((own, Money::ZERO));
    let read = SpotOrder {
        id: order.id.to_string(),
        text: text(Market::Spot, &order.client),
        amend_text: "-",
        create_time: seconds(order.created).to_string(),
        update_time: seconds(order.updated).to_string(),
        create_time_ms: millis_of(order.created),
        update_time_ms: millis_of(order.updated),
        status: event.is_none().then_some(status),
        event,
        currency_pair: &of.instrument.symbol,
        kind: match order.limit {
            Some(_) => "limit",
            None => "market",
        },
        account: "spot",
        side: order.side.name(),
        amount,
        price: order
            .limit
            .map_or_else(|| "0".to_string(), |at| price(of, at)),
        time_in_force: time_in_force(order.time_in_force),
        iceberg: "0",
        left,
        filled_amount: size(of, order.filled),
        // Despite its name what was paid in all.
        fill_price: money(order.filled_quote),
        filled_total: money(order.filled_quote),
        avg_deal_price: average(order, of),
        fee: money(fee.1),
        fee_currency: name(fee.0),
        point_fee: "0",
        gt_fee: "0",
        gt_discount: false,
        rebated_fee: "0",
        rebated_fee_currency: name(of.instrument.quote),
        stp_id: 0,
        stp_act: "-",
        finish_as: finish(order),
    };
    json!(read)
}

/// An order of futures.
#[derive(Serialize)]
pub(super) struct FuturesOrder<'a> {
    id: u64,
    user: u64,
    contract: &'a str,
    create_time: Bare,
    create_time_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_time: Option<Bare>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_as: Option<&'static str>,
    status: &'static str,
    size: String,
    iceberg: &'static str,
    left: String,
    price: Number,
    fill_price: Number,
    mkfr: &'static str,
    tkfr: &'static str,
    tif: &'static str,
    is_reduce_only: bool,
    is_close: bool,
    is_liq: bool,
    text: String,
    stp_id: u8,
    stp_act: &'static str,
    amend_text: &'static str,
    update_id: u64,
    update_time: Value,
}

/// A decimal as a text, or as a JSON number: its channel writes numbers where answers write texts.
#[derive(Serialize)]
#[serde(untagged)]
enum Number {
    Text(String),
    Bare(Bare),
}

pub(super) fn futures_order<'a>(
    order: &OrderState,
    number: u64,
    on_channel: bool,
    of: &'a Listed,
) -> FuturesOrder<'a> {
    let write = |text| match on_channel {
        true => Number::Bare(Bare(text)),
        false => Number::Text(text),
    };
    let is_open = order.status.is_open();
    FuturesOrder {
        id: order.id,
        user: USER,
        contract: &of.instrument.symbol,
        create_time: Bare(seconds_text(order.created)),
        create_time_ms: millis(order.created),
        finish_time: (!is_open).then(|| Bare(seconds_text(order.updated))),
        finish_as: (!is_open).then_some(finish(order)),
        status: if is_open { "open" } else { "finished" },
        size: signed(of, order.side, order.qty),
        iceberg: "0",
        left: signed(of, order.side, order.qty - order.filled),
        price: write(
            order
                .limit
                .map_or_else(|| "0".to_string(), |at| price(of, at)),
        ),
        fill_price: write(average(order, of)),
        mkfr: "0.0002",
        tkfr: "0.0005",
        tif: time_in_force(order.time_in_force),
        is_reduce_only: order.reduce_only,
        is_close: false,
        is_liq: origin(&order.client) == Origin::Liquidation,
        text: text(Market::Usdt, &order.client),
        stp_id: 0,
        stp_act: "-",
        amend_text: "-",
        update_id: number,
        update_time: match on_channel {
            true => json!(millis(order.updated)),
            false => json!(seconds(order.updated)),
        },
    }
}

/// The number of the account, which some records tell.
pub(super) const USER: u64 = 1_000_001;

/// A trade of ours. Milliseconds are a text on spot.
pub(super) fn trade(market: Market, fill: &FillState, of: &Listed, cx: &Cx<'_>) -> Value {
    let role = if fill.maker { "maker" } else { "taker" };
    let text = text(market, &fill.client);
    match market {
        Market::Spot => json!({
            "id": fill.id.to_string(),
            "user_id": USER,
            "order_id": fill.order.to_string(),
            "currency_pair": of.instrument.symbol,
            "create_time": seconds(fill.at).to_string(),
            "create_time_ms": format!("{}.000", millis(fill.at)),
            "side": fill.side.name(),
            "amount": size(of, fill.qty),
            "role": role,
            "price": price(of, fill.price),
            "fee": money(fill.fee),
            "fee_currency": cx.directory.asset_name(fill.fee_asset).unwrap_or_default(),
            "point_fee": "0",
            "gt_fee": "0",
            "text": text,
        }),
        Market::Usdt | Market::Btc => json!({
            "id": fill.id.to_string(),
            "trade_id": fill.id.to_string(),
            "order_id": fill.order.to_string(),
            "contract": of.instrument.symbol,
            "create_time": seconds(fill.at),
            "create_time_ms": millis(fill.at),
            "size": signed(of, fill.side, fill.qty),
            "price": price(of, fill.price),
            "role": role,
            "fee": money(fill.fee),
            "point_fee": "0",
            "text": text,
        }),
    }
}

/// A balance of spot as an answer tells it.
pub(super) fn balance(state: &BalanceState, cx: &Cx<'_>) -> Option<Value> {
    Some(json!({
        "currency": cx.directory.asset_name(state.asset)?,
        "available": money(state.free),
        "locked": money(state.locked),
        "update_id": millis(state.at),
    }))
}

/// A balance of spot as its channel tells it.
pub(super) fn balance_news(state: &BalanceState, cx: &Cx<'_>) -> Option<Value> {
    Some(json!({
        "timestamp": seconds(state.at).to_string(),
        "timestamp_ms": millis(state.at).to_string(),
        "user": USER.to_string(),
        "currency": cx.directory.asset_name(state.asset)?,
        "change": "0",
        "total": money(state.free + state.locked),
        "available": money(state.free),
        "freeze": money(state.locked),
        "freeze_change": "0",
        "change_type": "order-update",
    }))
}

/// A balance of futures as its channel tells it: the total, by how much it changed, and why.
pub(super) fn margin_news(
    state: &MarginState,
    (change, reason, about): (Money, &str, &str),
    at: Ts,
    cx: &Cx<'_>,
) -> Option<Value> {
    Some(json!({
        "balance": money(state.wallet),
        "change": money(change),
        "text": about,
        "time": seconds(at),
        "time_ms": millis(at),
        "type": reason,
        "user": USER.to_string(),
        "currency": cx.directory.asset_name(state.asset)?.to_ascii_lowercase(),
    }))
}

/// A position.
pub(super) fn position(state: &PositionState, of: &Listed) -> Value {
    // Cross margin is a leverage of zero, with its own beside it.
    let (leverage, cross) = match state.mode {
        MarginMode::Cross => (0, state.leverage),
        MarginMode::Isolated => (state.leverage, 0),
    };
    let worth = of.instrument.qty_decimal(state.qty.abs());
    json!({
        "user": USER,
        "contract": of.instrument.symbol,
        "size": units(of, state.qty).to_string(),
        "leverage": leverage.to_string(),
        "cross_leverage_limit": cross.to_string(),
        "leverage_max": state.max_leverage.to_string(),
        "risk_limit": "0",
        "maintenance_rate": rate(state, worth),
        "value": money(state.mark.times(worth)),
        "margin": money(state.isolated),
        "initial_margin": money(state.initial),
        "maintenance_margin": money(state.maintenance),
        "entry_price": money(state.entry),
        "liq_price": money(state.liquidation),
        "mark_price": money(state.mark),
        "unrealised_pnl": money(state.unrealised),
        "realised_pnl": money(state.realised),
        "pending_orders": 0,
        "mode": match state.side {
            PositionSide::Net => "single",
            PositionSide::Long => "dual_long",
            PositionSide::Short => "dual_short",
        },
        "time_ms": millis(state.at),
        "update_time": seconds(state.at),
        "update_id": millis(state.at),
    })
}

/// Maintenance margin as a share of the value; zero where there is none.
fn rate(state: &PositionState, worth: Decimal) -> String {
    let value = state.mark.times(worth).decimal();
    let rate = state.maintenance.decimal().checked_div(value);
    rate.unwrap_or_default().round_dp(8).normalize().to_string()
}
