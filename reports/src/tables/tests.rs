//! Rows of the ledger sum to what venues report, and CSV stands what names may hold.

use std::collections::BTreeMap;

use super::*;
use crate::fold::tests::sample::sample;
use rust_decimal::Decimal;

/// Rows in memory.
#[derive(Default)]
struct Rows(Vec<Vec<Cell>>);

impl Sink for &mut Rows {
    fn row(&mut self, cells: &[Cell]) -> Result<(), TableError> {
        self.0.push(cells.to_vec());
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), TableError> {
        Ok(())
    }
}

fn amount(cell: &Cell) -> Decimal {
    match cell {
        Cell::Amount(amount) => *amount,
        other => panic!("no amount: {other:?}"),
    }
}

#[test]
fn every_breakdown_of_the_attribution_sums_to_net() {
    let report = sample();
    let mut rows = Rows::default();
    attribution(&report, &mut (&mut rows)).unwrap();
    let mut sums: BTreeMap<String, Decimal> = BTreeMap::new();
    for row in &rows.0 {
        assert_eq!(row.len(), ATTRIBUTION.columns.len());
        let Cell::Text(by) = &row[0] else {
            panic!("no name");
        };
        *sums.entry(by.clone()).or_default() += amount(&row[9]);
    }
    let net = report.figures.pnl.net.one().unwrap().decimal();
    assert_eq!(sums.len(), 4);
    for (by, sum) in sums {
        assert_eq!(sum, net, "{by}");
    }
}

#[test]
fn the_parts_of_net_sum_to_it_by_everything() {
    let report = sample();
    let mut rows = Rows::default();
    parts(&report, &mut (&mut rows)).unwrap();
    let mut sums: BTreeMap<String, Decimal> = BTreeMap::new();
    for row in &rows.0 {
        assert_eq!(row.len(), PARTS.columns.len());
        let Cell::Text(by) = &row[0] else {
            panic!("no name");
        };
        let amounts: Vec<Decimal> = row[3..].iter().map(amount).collect();
        let [all @ .., net] = &amounts[..] else {
            panic!("no amounts");
        };
        assert_eq!(all.iter().sum::<Decimal>(), *net);
        *sums.entry(by.clone()).or_default() += net;
    }
    let net = report.figures.pnl.net.one().unwrap().decimal();
    assert_eq!(sums.len(), 7);
    assert!(sums.values().all(|sum| *sum == net), "{sums:?}");
}

#[test]
fn net_over_time_ends_where_the_report_does() {
    let report = sample();
    let equity = &report.analysis.as_ref().unwrap().equity;
    let (mut points, mut closes) = (Rows::default(), Rows::default());
    curve(&report, &mut (&mut points)).unwrap();
    days(&report, &mut (&mut closes)).unwrap();
    assert_eq!(points.0.len(), equity.curve.len());
    assert_eq!(closes.0.len(), equity.days.len());
    assert!(points.0.iter().all(|row| row.len() == CURVE.columns.len()));
    assert!(closes.0.iter().all(|row| row.len() == DAYS.columns.len()));
    let last = |rows: &Rows, at: usize| amount(&rows.0.last().unwrap()[at]);
    assert_eq!(last(&points, 2), last(&closes, 2));
    assert_eq!(
        last(&closes, 2),
        report.figures.pnl.net.one().unwrap().decimal()
    );
}

#[test]
fn trades_have_a_row_for_each_leg_and_sum_to_the_round_trips() {
    let report = sample();
    let mut rows = Rows::default();
    trades(&report, &mut (&mut rows)).unwrap();
    let legs: usize = report.round_trips.iter().map(|trip| trip.legs.len()).sum();
    assert_eq!(rows.0.len(), legs);
    let sum: Decimal = rows.0.iter().map(|row| amount(&row[20])).sum();
    let net: Decimal = report
        .round_trips
        .iter()
        .map(|trip| trip.pnl.net.one().unwrap().decimal())
        .sum();
    assert_eq!(sum, net);
    assert!(rows.0.iter().all(|row| row.len() == TRADES.columns.len()));
}

#[test]
fn cells_of_csv_are_quoted_and_no_formula() {
    let mut out = Vec::new();
    let mut csv = Csv::begin(&mut out, &EQUITY).unwrap();
    let odd = "a \"quoted\", broken\nname".repeat(60);
    csv.row(&[
        Cell::Empty,
        Cell::Text(odd.clone()),
        Cell::Amount(Decimal::new(-1500, 3)),
    ])
    .unwrap();
    csv.row(&[Cell::Empty, Cell::Text("=HYPERLINK(1)".into()), Cell::Empty])
        .unwrap();
    Box::new(csv).finish().unwrap();
    let quoted = odd.replace('"', "\"\"");
    let wanted = format!("at,asset,net\n,\"{quoted}\",-1.5\n,'=HYPERLINK(1),\n");
    assert_eq!(String::from_utf8(out).unwrap(), wanted);
}

#[test]
fn names_of_columns_are_told_apart() {
    for table in ALL {
        let mut names: Vec<&str> = table.columns.iter().map(|(name, ..)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), table.columns.len(), "{}", table.name);
    }
}

#[test]
fn the_documentation_has_every_column() {
    let page = include_str!("../../../scenarios/docs/tables.md");
    for table in ALL {
        assert!(
            page.contains(&format!("## `{}`", table.name)),
            "{}",
            table.name
        );
        for (name, _, what) in table.columns {
            assert!(page.contains(&format!("| `{name}` |")), "{name}");
            assert!(page.contains(what), "{name}: {what}");
        }
    }
}
