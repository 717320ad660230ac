//! What is asked of Gate spot.

use onetape_core::command::{Place, TimeInForce};
use onetape_core::instrument::{Instrument, Side};
use serde::Serialize;

use super::asking::{Call, named, seconds};
use crate::ask::{AmendAsk, Ask, Cx, History, OrderRef};
use crate::directory::Listed;
use crate::error::AskError;
use crate::params::Params;
use crate::request::Method;

const VENUE: &str = "gate-spot";

/// Largest numbers of rows.
const LEVELS_MAX: u32 = 1_000;
const ORDERS_MAX: u32 = 100;
const TRADES_MAX: u32 = 1_000;

/// A new order, its keys in the order of the venue's own client.
#[derive(Serialize)]
pub(super) struct NewOrder<'a> {
    currency_pair: &'a str,
    side: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    account: &'static str,
    amount: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<String>,
    time_in_force: &'static str,
    text: String,
}

#[derive(Serialize)]
pub(super) struct Change<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<String>,
    currency_pair: &'a str,
    account: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<String>,
}

#[derive(Serialize)]
struct Countdown<'a> {
    timeout: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency_pair: Option<&'a str>,
}

#[derive(Serialize)]
struct OfOrder<'a> {
    order_id: String,
    currency_pair: &'a str,
}

#[derive(Serialize)]
struct OfPair<'a> {
    currency_pair: &'a str,
}

#[derive(Serialize)]
struct List<'a> {
    currency_pair: &'a str,
    status: &'static str,
    page: u32,
    limit: u32,
}

/// How what is asked is called by REST.
pub(super) fn call(ask: &Ask, cx: &Cx<'_>) -> Result<Call, AskError> {
    let pair = |id| Ok::<_, AskError>(cx.listed(id)?.instrument.symbol.as_str());
    let get = |path: &str, params| Ok(Call::get(path, params));
    let mut params = Params::new();
    match ask {
        Ask::Time => get("/spot/time", params),
        Ask::Instruments => get("/spot/currency_pairs", params),
        Ask::Depth { instrument, levels } => {
            params.push("currency_pair", pair(*instrument)?);
            params.push("limit", levels.clamp(&1, &LEVELS_MAX));
            params.push("with_id", true);
            get("/spot/order_book", params)
        }
        Ask::Quote(instrument) => {
            params.push("currency_pair", pair(*instrument)?);
            params.push("limit", 1).push("with_id", true);
            get("/spot/order_book", params)
        }
        Ask::Place(place) => Ok(Call::post("/spot/orders", &new_order(place, cx)?).in_time()),
        Ask::Cancel(order) => {
            params.push("currency_pair", pair(order.instrument)?);
            let path = format!("/spot/orders/{}", named(order, cx)?);
            Ok(Call::of(Method::Delete, &path, params).private())
        }
        Ask::CancelAll(instrument) => {
            params.push("currency_pair", pair(*instrument)?);
            params.push("account", "spot");
            Ok(Call::of(Method::Delete, "/spot/orders", params).private())
        }
        Ask::Amend(change) => {
            params.push("currency_pair", pair(change.order.instrument)?);
            let path = format!("/spot/orders/{}", named(&change.order, cx)?);
            let body = amended(
                change,
                None,
                &cx.listed(change.order.instrument)?.instrument,
            );
            let call = Call::of(Method::Patch, &path, params).with_body(&body);
            Ok(call.in_time())
        }
        Ask::Order(order) => {
            params.push("currency_pair", pair(order.instrument)?);
            Ok(Call::get(&format!("/spot/orders/{}", named(order, cx)?), params).private())
        }
        Ask::OpenOrders(None) => Ok(Call::get("/spot/open_orders", params).private()),
        Ask::OpenOrders(Some(instrument)) => {
            params.push("currency_pair", pair(*instrument)?);
            params.push("status", "open").push("page", 1);
            params.push("limit", ORDERS_MAX);
            Ok(Call::get("/spot/orders", params).private())
        }
        Ask::Orders(history) => {
            params.push("currency_pair", pair(history.instrument)?);
            params.push("status", "finished").push("page", 1);
            params.push("limit", history.limit.clamp(1, ORDERS_MAX));
            params.push_some("from", history.since.map(seconds));
            Ok(Call::get("/spot/orders", params).private())
        }
        Ask::Trades(history) => {
            params.push("currency_pair", pair(history.instrument)?);
            params.push("limit", history.limit.clamp(1, TRADES_MAX));
            params.push_some("from", history.since.map(seconds));
            Ok(Call::get("/spot/my_trades", params).private())
        }
        Ask::Balances => Ok(Call::get("/spot/accounts", params).private()),
        Ask::Fees(instrument) => {
            params.push("currency_pair", pair(*instrument)?);
            Ok(Call::get("/wallet/fee", params).private())
        }
        Ask::DeadMan { instrument, after } => {
            let body = Countdown {
                timeout: super::asking::timeout(*after),
                currency_pair: (*instrument).map(pair).transpose()?,
            };
            Ok(Call::post("/spot/countdown_cancel_all", &body).private())
        }
        _ => Err(unsupported(ask)),
    }
}

