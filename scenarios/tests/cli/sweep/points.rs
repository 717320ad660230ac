//! What one sweep on one machine gives.

use std::collections::BTreeMap;
use std::path::Path;

use arrow_array::Array as _;
use arrow_array::cast::AsArray as _;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use super::super::common::{command, decimal, run, small};
use super::{table, whole};

/// A column of text of the results, by index.
fn texts(dir: &Path, out: &str, name: &str) -> Vec<Option<String>> {
    let file = std::fs::File::open(dir.join(out).join("results.parquet")).unwrap();
    let batches = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let mut all = Vec::new();
    for batch in batches.build().unwrap() {
        let batch = batch.unwrap();
        let column = batch.column_by_name(name).unwrap();
        let column = column.as_string::<i32>();
        assert_eq!(column.len(), batch.num_rows());
        all.extend(column.iter().map(|text| text.map(str::to_string)));
    }
    all
}

/// The flags that make a point out of the scenario.
fn flags(point: &Value) -> String {
    let set = point["set"].as_object().unwrap();
    let flags = set
        .iter()
        .map(|(key, text)| format!("--set {key}={}", text.as_str().unwrap()));
    flags.collect::<Vec<_>>().join(" ")
}

fn best(document: &Value) -> &[Value] {
    document["best"].as_array().unwrap()
}

#[test]
fn a_point_is_the_same_run_alone() {
    let dir = small();
    let path = dir.path();
    let line = "sweep scenario.toml --grid min_entry_edge_bps=36..48/3 --grid exit.edge_bps=-2,1 --range \
                exit.max_age=10s..60s --sobol 2 --out all --top 100 --json";
    let document = run(path, line).ok().json();
    assert_eq!(document["points"], 12);
    assert_eq!(
        (&document["failed"], best(&document).len()),
        (&0.into(), 12)
    );
    let mut hashes = BTreeMap::new();
    for point in best(&document).iter().step_by(2) {
        let line = format!(
            "backtest scenario.toml {} --journal none --json",
            flags(point)
        );
        let alone = run(path, &line).ok().json();
        for name in ["decisions_hash", "run_id"] {
            assert_eq!(alone[name], point[name], "{name} of {line}");
        }
        let metrics = &point["metrics"];
        for name in ["net", "fees", "gross", "funding"] {
            assert_eq!(decimal(&alone["pnl"][name]), decimal(&metrics[name]));
        }
        for (ours, theirs) in [
            (&metrics["round_trips"], &alone["closed"]["round_trips"]),
            (&metrics["winners"], &alone["closed"]["winners"]),
            (&metrics["orders"], &alone["orders"]),
            (&metrics["fills"], &alone["fills"]),
            (&metrics["ledger_residual"], &alone["ledger_residual"]),
        ] {
            assert_eq!(ours, theirs, "{line}");
        }
        hashes.insert(point["decisions_hash"].to_string(), flags(point));
    }
    assert!(hashes.len() > 1, "every point decided the same: {hashes:?}");
}

#[test]
fn a_point_that_fails_is_a_row_with_its_error() {
    let dir = small();
    let path = dir.path();
    whole(path, "all", "");
    let errors = texts(path, "all", "error");
    let net = texts(path, "all", "net");
    let entries = texts(path, "all", "set.min_entry_edge_bps");
    assert_eq!(errors.len(), 42);
    for (at, error) in errors.iter().enumerate() {
        let entry = entries[at].as_deref().unwrap();
        let exit = ["-2", "0", "1"][at % 3];
        let pays = entry.parse::<i64>().unwrap() + exit.parse::<i64>().unwrap() >= 30;
        assert_eq!(error.is_none(), pays, "{entry} {exit} {error:?}");
        assert_eq!(net[at].is_some(), pays);
        if let Some(error) = error {
            assert!(
                error.contains("a round trip cannot pay its costs"),
                "{error}"
            );
        }
    }
    let allowed =
        "sweep scenario.toml --grid exit.edge_bps=-20,1 --allow-negative-edge --json --out b";
    let document = run(path, allowed).ok().json();
    assert_eq!(document["failed"], 0);
}

