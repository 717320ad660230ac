//! A tape over catalogues that are written to a directory of their own.

mod blocks;
mod errors;
mod order;
mod seed;

use onetape_core::event::{Event, Level};
use onetape_core::names::InstrumentId;
use onetape_core::num::{Price, Qty};
use onetape_core::time::Ts;
use tempfile::TempDir;

use super::{Tape, TapeLeg, TapeRequest};
use crate::catalog::{Catalog, InstrumentRecord, Kind, QuoteRow, Row, RowSink, Series, hash_bytes};

/// One second before midnight, so that tapes cross days.
const START: i64 = 1_723_161_600_000_000_000 - 1_000_000_000;

fn series(leg: usize) -> Series {
    Series {
        venue: format!("venue-{leg}"),
        symbol: "BTCUSDT".to_string(),
    }
}

/// A spot instrument with prices of 2 and quantities of 3 decimals.
fn record(series: &Series) -> InstrumentRecord {
    InstrumentRecord {
        venue: series.venue.clone(),
        symbol: series.symbol.clone(),
        kind: "spot".to_string(),
        base: "BTC".to_string(),
        quote: "USDT".to_string(),
        price_decimals: 2,
        qty_decimals: 3,
        tick: "0.01".to_string(),
        lot: "0.001".to_string(),
        min_qty: "0.001".to_string(),
        max_qty: None,
        min_notional: "5".to_string(),
        contract_value: "1".to_string(),
        inferred: false,
        tiers: Vec::new(),
    }
}

fn level(price: i64, qty: i64) -> Level {
    Level {
        price: Price::new(price),
        qty: Qty::new(qty),
    }
}

fn quote(ts: i64, place: u64, price: i64) -> Row {
    Row::Quote(QuoteRow {
        ts: Ts::from_nanos(ts),
        ts_venue: None,
        place,
        update_id: place,
        bid: level(price, 1),
        ask: level(price + 1, 1),
    })
}

/// A catalogue with one source a list of rows.
fn catalog(sources: &[(usize, Vec<Row>)]) -> (TempDir, Catalog) {
    let dir = TempDir::new().unwrap();
    let mut catalog = Catalog::open_or_create(dir.path()).unwrap();
    for (at, (leg, rows)) in sources.iter().enumerate() {
        let name = format!("source {at}");
        let mut transaction = catalog.begin(&hash_bytes(name.as_bytes()), &name).unwrap();
        let series = series(*leg);
        transaction.define(record(&series)).unwrap();
        for row in rows {
            transaction.row(&series, row.clone()).unwrap();
        }
        transaction.commit().unwrap();
    }
    (dir, catalog)
}

fn request(legs: &[(usize, Vec<Kind>)]) -> TapeRequest {
    let legs = legs.iter().map(|(leg, kinds)| TapeLeg {
        instrument: InstrumentId(*leg as u16),
        series: series(*leg),
        kinds: kinds.clone(),
        venue_time: true,
    });
    TapeRequest {
        legs: legs.collect(),
        from: None,
        to: None,
    }
}

fn drain(mut tape: Tape) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some(event) = tape.next_event().unwrap() {
        events.push(event);
    }
    assert_eq!(tape.rows(), events.len() as u64);
    events
}
