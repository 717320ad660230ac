//! Faults that are planted into small series, each beside a clean twin.

mod apart;
mod bounded;
mod files;
mod planted;
mod rows;
mod spared;

use onetape_core::time::Ts;
use tempfile::TempDir;

use super::{CheckName, CheckReport, CheckRequest, Finding, Severity, check};
use crate::catalog::{Catalog, InstrumentRecord, Row, RowSink, Series, hash_bytes};

/// An instrument of base XYZ with prices of 2 and quantities of 3 decimals.
fn record(name: &str, kind: &str) -> InstrumentRecord {
    let (venue, symbol) = name.split_once(':').unwrap();
    InstrumentRecord {
        venue: venue.to_string(),
        symbol: symbol.to_string(),
        kind: kind.to_string(),
        base: "XYZ".to_string(),
        quote: "USD".to_string(),
        price_decimals: 2,
        qty_decimals: 3,
        tick: "0.01".to_string(),
        lot: "0.001".to_string(),
        min_qty: "0.001".to_string(),
        max_qty: None,
        min_notional: "5".to_string(),
        contract_value: if kind == "inverse" { "100" } else { "1" }.to_string(),
        inferred: false,
        tiers: Vec::new(),
    }
}

/// Rows of instruments, a source each.
type Source = (InstrumentRecord, Vec<Row>);

fn store(sources: &[Source]) -> (TempDir, Catalog) {
    let dir = TempDir::new().unwrap();
    let mut catalog = Catalog::open_or_create(dir.path()).unwrap();
    for (at, (record, rows)) in sources.iter().enumerate() {
        let name = format!("source {at}");
        let mut transaction = catalog.begin(&hash_bytes(name.as_bytes()), &name).unwrap();
        let series: Series = record.series();
        transaction.define(record.clone()).unwrap();
        for row in rows {
            transaction.row(&series, row.clone()).unwrap();
        }
        transaction.commit().unwrap();
    }
    (dir, catalog)
}

fn report_of(catalog: &Catalog) -> CheckReport {
    check(catalog, &CheckRequest::default(), &mut |_, _| ()).unwrap()
}

fn report(sources: &[Source]) -> CheckReport {
    let (_dir, catalog) = store(sources);
    report_of(&catalog)
}

/// What is worse than a note, and the notes but those on what there is.
fn told(report: &CheckReport) -> Vec<&Finding> {
    let always = [
        CheckName::Coverage,
        CheckName::ClockOffset,
        CheckName::VenueSkew,
    ];
    (report.findings.iter())
        .filter(|one| one.severity != Severity::Note || !always.contains(&one.check))
        .collect()
}

/// The one finding of a check.
fn one(report: &CheckReport, name: CheckName) -> &Finding {
    let mut found = report.findings.iter().filter(|one| one.check == name);
    let first = found
        .next()
        .unwrap_or_else(|| panic!("no {name:?} in {report}"));
    assert!(found.next().is_none(), "{report}");
    first
}

fn at(nanos: i64) -> Ts {
    Ts::from_nanos(nanos)
}
