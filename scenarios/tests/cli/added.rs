//! Tasks that are added and removed while a run goes on, and those that are put away.

use super::common::{SCENARIO, decisions_of, run, synth};

/// The demo's pair, which is removed, and a second one that is added before.
const CONTROLS: &str = r#"
[[control]]
at = "2024-01-01T06:30:10Z"
do = "add"

[control.add]
strategy = "spot_futures"
spot     = { instrument = "synth-spot:BTCUSDT", feed = "quote" }
futures  = { instrument = "synth-perp:BTCUSDT", feed = "quote" }
name     = "second"
direction = "long_spot"
quantity = "0.01"
min_entry_edge_bps = 36.0
exit = { edge_bps = 1.0, max_age = "30s" }

[[control]]
at = "2024-01-01T06:30:20Z"
task = "spot_futures_BTCUSDT_synth-spot_synth-perp"
do = "remove"
legs = "unwind"
"#;

#[test]
fn tm1_tasks_are_added_and_removed_while_a_run_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    synth(dir.path(), "catalog", "");
    let text = format!("{SCENARIO}{CONTROLS}");
    // Both would trade with each other's orders at no time: they take.
    let text = text.replace("[risk]\n", "[risk]\nself_trade = \"venue\"\n");
    std::fs::write(dir.path().join("scenario.toml"), &text).unwrap();
    run(dir.path(), "backtest scenario.toml --out run").ok();
    run(dir.path(), "replay run --verify").ok();
    let at = |moment: &str| {
        let line = format!("status run --json --at 2024-01-01T06:30:{moment}Z");
        let status = run(dir.path(), &line).ok().json();
        let tasks = status["tasks"].as_array().unwrap().iter();
        tasks
            .map(|task| {
                (
                    task["id"].as_str().unwrap().to_string(),
                    task["state"].as_str().unwrap().to_string(),
                )
            })
            .collect::<Vec<_>>()
    };
    let first = "spot_futures_BTCUSDT_synth-spot_synth-perp";
    let are = |found: Vec<(String, String)>, states: [&str; 2]| {
        let wanted = [(first, states[0]), ("second", states[1])];
        let wanted = wanted.map(|(id, state)| (id.to_string(), state.to_string()));
        assert_eq!(found, wanted);
    };
    are(at("05"), ["running", "ready"]);
    are(at("15"), ["running", "running"]);
    are(at("25"), ["archived", "running"]);
    // From there on the second one trades alone.
    let decisions = decisions_of(&dir.path().join("run"));
    let trades = |task: u16| {
        let own = decisions.iter().filter(|it| it.task.0 == task);
        own.filter(|it| it.reason.as_str() == "enter_long_spot")
            .count()
    };
    assert_eq!(trades(0), 0);
    assert!(trades(1) >= 1);
    // What was put away keeps its lines in the journal.
    let shown = run(dir.path(), "journal show run").ok().out;
    assert!(shown.contains("order=remove legs=unwind"), "{shown}");
    // The run is one of a scenario with the same tasks.
    run(
        dir.path(),
        "backtest run/scenario.toml --catalog catalog --out again",
    )
    .ok();
    assert_eq!(decisions_of(&dir.path().join("again")), decisions);
}

#[test]
fn tm1_a_task_that_is_there_already_is_not_added() {
    let dir = tempfile::tempdir().unwrap();
    let same = "spot_futures_BTCUSDT_synth-spot_synth-perp";
    let text = format!("{SCENARIO}{CONTROLS}").replace("name     = \"second\"\n", "");
    std::fs::write(dir.path().join("scenario.toml"), &text).unwrap();
    let done = run(dir.path(), "config check scenario.toml").exits(2);
    let line = text
        .lines()
        .position(|line| line == "[control.add]")
        .unwrap()
        + 1;
    let says = format!("scenario.toml:{line}: task.1: is {same} once more, as task.0 is");
    assert!(done.err.contains(&says), "{says}: {}", done.err);
    for (from, to, says) in [
        (
            "[control.add]",
            "[control.more]",
            "control.0.add: is missing; write the task below it",
        ),
        (
            "do = \"add\"",
            "do = \"add\"\ntask = \"second\"",
            "control.0.task: is for tasks that are there",
        ),
        (
            "quantity = \"0.01\"",
            "quantity = \"much\"",
            "task.1.quantity",
        ),
    ] {
        let text = format!("{SCENARIO}{CONTROLS}").replacen(from, to, 1);
        std::fs::write(dir.path().join("scenario.toml"), text).unwrap();
        let done = run(dir.path(), "config check scenario.toml").exits(2);
        assert!(done.err.contains(says), "{says}: {}", done.err);
    }
}

#[test]
fn tm5_putting_away_leaves_the_journal_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    synth(dir.path(), "catalog", "");
    let stop = "\n[[control]]\nat = \"2024-01-01T06:32:00Z\"\ndo = \"stop\"\n";
    let write = |more: &str| {
        let text = SCENARIO.replace("[[task]]\n", &format!("[[task]]\n{more}")) + stop;
        std::fs::write(dir.path().join("scenario.toml"), text).unwrap();
    };
    write("");
    run(dir.path(), "backtest scenario.toml --out kept").ok();
    write("archive_after = \"1m\"\n");
    run(dir.path(), "backtest scenario.toml --out away").ok();
    run(dir.path(), "replay away --verify").ok();
    let kept = decisions_of(&dir.path().join("kept"));
    let away = decisions_of(&dir.path().join("away"));
    // One decision more, and every earlier one as it was.
    assert_eq!(away.len(), kept.len() + 1);
    assert_eq!(away[..kept.len()], kept[..]);
    let last = away.last().unwrap();
    assert_eq!(last.reason.as_str(), "task_archived");
    assert_eq!(last.ts.nanos(), 1_704_090_780_000_000_000);
    let status = run(dir.path(), "status away --json").ok().json();
    assert_eq!(status["tasks"][0]["state"], "archived");
}
