//! `onetape positions`: what is held, since when, and what it is worth.

use std::path::Path;

use rust_decimal::Decimal;
use serde_json::Value;

use super::common::{decimal, decisions_of, run, small_run};

const TASK: &str = "spot_futures_BTCUSDT_synth-spot_synth-perp";

/// A second after the first entry's legs balanced.
fn holding(dir: &Path) -> i64 {
    let decisions = decisions_of(&dir.join("run"));
    let held = decisions
        .iter()
        .find(|it| it.reason.as_str() == "holding")
        .unwrap();
    held.ts.nanos() + 1_000_000_000
}

fn positions(dir: &Path, more: &str) -> Value {
    run(dir, &format!("positions run --json {more}"))
        .ok()
        .json()
}

#[test]
fn pl4_what_is_open_is_marked_at_what_closing_brings_and_at_the_middle() {
    let dir = small_run();
    let at = holding(dir.path());
    let found = positions(dir.path(), &format!("--at {at}"));
    let held = found["positions"].as_array().unwrap();
    assert_eq!(held.len(), 2, "{found:#}");
    let mut sums = [Decimal::ZERO; 2];
    for one in held {
        let qty = decimal(&one["qty"]);
        let cost = decimal(&one["cost"]);
        let at = |price: &str, unrealised: &str| {
            let expected = qty * decimal(&one[price]) - cost;
            assert_eq!(decimal(&one[unrealised]), expected, "{one:#}");
            expected
        };
        let [exit, middle] = [
            at("exit_price", "unrealised"),
            at("mid_price", "unrealised_mid"),
        ];
        // Closing pays half of the spread, which the middle does not.
        assert!(exit < middle, "{one:#}");
        sums[0] += exit;
        sums[1] += middle;
    }
    let task = &found["tasks"][0];
    assert_eq!(
        [
            decimal(&task["unrealised"]),
            decimal(&task["unrealised_mid"])
        ],
        sums
    );
    let status = run(dir.path(), &format!("status run --json --at {at}"))
        .ok()
        .json();
    for (held, of_status) in held
        .iter()
        .zip(status["tasks"][0]["positions"].as_array().unwrap())
    {
        for key in ["unrealised", "unrealised_mid"] {
            assert_eq!(decimal(&held[key]), decimal(&of_status[key]), "{key}");
        }
    }
    let told = run(dir.path(), &format!("positions run --at {at}"))
        .ok()
        .out;
    assert!(told.contains(" at the middle "), "{told}");
}

#[test]
fn pl6_exposure_is_added_up_by_symbol_and_by_venue() {
    let dir = small_run();
    let at = holding(dir.path());
    let found = positions(dir.path(), &format!("--at {at}"));
    let exposure = &found["exposure"];
    let (mut net, mut gross) = (Decimal::ZERO, Decimal::ZERO);
    for one in found["positions"].as_array().unwrap() {
        let value = decimal(&one["qty"]) * decimal(&one["mid_price"]);
        assert_eq!(decimal(&one["exposure"]), value);
        let at_venue = &exposure["by_venue"][one["venue"].as_str().unwrap()]["USDT"];
        assert_eq!(decimal(&at_venue["net"]), value);
        assert_eq!(decimal(&at_venue["gross"]), value.abs());
        net += value;
        gross += value.abs();
    }
    assert!(gross > net.abs() && gross > Decimal::ZERO);
    for sums in [&exposure["total"], &exposure["by_symbol"]["BTCUSDT"]] {
        assert_eq!(decimal(&sums["USDT"]["net"]), net);
        assert_eq!(decimal(&sums["USDT"]["gross"]), gross);
    }
    assert_eq!(exposure["by_venue"].as_object().unwrap().len(), 2);
    // Filters hold of the sums too, and of nothing there is none.
    let one = positions(dir.path(), &format!("--at {at} --venue synth-perp"));
    let by_venue = &one["exposure"]["by_venue"];
    assert_eq!(by_venue.as_object().unwrap().len(), 1);
    assert_eq!(by_venue["synth-perp"], one["exposure"]["total"]);
    assert_eq!(
        positions(dir.path(), "")["exposure"]["total"],
        serde_json::json!({})
    );
    let told = run(dir.path(), &format!("positions run --at {at}"))
        .ok()
        .out;
    for line in [
        format!(
            "  total: net {net}, gross {gross} USDT\n",
            net = net.normalize(),
            gross = gross.normalize()
        ),
        "exposure at the middle\n".to_string(),
    ] {
        assert!(told.contains(&line), "{line}{told}");
    }
    for name in ["BTCUSDT", "synth-perp", "synth-spot"] {
        assert!(told.contains(&format!("\n  {name}: net ")), "{told}");
    }
}

