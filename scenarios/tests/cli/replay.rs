//! A recorded run, proven, changed and asked.

use std::fs;
use std::path::Path;

use onetape_core::event::Seq;
use onetape_core::journal::Record;
use serde_json::Value;

use super::common::{decimal, decisions_of, records_of, rewrite, run, small, small_run};

/// Everything that a document says of a run but how long it took.
fn figures(mut document: Value) -> Value {
    let fields = document.as_object_mut().unwrap();
    for key in ["wall_s", "decode_s", "events_per_s", "peak_rss_mib"] {
        fields.remove(key);
    }
    document
}

fn backtest(dir: &Path, more: &str) -> Value {
    figures(
        run(dir, &format!("backtest scenario.toml --json {more}"))
            .ok()
            .json(),
    )
}

#[test]
fn a_run_is_verified() {
    let dir = small_run();
    let decisions = decisions_of(&dir.path().join("run"));
    assert!(decisions.len() > 5);
    let done = run(dir.path(), "replay run --verify --json").ok().json();
    assert_eq!(done["verified"], true);
    assert_eq!(done["compared"], decisions.len());
    assert_eq!(done["decisions"], decisions.len());
    let record: Value =
        serde_json::from_str(&fs::read_to_string(dir.path().join("run/run.json")).unwrap())
            .unwrap();
    assert_eq!(done["decisions_hash"], record["decisions_hash"]);
    let text = run(dir.path(), "replay run --verify").ok().out;
    assert!(text.starts_with("verified: "), "{text}");
}

#[test]
fn one_constant_changed_differs_and_the_first_place_is_named() {
    let dir = small_run();
    let set = "--set task.0.min_entry_edge_bps=36.5";
    let done = run(dir.path(), &format!("replay run --verify --json {set}"))
        .exits(3)
        .json();
    assert_eq!(done["verified"], false);
    let seq = done["difference"]["seq"].as_u64().unwrap();
    let recorded = decisions_of(&dir.path().join("run"));
    assert!(
        recorded.iter().any(|decision| decision.cause.0 == seq),
        "{done}"
    );
    // Everything before it is the same: the constant itself stands in the numbers of the very first decision.
    assert_eq!(recorded[0].cause.0, seq);
    let text = run(dir.path(), &format!("replay run --verify {set}"))
        .exits(3)
        .out;
    assert!(
        text.starts_with(&format!("differs at event {seq} (")),
        "{text}"
    );
    // The same value once more is no change.
    run(
        dir.path(),
        "replay run --verify --set task.0.min_entry_edge_bps=36.0",
    )
    .ok();
}

/// Copies the run with its `nth` decision altered, checksums made right.
fn with_altered(dir: &Path, nth: usize, what: &str) -> u64 {
    let mut seq = 0;
    rewrite(&dir.join("run"), &dir.join("altered"), |records| {
        let decisions = records.iter_mut().filter_map(|(_, record)| match record {
            Record::Decision(decision) => Some(decision),
            Record::Event(_) | Record::Marks(_) => None,
        });
        let decision = decisions.into_iter().nth(nth).unwrap();
        seq = decision.cause.0;
        match what {
            "digest" => decision.digest ^= 1,
            "reason" => decision.reason = onetape_core::text::Text::new("edge_below_entri"),
            "numbers" => decision.numbers.truncate(1),
            _ => decision.commands.clear(),
        }
    });
    seq
}

#[test]
fn an_altered_decision_is_found_although_its_checksum_is_right() {
    let dir = small_run();
    let recorded = decisions_of(&dir.path().join("run"));
    let placing = recorded
        .iter()
        .position(|decision| !decision.commands.is_empty())
        .unwrap();
    let last = recorded.len() - 1;
    for (nth, what) in [
        (0, "digest"),
        (last, "digest"),
        (1, "reason"),
        (2, "numbers"),
        (placing, "commands"),
    ] {
        let seq = with_altered(dir.path(), nth, what);
        let done = run(dir.path(), "replay altered --verify --json")
            .exits(3)
            .json();
        assert_eq!(done["difference"]["seq"], seq, "{what} of decision {nth}");
    }
}

#[test]
fn a_decision_too_many_and_one_too_few_are_found() {
    let dir = small_run();
    let (from, to) = (dir.path().join("run"), dir.path().join("changed"));
    let second = decisions_of(&from)[1].cause;
    rewrite(&from, &to, |records| {
        records.retain(|(seq, record)| !(*seq == second && matches!(record, Record::Decision(_))));
    });
    let done = run(dir.path(), "replay changed --verify --json")
        .exits(3)
        .json();
    assert_eq!(
        (&done["difference"]["seq"], &done["difference"]["recorded"]),
        (&second.0.into(), &Value::Null)
    );
    rewrite(&from, &to, |records| {
        let at = records
            .iter()
            .position(|(seq, record)| *seq == second && matches!(record, Record::Decision(_)));
        let twice = records[at.unwrap()].clone();
        records.insert(at.unwrap(), twice);
    });
    let done = run(dir.path(), "replay changed --verify --json")
        .exits(3)
        .json();
    assert_eq!(
        (&done["difference"]["seq"], &done["difference"]["now"]),
        (&second.0.into(), &Value::Null)
    );
}

