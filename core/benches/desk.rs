//! What the machine costs: `cargo bench -p onetape-core`.
#![allow(missing_docs)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use onetape_core::book::Ladder;
use onetape_core::decision::{Decision, Number, Value};
use onetape_core::desk::Desk;
use onetape_core::engine::{Engine, Nowhere};
use onetape_core::event::{Body, Event, Level, Quote, Seq};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::journal::{Durability, Journal, Mode, NullStore};
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId, VenueId};
use onetape_core::num::{Bps, Money, Price, Qty};
use onetape_core::position::Position;
use onetape_core::risk::RiskLimits;
use onetape_core::strategies::ALL;
use onetape_core::strategy::{Setup, Task};
use onetape_core::text::Text;
use onetape_core::time::Ts;

const EVENTS: i64 = 100_000;

fn names() -> Names {
    let kinds = [InstrumentKind::Spot, InstrumentKind::Linear];
    let instrument = |(at, kind): (usize, InstrumentKind)| Instrument {
        id: InstrumentId(at as u16),
        name: format!("venue{at}:BTCUSDT"),
        venue: VenueId(at as u16),
        symbol: "BTCUSDT".into(),
        kind,
        base: AssetId(0),
        quote: AssetId(1),
        price_decimals: 2,
        qty_decimals: 3,
        tick: Price::new(1),
        lot: Qty::new(1),
        min_qty: Qty::new(1),
        max_qty: Qty::ZERO,
        min_notional: Money::ZERO,
        contract_value: Money::parse("1").unwrap_or_default(),
        inferred: false,
        tiers: Vec::new(),
    };
    Names {
        venues: vec!["venue0".into(), "venue1".into()],
        assets: vec!["BTC".into(), "USDT".into()],
        instruments: kinds.into_iter().enumerate().map(instrument).collect(),
        tasks: vec!["task".into()],
    }
}

/// Quotes of both legs in turn, within a few basis points of each other.
fn quotes() -> Vec<Event> {
    let quote = |at: i64| {
        let price = 6_000_000 + (at * 7_919) % 1_000;
        let level = |price| Level {
            price: Price::new(price),
            qty: Qty::new(1_000),
        };
        Event {
            ts: Ts::from_nanos(at * 1_000_000),
            body: Body::Quote(Quote {
                instrument: InstrumentId((at % 2) as u16),
                bid: level(price),
                ask: level(price + 10),
            }),
        }
    };
    (0..EVENTS).map(quote).collect()
}

fn task(names: &Names, name: &str) -> Box<dyn Task> {
    task_on(names, name, vec![InstrumentId(0), InstrumentId(1)])
}

fn task_on(names: &Names, name: &str, legs: Vec<InstrumentId>) -> Box<dyn Task> {
    let spec = ALL
        .iter()
        .find(|spec| spec.card.name == name)
        .expect("a strategy of this crate");
    let given: &[(&str, &str)] = match name {
        "spot_futures" => &[
            ("notional", "1000"),
            ("min_entry_edge_bps", "30"),
            ("exit.edge_bps", "4"),
        ],
        _ => &[],
    };
    let setup = Setup {
        names,
        legs,
        taker_fees: vec![Bps::default(); 2],
        params: spec
            .card
            .read(given.iter().copied())
            .expect("parameters of the card"),
    };
    (spec.build)(&setup).expect("legs that belong together")
}

fn engine(name: &str) -> Engine<Journal<NullStore>> {
    let names = Arc::new(names());
    let feeds = [TopFeed::Quote; 2];
    let task = task(&names, name);
    let market = Market::new(&names.instruments, &feeds);
    let desk = Desk::new(names, RiskLimits::default(), 1, vec![task]);
    let journal = Journal::new(NullStore, [0; 16], Mode::None);
    Engine::new(market, desk, journal, Durability::Process)
}

