//! Which of our requests a sample of Gate answers, and the numbers that must be found again in it.

use onetape_adapters::ask::{AmendAsk, Ask, History, OrderRef};
use onetape_adapters::client_id::ClientId;
use onetape_adapters::gate::Market;
use onetape_core::command::{Amend, LegTag, Place, TimeInForce};
use onetape_core::instrument::Side;
use onetape_core::names::{InstrumentId, TaskId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::time::Span;
use serde_json::{Value, json};

use crate::check::plain;

const ORDER: OrderId = OrderId { epoch: 1, n: 2 };

fn order_ref(instrument: InstrumentId) -> OrderRef {
    OrderRef {
        instrument,
        client: ClientId::Ours(ORDER),
        venue_id: None,
    }
}

pub(crate) fn place(instrument: InstrumentId) -> Place {
    Place {
        order: ORDER,
        task: TaskId(0),
        instrument,
        side: Side::Buy,
        qty: Qty::new(100),
        limit: Some(Price::new(100)),
        time_in_force: TimeInForce::GoodTillCancelled,
        reduce_only: false,
        tag: LegTag::default(),
    }
}

fn amend(instrument: InstrumentId) -> AmendAsk {
    AmendAsk {
        order: order_ref(instrument),
        side: Side::Buy,
        amend: Amend {
            order: ORDER,
            instrument,
            qty: Qty::new(50),
            limit: Price::new(100),
        },
        qty_now: Qty::new(100),
        same_price: true,
    }
}

const fn past(instrument: InstrumentId) -> History {
    History {
        instrument,
        from_id: None,
        since: None,
        limit: 100,
    }
}

/// The request behind a method and a path; `None` where we never ask such a thing.
pub(crate) fn by_path(market: Market, method: &str, path: &str, id: InstrumentId) -> Option<Ask> {
    let path = path
        .trim_start_matches("/api/v4")
        .replace("{settle}", "usdt");
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let parts = match (market, parts.as_slice()) {
        (Market::Spot, ["spot", rest @ ..]) => rest,
        (Market::Usdt, ["futures", "usdt", rest @ ..]) => rest,
        (_, ["wallet", "fee"]) => return Some(Ask::Fees(id)),
        _ => return None,
    };
    let depth = Ask::Depth {
        instrument: id,
        levels: 100,
    };
    let dead_man = Ask::DeadMan {
        instrument: Some(id),
        after: Span::from_millis(30_000),
    };
    Some(match (method, parts) {
        ("GET", ["time"]) => Ask::Time,
        ("GET", ["currency_pairs" | "contracts", ..]) => Ask::Instruments,
        ("GET", ["order_book"]) => depth,
        ("GET", ["tickers"]) => Ask::OpenInterest(id),
        ("GET", ["risk_limit_tiers"]) => Ask::Tiers(id),
        ("POST", ["orders"]) => Ask::Place(place(id)),
        ("DELETE", ["orders"]) => Ask::CancelAll(id),
        ("GET", ["orders" | "orders_timerange"]) => Ask::Orders(past(id)),
        ("GET", ["open_orders"]) => Ask::OpenOrders(None),
        ("GET", ["orders", _]) => Ask::Order(order_ref(id)),
        ("DELETE", ["orders", _]) => Ask::Cancel(order_ref(id)),
        ("PATCH" | "PUT", ["orders", _]) => Ask::Amend(amend(id)),
        ("GET", ["my_trades" | "my_trades_timerange"]) => Ask::Trades(past(id)),
        ("GET", ["accounts"]) => Ask::Balances,
        ("GET", ["fee"]) => Ask::Fees(id),
        ("GET", ["account_book"]) => Ask::FundingPaid(past(id)),
        ("GET", ["positions"]) => Ask::Positions(None),
        ("GET", ["positions", _] | ["dual_comp", "positions", _]) => Ask::Positions(Some(id)),
        ("POST", ["positions", _, "leverage"] | ["dual_comp", "positions", _, "leverage"]) => {
            Ask::SetLeverage {
                instrument: id,
                leverage: 5,
            }
        }
        ("POST", ["dual_mode"]) => Ask::PositionMode,
        ("POST", ["countdown_cancel_all"]) => dead_man,
        _ => return None,
    })
}

/// The request that an answer without a path is for, by its shape.
pub(crate) fn by_shape(value: &Value, id: InstrumentId) -> Option<Ask> {
    let it = value.get(0).unwrap_or(value);
    let has = |key: &str| it.get(key).is_some();
    Some(match it {
        _ if has("asks") && has("bids") => Ask::Depth {
            instrument: id,
            levels: 100,
        },
        _ if has("amount_precision") => Ask::Instruments,
        _ if has("quanto_multiplier") && value.is_array() => Ask::Instruments,
        _ if has("quanto_multiplier") => Ask::Mark(id),
        _ if has("role") => Ask::Trades(past(id)),
        _ if has("currency") => Ask::Balances,
        _ if has("left") || has("finish_as") => Ask::Orders(past(id)),
        _ if has("entry_price") => Ask::Positions(None),
        _ => return None,
    })
}

/// The request behind a channel of orders.
pub(crate) fn by_channel(channel: &str, id: InstrumentId) -> Option<Ask> {
    Some(match channel.split_once('.')?.1 {
        "order_place" => Ask::Place(place(id)),
        "order_cancel" => Ask::Cancel(order_ref(id)),
        "order_cancel_cp" => Ask::CancelAll(id),
        "order_amend" => Ask::Amend(amend(id)),
        "order_status" => Ask::Order(order_ref(id)),
        "order_list" => Ask::Orders(past(id)),
        _ => return None,
    })
}

/// Keys whose numbers must be found again in an answer.
pub(crate) fn must(market: Market, ask: &Ask, value: &Value) -> Vec<&'static str> {
    let spot = market == Market::Spot;
    match ask {
        Ask::Time => vec!["server_time"],
        Ask::Depth { .. } => vec!["asks", "bids", "id"],
        Ask::Instruments if spot => vec!["min_base_amount", "min_quote_amount", "max_base_amount"],
        Ask::Instruments => vec!["order_price_round", "order_size_min", "order_size_max"],
        Ask::Mark(_) => vec!["mark_price", "index_price", "funding_rate"],
        Ask::OpenInterest(_) => vec!["total_size"],
        Ask::Tiers(_) => vec!["risk_limit", "maintenance_rate"],
        Ask::Trades(_) => vec!["price", "amount", "size", "fee"],
        Ask::Balances if spot => vec!["available", "locked"],
        Ask::Balances => vec!["total", "available", "unrealised_pnl"],
        Ask::Positions(_) => vec!["size", "entry_price", "mark_price"],
        Ask::FundingPaid(_) => vec![],
        Ask::DeadMan { .. } | Ask::Fees(_) | Ask::SetLeverage { .. } | Ask::PositionMode => vec![],
        _ => orders(value),
    }
}

