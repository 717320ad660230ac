//! `onetape status`: where the tasks of a run are.

use std::collections::BTreeSet;
use std::path::Path;

use onetape_core::task::{ARBITRAGE_STEPS, OPERATION_STEPS};
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
        "delta_value",
        "dust",
        "skew_ms",
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

#[test]
fn pl2_the_delta_has_its_value_at_the_middle_of_the_books() {
    let dir = tempfile::tempdir().unwrap();
    // It ends with spot that nothing sold, which a person has to see to.
    run(dir.path(), "demo --mode recovery --out run").ok();
    let task_at = |more: &str| {
        let line = format!("status run --json {more}");
        let mut status = run(dir.path(), &line).ok().json();
        status["tasks"][0].take()
    };
    let positions_at = |more: &str| {
        let line = format!("positions run --json --all {more}");
        let held = run(dir.path(), &line).ok().json()["positions"].take();
        held.as_array().unwrap().clone()
    };
    let end = task_at("");
    assert_eq!(decimal(&end["delta"]["BTC"]).to_string(), "0.024");
    let held = &positions_at("")[0];
    let expected = decimal(&held["qty"]) * decimal(&held["mid_price"]);
    assert_eq!(decimal(&end["delta_value"]["USDT"]), expected);
    assert!(expected > Decimal::from(900));
    // Legs that balance in base are worth what their books are apart.
    let decisions = decisions_of(&dir.path().join("run"));
    let holding = decisions.iter().find(|it| it.reason.as_str() == "holding");
    let at = format!("--at {}", holding.unwrap().ts.nanos());
    let task = task_at(&at);
    assert_eq!(decimal(&task["delta"]["BTC"]), Decimal::ZERO);
    let legs = positions_at(&at);
    let value = |leg: &Value| decimal(&leg["qty"]) * decimal(&leg["mid_price"]);
    let expected: Decimal = legs.iter().map(value).sum();
    assert_eq!(decimal(&task["delta_value"]["USDT"]), expected);
    assert_ne!(expected, Decimal::ZERO);
}

/// A change of a name that a status shows, and the reason of the decision that it came with.
struct Step {
    view: &'static str,
    from: String,
    to: String,
    reason: String,
}

/// The changes of a run's task, looked at with each decision and just before it.
fn steps_of(dir: &Path) -> Vec<Step> {
    const VIEWS: [&str; 2] = ["arbitrage", "operation"];
    let task_at = |nanos: i64| {
        let line = format!("status run --json --at {nanos}");
        let mut status = run(dir, &line).ok().json();
        status["tasks"][0].take()
    };
    let names = |task: &Value| VIEWS.map(|view| task["views"][view].as_str().unwrap().to_string());
    let decisions = decisions_of(&dir.join("run"));
    let mut moments: Vec<i64> = decisions.iter().map(|it| it.ts.nanos()).collect();
    moments.dedup();
    let mut last = names(&task_at(moments[0]));
    let mut steps = Vec::new();
    for moment in &moments[1..] {
        let before = names(&task_at(moment - 1));
        assert_eq!(before, last, "changed without a decision before {moment}");
        let task = task_at(*moment);
        let now = names(&task);
        for (at, view) in VIEWS.into_iter().enumerate() {
            if now[at] != last[at] {
                steps.push(Step {
                    view,
                    from: last[at].clone(),
                    to: now[at].clone(),
                    reason: task["reason"].as_str().unwrap().to_string(),
                });
            }
        }
        last = now;
    }
    steps
}

#[test]
fn ex1_ex3_every_change_of_a_run_is_a_step_of_the_tables_and_has_its_decision() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "demo --mode recovery --out run").ok();
    let mut steps = steps_of(dir.path());
    run(dir.path(), "demo --mode arbitrage --duration 3m --out run").ok();
    steps.extend(steps_of(dir.path()));
    let mut seen = BTreeSet::new();
    for step in &steps {
        let table = match step.view {
            "arbitrage" => ARBITRAGE_STEPS,
            _ => OPERATION_STEPS,
        };
        let next = table.iter().find(|row| row.0 == step.from);
        let known = next.is_some_and(|row| row.1.contains(&step.to.as_str()));
        assert!(known, "{}: {} -> {}", step.view, step.from, step.to);
        let causes: &[&str] = match (step.from.as_str(), step.to.as_str()) {
            ("MONITORING" | "DETECTING", "EXECUTING") => &["enter_"],
            ("MONITORING", "COMPLETING") | ("POSITION_OPEN", "EXECUTING") => &["exit_"],
            (_, "POSITION_OPEN") => &["holding"],
            (_, "DETECTING") => &["closed", "entry_missed"],
            (_, "MONITORING") => &["holding", "closed", "entry_missed"],
            (_, "REBALANCING" | "RECOVERING") => &["repairing"],
            (_, "ERROR_RECOVERY" | "FAILED") => &["quarantined"],
            (from, to) => panic!("{from} -> {to} is not expected of these runs"),
        };
        let caused = causes.iter().any(|cause| step.reason.starts_with(cause));
        assert!(caused, "{} -> {} by {}", step.from, step.to, step.reason);
        seen.insert((step.from.as_str(), step.to.as_str()));
    }
    // A trip that completes, one that is mended, one that is unwound, and one that nothing mends.
    for expected in [
        ("DETECTING", "EXECUTING"),
        ("EXECUTING", "POSITION_OPEN"),
        ("POSITION_OPEN", "EXECUTING"),
        ("EXECUTING", "DETECTING"),
        ("EXECUTING", "RECOVERING"),
        ("RECOVERING", "POSITION_OPEN"),
        ("RECOVERING", "DETECTING"),
        ("RECOVERING", "FAILED"),
        ("REBALANCING", "ERROR_RECOVERY"),
    ] {
        assert!(seen.contains(&expected), "{expected:?} in {seen:?}");
    }
}
