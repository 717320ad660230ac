//! Accounts as answers tell them.

use onetape_core::instrument::{MarginTier, Side};
use onetape_core::names::InstrumentId;
use onetape_core::num::Money;
use serde_json::{Value, json};

use super::writing::{
    asset, list, margin_mode, millis, money, of, position_side, price, qty, side,
};
use crate::ask::MarginMode;
use crate::binance::Market;
use crate::report::Settings;
use crate::server::Cx;
use crate::server::reply::AccountState;
use crate::server::state::{
    BalanceState, FeeState, FillState, FundingState, MarginState, PositionState,
};

/// An account of spot.
pub(super) fn spot(it: &AccountState, without_zero: bool, cx: &Cx<'_>) -> Value {
    let wanted = |it: &&BalanceState| !(without_zero && it.free.is_zero() && it.locked.is_zero());
    let balances: Vec<_> = it.balances.iter().filter(wanted).copied().collect();
    let balances = list(&balances, |it| {
        Some(json!({
            "asset": asset(cx, it.asset)?, "free": money(it.free), "locked": money(it.locked),
        }))
    });
    json!({
        "makerCommission": bps(it.maker), "takerCommission": bps(it.taker), "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": money(it.maker), "taker": money(it.taker), "buyer": "0", "seller": "0",
        },
        "canTrade": true, "canWithdraw": false, "canDeposit": false, "brokered": false,
        "requireSelfTradePrevention": false, "preventSor": false, "updateTime": millis(it.at),
        "accountType": "SPOT", "balances": balances, "permissions": ["SPOT"], "uid": it.number,
    })
}

/// A fraction in whole basis points.
fn bps(fraction: Money) -> i64 {
    let whole = fraction
        .times(rust_decimal::Decimal::from(10_000))
        .decimal()
        .trunc();
    i64::try_from(whole.mantissa()).unwrap_or_default()
}

/// An account of futures. The older form has settings of positions too.
pub(super) fn futures(it: &AccountState, older: bool, cx: &Cx<'_>) -> Value {
    let total = |of: &dyn Fn(&MarginState) -> Money| {
        let sum = it.margins.iter().map(of).fold(Money::ZERO, |a, b| a + b);
        money(sum)
    };
    let assets = list(&it.margins, |it| margin(it, cx));
    let positions = list(&it.positions, |it| held(it, older, cx));
    let mut all = json!({
        "totalInitialMargin": total(&initial), "totalMaintMargin": total(&|it| it.maintenance),
        "totalWalletBalance": total(&|it| it.wallet),
        "totalUnrealizedProfit": total(&|it| it.unrealised),
        "totalMarginBalance": total(&|it| it.wallet + it.unrealised),
        "totalPositionInitialMargin": total(&|it| it.position_initial),
        "totalOpenOrderInitialMargin": total(&|it| it.order_initial),
        "totalCrossWalletBalance": total(&|it| it.cross_wallet),
        "totalCrossUnPnl": total(&|it| it.unrealised),
        "availableBalance": total(&|it| it.available),
        "maxWithdrawAmount": total(&|it| it.available), "assets": assets, "positions": positions,
    });
    if older && let Value::Object(all) = &mut all {
        for (name, value) in [
            ("feeTier", json!(0)),
            ("canTrade", json!(true)),
            ("canDeposit", json!(false)),
            ("canWithdraw", json!(false)),
            ("multiAssetsMargin", json!(false)),
            ("updateTime", json!(millis(it.at))),
        ] {
            all.insert(name.to_string(), value);
        }
    }
    all
}

fn initial(it: &MarginState) -> Money {
    it.position_initial + it.order_initial
}

fn margin(it: &MarginState, cx: &Cx<'_>) -> Option<Value> {
    Some(json!({
        "asset": asset(cx, it.asset)?, "walletBalance": money(it.wallet),
        "unrealizedProfit": money(it.unrealised), "marginBalance": money(it.wallet + it.unrealised),
        "maintMargin": money(it.maintenance), "initialMargin": money(initial(it)),
        "positionInitialMargin": money(it.position_initial),
        "openOrderInitialMargin": money(it.order_initial),
        "crossWalletBalance": money(it.cross_wallet), "crossUnPnl": money(it.unrealised),
        "availableBalance": money(it.available), "maxWithdrawAmount": money(it.available),
        "marginAvailable": true, "updateTime": millis(it.at),
    }))
}

