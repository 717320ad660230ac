//! Answers over HTTP, and the results of answers by WebSocket.

use onetape_core::event::Level;
use onetape_core::names::InstrumentId;
use onetape_core::num::Money;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::errors::{Failed, words};
use super::market::{At, futures_trade, levels, spot_trade};
use super::numbers::{Bare, millis, money, price, seconds, seconds_text, size};
use super::own::{USER, balance, futures_order, position, spot_order, trade};
use crate::ask::PositionMode;
use crate::directory::Listed;
use crate::gate::Market;
use crate::json::write;
use crate::rules::{Rules, TradeStatus};
use crate::server::Cx;
use crate::server::call::Way;
use crate::server::outbound::Outbound;
use crate::server::reply::{AccountState, Replied, Reply};
use crate::server::state::{BookState, FeeState, MarkState, OrderState, Print, Stretch};
use crate::server::wrong::Wrong;

/// The answer to a request.
pub fn reply(market: Market, way: &Way, replied: &Replied, cx: &Cx<'_>) -> Outbound {
    let failed = |wrong: &Wrong| {
        let (status, label, message) = words(market, wrong);
        let body = Failed {
            label,
            message: &message,
        };
        Outbound::json(status, write(&body))
    };
    let made = match &replied.result {
        Err(wrong) => failed(wrong),
        Ok(reply) => match result_of(market, way, reply, cx) {
            Some(body) => {
                let status = if way.route == "place" { 201 } else { 200 };
                Outbound::json(status, body)
            }
            // What nobody asked this way: a fault of the server that must not look like an answer.
            None => failed(&Wrong::Unknown),
        },
    };
    match replied.limits.first() {
        None => made,
        Some(limit) => made
            .with(
                "X-Gate-RateLimit-Requests-Remain",
                limit.limit.saturating_sub(limit.used),
            )
            .with("X-Gate-RateLimit-Limit", limit.limit)
            .with("X-Gate-RateLimit-Reset-Timestamp", seconds(limit.resets_at)),
    }
}

/// The result as JSON, by either way; `None` for what no request of the venue gives.
pub(super) fn result_of(market: Market, way: &Way, reply: &Reply, cx: &Cx<'_>) -> Option<String> {
    Some(match reply {
        Reply::Done => match way.route {
            "countdown" => {
                let at = way.numbers.first().copied().unwrap_or_default();
                json!({"triggerTime": at.to_string()}).to_string()
            }
            "public" => "[]".to_string(),
            _ => "{}".to_string(),
        },
        Reply::Time(at) => json!({"server_time": millis(*at)}).to_string(),
        Reply::Instruments(rules) => {
            let each = rules.iter().map(|it| rule(market, it, None));
            list(way, each.collect())?
        }
        Reply::Depth(book) => depth(market, book, cx)?,
        Reply::Prints(prints) => prints_of(market, prints, cx)?,
        Reply::Marks(marks) => list(way, each(marks, |it| marked(it, cx))?)?,
        Reply::Tickers(days) => write(&each(days, |it| day(market, it, cx))?),
        Reply::Order(state, _) => order(market, state, cx)?,
        Reply::Orders(all) if way.route == "open_orders" => by_pair(all, cx)?,
        Reply::Orders(all) => orders(market, all, cx)?,
        Reply::Each(all) => batch(market, all, cx)?,
        Reply::Trades(all) => write(&each(all, |it| {
            listed(it.instrument, cx).map(|of| trade(market, it, of, cx))
        })?),
        Reply::Account(state) if market == Market::Spot => {
            write(&each(&state.balances, |it| balance(it, cx))?)
        }
        Reply::Account(state) => write(&account(state, cx)?),
        Reply::Positions(all) => list(
            way,
            each(all, |it| {
                listed(it.instrument, cx).map(|of| position(it, of))
            })?,
        )?,
        Reply::Fees(fees) => fees_of(market, fees, cx)?,
        Reply::Tiers(all) => tiers(all, cx)?,
        Reply::Funding(all) => write(&each(all, |it| {
            let of = listed(it.instrument, cx)?;
            Some(json!({
                "time": seconds(it.at),
                "change": money(it.amount),
                "balance": "0",
                "type": "fund",
                "text": format!("{}:{}", of.instrument.symbol, it.id),
                "contract": of.instrument.symbol,
                "id": it.id.to_string(),
            }))
        })?),
        _ => return None,
    })
}