#[test]
fn pl7_a_position_has_its_age_and_says_whether_its_price_is_stale() {
    let dir = small_run();
    let at = holding(dir.path());
    let found = positions(dir.path(), &format!("--at {at}"));
    for one in found["positions"].as_array().unwrap() {
        let age = one["age_ms"].as_i64().unwrap();
        // It opened with its first fill, at most some milliseconds before the legs balanced.
        assert!((1_000..1_050).contains(&age), "{one:#}");
        let opened: jiff::Timestamp = one["opened_at"].as_str().unwrap().parse().unwrap();
        let opened = i64::try_from(opened.as_nanosecond()).unwrap();
        assert_eq!((at - opened) / 1_000_000, age);
        assert_eq!(
            (&one["stale"], &one["health"]),
            (&false.into(), &"ok".into())
        );
    }
    let stale = positions(dir.path(), &format!("--at {at} --stale-after 0s"));
    let stale = stale["positions"].as_array().unwrap();
    let is = |one: &&Value| {
        one["health"] == "stale" && one["stale"] == true && one["price_age_ms"].is_i64()
    };
    assert!(stale.iter().any(|one| is(&one)), "{stale:#?}");
    // What is left when nothing mends is a person's.
    run(dir.path(), "demo --mode recovery --out run").exits(0);
    let left = positions(dir.path(), "");
    assert_eq!(left["positions"][0]["health"], "quarantined", "{left:#}");
}

#[test]
fn pl8_averages_of_both_sides_give_the_spread_and_the_profit_of_the_report() {
    let dir = small_run();
    let task = &positions(dir.path(), "")["tasks"][0];
    let report = run(dir.path(), "report run --json").ok().json();
    let all = positions(dir.path(), "--all");
    let mut bought = Decimal::ZERO;
    for one in all["positions"].as_array().unwrap() {
        assert_eq!((&one["qty"], &one["health"]), (&"0".into(), &"flat".into()));
        bought += decimal(&one["fees"]);
    }
    assert_eq!(bought, decimal(&report["pnl"]["fees"]));
    let [buy, sell] = ["buy_average", "sell_average"].map(|key| decimal(&task[key]));
    let bps = (sell - buy) / buy * Decimal::from(10_000);
    let near = |a: Decimal, b: Decimal| (a - b).abs() < Decimal::new(1, 5);
    assert!(near(bps, decimal(&task["spread_bps"])), "{task:#}");
    // Of what was bought in all, on both legs, the spread is the gross and the profit the net.
    let spread = decimal(&task["spread_bps"]);
    let profit = decimal(&task["profit_bps"]);
    let (gross, net) = (
        decimal(&report["pnl"]["gross"]),
        decimal(&report["pnl"]["net"]),
    );
    assert!(near(spread * net, profit * gross), "{task:#} {gross} {net}");
    assert!(net < gross && profit < spread);
}

#[test]
fn pl9_positions_are_found_by_task_venue_and_symbol() {
    let dir = small_run();
    let at = holding(dir.path());
    let instruments = |more: &str| -> Vec<String> {
        let found = positions(dir.path(), &format!("--at {at} {more}"));
        let held = found["positions"].as_array().unwrap().iter();
        let mut held: Vec<String> = held
            .map(|one| one["instrument"].as_str().unwrap().to_string())
            .collect();
        // They stand in the order of their first fills.
        held.sort();
        held
    };
    let both = ["synth-perp:BTCUSDT", "synth-spot:BTCUSDT"];
    assert_eq!(instruments(""), both);
    assert_eq!(
        instruments(&format!("--task {TASK} --symbol BTCUSDT")),
        both
    );
    assert_eq!(instruments("--venue synth-perp"), both[..1]);
    // Nothing is open at the end, and everything is there that was.
    let end = positions(dir.path(), "");
    assert_eq!(end["positions"], Value::Array(Vec::new()));
    assert_eq!(
        positions(dir.path(), "--all --venue synth-spot")["positions"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    for (flag, says) in [
        (
            "--venue binance-spot",
            "--venue binance-spot: the run has no such venue; it has synth-spot, synth-perp",
        ),
        ("--symbol ETHUSDT", "it has BTCUSDT"),
        ("--task other", TASK),
    ] {
        run(dir.path(), &format!("positions run {flag}")).refused(1, &[says]);
    }
}