/// A position within an account.
fn held(it: &PositionState, older: bool, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.instrument)?;
    let notional = it.mark.times(of.qty_decimal(it.qty));
    let mut all = json!({
        "symbol": of.symbol, "positionSide": position_side(it.side), "positionAmt": qty(of, it.qty),
        "unrealizedProfit": money(it.unrealised), "isolatedMargin": money(it.isolated),
        "notional": money(notional), "isolatedWallet": money(it.isolated),
        "initialMargin": money(it.initial), "maintMargin": money(it.maintenance),
        "updateTime": millis(it.at),
    });
    if older && let Value::Object(all) = &mut all {
        for (name, value) in [
            ("leverage", json!(it.leverage.to_string())),
            ("isolated", json!(it.mode == MarginMode::Isolated)),
            ("entryPrice", json!(money(it.entry))),
            ("breakEvenPrice", json!(money(it.entry))),
            ("positionInitialMargin", json!(money(it.initial))),
            ("openOrderInitialMargin", json!("0")),
            ("maxNotional", json!("0")),
            ("bidNotional", json!("0")),
            ("askNotional", json!("0")),
        ] {
            all.insert(name.to_string(), value);
        }
    }
    Some(all)
}

/// A balance of futures.
pub(super) fn balance(it: &MarginState, cx: &Cx<'_>) -> Option<Value> {
    Some(json!({
        "accountAlias": "onetape", "asset": asset(cx, it.asset)?, "balance": money(it.wallet),
        "crossWalletBalance": money(it.cross_wallet), "crossUnPnl": money(it.unrealised),
        "availableBalance": money(it.available), "maxWithdrawAmount": money(it.available),
        "marginAvailable": true, "updateTime": millis(it.at),
    }))
}

/// A position that is asked for.
pub(super) fn position(it: &PositionState, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.instrument)?;
    let notional = it.mark.times(of.qty_decimal(it.qty));
    Some(json!({
        "symbol": of.symbol, "positionSide": position_side(it.side), "positionAmt": qty(of, it.qty),
        "entryPrice": money(it.entry), "breakEvenPrice": money(it.entry), "markPrice": money(it.mark),
        "unRealizedProfit": money(it.unrealised), "liquidationPrice": money(it.liquidation),
        "isolatedMargin": money(it.isolated), "notional": money(notional),
        "marginAsset": asset(cx, of.settle())?, "isolatedWallet": money(it.isolated),
        "initialMargin": money(it.initial), "maintMargin": money(it.maintenance),
        "positionInitialMargin": money(it.initial), "openOrderInitialMargin": "0", "adl": 1,
        "bidNotional": "0", "askNotional": "0", "updateTime": millis(it.at),
        "leverage": it.leverage.to_string(), "marginType": margin_mode(it.mode),
        "maxNotionalValue": "1000000", "isAutoAddMargin": "false",
    }))
}

/// An execution of the account.
pub(super) fn trade(market: Market, it: &FillState, cx: &Cx<'_>) -> Option<Value> {
    let of = of(cx, it.instrument)?;
    let quote = money(of.notional(it.price, it.qty));
    let mut all = json!({
        "symbol": of.symbol, "id": it.id, "orderId": it.order, "price": price(of, it.price),
        "qty": qty(of, it.qty), "quoteQty": quote, "commission": money(it.fee),
        "commissionAsset": asset(cx, it.fee_asset)?, "time": millis(it.at),
    });
    let buyer = it.side == Side::Buy;
    let more = match market {
        Market::Spot => json!({
            "orderListId": -1, "isBuyer": buyer, "isMaker": it.maker, "isBestMatch": true,
        }),
        _ => json!({
            "buyer": buyer, "maker": it.maker, "side": side(it.side),
            "positionSide": position_side(it.position), "realizedPnl": money(it.realised),
        }),
    };
    if let (Value::Object(all), Value::Object(mut more)) = (&mut all, more) {
        all.append(&mut more);
    }
    Some(all)
}

