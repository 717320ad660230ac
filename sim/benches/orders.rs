//! What orders cost with few and with many at rest: `cargo bench -p onetape-sim`.
#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use onetape_core::command::{LegTag, Place, TimeInForce};
use onetape_core::event::{Body, Event, Level, LevelChange, Trade};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId, VenueId};
use onetape_core::num::{Bps, Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::time::Ts;
use onetape_sim::bench::Floor;
use onetape_sim::{
    FeeAsset, Fees, Latency, Liquidity, MarginMode, QueueModel, SelfTrade, Venue, VenueConfig,
};

const TOUCH: i64 = 1_000_000;
/// Prices that the resting orders lie on, from the touch outward.
const PRICES: i64 = 5_000;

fn names() -> Names {
    Names {
        venues: vec!["venue".into()],
        assets: vec!["BTC".into(), "USDT".into()],
        instruments: vec![Instrument {
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
            min_notional: Money::ZERO,
            contract_value: Money::new(1.into()),
            inferred: false,
            tiers: Vec::new(),
        }],
        tasks: vec!["task".into()],
    }
}

fn config() -> VenueConfig {
    let rate = |text| Bps::parse(text).unwrap_or_default();
    VenueConfig {
        venue: VenueId(0),
        fees: Fees {
            maker: rate("-0.5"),
            taker: rate("5"),
            asset: FeeAsset::Quote,
        },
        tiers: None,
        latency: Latency::default(),
        balances: vec![(AssetId(1), Money::new(1_000_000_000_000_i64.into()))],
        leverage: 1,
        margin: MarginMode::Cross,
        liquidation_fee: Bps::default(),
        rate_limits: Vec::new(),
        self_trade: SelfTrade::default(),
    }
}

struct Stand {
    names: Names,
    market: Market,
    venue: Venue,
    orders: u32,
    out: Vec<Body>,
}

impl Stand {
    /// A book of 5,000 levels a side with so many own orders on the bids.
    fn new(resting: u32) -> Self {
        let names = names();
        let mut stand = Self {
            market: Market::new(&names.instruments, &[TopFeed::Depth]),
            venue: Venue::new(config(), QueueModel::Power(3), 1),
            names,
            orders: 0,
            out: Vec::new(),
        };
        for away in 0..PRICES {
            stand.level(Side::Buy, TOUCH - away, 1_000_000);
            stand.level(Side::Sell, TOUCH + 1 + away, 1_000_000);
        }
        for n in 0..resting {
            stand.place(TOUCH - 1 - i64::from(n) % (PRICES - 1));
        }
        stand
    }

    fn show(&mut self, body: Body) {
        let event = Event {
            ts: Ts::default(),
            body,
        };
        let moved = self.market.apply(&event);
        let floor = Floor::new(&self.names, &self.market, Liquidity::Book, Ts::default());
        floor.show(&mut self.venue, &event, moved, &mut self.out);
        black_box(self.out.drain(..).count());
    }

    fn level(&mut self, side: Side, price: i64, qty: i64) {
        self.show(Body::Level(LevelChange {
            instrument: InstrumentId(0),
            side,
            level: Level {
                price: Price::new(price),
                qty: Qty::new(qty),
            },
        }));
    }

    fn place(&mut self, price: i64) -> OrderId {
        let order = OrderId {
            epoch: 1,
            n: self.orders,
        };
        self.orders += 1;
        let place = Place {
            order,
            task: TaskId(0),
            instrument: InstrumentId(0),
            side: Side::Buy,
            qty: Qty::new(1),
            limit: Some(Price::new(price)),
            time_in_force: TimeInForce::PostOnly,
            reduce_only: false,
            tag: LegTag::default(),
        };
        let mut out = std::mem::take(&mut self.out);
        let floor = Floor::new(&self.names, &self.market, Liquidity::Book, Ts::default());
        floor.place(&mut self.venue, &place, &mut out);
        black_box(out.drain(..).count());
        self.out = out;
        order
    }

    fn cancel(&mut self, order: OrderId) {
        let mut out = std::mem::take(&mut self.out);
        Floor::cancel(&mut self.venue, order, &mut out);
        black_box(out.drain(..).count());
        self.out = out;
    }
}

fn orders(c: &mut Criterion) {
    let mut group = c.benchmark_group("resting");
    for resting in [10, 1_000, 100_000] {
        let mut stand = Stand::new(resting);
        group.bench_function(BenchmarkId::new("place_and_cancel", resting), |b| {
            b.iter(|| {
                let order = stand.place(TOUCH - 7);
                stand.cancel(order);
            });
        });
        let mut flip = 0;
        group.bench_function(BenchmarkId::new("level_at_touch", resting), |b| {
            b.iter(|| {
                flip = 1 - flip;
                stand.level(Side::Buy, TOUCH, 1_000_000 + flip);
            });
        });
        group.bench_function(BenchmarkId::new("level_with_own_orders", resting), |b| {
            b.iter(|| {
                flip = 1 - flip;
                stand.level(Side::Buy, TOUCH - 3, 1_000_000 - flip);
            });
        });
        group.bench_function(BenchmarkId::new("trade_at_touch", resting), |b| {
            b.iter(|| {
                stand.show(Body::Trade(Trade {
                    instrument: InstrumentId(0),
                    price: Price::new(TOUCH),
                    qty: Qty::new(1),
                    aggressor: Side::Sell,
                }));
            });
        });
        group.bench_function(BenchmarkId::new("place_and_fill", resting), |b| {
            b.iter(|| {
                stand.place(TOUCH);
                stand.show(Body::Trade(Trade {
                    instrument: InstrumentId(0),
                    price: Price::new(TOUCH - 1),
                    qty: Qty::new(1),
                    aggressor: Side::Sell,
                }));
            });
        });
    }
    group.finish();
}

criterion_group!(benches, orders);
criterion_main!(benches);