#[test]
fn the_front_holds_what_nothing_beats() {
    let dir = small();
    let line = "sweep scenario.toml --allow-negative-edge --grid min_entry_edge_bps=20..50/6 --grid \
                exit.edge_bps=-8..2/6 --objective net --objective turnover:min --top 100 --json --out all";
    let document = run(dir.path(), line).ok().json();
    let score = |point: &Value| {
        let metrics = &point["metrics"];
        (decimal(&metrics["net"]), -decimal(&metrics["turnover"]))
    };
    let all = best(&document);
    assert_eq!(all.len(), 36);
    let cost = |name: &str| document["cost"][name].as_u64().unwrap();
    assert!(cost("passed_over") > 0 && cost("passed_over") < cost("events"));
    let mut front = 0;
    for point in all {
        let own = score(point);
        let beaten = all.iter().map(score).any(|other| {
            other.0 >= own.0 && other.1 >= own.1 && (other.0 > own.0 || other.1 > own.1)
        });
        assert_eq!(point["pareto"], !beaten, "{point}");
        front += u64::from(!beaten);
    }
    assert_eq!(document["pareto"], front);
    assert!(front > 1, "one point beats all others");
}

#[test]
fn points_that_live_from_negative_fees_are_flagged() {
    let dir = small();
    let line = "sweep scenario.toml --allow-negative-edge --grid venue.synth-spot.fees.taker_bps=-30,10 --set \
                min_entry_edge_bps=-10 --set exit.edge_bps=-12 --out all --json";
    let document = run(dir.path(), line).ok().json();
    let [paid, pays] = best(&document) else {
        panic!("{document}");
    };
    assert_eq!(paid["flags"], serde_json::json!(["fee_income"]));
    assert!(
        decimal(&paid["metrics"]["fees"]).is_sign_negative(),
        "{paid}"
    );
    assert_eq!(pays["flags"], serde_json::json!([]));
}

#[test]
fn enough_round_trips_tell_luck_from_skill() {
    let dir = small();
    let path = dir.path();
    let synth = "data synth --catalog longer --duration 20m --opportunities 14";
    run(path, synth).ok();
    let line = "sweep scenario.toml --catalog longer --allow-negative-edge --grid min_entry_edge_bps=20,30,40 --grid \
                exit.edge_bps=-20..4/4 --out all --json --top 99";
    let document = run(path, line).ok().json();
    let overfit = &document["overfit"];
    assert_eq!(overfit["halves"], 12_870, "{document}");
    let chance = overfit["probability"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&chance), "{chance}");
    let ratios = best(&document).iter();
    let ratios: Vec<f64> = ratios
        .filter_map(|point| point["deflated_sharpe"].as_f64())
        .collect();
    assert_eq!(overfit["points"], ratios.len() as u64);
    assert!(
        ratios.iter().all(|ratio| (0.0..=1.0).contains(ratio)),
        "{ratios:?}"
    );
    // The parts add up to the net of what was closed.
    let periods = texts(path, "all", "periods");
    for (at, net) in texts(path, "all", "net").into_iter().enumerate() {
        let parts = periods[at].as_deref().unwrap().split(' ');
        let sum: rust_decimal::Decimal = parts
            .map(|part| part.parse::<rust_decimal::Decimal>().unwrap())
            .sum();
        assert_eq!(sum, net.unwrap().parse().unwrap(), "{at}");
    }
}

#[test]
fn tables_and_pages_say_what_was_found() {
    let dir = small();
    let path = dir.path();
    let line = format!("sweep scenario.toml {} --out all --top 3", super::POINTS);
    let done = run(path, &line).ok();
    for says in [
        "42 points, 2 failed",
        "best by net:max, max_drawdown:min; amounts in USDT",
        "by min_entry_edge_bps (across) and exit.edge_bps (down)",
        "few_trips",
        "█",
        "a round trip cannot pay its costs",
        "results all/results.parquet",
    ] {
        assert!(done.out.contains(says), "{says:?} is not in: {}", done.out);
    }
    let page = std::fs::read_to_string(path.join("all/report.html")).unwrap();
    for part in [
        "<svg",
        "prefers-color-scheme: dark",
        "heatmap of net in USDT by min_entry_edge_bps and exit.edge_bps",
        "parallel coordinates",
        "framed: the best; dashed: no point, or it failed",
        "Amounts in USDT.",
        "default-src 'none'",
        "data-plot=\"plateau\"",
        "data-plot=\"ranked\"",
        "data-plot=\"values\"",
        "2 points failed",
    ] {
        assert!(page.contains(part), "{part}");
    }
    // All but the library, whose text names addresses that it never asks for.
    let mut own = page.split("<script>");
    let page = own.next().unwrap();
    assert_eq!(own.count(), 2);
    for part in ["http:", "https:", "url(", "@import", "src="] {
        assert!(!page.contains(part), "{part}");
    }
    assert_eq!(page.matches("<path ").count(), 40);
    let swapped = format!("{line} --heatmap exit.edge_bps,min_entry_edge_bps");
    let swapped = run(path, &swapped).ok();
    assert!(
        swapped.out.contains("by exit.edge_bps (across)"),
        "{}",
        swapped.out
    );
}

