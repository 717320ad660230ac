//! Answers to requests.

use onetape_core::event::{Body, DepthUpdate, Level, Quote, Trade};
use onetape_core::instrument::{InstrumentKind, Side};
use onetape_core::num::Money;
use onetape_core::time::{Span, Ts};
use rust_decimal::Decimal;

use super::hear::{charge, millis};
use super::wire::{self, WireFill, WireOrder, WireSymbol};
use super::{ERRORS, amount};
use crate::ask::{Ask, Cx, StreamKey};
use crate::budget::Budget;
use crate::client_id::ClientId;
use crate::counts::{Counts, Unused};
use crate::directory::Listed;
use crate::error::WireError;
use crate::news::{Answer, Answered, MarketNews};
use crate::number::Num;
use crate::outcome::{Failure, classify};
use crate::report::{
    BalanceReport, FeeReport, OrderReport, ReportState, TradeReport, trade_number,
};
use crate::request::Reply;
use crate::rules::{Limits, Rules, TradeStatus};

/// What came back for what was asked.
///
/// # Errors
/// What the venue refused, did not do or may have done; also when its answer cannot be read.
pub fn reply(ask: &Ask, reply: &Reply<'_>, cx: &Cx<'_>, counts: &mut Counts) -> Answered {
    let (code, _) = wire::error_of(reply.body);
    // Some answers have a code for success.
    if !reply.is_success() || !matches!(code.as_str(), "" | "0" | "200") {
        return Err(failure(reply));
    }
    read(ask, reply.body, cx, counts).map_err(|why| {
        counts.add(Unused::Unsound, ask.name());
        Failure::unreadable(reply.status, &why)
    })
}

/// What a failed reply means.
pub fn failure(reply: &Reply<'_>) -> Failure {
    let (code, message) = wire::error_of(reply.body);
    let mut failure = classify(ERRORS, reply.status, &code, &message);
    let wait = reply.header("Retry-After").and_then(|it| it.parse().ok());
    failure.wait = wait.map(|seconds: u32| Span::from_millis(i64::from(seconds) * 1_000));
    failure
}

/// The venue's headers tell of no budget: it is known only when it is used up.
pub const fn budgets(_reply: &Reply<'_>) -> Vec<Budget> {
    Vec::new()
}

fn read(ask: &Ask, body: &str, cx: &Cx<'_>, counts: &mut Counts) -> Result<Answer, WireError> {
    let lost = || WireError::Symbol(ask.name().to_string());
    Ok(match ask {
        Ask::Time => Answer::Time(millis(Some(wire::server_time(body)?))),
        Ask::Instruments => Answer::Instruments(instruments(body, counts)?),
        Ask::Depth { instrument, .. } => {
            let listed = cx.directory.get(*instrument).ok_or_else(lost)?;
            Answer::Depth(Box::new(book(body, listed)?))
        }
        Ask::Quote(_) => Answer::Market(tops(body, cx, counts)?),
        Ask::Place(place) => {
            let mut order = one(orders(body, cx, counts)?, "a new order")?;
            // The answer has no word on its state and not our id.
            order.state = ReportState::Acknowledged;
            order.client = ClientId::Ours(place.order);
            order.filled = None;
            Answer::Order(Box::new(order))
        }
        Ask::Cancel(asked) => {
            let mut order = one(orders(body, cx, counts)?, "a cancel")?;
            if !order.state.is_final() {
                // It tells how the order stood before.
                order.state = ReportState::Unclear;
            }
            if order.client.ours().is_none() && asked.client != ClientId::Untold {
                order.client = asked.client.clone();
            }
            Answer::Order(Box::new(order))
        }
        Ask::Order(_) => Answer::Order(Box::new(one(orders(body, cx, counts)?, "an order")?)),
        Ask::CancelAll(_) | Ask::OpenOrders(_) | Ask::Orders(_) => {
            Answer::Orders(orders(body, cx, counts)?)
        }
        Ask::Trades(_) => Answer::Trades(fills(body, cx, counts)?),
        Ask::Balances => Answer::Balances(balances(body, cx, counts)?, Vec::new()),
        Ask::Fees(instrument) => {
            let fee = wire::fee(body)?;
            Answer::Fees(FeeReport {
                instrument: Some(*instrument),
                maker: fee.maker_commission.money("makerCommission")?,
                taker: fee.taker_commission.money("takerCommission")?,
            })
        }
        Ask::StreamKey(StreamKey::Open) => {
            let key = wire::listen_keys(body)?.into_iter().next();
            Answer::StreamKey(key.ok_or(WireError::Field {
                message: "userDataStream",
                field: "listenKey",
            })?)
        }
        _ => Answer::Done,
    })
}

