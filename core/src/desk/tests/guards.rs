//! What holds for every order of the account.

use super::*;
use crate::num::Bps;
use crate::risk::{Guards, SelfTradeRule};

fn guarded(guards: Guards) -> Bench {
    Bench::new(RiskLimits {
        guards,
        ..RiskLimits::default()
    })
}

#[test]
fn the_collar_bounds_what_a_price_gives_against_mid_and_last() {
    let ten = Some(Bps::from_millionths(20_000_000));
    let mut bench = guarded(Guards {
        collar_mid: ten,
        collar_last: ten,
        ..Guards::default()
    });
    let at = |side, price| OrderIntent {
        limit: Some(Price::new(price)),
        ..take(SPOT, side, 100)
    };
    // 20 bps of a middle of 100.00 are 0.20, either way; what asks for more than that is nobody's loss.
    assert_eq!(bench.refusal(FIRST, at(Side::Buy, 10_020)), None);
    let mid = Some("collar_mid".to_string());
    assert_eq!(bench.refusal(FIRST, at(Side::Buy, 10_021)), mid);
    assert_eq!(bench.refusal(FIRST, at(Side::Sell, 9_979)), mid);
    assert_eq!(bench.refusal(FIRST, at(Side::Sell, 9_980)), None);
    assert_eq!(bench.refusal(FIRST, at(Side::Buy, 5_000)), None);
    // The last trade was elsewhere: the book may be wrong.
    bench.trade(SPOT, 9_985);
    let last = Some("collar_last".to_string());
    assert_eq!(bench.refusal(FIRST, at(Side::Buy, 10_010)), last);
    let market = OrderIntent {
        limit: None,
        ..take(SPOT, Side::Buy, 100)
    };
    assert_eq!(bench.refusal(FIRST, market), last);
    bench.trade(SPOT, 10_000);
    assert_eq!(bench.refusal(FIRST, market), None);
}

// R5, 2.2-O: refused before it is sent.
#[test]
fn r5_orders_of_two_tasks_do_not_trade_with_each_other() {
    let mut bench = Bench::new(RiskLimits::default());
    let refused = Some("self_trade".to_string());
    bench.rests(FIRST, rest(SPOT, Side::Sell, 100, 10_000));
    assert_eq!(bench.refusal(SECOND, take(SPOT, Side::Buy, 100)), refused);
    let cheap = OrderIntent {
        limit: Some(Price::new(9_999)),
        ..take(SPOT, Side::Buy, 100)
    };
    assert_eq!(bench.refusal(SECOND, cheap), None);
    // Elsewhere, on the same side, or a task's own: the venue's rule holds for that.
    assert_eq!(bench.refusal(SECOND, take(FUTURE, Side::Buy, 100)), None);
    assert_eq!(bench.refusal(SECOND, take(SPOT, Side::Sell, 100)), None);
    assert_eq!(bench.refusal(FIRST, take(SPOT, Side::Buy, 100)), None);
    // Two orders that never rest cannot meet; one of them that rests can.
    bench.placed(FIRST, take(FUTURE, Side::Sell, 100));
    assert_eq!(bench.refusal(SECOND, take(FUTURE, Side::Buy, 100)), None);
    let rests = rest(FUTURE, Side::Buy, 100, 10_000);
    assert_eq!(bench.refusal(SECOND, rests), refused);
    // A change of a price counts as well.
    let below = bench.rests(SECOND, rest(SPOT, Side::Buy, 100, 9_900));
    assert_eq!(
        bench.amend(below, 100, 10_000),
        Err("self_trade".to_string())
    );
}

#[test]
fn a_tasks_own_orders_count_where_the_rule_says_so() {
    let refused = Some("self_trade".to_string());
    for (rule, expected) in [
        (SelfTradeRule::Always, refused),
        (SelfTradeRule::AcrossTasks, None),
        (SelfTradeRule::Venue, None),
    ] {
        let mut bench = Bench::new(RiskLimits {
            self_trade: rule,
            ..RiskLimits::default()
        });
        bench.rests(FIRST, rest(SPOT, Side::Sell, 100, 10_000));
        assert_eq!(bench.refusal(FIRST, take(SPOT, Side::Buy, 100)), expected);
    }
}

// 2.2-K: the age of a book and the age of its feed are two things.
#[test]
fn a_quiet_book_on_a_live_feed_is_not_a_silent_feed() {
    let mut bench = Bench::new(RiskLimits {
        max_book_age: Some(Span::from_millis(5_000)),
        guards: Guards {
            max_feed_age: Some(Span::from_millis(1_000)),
            ..Guards::default()
        },
        ..RiskLimits::default()
    });
    bench.wait(900);
    // The book of BTC is 1.8 s old; the venue spoke of ETH 0.9 s ago.
    bench.quote(ETH, 9_990, 10_010);
    bench.wait(900);
    assert_eq!(bench.refusal(FIRST, take(SPOT, Side::Buy, 100)), None);
    let silent = Some("feed_silent".to_string());
    assert_eq!(bench.refusal(FIRST, take(FUTURE, Side::Buy, 100)), silent);
    // A trade is a message too; it makes no book younger.
    bench.wait(3_500);
    bench.trade(SPOT, 10_000);
    let stale = Some("book_stale".to_string());
    assert_eq!(bench.refusal(FIRST, take(SPOT, Side::Buy, 100)), stale);
}

