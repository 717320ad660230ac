//! Walk-forward over 18 months of real candles and rates: what is chosen is the best of its train, what a test earned is
//! what a backtest says, and neither knows what comes later.

mod ahead;
mod usage;

use std::path::Path;

use onetape_core::time::Ts;
use rust_decimal::Decimal;
use serde_json::Value;

use super::common::{Done, carry_rows, carry_set, decimal, example, onetape, run};

/// 2023-01-01T00:00:00Z, the time of the set's first rows.
const FIRST_S: i64 = 1_672_531_200;
const EIGHT_HOURS_S: i64 = 8 * 3_600;

const GRID: [&str; 4] = ["--grid", "rates=3,9,30", "--grid", "exit_bps=-20,0"];

/// Walks in `dir`, over its catalogue.
fn walk(dir: &Path, flags: &[&str]) -> Done {
    let file = example("btc_carry");
    let words = [
        "walk-forward",
        &file,
        "--catalog",
        "catalog",
        "--train",
        "180d",
    ];
    onetape(dir, &[&words[..], &["--test", "30d"], flags].concat())
}

fn json(dir: &Path, flags: &[&str]) -> Value {
    walk(dir, &[flags, &["--json"]].concat()).ok().json()
}

fn windows(walked: &Value) -> &[Value] {
    walked["windows"].as_array().unwrap()
}

fn moment(at: &Value) -> Ts {
    let at: jiff::Timestamp = at.as_str().unwrap().parse().unwrap();
    Ts::from_nanos(i64::try_from(at.as_nanosecond()).unwrap())
}

/// Net of a backtest of a point over a stretch.
fn backtest(dir: &Path, sets: &[&str], stretch: &Value) -> Decimal {
    let file = example("btc_carry");
    let [from, to] =
        ["from", "to"].map(|end| format!("data.{end}={}", stretch[end].as_str().unwrap()));
    let mut words = vec![
        "backtest",
        &file,
        "--catalog",
        "catalog",
        "--journal",
        "none",
        "--json",
    ];
    for set in sets.iter().copied().chain([from.as_str(), to.as_str()]) {
        words.extend(["--set", set]);
    }
    decimal(&onetape(dir, &words).ok().json()["pnl"]["net"])
}

#[test]
fn each_window_tests_the_best_of_its_train() {
    let Some(dir) = carry_set() else {
        return;
    };
    let walked = json(dir, &GRID);
    // Of 547 days 180 and 12 times 30; the candle of the first hours closes at eight.
    assert_eq!((windows(&walked).len(), &walked["points"]), (12, &6.into()));
    assert_eq!(walked["data"]["from"], "2023-01-01T08:00:00Z");
    let points = [
        ["rates=3", "exit_bps=-20"],
        ["rates=3", "exit_bps=0"],
        ["rates=9", "exit_bps=-20"],
        ["rates=9", "exit_bps=0"],
        ["rates=30", "exit_bps=-20"],
        ["rates=30", "exit_bps=0"],
    ];
    let mut chosen = Vec::new();
    for window in windows(&walked).iter().step_by(3) {
        let nets = points.map(|sets| backtest(dir, &sets, &window["train"]));
        let most = *nets.iter().max().unwrap();
        let best = nets.iter().position(|net| *net == most).unwrap();
        assert_eq!(window["point"], best, "{nets:?} {window:#}");
        assert_eq!(decimal(&window["in_sample"]["net"]), most);
        let test = backtest(dir, &points[best], &window["test"]);
        assert_eq!(decimal(&window["out_of_sample"]["net"]), test);
        assert_eq!(window["test"]["from"], window["train"]["to"]);
        chosen.push(best);
    }
    chosen.dedup();
    assert!(
        chosen.len() > 1,
        "the same point everywhere tells nothing: {chosen:?}"
    );
}

