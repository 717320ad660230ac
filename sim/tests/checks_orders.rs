//! The checker's rules on what leaves: each is told where an order breaks it, and not where the order is one less.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use onetape_core::command::{Command, LegRole, LegTag, Place, TimeInForce};
use onetape_core::decision::{Decision, Refusal};
use onetape_core::desk::{Desk, Outbox};
use onetape_core::event::{
    AccountEvent, Body, Control, Event, Fee, Fill, OrderEvent, OrderEventKind, Seq,
};
use onetape_core::instrument::Side;
use onetape_core::market::{Market, TopFeed};
use onetape_core::names::{AssetId, InstrumentId, TaskId, VenueId};
use onetape_core::num::{Bps, Money, Price, Qty};
use onetape_core::order::OrderId;
use onetape_core::risk::{FundsRules, Guards, RiskLimits};
use onetape_core::time::{Span, Ts};
use onetape_sim::check::{Checker, Rule};

use common::{FUTURES, MS, SPOT, SPOT_B, depth, money, names, quote};

/// A checker beside a desk that does nothing, fed by hand: spot and futures at 100.0 and 100.1.
struct Hand {
    checker: Checker,
    desk: Desk,
    market: Market,
    seq: u64,
}

impl Hand {
    fn new(limits: &RiskLimits) -> Self {
        let mut feeds = [TopFeed::Quote; 8];
        feeds[SPOT_B.index()] = TopFeed::Depth;
        let names = Arc::new(names());
        let legs = vec![vec![SPOT, SPOT_B, FUTURES]; 2];
        let mut hand = Self {
            market: Market::new(&names.instruments, &feeds),
            checker: Checker::new(names.clone(), legs.into_iter().map(Into::into).collect())
                .within(limits)
                .patient_for(&[Some(Span::from_millis(3_000)), None]),
            desk: Desk::new(names, limits.clone(), 1, Vec::new()),
            seq: 0,
        };
        for id in [SPOT, FUTURES] {
            hand.tell(quote(1, id, (1_000, 500), (1_001, 500)), &[]);
        }
        hand
    }

    fn tell(&mut self, event: Event, decisions: &[Decision]) {
        self.market.apply(&event);
        let seq = Seq(self.seq);
        self.desk
            .on_event(seq, &event, &self.market, &mut Outbox::default());
        self.checker
            .event(seq, &event, decisions, &self.desk, &self.market);
        self.seq += 1;
    }

    /// Orders that leave at a moment.
    fn send(&mut self, ms: i64, places: &[Place]) {
        let decision = Decision {
            task: places[0].task,
            commands: places.iter().copied().map(Command::Place).collect(),
            ..Decision::default()
        };
        self.tell(at(ms, Body::Control(Control::AcceptBalances)), &[decision]);
    }

    fn fill(&mut self, ms: i64, place: &Place) {
        let fill = Fill {
            trade_id: 1,
            price: Price::new(1_001),
            qty: place.qty,
            fee: Fee {
                asset: AssetId(1),
                amount: Money::ZERO,
                value: Money::ZERO,
            },
            maker: false,
        };
        let news = OrderEvent {
            order: place.order,
            kind: OrderEventKind::Filled(Box::new(fill)),
        };
        self.tell(at(ms, Body::Order(news)), &[]);
    }

    /// True when a rule was broken.
    fn broke(self, rule: Rule) -> bool {
        let seq = Seq(self.seq);
        let found = self.checker.finish(seq, &self.desk, &self.market, &[]);
        found.violations.iter().any(|broken| broken.rule == rule)
    }
}

fn at(ms: i64, body: Body) -> Event {
    Event {
        ts: Ts::from_nanos(ms * MS),
        body,
    }
}

fn place(n: u32, instrument: InstrumentId, side: Side, qty: i64, role: LegRole) -> Place {
    Place {
        order: OrderId { epoch: 1, n },
        task: TaskId(0),
        instrument,
        side,
        qty: Qty::new(qty),
        limit: Some(Price::new(1_001)),
        time_in_force: TimeInForce::ImmediateOrCancel,
        reduce_only: false,
        tag: LegTag {
            trip: 1,
            leg: 0,
            role,
        },
    }
}

