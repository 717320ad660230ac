//! The risk gate of a scenario: what it refuses and trips stands in the journal, and replays.

use std::path::Path;

use crate::common::{SCENARIO, run, small};

/// The demo with more of `[risk]`.
fn with(dir: &Path, risk: &str) {
    let text = format!("{SCENARIO}\n{risk}");
    std::fs::write(dir.join("scenario.toml"), text).unwrap();
}

fn report(dir: &Path, out: &str) -> serde_json::Value {
    run(dir, &format!("backtest scenario.toml --out {out} --json")).json()
}

/// How often a run was refused for a reason.
fn refusals(dir: &Path, code: &str) -> u64 {
    let report = run(dir, "report run --json").json();
    report["refusals"][code].as_u64().unwrap_or(0)
}

/// Limits of every kind that this run keeps within.
const WIDE: &str = r#"
[risk.venue.synth-spot]
max_exposure = "5000"
[risk.strategy.spot_futures]
max_leverage = "3"
[risk.task.spot_futures_BTCUSDT_synth-spot_synth-perp]
max_open_orders = 4
[risk.symbol."BTC/USDT"]
max_capital_share_bps = 5000
[risk.leg.spot_futures_BTCUSDT_synth-spot_synth-perp.futures]
max_order_rate = { orders = 50, per = "1s" }
[risk.breaker.stale_data]
max_age = "1h"
[risk.breaker.drawdown]
max_bps = 5000
[risk.breaker.price_jump]
max_bps = 5000
within = "1s"
[risk.alert]
exposure = "1000000"
[risk.delta.spot_futures_BTCUSDT_synth-spot_synth-perp]
target = "0.01"
rebalance = "0.1"
critical = "0.5"
[risk.balance]
check = true
reconcile = true
low = { USDT = "10" }
"#;

#[test]
fn limits_that_hold_change_nothing_and_replay() {
    let dir = small();
    let plain = report(dir.path(), "plain");
    with(dir.path(), WIDE);
    let limited = report(dir.path(), "limited");
    assert!(plain["fills"].as_u64() > Some(0), "{plain:#}");
    for key in ["orders", "fills", "pnl", "ledger_residual"] {
        assert_eq!(plain[key], limited[key], "{key}");
    }
    let shown = run(dir.path(), "journal show limited").ok().out;
    assert!(!shown.contains("task account"), "{shown}");
    run(dir.path(), "replay limited --verify").ok();
}

#[test]
fn a_level_that_refuses_is_a_decision_with_its_code() {
    for (section, code) in [
        (
            "[risk.venue.synth-perp]\nmax_exposure = \"500\"",
            "venue_max_exposure",
        ),
        (
            "[risk.symbol.\"BTC/USDT\"]\nmax_order_notional = \"500\"",
            "symbol_max_order_notional",
        ),
        (
            "[risk.leg.spot_futures_BTCUSDT_synth-spot_synth-perp.futures]\nmax_position_notional = \"500\"",
            "leg_max_position_notional",
        ),
        (
            "[risk.strategy.spot_futures]\nmax_capital_share_bps = 100",
            "strategy_max_capital_share",
        ),
    ] {
        let dir = small();
        with(dir.path(), section);
        let report = report(dir.path(), "run");
        // The futures leg is refused, so the spot leg is not sent.
        assert_eq!(report["orders"], 0, "{code}: {report:#}");
        assert!(refusals(dir.path(), code) > 0, "{code}");
        run(dir.path(), "replay run --verify").ok();
    }
}

// BA2, 3.2-1: a futures venue that cannot carry its leg keeps the spot leg at home.
#[test]
fn ba2_a_leg_that_cannot_be_paid_keeps_the_others_at_home() {
    let dir = small();
    with(dir.path(), "[risk.balance]\ncheck = true\n");
    let poor = "backtest scenario.toml --out run --json --set venue.synth-perp.balances.USDT=900";
    let report = run(dir.path(), poor).json();
    assert_eq!(report["orders"], 0, "{report:#}");
    assert!(refusals(dir.path(), "balance_insufficient") > 0);
    let unknown = "backtest scenario.toml --out run --json --set venue.synth-perp.balances={}";
    let report = run(dir.path(), unknown).json();
    assert_eq!(report["orders"], 0, "{report:#}");
    assert!(refusals(dir.path(), "balance_unknown") > 0);
}

