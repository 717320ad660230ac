//! What a running instance answers to `status`.

use std::sync::Arc;

use onetape_core::journal::Store;
use onetape_core::num::Money;
use onetape_core::risk::TradingState;
use onetape_core::strategy::StrategyCard;
use onetape_core::time::{Span, Ts};
use onetape_live::run::{Health, Loop, Side};
use onetape_live::stamp::Clock;
use serde_json::{Value, json};

use super::watcher::Account;
use crate::commands::status::View;
use crate::commands::time_text;
use crate::scenario::Scenario;

/// Version of the JSON document.
const SCHEMA: u32 = 1;
/// A feed that said nothing for so long is not healthy.
const QUIET_MAX: Span = Span::from_millis(30_000);

/// What stays the same while it runs.
pub(super) struct Teller {
    pub(super) scenario: Arc<Scenario>,
    pub(super) cards: Arc<Vec<StrategyCard>>,
    pub(super) run_id: String,
    pub(super) mode: &'static str,
    pub(super) epoch: u32,
    pub(super) torn_bytes: Option<u64>,
    pub(super) began: Ts,
    pub(super) account: Account,
}

impl Teller {
    /// The document.
    pub(super) fn document<S: Store, C: Clock, G: Side>(&self, run: &mut Loop<S, C, G>) -> Value
    where
        S::Error: std::fmt::Display,
    {
        let now = run.now();
        let health = run.health();
        let (engine, gate) = (run.engine(), run.gate());
        let (desk, market) = (engine.desk(), engine.market());
        let view = View {
            scenario: &self.scenario,
            cards: &self.cards,
            desk,
            market,
            runs: true,
        };
        let risk = desk.risk_status(now, market);
        let stats = self.account.now();
        let tasks = view.documents();
        let (components, healthy) = components(&stats, now, gate.latch().why(), gate.is_shut());
        json!({
            "schema": SCHEMA,
            "run_id": self.run_id,
            "name": self.scenario.name,
            "mode": self.mode,
            "running": true,
            "now": time_text(now),
            "runtime_ms": now.since(self.began).nanos() / 1_000_000,
            "halted": gate.halt().is_set(),
            "state": state(risk.state),
            "health": { "ok": healthy, "components": components },
            "persistence": {
                "events": engine.next_seq().0,
                "epoch": self.epoch,
                "torn_bytes": self.torn_bytes,
                "stopped": gate.latch().why(),
            },
            "loop": loop_of(health),
            "risk": {
                "day_result": text(risk.day_result),
                "equity": text(risk.equity),
                "exposure": text(risk.exposure),
                "breakers": risk.breakers.iter().map(|it| json!({
                    "kind": it.kind.name(),
                    "tripped": it.tripped.is_some(),
                })).collect::<Vec<_>>(),
                "deltas": risk.deltas.iter().map(|it| json!({
                    "task": desk.names().tasks.get(it.task.index()),
                    "base": desk.names().asset(it.base),
                    "delta": text(it.delta),
                    "pauses_entries": it.pauses_entries,
                })).collect::<Vec<_>>(),
            },
            "tasks": tasks,
            "stats": stats,
        })
    }
}

/// Health of the parts of a run: market data a venue, journal, the way out.
fn components(stats: &Value, now: Ts, stopped: Option<String>, shut: bool) -> (Vec<Value>, bool) {
    let mut all = Vec::new();
    let mut add = |name: String, why: Option<String>| {
        all.push(json!({ "name": name, "ok": why.is_none(), "why": why }));
    };
    for venue in stats["exchanges"].as_array().into_iter().flatten() {
        let name = venue["venue"].as_str().unwrap_or_default();
        let last = venue["last_update"].as_str();
        let last = last.and_then(|text| crate::commands::moment(text).ok());
        let why = match last {
            None => Some("no market data yet".to_string()),
            Some(last) if now.since(last) > QUIET_MAX => {
                Some(format!("no market data since {}", time_text(last)))
            }
            Some(_) => None,
        };
        add(format!("feed {name}"), why);
    }
    add("orders".to_string(), shut.then(|| "halted".to_string()));
    add("journal".to_string(), stopped);
    let healthy = all.iter().all(|it| it["ok"] == json!(true));
    (all, healthy)
}

fn loop_of(health: Health) -> Value {
    json!({
        "events": health.events,
        "market_events": health.market_events,
        "timers": health.timers,
        "conflated": health.conflated,
        "longest_wait_us": health.longest_wait_ns / 1_000,
        "orders_sent": health.sent,
        "orders_blocked": health.blocked,
        "untapped": health.untapped,
    })
}

const fn state(state: TradingState) -> &'static str {
    match state {
        TradingState::Active => "active",
        TradingState::Paused => "paused",
        TradingState::Halted => "halted",
    }
}

fn text(amount: Money) -> String {
    amount.trimmed().to_string()
}
