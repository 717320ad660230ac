//! What the account's stream says.

use serde_json::{Value, json};

use super::order::{average, kind, lives, self_trade, status_word};
use super::tell::add;
use super::writing::{
    asset, list, margin_mode, millis, money, of, position_side, price, qty, side, some_price,
};
use crate::binance::Market;
use crate::server::Cx;
use crate::server::news::News;
use crate::server::state::{
    FillState, FundingState, Happened, MarginState, OrderChange, PositionState,
};
use crate::server::wrong::{Filter, Wrong};

/// The event for a piece of news of the account.
pub(super) fn event(market: Market, news: &News, cx: &Cx<'_>) -> Option<Value> {
    let spot = market == Market::Spot;
    let now = millis(cx.now);
    match news {
        News::Order(it) if spot => execution(it, cx),
        News::Order(it) => update(it, cx),
        News::Balances(all) if spot => {
            let at = all.iter().map(|it| millis(it.at)).max().unwrap_or(now);
            let balances = list(all, |it| {
                Some(json!({
                    "a": asset(cx, it.asset)?, "f": money(it.free), "l": money(it.locked),
                }))
            });
            Some(json!({ "e": "outboundAccountPosition", "E": now, "u": at, "B": balances }))
        }
        News::Margin(margins, positions) if !spot => Some(account(margins, positions, cx)),
        News::Funding(it, margins) if !spot => Some(funding(it, margins, cx)),
        News::Settings(it) if !spot => Some(json!({
            "e": "ACCOUNT_CONFIG_UPDATE", "E": now, "T": now,
            "ac": { "s": of(cx, it.instrument?)?.symbol, "l": it.leverage? },
        })),
        News::KeyExpired(key) if !spot => {
            Some(json!({ "e": "listenKeyExpired", "E": now, "listenKey": key }))
        }
        News::AccountEnded if spot => Some(json!({ "e": "eventStreamTerminated", "E": now })),
        News::AccountEnded => Some(json!({ "e": "listenKeyExpired", "E": now })),
        News::Shutdown => Some(json!({ "e": "serverShutdown", "E": now })),
        _ => None,
    }
}

/// The execution that a change is the news of.
const fn fill(it: &OrderChange) -> Option<&FillState> {
    match &it.what {
        Happened::Traded(fill) => Some(fill),
        _ => None,
    }
}

/// `executionReport` of spot.
fn execution(change: &OrderChange, cx: &Cx<'_>) -> Option<Value> {
    let it = &change.order;
    let of = of(cx, it.instrument)?;
    let (mut client, mut original, mut reason) = (it.client.clone(), String::new(), "NONE");
    let what = match &change.what {
        Happened::Came => "NEW",
        Happened::Traded(_) => "TRADE",
        Happened::Cancelled(request) => {
            // The order's own id is the original then.
            original = std::mem::take(&mut client);
            client = request
                .clone()
                .unwrap_or_else(|| format!("cancel-{}", it.id));
            "CANCELED"
        }
        Happened::Expired => "EXPIRED",
        Happened::Amended => "REPLACED",
        Happened::Refused(wrong) => {
            reason = refused(wrong);
            "REJECTED"
        }
    };
    let mut all = json!({
        "e": "executionReport", "E": millis(cx.now), "s": of.symbol, "c": client, "S": side(it.side),
        "o": kind(Market::Spot, it), "f": lives(Market::Spot, it), "q": qty(of, it.qty),
        "p": some_price(of, it.limit), "P": some_price(of, it.trigger.map(|it| it.price)), "F": "0",
        "g": -1, "C": original, "x": what, "X": status_word(it.status), "r": reason, "i": it.id,
        "l": "0", "z": qty(of, it.filled), "L": "0", "n": "0", "N": null, "T": millis(it.updated),
        "t": -1, "I": change.number, "w": it.status.is_open(), "m": false, "M": false,
        "O": millis(it.created), "Z": money(it.filled_quote), "Y": "0",
        "Q": it.quote_size.map_or_else(|| "0".to_string(), money), "W": millis(it.created),
        "V": self_trade(Market::Spot, it.self_trade),
    });
    if let Some(fill) = fill(change) {
        let more = json!({
            "l": qty(of, fill.qty), "L": price(of, fill.price), "n": money(fill.fee),
            "N": asset(cx, fill.fee_asset)?, "t": fill.id, "m": fill.maker,
            "Y": money(of.notional(fill.price, fill.qty)),
        });
        add(&mut all, more);
    }
    Some(all)
}

