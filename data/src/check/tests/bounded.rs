//! What is asked for alone is checked, and equal catalogues give equal reports.

use super::rows::*;
use super::*;
use CheckName::{Coverage, Crossed, SequenceGap};

#[test]
fn only_the_time_asked_for_is_counted_and_the_book_is_older() {
    let mut rows = depth(false);
    // Crossed in the middle and mended after it.
    diff(&mut rows[9]).bids.push(level(10_011, 1));
    diff(&mut rows[12]).bids.push(level(10_011, 0));
    let (_dir, catalog) = store(&[(record("one:XYZUSD", "spot"), rows)]);
    let within = |from: i64, to: i64| {
        let request = CheckRequest {
            from: Some(at(START + from * SECOND)),
            to: Some(at(START + to * SECOND)),
            ..CheckRequest::default()
        };
        check(&catalog, &request, &mut |_, _| ()).unwrap()
    };
    let whole = report_of(&catalog);
    assert_eq!((one(&whole, Crossed).count, whole.rows), (3, 20));
    let late = within(12, 99);
    let crossed = one(&late, Crossed);
    assert_eq!(
        (crossed.count, crossed.first.as_ref().unwrap().place),
        (1, Some(12))
    );
    assert_eq!((late.rows, late.errors), (9, 1));
    assert_eq!(late.from.as_deref(), Some("2024-08-08T00:00:12Z"));
    let early = within(0, 10);
    assert_eq!((early.rows, early.errors), (9, 0));
    let after = within(13, 99);
    assert_eq!((after.rows, after.errors), (8, 0));
    // The snapshot is from before that time.
    let ids = |one: &&Finding| one.check == SequenceGap;
    assert_eq!(after.findings.iter().find(ids), None);
    let never = within(50, 60);
    assert_eq!((never.rows, never.warnings), (0, 1));
    assert_eq!(one(&never, Coverage).severity, Severity::Warning);
}

#[test]
fn time_that_is_none_and_instruments_that_are_not_there_are_refused() {
    let (_dir, catalog) = store(&[(record("one:XYZUSD", "spot"), quotes())]);
    let mut request = CheckRequest {
        from: Some(at(START)),
        to: Some(at(START)),
        ..CheckRequest::default()
    };
    let why = check(&catalog, &request, &mut |_, _| ())
        .unwrap_err()
        .to_string();
    assert!(
        why.contains("is not before") && why.contains("later end"),
        "{why}"
    );
    request = CheckRequest {
        instruments: vec!["one:XYZ".to_string()],
        ..CheckRequest::default()
    };
    let why = check(&catalog, &request, &mut |_, _| ())
        .unwrap_err()
        .to_string();
    assert!(
        why.contains("one:XYZ") && why.contains("one:XYZUSD"),
        "{why}"
    );
}

#[test]
fn one_instrument_is_checked_alone_and_a_report_is_always_the_same() {
    let mut bad = quotes();
    quote(&mut bad[3]).ask = level(1, 1);
    let sources = [
        (record("one:XYZUSD", "spot"), quotes()),
        (record("two:XYZUSD", "spot"), bad),
    ];
    let (_dir, catalog) = store(&sources);
    let request = CheckRequest {
        instruments: vec!["one:XYZUSD".to_string(), "one:XYZUSD".to_string()],
        ..CheckRequest::default()
    };
    let alone = check(&catalog, &request, &mut |_, _| ()).unwrap();
    assert_eq!((alone.rows, alone.errors), (40, 0));
    assert_eq!(alone.instruments, ["one:XYZUSD"]);
    let (mut one, mut two) = (report_of(&catalog), report(&sources));
    assert_ne!(one.errors, 0);
    (one.catalog, two.catalog) = (String::new(), String::new());
    assert_eq!(
        serde_json::to_string(&one).unwrap(),
        serde_json::to_string(&two).unwrap()
    );
    assert_eq!(one.to_string(), two.to_string());
}