fn buy(n: u32, qty: i64) -> Place {
    place(n, SPOT, Side::Buy, qty, LegRole::Entry)
}

#[test]
fn a_top_that_is_too_old_is_told() {
    let limits = RiskLimits {
        max_book_age: Some(Span::from_millis(1_000)),
        ..RiskLimits::default()
    };
    for (ms, old) in [(1_001, false), (1_002, true)] {
        let mut hand = Hand::new(&limits);
        // Word of another instrument makes this one no younger.
        hand.tell(quote(900, FUTURES, (1_000, 5), (1_001, 5)), &[]);
        hand.send(ms, &[buy(0, 10)]);
        assert_eq!(hand.broke(Rule::FreshBook), old, "{ms}");
    }
}

#[test]
fn a_book_with_a_hole_is_told_until_its_snapshot() {
    let message = |ms, id, snapshot| {
        let mut event = depth(ms, id, snapshot, &[(1_000, 5)], &[(1_001, 5)]);
        if let Body::Depth(update) = &mut event.body {
            update.instrument = SPOT_B;
        }
        event
    };
    for (ids, broken) in [
        (&[(1, true), (2, false), (3, false)][..], false),
        (&[(1, true), (2, false), (4, false)], true),
        (&[(1, true), (3, false), (3, true)], false),
    ] {
        let mut hand = Hand::new(&RiskLimits::default());
        for (n, (id, snapshot)) in ids.iter().enumerate() {
            hand.tell(message(2 + n as i64, *id, *snapshot), &[]);
        }
        hand.send(9, &[place(0, SPOT_B, Side::Buy, 10, LegRole::Entry)]);
        assert_eq!(hand.broke(Rule::LiveBook), broken, "{ids:?}");
    }
}

#[test]
fn a_price_beyond_the_collar_is_told() {
    let limits = RiskLimits {
        guards: Guards {
            collar_mid: Some(Bps::parse("25").unwrap()),
            ..Guards::default()
        },
        ..RiskLimits::default()
    };
    // 25 bps of 1000.5 are two ticks and a half.
    for (limit, beyond) in [(1_003, false), (1_004, true)] {
        let mut hand = Hand::new(&limits);
        let limit = Some(Price::new(limit));
        hand.send(
            2,
            &[Place {
                limit,
                ..buy(0, 10)
            }],
        );
        assert_eq!(hand.broke(Rule::Collar), beyond, "{limit:?}");
    }
}

#[test]
fn a_position_that_could_become_too_large_is_told() {
    let limits = RiskLimits {
        max_position_notional: Some(money("2.002")),
        ..RiskLimits::default()
    };
    for (qty, beyond) in [(10, false), (11, true)] {
        let mut hand = Hand::new(&limits);
        hand.send(2, &[buy(0, 10)]);
        hand.send(3, &[buy(1, qty)]);
        assert_eq!(hand.broke(Rule::WorstCase), beyond, "{qty}");
    }
}

#[test]
fn tasks_that_could_trade_with_each_other_are_told() {
    let rests = Place {
        time_in_force: TimeInForce::PostOnly,
        ..buy(0, 10)
    };
    let sell = |task, limit| Place {
        task: TaskId(task),
        limit: Some(Price::new(limit)),
        ..place(1, SPOT, Side::Sell, 10, LegRole::Entry)
    };
    for (second, meets) in [
        (sell(1, 1_001), true),
        (sell(1, 1_002), false),
        (sell(0, 1_001), false),
    ] {
        let mut hand = Hand::new(&RiskLimits::default());
        hand.send(2, &[rests]);
        hand.send(3, &[second]);
        assert_eq!(hand.broke(Rule::NoSelfTrade), meets, "{second:?}");
    }
}

