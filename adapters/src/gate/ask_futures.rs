//! What is asked of Gate's USDT futures. Sizes are contracts with a sign, as texts.

use onetape_core::command::Place;
use onetape_core::instrument::Side;
use onetape_core::num::{Price, Qty};
use rust_decimal::Decimal;
use serde::Serialize;

use super::ask_spot::json;
use super::asking::{Call, named, seconds};
use crate::ask::{AmendAsk, Ask, Cx, History, MarginMode, PositionMode};
use crate::directory::Listed;
use crate::error::AskError;
use crate::params::Params;
use crate::request::Method;

const VENUE: &str = "gate-usdt";

/// Largest numbers of rows.
const LEVELS_MAX: u32 = 100;
const ORDERS_MAX: u32 = 100;
const TRADES_MAX: u32 = 1_000;

#[derive(Serialize)]
struct NewOrder<'a> {
    contract: &'a str,
    size: String,
    price: String,
    tif: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    reduce_only: bool,
    text: String,
}

#[derive(Serialize)]
struct Change {
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<String>,
}

#[derive(Serialize)]
struct Countdown<'a> {
    timeout: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<&'a str>,
}

#[derive(Serialize)]
struct Mode<'a> {
    mode: &'static str,
    contract: &'a str,
}

#[derive(Serialize)]
struct OfOrder {
    order_id: String,
}

#[derive(Serialize)]
struct OfContract<'a> {
    contract: &'a str,
}

#[derive(Serialize)]
struct List<'a> {
    contract: &'a str,
    status: &'static str,
    limit: u32,
}

/// How what is asked is called by REST.
pub(super) fn call(ask: &Ask, cx: &Cx<'_>) -> Result<Call, AskError> {
    let contract = |id| Ok::<_, AskError>(cx.listed(id)?.instrument.symbol.as_str());
    let mut params = Params::new();
    match ask {
        Ask::Time => Ok(Call::get("/spot/time", params)),
        Ask::Instruments => Ok(Call::get("/futures/usdt/contracts", params)),
        Ask::Depth { instrument, levels } => {
            params.push("contract", contract(*instrument)?);
            params.push("limit", levels.clamp(&1, &LEVELS_MAX));
            params.push("with_id", true);
            Ok(Call::get("/futures/usdt/order_book", params))
        }
        Ask::Quote(instrument) => {
            params.push("contract", contract(*instrument)?);
            params.push("limit", 1).push("with_id", true);
            Ok(Call::get("/futures/usdt/order_book", params))
        }
        Ask::Mark(instrument) => {
            let path = format!("/futures/usdt/contracts/{}", contract(*instrument)?);
            Ok(Call::get(&path, params))
        }
        Ask::OpenInterest(instrument) => {
            params.push("contract", contract(*instrument)?);
            Ok(Call::get("/futures/usdt/tickers", params))
        }
        Ask::Place(_) | Ask::Cancel(_) | Ask::CancelAll(_) | Ask::Amend(_) => order(ask, cx),
        Ask::Order(order) => {
            let path = format!("/futures/usdt/orders/{}", named(order, cx)?);
            Ok(Call::get(&path, params).private())
        }
        Ask::OpenOrders(instrument) => {
            params.push_some("contract", (*instrument).map(contract).transpose()?);
            params.push("status", "open");
            Ok(Call::get("/futures/usdt/orders", params).private())
        }
        Ask::Orders(history) => {
            params.push("contract", contract(history.instrument)?);
            if history.since.is_none() {
                params.push("status", "finished");
            }
            past(history, ORDERS_MAX, &mut params);
            let path = match history.since {
                None => "/futures/usdt/orders",
                Some(_) => "/futures/usdt/orders_timerange",
            };
            Ok(Call::get(path, params).private())
        }
        Ask::Trades(history) => {
            params.push("contract", contract(history.instrument)?);
            past(history, TRADES_MAX, &mut params);
            let path = match history.since {
                None => "/futures/usdt/my_trades",
                Some(_) => "/futures/usdt/my_trades_timerange",
            };
            Ok(Call::get(path, params).private())
        }
        Ask::Balances => Ok(Call::get("/futures/usdt/accounts", params).private()),
        Ask::Fees(instrument) => {
            params.push("contract", contract(*instrument)?);
            Ok(Call::get("/futures/usdt/fee", params).private())
        }
        Ask::FundingPaid(history) => {
            params.push("contract", contract(history.instrument)?);
            params.push("type", "fund");
            past(history, TRADES_MAX, &mut params);
            Ok(Call::get("/futures/usdt/account_book", params).private())
        }
        Ask::DeadMan { instrument, after } => {
            let body = Countdown {
                timeout: super::asking::timeout(*after),
                contract: (*instrument).map(contract).transpose()?,
            };
            Ok(Call::post("/futures/usdt/countdown_cancel_all", &body).private())
        }
        _ => settings(ask, cx),
    }
}

