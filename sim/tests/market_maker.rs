//! `market_maker` through the whole machine, by hand.

mod common;

use common::*;
use onetape_core::command::Command;
use onetape_core::decision::Decision;
use onetape_core::event::{Body, Event, FeedEvent, FeedNews, Status, StatusEvent};
use onetape_core::instrument::Side;
use onetape_core::num::Bps;
use onetape_core::strategies::market_maker;
use onetape_core::strategy::{Setup, Task};
use onetape_core::time::Ts;

fn build(params: &[(&str, &str)]) -> Result<Box<dyn Task>, String> {
    let names = names();
    let setup = Setup {
        names: &names,
        legs: vec![FUTURES],
        taker_fees: vec![Bps::parse("10").unwrap()],
        params: market_maker::SPEC
            .card
            .read(params.iter().copied())
            .unwrap(),
    };
    (market_maker::SPEC.build)(&setup)
}

const ONE_LOT: [(&str, &str); 2] = [("quantity", "0.001"), ("max_inventory", "0.002")];

fn with(more: &[(&'static str, &'static str)]) -> Box<dyn Task> {
    let params: Vec<_> = ONE_LOT.into_iter().chain(more.iter().copied()).collect();
    build(&params).unwrap()
}

/// Orders take 5 ms to the venue and answers 5 ms back.
fn plan() -> Plan {
    Plan {
        latency: [latency(0, 5, 5), latency(0, 5, 5)],
        ..Plan::default()
    }
}

fn touch(ms: i64, bid: i64, ask: i64) -> Event {
    quote(ms, FUTURES, (bid, 1_000), (ask, 1_000))
}

/// `(ms, commands)`: `+` buys, `-` sells, at their price in ticks; `x` takes back.
fn acts(decisions: &[Decision]) -> Vec<(i64, String)> {
    let text = |command: &Command| match command {
        Command::Place(place) => {
            let sign = if place.side == Side::Buy { '+' } else { '-' };
            format!("{sign}{}", place.limit.unwrap().mantissa())
        }
        Command::Cancel(order) => format!("x{}", order.n),
        Command::Amend(amend) => format!("~{}", amend.order.n),
        Command::Alert(words) => words.to_string(),
    };
    let acting = decisions.iter().filter(|d| !d.commands.is_empty());
    acting
        .map(|d| {
            let texts: Vec<String> = d.commands.iter().map(text).collect();
            (d.ts.nanos() / MS, texts.join(" "))
        })
        .collect()
}

fn told(acts: &[(i64, &str)]) -> Vec<(i64, String)> {
    acts.iter()
        .map(|(ms, text)| (*ms, text.to_string()))
        .collect()
}

fn reasons(ran: &Ran) -> Vec<&str> {
    let mut reasons: Vec<&str> = ran.decisions.iter().map(|d| d.reason.as_str()).collect();
    reasons.dedup();
    reasons
}

/// A touch that moves before the order's answer is here is followed when it is, by one cancel, and the next order
/// leaves when the cancel's answer is here.
#[test]
fn quotes_follow_the_touch_by_their_answers() {
    let events = [
        touch(100, 999, 1_001),
        touch(104, 998, 1_001),
        touch(112, 997, 1_001),
        touch(140, 997, 1_001),
    ];
    let ran = run(&plan(), &events, with(&[]));
    assert_eq!(
        acts(&ran.decisions),
        told(&[(100, "+999 -1001"), (110, "x0"), (120, "+997")])
    );
    assert_eq!(reasons(&ran), ["quoting"]);
}

#[test]
fn a_quote_within_the_tolerance_stays() {
    let events = [
        touch(100, 999, 1_001),
        touch(120, 997, 1_001),
        touch(140, 996, 1_001),
        touch(160, 996, 1_001),
    ];
    let ran = run(&plan(), &events, with(&[("requote_ticks", "2")]));
    assert_eq!(
        acts(&ran.decisions),
        told(&[(100, "+999 -1001"), (140, "x0"), (150, "+996")])
    );
}

/// Two bids trade as asks come down to them, then there is no room: the ask alone is quoted.
#[test]
fn a_full_inventory_leaves_one_side() {
    let events = [
        touch(100, 999, 1_001),
        touch(120, 998, 999),
        touch(150, 997, 998),
        touch(200, 997, 999),
    ];
    let ran = run(&plan(), &events, with(&[]));
    let fills: Vec<_> = ran.fills().iter().map(|f| (f.2, f.3)).collect();
    assert_eq!(fills, [(999, 1), (998, 1)], "{:?}", acts(&ran.decisions));
    assert_eq!(reasons(&ran), ["quoting", "one_sided"]);
    let last = ran.decisions.last().unwrap();
    let held = last.numbers.iter().find(|n| n.name.as_str() == "inventory");
    assert_eq!(
        held.unwrap().value,
        onetape_core::decision::Value::Exact(money("0.002"))
    );
    let bids = ran.decisions.iter().flat_map(|d| &d.commands);
    let bids = bids.filter(|c| matches!(c, Command::Place(p) if p.side == Side::Buy));
    assert_eq!(bids.count(), 2);
}

