//! In which order legs leave, how long they have, and what people do about a saga that gave up.

use onetape_core::event::Control;

use super::*;

const SEQUENTIAL: (&str, &str) = ("dispatch", "sequential");
const HEDGE_FIRST: (&str, &str) = ("dispatch", "hedge_first");

#[test]
fn ex6_one_leg_after_the_other_follows_what_filled() {
    let mut pair = Pair::enter_with(&[SEQUENTIAL]);
    assert_eq!((pair.sent.len(), pair.sent[0].instrument), (1, SPOT));
    pair.answer(Some(7));
    let next = pair.sent[0];
    assert_eq!(
        (next.instrument, next.side, next.qty, next.tag.role),
        (FUTURES, Side::Sell, Qty::new(7), LegRole::Entry)
    );
    pair.answer(Some(10));
    assert_eq!((pair.delta(), pair.reason()), (0, "holding"));
    // The exit goes the same way.
    pair.quote(SPOT, 1_020, 1_021);
    assert_eq!((pair.sent.len(), pair.sent[0].instrument), (1, SPOT));
    pair.answer(Some(7));
    let next = pair.sent[0];
    assert_eq!(
        (next.instrument, next.side, next.qty, next.tag.role),
        (FUTURES, Side::Buy, Qty::new(7), LegRole::Exit)
    );
    pair.answer(Some(7));
    assert_eq!((pair.delta(), pair.reason()), (0, "closed"));
}

#[test]
fn ex6_the_hedge_leaves_first() {
    let mut pair = Pair::enter_with(&[HEDGE_FIRST]);
    assert_eq!((pair.sent.len(), pair.sent[0].instrument), (1, FUTURES));
    pair.answer(Some(4));
    assert_eq!(
        (pair.sent[0].instrument, pair.sent[0].side, pair.sent[0].qty),
        (SPOT, Side::Buy, Qty::new(4))
    );
    pair.answer(Some(4));
    assert_eq!((pair.held(SPOT), pair.held(FUTURES)), (4, -4));
}

#[test]
fn nothing_follows_a_first_leg_that_traded_nothing() {
    let mut pair = Pair::enter_with(&[SEQUENTIAL]);
    pair.answer(None);
    assert!(pair.sent.is_empty());
    assert_eq!(pair.reason(), "entry_missed");
}

#[test]
fn ex8_a_leg_that_the_gate_refuses_keeps_the_first_one_back() {
    let mut pair = Pair::with(
        RiskLimits {
            max_order_notional: Money::parse("100.9"),
            ..RiskLimits::default()
        },
        &[SEQUENTIAL],
    );
    // Spot is worth 100.1, the future 101.
    pair.quote(SPOT, 1_000, 1_001);
    pair.quote(FUTURES, 1_010, 1_011);
    assert!(pair.sent.is_empty());
    assert_eq!(pair.reason(), "entry_refused");
}

#[test]
fn an_order_without_an_end_is_taken_back() {
    let mut pair = Pair::enter();
    let (spot, future) = (pair.sent[0], pair.sent[1]);
    pair.answer(Some(10));
    assert!(pair.wait());
    assert_eq!(pair.now, 1_000_000_000 + 1_500_000_000);
    assert_eq!(pair.cancels, [future.order]);
    pair.sent.clear();
    pair.tell(&future, OrderEventKind::Cancelled);
    let mend = pair.sent[0];
    assert_eq!((mend.instrument, mend.tag.role), (FUTURES, LegRole::Repair));
    assert_eq!(spot.instrument, SPOT);
}

#[test]
fn nothing_is_sent_while_nobody_knows_of_an_order_and_people_are_told_once() {
    let mut pair = Pair::enter();
    let future = pair.sent[1];
    pair.answer(Some(10));
    pair.tell(&future, OrderEventKind::Unknown);
    pair.sent.clear();
    while pair.wait() {}
    // Half a minute of it: the order is taken back, people were told, nothing was sent.
    assert_eq!((pair.alerts, pair.sent.len()), (1, 0));
    pair.trade(&future, 10);
    assert_eq!((pair.delta(), pair.reason()), (0, "holding"));
}

#[test]
fn past_the_deadline_what_leads_is_unwound() {
    let mut pair = Pair::enter_with(&[("hedge.deadline", "50ms")]);
    pair.answer(Some(10));
    pair.answer(None);
    assert_eq!(pair.sent[0].instrument, FUTURES);
    // The next attempt is due after 100 ms, and is one to complete.
    pair.answer(None);
    while pair.sent.is_empty() {
        assert!(pair.wait());
    }
    assert_eq!(pair.now, 1_050_000_000);
    assert_eq!(
        (pair.sent[0].instrument, pair.sent[0].side),
        (SPOT, Side::Sell)
    );
    assert_eq!(pair.alerts, 1);
    pair.answer(Some(10));
    assert_eq!((pair.delta(), pair.reason()), (0, "closed"));
}

#[test]
fn people_are_told_of_a_leg_that_does_not_close() {
    let mut pair = Pair::enter_with(&[("hedge.deadline", "50ms"), ("repair.delay", "20ms")]);
    pair.answer(Some(10));
    pair.answer(Some(10));
    pair.quote(SPOT, 1_020, 1_021);
    assert_eq!((pair.reason(), pair.sent.len()), ("exit_edge", 2));
    pair.answer(Some(10));
    // Spot is sold, and the venue of the future takes no orders: no attempt counts against it.
    while pair.now < 1_200_000_000 {
        while let Some(place) = pair.sent.pop() {
            pair.tell(&place, OrderEventKind::Rejected(RejectReason::RateLimit));
        }
        assert_eq!(pair.alerts, usize::from(pair.now >= 1_050_000_000));
        assert!(pair.wait());
    }
    assert_eq!((pair.alerts, pair.delta()), (1, -10));
    while pair.sent.is_empty() {
        assert!(pair.wait());
    }
    pair.answer(Some(10));
    assert_eq!((pair.delta(), pair.reason()), (0, "closed"));
}

