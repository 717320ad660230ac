//! What is between two instruments, or between an instrument and its own data.

use onetape_core::num::{Price, Qty};

use super::rows::*;
use super::*;
use crate::catalog::Kind;
use CheckName::{ContractSize, FundingCoverage, SequenceGap, VenueSkew};

/// Trades of a future at another size, with funding over their whole time.
fn future(kind: &str, qty: i64) -> Source {
    let mut rows = trades();
    for row in &mut rows {
        trade(row).qty = Qty::new(qty);
    }
    rows.extend(funding());
    (record("two:XYZ-PERP", kind), rows)
}

fn spot() -> Source {
    (record("one:XYZUSD", "spot"), trades())
}

#[test]
fn contracts_that_pass_for_base_units() {
    // The median of spot is 2 base units.
    for (qty, found) in [(2_000_000, 1), (1_900_000, 0), (1_000, 0), (2, 1), (3, 0)] {
        let report = report(&[spot(), future("linear", qty)]);
        let sizes: Vec<_> = told(&report);
        assert_eq!(sizes.len(), found, "{qty}: {report}");
        for one in sizes {
            let whose = (one.check, one.severity, one.kind, one.instrument.as_str());
            assert_eq!(
                whose,
                (
                    ContractSize,
                    Severity::Warning,
                    Some(Kind::Trade),
                    "two:XYZ-PERP"
                )
            );
            assert_eq!(one.values["sibling_median_base"], "2");
        }
    }
}

#[test]
fn contracts_of_an_inverse_future_are_counted_by_their_value() {
    // 2 contracts of 100 at 100.05 are 2 base units.
    assert_eq!(
        told(&report(&[spot(), future("inverse", 2_000)])),
        Vec::<&Finding>::new()
    );
    let (mut rules, rows) = future("inverse", 2_000);
    rules.contract_value = "1".to_string();
    let stated = report(&[spot(), (rules.clone(), rows.clone())]);
    let note = one(&stated, ContractSize);
    assert_eq!((note.severity, note.kind), (Severity::Note, None));
    rules.inferred = true;
    let inferred = report(&[spot(), (rules, rows)]);
    assert_eq!(one(&inferred, ContractSize).severity, Severity::Warning);
    assert_eq!((stated.warnings, inferred.warnings), (0, 1));
}

#[test]
fn funding_covers_the_time_of_the_other_data() {
    let hourly = |from: usize, to: usize| {
        let mut rows: Vec<Row> = bars()[from..to].to_vec();
        rows.extend(funding());
        rows
    };
    let perp = |rows| (record("two:XYZ-PERP", "linear"), rows);
    assert_eq!(
        told(&report(&[perp(hourly(0, 20))])),
        Vec::<&Finding>::new()
    );

    // Settlements from hour 40 on; the bars begin at hour 1, so that 8, 16, 24 and 32 are missing.
    let mut late = hourly(0, 20);
    late.drain(20..24);
    let found = report(&[perp(late)]);
    let [found] = told(&found)[..] else {
        panic!("{found}")
    };
    assert_eq!(
        (found.check, found.severity, found.count),
        (FundingCoverage, Severity::Warning, 4)
    );
    assert_eq!(
        (
            found.values["before"].as_str(),
            found.values["after"].as_str()
        ),
        ("4", "0")
    );

    // Settlements at 8 and 16 alone; the bars end at hour 30, without that of 24.
    let mut early = funding();
    early.truncate(2);
    early.extend((1..=30).map(|n| {
        let mut row = bars()[0].clone();
        bar(&mut row).ts = at(START + n * HOUR);
        row
    }));
    let found = report(&[perp(early)]);
    let [found] = told(&found)[..] else {
        panic!("{found}")
    };
    assert_eq!(
        (found.check, found.count, found.values["after"].as_str()),
        (FundingCoverage, 1, "1")
    );

    let none = report(&[perp(bars())]);
    let [found] = told(&none)[..] else {
        panic!("{none}")
    };
    assert_eq!(
        (found.check, found.severity, found.count),
        (FundingCoverage, Severity::Warning, 1)
    );
    assert!(
        found.says.contains("without funding data"),
        "{}",
        found.says
    );
}

