//! One fault a case: what is told of it and nothing else is told; of its clean twin nothing is.

use onetape_core::event::Status;
use onetape_core::num::{Price, Qty};

use super::rows::*;
use super::*;
use CheckName::{
    AbsurdPrice, ClockOffset, ClockRegression, Crossed, Duplicate, FundingCoverage, Gap, Locked,
    SequenceGap,
};
use Severity::{Error, Note, Warning};

struct Case {
    name: &'static str,
    clean: fn() -> Vec<Row>,
    plant: fn(&mut Vec<Row>),
    told: (CheckName, Severity, u64),
    /// Place of the first row.
    first: Option<u64>,
}

const fn case(
    name: &'static str,
    clean: fn() -> Vec<Row>,
    plant: fn(&mut Vec<Row>),
    told: (CheckName, Severity, u64),
    first: Option<u64>,
) -> Case {
    Case {
        name,
        clean,
        plant,
        told,
        first,
    }
}

fn spot_depth() -> Vec<Row> {
    depth(false)
}

fn future_depth() -> Vec<Row> {
    depth(true)
}

/// Quotes, of which the rows from the 20th on come two minutes later, after a halt that ended just before.
fn halted() -> Vec<Row> {
    let mut rows = quotes();
    delay(&mut rows, 20, 120 * SECOND);
    rows.insert(20, status(139, Status::Trading));
    rows.insert(20, status(20, Status::Halted));
    rows
}

/// A row again, as it is but for its place.
fn again(rows: &mut Vec<Row>, at: usize) {
    let mut row = rows[at].clone();
    match &mut row {
        Row::Quote(row) => row.place = 99,
        Row::Depth(row) => row.place = 99,
        Row::Trade(row) => row.place = 99,
        Row::Mark(row) => row.place = 99,
        Row::Funding(row) => row.place = 99,
        Row::Bar(row) => row.place = 99,
        Row::Interest(row) => row.place = 99,
        Row::Status(row) => row.place = 99,
        Row::Feed(row) => row.place = 99,
    }
    rows.insert(at + 1, row);
}