fn listed<'a>(id: InstrumentId, cx: &Cx<'a>) -> Option<&'a Listed> {
    cx.directory.get(id)
}

/// Each in the venue's words; `None` where one is of an instrument that is not the venue's.
fn each<'s, T, O>(all: &'s [T], one: impl Fn(&'s T) -> Option<O>) -> Option<Vec<O>> {
    all.iter().map(one).collect()
}

/// One by itself where it was asked for by name.
fn list(way: &Way, all: Vec<Value>) -> Option<String> {
    match way.one {
        true => all.first().map(write),
        false => Some(write(&all)),
    }
}

/// Decimals of a step.
fn places(step: Money) -> u32 {
    step.decimal().normalize().scale()
}

/// The rules of an instrument. `with` is what else is known of a contract.
fn rule(market: Market, rules: &Rules, with: Option<&MarkState>) -> Value {
    let is_trading = rules.status == TradeStatus::Trading;
    let most = |amount: Option<Money>| amount.map(money);
    if market == Market::Spot {
        return json!({
            "id": rules.symbol,
            "base": rules.base,
            "quote": rules.quote,
            "fee": "0.2",
            "min_base_amount": money(rules.min_qty),
            "min_quote_amount": money(rules.min_notional),
            "max_base_amount": most(rules.max_qty),
            "max_quote_amount": most(rules.limits.max_notional),
            "amount_precision": places(rules.lot),
            "precision": places(rules.tick),
            "trade_status": if is_trading { "tradable" } else { "untradable" },
            "sell_start": 0,
            "buy_start": 0,
            "type": "normal",
        });
    }
    let mark = with.map_or(Money::ZERO, |it| it.mark);
    json!({
        "name": rules.symbol,
        "type": "direct",
        "quanto_multiplier": money(rules.contract),
        "order_price_round": money(rules.tick),
        "mark_price_round": money(rules.tick),
        "order_size_min": money(rules.min_qty),
        "order_size_max": rules.max_qty.map_or_else(|| "1000000000".to_string(), money),
        "enable_decimal": places(rules.lot) > 0,
        "order_price_deviate": "0.5",
        "leverage_min": "1",
        "leverage_max": "100",
        "maintenance_rate": "0.005",
        "maker_fee_rate": "0.0002",
        "taker_fee_rate": "0.0005",
        "mark_price": money(mark),
        "index_price": money(mark),
        "last_price": money(mark),
        "funding_rate": "0",
        "funding_interval": 28_800,
        "funding_next_apply": 0,
        "orders_limit": 100,
        "status": if is_trading { "trading" } else { "delisting" },
        "in_delisting": !is_trading,
        "create_time": 0,
    })
}

/// A contract with its mark and funding, by its own instrument.
fn marked(state: &MarkState, cx: &Cx<'_>) -> Option<Value> {
    let of = listed(state.instrument, cx)?;
    let inst = &of.instrument;
    let max = match inst.max_qty.is_zero() {
        true => "1000000000".to_string(),
        false => size(of, inst.max_qty),
    };
    Some(json!({
        "name": inst.symbol,
        "type": "direct",
        "quanto_multiplier": money(of.contract),
        "order_price_round": price(of, inst.tick),
        "mark_price_round": price(of, inst.tick),
        "order_size_min": size(of, inst.min_qty),
        "order_size_max": max,
        "mark_price": money(state.mark),
        "index_price": money(state.index),
        "last_price": money(state.mark),
        "funding_rate": money(state.rate),
        "funding_interval": state.every.nanos() / 1_000_000_000,
        "funding_next_apply": seconds(state.settles_at),
        "status": "trading",
        "in_delisting": false,
    }))
}

