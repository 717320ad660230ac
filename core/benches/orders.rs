//! What an order costs with few and with many alive: `cargo bench -p onetape-core --bench orders`.
#![allow(missing_docs)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use onetape_core::command::{LegTag, Place, TimeInForce};
use onetape_core::event::{Body, Event, Fee, Fill, Level, OrderEvent, OrderEventKind, Quote};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::ledger::Ledger;
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId, VenueId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::{OrderId, OrderTable};
use onetape_core::position::Position;
use onetape_core::risk::{RiskGate, RiskLimits, RiskView};
use onetape_core::time::Ts;

const ALIVE: [u32; 3] = [10, 1_000, 100_000];

fn amount(text: &str) -> Money {
    Money::parse(text).expect("a number")
}

fn instrument() -> Instrument {
    Instrument {
        id: InstrumentId(0),
        name: "venue:BTCUSDT".into(),
        venue: VenueId(0),
        symbol: "BTCUSDT".into(),
        kind: InstrumentKind::Linear,
        base: AssetId(0),
        quote: AssetId(1),
        price_decimals: 2,
        qty_decimals: 3,
        tick: Price::new(1),
        lot: Qty::new(1),
        min_qty: Qty::new(1),
        max_qty: Qty::ZERO,
        min_notional: amount("5"),
        contract_value: amount("1"),
        inferred: false,
        tiers: Vec::new(),
    }
}

fn place(n: u32) -> Place {
    Place {
        order: OrderId { epoch: 1, n },
        task: TaskId(0),
        instrument: InstrumentId(0),
        side: if n.is_multiple_of(2) {
            Side::Buy
        } else {
            Side::Sell
        },
        qty: Qty::new(10),
        limit: Some(Price::new(6_000_000)),
        time_in_force: TimeInForce::PostOnly,
        reduce_only: false,
        tag: LegTag::default(),
    }
}

fn table(alive: u32) -> OrderTable {
    let mut table = OrderTable::new(1);
    for n in 0..alive {
        table.enter(place(n));
    }
    table
}

fn fill(trade_id: u64) -> OrderEventKind {
    OrderEventKind::Filled(Box::new(Fill {
        trade_id,
        price: Price::new(6_000_000),
        qty: Qty::new(10),
        fee: Fee {
            asset: AssetId(1),
            amount: amount("0.06"),
            value: amount("0.06"),
        },
        maker: true,
    }))
}

/// An order entered, accepted and filled, as a market maker's are, behind those that stay alive.
fn life(c: &mut Criterion) {
    let mut group = c.benchmark_group("enter, accept, fill");
    for alive in ALIVE {
        group.bench_function(BenchmarkId::from_parameter(alive), |bench| {
            let mut table = table(alive);
            let mut n = alive;
            let mut filled = OrderEvent {
                order: OrderId { epoch: 1, n },
                kind: fill(1),
            };
            bench.iter(|| {
                table.enter(place(n));
                let order = OrderId { epoch: 1, n };
                let kind = OrderEventKind::Accepted;
                black_box(table.apply(&OrderEvent { order, kind }));
                filled.order = order;
                black_box(table.apply(&filled));
                n += 1;
            });
        });
    }
    group.finish();
}

fn approve(c: &mut Criterion) {
    let names = Arc::new(Names {
        instruments: vec![instrument()],
        ..Names::default()
    });
    let mut market = Market::new(&names.instruments, &[TopFeed::Quote]);
    let level = |price| Level {
        price: Price::new(price),
        qty: Qty::new(1_000),
    };
    market.apply(&Event {
        ts: Ts::from_nanos(0),
        body: Body::Quote(Quote {
            instrument: InstrumentId(0),
            bid: level(5_999_990),
            ask: level(6_000_010),
        }),
    });
    let all = RiskLimits {
        max_order_notional: Some(amount("100000")),
        max_position_notional: Some(amount("1000000000")),
        ..RiskLimits::default()
    };
    for (limits, name) in [
        (RiskLimits::default(), "approve, no limit"),
        (all, "approve, limits"),
    ] {
        let gate = RiskGate::new(limits, &names);
        let mut group = c.benchmark_group(name);
        for alive in ALIVE {
            let table = table(alive);
            let positions = [Position::default()];
            let ledger = Ledger::default();
            let view = RiskView {
                now: Ts::from_nanos(0),
                names: &names,
                market: &market,
                orders: &table,
                positions: &positions,
                ledger: &ledger,
                day_realised: Money::ZERO,
                day_opening_unrealised: Money::ZERO,
            };
            group.bench_function(BenchmarkId::from_parameter(alive), |bench| {
                bench.iter(|| {
                    let judged = gate.approve(black_box(place(alive)), &view, &[]);
                    assert!(judged.is_ok());
                    judged
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, life, approve);
criterion_main!(benches);
