//! Walk-forward over 18 months of real candles and rates: what is chosen is the best of its train, what a test earned is
//! what a backtest says, and neither knows what comes later.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;

use onetape_core::time::Ts;
use rust_decimal::Decimal;
use serde_json::Value;

use super::common::{Done, carry_rows, carry_set, decimal, example, onetape, reference, run};

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

/// The set with every row of every series from the `first` on altered: other prices, and rates of the other sign.
fn altered(first: usize) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let set = "carry_8h_binance_bybit_2023_2024/ohlcv_funding_8h.csv.gz";
    let mut text = String::new();
    let file = fs::File::open(reference().unwrap().join(set)).unwrap();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap();
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    let mut out = String::new();
    for (at, line) in text.lines().enumerate() {
        let mut cells: Vec<String> = line.split(',').map(String::from).collect();
        let rows = seen.entry(
            [&cells[1], &cells[3], &cells[4]]
                .map(String::as_str)
                .join(" "),
        );
        let rows = rows.or_default();
        *rows += 1;
        if at > 0 && *rows > first {
            for cell in &mut cells[5..9] {
                let price: Decimal = cell.parse().unwrap();
                *cell = (price * Decimal::new(7, 1))
                    .round_dp(price.scale().min(1))
                    .to_string();
            }
            cells[10] = match cells[10].strip_prefix('-') {
                Some(rate) => rate.to_string(),
                None if cells[10].is_empty() => String::new(),
                None => format!("-{}", cells[10]),
            };
        }
        out += &(cells.join(",") + "\n");
    }
    let name = dir.path().join("ohlcv_funding_8h.csv");
    fs::File::create(&name)
        .unwrap()
        .write_all(out.as_bytes())
        .unwrap();
    let map = format!("{}/tables/carry_8h.toml", env!("CARGO_MANIFEST_DIR"));
    let import = format!("data import table ohlcv_funding_8h.csv --map {map} --catalog catalog");
    run(dir.path(), &import).ok();
    dir
}

#[test]
fn what_comes_later_changes_nothing_that_was_chosen_or_earned() {
    let Some(dir) = carry_set() else {
        return;
    };
    // Row 1,000 is of 2023-11-30, three days into the sixth test.
    let first = 1_000;
    let moment_s = FIRST_S + first as i64 * EIGHT_HOURS_S;
    let changed = Ts::from_nanos(moment_s * 1_000_000_000);
    let other = altered(first);
    for flags in [&["--warmup", "10d"][..], &["--anchored"]] {
        let flags = [&GRID[..], flags].concat();
        let (before, after) = (json(dir, &flags), json(other.path(), &flags));
        let mut later = 0;
        let both = windows(&before).iter().zip(windows(&after));
        for (one, two) in both {
            if moment(&one["test"]["to"]) <= changed {
                assert_eq!(one, two);
            } else if moment(&one["train"]["to"]) <= changed {
                // The test that the moment falls into was chosen before it, and sees it.
                for key in ["train", "point", "chosen", "in_sample"] {
                    assert_eq!(one[key], two[key], "{key} of {one:#}");
                }
                assert_ne!(one["out_of_sample"], two["out_of_sample"]);
            } else {
                later += usize::from(one["in_sample"] != two["in_sample"]);
            }
        }
        assert!(later >= 5, "the altered rows changed {later} trains");
        let earned = |walked: &Value| -> Vec<Value> {
            let steps = walked["equity"].as_array().unwrap().iter();
            steps
                .filter(|step| moment(&step["at"]) < changed)
                .cloned()
                .collect()
        };
        assert_eq!(earned(&before), earned(&after));
        assert!(earned(&before).len() >= 5);
    }
}

#[test]
fn threads_change_nothing_and_files_hold_what_is_printed() {
    let Some(dir) = carry_set() else {
        return;
    };
    let one = walk(dir, &[&GRID[..], &["--threads", "1", "--json"]].concat())
        .ok()
        .out;
    let out = dir.join("walked");
    let folder = out.display().to_string();
    let four = ["--threads", "4", "--json", "--out", &folder];
    assert_eq!(walk(dir, &[&GRID[..], &four].concat()).ok().out, one);
    assert_eq!(
        fs::read_to_string(out.join("walk_forward.json")).unwrap(),
        one
    );
    let table = fs::read_to_string(out.join("walk_forward.csv")).unwrap();
    let lines: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split(',').collect())
        .collect();
    assert_eq!(
        (lines.len(), &lines[0][6..8]),
        (13, &["rates", "exit_bps"][..])
    );
    let walked: Value = serde_json::from_str(&one).unwrap();
    let column = lines[0]
        .iter()
        .position(|name| *name == "out_of_sample_net");
    for (line, window) in lines[1..].iter().zip(windows(&walked)) {
        assert_eq!(line.len(), lines[0].len());
        assert_eq!(line[column.unwrap()], window["out_of_sample"]["net"]);
    }
    let text = walk(dir, &GRID).ok().out;
    for part in [
        "12 windows of 180 days train (rolling)",
        "out of sample over in sample, a day: ",
        "rates=",
        "closed at what their marks would bring, without fees",
        "The last 7 days of the data",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_is_no_walk_is_bad_usage() {
    let Some(dir) = carry_set() else {
        return;
    };
    for (flags, says) in [
        (
            &["--grid", "ratess=1"][..],
            &["--set ratess=1", "did you mean `rates`"][..],
        ),
        (&["--grid", "rates=0,9"], &["rates", "1 to 270"]),
        (
            &["--grid", "rates=9", "--grid", "rates=3"],
            &["--grid", "given twice"],
        ),
        (
            &["--grid", "rates=9", "--step", "10d"],
            &["tests would overlap"],
        ),
        (
            &[
                "--grid",
                "rates=9",
                "--set",
                "data.from=2024-03-01T00:00:00Z",
            ],
            &["no window fits"],
        ),
    ] {
        walk(dir, flags).refused(2, says);
    }
    walk(dir, &["--grid", "rates"]).exits(2);
    walk(dir, &[]).exits(2);
    // Found when a strategy is set up: the run that fails is named.
    let done = walk(dir, &["--grid", "exit_bps=500"]);
    done.refused(
        1,
        &["the train of window 1 with exit_bps=500", "lower exit_bps"],
    );
}
