//! Funding through the whole machine: who pays is settled by what the venue had at the settlement.

mod common;

use common::*;
use onetape_core::event::{AccountEvent, Body, Event, FundingRate, Mark};
use onetape_core::instrument::Side::{Buy, Sell};
use onetape_core::num::Money;
use onetape_core::time::Ts;

fn at(ms: i64, body: Body) -> Event {
    Event {
        ts: Ts::from_nanos(ms * MS),
        body,
    }
}

fn book(ms: i64) -> Event {
    quote(ms, FUTURES, (999, 9_000), (1_000, 9_000))
}

fn mark(ms: i64, mark: &str) -> Event {
    let mark = Mark {
        instrument: FUTURES,
        mark: money(mark),
        index: None,
    };
    at(ms, Body::Mark(mark))
}

fn rate(ms: i64, rate: &str, settles_at: i64) -> Event {
    let rate = FundingRate {
        instrument: FUTURES,
        rate: money(rate),
        settles_at: Ts::from_nanos(settles_at * MS),
    };
    at(ms, Body::Funding(rate))
}

/// Settlements as `(time in ms, amount)`.
fn paid(ran: &Ran) -> Vec<(i64, Money)> {
    let funding = |event: &Event| match event.body {
        Body::Account(AccountEvent::Funding { amount, .. }) => {
            Some((event.ts.nanos() / MS, amount))
        }
        _ => None,
    };
    ran.news.iter().filter_map(funding).collect()
}

fn wallet(ran: &Ran) -> Money {
    let row = ran.ledger.rows().iter().find(|row| {
        row.venue == onetape_core::names::VenueId(1) && row.asset == onetape_core::names::AssetId(1)
    });
    let row = row.unwrap();
    assert_eq!(row.residual(), Money::ZERO);
    row.reported
}

#[test]
fn a_past_rate_is_paid_on_what_was_held_before_its_row_was_seen() {
    // One is bought at 1000. The row of 2000 says what is paid at 2000: 1 * 100 * 0.01 on the one, and the three
    // that are bought on seeing it do not pay. At 3000, 4 * 110 * -0.005 come back.
    // Wallet: 1000 - 0.1 - 1 - 0.3 + 2.2.
    let tape = [
        book(1_000),
        mark(1_001, "100"),
        rate(2_000, "0.01", 2_000),
        mark(2_500, "110"),
        rate(3_000, "-0.005", 3_000),
        book(3_500),
    ];
    let acts = [
        (1, take(FUTURES, Buy, 1_000)),
        (3, take(FUTURES, Buy, 3_000)),
    ];
    let ran = run(&Plan::default(), &tape, Box::new(Script::new(acts)));
    assert_eq!(paid(&ran), [(2_000, money("-1")), (3_000, money("2.2"))]);
    assert_eq!(wallet(&ran), money("1000.8"));
}

#[test]
fn an_order_that_arrives_at_the_settlement_is_too_late_for_it() {
    // Orders take 10 ms. What is decided at 1989 arrives at 1999 and pays: a short of 2 receives 2 * 100 * 0.01.
    // What is decided at 1990 arrives at 2000 and does not.
    let plan = Plan {
        latency: [latency(0, 10, 0), latency(0, 10, 0)],
        ..Plan::default()
    };
    let tape = [
        book(1_000),
        mark(1_001, "100"),
        rate(1_500, "0.01", 2_000),
        book(1_989),
        book(1_990),
        book(1_995),
        book(2_000),
        book(2_500),
    ];
    let acts = [
        (4, take(FUTURES, Sell, 2_000)),
        (5, take(FUTURES, Sell, 1_000)),
    ];
    let ran = run(&plan, &tape, Box::new(Script::new(acts)));
    assert_eq!(paid(&ran), [(2_000, money("2"))]);
    // Fees of 10 bps on 2 * 99.9 and 99.9: 0.2997.
    assert_eq!(wallet(&ran), money("1001.7003"));
}

#[test]
fn a_rate_that_is_told_often_is_paid_once() {
    let tape = [
        book(1_000),
        mark(1_001, "100"),
        rate(1_200, "0.02", 2_000),
        rate(1_400, "0.01", 2_000),
        rate(2_000, "0.01", 2_000),
        rate(2_100, "0.01", 2_000),
        rate(2_200, "0.03", 3_000),
        book(2_500),
    ];
    let acts = [(1, take(FUTURES, Buy, 1_000))];
    let ran = run(&Plan::default(), &tape, Box::new(Script::new(acts)));
    assert_eq!(paid(&ran), [(2_000, money("-1"))]);
}
