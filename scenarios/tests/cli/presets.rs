//! The scenarios to start from: right, with their break-even cards, and written for instruments of one's own.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::common::run;

fn presets(dir: &Path) -> Vec<Value> {
    let document = run(dir, "scenario presets --json").ok().json();
    document["presets"].as_array().unwrap().clone()
}

#[test]
fn st17_each_preset_is_right_or_warns_and_shows_its_card() {
    let dir = tempfile::tempdir().unwrap();
    let presets = presets(dir.path());
    let of = |name: &str| -> &Value {
        let found = presets.iter().find(|preset| preset["name"] == name);
        &found.unwrap()["tasks"][0]
    };
    // Entry, profit, fees of a fill, what closing must earn, and whether it is warned of.
    for (name, entry, profit, fee, needed, warned) in [
        ("conservative", "-30", "80", "5", "130", true),
        ("aggressive", "-80", "40", "5", "140", true),
        ("high-fee", "0", "100", "10", "140", false),
        ("low-fee", "0", "30", "2", "38", false),
    ] {
        let task = of(name);
        let target = &task["target"];
        assert_eq!(
            (&target["entry_bps"], &target["profit_bps"]),
            (&json!(entry), &json!(profit)),
            "{name}"
        );
        assert_eq!(target["needed_bps"], needed, "{name}");
        for leg in task["legs"].as_array().unwrap() {
            assert_eq!(leg["taker_bps"], fee, "{name}");
        }
        assert_eq!(task["warning"].is_string(), warned, "{name}: {task}");
        assert_eq!(task["allow_negative_edge"], false, "{name}");
    }
    // By edge: what a round trip nets is known.
    assert_eq!(of("mexc-gate")["exits"][0]["net_bps"], "3");
    assert_eq!(of("spot-switching")["exits"][0]["net_bps"], "3");
    let text = run(dir.path(), "scenario presets").ok().out;
    insta::assert_snapshot!("presets", text);
}

/// What the folder has is what the program has.
#[test]
fn st17_every_file_of_the_folder_is_a_preset() {
    let dir = tempfile::tempdir().unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/presets");
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<String> = entries
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_string()
        })
        .collect();
    files.sort();
    let mut names: Vec<String> = presets(dir.path())
        .iter()
        .map(|preset| preset["name"].as_str().unwrap().to_string())
        .collect();
    names.sort();
    assert_eq!(names, files);
    for name in names {
        let done = run(dir.path(), &format!("config check {folder}/{name}.toml")).exits(0);
        assert!(done.out.contains("  cost  "), "{}", done.out);
    }
}

#[test]
fn st17_a_preset_backtests_on_a_synthetic_market_and_is_proved() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "data synth --catalog catalog --duration 10m").ok();
    for (name, warned) in [("conservative", true), ("low-fee", false)] {
        let done = run(
            dir.path(),
            &format!("scenario new {name}.toml --preset {name}"),
        )
        .exits(0);
        assert_eq!(done.err.contains("warning: task"), warned, "{}", done.err);
        assert!(done.out.contains("exit.profit_bps"), "{}", done.out);
        let line = format!("backtest {name}.toml --out {name} --json");
        let done = run(dir.path(), &line).exits(0);
        assert_eq!(
            done.err.contains("a cost of 30 bps"),
            warned,
            "{}",
            done.err
        );
        let document: Value = serde_json::from_str(&done.out).unwrap();
        assert!(
            document["fills"].as_u64().unwrap() >= 2,
            "{name}: {document}"
        );
        assert_eq!(document["ledger_residual"], "0");
        run(dir.path(), &format!("replay {name} --verify")).ok();
    }
}

#[test]
fn st17_a_preset_is_written_for_instruments_of_ones_own() {
    let dir = tempfile::tempdir().unwrap();
    let line = "scenario new mine.toml --preset high-fee --leg spot=binance-spot:ETHUSDT \
                --leg futures=binance-usdm:ETHUSDT --catalog here";
    let done = run(dir.path(), line).ok();
    assert!(done.out.contains("binance-usdm"), "{}", done.out);
    let text = fs::read_to_string(dir.path().join("mine.toml")).unwrap();
    assert!(!text.contains("synth-"), "{text}");
    assert!(text.contains("[venue.binance-usdm]"), "{text}");
    let here = dir.path().join("here").display().to_string();
    assert!(text.contains(&format!("catalog = \"{here}\"")), "{text}");
    run(dir.path(), "config check mine.toml").exits(0);
    // It is not written over.
    run(dir.path(), line).refused(1, &["mine.toml", "name a file that is not there yet"]);
    assert_eq!(
        fs::read_to_string(dir.path().join("mine.toml")).unwrap(),
        text
    );
}

#[test]
fn what_no_preset_can_be_written_for_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    for (words, says) in [
        (
            "--preset bold",
            "no preset is called \"bold\"; there are conservative",
        ),
        (
            "--preset low-fee --leg spot",
            "write --leg LEG=VENUE:SYMBOL",
        ),
        (
            "--preset low-fee --leg spot=BTCUSDT",
            "is no full name of an instrument",
        ),
        ("--preset low-fee --leg third=a:B", "it has spot, futures"),
        (
            "--preset low-fee --leg spot=synth-perp:B",
            "is at venue \"synth-perp\" too",
        ),
    ] {
        run(dir.path(), &format!("scenario new x.toml {words}")).refused(2, &[says]);
    }
    assert!(!dir.path().join("x.toml").exists());
}
