//! Orders as clients write them.

use onetape_core::command::TimeInForce;
use onetape_core::instrument::{Instrument, Side};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

use super::args::Args;
use crate::binance::Market;
use crate::report::PositionSide;
use crate::server::Cx;
use crate::server::call::{
    Call, Change, Detail, NewOrder, Past, SelfTrade, Size, Trigger, Way, Which,
};
use crate::server::wrong::Wrong;

/// Most orders that one request places.
const PLACED_MAX: usize = 5;
/// Most orders that one request takes back.
const CANCELLED_MAX: usize = 10;

/// What futures say to orders that wait for a price.
pub(super) const ALGO: &str =
    "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.";

/// A new order.
pub(super) fn order(
    market: Market,
    args: &mut Args,
    cx: &Cx<'_>,
    way: &mut Way,
) -> Result<NewOrder, Wrong> {
    let of = &args.listed(cx)?.instrument;
    let side = args.side()?;
    let kind = args.text("type")?;
    let (kind, needs_trigger, stop) = match kind.as_str() {
        "LIMIT" | "MARKET" => (kind.as_str(), false, false),
        "LIMIT_MAKER" if market == Market::Spot => ("LIMIT_MAKER", false, false),
        "STOP_LOSS_LIMIT" if market == Market::Spot => ("LIMIT", true, true),
        "TAKE_PROFIT_LIMIT" if market == Market::Spot => ("LIMIT", true, false),
        "STOP_LOSS" if market == Market::Spot => ("MARKET", true, true),
        "TAKE_PROFIT" if market == Market::Spot => ("MARKET", true, false),
        "STOP" | "STOP_MARKET" | "TAKE_PROFIT" | "TAKE_PROFIT_MARKET" | "TRAILING_STOP_MARKET"
            if market != Market::Spot =>
        {
            return Err(Wrong::Unsupported(ALGO));
        }
        _ => return Err(Wrong::Bad("type")),
    };
    let (time_in_force, until) = time_in_force(market, kind, args)?;
    let limit = match kind {
        "MARKET" => None,
        _ => Some(args.price("price", of)?.ok_or(Wrong::Missing("price"))?),
    };
    let size = size(market, kind, args, of)?;
    let trigger = match needs_trigger {
        true => Some(Trigger {
            price: (args.price("stopPrice", of)?).ok_or(Wrong::Missing("stopPrice"))?,
            stop,
        }),
        false => None,
    };
    let (position, reduce_only) = position(market, side, args)?;
    let client = client(args, "newClientOrderId")?.unwrap_or_default();
    way.detail = detail(market, kind, args)?;
    let order = NewOrder {
        instrument: of.id,
        side,
        size,
        limit,
        time_in_force,
        until,
        reduce_only,
        position,
        client,
        shown: args.qty("icebergQty", of)?,
        trigger,
        self_trade: self_trade(args)?,
    };
    args.ignore(&[
        "strategyId",
        "strategyType",
        "computeCommissionRates",
        "priceProtect",
        "workingType",
    ]);
    Ok(order)
}

fn time_in_force(
    market: Market,
    kind: &str,
    args: &mut Args,
) -> Result<(TimeInForce, Option<onetape_core::time::Ts>), Wrong> {
    if kind == "LIMIT_MAKER" {
        return Ok((TimeInForce::PostOnly, None));
    }
    if kind == "MARKET" {
        return match args.has("timeInForce") && market == Market::Spot {
            true => Err(Wrong::Surplus("timeInForce".to_string())),
            false => {
                args.ignore(&["timeInForce"]);
                Ok((TimeInForce::ImmediateOrCancel, None))
            }
        };
    }
    let word = args.text("timeInForce")?;
    Ok(match word.as_str() {
        "GTC" => (TimeInForce::GoodTillCancelled, None),
        "IOC" => (TimeInForce::ImmediateOrCancel, None),
        "FOK" => (TimeInForce::FillOrKill, None),
        "GTX" if market != Market::Spot => (TimeInForce::PostOnly, None),
        "GTD" if market != Market::Spot => {
            let until = args.time("goodTillDate")?;
            let until = until.ok_or(Wrong::Missing("goodTillDate"))?;
            (TimeInForce::GoodTillCancelled, Some(until))
        }
        _ => return Err(Wrong::Bad("timeInForce")),
    })
}

