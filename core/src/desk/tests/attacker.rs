//! S6: a strategy with the worst intentions, before a gate with the limits that a careful person sets. The other task of
//! the desk trades as it should.

use super::*;
use crate::num::Bps;
use crate::risk::{Guards, LevelLimits, Rate, Scope};

/// Value of one order, of a position, and what a day may lose.
const ORDER: &str = "200";
const POSITION: &str = "300";
const LOSS: &str = "50";

/// Every kind of limit at once: BTC alone, prices within 1 % of the middle, five messages a second.
fn careful() -> RiskLimits {
    let rate = Rate {
        count: 5,
        per: Span::from_millis(1_000),
    };
    let account = crate::risk::Level {
        scope: Scope::Account,
        limits: LevelLimits {
            max_open_orders: Some(4),
            max_order_rate: Some(rate),
            max_exposure: Some(money("500")),
            ..LevelLimits::default()
        },
    };
    RiskLimits {
        max_order_notional: Some(money(ORDER)),
        max_position_notional: Some(money(POSITION)),
        max_daily_loss: Some(money(LOSS)),
        max_book_age: Some(Span::from_millis(5_000)),
        guards: Guards {
            collar_mid: Some(Bps::parse("100").unwrap()),
            collar_last: Some(Bps::parse("200").unwrap()),
            allowed: Some(vec![SPOT, FUTURE]),
            ..Guards::default()
        },
        levels: vec![account],
        ..RiskLimits::default()
    }
}

/// What the attacker asks for, and what it is told.
fn attacks() -> Vec<(&'static str, OrderIntent, &'static str)> {
    let buy = take(SPOT, Side::Buy, 1_000);
    let priced = |side, price| rest(SPOT, side, 1_000, price);
    let of = |qty| take(SPOT, Side::Buy, qty);
    vec![
        (
            "an illiquid pair",
            take(ETH, Side::Buy, 10),
            "instrument_not_allowed",
        ),
        (
            "its own coins for nothing",
            take(ETH, Side::Sell, 10),
            "instrument_not_allowed",
        ),
        ("too much at once", of(2_100), "max_order_notional"),
        (
            "too much without a price",
            OrderIntent {
                limit: None,
                ..of(2_100)
            },
            "max_order_notional",
        ),
        ("more than there is", of(i64::MAX), "above_max_quantity"),
        ("less than nothing", of(-1_000), "quantity_off_lot"),
        ("the least number", of(i64::MIN), "quantity_off_lot"),
        ("nothing", of(0), "quantity_off_lot"),
        ("dust", of(1), "below_min_quantity"),
        (
            "a price of nothing",
            priced(Side::Sell, 0),
            "price_off_tick",
        ),
        (
            "a price below nothing",
            priced(Side::Sell, -10_000),
            "price_off_tick",
        ),
        (
            "giving it away",
            rest(FUTURE, Side::Sell, 1_000, 9_000),
            "collar_mid",
        ),
        ("paying any price", priced(Side::Buy, 11_000), "collar_mid"),
        (
            "a price without end",
            OrderIntent {
                qty: Qty::new(2),
                ..priced(Side::Buy, i64::MAX)
            },
            "max_order_notional",
        ),
        (
            "as if it only closed",
            OrderIntent {
                reduce_only: true,
                ..of(2_100)
            },
            "max_order_notional",
        ),
        (
            "against the other task",
            OrderIntent {
                limit: Some(Price::new(9_950)),
                ..take(SPOT, Side::Sell, 100)
            },
            "self_trade",
        ),
        (
            "beside what is held",
            OrderIntent {
                tag: LegTag {
                    leg: 200,
                    trip: u32::MAX,
                    ..buy.tag
                },
                ..of(1_990)
            },
            "max_position_notional",
        ),
    ]
}

/// The commands of all decisions that leave for a venue.
fn left(bench: &Bench) -> usize {
    let commands = bench.decisions.iter().flat_map(|made| &made.commands);
    commands
        .filter(|it| !matches!(it, Command::Alert(_)))
        .count()
}