/// The channel and the parameters of what is asked by WebSocket.
pub(super) fn frame(ask: &Ask, cx: &Cx<'_>) -> Result<(&'static str, String), AskError> {
    let pair = |id| Ok::<_, AskError>(cx.listed(id)?.instrument.symbol.as_str());
    let of_order = |order: &OrderRef| {
        Ok::<_, AskError>(json(&OfOrder {
            order_id: named(order, cx)?,
            currency_pair: pair(order.instrument)?,
        }))
    };
    let list = |id, status, limit: u32| {
        Ok::<_, AskError>(json(&List {
            currency_pair: pair(id)?,
            status,
            page: 1,
            limit: limit.clamp(1, ORDERS_MAX),
        }))
    };
    Ok(match ask {
        Ask::Place(place) => ("spot.order_place", json(&new_order(place, cx)?)),
        Ask::Cancel(order) => ("spot.order_cancel", of_order(order)?),
        Ask::CancelAll(instrument) => {
            let currency_pair = pair(*instrument)?;
            ("spot.order_cancel_cp", json(&OfPair { currency_pair }))
        }
        Ask::Amend(change) => {
            let Listed { instrument, .. } = cx.listed(change.order.instrument)?;
            let body = amended(change, Some(named(&change.order, cx)?), instrument);
            ("spot.order_amend", json(&body))
        }
        Ask::Order(order) => ("spot.order_status", of_order(order)?),
        Ask::OpenOrders(Some(id)) => ("spot.order_list", list(*id, "open", ORDERS_MAX)?),
        Ask::Orders(History {
            instrument, limit, ..
        }) => ("spot.order_list", list(*instrument, "finished", *limit)?),
        _ => return Err(unsupported(ask)),
    })
}

fn unsupported(ask: &Ask) -> AskError {
    AskError::Unsupported {
        venue: VENUE,
        what: ask.name(),
    }
}

pub(super) fn json(value: &impl Serialize) -> String {
    // Structs of texts and numbers always have a JSON.
    serde_json::to_string(value).unwrap_or_default()
}

fn new_order<'a>(place: &Place, cx: &Cx<'a>) -> Result<NewOrder<'a>, AskError> {
    let instrument = &cx.listed(place.instrument)?.instrument;
    let (kind, time_in_force) = match (place.limit, place.time_in_force) {
        // A market buy counts quote units here, so that its quantity cannot be said.
        (None, _) if place.side == Side::Buy => {
            return Err(AskError::Order(
                "a market buy counts quote units here: give it a limit",
            ));
        }
        (None, TimeInForce::PostOnly) => {
            return Err(AskError::Order("a post-only order without a limit"));
        }
        (None, TimeInForce::FillOrKill) => ("market", "fok"),
        (None, _) => ("market", "ioc"),
        (Some(_), time) => ("limit", super::asking::time_in_force(time)),
    };
    let price = |limit| instrument.price_decimal(limit).normalize().to_string();
    Ok(NewOrder {
        currency_pair: &instrument.symbol,
        side: place.side.name(),
        kind,
        account: "spot",
        amount: instrument.qty_decimal(place.qty).normalize().to_string(),
        price: place.limit.map(price),
        time_in_force,
        text: super::asking::text_of(place.order, cx),
    })
}

fn amended<'a>(
    change: &AmendAsk,
    order_id: Option<String>,
    instrument: &'a Instrument,
) -> Change<'a> {
    let amend = &change.amend;
    let amount = || instrument.qty_decimal(amend.qty).normalize().to_string();
    let price = || {
        instrument
            .price_decimal(amend.limit)
            .normalize()
            .to_string()
    };
    Change {
        order_id,
        currency_pair: &instrument.symbol,
        account: "spot",
        amount: (amend.qty != change.qty_now).then(amount),
        price: (!change.same_price).then(price),
    }
}
