//! Scenarios that cannot be used: exit 2, one error with file, line, field and fix.

use std::fs;
use std::path::Path;

use super::common::{SCENARIO, run, small, tree};

/// Refused by both commands that read a scenario, with the line at which `text` is.
fn refused(dir: &Path, scenario: &str, at: &str, says: &[&str]) {
    fs::write(dir.join("bad.toml"), scenario).unwrap();
    let line = scenario.lines().position(|line| line.contains(at)).unwrap() + 1;
    let place = format!("bad.toml:{line}: ");
    let says = [&[place.as_str()], says].concat();
    for command in ["backtest bad.toml --out run", "config check bad.toml"] {
        run(dir, command).refused(2, &says);
    }
    assert!(!dir.join("run").exists());
}

#[test]
fn fields_that_are_wrong() {
    let dir = small();
    let before = tree(&dir.path().join("catalog"));
    for (from, to, at, says) in [
        (
            "min_entry_edge_bps = 36.0",
            "min_entry_egde_bps = 36.0",
            "egde",
            ["min_entry_egde_bps", "did you mean"],
        ),
        (
            "seed = 1",
            "seed = 1\nspeed = 2",
            "speed",
            ["sim.speed", "not known"],
        ),
        (
            "notional = \"1000\"",
            "notional = true",
            "notional = true",
            ["task.0.notional", "expected"],
        ),
        (
            "seed = 1",
            "seed = \"one\"",
            "seed",
            ["sim.seed", "expected"],
        ),
        (
            "[venue.synth-perp]",
            "[venue.synth-prep]",
            "synth-perp:BTCUSDT",
            ["synth-perp", "[venue.synth-perp]"],
        ),
        ("[risk]", "[risk", "[risk", ["TOML", "correct this line"]),
        (
            "strategy = \"spot_futures\"",
            "strategy = \"spot_future\"",
            "spot_future\"",
            ["spot_future", "did you mean"],
        ),
        (
            "leverage = 1",
            "leverage = 0",
            "leverage",
            ["leverage", "expected"],
        ),
    ] {
        let bad = SCENARIO.replace(from, to);
        // An unknown section is also a problem of its own; the leg that misses its section comes first.
        refused(dir.path(), &bad, at, &says);
    }
    assert_eq!(tree(&dir.path().join("catalog")), before);
    run(dir.path(), "backtest none.toml")
        .refused(2, &["none.toml", "name a readable scenario file"]);
    run(dir.path(), "backtest scenario.toml --set sim.sede=1")
        .refused(2, &["--set", "sede", "did you mean"]);
    run(dir.path(), "backtest scenario.toml --set sim.seed").refused(2, &["--set"]);
    assert!(!dir.path().join("runs").exists());
}

#[test]
fn round_trips_that_cannot_pay() {
    let dir = small();
    let poor = SCENARIO.replace("min_entry_edge_bps = 36.0", "min_entry_edge_bps = 10.0");
    refused(
        dir.path(),
        &poor,
        "exit = {",
        &["min_entry_edge_bps", "30", "allow_negative_edge"],
    );
    for command in ["backtest", "config check"] {
        run(
            dir.path(),
            &format!("{command} bad.toml --allow-negative-edge"),
        )
        .ok();
        run(
            dir.path(),
            &format!("{command} bad.toml --set task.0.allow_negative_edge=true"),
        )
        .ok();
    }
    fs::write(
        dir.path().join("bad.toml"),
        poor.replace("\nnotional =", "\nallow_negative_edge = true\nnotional ="),
    )
    .unwrap();
    let done = run(dir.path(), "backtest bad.toml --json --out run")
        .ok()
        .json();
    assert!(done["closed"]["losers"].as_u64().unwrap() > 0);
    // What was allowed then is allowed when it is replayed.
    run(dir.path(), "replay run --verify").ok();
    // Just enough, and just not.
    run(
        dir.path(),
        "config check scenario.toml --set min_entry_edge_bps=29.0",
    )
    .ok();
    run(
        dir.path(),
        "config check scenario.toml --set min_entry_edge_bps=28.99",
    )
    .exits(2);
}

#[test]
fn instruments_that_are_missing_or_only_inferred() {
    let dir = small();
    let path = dir.path();
    fs::write(
        path.join("bad.toml"),
        SCENARIO.replace("BTCUSDT", "ETHUSDT"),
    )
    .unwrap();
    run(path, "backtest bad.toml")
        .refused(2, &["bad.toml:13: ", "synth-spot:ETHUSDT", "data import"]);

    for (venue, stream) in [
        ("spot", ""),
        (
            "usdm",
            r#","e":"bookTicker","T":1723161254000,"E":1723161254000"#,
        ),
    ] {
        let line = format!(
            r#"1723161254000000000 {{"stream":"btcusdt@bookTicker","data":{{"u":7,"s":"BTCUSDT","b":"100.10","B":"2.0","a":"100.20","A":"3.0"{stream}}}}}"#
        );
        fs::write(path.join("capture.txt"), line + "\n").unwrap();
        run(
            path,
            &format!(
                "data import binance-raw capture.txt --venue binance-{venue} --catalog inferred"
            ),
        )
        .ok();
    }
    let scenario = SCENARIO
        .replace("synth-spot", "binance-spot")
        .replace("synth-perp", "binance-usdm");
    let scenario = scenario.replace("catalog = \"catalog\"", "catalog = \"inferred\"");
    fs::write(path.join("inferred.toml"), &scenario).unwrap();
    let done = run(path, "backtest inferred.toml --out run");
    done.refused(
        2,
        &[
            "inferred.toml:",
            "binance-spot:BTCUSDT",
            "allow_inferred_instruments",
            "data import instruments",
        ],
    );
    run(
        path,
        "backtest inferred.toml --out run --set data.allow_inferred_instruments=true --set sim.no_funding=true",
    )
    .ok();

    run(path, "backtest scenario.toml --catalog nowhere").refused(1, &["nowhere", "--catalog"]);
    let late = "backtest scenario.toml --set data.from=2030-01-01T00:00:00Z";
    run(path, late).refused(1, &["2024-01-01", "change the time"]);
}

#[test]
fn a_place_that_is_taken_is_not_written_over() {
    let dir = small();
    fs::create_dir(dir.path().join("run")).unwrap();
    fs::write(dir.path().join("run/thesis.txt"), "mine").unwrap();
    run(dir.path(), "backtest scenario.toml --out run").refused(1, &["run", "--out"]);
    assert_eq!(
        fs::read_to_string(dir.path().join("run/thesis.txt")).unwrap(),
        "mine"
    );
    run(dir.path(), "backtest scenario.toml --out catalog").refused(1, &["catalog", "--out"]);
    run(
        dir.path(),
        "backtest scenario.toml --out catalog/synth-spot/run",
    )
    .exits(0);
}