#[derive(Serialize)]
#[serde(untagged)]
enum Moment {
    Millis(i64),
    Seconds(Bare),
}

#[derive(Serialize)]
struct Book {
    id: u64,
    current: Moment,
    update: Moment,
    asks: Vec<At>,
    bids: Vec<At>,
}

/// A whole book. Spot counts its times in milliseconds, futures in seconds.
fn depth(market: Market, book: &BookState, cx: &Cx<'_>) -> Option<String> {
    let of = listed(book.update.instrument, cx)?;
    let moment = |at| match market {
        Market::Spot => Moment::Millis(millis(at)),
        Market::Usdt | Market::Btc => Moment::Seconds(Bare(seconds_text(at))),
    };
    Some(write(&Book {
        id: book.update.last,
        current: moment(cx.now),
        update: moment(book.at),
        asks: levels(market, &book.update.asks, of),
        bids: levels(market, &book.update.bids, of),
    }))
}

fn prints_of(market: Market, prints: &[Print], cx: &Cx<'_>) -> Option<String> {
    let one = |it: &Print| {
        let of = listed(it.instrument, cx)?;
        let trade = onetape_core::event::Trade {
            instrument: it.instrument,
            price: it.price,
            qty: it.qty,
            aggressor: it.aggressor,
        };
        Some(match market {
            Market::Spot => json!(spot_trade(&trade, it.id, of, it.at)),
            Market::Usdt | Market::Btc => json!(futures_trade(&trade, it.id, of, it.at)),
        })
    };
    // The newest first.
    let mut all = each(prints, one)?;
    all.reverse();
    Some(write(&all))
}

pub(super) fn day(market: Market, day: &Stretch, cx: &Cx<'_>) -> Option<Value> {
    let of = listed(day.instrument, cx)?;
    let best = |side: fn(&onetape_core::event::Quote) -> Level| {
        let level = day.top.as_ref().map(side).unwrap_or_default();
        price(of, level.price)
    };
    let key = match market {
        Market::Spot => "currency_pair",
        Market::Usdt | Market::Btc => "contract",
    };
    let mut told = Map::new();
    let mut tell = |key: &str, text: String| told.insert(key.to_string(), Value::String(text));
    tell(key, of.instrument.symbol.clone());
    tell("last", price(of, day.close));
    tell("high_24h", price(of, day.high));
    tell("low_24h", price(of, day.low));
    tell("highest_bid", best(|it| it.bid));
    tell("lowest_ask", best(|it| it.ask));
    tell(
        "base_volume",
        of.instrument
            .qty_decimal(day.volume)
            .normalize()
            .to_string(),
    );
    tell("quote_volume", money(day.quote_volume));
    if let Some(units) = day.open_interest.and_then(|open| of.units(open)) {
        tell("total_size", units.to_string());
    }
    Some(Value::Object(told))
}

fn order(market: Market, state: &OrderState, cx: &Cx<'_>) -> Option<String> {
    let of = listed(state.instrument, cx)?;
    Some(match market {
        Market::Spot => write(&spot_order(state, None, of, cx)),
        Market::Usdt | Market::Btc => {
            let number = u64::try_from(millis(state.updated)).unwrap_or_default();
            write(&futures_order(state, number, false, of))
        }
    })
}

fn orders(market: Market, all: &[OrderState], cx: &Cx<'_>) -> Option<String> {
    let each: Option<Vec<_>> = all.iter().map(|it| order(market, it, cx)).collect();
    each.map(|it| format!("[{}]", it.join(",")))
}

