//! When an order meets which book, and when its answer is known. All times are milliseconds on the receive axis.

mod common;

use common::*;
use onetape_core::command::TimeInForce::{GoodTillCancelled, ImmediateOrCancel};
use onetape_core::event::{AccountEvent, Body, Event};
use onetape_core::instrument::Side::{Buy, Sell};
use onetape_sim::Latency;

/// Spot quotes at these times whose ask is the time itself in tenths (so a fill tells which one it met).
fn tape(times: &[i64]) -> Vec<Event> {
    let row = |&ms: &i64| quote(ms, SPOT, (1, 10), (ms, 10));
    times.iter().map(row).collect()
}

fn plan(of_spot: Latency) -> Plan {
    Plan {
        latency: [of_spot, Latency::default()],
        ..Plan::default()
    }
}

/// Buys on the first row.
fn buy_at_once() -> Box<Script> {
    Box::new(Script::new([(1, take(SPOT, Buy, 5))]))
}

#[test]
fn with_no_latency_an_order_meets_the_book_that_its_decision_saw() {
    let ran = run(
        &plan(latency(0, 0, 0)),
        &tape(&[100, 100, 101]),
        buy_at_once(),
    );
    assert_eq!(ran.fills(), [(100, 0, 100, 5)]);
    // Also among rows of one stamp: the second row of 100 ms is told from the first by its price.
    let rows = [
        quote(100, SPOT, (1, 10), (500, 10)),
        quote(100, SPOT, (1, 10), (600, 10)),
    ];
    let ran = run(&plan(latency(0, 0, 0)), &rows, buy_at_once());
    assert_eq!(ran.fills(), [(100, 0, 500, 5)]);
}

#[test]
fn an_order_meets_the_book_as_of_its_arrival() {
    // Decided at 100, arrives at 105: after the row of 104, before that of 106; the one of 105 is a tie, and
    // arrivals come first.
    let ran = run(
        &plan(latency(0, 5, 0)),
        &tape(&[100, 104, 106]),
        buy_at_once(),
    );
    assert_eq!(ran.fills(), [(105, 0, 104, 5)]);
    let ran = run(
        &plan(latency(0, 5, 0)),
        &tape(&[100, 104, 105, 106]),
        buy_at_once(),
    );
    assert_eq!(ran.fills(), [(105, 0, 104, 5)]);
}

#[test]
fn the_venue_is_one_feed_latency_ahead_of_the_desk() {
    // The desk sees a row at 103 that was made at 100. An order of 103 that arrives at 105 meets the row that the
    // desk sees at 107 (made at 104), not the one of 109 (made at 106).
    let ran = run(
        &plan(latency(3, 2, 0)),
        &tape(&[103, 107, 109]),
        buy_at_once(),
    );
    assert_eq!(ran.fills(), [(105, 0, 107, 5)]);
    // Without order latency it still meets what the venue has shown since: made at 102, seen at 105.
    let ran = run(
        &plan(latency(3, 0, 0)),
        &tape(&[103, 105, 107]),
        buy_at_once(),
    );
    assert_eq!(ran.fills(), [(103, 0, 105, 5)]);
}

#[test]
fn an_answer_comes_back_one_answer_latency_later() {
    let ran = run(
        &plan(latency(3, 2, 4)),
        &tape(&[103, 107, 120]),
        buy_at_once(),
    );
    assert_eq!(ran.fills(), [(109, 0, 107, 5)]);
    // Answers after the last row are still delivered.
    let ran = run(&plan(latency(0, 2, 4)), &tape(&[103]), buy_at_once());
    assert_eq!(ran.fills(), [(109, 0, 103, 5)]);
}

#[test]
fn an_answer_comes_before_a_market_event_of_its_stamp_and_timers_last() {
    let script = Script::new([(1, take(SPOT, Buy, 5)), (1, Act::Wake(6))]);
    let timers = script.timers.clone();
    let ran = run(
        &plan(latency(0, 2, 4)),
        &tape(&[100, 106, 107]),
        Box::new(script),
    );
    assert_eq!(ran.fills(), [(106, 0, 100, 5)]);
    assert_eq!(*timers.borrow(), [106]);
    // By place in the run: answers and balances of 106, then the row of 106, then the timer.
    let order: Vec<&str> = ran
        .news
        .iter()
        .filter(|event| event.ts.nanos() == 106 * MS)
        .map(|event| match event.body {
            Body::Order(_) => "order",
            Body::Account(_) => "account",
            Body::Timer(_) => "timer",
            _ => "other",
        })
        .collect();
    assert_eq!(order, ["order", "order", "account", "account", "timer"]);
    let script = Script::new([(1, take(SPOT, Buy, 5)), (2, take(SPOT, Buy, 6))]);
    // The second row of 106 decides after the first order's answer: its own order is the second.
    let ran = run(
        &plan(latency(0, 2, 4)),
        &tape(&[100, 106, 107]),
        Box::new(script),
    );
    assert_eq!(ran.fills(), [(106, 0, 100, 5), (112, 1, 107, 6)]);
}