// RK12: a trip is a decision of the account, with its numbers and an alert, and it replays.
#[test]
fn rk12_a_breaker_trips_in_the_journal() {
    let dir = small();
    let breaker = "[risk.breaker.order_rate]\norders = 2\nper = \"1s\"\n";
    with(dir.path(), breaker);
    let report = report(dir.path(), "run");
    // The legs of the first entry and of its exit; nothing is entered any more.
    assert_eq!(report["closed"]["round_trips"], 1, "{report:#}");
    assert_eq!(report["orders"], 4, "{report:#}");
    let shown = run(dir.path(), "journal show run").ok().out;
    for words in [
        "decision account tripped_order_rate",
        "breaker order_rate tripped: orders 2 against max_orders 2",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    // The status says which, since when and by what numbers; balances with the age of the venues' word.
    let why = run(dir.path(), "journal why run --at 2024-01-01T06:34:59Z")
        .ok()
        .out;
    for words in [
        "risk reducing, exposure ",
        "breaker order_rate tripped since 2024-01-01T06:",
        " by 2 against 2, reduce",
        "balance synth-perp USDT ",
        "locked 0, reserved 0, margin 0, free ",
    ] {
        assert!(why.contains(words), "{words}: {why}");
    }
    run(dir.path(), "replay run --verify").ok();
}

#[test]
fn what_only_the_catalogue_knows_is_refused_with_a_hint() {
    let dir = small();
    for (section, says) in [
        (
            "[risk.symbol.\"ETH/USDT\"]\nmax_exposure = \"1\"",
            "no instrument of this run trades that pair; there are BTC/USDT",
        ),
        (
            "[risk.delta.spot_futures_BTCUSDT_synth-spot_synth-perp]\ntarget = \"0.00000001\"\nrebalance = \"0.1\"\ncritical = \"1\"",
            "is below one lot, 0.",
        ),
        (
            "[risk.balance]\nlow = { BTX = \"1\" }",
            "risk.balance.low.BTX: this run has no such asset; it has BTC, USDT",
        ),
    ] {
        with(dir.path(), section);
        let done = run(
            dir.path(),
            "backtest scenario.toml --out run --journal none",
        );
        done.refused(1, &[says]);
    }
}

// Points of a sweep pass over what need not wake their strategies; a gate that watches the market sees it all.
#[test]
fn points_that_watch_the_market_are_the_same_runs_alone() {
    let dir = small();
    with(
        dir.path(),
        "[risk.breaker.price_jump]\nmax_bps = 4\nwithin = \"1s\"\nreset_after = \"20s\"\n",
    );
    let sweep = "sweep scenario.toml --grid risk.breaker.price_jump.max_bps=4,5000 --grid min_entry_edge_bps=36,39 \
                 --out swept --json";
    let swept = run(dir.path(), sweep).ok().json();
    let points = swept["best"].as_array().unwrap();
    assert_eq!(
        (points.len(), &swept["failed"]),
        (4, &0.into()),
        "{swept:#}"
    );
    let mut hashes = std::collections::BTreeSet::new();
    for point in points {
        let set = point["set"].as_object().unwrap().iter();
        let set = set.map(|(key, value)| format!("--set {key}={}", value.as_str().unwrap()));
        let set: Vec<String> = set.collect();
        let line = format!(
            "backtest scenario.toml --journal none --json {}",
            set.join(" ")
        );
        let alone = run(dir.path(), &line).ok().json();
        assert_eq!(alone["decisions_hash"], point["decisions_hash"], "{point}");
        hashes.insert(alone["decisions_hash"].to_string());
    }
    assert_eq!(hashes.len(), 4, "points that decide alike compare nothing");
}
