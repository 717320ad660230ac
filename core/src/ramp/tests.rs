//! The ramp by hand, and the smallest size that can be entered and left.

use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::instrument::{Instrument, InstrumentKind, fixtures::instrument};
use crate::ledger::Ledger;
use crate::market::Market;
use crate::names::InstrumentId;
use crate::num::Price;
use crate::order::OrderTable;
use crate::position::Position;
use crate::strategy::{Context, NoSignals};
use crate::time::Ts;

fn names(instruments: Vec<Instrument>) -> Names {
    Names {
        instruments,
        ..Names::default()
    }
}

fn pair() -> Names {
    names(vec![
        instrument(0, InstrumentKind::Spot),
        instrument(1, InstrumentKind::Linear),
    ])
}

/// What a task holds and has realised in one instrument.
fn held(qty: i64, realised: &str) -> Vec<Holding> {
    let position = Position {
        qty: Qty::new(qty),
        realised: Money::parse(realised).unwrap(),
        ..Position::default()
    };
    vec![Holding {
        instrument: InstrumentId(0),
        position,
        fees: Money::ZERO,
        fills: 1,
    }]
}

const QTY: i64 = 1_000_000;

/// One round trip that brings the realised sum to what is given.
fn trip(climb: &mut Climb, rule: &RampRule, total: &str, names: &Names) -> Option<Turn> {
    assert_eq!(climb.look(rule, false, &held(QTY, "0"), names), None);
    climb.look(rule, false, &held(0, total), names)
}

#[test]
fn a_ramp_rises_with_good_trips_up_to_the_whole_size() {
    let rule = RampRule {
        trips: 2,
        factor: 3,
        steps: 2,
        ..RampRule::default()
    };
    let (names, mut climb) = (pair(), Climb::default());
    assert_eq!(rule.lots(climb.step), Some(1));
    let turns: Vec<Option<Turn>> = (1..=6)
        .map(|n: i32| trip(&mut climb, &rule, &n.to_string(), &names))
        .collect();
    let expected = [None, Some(Turn::Raised), None, Some(Turn::Full), None, None];
    assert_eq!(turns, expected);
    assert_eq!((rule.lots(1), rule.lots(climb.step)), (Some(3), None));
}

#[test]
fn a_loss_begins_the_count_anew_and_a_small_one_may_be_allowed() {
    let (names, mut climb) = (pair(), Climb::default());
    let rule = RampRule {
        trips: 2,
        ..RampRule::default()
    };
    assert_eq!(trip(&mut climb, &rule, "1", &names), None);
    assert_eq!(
        trip(&mut climb, &rule, "0.5", &names),
        Some(Turn::Recounted)
    );
    assert_eq!(trip(&mut climb, &rule, "0.4", &names), None, "told once");
    assert_eq!(
        trip(&mut climb, &rule, "0.4", &names),
        None,
        "no loss counts"
    );
    assert_eq!(trip(&mut climb, &rule, "0.6", &names), Some(Turn::Raised));
    let rule = RampRule {
        max_trip_loss: Money::parse("0.2").unwrap(),
        ..rule
    };
    assert_eq!(trip(&mut climb, &rule, "0.5", &names), None);
    assert_eq!(trip(&mut climb, &rule, "0.3", &names), Some(Turn::Raised));
}

#[test]
fn trouble_brings_it_down_to_one_lot_once_an_episode() {
    let rule = RampRule {
        trips: 1,
        ..RampRule::default()
    };
    let (names, mut climb) = (pair(), Climb::default());
    assert_eq!(trip(&mut climb, &rule, "1", &names), Some(Turn::Raised));
    assert_eq!(trip(&mut climb, &rule, "2", &names), Some(Turn::Raised));
    assert_eq!(
        climb.look(&rule, true, &held(QTY, "2"), &names),
        Some(Turn::Fell)
    );
    assert_eq!(climb.look(&rule, true, &held(QTY, "2"), &names), None);
    // What closes while it is in trouble does not count.
    assert_eq!(climb.look(&rule, true, &held(0, "3"), &names), None);
    assert_eq!((climb.step, climb.good), (0, 0));
    assert_eq!(trip(&mut climb, &rule, "4", &names), Some(Turn::Raised));
    assert_eq!(
        climb.look(&rule, true, &held(0, "4"), &names),
        Some(Turn::Fell)
    );
}

