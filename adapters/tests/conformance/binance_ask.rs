//! Which request of ours a sample answers: by its method and path where it has them, else by its shape.

use onetape_adapters::ask::{
    AmendAsk, Ask, History, MarginMode, OrderRef, PositionMode, StreamKey,
};
use onetape_adapters::binance::Market;
use onetape_adapters::client_id::ClientId;
use onetape_core::command::{Amend, LegTag, Place, TimeInForce};
use onetape_core::instrument::Side;
use onetape_core::names::{InstrumentId, TaskId};
use onetape_core::num::{Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::time::Span;
use serde_json::Value;

fn order_ref(instrument: InstrumentId) -> OrderRef {
    OrderRef {
        instrument,
        client: ClientId::Ours(OrderId { epoch: 1, n: 2 }),
        venue_id: None,
    }
}

fn place(instrument: InstrumentId) -> Place {
    Place {
        order: OrderId { epoch: 1, n: 2 },
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
            order: OrderId { epoch: 1, n: 2 },
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
        limit: 1_000,
    }
}

/// One of every request there is.
pub(crate) fn every(id: InstrumentId) -> Vec<Ask> {
    vec![
        Ask::Time,
        Ask::Instruments,
        Ask::Depth {
            instrument: id,
            levels: 1_000,
        },
        Ask::Quote(id),
        Ask::Mark(id),
        Ask::OpenInterest(id),
        Ask::Place(place(id)),
        Ask::Test(place(id)),
        Ask::Cancel(order_ref(id)),
        Ask::CancelAll(id),
        Ask::Amend(amend(id)),
        Ask::Order(order_ref(id)),
        Ask::OpenOrders(Some(id)),
        Ask::Orders(past(id)),
        Ask::Trades(past(id)),
        Ask::Balances,
        Ask::Positions(Some(id)),
        Ask::Settings(id),
        Ask::SetLeverage {
            instrument: id,
            leverage: 5,
        },
        Ask::SetMarginMode {
            instrument: id,
            mode: MarginMode::Cross,
        },
        Ask::SetPositionMode(PositionMode::OneWay),
        Ask::PositionMode,
        Ask::Tiers(id),
        Ask::Fees(id),
        Ask::FundingPaid(past(id)),
        Ask::DeadMan {
            instrument: Some(id),
            after: Span::from_millis(60_000),
        },
        Ask::StreamKey(StreamKey::Open),
        Ask::StreamKey(StreamKey::Keep(String::new())),
        Ask::StreamKey(StreamKey::Close(String::new())),
    ]
}

/// The request that a result answers by its shape; `None` where we never ask such a thing.
pub(crate) fn by_shape(market: Market, value: &Value, id: InstrumentId) -> Option<Ask> {
    let many = value.is_array();
    let it = value.get(0).unwrap_or(value);
    let has = |key: &str| it.get(key).is_some();
    let others = ["contingencyType", "allocationId", "amendmentId"];
    let ours = |key: &str| has(key) && !others.iter().any(|it| has(it));
    Some(match it {
        _ if has("symbols") => Ask::Instruments,
        _ if has("bidPrice") && !has("openPrice") => Ask::Quote(id),
        _ if has("lastUpdateId") && !has("bidPrice") => Ask::Depth {
            instrument: id,
            levels: 1_000,
        },
        _ if has("balances") || has("assets") => Ask::Balances,
        _ if has("asset") && has("balance") => Ask::Balances,
        _ if has("positionAmt") => Ask::Positions(None),
        _ if has("amendedOrder") => Ask::Amend(amend(id)),
        _ if has("commissionAsset") && has("id") => Ask::Trades(past(id)),
        _ if ours("orderId") && has("symbol") && many => Ask::Orders(past(id)),
        _ if ours("orderId") && has("symbol") => Ask::Order(order_ref(id)),
        _ if many && has("contingencyType") && market == Market::Spot => Ask::CancelAll(id),
        _ if has("listenKey") => Ask::StreamKey(StreamKey::Open),
        _ if has("serverTime") && !has("apiKey") => Ask::Time,
        _ if has("dualSidePosition") => Ask::PositionMode,
        _ if has("leverage") && many => Ask::Settings(id),
        _ if has("leverage") => Ask::SetLeverage {
            instrument: id,
            leverage: 5,
        },
        _ if has("brackets") => Ask::Tiers(id),
        _ if has("makerCommissionRate") || has("standardCommission") => Ask::Fees(id),
        _ if has("markPrice") && has("lastFundingRate") => Ask::Mark(id),
        _ if has("openInterest") => Ask::OpenInterest(id),
        _ if has("incomeType") => Ask::FundingPaid(past(id)),
        _ if it["code"] == 200 => Ask::SetMarginMode {
            instrument: id,
            mode: MarginMode::Cross,
        },
        _ => return None,
    })
}

/// Keys whose numbers must be found again in the answer to a request.
pub(crate) fn must(market: Market, ask: &Ask) -> &'static [&'static str] {
    match ask {
        Ask::Time => &["serverTime"],
        Ask::Instruments => &[
            "tickSize",
            "stepSize",
            "minQty",
            "maxQty",
            "minPrice",
            "maxPrice",
            "minNotional",
            "maxNotional",
            "notional",
            "multiplierUp",
            "multiplierDown",
            "bidMultiplierUp",
            "bidMultiplierDown",
            "askMultiplierUp",
            "askMultiplierDown",
            "maxPosition",
            "maxNumOrders",
            "maxNumAlgoOrders",
            "maxNumIcebergOrders",
            "maxNumOrderAmends",
            "limit",
        ],
        Ask::Depth { .. } => &["bids", "asks", "lastUpdateId"],
        Ask::Quote(_) => &["bidPrice", "bidQty", "askPrice", "askQty"],
        Ask::Mark(_) => &["markPrice", "indexPrice", "lastFundingRate"],
        Ask::OpenInterest(_) => &["openInterest"],
        Ask::Place(_)
        | Ask::Cancel(_)
        | Ask::Order(_)
        | Ask::Orders(_)
        | Ask::OpenOrders(_)
        | Ask::CancelAll(_)
        | Ask::Amend(_) => &[
            "orderId",
            "price",
            "origQty",
            "executedQty",
            "cummulativeQuoteQty",
            "cumQuote",
        ],
        Ask::Trades(_) => &["id", "orderId", "price", "qty", "commission"],
        Ask::Balances if market == Market::Spot => &["free", "locked"],
        Ask::Balances => &[
            "walletBalance",
            "balance",
            "availableBalance",
            "maintMargin",
        ],
        Ask::Positions(_) => &["positionAmt", "entryPrice", "markPrice", "unRealizedProfit"],
        Ask::Settings(_) | Ask::SetLeverage { .. } => &["leverage"],
        Ask::Tiers(_) => &["notionalCap", "maintMarginRatio", "initialLeverage"],
        Ask::FundingPaid(_) => &["income"],
        Ask::Fees(_) if market == Market::Usdm => &["makerCommissionRate", "takerCommissionRate"],
        _ => &[],
    }
}

