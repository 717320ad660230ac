//! Nothing that is chosen or earned knows what comes later.

use std::fs;
use std::io::Read as _;

use onetape_core::time::Ts;
use rust_decimal::Decimal;
use serde_json::Value;

use super::super::common::{carry_set, reference, run};
use super::{EIGHT_HOURS_S, FIRST_S, GRID, json, moment, windows};

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
    fs::write(&name, out).unwrap();
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