#[test]
fn s6_an_attacker_is_refused_whatever_it_calls_its_orders() {
    let mut bench = Bench::new(careful());
    // The other task holds a coin and a half, and bids.
    bench.traded(FIRST, take(SPOT, Side::Buy, 1_500));
    let bid = bench.rests(FIRST, rest(SPOT, Side::Buy, 100, 9_950));
    bench.wait(2_000);
    let honest = left(&bench);
    let roles = [
        LegRole::Entry,
        LegRole::Exit,
        LegRole::Repair,
        LegRole::Switch,
    ];
    for (what, intent, why) in attacks() {
        for role in roles {
            let intent = with_role(intent, role, intent.tag.trip);
            let told = bench.refusal(SECOND, intent);
            assert_eq!(told.as_deref(), Some(why), "{what}, as {role:?}");
        }
    }
    let (one, two) = (take(SPOT, Side::Buy, 800), take(SPOT, Side::Buy, 800));
    let sliced = bench.ask(SECOND, &[one, two]).unwrap_err();
    assert_eq!(
        sliced, "max_position_notional",
        "in slices that fit one by one"
    );
    assert_eq!(bench.take_back(SECOND, bid).unwrap_err(), "not_own_order");
    for (qty, limit) in [(2, 9_950), (100, 9_960), (5_000, 9_950)] {
        let told = bench.amend_by(SECOND, bid, qty, limit);
        assert_eq!(told.unwrap_err(), "not_own_order", "{qty} at {limit}");
    }
    assert_eq!(left(&bench), honest, "nothing of it left");
    let own = bench.desk.own.orders.get(bid).unwrap();
    assert_eq!(own.place.task, FIRST);
    assert!(
        bench
            .desk
            .own
            .orders
            .alive()
            .all(|it| it.place.task == FIRST)
    );
}

#[test]
fn s6_many_small_orders_end_at_the_rate_and_the_number_that_may_be_open() {
    let mut bench = Bench::new(careful());
    let small = rest(SPOT, Side::Buy, 100, 9_960);
    let mut told = Vec::new();
    for _ in 0..50 {
        match bench.ask(SECOND, &[small]) {
            Ok(_) => bench.wait(300),
            Err(why) => told.push(why),
        }
    }
    assert_eq!(told.len(), 46);
    assert!(told.iter().all(|why| why == "max_open_orders"), "{told:?}");
    // What ends at once is limited by its rate.
    let mut bench = Bench::new(careful());
    let mut passed = 0;
    let mut refused = Vec::new();
    for _ in 0..50 {
        match bench.ask(SECOND, &[take(FUTURE, Side::Buy, 100)]) {
            Ok(orders) => {
                passed += 1;
                bench.news(orders[0], OrderEventKind::Expired);
            }
            Err(why) => refused.push(why),
        }
        bench.wait(10);
    }
    assert_eq!(passed, 5, "in half a second");
    assert!(refused.iter().all(|why| why == "max_order_rate"));
}

#[test]
fn s6_an_own_order_is_not_grown_into_what_would_be_refused() {
    let mut bench = Bench::new(careful());
    let own = bench.rests(SECOND, rest(SPOT, Side::Buy, 1_000, 9_960));
    for (qty, limit, why) in [
        (2_100, 9_960, "max_order_notional"),
        (1_000, 11_000, "collar_mid"),
        (-1, i64::MAX, ""),
        (1_000, 0, "price_off_tick"),
        (i64::MAX, 9_960, "above_max_quantity"),
    ] {
        bench.wait(1_000);
        match bench.amend(own, qty, limit) {
            Err(told) => assert_eq!(told, why, "{qty} at {limit}"),
            // Less than what traded takes the order back.
            Ok(()) => assert!(qty < 0, "{qty} at {limit}"),
        }
    }
}

#[test]
fn s6_losing_on_purpose_ends_with_the_days_loss() {
    let mut bench = Bench::new(careful());
    let mut lost = 0;
    let why = loop {
        bench.wait(1_000);
        bench.quote(FUTURE, 9_990, 10_010);
        let buy = take(FUTURE, Side::Buy, 1_900);
        let Ok(orders) = bench.ask(SECOND, &[buy]) else {
            break bench.refusal(SECOND, buy).unwrap();
        };
        // Bought at the most that the collar lets, sold at the least: 1.90 coins lose 3.8 in a round.
        bench.fill(orders[0], 1_900, 10_100);
        let sell = with_role(take(FUTURE, Side::Sell, 1_900), LegRole::Exit, 0);
        bench.traded(
            SECOND,
            OrderIntent {
                limit: Some(Price::new(9_900)),
                ..sell
            },
        );
        lost += 1;
        assert!(lost < 100);
    };
    assert_eq!(why, "max_daily_loss", "after {lost} rounds");
    let switched = with_role(take(FUTURE, Side::Buy, 1_900), LegRole::Switch, 0);
    assert_eq!(
        bench.refusal(SECOND, switched).as_deref(),
        Some("max_daily_loss")
    );
}