/// A line of a terminal without what gives it colours.
fn bare(line: &str) -> String {
    let mut pieces = line.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default();
    let rest = pieces.map(|piece| piece.split_once('m').unwrap().1);
    rest.fold(first.to_string(), |text, piece| text + piece)
}

#[test]
fn terminals_of_eighty_columns_show_all_of_it() {
    let dir = small();
    let path = dir.path();
    for (out, grid) in [
        ("figures", "--grid min_entry_edge_bps=30..43/15"),
        ("shades", "--grid min_entry_edge_bps=30..43/24"),
    ] {
        let line = format!(
            "sweep scenario.toml --allow-negative-edge {grid} --grid exit.edge_bps=0..1/3 --out {out}"
        );
        let plain = run(path, &line).ok().out;
        let told = |text: &str| {
            text.lines()
                .take_while(|line| !line.starts_with("break-even"))
                .map(bare)
                .collect::<Vec<_>>()
        };
        let lines = told(&plain);
        assert!(
            lines.iter().all(|line| line.chars().count() <= 80),
            "{plain}"
        );
        assert!(!plain.contains('\u{1b}'), "{plain}");
        let of_map = lines.iter().filter(|line| line.contains(['·', '█']));
        assert_eq!(of_map.count(), 4, "three rows and what they mean: {plain}");

        let forced = command(path)
            .args(line.split(' '))
            .env("CLICOLOR_FORCE", "1")
            .output()
            .unwrap();
        let painted = String::from_utf8(forced.stdout).unwrap();
        let of_map = painted.lines().filter(|line| line.contains("\u{1b}[48;5;"));
        assert_eq!(
            of_map.count(),
            4,
            "three rows and what they mean: {painted}"
        );
        assert!(
            told(&painted).iter().all(|line| line.chars().count() <= 80),
            "{painted}"
        );
    }
}

#[test]
fn a_search_asks_the_same_whatever_runs_at_a_time() {
    let dir = small();
    let path = dir.path();
    let line = "sweep scenario.toml --allow-negative-edge --range min_entry_edge_bps=20..60 --range \
                exit.edge_bps=-5..5 --range direction=long_spot,both --search tpe --budget 26 --json --top 99";
    let constraint = "--constraint exit.edge_bps<4";
    let one = run(path, &format!("{line} {constraint} --threads 1 --out one")).ok();
    let two = run(path, &format!("{line} {constraint} --threads 2 --out two")).ok();
    assert_eq!(table(path, "one"), table(path, "two"));
    let (one, two) = (one.json(), two.json());
    assert_eq!(one["points"], 26);
    assert_eq!(one["best"], two["best"]);
    for exit in texts(path, "one", "set.exit.edge_bps") {
        assert!(exit.unwrap().parse::<f64>().unwrap() < 4.0);
    }
    // What a search goes by makes it another one.
    for more in ["--objective fees", "--constraint exit.edge_bps<3"] {
        run(path, &format!("{line} {more} --out one")).refused(2, &["another sweep is there"]);
    }
    let other = run(path, &format!("{line} --seed 2 --out other")).ok();
    assert_ne!(other.json()["best"], one["best"]);
}

#[test]
fn halving_ends_with_the_best_over_all_of_the_data() {
    let dir = small();
    let path = dir.path();
    let line = "sweep scenario.toml --allow-negative-edge --range min_entry_edge_bps=20..60 --range \
                exit.edge_bps=-5..5 --sobol 18 --search halving --out all --json --top 99";
    let document = run(path, line).ok().json();
    // 18 points over a ninth of the data, 6 over a third, 2 over all of it.
    assert_eq!(document["points"], 18 + 6 + 2);
    assert_eq!(document["stretches_end"].as_array().unwrap().len(), 3);
    let last = best(&document);
    assert_eq!(last.len(), 2);
    for point in last {
        assert!(point["index"].as_u64().unwrap() >= 36, "{point}");
        let line = format!(
            "backtest scenario.toml --allow-negative-edge {} --journal none --json",
            flags(point)
        );
        let alone = run(path, &line).ok().json();
        assert_eq!(alone["decisions_hash"], point["decisions_hash"]);
    }
}