/// Open orders of spot, those of a pair together, pairs in the order of their first one.
fn by_pair(all: &[OrderState], cx: &Cx<'_>) -> Option<String> {
    let mut pairs: Vec<(&str, Vec<Value>)> = Vec::new();
    for state in all {
        let of = listed(state.instrument, cx)?;
        let symbol = of.instrument.symbol.as_str();
        let told = spot_order(state, None, of, cx);
        match pairs.iter_mut().find(|(name, _)| *name == symbol) {
            Some((_, list)) => list.push(told),
            None => pairs.push((symbol, vec![told])),
        }
    }
    let each = pairs.into_iter().map(|(symbol, orders)| {
        json!({"currency_pair": symbol, "total": orders.len(), "orders": orders})
    });
    Some(write(&each.collect::<Vec<_>>()))
}

/// Each order of a request that made several, with whether it was taken.
fn batch(market: Market, all: &[Result<OrderState, Wrong>], cx: &Cx<'_>) -> Option<String> {
    let one = |result: &Result<OrderState, Wrong>| {
        let mut told: Map<String, Value> = match result {
            Ok(state) => serde_json::from_str(&order(market, state, cx)?).ok()?,
            Err(wrong) => {
                let (_, label, message) = words(market, wrong);
                let failed = Failed {
                    label,
                    message: &message,
                };
                match serde_json::to_value(failed) {
                    Ok(Value::Object(map)) => map,
                    _ => return None,
                }
            }
        };
        told.insert("succeeded".to_string(), Value::Bool(result.is_ok()));
        Some(Value::Object(told))
    };
    let list: Option<Vec<_>> = all.iter().map(one).collect();
    list.map(|list| write(&list))
}

/// An account of futures.
fn account(state: &AccountState, cx: &Cx<'_>) -> Option<Value> {
    let margin = state.margins.first()?;
    let is_dual = state.position_mode == PositionMode::Hedge;
    Some(json!({
        "user": USER,
        "currency": cx.directory.asset_name(margin.asset)?,
        "total": money(margin.wallet),
        "unrealised_pnl": money(margin.unrealised),
        "position_margin": money(margin.position_initial),
        "order_margin": money(margin.order_initial),
        "available": money(margin.available),
        "cross_maintenance_margin": money(margin.maintenance),
        "cross_available": money(margin.available),
        "point": "0",
        "bonus": "0",
        "in_dual_mode": is_dual,
        "position_mode": if is_dual { "dual" } else { "single" },
        "margin_mode": 0,
    }))
}

/// Fees: of one pair on spot, by contract on futures.
fn fees_of(market: Market, fees: &[FeeState], cx: &Cx<'_>) -> Option<String> {
    let one = |fee: &FeeState| {
        let of = listed(fee.instrument, cx)?;
        let told = json!({
            "user_id": USER,
            "taker_fee": money(fee.taker),
            "maker_fee": money(fee.maker),
            "gt_discount": false,
            "gt_taker_fee": "0",
            "gt_maker_fee": "0",
            "currency_pair": of.instrument.symbol,
        });
        Some((of.instrument.symbol.clone(), told))
    };
    match market {
        Market::Spot => fees.first().and_then(one).map(|(_, fee)| write(&fee)),
        Market::Usdt | Market::Btc => {
            let all: Option<Map<_, _>> = fees.iter().map(one).collect();
            all.map(|all| write(&all))
        }
    }
}

fn tiers(
    all: &[(InstrumentId, Vec<onetape_core::instrument::MarginTier>)],
    cx: &Cx<'_>,
) -> Option<String> {
    let mut told = Vec::new();
    for (id, tiers) in all {
        let symbol = &listed(*id, cx)?.instrument.symbol;
        for (at, tier) in tiers.iter().enumerate() {
            told.push(json!({
                "contract": symbol,
                "tier": at + 1,
                "risk_limit": money(tier.up_to),
                "maintenance_rate": money(tier.maintenance),
                "leverage_max": tier.max_leverage.to_string(),
            }));
        }
    }
    Some(write(&told))
}