fn past(history: &History, most: u32, params: &mut Params) {
    params.push_some("from", history.since.map(seconds));
    params.push("limit", history.limit.clamp(1, most));
}

fn order(ask: &Ask, cx: &Cx<'_>) -> Result<Call, AskError> {
    let mut params = Params::new();
    match ask {
        Ask::Place(place) => {
            Ok(Call::post("/futures/usdt/orders", &new_order(place, cx)?).in_time())
        }
        Ask::Amend(change) => {
            let path = format!("/futures/usdt/orders/{}", named(&change.order, cx)?);
            let call = Call::of(Method::Put, &path, params);
            Ok(call.with_body(&amended(change, None, cx)?).in_time())
        }
        Ask::Cancel(order) => {
            let path = format!("/futures/usdt/orders/{}", named(order, cx)?);
            Ok(Call::of(Method::Delete, &path, params).private())
        }
        Ask::CancelAll(instrument) => {
            params.push("contract", &cx.listed(*instrument)?.instrument.symbol);
            Ok(Call::of(Method::Delete, "/futures/usdt/orders", params).private())
        }
        _ => Err(unsupported(ask)),
    }
}

/// Positions, leverage and modes. Parameters of some of these travel in the query of a POST without a body.
fn settings(ask: &Ask, cx: &Cx<'_>) -> Result<Call, AskError> {
    let contract = |id| Ok::<_, AskError>(cx.listed(id)?.instrument.symbol.as_str());
    let root = match cx.position_mode {
        PositionMode::OneWay => "/futures/usdt/positions",
        PositionMode::Hedge => "/futures/usdt/dual_comp/positions",
    };
    let mut params = Params::new();
    match ask {
        Ask::PositionMode => Ok(Call::get("/futures/usdt/accounts", params).private()),
        Ask::Tiers(instrument) => {
            params.push("contract", contract(*instrument)?);
            Ok(Call::get("/futures/usdt/risk_limit_tiers", params))
        }
        Ask::Positions(None) => {
            params.push("holding", true);
            Ok(Call::get("/futures/usdt/positions", params).private())
        }
        Ask::Positions(Some(instrument)) | Ask::Settings(instrument) => {
            let path = format!("{root}/{}", contract(*instrument)?);
            Ok(Call::get(&path, params).private())
        }
        Ask::SetLeverage {
            instrument,
            leverage,
        } => {
            params.push("leverage", leverage);
            let path = format!("{root}/{}/leverage", contract(*instrument)?);
            Ok(Call::of(Method::Post, &path, params).private())
        }
        Ask::SetCrossLeverage {
            instrument,
            leverage,
        } => {
            // A leverage of 0 is cross margin, whose own limit then counts.
            params.push("leverage", 0);
            params.push("cross_leverage_limit", leverage);
            let path = format!("{root}/{}/leverage", contract(*instrument)?);
            Ok(Call::of(Method::Post, &path, params).private())
        }
        Ask::SetMarginMode { instrument, mode } => {
            let body = Mode {
                mode: match mode {
                    MarginMode::Cross => "CROSS",
                    MarginMode::Isolated => "ISOLATED",
                },
                contract: contract(*instrument)?,
            };
            Ok(Call::post(&format!("{root}/cross_mode"), &body).private())
        }
        Ask::SetPositionMode(mode) => {
            params.push("dual_mode", *mode == PositionMode::Hedge);
            let path = "/futures/usdt/dual_mode";
            Ok(Call::of(Method::Post, path, params).private())
        }
        _ => Err(unsupported(ask)),
    }
}

