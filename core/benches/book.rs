//! What a change of a book costs: `cargo bench -p onetape-core --bench book`.
#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use onetape_core::book::{DepthBook, Ladder};
use onetape_core::event::{Body, Event, Level, LevelChange};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{AssetId, InstrumentId, VenueId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::Ts;

const CHANGES: u64 = 100_000;

fn instrument(tick: i64) -> Instrument {
    Instrument {
        id: InstrumentId(0),
        name: "venue:BTCUSDT".into(),
        venue: VenueId(0),
        symbol: "BTCUSDT".into(),
        kind: InstrumentKind::Linear,
        base: AssetId(0),
        quote: AssetId(1),
        price_decimals: 1,
        qty_decimals: 3,
        tick: Price::new(tick),
        lot: Qty::new(1),
        min_qty: Qty::new(1),
        max_qty: Qty::ZERO,
        min_notional: Money::ZERO,
        contract_value: Money::parse("1").unwrap_or_default(),
        inferred: false,
        tiers: Vec::new(),
    }
}

/// Changes on both sides of a price that wanders, most of them near the touch, a fifth of them removals.
fn changes(tick: i64) -> Vec<LevelChange> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 33) % below) as i64
    };
    let mut middle = 600_000;
    let change = |_| {
        middle += i64::from(random(64) == 0) * (random(3) - 1);
        let away = 1 + random(10).min(random(10)) + random(20) / 19 * random(200);
        let (side, ticks) = match random(2) {
            0 => (Side::Buy, middle - away),
            _ => (Side::Sell, middle + away),
        };
        let (price, qty) = (
            Price::new(ticks * tick),
            Qty::new(random(5) * random(9_000)),
        );
        LevelChange {
            instrument: InstrumentId(0),
            side,
            level: Level { price, qty },
        }
    };
    (0..CHANGES).map(change).collect()
}

fn book(c: &mut Criterion) {
    let mut group = c.benchmark_group("book");
    group.throughput(Throughput::Elements(CHANGES));
    for tick in [1, 10] {
        let changes = changes(tick);
        group.bench_function(BenchmarkId::new("ladder set", tick), |bench| {
            let sides = [Side::Buy, Side::Sell];
            let ladders = sides.map(|side| Ladder::new(side, Price::new(tick)));
            let run = |mut ladders: [Ladder; 2]| {
                for change in &changes {
                    let ladder = &mut ladders[usize::from(change.side == Side::Sell)];
                    black_box(ladder.set(change.level.price, change.level.qty));
                }
                ladders
            };
            bench.iter_batched(|| ladders.clone(), run, BatchSize::LargeInput);
        });
        group.bench_function(BenchmarkId::new("depth book change", tick), |bench| {
            let run = |mut book: DepthBook| {
                for change in &changes {
                    black_box(book.change(change));
                }
                book
            };
            let book = DepthBook::new(Price::new(tick));
            bench.iter_batched(|| book.clone(), run, BatchSize::LargeInput);
        });
        let event = |(at, change): (i64, &LevelChange)| Event {
            ts: Ts::from_nanos(at),
            body: Body::Level(*change),
        };
        let events: Vec<Event> = (0..).zip(&changes).map(event).collect();
        group.bench_function(BenchmarkId::new("market apply level", tick), |bench| {
            let run = |mut market: Market| {
                for event in &events {
                    market.apply(event);
                    black_box(market.instrument(InstrumentId(0)).top());
                }
                market
            };
            let market = Market::new(&[instrument(tick)], &[TopFeed::Depth]);
            bench.iter_batched(|| market.clone(), run, BatchSize::LargeInput);
        });
    }
    group.finish();
    c.bench_function("clear a book of 40 levels", |bench| {
        let mut ladder = Ladder::new(Side::Buy, Price::new(1));
        bench.iter(|| {
            for price in 0..40 {
                ladder.set(Price::new(600_000 - price * 3), Qty::new(1));
            }
            ladder.clear();
        });
    });
}

criterion_group!(benches, book);
criterion_main!(benches);