const CASES: [Case; 40] = [
    case(
        "silence of quotes",
        quotes,
        |r| delay(r, 20, 60 * SECOND),
        (Gap, Warning, 1),
        Some(21),
    ),
    case(
        "silence of depth",
        spot_depth,
        |r| delay(r, 9, 61 * SECOND),
        (Gap, Warning, 1),
        Some(10),
    ),
    case(
        "two silences of trades",
        trades,
        |r| {
            delay(r, 9, 90 * SECOND);
            delay(r, 30, 99 * SECOND)
        },
        (Gap, Warning, 2),
        Some(10),
    ),
    case(
        "silence beside a halt",
        halted,
        |r| delay(r, 30, 60 * SECOND),
        (Gap, Warning, 1),
        Some(29),
    ),
    case(
        "a bar is missing",
        bars,
        |r| drop(r.remove(7)),
        (Gap, Error, 1),
        Some(9),
    ),
    case(
        "bars are missing twice",
        bars,
        |r| {
            r.remove(12);
            r.remove(7);
            r.remove(7);
        },
        (Gap, Error, 3),
        Some(10),
    ),
    case(
        "a settlement is missing",
        funding,
        |r| drop(r.remove(5)),
        (Gap, Error, 1),
        Some(7),
    ),
    case(
        "a quote twice",
        quotes,
        |r| again(r, 4),
        (Duplicate, Warning, 1),
        Some(99),
    ),
    case(
        "a quote twice, later",
        quotes,
        |r| {
            again(r, 4);
            let ts = r[5].ts().nanos();
            set_ts(&mut r[5], ts + 3)
        },
        (Duplicate, Warning, 1),
        Some(99),
    ),
    case(
        "a diff twice",
        spot_depth,
        |r| again(r, 4),
        (Duplicate, Warning, 1),
        Some(99),
    ),
    case(
        "a futures diff twice",
        future_depth,
        |r| again(r, 4),
        (Duplicate, Warning, 1),
        Some(99),
    ),
    case(
        "a level twice",
        levels,
        |r| again(r, 4),
        (Duplicate, Warning, 1),
        Some(99),
    ),
    case(
        "a mark twice",
        marks,
        |r| again(r, 4),
        (Duplicate, Warning, 1),
        Some(99),
    ),
    case(
        "a rate twice",
        funding,
        |r| again(r, 4),
        (Duplicate, Warning, 1),
        Some(99),
    ),
    case(
        "interest twice",
        interest,
        |r| again(r, 4),
        (Duplicate, Warning, 1),
        Some(99),
    ),
    case(
        "a bar twice",
        bars,
        |r| again(r, 4),
        (Duplicate, Warning, 1),
        Some(99),
    ),
    case(
        "another bar of the same time",
        bars,
        |r| {
            again(r, 4);
            bar(&mut r[5]).volume = Qty::new(7)
        },
        (Duplicate, Error, 1),
        Some(99),
    ),
    case(
        "a trade twice",
        trades,
        |r| again(r, 4),
        (Duplicate, Error, 1),
        Some(99),
    ),
    case(
        "a trade id again later",
        trades,
        |r| {
            again(r, 4);
            let row = r.remove(5);
            r.insert(30, row);
            delay(r, 30, 0);
            let ts = r[29].ts();
            set_ts(&mut r[30], ts.nanos());
            set_venue(&mut r[30], None)
        },
        (Duplicate, Error, 1),
        Some(99),
    ),
    case(
        "receive time goes back",
        quotes,
        |r| {
            let ts = r[10].ts().nanos();
            set_ts(&mut r[10], ts - SECOND - 1);
            set_venue(&mut r[10], None)
        },
        (ClockRegression, Warning, 1),
        Some(11),
    ),
    case(
        "venue time goes back",
        trades,
        |r| set_venue(&mut r[10], Some(START + 10 * SECOND - 5_000_001)),
        (ClockRegression, Warning, 1),
        Some(11),
    ),
    case(
        "a crossed quote",
        quotes,
        |r| quote(&mut r[6]).ask = level(9_999, 1),
        (Crossed, Error, 1),
        Some(7),
    ),
    case(
        "a locked quote",
        quotes,
        |r| {
            let bid = quote(&mut r[6]).bid;
            quote(&mut r[6]).ask = bid
        },
        (Locked, Warning, 1),
        Some(7),
    ),
    case(
        "a diff crosses the book",
        spot_depth,
        |r| diff(&mut r[19]).bids.push(level(10_011, 1)),
        (Crossed, Error, 1),
        Some(20),
    ),
    case(
        "a diff locks the book",
        spot_depth,
        |r| diff(&mut r[19]).bids.push(level(10_010, 1)),
        (Locked, Warning, 1),
        Some(20),
    ),
    case(
        "levels cross",
        levels,
        |r| diff(&mut r[39]).bids[0] = level(10_011, 1),
        (Crossed, Warning, 1),
        Some(40),
    ),
    case(
        "a spot diff is missing",
        spot_depth,
        |r| drop(r.remove(9)),
        (SequenceGap, Error, 1),
        Some(11),
    ),
    case(
        "a futures diff is missing",
        future_depth,
        |r| drop(r.remove(9)),
        (SequenceGap, Error, 1),
        Some(11),
    ),
    case(
        "diffs do not meet the snapshot",
        spot_depth,
        |r| {
            diff(&mut r[0]).first = 900;
            diff(&mut r[0]).last = 900
        },
        (SequenceGap, Error, 1),
        Some(2),
    ),
    case(
        "trade ids are missing",
        trades,
        |r| {
            r.remove(20);
            r.remove(20);
        },
        (SequenceGap, Warning, 2),
        Some(23),
    ),
    case(
        "no snapshot",
        spot_depth,
        |r| drop(r.remove(0)),
        (SequenceGap, Note, 1),
        None,
    ),
    case(
        "diffs before the snapshot",
        spot_depth,
        |r| {
            let mut row = r[0].clone();
            diff(&mut row).ts = at(START);
            diff(&mut row).ts_venue = None;
            diff(&mut row).snapshot = false;
            diff(&mut row).first = 990;
            diff(&mut row).place = 0;
            r.insert(0, row)
        },
        (SequenceGap, Note, 1),
        Some(0),
    ),
    case(
        "a price of zero",
        trades,
        |r| trade(&mut r[6]).price = Price::new(0),
        (AbsurdPrice, Error, 1),
        Some(7),
    ),
    case(
        "no quantity",
        quotes,
        |r| quote(&mut r[6]).bid.qty = Qty::ZERO,
        (AbsurdPrice, Error, 1),
        Some(7),
    ),
    case(
        "a negative quantity in a diff",
        spot_depth,
        |r| diff(&mut r[6]).asks[1].qty = Qty::new(-1),
        (AbsurdPrice, Error, 1),
        Some(7),
    ),
    case(
        "a high below the close",
        bars,
        |r| bar(&mut r[6]).high = Price::new(10_009),
        (AbsurdPrice, Error, 1),
        Some(7),
    ),
    case(
        "a price away and back",
        trades,
        |r| trade(&mut r[6]).price = Price::new(12_100),
        (AbsurdPrice, Warning, 1),
        Some(7),
    ),
    case(
        "a mark away and back",
        marks,
        |r| mark(&mut r[6]).mark = 1_000_000_000,
        (AbsurdPrice, Warning, 1),
        Some(7),
    ),
    case(
        "a rate in percent",
        funding,
        |r| rate(&mut r[6]).rate = -3_000_001,
        (FundingCoverage, Warning, 1),
        Some(7),
    ),
    case(
        "the clock is behind",
        quotes,
        |r| set_venue(&mut r[6], Some(START + 7 * SECOND + 1)),
        (ClockOffset, Warning, 1),
        Some(7),
    ),
];

