//! Many tasks in one run: they are told what to do, and each is told apart from the others.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use onetape_core::event::{Body, Control};
use onetape_core::journal::Record;
use serde_json::Value;

use super::common::{decisions_of, records_of, run};

const SYMBOLS: [&str; 3] = ["BTCUSDT", "ETHUSDT", "BNBUSDT"];

/// Three symbols on one catalogue, five minutes each.
fn tapes(dir: &Path) {
    for (seed, symbol) in (1..).zip(SYMBOLS) {
        let line = format!(
            "data synth --catalog catalog --symbol {symbol} --seed {seed} --duration 5m --opportunities 3"
        );
        run(dir, &line).ok();
        // What was planted is told of one symbol; the next one is made beside it.
        fs::remove_file(dir.join("catalog/synth.json")).unwrap();
    }
}

/// A task for each symbol, with `more` after each, and `controls` at the end.
fn scenario(more: &str, controls: &str) -> String {
    let mut text = String::from("name = \"three\"\n[data]\ncatalog = \"catalog\"\n");
    for symbol in SYMBOLS {
        let _ = write!(
            text,
            r#"
[[task]]
strategy = "spot_futures"
spot = {{ instrument = "synth-spot:{symbol}", feed = "quote" }}
futures = {{ instrument = "synth-perp:{symbol}", feed = "quote" }}
direction = "long_spot"
notional = "1000"
min_entry_edge_bps = 36
exit = {{ edge_bps = 1, max_age = "30s" }}
{more}
"#
        );
    }
    for (venue, taker) in [("synth-spot", 10), ("synth-perp", 5)] {
        let _ = write!(
            text,
            r#"
[venue.{venue}]
fees = {{ maker_bps = 2, taker_bps = {taker}, asset = "quote" }}
latency = {{ feed = "1ms", order = "2ms", answer = "2ms" }}
balances = {{ USDT = "10000" }}
"#
        );
    }
    text + "[sim]\nliquidity = \"touch\"\n" + controls
}

fn id(symbol: &str) -> String {
    format!("spot_futures_{symbol}_synth-spot_synth-perp")
}

/// A folder with the three tapes and a run of such a scenario.
fn ran(more: &str, controls: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    tapes(dir.path());
    fs::write(dir.path().join("s.toml"), scenario(more, controls)).unwrap();
    run(dir.path(), "backtest s.toml --out run").ok();
    run(dir.path(), "replay run --verify").ok();
    dir
}

fn trips<'r>(report: &'r Value, task: &str) -> Vec<&'r Value> {
    let all = report["round_trips"].as_array().unwrap().iter();
    all.filter(|trip| trip["task"] == task).collect()
}

fn report(dir: &Path) -> Value {
    run(dir, "report run --json").ok().json()
}

#[test]
fn st11_three_symbols_run_at_once_as_each_would_alone() {
    let dir = ran("", "");
    let together = report(dir.path());
    assert_eq!(together["ledger_residual"], "0");
    for symbol in SYMBOLS {
        let text = scenario("", "");
        let (head, tasks) = text.split_once("\n[[task]]").unwrap();
        let (tasks, tail) = tasks.split_once("\n[venue").unwrap();
        let mut tasks = tasks.split("\n[[task]]");
        let own = tasks.find(|task| task.contains(symbol)).unwrap();
        let alone = format!("{head}\n[[task]]{own}\n[venue{tail}");
        fs::write(dir.path().join("alone.toml"), alone).unwrap();
        run(dir.path(), "backtest alone.toml --out alone").ok();
        let alone = run(dir.path(), "report alone --json").ok().json();
        let what = |trips: Vec<&Value>| {
            let facts = |trip: &Value| (trip["opened_at"].clone(), trip["net"].clone());
            trips.into_iter().map(facts).collect::<Vec<_>>()
        };
        let (mine, own) = (trips(&together, &id(symbol)), trips(&alone, &id(symbol)));
        assert!(!own.is_empty(), "{symbol}");
        assert_eq!(what(mine), what(own), "{symbol}");
    }
}