fn one(list: Vec<OrderReport>, message: &'static str) -> Result<OrderReport, WireError> {
    let field = "symbol";
    let first = list.into_iter().next();
    first.ok_or(WireError::Field { message, field })
}

fn instruments(body: &str, counts: &mut Counts) -> Result<Vec<Rules>, WireError> {
    let mut list = Vec::new();
    for symbol in wire::symbols(body)? {
        match rules(&symbol) {
            Ok(rules) => list.push(rules),
            Err(_) => counts.add(Unused::Unsound, symbol.symbol.text()),
        }
    }
    Ok(list)
}

/// The rules behind the venue's precisions.
///
/// # Errors
/// When one of them is missing or no number.
pub fn rules(read: &WireSymbol<'_>) -> Result<Rules, WireError> {
    let one = Money::new(Decimal::ONE);
    let step = |decimals: u8| {
        let step = Money::scaled(1, u32::from(decimals));
        step.ok_or(WireError::Field {
            message: "exchangeInfo",
            field: "precision",
        })
    };
    let prices = read.quote_precision.or(read.quote_asset_precision);
    let tick = step(prices.unwrap_or(u8::MAX))?;
    let lot = step(read.base_asset_precision)?;
    let status = match (read.is_trading(), read.trade_side_type.text()) {
        (true, _) => TradeStatus::Trading,
        (false, side @ ("2" | "3")) => TradeStatus::Restricted(format!("tradeSideType {side}")),
        (false, _) => TradeStatus::Halted(read.status.text().to_string()),
    };
    let cap = match read.max_quote_amount.is_none() {
        true => None,
        false => Some(read.max_quote_amount.money("maxQuoteAmount")?),
    };
    Ok(Rules {
        symbol: read.symbol.text().to_string(),
        base: read.base_asset.text().to_string(),
        quote: read.quote_asset.text().to_string(),
        settle: read.quote_asset.text().to_string(),
        kind: InstrumentKind::Spot,
        status,
        tick,
        lot,
        contract: one,
        contract_value: one,
        // Names of fields mislead: these are the smallest quantity and the smallest value.
        min_qty: read.base_size_precision.money("baseSizePrecision")?,
        max_qty: None,
        min_notional: read.quote_amount_precision.money("quoteAmountPrecision")?,
        limits: Limits {
            max_notional: cap,
            ..Limits::default()
        },
        unknown: Vec::new(),
    })
}

fn level(price: &Num<'_>, qty: &Num<'_>, listed: &Listed) -> Result<Level, WireError> {
    if price.is_none() {
        return Ok(Level::default());
    }
    Ok(Level {
        price: price.price("price", &listed.instrument)?,
        qty: match qty.is_none() {
            true => onetape_core::num::Qty::ZERO,
            false => listed.shown("quantity", qty)?,
        },
    })
}

