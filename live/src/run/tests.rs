//! The loop with arrivals by hand: order, stamps, timers, halts, a journal that fails, and another life.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use onetape_core::command::{Command, LegRole, LegTag, TimeInForce};
use onetape_core::desk::Desk;
use onetape_core::engine::{Engine, Gateway};
use onetape_core::event::{
    Body, Control, Event, FeedNews, Level, OrderEvent, OrderEventKind, Quote, RunEvent, RunStarted,
    Seq,
};
use onetape_core::instrument::{Instrument, InstrumentKind, Side as OrderSide};
use onetape_core::journal::{
    Batch, Committed, Durability, Frames, Journal, MemoryStore, Mode, NullStore, Record, Store,
};
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{AssetId, InstrumentId, Names, VenueId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::{OrderId, OrderState};
use onetape_core::risk::RiskLimits;
use onetape_core::state::{Loader, RestoreError, Saver};
use onetape_core::strategy::{
    Context, Intents, NoSignals, OrderIntent, Outgoing, Solo, Strategy, Task,
};
use onetape_core::time::{Span, Ts};
use onetape_data::journal::Entry;

use super::*;
use crate::control::HaltFlag;
use crate::journal::{Latch, Past as _};
use crate::queue::{Arrival, Inbox, InboxLimits, channel};
use crate::stamp::{Clock, Stamper, SteadyClock};
use crate::timing::Moments;

/// A clock that the test sets.
#[derive(Clone, Default)]
pub(super) struct Hand(pub(super) Rc<Cell<i64>>);

impl Clock for Hand {
    fn now(&mut self) -> Ts {
        Ts::from_nanos(self.0.get())
    }
}

/// What left, and when.
#[derive(Clone, Default)]
pub(super) struct Sent(Rc<RefCell<Vec<String>>>, Moments);

impl Gateway for Sent {
    fn send(&mut self, _: Ts, outgoing: Outgoing, _: &Committed) {
        let word = match outgoing.command() {
            Command::Place(place) => format!("place {}", place.order.client_text()),
            Command::Cancel(order) => format!("cancel {}", order.client_text()),
            _ => "other".to_string(),
        };
        self.0.borrow_mut().push(word);
        self.1.left(SteadyClock::read());
    }
}

impl Side for Sent {}

/// Rests one bid below every quote while none is at work, anew when it expires, and takes it back when a timer comes.
struct Rests;

impl Rests {
    fn bid(limit: Price) -> OrderIntent {
        OrderIntent {
            instrument: InstrumentId(0),
            side: OrderSide::Buy,
            qty: Qty::new(5),
            limit: Some(limit),
            time_in_force: TimeInForce::GoodTillCancelled,
            reduce_only: false,
            tag: LegTag {
                trip: 0,
                leg: 0,
                role: LegRole::Entry,
            },
        }
    }
}

impl Strategy for Rests {
    type Signals = NoSignals;

    fn signals(&self) -> NoSignals {
        NoSignals
    }

    fn on_event(&mut self, cx: &Context<'_, NoSignals>, event: &Event, out: &mut Intents<'_>) {
        if let Body::Timer(_) = event.body {
            let alive: Vec<OrderId> = cx.orders.alive().map(|it| it.place.order).collect();
            alive.into_iter().for_each(|order| out.cancel(order));
            return out.reason("taking_back");
        }
        let limit = match &event.body {
            Body::Quote(quote) => Some(Price::new(quote.bid.price.mantissa() - 10)),
            Body::Order(news) if news.kind == OrderEventKind::Expired => {
                cx.orders.get(news.order).and_then(|it| it.place.limit)
            }
            _ => None,
        };
        let (Some(limit), None) = (limit, cx.orders.alive().next()) else {
            return;
        };
        let placed = out.place(Self::bid(limit));
        if placed.is_some() {
            out.wake_at(event.ts + Span::from_nanos(1_000), 1);
            out.reason("resting");
        }
    }

    fn save(&self, _: &mut Saver) {}

    fn restore(&mut self, _: &mut Loader<'_>) -> Result<(), RestoreError> {
        Ok(())
    }
}

pub(super) fn names() -> Arc<Names> {
    let instrument = Instrument {
        id: InstrumentId(0),
        name: "venue:BTCUSDT".into(),
        venue: VenueId(0),
        symbol: "BTCUSDT".into(),
        kind: InstrumentKind::Spot,
        base: AssetId(0),
        quote: AssetId(1),
        price_decimals: 1,
        qty_decimals: 1,
        tick: Price::new(1),
        lot: Qty::new(1),
        min_qty: Qty::new(1),
        max_qty: Qty::ZERO,
        min_notional: Money::ZERO,
        contract_value: Money::parse("1").unwrap(),
        inferred: false,
        tiers: Vec::new(),
    };
    Arc::new(Names {
        venues: vec!["venue".into()],
        assets: vec!["BTC".into(), "USDT".into()],
        instruments: vec![instrument],
        tasks: vec!["task".into()],
    })
}

pub(super) const RUN: [u8; 16] = [3; 16];

pub(super) fn engine<S: Store>(store: S, mode: Mode) -> Engine<Journal<S>> {
    let names = names();
    let tasks: Vec<Box<dyn Task>> = vec![Box::new(Solo::new(Rests, vec![InstrumentId(0)]))];
    Engine::new(
        Market::new(&names.instruments, &[TopFeed::Quote]),
        Desk::new(names, RiskLimits::default(), 1, tasks),
        Journal::new(store, RUN, mode),
        Durability::Process,
    )
}

pub(super) fn started(epoch: u32) -> RunStarted {
    RunStarted {
        run_id: RUN,
        scenario: String::new(),
        names: (*names()).clone(),
        seed: 1,
        epoch,
        tape: Vec::new(),
    }
}

pub(super) struct Rig<S: Store> {
    pub(super) run: Loop<S, Hand, Sent>,
    clock: Hand,
    sent: Sent,
    halt: HaltFlag,
}

pub(super) fn rig<S: Store>(store: S) -> Rig<S>
where
    S::Error: fmt::Display,
{
    let (clock, sent, halt) = (Hand::default(), Sent::default(), HaltFlag::default());
    let gate = Guarded::new(sent.clone(), halt.clone(), Latch::default());
    let engine = engine(store, Mode::Full);
    let run = Loop::new(engine, Stamper::new(clock.clone()), gate, Tap::none());
    let mut run = run.timed(sent.1.clone());
    run.start(started(1)).unwrap();
    Rig {
        run,
        clock,
        sent,
        halt,
    }
}

pub(super) fn quote(bid: i64) -> Body {
    let level = |price| Level {
        price: Price::new(price),
        qty: Qty::new(100),
    };
    Body::Quote(Quote {
        instrument: InstrumentId(0),
        bid: level(bid),
        ask: level(bid + 1),
    })
}

pub(super) fn arrival(received: i64, body: Body) -> Arrival {
    Arrival::new(Ts::from_nanos(received), body)
}

/// Events and decisions of a journal in memory.
#[allow(clippy::needless_pass_by_value, reason = "a run gives its store away")]
fn records(store: MemoryStore) -> Vec<(u64, Record)> {
    let frames = Frames::open(store.bytes()).unwrap();
    frames
        .map(|frame| {
            let frame = frame.unwrap();
            (frame.seq.0, frame.record().unwrap())
        })
        .filter(|(_, record)| !matches!(record, Record::Marks(_)))
        .collect()
}

#[test]
fn what_arrives_is_stamped_in_strict_order_though_the_clock_stands_still() {
    let mut rig = rig(MemoryStore::default());
    let (to, from) = channel(InboxLimits::default());
    let second_ago = SteadyClock::read().nanos() - 1_000_000_000;
    to.try_send(arrival(second_ago, quote(1_000))).unwrap();
    to.try_send(arrival(second_ago, Body::Control(Control::Pause)))
        .unwrap();
    rig.clock.0.set(50);
    let mut order = Vec::new();
    while let Some(arrival) = from.try_next() {
        order.push(arrival.body.is_market());
        rig.run.take(arrival).unwrap();
    }
    // Control goes before market.
    assert_eq!(order, [false, true]);
    let waited = rig.run.health().longest_wait_ns;
    assert!((1_000_000_000..60_000_000_000).contains(&waited));
    let stamps: Vec<i64> = (records(rig.run.close().unwrap()).iter())
        .filter_map(|(_, record)| match record {
            Record::Event(event) => Some(event.ts.nanos()),
            _ => None,
        })
        .collect();
    assert_eq!(stamps, [0, 50, 51]);
}

#[test]
fn a_timer_comes_at_its_own_time_before_what_arrives_after_it() {
    let mut rig = rig(MemoryStore::default());
    rig.clock.0.set(100);
    rig.run.take(arrival(100, quote(1_000))).unwrap();
    assert_eq!(rig.run.wakes_at(), Some(Ts::from_nanos(1_100)));
    rig.run.turn().unwrap();
    assert_eq!(rig.run.health().timers, 0);
    // The next thing comes long after the timer was due.
    rig.clock.0.set(9_000);
    rig.run.take(arrival(9_000, quote(1_001))).unwrap();
    assert_eq!(rig.run.health().timers, 1);
    assert_eq!(rig.run.wakes_at(), None);
    assert_eq!(*rig.sent.0.borrow(), ["place ot1-0", "cancel ot1-0"]);
    let timers: Vec<i64> = (records(rig.run.close().unwrap()).iter())
        .filter_map(|(_, record)| match record {
            Record::Event(Event {
                ts,
                body: Body::Timer(_),
            }) => Some(ts.nanos()),
            _ => None,
        })
        .collect();
    assert_eq!(timers, [1_100]);
}

#[test]
fn what_leaves_is_measured_from_what_led_to_it() {
    let mut rig = rig(MemoryStore::default());
    let counts = |rig: &Rig<MemoryStore>| {
        let figures = rig.run.figures();
        let unmeasured = figures.unmeasured + figures.repairs_unmeasured;
        (figures.orders.count(), figures.repairs.count(), unmeasured)
    };
    rig.clock.0.set(100);
    rig.run.take(arrival(100, quote(1_000))).unwrap();
    assert_eq!(counts(&rig), (1, 0, 0));
    // News of an order that lead to nothing, and such that lead to another order.
    for (kind, repairs) in [(OrderEventKind::Accepted, 0), (OrderEventKind::Expired, 1)] {
        let order = OrderId { epoch: 1, n: 0 };
        let news = Body::Order(OrderEvent { order, kind });
        rig.run.take(arrival(200, news)).unwrap();
        assert_eq!(counts(&rig), (1, repairs, 0));
    }
    // The timers of both orders, before something that leads to nothing.
    rig.clock.0.set(9_000);
    rig.run.take(arrival(9_000, quote(1_001))).unwrap();
    let left = ["place ot1-0", "place ot1-1", "cancel ot1-1", "cancel ot1-1"];
    assert_eq!(*rig.sent.0.borrow(), left);
    assert_eq!(counts(&rig), (1, 3, 0));
}

#[test]
fn a_halt_holds_new_orders_at_once_and_what_is_taken_back_passes() {
    let mut rig = rig(MemoryStore::default());
    rig.clock.0.set(100);
    rig.run.take(arrival(100, quote(1_000))).unwrap();
    rig.halt.set();
    rig.clock.0.set(2_000);
    rig.run.turn().unwrap();
    let cancelled = OrderEvent {
        order: OrderId { epoch: 1, n: 0 },
        kind: OrderEventKind::Cancelled,
    };
    rig.run.own(Body::Order(cancelled)).unwrap();
    rig.run.take(arrival(2_000, quote(1_001))).unwrap();
    assert_eq!(*rig.sent.0.borrow(), ["place ot1-0", "cancel ot1-0"]);
    let health = rig.run.health();
    assert_eq!((health.sent, health.blocked), (1, 1));
    // The tape says that it never left, so the desk does not wait for it.
    let held = OrderId { epoch: 1, n: 1 };
    let state = rig.run.engine().desk().orders().get(held).unwrap().state;
    assert_eq!(state, OrderState::NotSent);
    // A resume clears the flag once it stands in the journal; orders leave again.
    rig.run.own(Body::Control(Control::Resume)).unwrap();
    assert!(!rig.halt.is_set());
    rig.run.take(arrival(2_000, quote(1_002))).unwrap();
    assert_eq!(rig.run.health().sent, 2);
    // A halt through the queue sets it too.
    rig.run.own(Body::Control(Control::Halt)).unwrap();
    assert!(rig.halt.is_set());
}

/// A store that fails from a write on.
struct Failing {
    writes: u32,
}

#[derive(Debug)]
struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no space")
    }
}