/// The channel and the parameters of what is asked by WebSocket.
pub(super) fn frame(ask: &Ask, cx: &Cx<'_>) -> Result<(&'static str, String), AskError> {
    let contract = |id| Ok::<_, AskError>(cx.listed(id)?.instrument.symbol.as_str());
    let list = |id, status, limit: u32| {
        Ok::<_, AskError>(json(&List {
            contract: contract(id)?,
            status,
            limit: limit.clamp(1, ORDERS_MAX),
        }))
    };
    let of_order = |order_id| json(&OfOrder { order_id });
    Ok(match ask {
        Ask::Place(place) => ("futures.order_place", json(&new_order(place, cx)?)),
        Ask::Cancel(order) => ("futures.order_cancel", of_order(named(order, cx)?)),
        Ask::CancelAll(instrument) => {
            let contract = contract(*instrument)?;
            ("futures.order_cancel_cp", json(&OfContract { contract }))
        }
        Ask::Amend(change) => {
            let body = amended(change, Some(named(&change.order, cx)?), cx)?;
            ("futures.order_amend", json(&body))
        }
        Ask::Order(order) => ("futures.order_status", of_order(named(order, cx)?)),
        Ask::OpenOrders(Some(id)) => ("futures.order_list", list(*id, "open", ORDERS_MAX)?),
        Ask::Orders(History {
            instrument, limit, ..
        }) => ("futures.order_list", list(*instrument, "finished", *limit)?),
        _ => return Err(unsupported(ask)),
    })
}

fn unsupported(ask: &Ask) -> AskError {
    AskError::Unsupported {
        venue: VENUE,
        what: ask.name(),
    }
}

fn new_order<'a>(place: &Place, cx: &Cx<'a>) -> Result<NewOrder<'a>, AskError> {
    let listed = cx.listed(place.instrument)?;
    // A price of zero is a market order, which does not rest.
    let tif = match (
        place.limit,
        super::asking::time_in_force(place.time_in_force),
    ) {
        (None, "poc") => return Err(AskError::Order("a post-only order without a limit")),
        (None, "gtc") => "ioc",
        (_, tif) => tif,
    };
    Ok(NewOrder {
        contract: &listed.instrument.symbol,
        size: signed(listed, place.side, place.qty)?,
        price: price(listed, place.limit),
        tif,
        reduce_only: place.reduce_only,
        text: super::asking::text_of(place.order, cx),
    })
}

fn amended(change: &AmendAsk, order_id: Option<String>, cx: &Cx<'_>) -> Result<Change, AskError> {
    let listed = cx.listed(change.order.instrument)?;
    let size = match change.amend.qty == change.qty_now {
        true => None,
        false => Some(signed(listed, change.side, change.amend.qty)?),
    };
    let limit = (!change.same_price).then(|| price(listed, Some(change.amend.limit)));
    Ok(Change {
        order_id,
        size,
        price: limit,
    })
}

fn price(listed: &Listed, limit: Option<Price>) -> String {
    let limit = limit.map_or(Decimal::ZERO, |limit| {
        listed.instrument.price_decimal(limit)
    });
    limit.normalize().to_string()
}

/// Contracts with the sign of the side.
fn signed(listed: &Listed, side: Side, qty: Qty) -> Result<String, AskError> {
    let size = listed.units(qty);
    let size = size.ok_or(AskError::Order("its quantity is no number of contracts"))?;
    Ok(match side {
        Side::Buy => size.to_string(),
        Side::Sell => (-size).to_string(),
    })
}