fn size(market: Market, kind: &str, args: &mut Args, of: &Instrument) -> Result<Size, Wrong> {
    let qty = args.qty("quantity", of)?;
    let quote = match market == Market::Spot && kind == "MARKET" {
        true => args.money("quoteOrderQty")?,
        false => None,
    };
    match (qty, quote) {
        (Some(qty), None) if qty.mantissa() < 0 => Err(Wrong::Bad("quantity")),
        (Some(qty), None) => Ok(Size::Base(qty)),
        (None, Some(quote)) if quote.is_negative() => Err(Wrong::Bad("quoteOrderQty")),
        (None, Some(quote)) => Ok(Size::Quote(quote)),
        (Some(_), Some(_)) => Err(Wrong::Surplus("quoteOrderQty".to_string())),
        (None, None) if market == Market::Spot && kind == "MARKET" => {
            Err(Wrong::OneOf(&["quantity", "quoteOrderQty"]))
        }
        (None, None) => Err(Wrong::Missing("quantity")),
    }
}

/// Which position an order is for. In hedge mode its side says whether it opens or closes.
fn position(market: Market, side: Side, args: &mut Args) -> Result<(PositionSide, bool), Wrong> {
    if market == Market::Spot {
        return Ok((PositionSide::Net, false));
    }
    let word = args.some("positionSide")?;
    let position = match word.as_deref().unwrap_or("BOTH") {
        "BOTH" => PositionSide::Net,
        "LONG" => PositionSide::Long,
        "SHORT" => PositionSide::Short,
        _ => return Err(Wrong::Bad("positionSide")),
    };
    let reduce_only = args.flag("reduceOnly")?;
    Ok(match (position, side) {
        (PositionSide::Net, _) => (position, reduce_only.unwrap_or(false)),
        _ if reduce_only.is_some() => return Err(Wrong::Surplus("reduceOnly".to_string())),
        (PositionSide::Long, Side::Sell) | (PositionSide::Short, Side::Buy) => (position, true),
        _ => (position, false),
    })
}

/// A client's id, of the letters that the venue takes.
pub(super) fn client(args: &mut Args, name: &'static str) -> Result<Option<String>, Wrong> {
    let Some(id) = args.some(name)? else {
        return Ok(None);
    };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".:/_-".contains(&byte);
    match id.len() <= 36 && id.bytes().all(fits) {
        true => Ok(Some(id)),
        false => Err(Wrong::ClientId),
    }
}

fn detail(market: Market, kind: &str, args: &mut Args) -> Result<Detail, Wrong> {
    let word = args.some("newOrderRespType")?;
    Ok(match word.as_deref() {
        Some("ACK") => Detail::Ack,
        Some("RESULT") => Detail::Result,
        Some("FULL") if market == Market::Spot => Detail::Full,
        Some(_) => return Err(Wrong::Bad("newOrderRespType")),
        None if market == Market::Spot && matches!(kind, "LIMIT" | "MARKET") => Detail::Full,
        None => Detail::Ack,
    })
}

fn self_trade(args: &mut Args) -> Result<SelfTrade, Wrong> {
    let word = args.some("selfTradePreventionMode")?;
    Ok(match word.as_deref() {
        None => SelfTrade::Unsaid,
        Some("NONE") => SelfTrade::Allow,
        Some("EXPIRE_TAKER") => SelfTrade::ExpireTaker,
        Some("EXPIRE_MAKER") => SelfTrade::ExpireMaker,
        Some("EXPIRE_BOTH") => SelfTrade::ExpireBoth,
        Some(_) => return Err(Wrong::Bad("selfTradePreventionMode")),
    })
}

/// An order by one of its ids.
pub(super) fn which(args: &mut Args, cx: &Cx<'_>, way: &mut Way) -> Result<Which, Wrong> {
    let instrument = Some(args.listed(cx)?.instrument.id);
    let id = args.count("orderId")?;
    let client = args.some("origClientOrderId")?;
    if id.is_none() && client.is_none() {
        return Err(Wrong::OneOf(&["origClientOrderId", "orderId"]));
    }
    let untouched = match args.some("cancelRestrictions")?.as_deref() {
        None => None,
        Some("ONLY_NEW") => Some(true),
        Some("ONLY_PARTIALLY_FILLED") => Some(false),
        Some(_) => return Err(Wrong::Bad("cancelRestrictions")),
    };
    way.one = true;
    Ok(Which {
        instrument,
        id,
        client,
        untouched,
    })
}

