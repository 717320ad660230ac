//! How the risk gate and the balances stood, as text and as JSON.

use std::fmt::Write as _;

use onetape_core::desk::Desk;
use onetape_core::market::Market;
use onetape_core::risk::{Action, Band, RiskStatus, TradingState};
use onetape_core::time::Ts;
use serde_json::{Value, json};

use crate::commands::time_text;

const fn state(state: TradingState) -> &'static str {
    match state {
        TradingState::Active => "active",
        TradingState::Paused => "reducing",
        TradingState::Halted => "halted",
    }
}

const fn band(band: Band) -> &'static str {
    match band {
        Band::Target => "target",
        Band::Watched => "watched",
        Band::Rebalance => "rebalance",
        Band::Critical => "critical",
    }
}

const fn action(action: Action) -> &'static str {
    match action {
        Action::Reduce => "reduce",
        Action::Halt => "halt",
    }
}

/// What the run may do, its tripped breakers, its deltas and its balances.
pub fn text(desk: &Desk, market: &Market, now: Ts) -> String {
    let RiskStatus {
        state: may,
        breakers,
        deltas,
        balances,
        exposure,
        equity,
        day_result,
    } = desk.risk_status(now, market);
    let names = desk.names();
    let mut text = format!(
        "risk {}, exposure {exposure}, equity {equity}, day {day_result}\n",
        state(may)
    );
    for breaker in breakers {
        let name = breaker.kind.name();
        let _ = match breaker.tripped {
            None => writeln!(text, "breaker {name} closed"),
            Some(by) => writeln!(
                text,
                "breaker {name} tripped since {} by {} against {}, {}",
                time_text(by.since),
                by.value,
                by.limit,
                action(breaker.action)
            ),
        };
    }
    for delta in deltas {
        let (task, base) = (names.task(delta.task), names.asset(delta.base));
        let pauses = if delta.pauses_entries {
            ", opens nothing"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "delta {task} {} {base}, {}{pauses}",
            delta.delta,
            band(delta.band)
        );
    }
    for balance in balances {
        let (venue, asset) = (names.venue(balance.venue), names.asset(balance.asset));
        let age = balance.as_of.map_or_else(
            || "never told".to_string(),
            |at| format!("told {} ago", seconds(now, at)),
        );
        let _ = writeln!(
            text,
            "balance {venue} {asset} {}, locked {}, reserved {}, margin {}, free {}, {age}",
            balance.total,
            balance.locked,
            balance.reserved,
            balance.margin,
            balance.free()
        );
    }
    text
}

fn seconds(now: Ts, at: Ts) -> String {
    format!("{:.3}s", now.since(at).nanos() as f64 / 1e9)
}

/// The same as one JSON value; amounts are text.
pub fn json(desk: &Desk, market: &Market, now: Ts) -> Value {
    let status = desk.risk_status(now, market);
    let names = desk.names();
    let breakers = status.breakers.iter().map(|breaker| {
        let tripped = breaker.tripped.map(|by| {
            json!({
                "since": time_text(by.since),
                "value": by.value.to_string(),
                "limit": by.limit.to_string(),
            })
        });
        json!({ "name": breaker.kind.name(), "action": action(breaker.action), "tripped": tripped })
    });
    let deltas = status.deltas.iter().map(|delta| {
        json!({
            "task": names.task(delta.task),
            "asset": names.asset(delta.base),
            "delta": delta.delta.to_string(),
            "band": band(delta.band),
            "pauses_entries": delta.pauses_entries,
        })
    });
    let balances = status.balances.iter().map(|balance| {
        json!({
            "venue": names.venue(balance.venue),
            "asset": names.asset(balance.asset),
            "told": balance.told.map(|told| told.to_string()),
            "age_s": balance.as_of.map(|at| now.since(at).nanos() as f64 / 1e9),
            "total": balance.total.to_string(),
            "locked": balance.locked.to_string(),
            "reserved": balance.reserved.to_string(),
            "margin": balance.margin.to_string(),
            "free": balance.free().to_string(),
        })
    });
    json!({
        "state": state(status.state),
        "exposure": status.exposure.to_string(),
        "equity": status.equity.to_string(),
        "day_result": status.day_result.to_string(),
        "breakers": breakers.collect::<Vec<_>>(),
        "deltas": deltas.collect::<Vec<_>>(),
        "balances": balances.collect::<Vec<_>>(),
    })
}
