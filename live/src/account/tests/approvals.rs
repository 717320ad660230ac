//! What the gate approved, and what has become of it when it comes to the sender too late.

use std::sync::Arc;

use onetape_adapters::protocol::Protocol;
use onetape_core::command::{LegTag, Place, TimeInForce};
use onetape_core::desk::Desk;
use onetape_core::engine::{Engine, Gateway, Nowhere};
use onetape_core::event::{Body, Event, Level, OrderEvent, OrderEventKind, Quote};
use onetape_core::instrument::Side;
use onetape_core::journal::{Committed, Durability, Journal, MemoryStore, Mode};
use onetape_core::market::{Market, TopFeed};
use onetape_core::num::{Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::risk::RiskLimits;
use onetape_core::state::{Loader, RestoreError, Saver};
use onetape_core::strategy::{
    Context, Intents, NoSignals, OrderIntent, Outgoing, Solo, Strategy, Task,
};
use onetape_core::time::{Span, Ts};

use super::bench::{Bench, everywhere, on_one_thread, options};
use super::world::ONLY;
use crate::account::venue::now;

/// How long what was approved holds; the bench is never so slow.
const GOOD_FOR: Span = Span::from_millis(60_000);
/// Long enough ago that it holds no more.
const LONG_AGO: Span = Span::from_millis(90_000);

/// Rests a bid on a quote while none is at work, and asks for more of it on the next.
struct Grows;

impl Strategy for Grows {
    type Signals = NoSignals;

    fn signals(&self) -> NoSignals {
        NoSignals
    }

    fn on_event(&mut self, cx: &Context<'_, NoSignals>, event: &Event, out: &mut Intents<'_>) {
        let Body::Quote(_) = &event.body else {
            return;
        };
        let alive: Vec<Place> = cx.orders.alive().map(|it| it.place).collect();
        if let [resting] = alive.as_slice() {
            out.amend(resting.order, Qty::new(8), Price::new(490_000));
        } else {
            out.place(OrderIntent {
                instrument: ONLY,
                side: Side::Buy,
                qty: Qty::new(5),
                limit: Some(Price::new(490_000)),
                time_in_force: TimeInForce::GoodTillCancelled,
                reduce_only: false,
                tag: LegTag::default(),
            });
        }
        out.reason("growing");
    }

    fn save(&self, _: &mut Saver) {}

    fn restore(&mut self, _: &mut Loader<'_>) -> Result<(), RestoreError> {
        Ok(())
    }
}

/// Keeps the order that was to leave.
#[derive(Default)]
struct Keeps(Option<Place>);

impl Gateway for Keeps {
    fn send(&mut self, _: Ts, outgoing: Outgoing, _: &Committed) {
        if let Outgoing::Place(approved) = outgoing {
            self.0 = Some(approved.into_inner());
        }
    }
}

/// An engine whose gate lets nothing leave on books that are too old.
struct Decides(Engine<Journal<MemoryStore>>);

impl Decides {
    fn of(bench: &Bench) -> Self {
        let mut names = (*bench.venue.names).clone();
        names.tasks = vec!["task".to_string()];
        let limits = RiskLimits {
            max_book_age: Some(GOOD_FOR),
            ..RiskLimits::default()
        };
        let tasks: Vec<Box<dyn Task>> = vec![Box::new(Solo::new(Grows, vec![ONLY]))];
        let market = Market::new(&names.instruments, &[TopFeed::Quote]);
        Self(Engine::new(
            market,
            Desk::new(Arc::new(names), limits, 1, tasks),
            Journal::new(MemoryStore::default(), [3; 16], Mode::Full),
            Durability::Process,
        ))
    }

    /// A quote of a moment, and what is decided on it.
    fn quote(&mut self, ts: Ts, to: &mut impl Gateway) {
        let level = |price| Level {
            price: Price::new(price),
            qty: Qty::new(100),
        };
        let body = Body::Quote(Quote {
            instrument: ONLY,
            bid: level(499_990),
            ask: level(500_000),
        });
        self.0.step(&Event { ts, body }, to).unwrap();
    }

    /// What was told of an order.
    fn told(&mut self, ts: Ts, order: OrderId, kind: OrderEventKind) {
        let body = Body::Order(OrderEvent { order, kind });
        self.0.step(&Event { ts, body }, &mut Nowhere).unwrap();
    }
}

fn nth(n: u32) -> OrderId {
    OrderId { epoch: 1, n }
}

#[test]
fn md7_an_order_whose_approval_ended_is_not_sent_and_told() {
    everywhere(|protocol, options| async move {
        let mut bench = Bench::with(protocol, options).await;
        let mut engine = Decides::of(&bench);
        let ago = now() - LONG_AGO;
        engine.quote(ago, &mut bench.accounts);
        bench.until_told(nth(0), "not_sent").await;
        bench.pass(60).await;
        assert_eq!(bench.kinds(nth(0)), ["not_sent"], "{protocol:?}");
        let submitted = |bench: &Bench| bench.venue.exchange.state().world.submitted.len();
        assert_eq!(submitted(&bench), 0, "{protocol:?}");
        // Its task hears that it ended, so that it may ask again; on data of now that leaves.
        engine.told(ago, nth(0), OrderEventKind::NotSent);
        engine.quote(now(), &mut bench.accounts);
        bench.until_told(nth(1), "accepted").await;
        assert_eq!(submitted(&bench), 1, "{protocol:?}");
    });
}

#[test]
fn md7_a_change_whose_approval_ended_is_not_sent_and_told() {
    for protocol in [
        Protocol::BinanceUsdm,
        Protocol::GateSpot,
        Protocol::GateUsdt,
    ] {
        on_one_thread(async {
            let mut bench = Bench::with(protocol, options()).await;
            let mut engine = Decides::of(&bench);
            let ago = now() - LONG_AGO;
            // The order itself goes to the venue by hand: its approval ended as well.
            let mut kept = Keeps::default();
            engine.quote(ago, &mut kept);
            bench.accounts.accounts[0].place(kept.0.unwrap());
            bench.until_told(nth(0), "accepted").await;
            engine.told(ago, nth(0), OrderEventKind::Accepted);
            engine.quote(ago, &mut bench.accounts);
            bench.until_told(nth(0), "amend_rejected").await;
            bench.pass(60).await;
            let kinds = bench.kinds(nth(0));
            assert_eq!(kinds, ["accepted", "amend_rejected"], "{protocol:?}");
            let changes = |bench: &Bench| bench.venue.exchange.state().changes;
            assert_eq!(changes(&bench), 0, "{protocol:?}");
            let (_, kind) = bench.heard.last().cloned().unwrap();
            engine.told(ago, nth(0), kind);
            engine.quote(now(), &mut bench.accounts);
            bench
                .until("the change at the venue", |it| changes(it) == 1)
                .await;
        });
    }
}
