//! The scenarios of the long checks, on a few seconds of a market.

use std::path::Path;

use super::common::{run, tree};

fn backtest(dir: &Path, name: &str, out: &str) -> serde_json::Value {
    let file = format!("{}/long/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let line = format!("backtest {file} --catalog catalog --out {out} --json");
    run(dir, &line).ok().json()
}

#[test]
fn the_scenarios_of_the_long_checks_run() {
    let dir = tempfile::tempdir().unwrap();
    let synth = "data synth --preset market --duration 20s --catalog catalog";
    run(dir.path(), synth).ok();
    assert_eq!(backtest(dir.path(), "market", "market")["orders"], 0);
    let maker = backtest(dir.path(), "maker", "maker");
    assert!(maker["fills"].as_u64().unwrap() > 0, "{maker}");
    assert_eq!(maker["ledger_residual"], "0");

    // Eight orders at a price, in two processes.
    let once = backtest(dir.path(), "eight", "one");
    let again = backtest(dir.path(), "eight", "two");
    assert!(once["fills"].as_u64().unwrap() > 8, "{once}");
    assert_eq!(once["ledger_residual"], "0");
    assert_eq!(once["decisions_hash"], again["decisions_hash"]);
    let journal = |run: &str| tree(&dir.path().join(run).join("journal"));
    assert_eq!(journal("one"), journal("two"));
    run(dir.path(), "replay one --verify").ok();
}
