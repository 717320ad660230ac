//! The checker: silent on a run in which everything holds, and each rule told where it does not.
#![allow(clippy::unwrap_used)]

mod common;

use std::convert::Infallible;
use std::sync::Arc;

use onetape_core::command::{Command, LegRole, LegTag, Place, TimeInForce};
use onetape_core::decision::Decision;
use onetape_core::desk::Desk;
use onetape_core::engine::{Engine, Flow, Gateway, Machine};
use onetape_core::event::{Body, Control, Event, Fee, Fill, OrderEvent, OrderEventKind, Seq};
use onetape_core::fault::{FaultEvent, FaultKind, FaultPhase};
use onetape_core::instrument::Side;
use onetape_core::journal::{Durability, Journal, JournalError, Mode, NullStore};
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{AssetId, TaskId, VenueId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::risk::RiskLimits;
use onetape_core::time::Ts;
use onetape_sim::check::{Checked, Checker, Ending, Rule, Violation};
use onetape_sim::{FaultPlan, Scheduled, World};

use common::{Act, FUTURES, List, MS, Plan, SPOT, Script, intent, latency, names, quote};

struct Watched {
    engine: Engine<Journal<NullStore>>,
    checker: Checker,
}

impl Machine for Watched {
    type Error = JournalError<Infallible>;
    type Block = Vec<onetape_core::event::TapeRow>;

    fn step(&mut self, event: &Event, gateway: &mut impl Gateway) -> Result<Flow, Self::Error> {
        let seq = self.engine.step(event, gateway)?;
        let (desk, market) = (self.engine.desk(), self.engine.market());
        self.checker
            .event(seq, event, self.engine.decisions(), desk, market);
        Ok(Flow::Go)
    }

    fn deadline(&self) -> Option<(Ts, onetape_core::event::Timer)> {
        self.engine.desk().next_deadline()
    }

    fn market(&self) -> &Market {
        self.engine.market()
    }
}

/// Runs a script on two seconds of quotes at every tenth, with the checker beside it.
fn checked(faults: Option<FaultPlan>, acts: Vec<(usize, Act)>) -> Checked {
    let plan = Plan {
        latency: [latency(2, 5, 5), latency(2, 5, 5)],
        wallet: "100000",
        faults,
        ..Plan::default()
    };
    let names = Arc::new(names());
    let at = |ms| [SPOT, FUTURES].map(|id| quote(ms, id, (999, 9_000), (1_001, 9_000)));
    let tape: Vec<Event> = (1..=20).flat_map(|n| at(n * 100)).collect();
    let market = || Market::new(&names.instruments, &[TopFeed::Quote; 8]);
    let mut world = World::new(names.clone(), plan.sim(), market(), List::new(&tape));
    let desk = Desk::new(
        names.clone(),
        RiskLimits::default(),
        1,
        vec![Box::new(Script::new(acts))],
    );
    let journal = Journal::new(NullStore, [7; 16], Mode::None);
    let mut watched = Watched {
        engine: Engine::new(market(), desk, journal, Durability::Process),
        checker: Checker::new(names.clone(), vec![vec![SPOT, FUTURES].into()]),
    };
    world.run(&mut watched).unwrap();
    let Watched { engine, checker } = watched;
    checker.finish(
        engine.next_seq(),
        engine.desk(),
        engine.market(),
        world.venues(),
    )
}

fn order(
    at: usize,
    instrument: onetape_core::names::InstrumentId,
    side: Side,
    qty: i64,
    role: LegRole,
) -> (usize, Act) {
    let mut intent = intent(instrument, side, qty, None, TimeInForce::ImmediateOrCancel);
    intent.reduce_only = instrument == FUTURES && role == LegRole::Exit;
    intent.tag = LegTag {
        trip: 1,
        leg: 0,
        role,
    };
    (at, Act::Place(intent))
}

fn rules(checked: &Checked) -> Vec<Rule> {
    checked
        .violations
        .iter()
        .map(|broken| broken.rule)
        .collect()
}

#[test]
fn a_pair_that_balances_breaks_nothing() {
    let found = checked(
        None,
        vec![
            order(2, SPOT, Side::Buy, 1_000, LegRole::Entry),
            order(2, FUTURES, Side::Sell, 1_000, LegRole::Entry),
            order(9, SPOT, Side::Sell, 1_000, LegRole::Exit),
            order(9, FUTURES, Side::Buy, 1_000, LegRole::Exit),
        ],
    );
    assert_eq!((rules(&found), found.injected), (Vec::new(), 0));
    assert_eq!(found.tasks[0].ending, Ending::Flat);
    // The two fills of each pair are told in one moment, one after the other.
    assert_eq!(found.outside.len(), 2);
}

#[test]
fn an_open_leg_that_nobody_is_told_of_is_not_settled() {
    let found = checked(None, vec![order(2, SPOT, Side::Buy, 1_000, LegRole::Entry)]);
    assert_eq!(rules(&found), [Rule::Settled]);
    assert_eq!(found.tasks[0].ending, Ending::Open);
}

#[test]
fn an_entry_on_an_open_leg_is_naked() {
    let found = checked(
        None,
        vec![
            order(2, SPOT, Side::Buy, 1_000, LegRole::Entry),
            order(5, FUTURES, Side::Sell, 1_000, LegRole::Entry),
        ],
    );
    assert_eq!(rules(&found), [Rule::NoNakedEntry]);
}

#[test]
fn a_repair_that_turns_the_delta_hedges_twice() {
    let leg = |role, qty| order(5, FUTURES, Side::Sell, qty, role);
    let with = |qty| {
        checked(
            None,
            vec![
                order(2, SPOT, Side::Buy, 1_000, LegRole::Entry),
                leg(LegRole::Repair, qty),
            ],
        )
    };
    assert_eq!(rules(&with(1_000)), []);
    assert_eq!(rules(&with(2_000)), [Rule::NoDoubleHedge, Rule::Settled]);
}

/// Trip 1 holds 1.0 of spot, trip 2 less of the future; the spot is closed in full while the future is still to come.
#[test]
fn sagas_that_work_at_once_each_close_what_they_hold() {
    let of = |trip, (at, act): (usize, Act)| {
        let Act::Place(mut intent) = act else {
            panic!("only orders are asked for")
        };
        intent.tag.trip = trip;
        (at, Act::Place(intent))
    };
    let repair = |at, instrument, side, qty| order(at, instrument, side, qty, LegRole::Repair);
    let with = |closes, qty| {
        checked(
            None,
            vec![
                of(1, order(2, SPOT, Side::Buy, 1_000, LegRole::Entry)),
                of(2, repair(4, FUTURES, Side::Sell, 600)),
                of(closes, repair(6, SPOT, Side::Sell, qty)),
                of(closes.max(2), repair(8, FUTURES, Side::Buy, 600)),
            ],
        )
    };
    assert_eq!(rules(&with(1, 1_000)), []);
    // More than its own is twice, and so is a trip that began when the other was there to be carried on.
    assert_eq!(rules(&with(1, 2_000)), [Rule::NoDoubleHedge, Rule::Settled]);
    assert_eq!(
        rules(&with(3, 1_000)),
        [Rule::RepairReduces, Rule::NoDoubleHedge]
    );
}

#[test]
fn an_order_that_is_sent_again_while_it_is_unknown_is_told() {
    let lost = Scheduled {
        at: Ts::from_nanos(0),
        kind: FaultKind::ReplyLost,
        venue: VenueId(0),
        instrument: None,
        duration: None,
        reason: None,
        size: None,
    };
    let faults = FaultPlan {
        at: vec![lost],
        ..FaultPlan::new(1)
    };
    // Unknown from 350 to 400 of the order of 100; the query is made to take longer.
    let faults = FaultPlan {
        query: onetape_core::time::Span::from_millis(300),
        ..faults
    };
    let found = checked(
        Some(faults),
        vec![
            order(1, SPOT, Side::Buy, 1_000, LegRole::Entry),
            order(9, SPOT, Side::Buy, 1_000, LegRole::Repair),
        ],
    );
    assert_eq!(rules(&found)[0], Rule::NoResend);
    assert_eq!(found.injected, 1);
    let sent = Some(onetape_core::order::OrderState::Sent);
    assert_eq!(found.matrix.count(FaultKind::ReplyLost, sent), 1);
}

/// One trip whose spot order, of too little to be an imbalance, is held up, and a second one.
#[test]
fn a_trip_behind_an_order_that_is_held_up_was_met_by_that_fault() {
    let faults = |held_up_ms| FaultPlan {
        at: vec![Scheduled {
            at: Ts::from_nanos(0),
            kind: FaultKind::OrderDelayed,
            venue: VenueId(0),
            instrument: None,
            duration: Some(onetape_core::time::Span::from_millis(held_up_ms)),
            reason: None,
            size: None,
        }],
        ..FaultPlan::new(1)
    };
    let of_second = |(at, mut act): (usize, Act)| {
        if let Act::Place(intent) = &mut act {
            intent.tag.trip = 2;
        }
        (at, act)
    };
    let faults_of = |held_up_ms, second| -> Vec<u32> {
        let acts = vec![
            order(2, SPOT, Side::Buy, 1, LegRole::Entry),
            of_second(order(second, SPOT, Side::Buy, 1_000, LegRole::Entry)),
            of_second(order(second, FUTURES, Side::Sell, 1_000, LegRole::Entry)),
        ];
        let found = checked(Some(faults(held_up_ms)), acts);
        found.outside.iter().map(|it| it.faults).collect()
    };
    // It leaves while the first order is held up, and its spot leg trades when both have arrived.
    assert_eq!(faults_of(400, 5), [1]);
    // It leaves when all is through: nothing met it, and its legs trade at one moment.
    assert_eq!(faults_of(400, 14), [0]);
    // A way that is held up for more than a second is as good as lost, which is a fault of its own.
    assert_eq!(faults_of(1_200, 5), [2]);
}

/// A checker beside a desk that does nothing, fed by hand.
struct Hand {
    checker: Checker,
    desk: Desk,
    market: Market,
    seq: u64,
}

impl Hand {
    fn new() -> Self {
        let names = Arc::new(names());
        let mut market = Market::new(&names.instruments, &[TopFeed::Quote; 8]);
        market.apply(&quote(1, SPOT, (999, 9_000), (1_001, 9_000)));
        Self {
            checker: Checker::new(names.clone(), vec![vec![SPOT, FUTURES].into()]),
            desk: Desk::new(names, RiskLimits::default(), 1, Vec::new()),
            market,
            seq: 0,
        }
    }

    fn tell(&mut self, body: Body, decisions: &[Decision]) {
        let event = Event {
            ts: Ts::from_nanos(2 * MS),
            body,
        };
        self.market.apply(&event);
        self.checker
            .event(Seq(self.seq), &event, decisions, &self.desk, &self.market);
        self.seq += 1;
    }

    fn found(self) -> Vec<(Rule, u64)> {
        let found = self
            .checker
            .finish(Seq(self.seq), &self.desk, &self.market, &[]);
        let each = found.violations.iter();
        each.map(|Violation { rule, seq, .. }| (*rule, seq.0))
            .collect()
    }
}

fn places(n: u32) -> Decision {
    Decision {
        task: TaskId(0),
        commands: vec![Command::Place(Place {
            order: OrderId { epoch: 1, n },
            task: TaskId(0),
            instrument: SPOT,
            side: Side::Buy,
            qty: Qty::new(10),
            limit: None,
            time_in_force: TimeInForce::ImmediateOrCancel,
            reduce_only: false,
            tag: LegTag::default(),
        })],
        ..Decision::default()
    }
}

fn filled(trade_id: u64, qty: i64) -> Body {
    Body::Order(OrderEvent {
        order: OrderId { epoch: 1, n: 0 },
        kind: OrderEventKind::Filled(Box::new(Fill {
            trade_id,
            price: Price::new(1_001),
            qty: Qty::new(qty),
            fee: Fee {
                asset: AssetId(1),
                amount: Money::ZERO,
                value: Money::ZERO,
            },
            maker: false,
        })),
    })
}

#[test]
fn an_order_in_a_halt_is_told() {
    let mut hand = Hand::new();
    hand.tell(Body::Control(Control::Halt), &[places(0)]);
    assert_eq!(hand.found(), [(Rule::NotHalted, 0)]);
}

#[test]
fn an_order_on_a_dead_book_is_told() {
    let mut hand = Hand::new();
    let down = Body::Fault(FaultEvent {
        kind: FaultKind::FeedDown,
        phase: FaultPhase::Begins,
        venue: VenueId(0),
        instrument: None,
        order: None,
    });
    hand.tell(down, &[places(0)]);
    assert_eq!(hand.found(), [(Rule::LiveBook, 0)]);
}

#[test]
fn fills_that_the_desk_does_not_have_or_that_are_too_many_are_told() {
    let mut hand = Hand::new();
    hand.tell(Body::Control(Control::Resume), &[places(0)]);
    hand.tell(filled(1, 6), &[]);
    hand.tell(filled(1, 6), &[]);
    hand.tell(filled(2, 5), &[]);
    // The desk holds nothing of it; the second word of one trade is none; 11 are more than 10.
    let found = hand.found();
    let known = [
        (Rule::FillsOnce, 1),
        (Rule::FillsOnce, 3),
        (Rule::NotOverfilled, 3),
    ];
    assert_eq!(found[..3], known);
}

#[test]
fn a_ledger_that_is_not_the_venues_word_is_told() {
    let mut hand = Hand::new();
    let balance = |total| Event {
        ts: Ts::from_nanos(2 * MS),
        body: Body::Account(onetape_core::event::AccountEvent::Balance {
            venue: VenueId(0),
            asset: AssetId(1),
            total: Money::parse(total).unwrap(),
        }),
    };
    let mut out = onetape_core::desk::Outbox::default();
    for total in ["100", "99"] {
        hand.desk
            .on_event(Seq(0), &balance(total), &hand.market, &mut out);
    }
    assert_eq!(hand.found(), [(Rule::Ledger, 0)]);
}