#[test]
fn without_its_decisions_a_journal_replays_to_the_same() {
    let dir = small_run();
    let original = run(dir.path(), "replay run --json").ok().json();
    rewrite(
        &dir.path().join("run"),
        &dir.path().join("bare"),
        |records| {
            records.retain(|(_, record)| matches!(record, Record::Event(_)));
        },
    );
    assert_eq!(decisions_of(&dir.path().join("bare")).len(), 0);
    let bare = run(dir.path(), "replay bare --json").ok().json();
    for key in ["decisions_hash", "decisions", "events", "tasks"] {
        assert_eq!(bare[key], original[key], "{key}");
    }
    assert!(bare["decisions"].as_u64().unwrap() > 5);
}

#[test]
fn what_if_simulates_anew() {
    let dir = small_run();
    let as_recorded = backtest(dir.path(), "--journal none");
    let same = figures(
        run(dir.path(), "replay run --set sim.seed=1 --json")
            .ok()
            .json(),
    );
    for key in ["decisions_hash", "closed", "pnl", "orders", "fills"] {
        assert_eq!(same[key], as_recorded[key], "{key}");
    }
    let none = run(
        dir.path(),
        "replay run --set task.0.min_entry_edge_bps=500 --json",
    )
    .ok()
    .json();
    assert_eq!(
        (&none["orders"], &none["closed"]["round_trips"]),
        (&0.into(), &0.into())
    );
    // The same as a backtest with that value.
    let set = "--set venue.synth-spot.fees.taker_bps=7.5";
    let replayed = figures(
        run(dir.path(), &format!("replay run {set} --json"))
            .ok()
            .json(),
    );
    let anew = backtest(dir.path(), &format!("--journal none {set}"));
    for key in ["decisions_hash", "closed", "pnl", "fees_paid", "by_venue"] {
        assert_eq!(replayed[key], anew[key], "{key}");
    }
    assert!(decimal(&replayed["fees_paid"]) < decimal(&as_recorded["fees_paid"]));
    run(dir.path(), "replay run --set task.0.min_entry=1").refused(2, &["--set", "min_entry"]);
}

#[test]
fn every_mode_of_the_journal_decides_the_same() {
    let dir = small();
    let none = backtest(dir.path(), "--journal none");
    assert!(!dir.path().join("runs").exists(), "none leaves no folder");
    let decisions = backtest(dir.path(), "--out decisions");
    let full = backtest(dir.path(), "--out full --journal full");
    assert_eq!(none, decisions);
    assert_eq!(none, full);
    let small = records_of(&dir.path().join("decisions")).len();
    let large = records_of(&dir.path().join("full")).len();
    assert!(large > 10 * small, "{large} and {small}");
    run(dir.path(), "journal diff decisions full --decisions").ok();
    // What if, from a journal that has the market by value.
    let set = "--set task.0.min_entry_edge_bps=500 --json";
    let what_if = run(dir.path(), &format!("replay full {set}")).ok().json();
    let other = run(dir.path(), &format!("replay decisions {set}"))
        .ok()
        .json();
    assert_eq!(what_if["decisions_hash"], other["decisions_hash"]);
    // A full journal needs no catalogue.
    fs::rename(dir.path().join("catalog"), dir.path().join("away")).unwrap();
    let replayed = run(dir.path(), "replay full --verify --json").ok().json();
    assert_eq!(replayed["decisions_hash"], none["decisions_hash"]);
    run(dir.path(), "journal why full --at 2024-01-01T06:32:00Z").ok();
    run(dir.path(), "replay decisions --verify").refused(1, &["catalog", "--catalog"]);
}

#[test]
fn the_report_of_a_run_has_the_backtests_figures() {
    let dir = small();
    let told = backtest(dir.path(), "--out run");
    let report = run(dir.path(), "report run --json").ok().json();
    for (key, value) in told.as_object().unwrap() {
        if !["rows", "events"].contains(&key.as_str()) {
            assert_eq!(&report[key], value, "{key}");
        }
    }
    let (text, again) = (
        run(dir.path(), "report run").ok().out,
        run(dir.path(), "backtest scenario.toml").ok().out,
    );
    assert!(again.starts_with(&text) && text.contains("net"), "{text}");
    let html = dir.path().join("page.html");
    run(dir.path(), "report run --html page.html").ok();
    assert!(fs::read_to_string(html).unwrap().contains("</html>"));
}

#[test]
fn journals_are_compared_and_shown() {
    let dir = small_run();
    run(dir.path(), "backtest scenario.toml --out again").ok();
    let done = run(dir.path(), "journal diff run again").ok();
    assert!(done.out.ends_with("equal\n"), "{}", done.out);
    let seq = with_altered(dir.path(), 3, "digest");
    let done = run(dir.path(), "journal diff run altered --json")
        .exits(3)
        .json();
    assert_eq!(done["decisions"]["first_difference"]["seq"], seq);
    let (Seq(from), to) = (decisions_of(&dir.path().join("run"))[0].cause, seq);
    let line = format!("journal show run --kind decision --from {from} --to {to} --json");
    let shown = run(dir.path(), &line).ok().json();
    assert_eq!(shown.as_array().unwrap().len(), 4);
    let text = run(dir.path(), "journal show run").ok().out;
    assert_eq!(
        text.lines().count(),
        records_of(&dir.path().join("run")).len()
    );
    run(dir.path(), "journal show nothing").refused(1, &["nothing", "give the folder of a run"]);
}
