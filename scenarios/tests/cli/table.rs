//! `onetape table`: questions over the tables of runs and sweeps.

use std::fs;
use std::path::Path;

use rust_decimal::Decimal;
use serde_json::Value;

use super::common::{Done, command, decimal, run, small};

/// A demo and the same at lower fees, each with its tables, and what their reports say.
fn two_runs(dir: &Path) -> [Value; 2] {
    run(dir, "demo --out one").ok();
    let text = fs::read_to_string(dir.join("one/scenario.toml")).unwrap();
    let other = text.replace("taker_bps = 5,", "taker_bps = 4,");
    assert_ne!(text, other);
    fs::write(dir.join("two.toml"), other).unwrap();
    run(dir, "backtest two.toml --catalog one/catalog --out two").ok();
    ["one", "two"].map(|name| {
        let line = format!("report {name} --json --parquet {name}/tables");
        run(dir, &line).ok().json()
    })
}

/// A column of the rows, or of the totals, as decimals.
fn column(answer: &Value, of: &str, name: &str) -> Vec<Decimal> {
    let rows = answer[of].as_array().unwrap();
    rows.iter().map(|row| decimal(&row[name])).collect()
}

#[test]
fn the_tables_of_two_runs_sum_to_their_reports() {
    let dir = tempfile::tempdir().unwrap();
    let reports = two_runs(dir.path());
    let wanted = |of: &dyn Fn(&Value) -> &Value| -> Decimal {
        reports.iter().map(|one| decimal(of(one))).sum()
    };
    let net = wanted(&|one| &one["closed"]["net"]);
    for by in [
        "exit_reason",
        "instrument.symbol",
        "closed_at.day,closed_at.hour",
        "file,leg",
        "task,trip",
    ] {
        let line = format!(
            "table one/tables/trades.parquet two/tables/trades.parquet --by {by} --show rows,net.sum,fees.sum \
             --where closed_at!= --json"
        );
        let answer = run(dir.path(), &line).ok().json();
        assert_eq!(
            column(&answer, "rows", "net.sum").iter().sum::<Decimal>(),
            net,
            "{by}"
        );
        assert_eq!(column(&answer, "totals", "net.sum"), [net], "{by}");
        assert_eq!(answer["totals"][0]["asset"], "USDT");
    }
    let line = "table one/tables/fills.parquet two/tables/fills.parquet --by venue --show rows,fee_worth.sum --json";
    let answer = run(dir.path(), line).ok().json();
    assert_eq!(
        column(&answer, "totals", "fee_worth.sum"),
        [wanted(&|one| &one["fees_paid"])]
    );
    let rows: u64 = answer["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["rows"].as_u64().unwrap())
        .sum();
    assert_eq!(
        rows,
        reports
            .iter()
            .map(|one| one["fills"].as_u64().unwrap())
            .sum::<u64>()
    );
    // The breakdowns of a run's attribution are its net, each of them.
    for by in ["venue", "instrument", "task", "leg"] {
        let line =
            format!("table one/tables/attribution.parquet --where by={by} --show net.sum --json");
        let answer = run(dir.path(), &line).ok().json();
        assert_eq!(
            column(&answer, "rows", "net.sum"),
            [decimal(&reports[0]["pnl"]["net"])]
        );
    }
}

#[test]
fn an_answer_is_the_same_in_every_form_and_with_any_threads() {
    let dir = tempfile::tempdir().unwrap();
    two_runs(dir.path());
    let line = "table one/tables/trades.parquet two/tables/trades.parquet --by exit_reason,file --show \
                rows,net.sum,net.mean,net.hit,net.factor,net.share,closed_at.max --sort -net.sum";
    let with = |threads: &str, more: &str| {
        let words = line.split_whitespace().chain(more.split_whitespace());
        let mut command = command(dir.path());
        Done::of(
            &command
                .env("POLARS_MAX_THREADS", threads)
                .args(words)
                .output()
                .unwrap(),
        )
        .ok()
    };
    let answer = with("1", "--json --csv one.csv --parquet one.parquet");
    let same = with("3", "--json --csv two.csv --parquet two.parquet");
    assert_eq!(answer.out, same.out);
    let bytes = |name: &str| fs::read(dir.path().join(name)).unwrap();
    assert_eq!(bytes("one.csv"), bytes("two.csv"));
    assert_eq!(bytes("one.parquet"), bytes("two.parquet"));
    let answer = answer.json();
    let sums = column(&answer, "rows", "net.sum");
    assert!(
        sums.len() > 2 && sums.is_sorted_by(|a, b| a >= b),
        "{sums:?}"
    );
    // The answer as Parquet is asked again, and its CSV has the same sums.
    let again = run(
        dir.path(),
        "table one.parquet --show rows.sum,net.sum.sum,closed_at.max.max --json",
    )
    .ok()
    .json();
    assert_eq!(
        column(&again, "rows", "net.sum.sum"),
        column(&answer, "totals", "net.sum")
    );
    assert_eq!(
        again["rows"][0]["closed_at.max.max"],
        answer["totals"][0]["closed_at.max"]
    );
    let text = String::from_utf8(bytes("one.csv")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("exit_reason,file,asset,rows,net.sum,net.mean"),
        "{}",
        lines[0]
    );
    assert_eq!(lines.len(), sums.len() + 1);
    let cut = with("2", "--limit 1 --json").json();
    assert_eq!(column(&cut, "rows", "net.sum"), sums[..1]);
    assert_eq!(cut["totals"], answer["totals"]);
    let shown = with("2", "").out;
    assert!(
        shown.starts_with("  exit_reason") && shown.contains("  all "),
        "{shown}"
    );
}

#[test]
fn results_of_a_sweep_are_grouped_by_its_parameters() {
    let dir = small();
    let line = "sweep scenario.toml --grid min_entry_edge_bps=36..100/3 --grid exit.edge_bps=-2,1 --out all --top 100 --json";
    let document = run(dir.path(), line).ok().json();
    let best = document["best"].as_array().unwrap();
    let line = "table all/results.parquet --by set.min_entry_edge_bps --show rows,net.sum,net.max,round_trips.sum,deflated_sharpe.max --json";
    let answer = run(dir.path(), line).ok().json();
    let rows = answer["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    let mut before = Decimal::MIN;
    for row in rows {
        // In the order of numbers, not of their letters.
        let edge = decimal(&row["set.min_entry_edge_bps"]);
        assert!(edge > before, "{answer}");
        before = edge;
        let own = best
            .iter()
            .filter(|point| decimal(&point["set"]["min_entry_edge_bps"]) == edge);
        let nets: Vec<Decimal> = own.map(|point| decimal(&point["metrics"]["net"])).collect();
        assert_eq!(decimal(&row["net.sum"]), nets.iter().sum::<Decimal>());
        assert_eq!(decimal(&row["net.max"]), *nets.iter().max().unwrap());
        assert_eq!(row["rows"], 2);
    }
    let line = "table all/results.parquet --show index,set.exit.edge_bps,net --where set.exit.edge_bps=1 --sort -net --limit 2";
    let listed = run(dir.path(), &format!("{line} --json")).ok().json();
    let nets = column(&listed, "rows", "net");
    assert!(nets.len() == 2 && nets[0] >= nets[1], "{listed}");
}

#[test]
fn what_cannot_be_answered_is_told() {
    let dir = tempfile::tempdir().unwrap();
    two_runs(dir.path());
    let trades = "one/tables/trades.parquet";
    let cases: [(String, i32, &[&str]); 6] = [
        (
            "table one/tables".into(),
            1,
            &["is a folder", "one/tables/trades.parquet"],
        ),
        (
            "table none.parquet".into(),
            1,
            &["none.parquet: cannot be read"],
        ),
        (
            "table one/scenario.toml".into(),
            1,
            &["one/scenario.toml: cannot be read as Parquet"],
        ),
        (
            format!("table {trades} --by venue"),
            2,
            &["venue: is no column", "exit_reason"],
        ),
        (
            format!("table {trades} --show net.most"),
            2,
            &["is no figure", "sum, mean"],
        ),
        (
            format!("table {trades} --by task --sort net"),
            2,
            &["net: is no column of the answer; it has task, rows"],
        ),
    ];
    for (line, code, says) in cases {
        run(dir.path(), &line).refused(code, says);
    }
    // Tables of two kinds that both have what is asked for are no mistake.
    run(
        dir.path(),
        &format!("table {trades} one/tables/fills.parquet --by task"),
    )
    .ok();
    let line = format!(
        "table {trades} one/tables/fills.parquet --by task,leg --show trip.max,entry_qty.sum"
    );
    run(dir.path(), &line).refused(2, &["fills.parquet: entry_qty.sum: entry_qty is no column"]);
}
