//! Faults on the way of answers.

use super::*;
use common::{intent, take};
use onetape_core::command::TimeInForce;

fn buy(qty: i64) -> Vec<(usize, Act)> {
    vec![(1, take(SPOT, Side::Buy, qty))]
}

#[test]
fn a_lost_reply_is_found_when_the_venue_is_asked() {
    let known = [
        "105 ! reply_lost of 0",
        "350 0 unknown",
        "400 0 accepted",
        "400 0 filled 1000",
    ];
    // No word by 350: unknown. The reply's own timeout, at 355, comes while the question is under way.
    assert_eq!(told(one(FaultKind::ReplyLost), buy(1_000)), known);
}

#[test]
fn a_lost_acknowledgement_shows_by_the_fill() {
    let known = [
        "105 ! ack_lost of 0",
        "110 0 filled 1000",
        "355 0 unknown",
        "405 0 accepted",
    ];
    assert_eq!(told(one(FaultKind::AckLost), buy(1_000)), known);
}

#[test]
fn a_lost_fill_is_told_by_its_trade_id_with_what_followed() {
    // 9.000 at the touch: the rest of the order expires, which tells that a fill is missing.
    let known = [
        "105 ! fill_lost of 0",
        "110 0 accepted",
        "355 0 unknown",
        "405 0 filled 9000",
        "405 0 expired",
    ];
    assert_eq!(told(one(FaultKind::FillLost), buy(9_500)), known);
}

#[test]
fn a_late_fill_comes_after_the_end_of_its_order() {
    let known = [
        "105 ! late_fill of 0",
        "110 0 accepted",
        "110 0 expired",
        "145 0 filled 9000",
    ];
    assert_eq!(told(one(FaultKind::LateFill), buy(9_500)), known);
}

#[test]
fn an_acknowledgement_may_come_after_the_fill() {
    let known = ["105 ! reorder of 0", "110 0 filled 1000", "145 0 accepted"];
    assert_eq!(told(one(FaultKind::Reorder), buy(1_000)), known);
}

#[test]
fn a_word_that_is_told_twice_changes_nothing_the_second_time() {
    let mut again = one(FaultKind::Duplicate);
    again.at.push(scheduled(FaultKind::Duplicate, 0));
    let known = [
        "110 0 accepted",
        "110 0 filled 1000",
        "140 ! duplicate of 0",
        "140 0 accepted",
        "140 ! duplicate of 0",
        "140 0 filled 1000",
    ];
    assert_eq!(told(again, buy(1_000)), known);
}

#[test]
fn answers_that_are_held_up_arrive_together_and_in_order() {
    let known = [
        "105 ! answer_delayed of 0",
        "140 0 accepted",
        "140 0 filled 1000",
    ];
    assert_eq!(told(one(FaultKind::AnswerDelayed), buy(1_000)), known);
}

#[test]
fn what_the_account_channel_held_back_comes_with_the_reconnect() {
    // Two orders at 100, both answered at 105, down from 0 to 130: told at 130, each order's words in order.
    let mut it = scheduled(FaultKind::AccountDown, 0);
    it.duration = Some(Span::from_millis(30));
    let rest = intent(
        SPOT,
        Side::Buy,
        10,
        Some(900),
        TimeInForce::GoodTillCancelled,
    );
    let mut acts = buy(1_000);
    acts.push((1, Act::Place(rest)));
    let story = told(with(it), acts);
    assert_eq!(
        story[..2],
        ["100 ! account_down begins", "130 ! account_down ends"]
    );
    let mut rest: Vec<&str> = story[2..].iter().map(String::as_str).collect();
    let first = rest.iter().position(|line| *line == "130 0 accepted");
    assert!(first < rest.iter().position(|line| *line == "130 0 filled 1000"));
    rest.sort_unstable();
    assert_eq!(
        rest,
        ["130 0 accepted", "130 0 filled 1000", "130 1 accepted"]
    );
}

#[test]
fn an_order_without_a_word_for_longer_is_asked_for_and_told_again_later() {
    let mut it = scheduled(FaultKind::AccountDown, 0);
    it.duration = Some(Span::from_millis(500));
    let known = [
        "100 ! account_down begins",
        "350 0 unknown",
        "400 0 accepted",
        "400 0 filled 1000",
        "600 ! account_down ends",
        "600 0 accepted",
        "600 0 filled 1000",
    ];
    assert_eq!(told(with(it), buy(1_000)), known);
}

#[test]
fn what_was_held_back_comes_behind_what_is_still_under_way() {
    // The answers of 105 are held up until 310; the channel is down from 150 to 250, over the order of 200.
    let mut late = scheduled(FaultKind::AnswerDelayed, 0);
    late.duration = Some(Span::from_millis(200));
    let mut down = scheduled(FaultKind::AccountDown, 0);
    down.at = Ts::from_nanos(150 * MS);
    down.duration = Some(Span::from_millis(100));
    let both = FaultPlan {
        at: vec![late, down],
        unknown_after: Span::from_millis(900),
        ..FaultPlan::new(1)
    };
    let mut acts = buy(1_000);
    acts.push((3, take(SPOT, Side::Sell, 1_000)));
    let known = [
        "105 ! answer_delayed of 0",
        "150 ! account_down begins",
        "250 ! account_down ends",
        "310 0 accepted",
        "310 0 filled 1000",
        "310 1 accepted",
        "310 1 filled 1000",
    ];
    assert_eq!(told(both, acts), known);
}
