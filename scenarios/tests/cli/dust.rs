//! What is too little to trade: `status` says what trips that are over left of it.

use rust_decimal::Decimal;

use super::common::run;

/// A pair under faults whose last trip ends with less spot than its venue sells.
#[test]
fn ex9_what_is_too_little_to_trade_stands_in_status() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    let market = "data synth --preset market --start 2024-01-01T07:52:00Z --duration 13m --opportunities 6 --rate 0.3 \
                  --seed 3 --catalog synth";
    run(path, market).ok();
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/spot_futures.toml");
    let faults = "--set faults.swarm=true --set faults.seed=1";
    run(
        path,
        &format!("backtest {scenario} --catalog synth --out run {faults}"),
    )
    .ok();
    let status = run(path, "status run --json").ok().json();
    let task = &status["tasks"][0];
    assert_eq!(task["standing"], "watching", "{task:#}");
    let dust = task["dust"].as_object().unwrap();
    let held = task["positions"].as_array().unwrap();
    let spot = "synth-spot:BTCUSDT";
    let held = held.iter().find(|it| it["instrument"] == spot).unwrap();
    assert_eq!((dust.len(), &dust[spot]), (1, &held["qty"]), "{task:#}");
    // Spot is sold for 5 USDT and more.
    let left: Decimal = dust[spot].as_str().unwrap().parse().unwrap();
    assert!(!left.is_zero() && left < Decimal::new(1, 4), "{left}");
    let told = run(path, "status run").ok().out;
    assert!(told.contains(&format!("dust {left} at {spot}")), "{told}");
    // While a trip is open what it holds is none of it.
    let journal = run(path, "journal show run --kind decision --json")
        .ok()
        .json();
    let mut decisions = journal.as_array().unwrap().iter();
    let held = decisions.rfind(|it| it["reason"] == "holding").unwrap();
    let at = held["time"].as_str().unwrap();
    let status = run(path, &format!("status run --json --at {at}"));
    let task = &status.ok().json()["tasks"][0];
    assert_eq!(task["standing"], "holding", "{task:#}");
    assert!(task["dust"].as_object().unwrap().is_empty(), "{task:#}");
}