fn pipeline(c: &mut Criterion) {
    let quotes = quotes();
    let everywhere = spread(&quotes);
    let mut group = c.benchmark_group("events");
    group.throughput(Throughput::Elements(EVENTS as u64));
    group.sample_size(20);
    let run = |mut engine: Engine<Journal<NullStore>>, events: &[Event]| {
        for event in events {
            black_box(engine.step(event, &mut Nowhere).ok());
        }
        engine.journal().decisions_hash()
    };
    for name in ["noop", "spot_futures"] {
        group.bench_function(name, |bench| {
            let made = || engine(name);
            bench.iter_batched(made, |made| run(made, &quotes), BatchSize::LargeInput);
        });
    }
    group.bench_function("eight tasks, fifty instruments", |bench| {
        bench.iter_batched(busy, |made| run(made, &everywhere), BatchSize::LargeInput);
    });
    group.finish();
}

/// Twenty-five pairs, each of a symbol of its own: fifty instruments.
const PAIRS: usize = 25;
/// Tasks, each on a pair of its own.
const TASKS: usize = 8;

/// Eight tasks, and fifty instruments of which sixteen are theirs: what a cycle of a whole desk costs.
fn busy() -> Engine<Journal<NullStore>> {
    let pair = names();
    let mut instruments = Vec::new();
    for at in 0..PAIRS * 2 {
        let like = &pair.instruments[at % 2];
        instruments.push(Instrument {
            id: InstrumentId(at as u16),
            name: format!("venue{}:COIN{}USDT", at % 2, at / 2),
            symbol: format!("COIN{}USDT", at / 2),
            base: AssetId(at as u16 / 2 + 1),
            quote: AssetId(0),
            ..like.clone()
        });
    }
    let coins = (0..PAIRS).map(|at| format!("COIN{at}"));
    let names = Arc::new(Names {
        assets: ["USDT".to_string()].into_iter().chain(coins).collect(),
        instruments,
        tasks: (0..TASKS).map(|at| format!("task{at}")).collect(),
        ..pair
    });
    let legs = |at: usize| [at * 2, at * 2 + 1].map(|leg| InstrumentId(leg as u16));
    let tasks = (0..TASKS).map(|at| task_on(&names, "spot_futures", legs(at).to_vec()));
    let tasks = tasks.collect();
    let market = Market::new(&names.instruments, &[TopFeed::Quote; PAIRS * 2]);
    let desk = Desk::new(names, RiskLimits::default(), 1, tasks);
    let journal = Journal::new(NullStore, [0; 16], Mode::None);
    Engine::new(market, desk, journal, Durability::Process)
}

/// The quotes of the pair, shown to all fifty instruments in turn.
fn spread(quotes: &[Event]) -> Vec<Event> {
    let mut spread = quotes.to_vec();
    for (at, event) in spread.iter_mut().enumerate() {
        if let Body::Quote(quote) = &mut event.body {
            quote.instrument = InstrumentId((at % (PAIRS * 2)) as u16);
        }
    }
    spread
}

fn parts(c: &mut Criterion) {
    let names = names();
    c.bench_function("position update", |bench| {
        let mut position = Position::default();
        let mut at = 0_i64;
        bench.iter(|| {
            at += 1;
            let side = if at % 3 == 0 { Side::Buy } else { Side::Sell };
            let price = Price::new(6_000_000 + at % 977);
            black_box(position.fill(&names.instruments[1], side, price, Qty::new(1 + at % 7)))
        });
    });
    c.bench_function("ladder update", |bench| {
        let mut ladder = Ladder::new(Side::Sell, Price::new(1));
        let mut at = 0_i64;
        bench.iter(|| {
            at += 1;
            let price = Price::new(6_000_000 + (at * 31) % 499);
            black_box(ladder.set(price, Qty::new(at % 5)))
        });
    });
    c.bench_function("decision encode", |bench| {
        let number = |name| Number {
            name: Text::new(name),
            value: Value::Signal(1.5),
        };
        let decision = Decision {
            cause: Seq(1),
            ts: Ts::from_nanos(1),
            task: TaskId(0),
            reason: Text::new("edge_below_entry"),
            numbers: ["carry_edge_bps", "reverse_edge_bps"].map(number).to_vec(),
            commands: Vec::new(),
            refusals: Vec::new(),
            digest: 7,
        };
        let mut journal = Journal::new(NullStore, [0; 16], Mode::None);
        bench.iter(|| black_box(journal.decision(&decision).ok()));
    });
}

criterion_group!(benches, parts, pipeline);
criterion_main!(benches);