/// Offset and skew: long half of the limit, both quotes stand half the skew lower, and never through the other side.
#[test]
fn inventory_moves_both_quotes_against_itself() {
    let events = [
        touch(100, 999, 1_001),
        touch(120, 997, 998),
        touch(121, 1_000, 1_004),
        touch(200, 1_000, 1_004),
    ];
    let ran = run(
        &plan(),
        &events,
        with(&[("offset_ticks", "1"), ("skew_ticks", "4")]),
    );
    assert_eq!(ran.fills().len(), 1);
    let acts = acts(&ran.decisions);
    assert_eq!(acts[0], (100, "+998 -1002".into()));
    // One lot of two: two ticks down. The bid 1000 - 1 - 2, the ask 1004 + 1 - 2.
    let placed: Vec<&str> = acts.iter().flat_map(|(_, a)| a.split(' ')).collect();
    assert!(
        placed.contains(&"+997") && placed.contains(&"-1003"),
        "{acts:?}"
    );
}

/// A gap takes the quotes back, a halt places nothing, and both end when the market is back.
#[test]
fn nothing_rests_unwatched() {
    let event = |ms: i64, body| Event {
        ts: Ts::from_nanos(ms * MS),
        body,
    };
    let feed = |ms, state| {
        event(
            ms,
            Body::Feed(FeedEvent {
                instrument: FUTURES,
                state,
            }),
        )
    };
    let status = |ms, status| {
        event(
            ms,
            Body::Status(StatusEvent {
                instrument: FUTURES,
                status,
            }),
        )
    };
    let events = [
        touch(100, 999, 1_001),
        feed(120, FeedNews::Gap),
        status(130, Status::Halted),
        touch(140, 999, 1_001),
        status(150, Status::Trading),
        touch(170, 999, 1_001),
    ];
    let ran = run(&plan(), &events, with(&[]));
    assert_eq!(
        acts(&ran.decisions),
        told(&[(100, "+999 -1001"), (120, "x0 x1"), (150, "+999 -1001")])
    );
    assert_eq!(reasons(&ran), ["quoting", "no_market", "halted", "quoting"]);
}

/// Without latency to the venue a rejection is here in the moment of the order: it is asked once a moment.
#[test]
fn a_quote_that_would_take_is_not_asked_for_twice_in_a_moment() {
    let plan = Plan {
        latency: [latency(9, 0, 0), latency(9, 0, 0)],
        ..Plan::default()
    };
    // The venue sees the rise 9 ms before the desk, which asks at the old touch.
    let events = [
        touch(100, 999, 1_001),
        touch(104, 1_004, 1_006),
        touch(106, 1_004, 1_006),
        touch(130, 1_004, 1_006),
    ];
    let ran = run(&plan, &events, with(&[]));
    assert_eq!(
        acts(&ran.decisions),
        told(&[(100, "+999 -1001"), (104, "x0 -1006"), (104, "+1004")])
    );
    assert_eq!(ran.surprises, 0);
}

/// What the wallet cannot bear is asked for once a price, not on every event.
#[test]
fn a_rejected_price_is_not_asked_for_again() {
    let events: Vec<Event> = (0..40).map(|n| touch(100 + n * 10, 999, 1_001)).collect();
    let params = [("quantity", "900"), ("max_inventory", "900")];
    let ran = run(&plan(), &events, build(&params).unwrap());
    assert_eq!(ran.orders, 2);
    assert_eq!(reasons(&ran), ["quoting", "rejected"]);
}

#[test]
fn quantities_that_do_not_fit_are_refused() {
    let refusal = |quantity, limit| {
        let built = build(&[("quantity", quantity), ("max_inventory", limit)]);
        built.err().unwrap()
    };
    assert!(refusal("0.0015", "1").contains("whole number of"));
    assert!(refusal("0", "1").contains("raise quantity"));
    assert!(refusal("0.002", "0.001").contains("raise max_inventory"));
}

/// A row that comes in a later block is seen by its venue before the desk's next row: what the venue says of it is heard
/// first, and the answer to the order that follows comes before the row of the same moment.
#[test]
fn what_a_later_block_brings_is_seen_in_time() {
    let plan = |windows| Plan {
        latency: [latency(1, 1, 2), latency(2, 1, 1)],
        windows,
        ..Plan::default()
    };
    let other = |ms| quote(ms, SPOT, (999, 1_000), (1_001, 1_000));
    let events = [
        touch(1_000, 1_000, 1_001),
        other(1_001),
        other(1_004),
        touch(1_004, 997, 998),
        other(1_005),
    ];
    let [windows, in_turn] = [true, false].map(|windows| run(&plan(windows), &events, with(&[])));
    assert_eq!(windows.decisions, in_turn.decisions);
    assert_eq!(windows.news, in_turn.news);
    assert_eq!(windows.hash, in_turn.hash);
    assert_eq!(windows.fills().len(), 1);
}
