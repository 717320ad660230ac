//! A timeline tells what was decided, sent and filled, in order, and is kept for chosen round trips alone.

use super::*;
use crate::fold::tests::run::{PERP, Run, SPOT, tag, usdt};
use crate::fold::tests::sample::sample;
use onetape_core::event::RejectReason;
use onetape_core::instrument::Side::{Buy, Sell};

#[test]
fn a_timeline_tells_decisions_orders_and_answers_in_order() {
    let mut run = Run::new();
    run.trade(
        tag(1, 0, LegRole::Entry),
        SPOT,
        Buy,
        "100.00",
        "1",
        usdt("0.1"),
    );
    let order = run.place("entry_edge", tag(1, 1, LegRole::Entry), PERP, Sell, "2");
    run.news(order, OrderEventKind::Accepted);
    run.news(order, OrderEventKind::Rejected(RejectReason::Balance));
    run.decide("give_up", vec![Command::Cancel(order)]);
    run.trade(
        tag(2, 0, LegRole::Entry),
        SPOT,
        Buy,
        "101.00",
        "1",
        usdt("0.1"),
    );
    run.news(order, OrderEventKind::Expired);
    let notes = run.timelines.of_trip("a", 1).unwrap();
    let told: Vec<String> = notes
        .iter()
        .map(|note| format!("{} {} {}", note.seq.0, note.what, note.text))
        .collect();
    assert_eq!(
        told,
        [
            "1 decided entry_edge",
            "1 sent spot:BTC buy 1 at any price, immediate or cancel, entry of leg 0 · ot1-0",
            "1 filled spot:BTC 1 @ 100 taker, fee 0.1 USDT · ot1-0",
            "2 decided entry_edge",
            "2 sent perp:BTC sell 2 at any price, immediate or cancel, entry of leg 1 · ot1-1",
            "2 accepted perp:BTC · ot1-1",
            "3 rejected perp:BTC balance · ot1-1",
            "4 decided give_up",
            "4 cancel sent ot1-1",
            "5 expired perp:BTC · ot1-1",
        ]
    );
    assert!(run.timelines.of_trip("a", 2).is_none());
    assert!(run.timelines.of_trip("b", 1).is_none());
}

#[test]
fn of_few_round_trips_all_are_chosen_and_of_many_the_ends() {
    let mut report = sample();
    assert_eq!(pick::pick(&report).len(), report.round_trips.len());
    let one = report.round_trips[0].clone();
    report.round_trips = (1..=5_000)
        .map(|trip| crate::RoundTrip {
            trip,
            ..one.clone()
        })
        .collect();
    let picked = pick::pick(&report);
    assert!(picked.len() <= 3 * pick::AN_END && picked.len() >= 2 * pick::AN_END);
    for end in [1, 5_000] {
        assert!(picked.contains(&(one.task.to_string(), end)), "{end}");
    }
}
