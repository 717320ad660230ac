//! Clean rows of each kind.

use onetape_core::event::{Level, Status};
use onetape_core::instrument::Side;
use onetape_core::num::{Price, Qty};
use onetape_core::time::Span;

use super::at;
use crate::catalog::{
    BarRow, DepthRow, FundingRow, InterestRow, MarkRow, QuoteRow, Row, StatusRow, TradeRow,
};

/// 2024-08-08T00:00:00Z.
pub(super) const START: i64 = 1_723_075_200_000_000_000;
pub(super) const SECOND: i64 = 1_000_000_000;
pub(super) const HOUR: i64 = 3_600 * SECOND;

pub(super) fn level(price: i64, qty: i64) -> Level {
    Level {
        price: Price::new(price),
        qty: Qty::new(qty),
    }
}

/// A second apart, ids from 1, prices that differ from one to the next.
pub(super) fn quotes() -> Vec<Row> {
    (1..=40)
        .map(|n| {
            Row::Quote(QuoteRow {
                ts: at(START + n * SECOND),
                ts_venue: Some(at(START + n * SECOND - 5_000_000)),
                place: n as u64,
                update_id: n as u64,
                bid: level(10_000 + n % 3, 1_500),
                ask: level(10_010 + n % 3, 2_500),
            })
        })
        .collect()
}

pub(super) fn trades() -> Vec<Row> {
    (1..=40)
        .map(|n| {
            Row::Trade(TradeRow {
                ts: at(START + n * SECOND),
                ts_venue: Some(at(START + n * SECOND - 5_000_000)),
                place: n as u64,
                trade_id: 100 + n as u64,
                price: Price::new(10_005 + n % 3),
                qty: Qty::new(2_000),
                aggressor: Side::Buy,
            })
        })
        .collect()
}

/// A snapshot and diffs that continue it; `named` diffs name their predecessor, as those of futures do.
pub(super) fn depth(named: bool) -> Vec<Row> {
    let row = |n: i64, snapshot: bool| {
        let last = 1_000 + 10 * n as u64;
        Row::Depth(DepthRow {
            ts: at(START + n * SECOND),
            ts_venue: Some(at(START + n * SECOND - 5_000_000)),
            place: n as u64,
            snapshot,
            first: if snapshot { last } else { last - 9 },
            last,
            prev: (named && !snapshot).then_some(last - 10),
            bids: vec![level(10_000, 1_500 + n)],
            asks: vec![level(10_010, 2_500), level(10_020 + n, 2_500)],
        })
    };
    let mut rows: Vec<Row> = (1..=20).map(|n| row(n, n == 1)).collect();
    if named && let Row::Depth(second) = &mut rows[1] {
        // The first diff of a future holds the snapshot's id.
        (second.first, second.prev) = (1_005, Some(1_004));
    }
    rows
}

/// Levels without ids, one a message.
pub(super) fn levels() -> Vec<Row> {
    (1..=40)
        .map(|n| {
            let side = vec![level(if n % 2 == 0 { 10_000 } else { 10_010 }, 1_000 + n)];
            let (bids, asks) = if n % 2 == 0 {
                (side, vec![])
            } else {
                (vec![], side)
            };
            Row::Depth(DepthRow {
                ts: at(START + n * SECOND),
                ts_venue: None,
                place: n as u64,
                snapshot: false,
                first: 0,
                last: 0,
                prev: None,
                bids,
                asks,
            })
        })
        .collect()
}

/// Hourly.
pub(super) fn bars() -> Vec<Row> {
    (1..=20)
        .map(|n| {
            Row::Bar(BarRow {
                ts: at(START + n * HOUR),
                ts_venue: None,
                place: n as u64,
                span: Span::from_nanos(HOUR),
                open: Price::new(10_000),
                high: Price::new(10_020 + n),
                low: Price::new(9_990),
                close: Price::new(10_010),
                volume: Qty::new(5_000_000),
            })
        })
        .collect()
}

