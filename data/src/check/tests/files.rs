//! Files that are not what the manifest says, and a manifest that says what cannot be.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::rows::*;
use super::*;
use crate::catalog::Kind;
use CheckName::{Coverage, FileDamaged, NonTrade};

fn stored() -> (TempDir, Catalog) {
    let mut rows = quotes();
    rows.extend(trades());
    store(&[(record("one:XYZUSD", "spot"), rows)])
}

/// Changes the manifest and opens the catalogue again.
fn edited(root: &Path, edit: impl FnOnce(&mut Value)) -> CheckReport {
    let path = root.join("catalog.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    edit(&mut manifest);
    fs::write(&path, manifest.to_string()).unwrap();
    report_of(&Catalog::open(root).unwrap())
}

fn damaged(report: &CheckReport) -> &Finding {
    let [found] = told(report)[..] else {
        panic!("{report}")
    };
    assert_eq!(
        (found.check, found.severity, found.count),
        (FileDamaged, Severity::Error, 1)
    );
    assert_eq!(found.kind, Some(Kind::Quote));
    let first = found.first.as_ref().unwrap();
    assert!(first.file.starts_with("one/XYZUSD/quote/"), "{first:?}");
    assert_eq!((&first.time, first.place), (&None, None));
    found
}

#[test]
fn a_file_with_other_bytes_is_told_and_left_and_the_rest_is_read() {
    let (dir, catalog) = stored();
    assert_eq!(told(&report_of(&catalog)), Vec::<&Finding>::new());
    let file = catalog.all_files()[0].clone();
    let path = dir.path().join(&file.path);
    let bytes = fs::read(&path).unwrap();

    let mut other = bytes.clone();
    other[100] ^= 1;
    fs::write(&path, other).unwrap();
    let report = report_of(&catalog);
    assert!(damaged(&report).says.contains("expected hash"), "{report}");
    assert_eq!((report.rows, report.files), (40, 1), "the trades are read");

    fs::write(&path, &bytes[..200]).unwrap();
    assert!(damaged(&report_of(&catalog)).says.contains("200 bytes"));
    fs::remove_file(&path).unwrap();
    assert!(damaged(&report_of(&catalog)).says.contains("no file"));
}

#[test]
fn a_manifest_that_counts_otherwise_is_told() {
    for (field, value, says) in [
        ("rows", json!(39), "holds 40 messages, the manifest says 39"),
        ("parquet_rows", json!(41), "expected 41 rows, found 40 rows"),
        ("first_ts", json!(START), "first or last receive time"),
    ] {
        let (dir, _) = stored();
        let report = edited(dir.path(), |manifest| manifest["files"][0][field] = value);
        let found = damaged(&report);
        assert!(found.says.contains(says), "{}", found.says);
    }
}

#[test]
fn rows_outside_their_day_are_told() {
    let (dir, _) = stored();
    let report = edited(dir.path(), |manifest| {
        manifest["files"][1]["day"] = json!("2024-08-09")
    });
    let [found] = told(&report)[..] else {
        panic!("{report}")
    };
    assert_eq!(
        (found.check, found.severity, found.count),
        (Coverage, Severity::Error, 40)
    );
    assert_eq!(
        (found.kind, found.first.as_ref().unwrap().place),
        (Some(Kind::Trade), Some(1))
    );
}

#[test]
fn files_that_cover_the_same_time_are_told() {
    let (dir, catalog) = store(&[(record("one:XYZUSD", "spot"), marks())]);
    let path = catalog.all_files()[0].path.clone();
    let copy = path.replace(".parquet", "-2.parquet");
    fs::copy(dir.path().join(&path), dir.path().join(&copy)).unwrap();
    let report = edited(dir.path(), |manifest| {
        let mut file = manifest["files"][0].clone();
        file["path"] = json!(copy);
        manifest["files"].as_array_mut().unwrap().push(file);
    });
    let overlap = told(&report);
    let overlap = overlap.iter().find(|one| one.check == Coverage).unwrap();
    assert_eq!((overlap.severity, overlap.count), (Severity::Warning, 1));
    let places = [&path, &copy].map(String::as_str);
    let first = overlap.first.as_ref().unwrap().file.as_str();
    let other = places.into_iter().find(|other| *other != first).unwrap();
    assert!(
        places.contains(&first) && overlap.says.contains(other),
        "{overlap:?}"
    );
}

#[test]
fn instruments_without_rows_and_inferred_rules_are_told() {
    let mut rules = record("one:XYZUSD", "spot");
    rules.inferred = true;
    let report = report(&[
        (rules, quotes()),
        (record("two:XYZUSD", "spot"), Vec::new()),
    ]);
    let of = |name: &str| -> Vec<(CheckName, Severity, String)> {
        (report.findings.iter())
            .filter(|one| one.instrument == name && one.kind.is_none())
            .map(|one| (one.check, one.severity, one.says.clone()))
            .collect()
    };
    let empty = of("two:XYZUSD");
    assert_eq!(empty.len(), 1);
    assert_eq!((empty[0].0, empty[0].1), (Coverage, Severity::Warning));
    assert!(
        of("one:XYZUSD")
            .iter()
            .any(|one| one.1 == Severity::Note && one.2.contains("inferred"))
    );
}

#[test]
fn coverage_says_what_there_is() {
    let (_dir, catalog) = stored();
    let report = report_of(&catalog);
    let quotes = report
        .findings
        .iter()
        .find(|one| one.kind == Some(Kind::Quote) && one.check == Coverage)
        .unwrap();
    assert_eq!((quotes.count, quotes.severity), (40, Severity::Note));
    assert_eq!(quotes.values["first"], "2024-08-08T00:00:01Z");
    assert_eq!(quotes.values["last"], "2024-08-08T00:00:40Z");
    assert_eq!(quotes.values["longest_silence_s"], "1.000000000");
    assert_eq!(
        (report.rows, report.files, report.errors, report.warnings),
        (80, 2, 0, 0)
    );
}

/// Trades whose source had two entries that the import set aside, and whose ids lack `missing`.
fn with_words(words: &[(&str, u64)], missing: usize) -> CheckReport {
    let dir = TempDir::new().unwrap();
    let mut catalog = Catalog::open_or_create(dir.path()).unwrap();
    let rules = record("one:XYZUSD", "spot");
    let mut rows = trades();
    rows.drain(20..20 + missing);
    let mut transaction = catalog.begin(&hash_bytes(b"a"), "a").unwrap();
    transaction.define(rules.clone()).unwrap();
    for row in rows {
        transaction.row(&rules.series(), row).unwrap();
    }
    let words: BTreeMap<String, u64> = words
        .iter()
        .map(|(word, n)| ((*word).to_string(), *n))
        .collect();
    transaction.note_words(&rules.series(), Kind::Trade, words);
    transaction.commit().unwrap();
    report_of(&catalog)
}

#[test]
fn entries_that_are_no_trades_are_counted_and_explain_missing_ids() {
    let clean = with_words(&[("MARKET", 40)], 0);
    assert_eq!(told(&clean), Vec::<&Finding>::new());

    let report = with_words(&[("MARKET", 38), ("NA", 1), ("INSURANCE_FUND", 1)], 2);
    let [found] = told(&report)[..] else {
        panic!("{report}")
    };
    assert_eq!(
        (found.check, found.severity, found.count),
        (NonTrade, Severity::Note, 2)
    );
    assert_eq!(found.values["words"], "INSURANCE_FUND=1 NA=1");
    assert_eq!(found.values["set_aside"], "2");

    let report = with_words(&[("MARKET", 37), ("NA", 1)], 3);
    let found = one(&report, CheckName::SequenceGap);
    assert_eq!(
        (found.severity, found.count),
        (Severity::Warning, 2),
        "one of three is told"
    );
}