/// An order to take back; the request has an id of its own.
pub(super) fn cancel(args: &mut Args, cx: &Cx<'_>, way: &mut Way) -> Result<Call, Wrong> {
    let which = which(args, cx, way)?;
    way.echo = client(args, "newClientOrderId")?.unwrap_or_default();
    Ok(Call::Cancel(which))
}

/// A smaller quantity of an order of spot.
pub(super) fn shrink(args: &mut Args, cx: &Cx<'_>, way: &mut Way) -> Result<Call, Wrong> {
    let which = which(args, cx, way)?;
    let of = which.instrument.and_then(|id| cx.directory.get(id));
    let of = &of.ok_or(Wrong::Symbol)?.instrument;
    let qty = args.qty("newQty", of)?.ok_or(Wrong::Missing("newQty"))?;
    Ok(Call::Amend(Change {
        which,
        qty: Some(qty),
        limit: None,
        side: None,
        client: client(args, "newClientOrderId")?,
        note: None,
    }))
}

/// New terms of an order of futures: all of them, also what stays.
pub(super) fn modify(args: &mut Args, cx: &Cx<'_>, way: &mut Way) -> Result<Call, Wrong> {
    let which = which(args, cx, way)?;
    let of = which.instrument.and_then(|id| cx.directory.get(id));
    let of = &of.ok_or(Wrong::Symbol)?.instrument;
    let side = Some(args.side()?);
    let qty = args.qty("quantity", of)?;
    let limit = args.price("price", of)?;
    way.detail = Detail::Result;
    args.ignore(&["newOrderRespType", "positionSide"]);
    Ok(Call::Amend(Change {
        which,
        qty: Some(qty.ok_or(Wrong::Missing("quantity"))?),
        limit: Some(limit.ok_or(Wrong::Missing("price"))?),
        side,
        client: None,
        note: None,
    }))
}

/// Several new orders of futures, as a list in JSON.
pub(super) fn batch(
    market: Market,
    args: &mut Args,
    cx: &Cx<'_>,
    way: &mut Way,
) -> Result<Call, Wrong> {
    let text = args.text("batchOrders")?;
    let bad = Wrong::Bad("batchOrders");
    let all: Vec<BTreeMap<String, &RawValue>> =
        serde_json::from_str(&text).map_err(|_| bad.clone())?;
    if all.is_empty() || all.len() > PLACED_MAX {
        return Err(bad);
    }
    let orders = all.iter().map(|it| {
        let mut args = Args::of_frame(it)?;
        let order = order(market, &mut args, cx, way)?;
        args.end()?;
        Ok(order)
    });
    Ok(Call::PlaceMany(orders.collect()))
}

/// Several orders of futures to take back.
pub(super) fn cancel_many(args: &mut Args, cx: &Cx<'_>) -> Result<Call, Wrong> {
    let instrument = Some(args.listed(cx)?.instrument.id);
    let mut all = Vec::new();
    if let Some(text) = args.some("orderIdList")? {
        let ids: Vec<u64> = serde_json::from_str(&text).map_err(|_| Wrong::Bad("orderIdList"))?;
        all.extend(ids.into_iter().map(|id| Which {
            instrument,
            id: Some(id),
            ..Which::default()
        }));
    }
    if let Some(text) = args.some("origClientOrderIdList")? {
        let bad = |_| Wrong::Bad("origClientOrderIdList");
        let ids: Vec<String> = serde_json::from_str(&text).map_err(bad)?;
        all.extend(ids.into_iter().map(|id| Which {
            instrument,
            client: Some(id),
            ..Which::default()
        }));
    }
    match all.len() {
        0 => Err(Wrong::OneOf(&["orderIdList", "origClientOrderIdList"])),
        1..=CANCELLED_MAX => Ok(Call::CancelMany(all)),
        _ => Err(Wrong::Bad("orderIdList")),
    }
}

/// A stretch of the past of an instrument; `id` is the parameter that it can begin from.
pub(super) fn past(
    args: &mut Args,
    cx: &Cx<'_>,
    id: &'static str,
    otherwise: u32,
    most: u32,
) -> Result<Past, Wrong> {
    let instrument = args.some_listed(cx)?.map(|it| it.instrument.id);
    let from_id = args.count(id)?;
    let order = match id {
        "fromId" => args.count("orderId")?,
        _ => None,
    };
    Ok(Past {
        instrument,
        from_id,
        order,
        since: args.time("startTime")?,
        until: args.time("endTime")?,
        skip: 0,
        limit: args.limit(otherwise, most)?,
    })
}