/// Every eight hours.
pub(super) fn funding() -> Vec<Row> {
    (1..=12)
        .map(|n| {
            let ts = at(START + n * 8 * HOUR);
            Row::Funding(FundingRow {
                ts,
                ts_venue: None,
                place: n as u64,
                rate: 10_000 + n,
                settles_at: ts,
            })
        })
        .collect()
}

pub(super) fn marks() -> Vec<Row> {
    (1..=20)
        .map(|n| {
            Row::Mark(MarkRow {
                ts: at(START + n * SECOND),
                ts_venue: None,
                place: n as u64,
                mark: 10_000_000_000 + n,
                index: Some(10_000_000_000),
            })
        })
        .collect()
}

pub(super) fn interest() -> Vec<Row> {
    (1..=20)
        .map(|n| {
            Row::Interest(InterestRow {
                ts: at(START + n * SECOND),
                ts_venue: None,
                place: n as u64,
                qty: Qty::new(1_000 + n),
            })
        })
        .collect()
}

pub(super) fn status(second: i64, status: Status) -> Row {
    Row::Status(StatusRow {
        ts: at(START + second * SECOND),
        ts_venue: None,
        place: second as u64,
        status,
    })
}

/// Every stamp from a row on, later.
pub(super) fn delay(rows: &mut [Row], from: usize, by: i64) {
    for row in &mut rows[from..] {
        set_ts(row, row.ts().nanos() + by);
        set_venue(row, row.ts_venue().map(|ts| ts.nanos() + by));
    }
}

pub(super) fn set_ts(row: &mut Row, nanos: i64) {
    let ts = at(nanos);
    match row {
        Row::Quote(row) => row.ts = ts,
        Row::Depth(row) => row.ts = ts,
        Row::Trade(row) => row.ts = ts,
        Row::Mark(row) => row.ts = ts,
        Row::Funding(row) => row.ts = ts,
        Row::Bar(row) => row.ts = ts,
        Row::Interest(row) => row.ts = ts,
        Row::Status(row) => row.ts = ts,
        Row::Feed(row) => row.ts = ts,
    }
}

pub(super) fn set_venue(row: &mut Row, nanos: Option<i64>) {
    let venue = nanos.map(at);
    match row {
        Row::Quote(row) => row.ts_venue = venue,
        Row::Depth(row) => row.ts_venue = venue,
        Row::Trade(row) => row.ts_venue = venue,
        Row::Mark(row) => row.ts_venue = venue,
        Row::Funding(row) => row.ts_venue = venue,
        Row::Bar(row) => row.ts_venue = venue,
        Row::Interest(row) => row.ts_venue = venue,
        Row::Status(row) => row.ts_venue = venue,
        Row::Feed(row) => row.ts_venue = venue,
    }
}

pub(super) fn quote(row: &mut Row) -> &mut QuoteRow {
    match row {
        Row::Quote(row) => row,
        other => panic!("{other:?}"),
    }
}

pub(super) fn trade(row: &mut Row) -> &mut TradeRow {
    match row {
        Row::Trade(row) => row,
        other => panic!("{other:?}"),
    }
}

pub(super) fn diff(row: &mut Row) -> &mut DepthRow {
    match row {
        Row::Depth(row) => row,
        other => panic!("{other:?}"),
    }
}

pub(super) fn bar(row: &mut Row) -> &mut BarRow {
    match row {
        Row::Bar(row) => row,
        other => panic!("{other:?}"),
    }
}

pub(super) fn rate(row: &mut Row) -> &mut FundingRow {
    match row {
        Row::Funding(row) => row,
        other => panic!("{other:?}"),
    }
}

pub(super) fn mark(row: &mut Row) -> &mut MarkRow {
    match row {
        Row::Mark(row) => row,
        other => panic!("{other:?}"),
    }
}
