//! What a running instance answers to `status`.

use std::cell::RefCell;
use std::sync::Arc;

use onetape_core::journal::Store;
use onetape_core::num::Money;
use onetape_core::risk::TradingState;
use onetape_core::strategy::StrategyCard;
use onetape_core::time::Ts;
use onetape_live::run::{Health, Loop, Side};
use onetape_live::stamp::Clock;
use serde_json::{Value, json};

use super::health::{Book, Part};
use super::parts::{Before, parts};
use super::timing;
use super::watcher::Account;
use crate::commands::status::View;
use crate::commands::time_text;
use crate::recording::beside::BesideTold;
use crate::scenario::Scenario;

/// Version of the JSON document.
const SCHEMA: u32 = 1;

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
    pub(super) recording: Option<BesideTold>,
    pub(super) book: Book,
    pub(super) before: RefCell<Before>,
}

impl Teller {
    /// Looks how the parts are.
    pub(super) fn look<S: Store, C: Clock, G: Side>(
        &self,
        run: &mut Loop<S, C, G>,
        now: Ts,
    ) -> Health
    where
        S::Error: std::fmt::Display,
    {
        let health = run.health();
        let mut parts = parts(run, now, health, &mut self.before.borrow_mut());
        if let Some(recording) = &self.recording {
            parts.push(Part::new("recording", recording.now().trouble()));
        }
        self.book.look(now, parts);
        health
    }

    /// What turned since the last look, in words, and whether for the better.
    pub(super) fn examine<S: Store, C: Clock, G: Side>(
        &self,
        run: &mut Loop<S, C, G>,
    ) -> Vec<(String, bool)>
    where
        S::Error: std::fmt::Display,
    {
        let now = run.now();
        self.look(run, now);
        let turns = self.book.turns().into_iter();
        turns.map(|turn| (turn.words, turn.is_well)).collect()
    }

    /// The document.
    pub(super) fn document<S: Store, C: Clock, G: Side>(&self, run: &mut Loop<S, C, G>) -> Value
    where
        S::Error: std::fmt::Display,
    {
        let now = run.now();
        let health = self.look(run, now);
        let figures = run.figures();
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
            "health": self.book.document(),
            "waiting": crate::commands::waiting::documents(desk, market, now),
            "persistence": {
                "events": engine.next_seq().0,
                "epoch": self.epoch,
                "torn_bytes": self.torn_bytes,
                "stopped": gate.latch().why(),
            },
            "loop": loop_of(health),
            "recording": self.recording.as_ref().map(BesideTold::now),
            "timing": timing::document(&figures),
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
