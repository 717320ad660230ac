//! `onetape report`: tables, and two runs side by side.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Decimal128Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rust_decimal::Decimal;
use serde_json::Value;

use super::common::{decimal, run, small_run};

/// Rows of a table without quoted fields, by column.
fn csv(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            assert_eq!(cells.len(), names.len(), "{line}");
            let pairs = names.iter().zip(cells);
            pairs
                .map(|(name, cell)| ((*name).to_owned(), cell.to_owned()))
                .collect()
        })
        .collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> Decimal {
    row[column].parse().unwrap()
}

fn parquet(path: &Path) -> Vec<RecordBatch> {
    let file = File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    reader.build().unwrap().map(Result::unwrap).collect()
}

#[test]
fn tables_sum_to_the_report_and_agree_in_both_formats() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "demo").ok();
    let done = run(
        dir.path(),
        "report onetape-demo --json --csv out/csv --parquet out/parquet",
    )
    .ok();
    let report = done.json();
    let table = |name: &str| csv(&dir.path().join(format!("out/csv/{name}.csv")));
    let fills = table("fills");
    assert_eq!(fills.len() as u64, report["fills"].as_u64().unwrap());
    let fees: Decimal = fills.iter().map(|row| number(row, "fee_worth")).sum();
    assert_eq!(fees, decimal(&report["fees_paid"]));
    let net: Decimal = table("trades").iter().map(|row| number(row, "net")).sum();
    assert_eq!(net, decimal(&report["closed"]["net"]));
    let ends = table("equity");
    assert_eq!(number(ends.last().unwrap(), "net"), net);
    ledger_sums_to_what_venues_say(&table("ledger"), &report);
    for name in [
        "trades",
        "fills",
        "equity",
        "attribution",
        "ledger",
        "curve",
        "days",
        "parts",
    ] {
        let rows: usize = parquet(&dir.path().join(format!("out/parquet/{name}.parquet")))
            .iter()
            .map(RecordBatch::num_rows)
            .sum();
        assert_eq!(rows, table(name).len(), "{name}");
    }
    let batches = parquet(&dir.path().join("out/parquet/fills.parquet"));
    let column = batches[0].column_by_name("fee_worth").unwrap();
    let column = column.as_primitive::<Decimal128Type>();
    let worth = column
        .values()
        .iter()
        .map(|value| Decimal::from_i128_with_scale(*value, 18));
    assert_eq!(worth.sum::<Decimal>(), fees);
    let left: Vec<_> = fs::read_dir(dir.path().join("out/csv")).unwrap().collect();
    assert_eq!(left.len(), 8, "and nothing half made");
}

/// Every asset at every venue: its rows sum to the last balance, which is what the venue reported.
fn ledger_sums_to_what_venues_say(rows: &[BTreeMap<String, String>], report: &Value) {
    for line in report["ledger"].as_array().unwrap() {
        let of = |row: &&BTreeMap<String, String>| {
            row["venue"] == line["venue"].as_str().unwrap()
                && row["asset"] == line["asset"].as_str().unwrap()
        };
        let own: Vec<_> = rows.iter().filter(of).collect();
        let mut balance = Decimal::ZERO;
        for row in &own {
            balance += number(row, "qty");
            assert_eq!(balance, number(row, "balance"), "{row:?}");
        }
        assert_eq!(balance, decimal(&line["reported"]), "{line}");
        let kind = |kind: &str| -> Decimal {
            let rows = own.iter().filter(|row| row["kind"] == kind);
            rows.map(|row| number(row, "qty")).sum()
        };
        assert_eq!(-kind("fee"), decimal(&line["fees"]));
        assert_eq!(kind("funding"), decimal(&line["funding"]));
        assert_eq!(kind("trade") + kind("profit"), decimal(&line["trades"]));
    }
}

#[test]
fn the_gap_of_two_runs_is_decomposed() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "demo").ok();
    let text = fs::read_to_string(dir.path().join("onetape-demo/scenario.toml")).unwrap();
    let other = text.replace("taker_bps = 5,", "taker_bps = 4,");
    assert_ne!(text, other);
    fs::write(dir.path().join("other.toml"), other).unwrap();
    run(
        dir.path(),
        "backtest other.toml --catalog onetape-demo/catalog --out other",
    )
    .ok();
    let told = run(
        dir.path(),
        "report onetape-demo other --json --html both.html",
    )
    .ok()
    .json();
    let net = |name: &str| {
        let report = run(dir.path(), &format!("report {name} --json"))
            .ok()
            .json();
        decimal(&report["pnl"]["net"])
    };
    let gap = &told["assets"][0]["gap"];
    let wanted = net("other") - net("onetape-demo");
    assert_eq!(decimal(&gap["net"]), wanted);
    let parts = [
        "filled", "prices", "fees", "funding", "missed", "extra", "outside",
    ];
    let sum: Decimal = parts.iter().map(|part| decimal(&gap[part])).sum();
    assert_eq!(sum, wanted);
    // One fee of two changed, and nothing else.
    assert_eq!(decimal(&gap["fees"]), wanted);
    assert_eq!(
        gap["pairs"],
        told["assets"][0]["trips"].as_array().unwrap().len()
    );
    let page = fs::read_to_string(dir.path().join("both.html")).unwrap();
    assert!(page.contains("other against onetape-demo"));
    let text = run(dir.path(), "report onetape-demo other").ok().out;
    assert!(
        text.contains("What the gap is made of: 24 pairs, 0 missed, 0 extra"),
        "{text}"
    );
}

#[test]
fn journal_show_lists_the_tops_of_book_when_asked() {
    let dir = small_run();
    let listed = |more: &str| -> Vec<Value> {
        let told = run(dir.path(), &format!("journal show run --json{more}")).ok();
        told.json().as_array().unwrap().clone()
    };
    let marks = listed(" --kind marks");
    assert_eq!(listed(" --marks").len(), listed("").len() + marks.len());
    let tops: Vec<&Value> = marks
        .iter()
        .flat_map(|entry| entry["tops"].as_array().unwrap())
        .collect();
    assert!(tops.len() > 2);
    for top in tops {
        assert!(decimal(&top["bid"]) < decimal(&top["ask"]), "{top}");
        assert!(decimal(&top["bid_qty"]) > Decimal::ZERO, "{top}");
        let name = top["instrument"].as_str().unwrap();
        assert!(name.starts_with("synth-"), "{name}");
    }
    let text = run(dir.path(), "journal show run --kind marks").ok().out;
    assert_eq!(text.lines().count(), marks.len());
}

#[cfg(not(feature = "polars"))]
#[test]
fn a_build_without_tables_says_so() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.parquet"), "PAR1").unwrap();
    run(dir.path(), "table a.parquet").refused(1, &["made without the feature polars"]);
}