#[test]
fn the_tests_add_up_to_the_equity() {
    let Some(dir) = carry_set() else {
        return;
    };
    let walked = json(dir, &GRID);
    let net = |of: &Value| decimal(&of["net"]);
    let (mut sum, mut height, mut fall) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
    let mut steps = walked["equity"].as_array().unwrap().iter();
    for window in windows(&walked) {
        let out = &window["out_of_sample"];
        let trips = out["round_trips"].as_u64().unwrap();
        let mut closed = Decimal::ZERO;
        for _ in 0..trips {
            let step = steps.next().unwrap();
            assert_eq!(
                (&step["of"], &step["window"]),
                (&"close".into(), &window["window"])
            );
            let at = moment(&step["at"]);
            assert!(at >= moment(&window["test"]["from"]) && at < moment(&window["test"]["to"]));
            closed = net(step) - sum;
            height = height.max(net(step));
            fall = fall.max(height - net(step));
        }
        let end = steps.next().unwrap();
        sum += net(out);
        assert_eq!(
            (&end["of"], &end["at"], net(end)),
            (&"end".into(), &window["test"]["to"], sum)
        );
        assert_eq!(decimal(&out["open_net"]), net(out) - closed);
        let part = |of: &str| decimal(&out[of]);
        assert_eq!(part("gross") - part("fees") + part("funding"), part("net"));
        height = height.max(sum);
        fall = fall.max(height - sum);
    }
    assert_eq!((steps.next(), net(&walked["out_of_sample"])), (None, sum));
    assert_eq!(decimal(&walked["max_drawdown"]), fall);
    assert!(
        fall > Decimal::ZERO,
        "a walk that never falls tests no fall"
    );
    // 360 days of tests against twelve trains of 180.
    let (within, out) = (net(&walked["in_sample"]), sum);
    let ratio = (out / Decimal::from(360)) / (within / Decimal::from(2_160));
    assert_eq!(decimal(&walked["ratio"]), ratio.round_dp(4));
    assert_eq!(
        decimal(&walked["out_of_sample"]["days"]),
        Decimal::from(360)
    );
}

#[test]
fn what_closing_would_cost_in_fees_is_told() {
    let Some(dir) = carry_set() else {
        return;
    };
    let walked = json(dir, &["--grid", "rates=9"]);
    let window = &windows(&walked)[0];
    let file = example("btc_carry");
    let [from, to] =
        ["from", "to"].map(|end| format!("data.{end}={}", window["test"][end].as_str().unwrap()));
    let words = [
        "backtest",
        &file,
        "--catalog",
        "catalog",
        "--out",
        "open",
        "--set",
        "rates=9",
    ];
    onetape(dir, &[&words[..], &["--set", &from, "--set", &to]].concat()).ok();
    let report = run(dir, "report open --json").ok().json();
    let open = report["open"].as_array().unwrap();
    assert_eq!(
        (open.len(), &window["out_of_sample"]["open"]),
        (2, &2.into())
    );
    // 10 bps of spot and 5 of the perpetual.
    let fees = open.iter().map(|open| {
        let is_spot = open["instrument"]
            .as_str()
            .unwrap()
            .starts_with("binance-spot:");
        let rate = Decimal::new(if is_spot { 10 } else { 5 }, 4);
        decimal(&open["qty"]).abs() * decimal(&open["mark"]) * rate
    });
    let expected: Decimal = fees.sum();
    assert_eq!(decimal(&window["out_of_sample"]["open_fees"]), expected);
}

#[test]
fn every_train_begins_with_the_first_when_anchored() {
    let Some(dir) = carry_set() else {
        return;
    };
    let walked = json(dir, &["--grid", "rates=9", "--anchored", "--step", "60d"]);
    assert_eq!(windows(&walked).len(), 6);
    for (at, window) in windows(&walked).iter().enumerate() {
        assert_eq!(window["train"]["from"], "2023-01-01T08:00:00Z");
        let days = Decimal::from(180 + 60 * at);
        assert_eq!(decimal(&window["in_sample"]["days"]), days);
    }
}

/// A position is entered once as many rates as the mean is over are known, at the first moment of a test when the run
/// saw enough before, and never left: its funding is what the rows say from then on.
#[test]
fn a_warmup_lets_a_test_begin_with_what_was_known() {
    let Some(dir) = carry_set() else {
        return;
    };
    let rows = carry_rows("BTCUSDT");
    let always = [
        "quantity=0.1",
        "horizon=3650d",
        "min_net_bps=0",
        "exit_bps=-1000000",
    ];
    let mut flags = vec!["--grid", "rates=9"];
    flags.extend(always.iter().flat_map(|set| ["--set", *set]));
    for (warmup, waits) in [("0s", 8), ("3d", 0)] {
        let walked = json(dir, &[&flags[..], &["--warmup", warmup]].concat());
        let mut seen = 0;
        for window in windows(&walked) {
            let row = |end: &str| {
                let seconds = moment(&window["test"][end]).nanos() / 1_000_000_000;
                usize::try_from((seconds - FIRST_S) / EIGHT_HOURS_S).unwrap()
            };
            let entered = row("from") + waits;
            let rates = rows[entered - 8..=entered].iter().map(|row| row.0);
            if rates.sum::<Decimal>() < Decimal::new(5, 5) {
                continue;
            }
            seen += 1;
            // The last settlement of a test is that of its end, which is not in it.
            let paid = (entered + 1..row("to")).map(|at| rows[at - 1].1 * rows[at].0);
            let expected = paid.sum::<Decimal>() * Decimal::new(1, 1);
            assert_eq!(
                decimal(&window["out_of_sample"]["funding"]),
                expected,
                "{warmup} {window:#}"
            );
        }
        assert!(seen >= 8, "{warmup}: {seen} windows");
    }
}