#[test]
fn an_id_that_comes_twice_is_told() {
    for (n, twice) in [(1, false), (0, true)] {
        let mut hand = Hand::new(&RiskLimits::default());
        hand.send(2, &[buy(0, 10)]);
        hand.send(3, &[buy(n, 10)]);
        assert_eq!(hand.broke(Rule::IdsOnce), twice);
    }
}

#[test]
fn a_close_of_more_than_there_is_or_that_could_open_is_told() {
    let short = place(0, FUTURES, Side::Sell, 10, LegRole::Entry);
    let close = |qty, reduce_only| Place {
        reduce_only,
        ..place(1, FUTURES, Side::Buy, qty, LegRole::Exit)
    };
    for (close, wrong) in [
        (close(10, true), false),
        (close(11, true), true),
        (close(10, false), true),
    ] {
        let mut hand = Hand::new(&RiskLimits::default());
        hand.send(2, &[short]);
        hand.fill(3, &short);
        hand.send(4, &[close]);
        assert_eq!(hand.broke(Rule::CloseOnly), wrong, "{close:?}");
    }
}

#[test]
fn a_future_that_trades_in_a_move_of_spot_is_told() {
    for (mends, strays) in [(FUTURES, true), (SPOT, false)] {
        let mut hand = Hand::new(&RiskLimits::default());
        let moves = place(0, SPOT, Side::Sell, 10, LegRole::Switch);
        hand.send(2, &[moves]);
        hand.fill(3, &moves);
        hand.send(4, &[place(1, mends, Side::Buy, 10, LegRole::Repair)]);
        assert_eq!(hand.broke(Rule::FuturesStand), strays);
    }
}

#[test]
fn a_repair_that_makes_the_delta_larger_is_told() {
    for (side, grows) in [(Side::Sell, false), (Side::Buy, true)] {
        let mut hand = Hand::new(&RiskLimits::default());
        hand.send(2, &[buy(0, 10)]);
        hand.fill(3, &buy(0, 10));
        hand.send(4, &[place(1, FUTURES, side, 10, LegRole::Repair)]);
        assert_eq!(hand.broke(Rule::RepairReduces), grows);
    }
}

#[test]
fn legs_that_are_out_of_balance_for_long_without_a_word_are_told() {
    for (ms, late) in [(3_200, false), (3_300, true)] {
        let mut hand = Hand::new(&RiskLimits::default());
        hand.send(2, &[buy(0, 10)]);
        hand.fill(3, &buy(0, 10));
        hand.tell(at(ms, Body::Control(Control::AcceptBalances)), &[]);
        assert_eq!(hand.broke(Rule::InTime), late, "{ms}");
    }
}

fn funded(total: &str) -> Hand {
    let mut hand = Hand::new(&RiskLimits {
        funds: Some(FundsRules {
            check: true,
            ..FundsRules::default()
        }),
        ..RiskLimits::default()
    });
    let balance = AccountEvent::Balance {
        venue: VenueId(0),
        asset: AssetId(1),
        total: money(total),
    };
    hand.tell(at(1, Body::Account(balance)), &[]);
    hand
}

#[test]
fn orders_that_cannot_be_paid_are_told() {
    for (total, short) in [("2.002", false), ("2.001", true)] {
        let mut hand = funded(total);
        hand.send(2, &[buy(0, 10)]);
        hand.send(3, &[buy(1, 10)]);
        assert_eq!(hand.broke(Rule::Payable), short, "{total}");
    }
}

#[test]
fn a_refusal_of_what_is_there_many_times_over_is_told() {
    for (total, needless) in [("3", false), ("30", true)] {
        let mut hand = funded(total);
        let refused = Decision {
            refusals: vec![Refusal {
                instrument: SPOT,
                side: Side::Buy,
                qty: Qty::new(10),
                reason: "balance_insufficient".into(),
            }],
            ..Decision::default()
        };
        hand.tell(at(2, Body::Control(Control::AcceptBalances)), &[refused]);
        assert_eq!(hand.broke(Rule::NoNeedlessRefusal), needless, "{total}");
    }
}