/// Funding and what needs it is of a future; all else is of spot, which needs none.
pub(super) fn source(rows: Vec<Row>) -> Source {
    let kind = match rows[0] {
        Row::Funding(_) => "linear",
        _ => "spot",
    };
    (record("one:XYZUSD", kind), rows)
}

#[test]
fn a_fault_is_told_and_its_clean_twin_is_not() {
    for case in CASES {
        let mut rows = (case.clean)();
        let clean = report(&[source(rows.clone())]);
        assert_eq!(
            told(&clean),
            Vec::<&Finding>::new(),
            "clean of {}",
            case.name
        );
        assert_eq!((clean.errors, clean.warnings), (0, 0), "{}", case.name);

        (case.plant)(&mut rows);
        let ill = report(&[source(rows.clone())]);
        let [found] = told(&ill)[..] else {
            panic!("{}: {ill}", case.name);
        };
        assert_eq!(
            (found.check, found.severity, found.count),
            case.told,
            "{}",
            case.name
        );
        let place = found.first.as_ref().and_then(|first| first.place);
        assert_eq!(place, case.first, "{}", case.name);
        if let Some(first) = &found.first {
            let row = rows
                .iter()
                .find(|row| Some(row.place()) == place && same_kind(row, found));
            let time = row.map(|row| crate::tape::time_text(row.ts().nanos()));
            assert_eq!(first.time, time, "{}", case.name);
            assert!(first.file.starts_with("one/XYZUSD/"), "{}", case.name);
        }
        assert_eq!(ill.errors, u64::from(case.told.1 == Error), "{}", case.name);
    }
}

fn same_kind(row: &Row, found: &Finding) -> bool {
    Some(crate::catalog::Kind::of(row)) == found.kind
}
