//! What is too little to trade: `status` says what trips that are over left of it.

use rust_decimal::Decimal;

use super::common::{run, small};

/// A spot venue that takes its fee of what is bought: less than a lot of it stays when the rest was sold.
#[test]
fn ex9_what_is_too_little_to_trade_stands_in_status() {
    let dir = small();
    let path = dir.path();
    run(
        path,
        "backtest scenario.toml --out run --set venue.synth-spot.fees.asset=base",
    )
    .ok();
    let status = run(path, "status run --json").ok().json();
    let task = &status["tasks"][0];
    assert_eq!(task["standing"], "watching", "{task:#}");
    let dust = task["dust"].as_object().unwrap();
    let held = task["positions"].as_array().unwrap();
    let held = held
        .iter()
        .find(|it| it["instrument"] == "synth-spot:BTCUSDT");
    let (left, held) = (&dust["synth-spot:BTCUSDT"], &held.unwrap()["qty"]);
    assert_eq!((dust.len(), left), (1, held), "{task:#}");
    let left: Decimal = left.as_str().unwrap().parse().unwrap();
    assert!(left > Decimal::ZERO && left < Decimal::new(1, 3), "{left}");
    let told = run(path, "status run").ok().out;
    assert!(
        told.contains(&format!("dust {left} at synth-spot:BTCUSDT")),
        "{told}"
    );
    // While a trip is open what it holds is none of it.
    run(path, "backtest scenario.toml --out plain").ok();
    let plain = run(path, "status plain --json").ok().json();
    assert!(plain["tasks"][0]["dust"].as_object().unwrap().is_empty());
}
