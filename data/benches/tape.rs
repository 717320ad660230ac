//! What reading a tape costs: `cargo bench -p onetape-data --bench tape`. Depth of single levels and trades, five to
//! one, of one instrument.
#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use onetape_core::engine::Tape as Blocks;
use onetape_core::event::{Level, TapeRow};
use onetape_core::instrument::Side;
use onetape_core::names::InstrumentId;
use onetape_core::num::{Price, Qty};
use onetape_core::time::Ts;
use onetape_data::catalog::{
    Catalog, DepthRow, InstrumentRecord, Kind, Row, RowSink, Series, TradeRow, hash_bytes,
};
use onetape_data::tape::{Ahead, Tape, TapeLeg, TapeRequest};
use tempfile::TempDir;

const ROWS: u64 = 1_000_000;

fn series() -> Series {
    Series {
        venue: "venue".to_string(),
        symbol: "BTCUSDT".to_string(),
    }
}

fn instrument() -> InstrumentRecord {
    InstrumentRecord {
        venue: "venue".to_string(),
        symbol: "BTCUSDT".to_string(),
        kind: "linear".to_string(),
        base: "BTC".to_string(),
        quote: "USDT".to_string(),
        price_decimals: 1,
        qty_decimals: 3,
        tick: "0.1".to_string(),
        lot: "0.001".to_string(),
        min_qty: "0.001".to_string(),
        max_qty: None,
        min_notional: "5".to_string(),
        contract_value: "1".to_string(),
        inferred: false,
        tiers: Vec::new(),
    }
}

/// A million messages about a millisecond apart.
fn rows() -> impl Iterator<Item = Row> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 33) % below) as i64
    };
    let mut ts = 1_700_000_000_000_000_000;
    (0..ROWS).map(move |place| {
        ts += random(2_000_000);
        let (stamp, venue) = (ts, Some(Ts::from_nanos(ts - 500_000 - random(1_000_000))));
        let price = Price::new(600_000 + random(400) - 200);
        let qty = Qty::new(random(4) * random(9_000));
        let buy = random(2) == 0;
        if random(6) == 0 {
            return Row::Trade(TradeRow {
                ts: Ts::from_nanos(stamp),
                ts_venue: venue,
                place,
                trade_id: place,
                price,
                qty,
                aggressor: if buy { Side::Buy } else { Side::Sell },
            });
        }
        let level = vec![Level { price, qty }];
        let (bids, asks) = if buy {
            (level, Vec::new())
        } else {
            (Vec::new(), level)
        };
        Row::Depth(DepthRow {
            ts: Ts::from_nanos(stamp),
            ts_venue: venue,
            place,
            snapshot: false,
            first: 0,
            last: 0,
            prev: None,
            bids,
            asks,
        })
    })
}

fn catalog() -> (TempDir, Catalog) {
    let dir = TempDir::new().expect("a directory");
    let mut catalog = Catalog::open_or_create(dir.path()).expect("an empty catalogue");
    let mut transaction = catalog
        .begin(&hash_bytes(b"bench"), "bench")
        .expect("a transaction");
    transaction.define(instrument()).expect("an instrument");
    for row in rows() {
        transaction.row(&series(), row).expect("a row");
    }
    transaction.commit().expect("a catalogue");
    (dir, catalog)
}

fn open(catalog: &Catalog, kinds: &[Kind], venue_time: bool) -> Tape {
    let leg = TapeLeg {
        instrument: InstrumentId(0),
        series: series(),
        kinds: kinds.to_vec(),
        venue_time,
    };
    let request = TapeRequest {
        legs: vec![leg],
        from: None,
        to: None,
    };
    Tape::open(catalog, &request).expect("a tape")
}

fn drain<T: Blocks<Block = Vec<TapeRow>>>(mut tape: T) -> u64 {
    let (mut block, mut rows) = (Vec::new(), 0);
    loop {
        block = match tape.next_block(block) {
            Ok(block) => block,
            Err(_) => panic!("the tape cannot be read"),
        };
        if block.is_empty() {
            return rows;
        }
        rows += black_box(&block).len() as u64;
    }
}

fn tape(c: &mut Criterion) {
    let (_dir, catalog) = catalog();
    let both = [Kind::Depth, Kind::Trade];
    let mut group = c.benchmark_group("tape");
    group.sample_size(20);
    let depth = catalog
        .files(&series(), Kind::Depth)
        .iter()
        .map(|file| file.rows)
        .sum();
    group.throughput(Throughput::Elements(depth));
    group.bench_function("one kind", |bench| {
        bench.iter(|| drain(open(&catalog, &[Kind::Depth], true)));
    });
    group.throughput(Throughput::Elements(ROWS));
    group.bench_function("two kinds merged", |bench| {
        bench.iter(|| drain(open(&catalog, &both, true)));
    });
    group.bench_function("two kinds merged without the venue's time", |bench| {
        bench.iter(|| drain(open(&catalog, &both, false)));
    });
    group.bench_function("two kinds merged ahead", |bench| {
        bench.iter(|| drain(Ahead::new(open(&catalog, &both, true))));
    });
    group.finish();
}

criterion_group!(benches, tape);
criterion_main!(benches);
