//! Tasks that a scanner starts, and what a person has it execute, through the whole machine.

use std::path::Path;

use onetape_core::command::Command;
use onetape_core::decision::Decision;

use super::common::{SCENARIO, decimal, decisions_of, run, synth};

const SCANNER: &str = r#"[[task]]
name = "scan"
strategy = "scanner"
leg_1 = { instrument = "synth-spot:BTCUSDT", feed = "quote" }
leg_2 = { instrument = "synth-perp:BTCUSDT", feed = "quote" }
notional = "1000"
min_net_bps = 4
trade = false
exit = { profit_bps = 500, max_age = "20s" }

[venue.synth-spot]"#;

/// The demo's pair with a scanner beside it, and what else is put before the tasks.
fn scenario(dir: &Path, pair: &str, more: &str) {
    synth(dir, "catalog", "");
    let text = SCENARIO.replace("[[task]]\n", &format!("[[task]]\nname = \"pair\"\n{pair}"));
    let text = text.replace("[venue.synth-spot]", SCANNER) + more;
    std::fs::write(dir.join("scenario.toml"), text).unwrap();
}

fn of(decisions: &[Decision], task: u16) -> Vec<&Decision> {
    decisions.iter().filter(|it| it.task.0 == task).collect()
}

#[test]
fn st14_a_scanner_starts_the_task_that_trades_what_it_found() {
    let dir = tempfile::tempdir().unwrap();
    scenario(dir.path(), "started_by = \"scan\"\n", "");
    run(dir.path(), "backtest scenario.toml --out run").ok();
    let decisions = decisions_of(&dir.path().join("run"));
    let (pair, scan) = (of(&decisions, 0), of(&decisions, 1));
    let started = pair
        .iter()
        .position(|it| it.reason.as_str() == "task_running")
        .unwrap();
    let found = scan
        .iter()
        .find(|it| it.reason.as_str() == "found")
        .unwrap();
    assert_eq!(
        pair[started].cause, found.cause,
        "in the cycle that found it"
    );
    let entered = pair
        .iter()
        .find(|it| it.reason.as_str() == "enter_long_spot")
        .unwrap();
    assert!(entered.cause >= found.cause);
    let starts = pair
        .iter()
        .filter(|it| it.reason.as_str() == "task_running");
    assert_eq!(starts.count(), 1, "found twice, started once");
    run(dir.path(), "replay run --verify").ok();
    // Without the scanner's word it never begins.
    let line = "backtest scenario.toml --out none --set task.1.min_net_bps=400";
    run(dir.path(), line).ok();
    let decisions = decisions_of(&dir.path().join("none"));
    assert!(of(&decisions, 0).iter().all(|it| it.commands.is_empty()));
    let status = run(dir.path(), "status none --json").ok().json();
    assert_eq!(status["tasks"][0]["state"], "ready");
}

#[test]
fn st13_a_person_has_an_opportunity_executed_while_it_runs() {
    let dir = tempfile::tempdir().unwrap();
    let control = "\n[[control]]\nat = \"2024-01-01T06:31:00Z\"\ntask = \"scan\"\ndo = \"execute\"\nbuy = \"leg_1\"\n\
                   sell = \"leg_2\"\nquantity = \"0.01\"\n";
    scenario(dir.path(), "manual_start = true\n", control);
    let document = run(dir.path(), "backtest scenario.toml --out run --json")
        .ok()
        .json();
    let decisions = decisions_of(&dir.path().join("run"));
    let scan = of(&decisions, 1);
    let executed = scan
        .iter()
        .find(|it| it.reason.as_str() == "executed")
        .unwrap();
    assert_eq!(executed.commands.len(), 2, "both legs by one decision");
    assert_eq!(executed.ts.nanos(), 1_704_090_660_000_000_000);
    let alerts = scan
        .iter()
        .flat_map(|it| &it.commands)
        .filter_map(|command| match command {
            Command::Alert(text) => Some(text.as_str()),
            _ => None,
        });
    let alerts: Vec<&str> = alerts.collect();
    // Its final state, how long that took, and what it brought, which is the report's.
    let (state, profit) = alerts[0].rsplit_once(" ms, realised profit ").unwrap();
    let millis: u64 = state
        .strip_prefix("executed by hand: closed after ")
        .unwrap()
        .parse()
        .unwrap();
    assert!((20_000..20_100).contains(&millis), "{alerts:?}");
    assert_eq!(document["closed"]["round_trips"], 1, "{document:#}");
    assert_eq!(
        profit.parse::<rust_decimal::Decimal>().unwrap(),
        decimal(&document["closed"]["net"])
    );
    run(dir.path(), "replay run --verify").ok();
    let text = std::fs::read_to_string(dir.path().join("run/scenario.toml")).unwrap();
    assert!(
        text.contains("do = \"execute\"\nbuy = \"leg_1\"\nsell = \"leg_2\"\nquantity = \"0.01\""),
        "{text}"
    );
    let shown = run(dir.path(), "journal show run").ok().out;
    assert!(
        shown.contains("order=execute buy_leg=1 sell_leg=2 qty=0.01"),
        "{shown}"
    );
}

#[test]
fn st13_the_same_risk_gate_judges_it() {
    let dir = tempfile::tempdir().unwrap();
    let control = "\n[[control]]\nat = \"2024-01-01T06:31:00Z\"\ntask = \"scan\"\ndo = \"execute\"\nbuy = \"leg_1\"\n\
                   sell = \"leg_2\"\nquantity = \"0.1\"\n";
    scenario(dir.path(), "manual_start = true\n", control);
    // 4,000 of value where an order may be worth 2,000.
    run(dir.path(), "backtest scenario.toml --out run").ok();
    let decisions = decisions_of(&dir.path().join("run"));
    let scan = of(&decisions, 1);
    let refused = scan.iter().find(|it| !it.refusals.is_empty()).unwrap();
    let told = matches!(&refused.commands[0], Command::Alert(text) if text.as_str().contains("the risk gate refused it"));
    assert!(told && refused.commands.len() == 1, "{refused:?}");
}

#[test]
fn wrong_executions_and_starters_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let control = "\n[[control]]\nat = \"2024-01-01T06:31:00Z\"\ntask = \"scan\"\ndo = \"execute\"\nbuy = \"leg_3\"\n\
                   sell = \"leg_2\"\nquantity = \"0\"\n";
    scenario(dir.path(), "started_by = \"nobody\"\n", control);
    let done = run(dir.path(), "config check scenario.toml").exits(2);
    for says in [
        "task.0.started_by: no other task is called \"nobody\"",
        "control.0.buy: is \"leg_3\", expected a leg of the task: leg_1, leg_2",
        "control.0.quantity: is \"0\", expected a decimal number above 0",
        "3 errors",
    ] {
        assert!(done.err.contains(says), "{says}: {}", done.err);
    }
}