/// The word for why an order was refused.
const fn refused(wrong: &Wrong) -> &'static str {
    match wrong {
        Wrong::Balance => "INSUFFICIENT_BALANCES",
        Wrong::WouldTake => "WOULD_MATCH_IMMEDIATELY",
        Wrong::Halted => "MARKET_CLOSED",
        Wrong::Filter(Filter::Lot | Filter::MinQty | Filter::MaxQty) => "LOT_SIZE",
        Wrong::Filter(Filter::Tick | Filter::Price) => "PRICE_FILTER",
        Wrong::Filter(Filter::Notional) => "MIN_NOTIONAL",
        _ => "UNKNOWN_ORDER",
    }
}

/// `ORDER_TRADE_UPDATE` of futures.
fn update(change: &OrderChange, cx: &Cx<'_>) -> Option<Value> {
    use crate::report::Origin;
    let it = &change.order;
    let of = of(cx, it.instrument)?;
    let what = match (&change.what, change.origin) {
        (Happened::Traded(_), Origin::Liquidation | Origin::Deleveraging) => "CALCULATED",
        (Happened::Traded(_), _) => "TRADE",
        (Happened::Came, _) => "NEW",
        (Happened::Cancelled(_), _) => "CANCELED",
        (Happened::Expired | Happened::Refused(_), _) => "EXPIRED",
        (Happened::Amended, _) => "AMENDMENT",
    };
    let kind = kind(Market::Usdm, it);
    let mut order = json!({
        "s": of.symbol, "c": it.client, "S": side(it.side), "o": kind, "f": lives(Market::Usdm, it),
        "q": qty(of, it.qty), "p": some_price(of, it.limit), "ap": average(it, cx), "sp": "0",
        "x": what, "X": status_word(it.status), "i": it.id, "l": "0", "z": qty(of, it.filled),
        "L": "0", "N": asset(cx, of.settle())?, "n": "0", "T": millis(it.updated), "t": 0, "b": "0",
        "a": "0", "m": false, "R": it.reduce_only, "wt": "CONTRACT_PRICE", "ot": kind,
        "ps": position_side(it.position), "cp": false, "rp": "0", "pP": false, "si": 0, "ss": 0,
        "V": self_trade(Market::Usdm, it.self_trade), "pm": "NONE",
        "gtd": it.until.map_or(0, millis), "er": "0",
    });
    if let Some(fill) = fill(change) {
        let more = json!({
            "l": qty(of, fill.qty), "L": price(of, fill.price), "n": money(fill.fee),
            "N": asset(cx, fill.fee_asset)?, "t": fill.id, "m": fill.maker,
            "rp": money(fill.realised),
        });
        add(&mut order, more);
    }
    Some(json!({
        "e": "ORDER_TRADE_UPDATE", "E": millis(cx.now), "T": millis(it.updated), "o": order,
    }))
}

/// `ACCOUNT_UPDATE` of futures, after a trade.
fn account(margins: &[MarginState], positions: &[PositionState], cx: &Cx<'_>) -> Value {
    let positions = list(positions, |it| {
        let of = of(cx, it.instrument)?;
        Some(json!({
            "s": of.symbol, "pa": qty(of, it.qty), "ep": money(it.entry), "bep": money(it.entry),
            "cr": money(it.realised), "up": money(it.unrealised), "mt": margin_mode(it.mode),
            "iw": money(it.isolated), "ps": position_side(it.side),
        }))
    });
    let balances = list(margins, |it| {
        Some(json!({
            "a": asset(cx, it.asset)?, "wb": money(it.wallet), "cw": money(it.cross_wallet), "bc": "0",
        }))
    });
    wrapped("ORDER", balances, positions, cx)
}

/// `ACCOUNT_UPDATE` of futures, after funding: the balance alone.
fn funding(it: &FundingState, margins: &[MarginState], cx: &Cx<'_>) -> Value {
    let balances = list(margins, |margin| {
        let change = match margin.asset == it.asset {
            true => money(it.amount),
            false => "0".to_string(),
        };
        Some(json!({
            "a": asset(cx, margin.asset)?, "wb": money(margin.wallet),
            "cw": money(margin.cross_wallet), "bc": change,
        }))
    });
    wrapped("FUNDING_FEE", balances, json!([]), cx)
}

fn wrapped(reason: &str, balances: Value, positions: Value, cx: &Cx<'_>) -> Value {
    let now = millis(cx.now);
    json!({
        "e": "ACCOUNT_UPDATE", "E": now, "T": now,
        "a": { "m": reason, "B": balances, "P": positions },
    })
}