/// Keys of orders: the size of a market buy on spot is not a quantity.
pub(crate) fn orders(value: &Value) -> Vec<&'static str> {
    match value.to_string().contains(r#""type":"market""#) {
        true => vec!["filled_total"],
        false => vec!["price", "amount", "size", "filled_total"],
    }
}

/// The message with what follows from it: sizes without their signs, what is filled, steps of precisions.
pub(crate) fn with_derived(value: &Value) -> Value {
    let mut derived = Vec::new();
    derive(value, &mut derived);
    json!([unsigned(value), derived])
}

fn money(value: &Value) -> Option<Money> {
    Money::parse(&plain(value))
}

fn derive(value: &Value, out: &mut Vec<String>) {
    let mut add = |amount: Option<Money>| out.extend(amount.map(|it| it.to_string()));
    if let Some(all) = value.as_object() {
        let number = |key: &str| all.get(key).and_then(money);
        let step = |key: &str| {
            let places = all.get(key).and_then(Value::as_u64)?;
            Money::scaled(1, u32::try_from(places).ok()?)
        };
        for (whole, part) in [("size", "left"), ("amount", "left")] {
            add(number(whole)
                .zip(number(part))
                .map(|(whole, part)| (whole - part).abs()));
        }
        let one = Money::parse("1");
        let band = one.zip(number("order_price_deviate"));
        add(band.map(|(one, by)| one - by));
        add(band.map(|(one, by)| one + by));
        // A contract that cannot be cut has the step 1.
        add(number("quanto_multiplier").and(one));
        add(step("precision"));
        add(step("amount_precision"));
        let margins = number("position_margin").zip(number("order_margin"));
        let bound = margins.map(|(position, order)| position + order);
        add(bound);
        add(number("total")
            .zip(bound)
            .map(|(total, bound)| total - bound));
        let most = all.get("leverage_max").map(plain);
        out.extend(most.map(|text| text.split('.').next().unwrap_or_default().to_string()));
    }
    match value {
        Value::Array(all) => all.iter().for_each(|it| derive(it, out)),
        Value::Object(all) => all.values().for_each(|it| derive(it, out)),
        _ => {}
    }
}

/// Sizes of orders and trades without their signs; those of positions keep them.
fn unsigned(value: &Value) -> Value {
    match value {
        Value::Array(all) => all.iter().map(unsigned).collect(),
        Value::Object(all) => {
            let signed = all.contains_key("entry_price");
            let each = all.iter().map(|(key, inner)| {
                let size = matches!(key.as_str(), "size" | "left" | "amount") && !signed;
                let inner = match size && !inner.is_array() {
                    true => json!(plain(inner).trim_start_matches('-')),
                    false => unsigned(inner),
                };
                (key.clone(), inner)
            });
            each.collect::<serde_json::Map<_, _>>().into()
        }
        other => other.clone(),
    }
}
