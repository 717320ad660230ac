//! What is asked of MEXC spot, as signed requests. All parameters travel in the query; bodies stay empty.

use onetape_core::command::{Place, TimeInForce};
use onetape_core::instrument::Side;

use super::sign;
use crate::ask::{Ask, Cx, History, OrderRef, StreamKey};
use crate::client_id::ClientId;
use crate::error::AskError;
use crate::params::Params;
use crate::request::{Method, Request};

const VENUE: &str = "mexc-spot";

/// Largest window in milliseconds.
const WINDOW_MAX: i64 = 60_000;

/// Largest numbers of rows.
const LEVELS_MAX: u32 = 5_000;
const ORDERS_MAX: u32 = 1_000;
const TRADES_MAX: u32 = 100;

/// The request for what is asked.
///
/// # Errors
/// When the venue has no such request, or cannot take the order.
pub fn rest(ask: &Ask, cx: &Cx<'_>) -> Result<Request, AskError> {
    let symbol = |id| Ok::<_, AskError>(cx.listed(id)?.instrument.symbol.as_str());
    let mut params = Params::new();
    match ask {
        Ask::Time => Ok(public("/api/v3/time", &params)),
        Ask::Instruments => Ok(public("/api/v3/exchangeInfo", &params)),
        Ask::Depth { instrument, levels } => {
            params.push("symbol", symbol(*instrument)?);
            params.push("limit", levels.clamp(&1, &LEVELS_MAX));
            Ok(public("/api/v3/depth", &params))
        }
        Ask::Quote(instrument) => {
            params.push("symbol", symbol(*instrument)?);
            Ok(public("/api/v3/ticker/bookTicker", &params))
        }
        Ask::Place(place) => {
            order(place, cx, &mut params)?;
            private(Method::Post, "/api/v3/order", params, ask, cx)
        }
        Ask::Test(place) => {
            order(place, cx, &mut params)?;
            private(Method::Post, "/api/v3/order/test", params, ask, cx)
        }
        Ask::Cancel(order) => {
            named(order, cx, &mut params)?;
            private(Method::Delete, "/api/v3/order", params, ask, cx)
        }
        Ask::Order(order) => {
            named(order, cx, &mut params)?;
            private(Method::Get, "/api/v3/order", params, ask, cx)
        }
        Ask::CancelAll(instrument) => {
            params.push("symbol", symbol(*instrument)?);
            private(Method::Delete, "/api/v3/openOrders", params, ask, cx)
        }
        Ask::OpenOrders(Some(instrument)) => {
            params.push("symbol", symbol(*instrument)?);
            private(Method::Get, "/api/v3/openOrders", params, ask, cx)
        }
        Ask::Orders(history) => {
            past(history, ORDERS_MAX, cx, &mut params)?;
            private(Method::Get, "/api/v3/allOrders", params, ask, cx)
        }
        Ask::Trades(history) => {
            past(history, TRADES_MAX, cx, &mut params)?;
            private(Method::Get, "/api/v3/myTrades", params, ask, cx)
        }
        Ask::Balances => private(Method::Get, "/api/v3/account", params, ask, cx),
        Ask::Fees(instrument) => {
            params.push("symbol", symbol(*instrument)?);
            private(Method::Get, "/api/v3/tradeFee", params, ask, cx)
        }
        Ask::StreamKey(key) => {
            let method = match key {
                StreamKey::Open => Method::Post,
                StreamKey::Keep(_) => Method::Put,
                StreamKey::Close(_) => Method::Delete,
            };
            if let StreamKey::Keep(key) | StreamKey::Close(key) = key {
                params.push("listenKey", key);
            }
            private(method, "/api/v3/userDataStream", params, ask, cx)
        }
        _ => Err(AskError::Unsupported {
            venue: VENUE,
            what: ask.name(),
        }),
    }
}

fn public(path: &str, params: &Params) -> Request {
    Request {
        method: Method::Get,
        path: path.to_string(),
        query: params.encoded(),
        headers: Vec::new(),
        body: String::new(),
    }
}

fn private(
    method: Method,
    path: &str,
    mut params: Params,
    ask: &Ask,
    cx: &Cx<'_>,
) -> Result<Request, AskError> {
    params.push("timestamp", cx.now.nanos() / 1_000_000);
    let window = cx.window.nanos() / 1_000_000;
    params.push("recvWindow", window.clamp(1, WINDOW_MAX));
    Ok(sign::signed(
        cx.key(ask.name())?,
        method,
        path,
        (&params.encoded(), ""),
    ))
}

/// Time in force is a kind of order here.
fn order(place: &Place, cx: &Cx<'_>, params: &mut Params) -> Result<(), AskError> {
    let instrument = &cx.listed(place.instrument)?.instrument;
    let kind = match (place.limit, place.time_in_force) {
        // A market buy counts quote units here, so that its quantity cannot be said.
        (None, _) if place.side == Side::Buy => {
            return Err(AskError::Order(
                "a market buy counts quote units here: give it a limit",
            ));
        }
        (None, TimeInForce::PostOnly) => {
            return Err(AskError::Order("a post-only order without a limit"));
        }
        (None, _) => "MARKET",
        (Some(_), TimeInForce::GoodTillCancelled) => "LIMIT",
        (Some(_), TimeInForce::PostOnly) => "LIMIT_MAKER",
        (Some(_), TimeInForce::ImmediateOrCancel) => "IMMEDIATE_OR_CANCEL",
        (Some(_), TimeInForce::FillOrKill) => "FILL_OR_KILL",
    };
    params
        .push("symbol", &instrument.symbol)
        .push("side", side(place.side))
        .push("type", kind)
        .push("quantity", instrument.qty_decimal(place.qty).normalize());
    let price = |limit| instrument.price_decimal(limit).normalize();
    params.push_some("price", place.limit.map(price));
    params.push("newClientOrderId", cx.directory.client_text(place.order));
    Ok(())
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

fn named(order: &OrderRef, cx: &Cx<'_>, params: &mut Params) -> Result<(), AskError> {
    params.push("symbol", &cx.listed(order.instrument)?.instrument.symbol);
    match (&order.venue_id, &order.client) {
        (Some(id), _) => params.push("orderId", id),
        (None, ClientId::Untold) => return Err(AskError::Order("neither of its ids is known")),
        (None, client) => {
            let client = client.text("", cx.directory.tag());
            params.push_some("origClientOrderId", client)
        }
    };
    Ok(())
}

fn past(history: &History, most: u32, cx: &Cx<'_>, params: &mut Params) -> Result<(), AskError> {
    params.push("symbol", &cx.listed(history.instrument)?.instrument.symbol);
    let millis = history.since.map(|since| since.nanos() / 1_000_000);
    params.push_some("startTime", millis);
    params.push("limit", history.limit.clamp(1, most));
    Ok(())
}