#[test]
fn a_repair_waits_for_news_where_the_venue_has_less() {
    let mut pair = Pair::enter_with(&[("hedge.deadline", "50ms"), ("repair.delay", "20ms")]);
    pair.answer(Some(10));
    pair.answer(None);
    while pair.sent[0].instrument == FUTURES {
        pair.answer(None);
        while pair.sent.is_empty() {
            assert!(pair.wait());
        }
    }
    // Spot is unwound; its end is told without what it traded.
    let unwind = pair.sent.remove(0);
    pair.tell(&unwind, OrderEventKind::Accepted);
    pair.tell(&unwind, OrderEventKind::Expired);
    while pair.sent.is_empty() {
        assert!(pair.wait());
    }
    let again = pair.sent.remove(0);
    assert_eq!((again.instrument, again.side), (SPOT, Side::Sell));
    pair.tell(&again, OrderEventKind::Rejected(RejectReason::Balance));
    // No more of it is sold until what is missing had its time; it comes, and nothing is left to do.
    let refused = pair.now;
    while pair.now < refused + 200_000_000 && pair.wait() {
        assert!(pair.sent.iter().all(|place| place.instrument != SPOT));
        pair.sent.clear();
    }
    pair.trade(&unwind, 10);
    assert_eq!((pair.held(SPOT), pair.sent.len()), (0, 0));
}

#[test]
fn a_late_fill_of_an_earlier_trip_is_mended() {
    let mut pair = Pair::enter();
    let late = pair.sent[0];
    pair.answer(Some(0));
    pair.answer(Some(0));
    pair.quote(FUTURES, 1_010, 1_011);
    pair.answer(Some(10));
    pair.answer(Some(10));
    assert_eq!(pair.reason(), "holding");
    pair.trade(&late, 3);
    assert_eq!(
        (pair.sent[0].instrument, pair.sent[0].side, pair.sent[0].qty),
        (SPOT, Side::Sell, Qty::new(3))
    );
    pair.answer(Some(3));
    assert_eq!(
        (pair.held(SPOT), pair.held(FUTURES), pair.reason()),
        (10, -10, "holding")
    );
}

#[test]
fn a_person_lets_a_quarantined_saga_go_on() {
    let mut pair = Pair::enter();
    pair.answer(Some(10));
    while pair.reason() != "quarantined" {
        if pair.sent.is_empty() {
            assert!(pair.wait());
        } else {
            pair.answer(None);
        }
    }
    pair.step(Body::Control(Control::Resume));
    assert_eq!(
        (pair.sent[0].instrument, pair.reason()),
        (FUTURES, "repairing")
    );
    pair.answer(Some(10));
    assert_eq!((pair.delta(), pair.reason()), (0, "holding"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// However the legs leave and whatever becomes of them: no order is larger than what it follows, and the end is
    /// balance or an alert.
    #[test]
    fn every_order_of_legs_ends_in_balance(
        first in any::<bool>(),
        answers in proptest::collection::vec(proptest::option::weighted(0.8, 0i64..=10), 2..40),
    ) {
        let mut pair = Pair::enter_with(&[if first { HEDGE_FIRST } else { SEQUENTIAL }]);
        let mut answers = answers.into_iter();
        while !pair.sent.is_empty() || pair.reason() == "repairing" {
            if pair.sent.is_empty() {
                prop_assert!(pair.wait(), "repairing with nothing to wait for");
                continue;
            }
            prop_assert_eq!(pair.sent.len(), 1);
            let before = pair.delta();
            let place = pair.answer(answers.next().unwrap_or(Some(10)));
            if before != 0 {
                prop_assert!(pair.delta().abs() <= before.abs() && pair.delta() * before >= 0, "{place:?}");
            }
        }
        let balanced = pair.delta() == 0;
        prop_assert!(balanced || (pair.reason() == "quarantined" && pair.alerts == 1), "{:?}", pair.reasons);
    }
}

#[test]
fn a_venue_that_takes_no_orders_is_no_attempt_and_the_other_leg_mends() {
    let mut pair = Pair::enter();
    pair.answer(Some(10));
    let future = pair.sent.remove(0);
    pair.tell(&future, OrderEventKind::Rejected(RejectReason::Halted));
    // Completing would meet the same halt: what leads is unwound at once, and is halted too.
    let spot = pair.sent.remove(0);
    assert_eq!((spot.instrument, spot.side), (SPOT, Side::Sell));
    pair.tell(&spot, OrderEventKind::Rejected(RejectReason::RateLimit));
    assert!(pair.sent.is_empty());
    // However long it lasts, nothing is given up for it, and people are told once.
    let until = pair.now + 20_000_000_000;
    let mut tries = 0;
    while pair.now < until {
        while let Some(place) = pair.sent.pop() {
            tries += 1;
            pair.tell(&place, OrderEventKind::Rejected(RejectReason::Halted));
        }
        assert!(pair.wait());
    }
    assert_eq!((pair.reason(), pair.alerts), ("repairing", 1));
    // Once a second at each of both.
    assert!((20..60).contains(&tries), "{tries}");
    while pair.sent.is_empty() {
        assert!(pair.wait());
    }
    pair.answer(Some(10));
    assert_eq!(pair.delta(), 0);
}
