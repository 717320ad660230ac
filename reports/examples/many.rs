//! Writes the page of a made-up run with many round trips, whose size and opening time `tests/browser/run` judges.
//!
//!     cargo run -p onetape-reports --example many -- 100000 many.html

use std::error::Error;

use onetape_core::command::{Command, LegRole, LegTag, Place, TimeInForce};
use onetape_core::decision::{Decision, Number, Value};
use onetape_core::event::{
    Body, Event, Fee, Fill, OrderEvent, OrderEventKind, RunEnded, RunEvent, RunStarted, Seq,
};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::{AssetId, InstrumentId, Names, TaskId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::time::Ts;
use onetape_reports::{Fold, RunFacts, Timelines, to_html};

/// First stamp: 2025-01-01T00:00:00Z.
const BEGIN_NS: i64 = 1_735_689_600_000_000_000;
/// Second of the assets that [`names`] enters.
const USDT: AssetId = AssetId(1);
/// A round trip each five minutes.
const EACH_NS: i64 = 300_000_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [count, file] = &words[..] else {
        return Err("many: COUNT FILE".into());
    };
    let count: u32 = count.parse()?;
    let mut fold = Fold::new();
    told(count, &mut |one| match one {
        Told::Event(seq, event) => fold.event(seq, &event),
        Told::Decision(decision) => fold.decision(&decision),
    });
    let report = fold.finish();
    let mut timelines = Timelines::of(&report);
    told(count, &mut |one| match one {
        Told::Event(seq, event) => timelines.event(seq, &event),
        Told::Decision(decision) => timelines.decision(&decision),
    });
    let facts = RunFacts {
        name: format!("{count} round trips"),
        ..RunFacts::default()
    };
    std::fs::write(file, to_html(&report, &facts, &timelines)?)?;
    Ok(())
}

enum Told {
    Event(Seq, Event),
    Decision(Decision),
}

/// A spot and a perpetual venue.
fn names() -> Names {
    let mut names = Names::default();
    let (base, quote) = (names.asset_id("BTC"), names.asset_id("USDT"));
    let kinds = [
        ("spot", InstrumentKind::Spot),
        ("perp", InstrumentKind::Linear),
    ];
    for (id, (name, kind)) in (0..).zip(kinds) {
        let venue = names.venue_id(name);
        names.instruments.push(Instrument {
            id: InstrumentId(id),
            name: format!("{name}:BTCUSDT"),
            venue,
            symbol: "BTCUSDT".into(),
            kind,
            base,
            quote,
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
        });
    }
    names.tasks = vec!["pair".into()];
    names
}

/// The next draw of a plain linear generator: the same run each time.
fn draw(state: &mut u64, range: i64) -> i64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as i64 % range
}

/// What a journal of so many round trips would tell, in order.
fn told(count: u32, tell: &mut dyn FnMut(Told)) {
    let mut run = Telling {
        tell,
        seq: 0,
        orders: 0,
        at: BEGIN_NS,
    };
    let started = RunStarted {
        run_id: [7; 16],
        scenario: "name = \"many\"".into(),
        names: names(),
        seed: 1,
        epoch: 1,
        tape: vec![],
    };
    run.event(Body::Run(Box::new(RunEvent::Started(started))));
    let (mut state, mut price) = (7, 6_000_000);
    for trip in 1..=count {
        price += draw(&mut state, 4_001) - 2_000;
        price = price.max(1_000_000);
        let edge = 9_000 + draw(&mut state, 9_000);
        run.at = BEGIN_NS + i64::from(trip) * EACH_NS;
        run.pair(trip, LegRole::Entry, "entry_edge", [price, price + edge]);
        run.at += 1_000_000_000 + draw(&mut state, 200) * 1_000_000_000;
        let reason = if draw(&mut state, 4) == 0 {
            "exit_age"
        } else {
            "exit_edge"
        };
        let left = draw(&mut state, 9_000) - 1_500;
        run.pair(trip, LegRole::Exit, reason, [price, price + left]);
    }
    let ended = RunEnded {
        market_events: u64::from(count),
        tops: vec![],
    };
    run.event(Body::Run(Box::new(RunEvent::Ended(ended))));
}

struct Telling<'a> {
    tell: &'a mut dyn FnMut(Told),
    seq: u64,
    orders: u32,
    at: i64,
}

impl Telling<'_> {
    fn event(&mut self, body: Body) {
        let ts = Ts::from_nanos(self.at);
        (self.tell)(Told::Event(Seq(self.seq), Event { ts, body }));
        self.seq += 1;
        self.at += 1_300_000;
    }

    /// Both legs are decided on, sent and filled.
    fn pair(&mut self, trip: u32, role: LegRole, reason: &'static str, prices: [i64; 2]) {
        let opens = role == LegRole::Entry;
        let places: Vec<Place> = (0_u8..2)
            .map(|leg| Place {
                order: OrderId {
                    epoch: 1,
                    n: self.orders + u32::from(leg),
                },
                task: TaskId(0),
                instrument: InstrumentId(leg.into()),
                side: if opens == (leg == 0) {
                    Side::Buy
                } else {
                    Side::Sell
                },
                qty: Qty::new(100),
                limit: None,
                time_in_force: TimeInForce::ImmediateOrCancel,
                reduce_only: false,
                tag: LegTag { trip, leg, role },
            })
            .collect();
        self.orders += 2;
        let number = |name: &'static str, price: i64| Number {
            name: name.into(),
            value: Value::Exact(Money::new(rust_decimal::Decimal::new(price, 2))),
        };
        (self.tell)(Told::Decision(Decision {
            cause: Seq(self.seq),
            ts: Ts::from_nanos(self.at),
            task: TaskId(0),
            reason: reason.into(),
            numbers: vec![
                number("spot_ask", prices[0]),
                number("futures_bid", prices[1]),
            ],
            commands: places.iter().map(|place| Command::Place(*place)).collect(),
            refusals: vec![],
            digest: 0,
        }));
        for (place, price) in places.iter().zip(prices) {
            let worth = Money::new(rust_decimal::Decimal::new(price / 2_000, 3));
            let fill = Fill {
                trade_id: place.order.n.into(),
                price: Price::new(price),
                qty: place.qty,
                fee: Fee {
                    asset: USDT,
                    amount: worth,
                    value: worth,
                },
                maker: false,
            };
            for kind in [
                OrderEventKind::Accepted,
                OrderEventKind::Filled(Box::new(fill)),
            ] {
                let order = place.order;
                self.event(Body::Order(OrderEvent { order, kind }));
            }
        }
    }
}
