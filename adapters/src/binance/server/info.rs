//! `exchangeInfo` from an instrument's rules.

use onetape_core::num::Money;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::writing::{millis, money};
use crate::binance::Market;
use crate::rules::{Rules, TradeStatus};
use crate::server::Cx;

/// Kinds of orders of spot.
const SPOT_TYPES: [&str; 3] = ["LIMIT", "LIMIT_MAKER", "MARKET"];
/// Kinds of orders of futures.
const USDM_TYPES: [&str; 2] = ["LIMIT", "MARKET"];

/// All of it.
pub(super) fn exchange(market: Market, rules: &[Rules], cx: &Cx<'_>) -> Value {
    let symbols: Vec<_> = rules.iter().map(|it| symbol(market, it)).collect();
    let limits = match market {
        Market::Spot => json!([
            limit("REQUEST_WEIGHT", "MINUTE", 1, 6_000),
            limit("ORDERS", "SECOND", 10, 100),
            limit("ORDERS", "DAY", 1, 200_000),
            limit("RAW_REQUESTS", "MINUTE", 5, 300_000)
        ]),
        _ => json!([
            limit("REQUEST_WEIGHT", "MINUTE", 1, 2_400),
            limit("ORDERS", "SECOND", 10, 300),
            limit("ORDERS", "MINUTE", 1, 1_200)
        ]),
    };
    let mut all = json!({
        "timezone": "UTC", "serverTime": millis(cx.now), "rateLimits": limits, "exchangeFilters": [],
        "symbols": symbols,
    });
    if market != Market::Spot
        && let Value::Object(all) = &mut all
    {
        let assets: Vec<_> = settled(rules)
            .into_iter()
            .map(|it| json!({ "asset": it, "marginAvailable": true, "autoAssetExchange": "0" }))
            .collect();
        all.insert("assets".to_string(), Value::from(assets));
        all.insert("futuresType".to_string(), json!("U_MARGINED"));
    }
    all
}

fn settled(rules: &[Rules]) -> Vec<&str> {
    let mut all: Vec<_> = rules.iter().map(|it| it.settle.as_str()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn limit(kind: &str, interval: &str, number: u32, limit: u32) -> Value {
    json!({ "rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit })
}

fn status(rules: &Rules) -> &str {
    match &rules.status {
        TradeStatus::Trading => "TRADING",
        TradeStatus::CancelOnly => "CANCEL_ONLY",
        TradeStatus::Restricted(_) => "BREAK",
        TradeStatus::Halted(word) => word,
    }
}

fn decimals(step: Money) -> u32 {
    step.decimal().normalize().scale()
}

fn symbol(market: Market, it: &Rules) -> Value {
    let filters = filters(market, it);
    match market {
        Market::Spot => json!({
            "symbol": it.symbol, "status": status(it), "baseAsset": it.base, "baseAssetPrecision": 8,
            "quoteAsset": it.quote, "quotePrecision": 8, "quoteAssetPrecision": 8,
            "baseCommissionPrecision": 8, "quoteCommissionPrecision": 8, "orderTypes": types(&SPOT_TYPES, it),
            "icebergAllowed": false, "ocoAllowed": false, "otoAllowed": false,
            "quoteOrderQtyMarketAllowed": true, "allowTrailingStop": false, "cancelReplaceAllowed": false,
            "amendAllowed": true, "pegInstructionsAllowed": false, "isSpotTradingAllowed": true,
            "isMarginTradingAllowed": false, "filters": filters, "permissions": [],
            "permissionSets": [["SPOT"]], "defaultSelfTradePreventionMode": "NONE",
            "allowedSelfTradePreventionModes": ["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
        }),
        _ => json!({
            "symbol": it.symbol, "pair": it.symbol, "contractType": "PERPETUAL",
            "deliveryDate": 4_133_404_800_000_i64, "onboardDate": 1_569_398_400_000_i64,
            "status": status(it), "maintMarginPercent": "2.5000", "requiredMarginPercent": "5.0000",
            "baseAsset": it.base, "quoteAsset": it.quote, "marginAsset": it.settle,
            "pricePrecision": decimals(it.tick), "quantityPrecision": decimals(it.lot),
            "baseAssetPrecision": 8, "quotePrecision": 8, "underlyingType": "COIN",
            "underlyingSubType": [], "triggerProtect": "0.0500", "liquidationFee": "0.0125",
            "marketTakeBound": "0.05", "maxMoveOrderLimit": 10_000, "filters": filters,
            "orderTypes": types(&USDM_TYPES, it), "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
        }),
    }
}

fn types(all: &[&str], it: &Rules) -> Value {
    match it.limits.order_types.is_empty() {
        true => json!(all),
        false => json!(it.limits.order_types),
    }
}

/// An amount, or zero, which says that a part does not hold.
fn bound(amount: Option<Money>) -> String {
    money(amount.unwrap_or(Money::ZERO))
}

fn filters(market: Market, it: &Rules) -> Value {
    let (limits, spot) = (&it.limits, market == Market::Spot);
    let most = Money::new(Decimal::from(9_000_000_000_i64));
    let mut all = vec![
        json!({
            "filterType": "PRICE_FILTER", "minPrice": bound(limits.min_price),
            "maxPrice": bound(limits.max_price), "tickSize": money(it.tick),
        }),
        json!({
            "filterType": "LOT_SIZE", "minQty": money(it.min_qty),
            "maxQty": money(it.max_qty.unwrap_or(most)), "stepSize": money(it.lot),
        }),
        json!({
            "filterType": "MARKET_LOT_SIZE", "minQty": bound(limits.market_min_qty),
            "maxQty": money(limits.market_max_qty.or(it.max_qty).unwrap_or(most)),
            "stepSize": bound(limits.market_lot),
        }),
    ];
    all.push(match spot {
        true => json!({
            "filterType": "NOTIONAL", "minNotional": money(it.min_notional),
            "applyMinToMarket": limits.min_notional_at_market,
            "maxNotional": bound(limits.max_notional),
            "applyMaxToMarket": limits.max_notional_at_market, "avgPriceMins": 0,
        }),
        false => json!({ "filterType": "MIN_NOTIONAL", "notional": money(it.min_notional) }),
    });
    if let Some(band) = &limits.band {
        all.push(match spot {
            true => json!({
                "filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": money(band.bid.1),
                "bidMultiplierDown": money(band.bid.0), "askMultiplierUp": money(band.ask.1),
                "askMultiplierDown": money(band.ask.0), "avgPriceMins": 0,
            }),
            false => json!({
                "filterType": "PERCENT_PRICE", "multiplierUp": money(band.bid.1),
                "multiplierDown": money(band.bid.0), "multiplierDecimal": "4",
            }),
        });
    }
    if let Some(most) = limits.max_orders {
        all.push(match spot {
            true => json!({ "filterType": "MAX_NUM_ORDERS", "maxNumOrders": most }),
            false => json!({ "filterType": "MAX_NUM_ORDERS", "limit": most }),
        });
    }
    if let Some(most) = limits.max_position.filter(|_| spot) {
        all.push(json!({ "filterType": "MAX_POSITION", "maxPosition": money(most) }));
    }
    Value::from(all)
}
