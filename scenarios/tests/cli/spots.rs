//! Spot against spot on a synthetic market of two venues: what is planted is traded, and the money adds up by venue.

use std::fs;
use std::path::Path;

use rust_decimal::Decimal;
use serde_json::Value;

use super::common::{Done, decimal, example, onetape, run};

/// Two spot venues, and six times that their prices are further apart than a round trip costs.
const WORLD: &str = r#"feeds = ["synth-spot:BTCUSDT", "synth-spot-b:BTCUSDT"]
[events]
venue = 6
halts = 0
crashes = 0
"#;

/// A folder with that market for ten minutes, at a fifth of its arrivals.
fn market() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("world.toml"), WORLD).unwrap();
    let synth = "data synth --world world.toml --duration 10m --rate 0.2 --catalog catalog";
    run(dir.path(), synth).ok();
    dir
}

/// A command on the example scenario.
fn on_example(dir: &Path, command: &str, flags: &[&str]) -> Done {
    let file = example("spot_spot");
    let words: Vec<&str> = command.split(' ').collect();
    onetape(
        dir,
        &[&words[..], &[&file, "--catalog", "catalog"], flags].concat(),
    )
}

fn report(dir: &Path, name: &str, flags: &[&str]) -> Value {
    on_example(dir, "backtest", &[&["--out", name], flags].concat()).ok();
    run(dir, &format!("report {name} --json")).ok().json()
}

fn moment(at: &Value) -> i64 {
    let at: jiff::Timestamp = at.as_str().unwrap().parse().unwrap();
    i64::try_from(at.as_nanosecond()).unwrap()
}

#[test]
fn what_is_planted_between_venues_is_traded_and_proven() {
    let dir = market();
    let report = report(dir.path(), "run", &[]);
    let made = fs::read_to_string(dir.path().join("catalog/synth.json")).unwrap();
    let made: Value = serde_json::from_str(&made).unwrap();
    let (planted, trips) = (
        made["venue"].as_array().unwrap(),
        report["round_trips"].as_array().unwrap(),
    );
    assert_eq!((planted.len(), trips.len()), (6, 6), "{report:#}");
    let mut reasons = Vec::new();
    for (planted, trip) in planted.iter().zip(trips) {
        // Entered while the second venue is off, the cheap one bought; left when it is back.
        let window = planted["from_ns"].as_i64().unwrap()..planted["until_ns"].as_i64().unwrap();
        assert!(window.contains(&moment(&trip["opened_at"])), "{trip:#}");
        assert!(moment(&trip["closed_at"]) >= window.end, "{trip:#}");
        let reason = match planted["direction"].as_str().unwrap() {
            "above" => "enter_buy_first",
            _ => "enter_buy_second",
        };
        assert_eq!(trip["entry_reason"], reason);
        reasons.push(reason);
        let qty = |leg: usize| decimal(&trip["legs"][leg]["entry"]["qty"]);
        assert_eq!(qty(0), -qty(1), "{trip:#}");
        assert_eq!(qty(0) > Decimal::ZERO, reason == "enter_buy_first");
        assert!(decimal(&trip["net"]) > Decimal::ZERO, "{trip:#}");
    }
    reasons.sort_unstable();
    reasons.dedup();
    assert_eq!(reasons.len(), 2, "both directions");

    // By venue it is the whole, and no coin is anywhere else than it was.
    assert_eq!(report["ledger_residual"], "0");
    let venues = ["synth-spot", "synth-spot-b"].map(|venue| &report["by_venue"][venue]);
    let nets: Decimal = venues.iter().map(|venue| decimal(&venue["net"])).sum();
    assert_eq!(nets, decimal(&report["pnl"]["net"]));
    let fees: Decimal = venues.iter().map(|venue| decimal(&venue["volume"])).sum();
    assert_eq!(fees * Decimal::new(5, 4), decimal(&report["pnl"]["fees"]));

    run(dir.path(), "replay run --verify").ok();
    let why = run(dir.path(), "journal why run --at 2024-01-01T07:30:30Z").ok();
    for word in ["edge_below_entry", "buy_first_edge_bps", "second_free_base"] {
        assert!(why.out.contains(word), "{word}: {}", why.out);
    }
}

#[test]
fn without_coins_at_the_dear_venue_nothing_is_sent_there() {
    let dir = market();
    let poor = [
        "--set",
        "venue.synth-spot-b.balances.BTC=0",
        "--set",
        "direction=buy_first",
    ];
    let report = report(dir.path(), "poor", &poor);
    assert_eq!(
        (&report["orders"], &report["fills"]),
        (&0.into(), &0.into())
    );
    let shown = run(dir.path(), "journal show poor").ok().out;
    assert!(shown.contains("no_inventory"), "{shown}");
    run(dir.path(), "replay poor --verify").ok();
}

#[test]
fn its_card_counts_the_opposite_entry_as_an_exit() {
    let dir = market();
    let card = on_example(dir.path(), "config check", &[]).ok().out;
    for line in [
        "cost  round trip             20\n",
        "net   min_entry_edge_bps 25 + exit.edge_bps -4 - cost 20 = 1\n",
        "net   min_entry_edge_bps 25 + min_entry_edge_bps 25 - cost 20 = 30\n",
    ] {
        assert!(card.contains(line), "{card}");
    }
    for (flag, says) in [
        (
            "min_entry_edge_bps=23",
            "raise `min_entry_edge_bps` to at least 24 or `exit.edge_bps` to at least -3,",
        ),
        (
            "min_entry_edge_bps=9",
            "entry 9 + exit 9 - fees 20 (first 2 x 5, second 2 x 5) = net -2 bps; raise `min_entry_edge_bps` to at \
             least 10,",
        ),
        (
            "second.instrument=synth-spot:BTCUSDT",
            "name another instrument",
        ),
    ] {
        let done = on_example(
            dir.path(),
            "backtest",
            &["--journal", "none", "--set", flag],
        );
        assert!(matches!(done.code, Some(1 | 2)), "{flag}: {done:?}");
        assert!(done.err.contains(says), "{flag}: {done:?}");
    }
}
