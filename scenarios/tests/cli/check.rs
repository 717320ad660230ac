//! `onetape data check`: exit codes, JSON and text.

use std::fs;
use std::path::Path;

use super::common::{Done, onetape, run, small};

fn quote(second: u64, bid: &str, ask: &str) -> String {
    format!(
        "17231612{second:02}000000000 {{\"stream\":\"xyzusdt@bookTicker\",\"data\":{{\"u\":{second},\"s\":\"XYZUSDT\",\"b\":\"{bid}\",\"B\":\"2.0\",\"a\":\"{ask}\",\"A\":\"3.0\"}}}}\n"
    )
}

/// A catalogue of quotes, one crossed or not.
fn quotes(dir: &Path, ask: &str) {
    let lines: Vec<String> = (10..30)
        .map(|n| quote(n, "1.50", if n == 20 { ask } else { "1.60" }))
        .collect();
    fs::write(dir.join("quotes.txt"), lines.concat()).unwrap();
    run(dir, "data import binance-raw quotes.txt --catalog quotes").ok();
}

fn check(dir: &Path, more: &str) -> Done {
    run(dir, &format!("data check --catalog quotes {more}"))
}

#[test]
fn clean_data_end_with_0_and_errors_with_3() {
    let dir = tempfile::tempdir().unwrap();
    quotes(dir.path(), "1.61");
    let done = check(dir.path(), "").ok();
    assert!(done.out.contains("0 errors, 0 warnings, "), "{}", done.out);
    assert!(
        done.out
            .ends_with("; 20 messages of 1 instruments in 1 files\n"),
        "{}",
        done.out
    );

    let dir = tempfile::tempdir().unwrap();
    quotes(dir.path(), "1.49");
    let done = check(dir.path(), "").exits(3);
    assert_eq!(done.err, "");
    let first: Vec<&str> = done.out.lines().take(2).collect();
    let words: Vec<&str> = first[0].split_whitespace().take(5).collect();
    assert_eq!(
        words,
        ["error", "crossed", "binance-spot:XYZUSDT", "quote", "1"]
    );
    assert!(
        first[1].contains("first: binance-spot/XYZUSDT/quote/2024-08-08-"),
        "{}",
        done.out
    );
    assert!(
        first[1].ends_with(".parquet at 2024-08-08T23:53:40Z, place 11"),
        "{}",
        done.out
    );
    // A locked one alone is a warning, which is no error.
    let dir = tempfile::tempdir().unwrap();
    quotes(dir.path(), "1.50");
    assert!(
        check(dir.path(), "")
            .ok()
            .out
            .contains("0 errors, 1 warnings, ")
    );
}

#[test]
fn json_is_one_document() {
    let dir = tempfile::tempdir().unwrap();
    quotes(dir.path(), "1.49");
    let done = check(dir.path(), "--json binance-spot:XYZUSDT").exits(3);
    let report = done.json();
    assert_eq!(
        (&report["errors"], &report["rows"], &report["files"]),
        (&1.into(), &20.into(), &1.into())
    );
    assert_eq!(report["instruments"][0], "binance-spot:XYZUSDT");
    assert_eq!(
        (&report["from"], &report["to"]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );
    assert_eq!(report["limits"]["silence_s"], "60.000000000");
    let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 11, "{keys:?}");
    let finding = &report["findings"][0];
    assert_eq!(
        (
            &finding["check"],
            &finding["severity"],
            &finding["kind"],
            &finding["count"]
        ),
        (
            &"crossed".into(),
            &"error".into(),
            &"quote".into(),
            &1.into()
        )
    );
    assert_eq!(
        (&finding["first"]["time"], &finding["first"]["place"]),
        (&"2024-08-08T23:53:40Z".into(), &11.into())
    );
    assert!(finding["says"].is_string() && finding["values"].is_object());
    let counted = |severity: &str| {
        let all = report["findings"].as_array().unwrap();
        all.iter().filter(|one| one["severity"] == severity).count()
    };
    assert_eq!(
        (report["warnings"].as_u64(), report["notes"].as_u64()),
        (
            Some(counted("warning") as u64),
            Some(counted("note") as u64)
        )
    );
}

#[test]
fn time_and_limits_are_taken() {
    let dir = tempfile::tempdir().unwrap();
    quotes(dir.path(), "1.49");
    let after = check(dir.path(), "--from 2024-08-08T23:53:41Z --json")
        .ok()
        .json();
    assert_eq!(
        (&after["rows"], &after["from"]),
        (&9.into(), &"2024-08-08T23:53:41Z".into())
    );
    assert_eq!(
        check(dir.path(), "--to 2024-08-08T23:53:40Z --json")
            .ok()
            .json()["rows"],
        10
    );
    let strict = check(
        dir.path(),
        "--to 2024-08-08T23:53:40Z --max-silence 500ms --silence-medians 0 --json",
    );
    let strict = strict.ok().json();
    assert_eq!(
        (
            &strict["findings"][0]["check"],
            &strict["findings"][0]["count"]
        ),
        (&"gap".into(), &9.into())
    );
}

#[test]
fn what_cannot_be_checked_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    quotes(dir.path(), "1.61");
    run(dir.path(), "data check --catalog none").refused(1, &["none", "not a catalogue"]);
    check(dir.path(), "binance-spot:ABC").refused(1, &["binance-spot:ABC", "binance-spot:XYZUSDT"]);
    check(
        dir.path(),
        "--from 2024-08-09T00:00:00Z --to 2024-08-08T00:00:00Z",
    )
    .refused(1, &["is not before"]);
    run(dir.path(), "data check").refused(2, &["--catalog"]);
    check(dir.path(), "--from yesterday").refused(2, &["yesterday"]);
    check(dir.path(), "--max-silence 5").refused(2, &["60s"]);
    check(dir.path(), "--size-ratio 1").refused(2, &["--size-ratio"]);
}

#[test]
fn a_damaged_file_is_a_finding_and_the_rest_is_checked() {
    let dir = small();
    let report = onetape(
        dir.path(),
        &["data", "check", "--catalog", "catalog", "--json"],
    )
    .ok()
    .json();
    assert_eq!(
        (&report["errors"], report["rows"].as_u64() > Some(1_000)),
        (&0.into(), true)
    );
    let manifest = fs::read(dir.path().join("catalog/catalog.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let path = manifest["files"][0]["path"].as_str().unwrap();
    let file = dir.path().join("catalog").join(path);
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(&file, bytes).unwrap();
    let done = onetape(
        dir.path(),
        &["data", "check", "--catalog", "catalog", "--json"],
    )
    .exits(3);
    let damaged = done.json();
    let finding = &damaged["findings"][0];
    assert_eq!(
        (&finding["check"], &finding["first"]["file"]),
        (&"file_damaged".into(), &path.into())
    );
    assert_eq!(finding["first"]["time"], serde_json::Value::Null);
    assert_eq!(
        damaged["files"].as_u64().unwrap() + 1,
        report["files"].as_u64().unwrap()
    );
}
