//! What the risk gate costs, with nothing configured, with what runs usually ask for, and with everything:
//! `cargo bench -p onetape-core --bench gate`.
#![allow(missing_docs)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use onetape_core::command::{LegTag, Place, TimeInForce};
use onetape_core::desk::{Desk, Outbox};
use onetape_core::event::{
    AccountEvent, Body, Event, Fee, Fill, Level as BookLevel, Quote, Seq, Timer,
};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId, VenueId};
use onetape_core::num::{Bps, Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::position::Position;
use onetape_core::risk::{
    Action, AlertRule, Bands, BreakerRule, FeeIn, FundsRules, Guards, Level, LevelLimits, Rate,
    RiskLimits, RiskView, Scope, Trigger, VenueTerms,
};
use onetape_core::strategy::{Context, Intents, NoSignals, OrderIntent, Solo, Strategy, Task};
use onetape_core::time::{Span, Ts};
use rust_decimal::Decimal;

const TASKS: u16 = 8;
const VENUES: u16 = 5;
const SYMBOLS: u16 = 3;

fn amount(text: &str) -> Money {
    Money::parse(text).expect("a number")
}

/// Five venues with three symbols each, every other one of futures.
fn names() -> Names {
    let instrument = |at: u16| Instrument {
        id: InstrumentId(at),
        name: format!("venue{}:S{}", at / SYMBOLS, at % SYMBOLS),
        venue: VenueId(at / SYMBOLS),
        symbol: format!("S{}", at % SYMBOLS),
        kind: if (at / SYMBOLS).is_multiple_of(2) {
            InstrumentKind::Spot
        } else {
            InstrumentKind::Linear
        },
        base: AssetId(1 + at % SYMBOLS),
        quote: AssetId(0),
        price_decimals: 2,
        qty_decimals: 3,
        tick: Price::new(1),
        lot: Qty::new(1),
        min_qty: Qty::new(1),
        max_qty: Qty::ZERO,
        min_notional: amount("1"),
        contract_value: amount("1"),
        inferred: false,
        tiers: Vec::new(),
    };
    Names {
        venues: (0..VENUES).map(|at| format!("venue{at}")).collect(),
        assets: ["USDT", "BTC", "ETH", "BNB"].map(String::from).to_vec(),
        instruments: (0..VENUES * SYMBOLS).map(instrument).collect(),
        tasks: (0..TASKS).map(|at| format!("task{at}")).collect(),
    }
}

fn intent(instrument: InstrumentId) -> OrderIntent {
    OrderIntent {
        instrument,
        side: Side::Buy,
        qty: Qty::new(10),
        limit: Some(Price::new(10_000)),
        time_in_force: TimeInForce::PostOnly,
        reduce_only: false,
        tag: LegTag::default(),
    }
}

/// Rests one order in each of its instruments.
struct Resting(Vec<InstrumentId>);

impl Strategy for Resting {
    type Signals = NoSignals;

    fn signals(&self) -> NoSignals {
        NoSignals
    }

    fn on_event(&mut self, _: &Context<'_, NoSignals>, event: &Event, out: &mut Intents<'_>) {
        if matches!(event.body, Body::Timer(_)) {
            for &instrument in &self.0 {
                out.place(intent(instrument)).expect("room for it");
            }
        }
    }
}

/// The instruments of a task: of one symbol at four venues.
fn legs(task: u16) -> Vec<InstrumentId> {
    let venues = (0..4).map(|at| (task + at) % VENUES);
    venues
        .map(|venue| InstrumentId(venue * SYMBOLS + task % SYMBOLS))
        .collect()
}

/// What most runs ask for: how large an order and a position may be, what a day may lose, how old a book and how far
/// away a price, that orders can be paid, and one level over the account.
fn usual() -> RiskLimits {
    let all = everything();
    RiskLimits {
        guards: Guards {
            max_drawdown: None,
            max_leg_skew: None,
            ..all.guards
        },
        levels: all.levels[..1].to_vec(),
        breakers: Vec::new(),
        alerts: Vec::new(),
        ..all
    }
}

fn everything() -> RiskLimits {
    let wide = LevelLimits {
        max_order_notional: Some(amount("100000")),
        max_position_notional: Some(amount("1000000")),
        max_exposure: Some(amount("1000000")),
        max_open_orders: Some(1_000),
        max_order_rate: Some(Rate {
            count: 10_000,
            per: Span::from_millis(1_000),
        }),
        max_leverage: Some(Decimal::from(3)),
        max_capital_share: Some(Bps::from_millionths(5_000_000_000)),
    };
    let scopes = [
        Scope::Account,
        Scope::Venue(VenueId(0)),
        Scope::Strategy((0..TASKS).map(TaskId).collect()),
        Scope::Task(TaskId(0)),
        Scope::Pair(AssetId(1), AssetId(0)),
        Scope::Leg(TaskId(0), InstrumentId(0)),
    ];
    let breaker = |trigger| BreakerRule {
        trigger,
        action: Action::Reduce,
        reset_after: None,
    };
    let terms = |venue| VenueTerms {
        venue: VenueId(venue),
        fee: Bps::from_millionths(10_000_000),
        charged: FeeIn::Quote,
        leverage: 3,
    };
    RiskLimits {
        max_order_notional: Some(amount("100000")),
        max_position_notional: Some(amount("1000000")),
        max_daily_loss: Some(amount("100000")),
        max_book_age: Some(Span::from_millis(5_000)),
        guards: Guards {
            collar_mid: Some(Bps::from_millionths(100_000_000)),
            collar_last: Some(Bps::from_millionths(100_000_000)),
            max_drawdown: Some(Bps::from_millionths(500_000_000)),
            allowed: Some((0..VENUES * SYMBOLS).map(InstrumentId).collect()),
            max_feed_age: Some(Span::from_millis(5_000)),
            max_leg_skew: Some(Span::from_millis(250)),
        },
        levels: scopes
            .map(|scope| Level {
                scope,
                limits: wide,
            })
            .to_vec(),
        breakers: vec![
            breaker(Trigger::DailyLoss(amount("100000"))),
            breaker(Trigger::Drawdown(Bps::from_millionths(500_000_000))),
        ],
        alerts: vec![AlertRule::Exposure(amount("40000000"))],
        funds: Some(FundsRules {
            check: true,
            venues: (0..VENUES).map(terms).collect(),
            reconcile: None,
        }),
        ..RiskLimits::default()
    }
}

/// A desk of eight tasks with 32 orders at rest, and its market.
fn desk(limits: RiskLimits) -> (Desk, Market) {
    let names = Arc::new(names());
    let task = |at| -> Box<dyn Task> { Box::new(Solo::new(Resting(legs(at)), legs(at))) };
    let mut market = Market::new(
        &names.instruments,
        &[TopFeed::Quote; (VENUES * SYMBOLS) as usize],
    );
    let tasks = (0..TASKS).map(task).collect();
    let mut desk = Desk::new(names, limits, 1, tasks);
    let mut step = |body| {
        let ts = Ts::from_nanos(0);
        let event = Event { ts, body };
        desk.turn_day(ts, &market);
        market.apply(&event);
        desk.on_event(Seq(0), &event, &market, &mut Outbox::default());
    };
    for venue in 0..VENUES {
        for asset in 0..4 {
            step(Body::Account(AccountEvent::Balance {
                venue: VenueId(venue),
                asset: AssetId(asset),
                total: amount("100000"),
            }));
        }
    }
    for at in 0..VENUES * SYMBOLS {
        let level = |price| BookLevel {
            price: Price::new(price),
            qty: Qty::new(1_000),
        };
        step(Body::Quote(Quote {
            instrument: InstrumentId(at),
            bid: level(9_999),
            ask: level(10_001),
        }));
    }
    for task in (0..TASKS).map(TaskId) {
        step(Body::Timer(Timer { task, id: 1 }));
    }
    assert_eq!(desk.orders().alive_count(), usize::from(TASKS) * 4);
    (desk, market)
}

fn gate(c: &mut Criterion) {
    let plain = RiskLimits {
        max_order_notional: Some(amount("100000")),
        max_position_notional: Some(amount("1000000")),
        ..RiskLimits::default()
    };
    let mut group = c.benchmark_group("gate");
    for (limits, name) in [
        (RiskLimits::default(), "nothing configured"),
        (plain, "plain limits"),
        (usual(), "usual"),
        (everything(), "everything"),
    ] {
        let (desk, market) = desk(limits);
        let view = RiskView {
            now: Ts::from_nanos(0),
            names: desk.names(),
            market: &market,
            orders: desk.orders(),
            positions: desk.positions(),
            ledger: desk.ledger(),
            day_realised: Money::ZERO,
            day_opening_unrealised: Money::ZERO,
        };
        let wanted = intent(InstrumentId(0));
        let place = Place {
            order: OrderId { epoch: 1, n: 32 },
            task: TaskId(0),
            instrument: wanted.instrument,
            side: wanted.side,
            qty: wanted.qty,
            limit: wanted.limit,
            time_in_force: wanted.time_in_force,
            reduce_only: false,
            tag: wanted.tag,
        };
        group.bench_function(name, |bench| {
            bench.iter(|| {
                let judged = desk.gate().approve(black_box(place), &view, &[]);
                assert!(judged.is_ok());
                judged
            });
        });
    }
    group.finish();
}

fn delta(c: &mut Criterion) {
    let decimal = |thousandths: i64| Decimal::new(thousandths, 3);
    let bands =
        Bands::new(decimal(1), decimal(10), decimal(100), decimal(1)).expect("bands in order");
    c.bench_function("delta check", |bench| {
        let mut at = 0_i64;
        bench.iter(|| {
            at = (at + 7) % 200;
            black_box(bands.judge(black_box(decimal(at - 100))))
        });
    });
}

/// A fill that adds to a position, and one that closes a part of it, at prices that leave costs with all their digits.
fn position(c: &mut Criterion) {
    let instrument = &names().instruments[3];
    let fill = |at: i64| Fill {
        trade_id: at as u64,
        price: Price::new(9_000 + at * 37 % 1_999),
        qty: Qty::new(1 + at * 7 % 40),
        fee: Fee {
            asset: AssetId(0),
            amount: amount("0.01"),
            value: amount("0.01"),
        },
        maker: false,
    };
    let fills: Vec<Fill> = (0..1_024).map(fill).collect();
    c.bench_function("position update", |bench| {
        let (mut position, mut at) = (Position::default(), 0_usize);
        bench.iter(|| {
            at += 1;
            let side = if at.is_multiple_of(3) {
                Side::Sell
            } else {
                Side::Buy
            };
            let side = if at & 1_024 == 0 {
                side
            } else {
                side.opposite()
            };
            black_box(position.book(instrument, side, black_box(&fills[at % 1_024])))
        });
        assert!(!position.qty.is_zero());
    });
}

criterion_group!(benches, gate, delta, position);
criterion_main!(benches);