/// Settings of an instrument.
pub(super) fn settings(it: &Settings, cx: &Cx<'_>) -> Option<Value> {
    let mode = match it.margin_mode {
        Some(MarginMode::Isolated) => "ISOLATED",
        _ => "CROSSED",
    };
    Some(json!({
        "symbol": of(cx, it.instrument?)?.symbol, "marginType": mode, "isAutoAddMargin": false,
        "leverage": it.leverage?, "maxNotionalValue": "1000000",
    }))
}

/// The answer to a change of leverage.
pub(super) fn leverage(it: &Settings, cx: &Cx<'_>) -> Option<Value> {
    Some(json!({
        "symbol": of(cx, it.instrument?)?.symbol, "leverage": it.leverage?, "maxNotionalValue": "1000000",
    }))
}

/// Margin by the size of a position, as JSON: one instrument's, or a list.
pub(super) fn tiers(all: &[(InstrumentId, Vec<MarginTier>)], one: bool, cx: &Cx<'_>) -> String {
    let written = all.iter().filter_map(|(id, tiers)| {
        let symbol = Value::from(of(cx, *id)?.symbol.as_str());
        let brackets = brackets(tiers);
        Some(format!(
            r#"{{"symbol":{symbol},"notionalCoef":1,"brackets":[{brackets}]}}"#
        ))
    });
    let written: Vec<_> = written.collect();
    match (one, written.as_slice()) {
        (true, [one]) => one.clone(),
        _ => format!("[{}]", written.join(",")),
    }
}

/// Numbers stand there as numbers, and are written as their own text: none goes through floating point.
fn brackets(tiers: &[MarginTier]) -> String {
    let (mut floor, mut before, mut cum) = (Money::ZERO, Money::ZERO, Money::ZERO);
    let mut all = Vec::with_capacity(tiers.len());
    for (at, tier) in tiers.iter().enumerate() {
        // So that maintenance is the same on both sides of a step.
        cum += (tier.maintenance - before).times(floor.decimal());
        all.push(format!(
            r#"{{"bracket":{},"initialLeverage":{},"notionalCap":{},"notionalFloor":{},"maintMarginRatio":{},"cum":{}}}"#,
            at + 1,
            tier.max_leverage,
            money(tier.up_to),
            money(floor),
            money(tier.maintenance),
            money(cum),
        ));
        floor = tier.up_to;
        before = tier.maintenance;
    }
    all.join(",")
}

/// Fees of an instrument.
pub(super) fn fees(market: Market, it: &FeeState, cx: &Cx<'_>) -> Option<Value> {
    let symbol = &of(cx, it.instrument)?.symbol;
    let (maker, taker) = (money(it.maker), money(it.taker));
    Some(match market {
        Market::Spot => {
            let none = json!({ "maker": "0", "taker": "0", "buyer": "0", "seller": "0" });
            json!({
                "symbol": symbol,
                "standardCommission": { "maker": maker, "taker": taker, "buyer": "0", "seller": "0" },
                "specialCommission": none, "taxCommission": none,
                "discount": {
                    "enabledForAccount": false, "enabledForSymbol": false, "discountAsset": "BNB",
                    "discount": "0",
                },
            })
        }
        _ => json!({
            "symbol": symbol, "makerCommissionRate": maker, "takerCommissionRate": taker,
            "rpiCommissionRate": maker,
        }),
    })
}

/// Funding that was paid or received.
pub(super) fn income(it: &FundingState, cx: &Cx<'_>) -> Option<Value> {
    Some(json!({
        "symbol": of(cx, it.instrument)?.symbol, "incomeType": "FUNDING_FEE", "income": money(it.amount),
        "asset": asset(cx, it.asset)?, "info": "FUNDING_FEE", "time": millis(it.at), "tranId": it.id,
        "tradeId": "",
    }))
}
