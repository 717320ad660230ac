//! Faults on the way of orders and at the venue's door.

use super::*;
use common::{intent, take};
use onetape_core::command::TimeInForce;

/// Buys 1.000 at the first quote.
fn buy() -> Vec<(usize, Act)> {
    vec![(1, take(SPOT, Side::Buy, 1_000))]
}

/// Rests a bid of 1.000 below the market at the first quote, and takes it back at the third.
fn rest_and_cancel() -> Vec<(usize, Act)> {
    let bid = intent(
        SPOT,
        Side::Buy,
        1_000,
        Some(900),
        TimeInForce::GoodTillCancelled,
    );
    vec![(1, Act::Place(bid)), (3, Act::Cancel(0))]
}

#[test]
fn without_a_fault_an_order_is_answered_in_ten_milliseconds() {
    let none = told(FaultPlan::new(1), buy());
    assert_eq!(none, ["110 0 accepted", "110 0 filled 1000"]);
}

#[test]
fn a_lost_order_is_unknown_after_the_timeout_and_not_sent_after_the_fence() {
    // Sent at 100; 250 later unknown; asked 50 later; not found 1,000 after that.
    let story = told(one(FaultKind::OrderLost), buy());
    let known = ["105 ! order_lost of 0", "350 0 unknown", "1400 0 not_sent"];
    assert_eq!(story, known);
}

#[test]
fn a_delayed_order_is_answered_later() {
    let story = told(one(FaultKind::OrderDelayed), buy());
    let known = [
        "100 ! order_delayed of 0",
        "140 0 accepted",
        "140 0 filled 1000",
    ];
    assert_eq!(story, known);
}

#[test]
fn an_order_that_is_accepted_after_the_timeout_is_unknown_in_between() {
    let mut it = scheduled(FaultKind::OrderDelayed, 0);
    it.duration = Some(Span::from_millis(600));
    let story = told(with(it), buy());
    let known = [
        "100 ! order_delayed of 0",
        "350 0 unknown",
        "710 0 accepted",
        "710 0 filled 1000",
    ];
    assert_eq!(story, known);
}

#[test]
fn an_order_that_arrives_after_the_fence_is_not_taken() {
    let mut it = scheduled(FaultKind::OrderDelayed, 0);
    it.duration = Some(Span::from_millis(1_500));
    let story = told(with(it), buy());
    let known = [
        "100 ! order_delayed of 0",
        "350 0 unknown",
        "1400 0 not_sent",
    ];
    assert_eq!(story, known);
}

#[test]
fn a_server_error_leaves_open_whether_the_order_was_taken() {
    let mut it = scheduled(FaultKind::ServerError, 0);
    it.size = Some(Decimal::ONE);
    let known = [
        "105 ! server_error of 0",
        "110 0 unknown",
        "160 0 accepted",
        "160 0 filled 1000",
    ];
    assert_eq!(told(with(it.clone()), buy()), known);
    it.size = Some(Decimal::ZERO);
    let known = [
        "105 ! server_error of 0",
        "110 0 unknown",
        "1160 0 not_sent",
    ];
    assert_eq!(told(with(it), buy()), known);
}

#[test]
fn an_error_that_nobody_waits_for_any_more_is_not_heard() {
    let mut late = scheduled(FaultKind::OrderDelayed, 0);
    late.duration = Some(Span::from_millis(292));
    let mut error = scheduled(FaultKind::ServerError, 0);
    error.size = Some(Decimal::ONE);
    let plan = FaultPlan {
        at: vec![late, error],
        ..FaultPlan::new(1)
    };
    // Its word would come at 402, behind the answer to what became of the order, and nothing would be asked again.
    let known = [
        "100 ! order_delayed of 0",
        "350 0 unknown",
        "397 ! server_error of 0",
        "400 0 accepted",
        "400 0 filled 1000",
    ];
    assert_eq!(told(plan, buy()), known);
}

#[test]
fn every_reason_to_refuse_is_told() {
    for reason in RejectReason::ALL {
        let mut it = scheduled(FaultKind::Reject, 0);
        it.reason = Some(reason);
        let rejected = format!("110 0 rejected {}", reason.name());
        assert_eq!(
            told(with(it), buy()),
            ["105 ! reject of 0".into(), rejected]
        );
    }
}

#[test]
fn a_cut_execution_leaves_a_remainder_that_expires() {
    let mut it = scheduled(FaultKind::Partial, 0);
    it.size = Some(Decimal::new(3, 1));
    let known = [
        "105 ! partial of 0",
        "110 0 accepted",
        "110 0 filled 300",
        "110 0 expired",
    ];
    assert_eq!(told(with(it), buy()), known);
}

#[test]
fn a_cancel_may_come_just_after_a_fill() {
    let mut it = scheduled(FaultKind::CancelRace, 0);
    it.size = Some(Decimal::new(25, 2));
    let known = [
        "110 0 accepted",
        "205 ! cancel_race of 0",
        "210 0 filled 250",
        "210 0 cancelled",
    ];
    assert_eq!(told(with(it), rest_and_cancel()), known);
}

#[test]
fn a_cancel_may_be_refused_although_the_order_rests() {
    let known = [
        "110 0 accepted",
        "205 ! cancel_refused of 0",
        "210 0 cancel_rejected",
    ];
    assert_eq!(
        told(one(FaultKind::CancelRefused), rest_and_cancel()),
        known
    );
}

#[test]
fn a_lost_cancel_leaves_an_order_that_turns_out_to_stand() {
    // Arms after the order was placed, so that the cancel is what is lost.
    let mut it = scheduled(FaultKind::OrderLost, 0);
    it.at = Ts::from_nanos(150 * MS);
    let known = [
        "110 0 accepted",
        "205 ! order_lost of 0",
        "450 0 unknown",
        "500 0 accepted",
        "500 0 cancel_rejected",
    ];
    assert_eq!(told(with(it), rest_and_cancel()), known);
}

#[test]
fn a_lost_order_is_unknown_though_its_cancel_was_refused() {
    let known = [
        "105 ! order_lost of 0",
        "210 0 cancel_rejected",
        "350 0 unknown",
        "1400 0 not_sent",
    ];
    assert_eq!(told(one(FaultKind::OrderLost), rest_and_cancel()), known);
}

#[test]
fn a_lost_word_of_a_cancel_is_asked_for() {
    let known = [
        "110 0 accepted",
        "205 ! cancel_ack_lost of 0",
        "450 0 unknown",
        "500 0 cancelled",
    ];
    assert_eq!(
        told(one(FaultKind::CancelAckLost), rest_and_cancel()),
        known
    );
}