/// Every decision stands right after the event that it answers, and before any later one: no two are under way at once.
#[test]
fn tm2_each_decision_answers_the_last_event() {
    let dir = ran("", "");
    let records = records_of(&dir.path().join("run"));
    let (mut last, mut decided) = (None, 0);
    for (seq, record) in &records {
        match record {
            Record::Event(_) | Record::Marks(_) => assert!(last < Some((*seq, None))),
            Record::Decision(decision) => {
                decided += 1;
                assert_eq!(decision.cause, *seq);
                assert!(last < Some((*seq, Some(decision.task))), "{decision:?}");
            }
        }
        let task = match record {
            Record::Event(_) | Record::Marks(_) => None,
            Record::Decision(decision) => Some(decision.task),
        };
        last = Some((*seq, task));
    }
    assert!(decided > 9, "{decided}");
}

#[test]
fn ex20_orders_come_at_their_time_are_recorded_and_hold_in_a_replay() {
    let (paused, stopped) = (id("ETHUSDT"), id("BNBUSDT"));
    let controls = format!(
        r#"
[[control]]
at = "2024-01-01T06:30:00Z"
task = "{paused}"
do = "pause"
[[control]]
at = "2024-01-01T06:30:01Z"
task = "{stopped}"
do = "stop"
legs = "unwind"
[[control]]
at = "2024-01-01T06:30:02Z"
task = "{stopped}"
do = "archive"
[[control]]
at = "2024-01-01T06:30:03Z"
task = "{stopped}"
do = "resume"
[[control]]
at = "2024-01-01T06:31:00Z"
task = "{paused}"
do = "update"
set = {{ notional = "500", exit = {{ edge_bps = 2 }} }}
[[control]]
at = "2024-01-01T06:32:00Z"
task = "{paused}"
do = "resume"
[[control]]
at = "2030-01-01T00:00:00Z"
do = "stop"
"#
    );
    let dir = ran("", &controls);
    let report = report(dir.path());
    assert!(!trips(&report, &id("BTCUSDT")).is_empty());
    assert!(trips(&report, &stopped).is_empty());
    for trip in trips(&report, &paused) {
        assert!(
            trip["opened_at"].as_str().unwrap() >= "2024-01-01T06:32:00",
            "{trip:#}"
        );
    }
    // The orders are events of the journal, with what held before; those after the tape's end never came.
    let records = records_of(&dir.path().join("run"));
    let orders = records.iter().filter(|(_, record)| {
        let Record::Event(event) = record else {
            return false;
        };
        matches!(&event.body, Body::Control(Control::Task(_)))
    });
    assert_eq!(orders.count(), 6);
    let shown = run(dir.path(), "journal show run").ok().out;
    for words in [
        "exit.edge_bps:1->2,notional:1000->500",
        "resume is refused, it is archived",
        "task_updated",
        "task_archived",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    // The same again, and in the points of a sweep that go through the tape together.
    let line = "backtest s.toml --journal none --json";
    let hash = run(dir.path(), line).ok().json()["decisions_hash"].clone();
    let line = "sweep s.toml --grid task.0.min_entry_edge_bps=36,40 --out sweep --json";
    let swept = run(dir.path(), line);
    let swept = swept.exits(0).json();
    let hashes: Vec<_> = swept["best"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| &point["decisions_hash"])
        .collect();
    assert!(hashes.contains(&&hash), "{hash} {hashes:?}");
}

#[test]
fn a_paused_desk_leaves_no_order_at_work() {
    let controls = "\n[[control]]\nat = \"2024-01-01T06:31:00Z\"\ndo = \"pause\"\n";
    let dir = ran("", controls);
    let decisions = decisions_of(&dir.path().join("run"));
    let paused = decisions
        .iter()
        .filter(|decision| decision.reason.as_str() == "task_paused");
    assert_eq!(paused.count(), 3);
    let status = run(dir.path(), "status run --json").ok().json();
    for task in status["tasks"].as_array().unwrap() {
        assert_eq!(
            (&task["state"], &task["orders"]),
            (&"paused".into(), &0.into())
        );
    }
}