#[test]
fn venues_apart_in_time() {
    let other = |from: i64| {
        let mut rows = quotes();
        rows.retain(|row| !(from..from + 20).contains(&(row.place() as i64)));
        (record("two:XYZUSD", "spot"), rows)
    };
    let near = report(&[(record("one:XYZUSD", "spot"), quotes()), other(100)]);
    let skew = one(&near, VenueSkew);
    assert_eq!(
        (skew.severity, skew.instrument.as_str()),
        (Severity::Note, "one:XYZUSD two:XYZUSD")
    );
    assert_eq!(skew.values["silent_s"], "0.000000000");
    assert_eq!(skew.values["common_s"], "39.000000000");
    assert_eq!(skew.values["age_most_s"], "1.000000000");
    assert_eq!(near.warnings, 0);

    // From its 9th to its 30th message the second venue is silent for 21 s, 20 of them too long.
    let far = report(&[(record("one:XYZUSD", "spot"), quotes()), other(10)]);
    let skew = one(&far, VenueSkew);
    assert_eq!((skew.severity, far.warnings), (Severity::Warning, 1));
    assert_eq!(skew.values["silent_s"], "20.000000000");
    assert_eq!(skew.values["silent_percent"], "51.28");
    assert_eq!(skew.values["age_most_s"], "21.000000000");

    // One venue's two instruments are not compared.
    let same = report(&[
        (record("one:XYZUSD", "spot"), quotes()),
        (record("one:XYZUSD2", "spot"), quotes()),
    ]);
    assert!(same.findings.iter().all(|one| one.check != VenueSkew));
}

#[test]
fn what_is_missing_between_two_sources_is_no_error() {
    let rules = record("one:XYZUSD", "spot");
    let (mut first, mut second) = (trades(), trades().split_off(20));
    first.truncate(15);
    first.extend(depth(false));
    for row in &mut second {
        trade(row).trade_id += 3;
    }
    let mut again = depth(false);
    for row in &mut again {
        let ts = row.ts().nanos() + 25 * SECOND;
        set_ts(row, ts);
        set_venue(row, None);
        let row = diff(row);
        (row.first, row.last) = (row.first + 5_000, row.last + 5_000);
        row.place += 50;
    }
    // A diff that waits for the second source's snapshot.
    again.swap(0, 1);
    let ts = again[0].ts();
    set_ts(&mut again[1], ts.nanos());
    second.extend(again);
    let report = report(&[(rules.clone(), first), (rules, second)]);
    let notes: Vec<_> = told(&report)
        .iter()
        .map(|one| (one.check, one.severity, one.kind, one.count))
        .collect();
    assert_eq!(
        notes,
        [
            (SequenceGap, Severity::Note, Some(Kind::Depth), 1),
            (SequenceGap, Severity::Note, Some(Kind::Depth), 1),
            (SequenceGap, Severity::Note, Some(Kind::Trade), 8),
        ],
        "{report}"
    );
}

#[test]
fn the_clock_offset_is_told_to_the_nanosecond() {
    let mut rows = quotes();
    set_venue(&mut rows[3], Some(START + 4 * SECOND - 1));
    let report = report(&[(record("one:XYZUSD", "spot"), rows)]);
    let offset = one(&report, CheckName::ClockOffset);
    assert_eq!(offset.severity, Severity::Note);
    assert_eq!(offset.values["min_s"], "0.000000001");
    assert_eq!(offset.values["max_s"], "0.005000000");
    assert_eq!(offset.values["rows"], "40");
}

#[test]
fn prices_are_compared_at_the_limit_that_is_asked_for() {
    let mut rows = trades();
    trade(&mut rows[9]).price = Price::new(10_700);
    let (_dir, catalog) = store(&[(record("one:XYZUSD", "spot"), rows)]);
    let warnings = |percent: u32, silence: i64| {
        let mut request = CheckRequest::default();
        request.limits.jump_percent = percent;
        request.limits.silence = onetape_core::time::Span::from_millis(silence);
        request.limits.silence_medians = 0;
        check(&catalog, &request, &mut |_, _| ()).unwrap().warnings
    };
    assert_eq!(warnings(7, 60_000), 0);
    assert_eq!(warnings(6, 60_000), 1);
    assert_eq!(warnings(7, 999), 1);
    assert_eq!(warnings(7, 1_000), 0);
}
