//! What a scan over a synthetic market finds: what was planted, ranked and bounded, and still there when it is decided on.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rust_decimal::Decimal;
use serde_json::Value;

use super::common::{Done, decimal, decisions_of, example, onetape, run};

/// The command of the example's first lines.
const MARKET: &str = "data synth --preset market --duration 20m --opportunities 9 --rate 0.3 --seed 3 --catalog synth";

/// A directory with the example's market, made once.
fn market() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let make = || {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scan");
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        run(&dir, MARKET).ok();
        dir
    };
    MADE.get_or_init(make)
}

fn scan(flags: &str) -> Done {
    run(market(), &format!("scan --catalog synth {flags}"))
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

/// ST12: of every kind something is found, and more than 99 of 100 still pay when a decision is made: at once, and when an
/// order would arrive 10 ms later.
#[test]
fn what_is_found_still_pays_when_it_is_decided_on() {
    for after in ["0ms", "10ms"] {
        let report = scan(&format!("--fee 2 --decide-after {after} --json"))
            .ok()
            .json();
        let decisions = &report["decisions"];
        let (made, paid) = (number(&decisions["made"]), number(&decisions["still_paid"]));
        assert!(made > 300 && paid * 100 > made * 99, "{after}: {decisions}");
        for kind in report["kinds"].as_array().unwrap() {
            assert!(number(&kind["count"]) > 5, "{kind}");
        }
    }
}

/// Planted triangles and differences between venues are found by their kinds, while they last.
#[test]
fn what_was_planted_is_found() {
    let report = scan("--fee 2 --min-net-bps 5 --kinds spot_spot,triangular --json")
        .ok()
        .json();
    let kinds = report["kinds"].as_array().unwrap();
    let names: Vec<&str> = kinds
        .iter()
        .map(|kind| kind["kind"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["spot_spot", "triangular"]);
    let made = std::fs::read_to_string(market().join("synth/synth.json")).unwrap();
    let made: Value = serde_json::from_str(&made).unwrap();
    let lasts = |what: &str| {
        let all = made[what].as_array().unwrap().iter();
        all.map(|it| it["until_ns"].as_i64().unwrap() - it["from_ns"].as_i64().unwrap())
            .sum::<i64>()
    };
    for (kind, what) in kinds.iter().zip(["venue", "triangle"]) {
        assert!(number(&kind["count"]) >= 3, "{kind}");
        // No longer than three venues make of what was planted.
        let total = decimal(&kind["total_ms"]);
        assert!(
            total > Decimal::ZERO && total <= Decimal::from(3 * lasts(what) / 1_000_000),
            "{kind}"
        );
    }
}

/// The list is bounded, ranked by what it would have earned, and each of its entries is a trade that venues take.
#[test]
fn the_list_is_ranked_and_bounded() {
    let report = scan("--fee 2 --top 5 --json").ok().json();
    let listed = report["opportunities"].as_array().unwrap();
    assert_eq!(listed.len(), 5);
    assert!(number(&report["left_off"]) > 10);
    let profits: Vec<Decimal> = listed.iter().map(|it| decimal(&it["profit"])).collect();
    assert!(profits.is_sorted_by(|a, b| a >= b), "{profits:?}");
    for it in listed {
        assert!(decimal(&it["notional"]) <= Decimal::from(1_001), "{it}");
        let trades = it["trades"].as_array().unwrap();
        let signs: Vec<&str> = trades
            .iter()
            .map(|it| it["side"].as_str().unwrap())
            .collect();
        assert_eq!(signs[..2], ["buy", "sell"], "{it}");
        assert_eq!(trades[0]["qty"], trades[1]["qty"], "{it}");
        let price = |n: usize| decimal(&trades[n]["price"]);
        assert!(price(1) > price(0), "{it}");
    }
    let text = scan("--fee 2 --top 5").ok().out;
    assert!(
        text.contains("and ") && text.contains("still paid when a decision was made"),
        "{text}"
    );
    let none = scan("--fee 80 --kinds triangular").ok().out;
    assert!(none.contains("  none\n"), "{none}");
}

/// Looked at every 100 ms it finds the long ones; looked at on every move no fewer.
#[test]
fn an_interval_sees_less_than_every_move() {
    let found = |flags: &str| {
        let report = scan(&format!("--fee 2 --kinds triangular --json {flags}"))
            .ok()
            .json();
        number(&report["kinds"][0]["count"])
    };
    let (every_move, at_times) = (found(""), found("--interval 100ms"));
    assert!(
        at_times > 0 && at_times <= every_move,
        "{at_times} of {every_move}"
    );
}

#[test]
fn what_is_missing_is_said_with_its_fix() {
    scan("--fee synth-spot=2")
        .refused(1, &["the fee of synth-", "is not stated; add --fee synth-"]);
    scan("synth-spot:BTCUSDT --fee 2")
        .refused(1, &["there is nothing to compare: 1 of the instruments"]);
    scan("synth-spot:NONE synth-spot:BTCUSDT --fee 2").refused(1, &["synth-spot:NONE"]);
    scan("--fee 2 --to 2000-01-01T00:00:00Z").refused(1, &["nothing to compare: 0"]);
    assert_eq!(scan("--fee two").code, Some(2));
    assert_eq!(scan("").code, Some(2));
}

/// The example trades what it finds; what is given by hand is executed once, with its result in the journal.
#[test]
fn the_example_trades_and_is_proved() {
    let text = std::fs::read_to_string(example("synth_scanner")).unwrap();
    assert!(text.contains(&format!("onetape {MARKET}\n")), "{text}");
    let (dir, file) = (market(), example("synth_scanner"));
    let backtest = |out: &str, sets: &[&str]| {
        let sets = sets.iter().flat_map(|set| ["--set", set]);
        let words = ["backtest", &file, "--catalog", "synth", "--out", out];
        onetape(dir, &words.into_iter().chain(sets).collect::<Vec<_>>()).ok();
        run(dir, &format!("replay {out} --verify")).ok();
        run(dir, &format!("report {out} --json")).ok().json()
    };
    let report = backtest("hunt", &[]);
    assert_eq!(report["ledger_residual"], "0");
    let trips = report["round_trips"].as_array().unwrap();
    assert!(trips.len() >= 5, "{trips:#?}");
    let numbers: Vec<u64> = trips.iter().map(|trip| number(&trip["trip"])).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    for trip in trips {
        assert_eq!(trip["legs"].as_array().unwrap().len(), 2, "{trip}");
    }

    let by_hand = [
        "trade=false",
        "execute.buy=leg_1",
        "execute.sell=leg_4",
        "execute.quantity=0.01",
        "execute.after=10s",
    ];
    let report = backtest("hand", &by_hand);
    assert_eq!(report["round_trips"].as_array().unwrap().len(), 1);
    let decisions = decisions_of(&dir.join("hand"));
    let closed = decisions
        .iter()
        .find(|it| it.reason.as_str() == "closed")
        .unwrap();
    let profit = closed
        .numbers
        .iter()
        .find(|it| it.name.as_str() == "last_profit")
        .unwrap();
    let onetape_core::decision::Value::Exact(profit) = profit.value else {
        panic!("{profit:?}");
    };
    assert_eq!(profit.decimal(), decimal(&report["pnl"]["net"]));
}