impl Store for Failing {
    type Error = Full;

    fn write(&mut self, _: Batch<'_>) -> Result<(), Full> {
        self.writes = self.writes.checked_sub(1).ok_or(Full)?;
        Ok(())
    }

    fn sync(&mut self) -> Result<(), Full> {
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Full> {
        Ok(())
    }
}

#[test]
fn no_order_leaves_that_the_journal_did_not_take() {
    // The start of the run is written; what the order waits for is not.
    let mut rig = rig(Failing { writes: 1 });
    rig.clock.0.set(100);
    let failed = rig.run.take(arrival(100, quote(1_000))).unwrap_err();
    assert_eq!(failed, RunError::Journal("no space".to_string()));
    assert!(rig.sent.0.borrow().is_empty());
    assert!(rig.run.take(arrival(101, quote(1_001))).is_err());
    assert!(rig.sent.0.borrow().is_empty());
}

#[test]
fn an_order_of_a_person_is_written_when_it_is_answered() {
    let mut rig = rig(MemoryStore::default());
    let halts = |rig: &Rig<MemoryStore>| {
        let frames = Frames::open(rig.run.store().bytes()).unwrap();
        let halt = |record: &Record| match record {
            Record::Event(event) => event.body == Body::Control(Control::Halt),
            _ => false,
        };
        frames
            .filter(|frame| halt(&frame.as_ref().unwrap().record().unwrap()))
            .count()
    };
    assert_eq!(halts(&rig), 0);
    rig.run.own(Body::Control(Control::Halt)).unwrap();
    assert_eq!(halts(&rig), 1);
    // What else arrives waits for the end of the round.
    rig.run.take(arrival(100, quote(1_000))).unwrap();
    let before = rig.run.store().bytes().len();
    rig.run.write().unwrap();
    assert!(rig.run.store().bytes().len() > before);
}

#[test]
fn what_was_drawn_together_says_so_on_the_tape() {
    let mut rig = rig(MemoryStore::default());
    let limits = InboxLimits {
        market: 2,
        ..InboxLimits::default()
    };
    let mut inbox = Inbox::new(limits);
    for at in 0..5 {
        inbox.push(arrival(at, quote(1_000 + at))).unwrap();
    }
    while let Some(arrival) = inbox.pop() {
        rig.run.take(arrival).unwrap();
    }
    assert!(rig.run.health().conflated > 0);
    let told = records(rig.run.close().unwrap());
    let conflated = |record: &Record| match record {
        Record::Event(event) => {
            matches!(&event.body, Body::Feed(news) if news.state == FeedNews::Conflated)
        }
        _ => false,
    };
    assert!(told.iter().any(|(_, record)| conflated(record)));
}

/// A first life that sent one order, as records.
fn first_life() -> Vec<(u64, Record)> {
    let mut rig = rig(MemoryStore::default());
    rig.clock.0.set(100);
    rig.run.take(arrival(100, quote(1_000))).unwrap();
    records(rig.run.close().unwrap())
}

fn recovered(records: &[(u64, Record)]) -> Result<Recovered, RecoveryError> {
    let mut recovery = Recovery::new(|| Ok(engine(NullStore, Mode::None)))?;
    for (seq, record) in records {
        recovery.take(Entry {
            seq: Seq(*seq),
            body: record.clone(),
            segment: 0,
            offset: 0,
        });
    }
    recovery.finish()
}

#[test]
fn another_life_goes_on_where_the_journal_ends_with_ids_of_its_own() {
    let before = first_life();
    assert!(matches!(before.last(), Some((1, Record::Decision(_)))));
    // The decision may be the torn tail: then it is written first, so that the journal says what the desk believes.
    for (kept, unwritten) in [(before.len(), 0), (before.len() - 1, 1)] {
        let recovered = recovered(&before[..kept]).unwrap();
        assert_eq!(recovered.unwritten.len(), unwritten);
        assert_eq!(recovered.last, Ts::from_nanos(100));
        let journal = Journal::new(MemoryStore::default(), RUN, Mode::Full);
        let engine = recovered.onto(journal, Durability::Process).unwrap();
        assert_eq!(engine.desk().orders().alive().count(), 1);
        let (clock, sent) = (Hand::default(), Sent::default());
        let gate = Guarded::new(sent.clone(), HaltFlag::default(), Latch::default());
        let stamper = Stamper::after(clock.clone(), Ts::from_nanos(100));
        let mut run = Loop::new(engine, stamper, gate, Tap::none());
        run.resume(2).unwrap();
        let never = OrderEvent {
            order: OrderId { epoch: 1, n: 0 },
            kind: OrderEventKind::NotSent,
        };
        run.own(Body::Order(never)).unwrap();
        run.take(arrival(0, quote(1_000))).unwrap();
        assert_eq!(*sent.0.borrow(), ["place ot2-0"]);
        assert_eq!(run.engine().desk().orders().len(), 2);
        // Stamps go on after those of the first life although the clock was set back.
        let after = records(run.close().unwrap());
        let resumed = after.iter().find_map(|(_, record)| match record {
            Record::Event(event) => match &event.body {
                Body::Run(news) => Some((event.ts.nanos(), matches!(**news, RunEvent::Resumed(_)))),
                _ => None,
            },
            _ => None,
        });
        assert_eq!(resumed, Some((101, true)));
        assert_eq!(matches!(after[0].1, Record::Decision(_)), unwritten == 1);
    }
}

#[test]
fn a_journal_that_another_build_wrote_or_that_lacks_something_is_not_gone_on_with() {
    let before = first_life();
    let mut other = before.clone();
    if let Some((_, Record::Decision(decision))) = other.last_mut() {
        decision.digest ^= 1;
    }
    assert_eq!(
        recovered(&other).err(),
        Some(RecoveryError::Otherwise(Seq(1)))
    );
    assert_eq!(
        recovered(&before[1..]).err(),
        Some(RecoveryError::Missing(Seq(0)))
    );
    let mut rig = rig(MemoryStore::default());
    rig.clock.0.set(100);
    rig.run.take(arrival(100, quote(1_000))).unwrap();
    let ended = records(rig.run.end().unwrap());
    assert_eq!(recovered(&ended).err(), Some(RecoveryError::Ended));
}

#[test]
fn what_the_scenario_orders_comes_at_its_time_before_anything_later() {
    let mut rig = rig(MemoryStore::default());
    let orders = [
        (5, Control::Pause),
        (20, Control::Resume),
        (20, Control::Halt),
    ];
    let orders = orders.map(|(at, control)| (Ts::from_nanos(at), control));
    rig.run.schedule(orders.into());
    assert_eq!(rig.run.wakes_at(), Some(Ts::from_nanos(5)));
    rig.clock.0.set(30);
    rig.run.take(arrival(30, quote(100))).unwrap();
    assert!(
        rig.halt.is_set(),
        "a halt of the scenario holds as a person's"
    );
    let store = rig.run.end().unwrap();
    let told = records(store)
        .into_iter()
        .filter_map(|(_, record)| match record {
            Record::Event(event) => Some(event),
            _ => None,
        });
    let order: Vec<String> = told
        .filter(|event| !matches!(event.body, Body::Run(_)))
        .map(|event| match event.body {
            Body::Control(control) => format!("{control:?} {}", event.ts.nanos()),
            _ => "quote".to_string(),
        })
        .collect();
    assert_eq!(order, ["Pause 5", "Resume 20", "Halt 21", "quote"]);
}

#[test]
fn an_approved_halt_lets_orders_leave_again() {
    use onetape_core::approval::{Item, Verdict};
    let mut rig = rig(MemoryStore::default());
    rig.run.own(Body::Control(Control::Halt)).unwrap();
    assert!(rig.halt.is_set());
    let say = |approved| {
        Body::Control(Control::Verdict(Box::new(Verdict {
            item: Item::Halt,
            approved,
            who: "ann".to_string(),
            why: None,
        })))
    };
    rig.run.own(say(false)).unwrap();
    assert!(rig.halt.is_set(), "a no changes nothing");
    rig.run.own(say(true)).unwrap();
    assert!(!rig.halt.is_set());
}