/// The part of a message that an answer is made of: what we never use is taken out.
pub(crate) fn scope(ask: &Ask, value: &Value) -> Value {
    let keep = |list: &Value, wanted: &dyn Fn(&Value) -> bool| {
        let all = list.as_array().cloned().unwrap_or_default();
        Value::Array(all.into_iter().filter(|it| wanted(it)).collect())
    };
    match ask {
        Ask::Instruments => keep(&value["symbols"], &|symbol| {
            let filters = &symbol["filters"];
            let has = |name: &str| keep(filters, &|it| it["filterType"] == name)[0].is_object();
            let kind = symbol["contractType"].as_str().unwrap_or("PERPETUAL");
            kind.contains("PERPETUAL") && has("PRICE_FILTER") && has("LOT_SIZE")
        }),
        Ask::Balances if value.get("assets").is_some() => value["assets"].clone(),
        Ask::CancelAll(_) | Ask::Orders(_) | Ask::OpenOrders(_) => keep(value, &|it| {
            it.get("contingencyType").is_none() && it.get("orderId").is_some()
        }),
        Ask::FundingPaid(_) => keep(value, &|it| it["incomeType"] == "FUNDING_FEE"),
        // Of a list over all symbols the asked one's entry.
        Ask::Tiers(_) | Ask::Settings(_) if value.is_array() => value[0].clone(),
        Ask::Amend(_) if value.get("amendedOrder").is_some() => value["amendedOrder"].clone(),
        _ => value.clone(),
    }
}
