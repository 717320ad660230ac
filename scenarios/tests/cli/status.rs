//! `onetape status`: where the tasks of a run are.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::Value;

use super::common::{decimal, decisions_of, run, small_run};

const TASK: &str = "spot_futures_BTCUSDT_synth-spot_synth-perp";

fn keys(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn tm3_the_document_has_these_fields_and_no_others() {
    let dir = small_run();
    let status = run(dir.path(), "status run --json").ok().json();
    let wanted = [
        "schema",
        "run_id",
        "name",
        "last_event",
        "running",
        "active_tasks",
        "total_executions",
        "runtime_ms",
        "persistence",
        "waiting",
        "tasks",
    ];
    assert_eq!(keys(&status), BTreeSet::from(wanted));
    assert_eq!(status["schema"], 1);
    let persistence = ["events", "decisions", "torn_bytes"];
    assert_eq!(keys(&status["persistence"]), BTreeSet::from(persistence));
    let task = &status["tasks"][0];
    let wanted = [
        "id",
        "strategy",
        "symbol",
        "legs",
        "params",
        "state",
        "standing",
        "views",
        "reason",
        "meaning",
        "positions",
        "delta",
        "dust",
        "orders",
        "executions",
        "decisions",
        "decided_at",
        "failures",
        "realised",
        "fees",
        "next_timer",
        "ramp",
    ];
    assert_eq!(keys(task), BTreeSet::from(wanted));
    let views = ["arbitrage", "delta_neutral", "operation"];
    assert_eq!(keys(&task["views"]), BTreeSet::from(views));
    let position = [
        "instrument",
        "qty",
        "cost",
        "realised",
        "unrealised",
        "unrealised_mid",
        "fees",
        "fills",
    ];
    assert_eq!(keys(&task["positions"][0]), BTreeSet::from(position));
}

#[test]
fn tm3_the_end_of_a_run_agrees_with_its_report_and_its_journal() {
    let dir = small_run();
    let status = run(dir.path(), "status run --json").ok().json();
    let report = run(dir.path(), "report run --json").ok().json();
    let decisions = decisions_of(&dir.path().join("run"));
    let sent = decisions
        .iter()
        .filter(|decision| !decision.commands.is_empty());
    let task = &status["tasks"][0];
    assert_eq!(
        (&task["id"], &task["symbol"]),
        (&TASK.into(), &"BTCUSDT".into())
    );
    assert_eq!(status["persistence"]["decisions"], decisions.len());
    assert_eq!(status["total_executions"], sent.count());
    assert_eq!(
        (&status["running"], &status["active_tasks"]),
        (&false.into(), &1.into())
    );
    assert_eq!(
        decimal(&task["realised"]["USDT"]),
        decimal(&report["pnl"]["gross"])
    );
    assert_eq!(
        decimal(&task["fees"]["USDT"]),
        decimal(&report["pnl"]["fees"])
    );
    assert_eq!(decimal(&task["delta"]["BTC"]), Decimal::ZERO);
    let fills: u64 = task["positions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|held| held["fills"].as_u64().unwrap())
        .sum();
    assert_eq!(report["fills"], fills);
    let told = run(dir.path(), "status run").ok().out;
    assert!(told.starts_with("over, ") && told.contains(TASK), "{told}");
}

#[test]
fn tm6_each_moment_has_its_state_and_its_names() {
    let dir = small_run();
    let decisions = decisions_of(&dir.path().join("run"));
    let at = |nanos: i64| {
        let line = format!("status run --json --at {nanos}");
        run(dir.path(), &line).ok().json()
    };
    let moment = |reason: &str| {
        let found = decisions
            .iter()
            .find(|decision| decision.reason.as_str() == reason);
        found.unwrap().ts.nanos()
    };
    let names = |status: &Value| {
        let task = &status["tasks"][0];
        let name = |view: &str| task["views"][view].as_str().unwrap().to_string();
        (name("arbitrage"), name("delta_neutral"), name("operation"))
    };
    let of = |names: [&str; 3]| {
        (
            names[0].to_string(),
            names[1].to_string(),
            names[2].to_string(),
        )
    };
    let watching = at(moment("edge_below_entry"));
    assert_eq!(
        names(&watching),
        of(["MONITORING", "ANALYZING", "DETECTING"])
    );
    let entering = at(moment("enter_long_spot"));
    assert_eq!(
        names(&entering),
        of(["EXECUTING", "MANAGING_ORDERS", "EXECUTING"])
    );
    assert_eq!(entering["tasks"][0]["orders"], 2);
    let holding = at(moment("holding") + 1_000_000_000);
    assert_eq!(
        names(&holding),
        of(["MONITORING", "ANALYZING", "POSITION_OPEN"])
    );
    assert_eq!(
        (&holding["running"], &holding["tasks"][0]["reason"]),
        (&true.into(), &"holding".into())
    );
    assert_eq!(decimal(&holding["tasks"][0]["delta"]["BTC"]), Decimal::ZERO);
    // The exit by age is what it waits for.
    assert!(holding["tasks"][0]["next_timer"].is_string());
    let before = at(0);
    assert_eq!(
        (&before["running"], &before["last_event"]),
        (&false.into(), &Value::Null)
    );
    assert!(
        run(dir.path(), "status run --at 0")
            .ok()
            .out
            .contains("had not begun")
    );
    run(dir.path(), "status nowhere").refused(1, &["nowhere"]);
    run(dir.path(), "status run --at noon").exits(2);
}