// R3: whoever sends later than it was decided asks again.
#[test]
fn an_approval_ends_when_its_data_is_too_old() {
    let mut bench = Bench::new(RiskLimits {
        max_book_age: Some(Span::from_millis(500)),
        guards: Guards {
            max_feed_age: Some(Span::from_millis(200)),
            ..Guards::default()
        },
        ..RiskLimits::default()
    });
    bench.scripts[0].borrow_mut().ask = Some(Ask::Place(vec![take(SPOT, Side::Buy, 100)]));
    let event = Event {
        ts: bench.now,
        body: Body::Timer(Timer { task: FIRST, id: 7 }),
    };
    let mut out = Outbox::default();
    bench.desk.on_event(Seq(9), &event, &bench.market, &mut out);
    let [Outgoing::Place(approved)] = out.outgoing.as_slice() else {
        panic!("{:?}", out.outgoing)
    };
    assert!(approved.is_valid_at(Ts::from_nanos(200_000_000)));
    assert!(!approved.is_valid_at(Ts::from_nanos(200_000_001)));
}

#[test]
fn legs_that_enter_together_have_books_of_about_one_moment() {
    let mut bench = guarded(Guards {
        max_leg_skew: Some(Span::from_millis(250)),
        ..Guards::default()
    });
    let legs = [take(SPOT, Side::Buy, 100), take(FUTURE, Side::Sell, 100)];
    bench.wait(251);
    bench.quote(SPOT, 9_990, 10_010);
    assert_eq!(bench.ask(FIRST, &legs), Err("legs_skewed".to_string()));
    // What closes or mends must not wait for that.
    let mends = legs.map(|leg| with_role(leg, LegRole::Repair, 1));
    assert!(bench.ask(FIRST, &mends).is_ok());
    bench.wait(250);
    bench.quote(FUTURE, 9_990, 10_010);
    assert!(bench.ask(FIRST, &legs).is_ok());
}

// S6: a key or a strategy gone wrong cannot drain the account through some other pair.
#[test]
fn only_listed_instruments_are_traded() {
    let mut bench = guarded(Guards {
        allowed: Some(vec![SPOT, FUTURE]),
        ..Guards::default()
    });
    assert_eq!(bench.refusal(FIRST, take(FUTURE, Side::Buy, 100)), None);
    let repair = with_role(take(ETH, Side::Buy, 100), LegRole::Repair, 1);
    let refused = Some("instrument_not_allowed".to_string());
    assert_eq!(bench.refusal(FIRST, repair), refused);
}

// RK7: on equity, with what is open at what closing would bring.
#[test]
fn rk7_a_drawdown_stops_entries() {
    let mut bench = guarded(Guards {
        max_drawdown: Some(Bps::from_millionths(100_000_000)),
        ..Guards::default()
    });
    // Equity: 20,000 USDT and 10 BTC at 99.90. A future of 20 BTC bought at 100.10 loses with the bid.
    let long = OrderIntent {
        qty: Qty::new(20_000),
        ..take(FUTURE, Side::Buy, 1)
    };
    bench.traded(FIRST, long);
    assert_eq!(bench.refusal(SECOND, take(SPOT, Side::Buy, 100)), None);
    // 1 % of 20,999 is 209.99: at a bid of 89.62 the future has lost 209.60, at 89.58 210.40.
    bench.quote(FUTURE, 8_962, 9_000);
    assert_eq!(bench.refusal(SECOND, take(SPOT, Side::Buy, 100)), None);
    bench.quote(FUTURE, 8_958, 9_000);
    let refused = Some("max_drawdown".to_string());
    assert_eq!(bench.refusal(SECOND, take(SPOT, Side::Buy, 100)), refused);
    let close = OrderIntent {
        limit: None,
        ..with_role(take(FUTURE, Side::Sell, 20_000), LegRole::Exit, 1)
    };
    assert_eq!(bench.refusal(FIRST, close), None);
}

// RK4: the UTC day's result, what is open at what closing would bring, stops entries and keeps what hedges.
#[test]
fn rk4_a_days_loss_stops_entries_and_keeps_hedges() {
    let mut bench = Bench::new(RiskLimits {
        max_daily_loss: Some(money("100")),
        ..RiskLimits::default()
    });
    bench.traded(FIRST, take(FUTURE, Side::Buy, 10_000));
    bench.quote(FUTURE, 9_000, 9_010);
    let refused = Some("max_daily_loss".to_string());
    assert!(bench.alerts().is_empty());
    assert_eq!(bench.refusal(SECOND, take(SPOT, Side::Buy, 100)), refused);
    assert_eq!(bench.alerts().len(), 1);
    assert!(bench.alerts()[0].contains("max_daily_loss"));
    let hedge = with_role(take(SPOT, Side::Sell, 5_000), LegRole::Repair, 1);
    assert_eq!(bench.refusal(FIRST, hedge), None);
    // People are told once a day, whoever is refused.
    assert_eq!(bench.refusal(FIRST, take(FUTURE, Side::Buy, 100)), refused);
    assert_eq!(bench.alerts().len(), 1);
}