#[test]
fn what_is_too_little_to_trade_is_flat() {
    let (names, rule) = (pair(), RampRule::default());
    let mut climb = Climb::default();
    let lot = names.instruments[0].lot.max(names.instruments[0].min_qty);
    assert_eq!(climb.look(&rule, false, &held(QTY, "0"), &names), None);
    let dust = held(lot.mantissa() - 1, "1");
    climb.look(&rule, false, &dust, &names);
    assert_eq!(climb.good, 1);
}

/// One lot of a pair whose bids are given.
fn one_lot(names: &Names, bids: [i64; 2], lots: u32) -> (Option<Decimal>, Decimal) {
    use crate::event::{Body, Event, Level, Quote};
    use crate::market::TopFeed;
    let mut market = Market::new(&names.instruments, &[TopFeed::Quote; 2]);
    for (at, bid) in bids.into_iter().enumerate() {
        let level = |price| Level {
            price: Price::new(price),
            qty: Qty::new(1_000),
        };
        market.apply(&Event {
            ts: Ts::from_nanos(1),
            body: Body::Quote(Quote {
                instrument: InstrumentId(at as u16),
                bid: level(bid),
                ask: level(bid + 100),
            }),
        });
    }
    let (orders, ledger) = (OrderTable::new(1), Ledger::default());
    let cx = Context {
        now: Ts::from_nanos(1),
        names,
        market: &market,
        orders: &orders,
        positions: &[],
        ledger: &ledger,
        lots: Some(lots),
        signals: &NoSignals,
    };
    let legs = [InstrumentId(0), InstrumentId(1)];
    (cx.one_lot(&legs), cx.most_base(&legs))
}

#[test]
fn one_lot_is_whole_in_both_legs_and_above_all_their_minima() {
    let mut names = pair();
    let [spot, futures] = &mut names.instruments[..] else {
        panic!("two")
    };
    // Lots of 0.00003 and 0.002 meet every 0.006.
    (spot.qty_decimals, spot.lot) = (5, Qty::new(3));
    (futures.qty_decimals, futures.lot) = (3, Qty::new(2));
    (spot.min_qty, futures.min_qty) = (Qty::new(1), Qty::new(1));
    (spot.min_notional, futures.min_notional) = (Money::ZERO, Money::ZERO);
    let price = 4_000_000;
    assert_eq!(
        one_lot(&names, [price; 2], 4),
        (Some(Decimal::new(6, 3)), Decimal::new(24, 3))
    );
    // 0.007 at least: 0.012 is the next that is whole in both.
    names.instruments[1].min_qty = Qty::new(7);
    assert_eq!(one_lot(&names, [price; 2], 1).0, Some(Decimal::new(12, 3)));
    // The least value, a twentieth above it, at the lower price.
    let one = names.instruments[0].notional(Price::new(price), Qty::new(600));
    names.instruments[0].min_notional = one.times(Decimal::from(3));
    assert_eq!(one_lot(&names, [price; 2], 1).0, Some(Decimal::new(24, 3)));
}

proptest! {
    // The smallest that can be entered and left: it meets every minimum after prices fell by a twenty-first, and one
    // common lot less misses one that holds for entries.
    #[test]
    fn one_lot_can_be_entered_and_left_and_nothing_smaller(
        lots in (1i64..50, 1i64..50), least in (0i64..200, 0i64..200), values in (0i64..500, 0i64..500),
        prices in (1_000i64..10_000_000, 1_000i64..10_000_000),
    ) {
        let mut names = pair();
        for (at, (lot, min, value)) in [(lots.0, least.0, values.0), (lots.1, least.1, values.1)].into_iter().enumerate() {
            let one = &mut names.instruments[at];
            (one.lot, one.min_qty) = (Qty::new(lot), Qty::new(min));
            one.min_notional = Money::new(Decimal::new(value, 1));
        }
        let bids = [prices.0, prices.1];
        let lot = one_lot(&names, bids, 1).0.unwrap();
        let step = common_lot(names.instruments.iter()).unwrap();
        prop_assert!((lot / step).fract().is_zero());
        let enough = |base: Decimal, raised: Decimal| {
            names.instruments.iter().zip(bids).all(|(one, bid)| {
                let qty = one.floor_qty(base);
                let value = one.notional(Price::new(bid), qty).decimal();
                one.qty_decimal(qty) == base && qty >= one.min_qty
                    && value >= one.min_notional.decimal() * raised
            })
        };
        prop_assert!(enough(lot, HEADROOM), "{lot}");
        prop_assert!(lot == step || !enough(lot - step, HEADROOM), "{lot} {step}");
    }
}