#[test]
fn a_cancel_travels_as_long_as_an_order() {
    let act = Act::Place(intent(SPOT, Buy, 5, Some(90), GoodTillCancelled));
    // Placed at 100, arrives at 105. The cancel of 101 arrives at 106. An ask of 80 at 105.5 fills it, one at 107
    // does not.
    let rows = |low: i64| {
        [
            quote(100, SPOT, (1, 10), (100, 10)),
            quote(101, SPOT, (1, 10), (100, 10)),
            quote(low, SPOT, (1, 10), (80, 10)),
        ]
    };
    let script = || Box::new(Script::new([(1, act.clone()), (2, Act::Cancel(0))]));
    let ran = run(&plan(latency(0, 5, 0)), &rows(107), script());
    assert_eq!(ran.fills(), []);
    let mut filled = rows(105);
    filled[2].ts = onetape_core::time::Ts::from_nanos(105 * MS + MS / 2);
    let ran = run(&plan(latency(0, 5, 0)), &filled, script());
    assert_eq!(ran.fills(), [(105, 0, 90, 5)]);
    assert_eq!(
        ran.surprises, 0,
        "a cancel that found nothing is no surprise"
    );
}

#[test]
fn opening_balances_are_the_first_word() {
    let ran = run(
        &plan(latency(3, 2, 4)),
        &tape(&[103, 107]),
        Box::new(Script::new([])),
    );
    let opening: Vec<(i64, u16, u16, String)> = ran
        .news
        .iter()
        .filter_map(|event| match event.body {
            Body::Account(AccountEvent::Balance {
                venue,
                asset,
                total,
            }) => Some((event.ts.nanos() / MS, venue.0, asset.0, total.to_string())),
            _ => None,
        })
        .collect();
    let want = |venue, asset, total: &str| (103, venue, asset, total.to_string());
    let each = |venue| {
        [
            want(venue, 0, "5"),
            want(venue, 1, "1000"),
            want(venue, 2, "0.5"),
        ]
    };
    assert_eq!(opening, (0..4).flat_map(each).collect::<Vec<_>>());
}

#[test]
fn a_far_timer_does_not_keep_a_finished_run_alive() {
    let script = Script::new([(1, Act::Wake(5)), (1, Act::Wake(1_000_000))]);
    let timers = script.timers.clone();
    let ran = run(
        &plan(latency(0, 0, 0)),
        &tape(&[100, 110]),
        Box::new(script),
    );
    assert_eq!(*timers.borrow(), [105]);
    assert!(ran.news.iter().all(|event| event.ts.nanos() <= 110 * MS));
}

#[test]
fn an_empty_tape_ends_at_once() {
    let ran = run(&Plan::default(), &[], buy_at_once());
    assert!(ran.news.is_empty() && ran.orders == 0);
}

#[test]
fn legs_of_two_venues_arrive_by_their_own_latencies() {
    let plan = Plan {
        latency: [latency(0, 2, 1), latency(1, 6, 1)],
        ..Plan::default()
    };
    let rows = [
        quote(100, SPOT, (1, 10), (10, 10)),
        quote(100, FUTURES, (20, 10), (30, 10)),
        quote(101, SPOT, (1, 10), (11, 10)),
        quote(103, SPOT, (1, 10), (12, 10)),
        quote(107, FUTURES, (21, 10), (30, 10)),
        quote(108, FUTURES, (22, 10), (30, 10)),
    ];
    let sell = intent(FUTURES, Sell, 5, Some(20), ImmediateOrCancel);
    let script = Script::new([(2, take(SPOT, Buy, 5)), (2, Act::Place(sell))]);
    // Spot arrives at 102: the row of 101. Futures arrive at 106, where the row seen at 107 (made at 106) is a tie
    // that arrivals win: the row of 100.
    let ran = run(&plan, &rows, Box::new(script));
    assert_eq!(ran.fills(), [(103, 0, 11, 5), (107, 1, 20, 5)]);
}