fn book(body: &str, listed: &Listed) -> Result<DepthUpdate, WireError> {
    let read = wire::depth(body)?;
    let side = |levels: &[[Num<'_>; 2]]| -> Result<Vec<Level>, WireError> {
        let each = levels.iter();
        each.map(|[price, qty]| level(price, qty, listed)).collect()
    };
    Ok(DepthUpdate {
        instrument: listed.instrument.id,
        snapshot: true,
        first: read.last_update_id,
        last: read.last_update_id,
        prev: None,
        bids: side(&read.bids)?,
        asks: side(&read.asks)?,
    })
}

fn tops(body: &str, cx: &Cx<'_>, counts: &mut Counts) -> Result<Vec<MarketNews>, WireError> {
    let mut list = Vec::new();
    for top in wire::tops(body)? {
        let Ok(listed) = cx.directory.symbol(top.symbol.text()) else {
            counts.add(Unused::OtherSymbol, top.symbol.text());
            continue;
        };
        let quote = Quote {
            instrument: listed.instrument.id,
            bid: level(&top.bid_price, &top.bid_qty, listed)?,
            ask: level(&top.ask_price, &top.ask_qty, listed)?,
        };
        list.push(MarketNews::of(Body::Quote(quote), Ts::UNKNOWN));
    }
    Ok(list)
}

/// Reads the answer to `/api/v3/trades` of an instrument.
///
/// # Errors
/// When the text is no such answer, or a number in it cannot be held.
pub fn public_trades(body: &str, listed: &Listed) -> Result<Vec<MarketNews>, WireError> {
    let each = wire::trades(body)?.into_iter().map(|read| {
        let Level { price, qty } = level(&read.price, &read.qty, listed)?;
        let aggressor = match read.is_buyer_maker {
            true => Side::Sell,
            false => Side::Buy,
        };
        let trade = Trade {
            instrument: listed.instrument.id,
            price,
            qty,
            aggressor,
        };
        Ok(MarketNews::of(Body::Trade(trade), stamp(&read.time)))
    });
    each.collect()
}

fn stamp(text: &Num<'_>) -> Ts {
    millis(text.text().parse().ok())
}

fn orders(body: &str, cx: &Cx<'_>, counts: &mut Counts) -> Result<Vec<OrderReport>, WireError> {
    let mut list = Vec::new();
    for read in wire::orders(body)? {
        match cx.directory.symbol(read.symbol.text()) {
            Ok(listed) => list.push(order(&read, listed, cx, counts)?),
            Err(_) => counts.add(Unused::OtherSymbol, read.symbol.text()),
        }
    }
    Ok(list)
}

fn order(
    read: &WireOrder<'_>,
    listed: &Listed,
    cx: &Cx<'_>,
    counts: &mut Counts,
) -> Result<OrderReport, WireError> {
    let inst = &listed.instrument;
    let gone = match read.kind.text() {
        "MARKET" | "IMMEDIATE_OR_CANCEL" | "FILL_OR_KILL" => ReportState::Expired,
        _ => ReportState::Cancelled,
    };
    let state = match read.status.text() {
        "NEW" => ReportState::Open,
        "PARTIALLY_FILLED" => ReportState::PartiallyFilled,
        "FILLED" => ReportState::Filled,
        "CANCELED" | "PARTIALLY_CANCELED" => gone,
        "" => ReportState::Acknowledged,
        other => {
            counts.add(Unused::UnknownWord, other);
            ReportState::Unclear
        }
    };
    // The answer to a cancel can have the cancel's own id where ours is expected.
    let ids = [&read.orig_client_order_id, &read.client_order_id];
    let ids = ids.map(|id| cx.directory.client(id.text(), ""));
    let ours = ids.iter().find(|id| id.ours().is_some());
    let told = ids.iter().find(|id| **id != ClientId::Untold);
    let client = ours.or(told).cloned().unwrap_or(ClientId::Untold);
    let qty = |field, text: &Num<'_>| match text.is_none() {
        true => Ok(None),
        false => text.qty(field, inst).map(Some),
    };
    let venue_id = read.order_id.text().to_string();
    let mut report = OrderReport::new(inst.id, client, venue_id, state);
    report.side = wire::side(read.side.text());
    if report.side.is_none() && !read.side.is_none() {
        counts.add(Unused::UnknownWord, read.side.text());
    }
    report.qty = qty("origQty", &read.orig_qty)?;
    report.filled = qty("executedQty", &read.executed_qty)?;
    report.limit = match read.price.is_none() {
        true => None,
        false => Some(read.price.price("price", inst)?).filter(|it| it.mantissa() > 0),
    };
    let times = [&read.update_time, &read.time, &read.transact_time];
    report.at = (times.into_iter().map(stamp))
        .find(|at| at.is_known())
        .unwrap_or(Ts::UNKNOWN);
    Ok(report)
}

fn fills(body: &str, cx: &Cx<'_>, counts: &mut Counts) -> Result<Vec<TradeReport>, WireError> {
    let mut list = Vec::new();
    for read in wire::fills(body)? {
        match cx.directory.symbol(read.symbol.text()) {
            Ok(listed) => list.push(fill(&read, listed, cx)?),
            Err(_) => counts.add(Unused::OtherSymbol, read.symbol.text()),
        }
    }
    Ok(list)
}

fn fill(read: &WireFill<'_>, listed: &Listed, cx: &Cx<'_>) -> Result<TradeReport, WireError> {
    let inst = &listed.instrument;
    Ok(TradeReport {
        client: cx.directory.client(read.client_order_id.text(), ""),
        venue_id: read.order_id.text().to_string(),
        instrument: inst.id,
        trade_id: trade_number(read.id.text()),
        side: Some(match read.is_buyer {
            true => Side::Buy,
            false => Side::Sell,
        }),
        price: read.price.price("price", inst)?,
        qty: read.qty.qty("qty", inst)?,
        fee: charge(read.commission_asset.text(), read.commission.text())?,
        maker: Some(read.is_maker),
        at: stamp(&read.time),
    })
}

fn balances(body: &str, cx: &Cx<'_>, counts: &mut Counts) -> Result<Vec<BalanceReport>, WireError> {
    let mut list = Vec::new();
    for read in wire::account(body)?.balances {
        let Ok(asset) = cx.directory.asset(read.asset.text()) else {
            counts.add(Unused::OtherAsset, read.asset.text());
            continue;
        };
        list.push(BalanceReport {
            asset,
            free: amount("free", read.free.text())?,
            locked: amount("locked", read.locked.text())?,
            at: Ts::UNKNOWN,
        });
    }
    Ok(list)
}
