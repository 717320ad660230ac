//! `triangular` (ST6) against a venue in the test's hands.

#[path = "../common/mod.rs"]
mod common;

use common::{Rig, instrument, names, setup};
use onetape_core::command::LegRole;
use onetape_core::event::{Body, Control, OrderEventKind};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::{AssetId, Names, TaskId, VenueId};
use onetape_core::num::{Bps, Money, Qty};
use onetape_core::risk::RiskLimits;
use onetape_core::strategies::triangular::{SPEC, checked};
use onetape_core::task::{ParamChange, TaskAction, TaskOrder};
use proptest::prelude::*;
use rust_decimal::Decimal;

const BTC: AssetId = AssetId(0);
const USDT: AssetId = AssetId(1);
const ETH: AssetId = AssetId(2);

/// BTCUSDT with prices of 1 and quantities of 4 decimals, ETHBTC with 5 and 3, ETHUSDT with 2 and 4.
fn triangle() -> Names {
    let leg = |at: usize, name: &str, base, quote, price: u8, qty: u8| Instrument {
        name: format!("venue0:{name}"),
        venue: VenueId(0),
        symbol: name.into(),
        base,
        quote,
        price_decimals: price,
        qty_decimals: qty,
        ..instrument(at, InstrumentKind::Spot)
    };
    let legs = [
        leg(0, "BTCUSDT", BTC, USDT, 1, 4),
        leg(1, "ETHBTC", ETH, BTC, 5, 3),
        leg(2, "ETHUSDT", ETH, USDT, 2, 4),
    ];
    names(&legs, &["BTC", "USDT", "ETH"])
}

const PLAIN: [(&str, &str); 3] = [
    ("notional", "10000"),
    ("min_edge_bps", "1"),
    ("repair.attempts", "2"),
];

fn rig(fee: &str, params: &[(&'static str, &'static str)]) -> Rig {
    let given = [&PLAIN[..], params].concat();
    let mut rig = Rig::new(&SPEC, triangle(), &[fee; 3], RiskLimits::default(), &given);
    rig.fee = Bps::parse(fee).unwrap().to_decimal();
    rig
}

/// BTC at 50,000, ETH at 0.05 BTC and so at 2,500; ETHUSDT is bid that much more.
fn books(rig: &mut Rig, eth_usdt_bid: i64) {
    rig.quote(0, (499_990, 100_000), (500_000, 100_000));
    rig.quote(1, (4_999, 100_000), (5_000, 100_000));
    rig.quote(2, (eth_usdt_bid, 1_000_000), (eth_usdt_bid + 1, 1_000_000));
}

#[test]
fn st6_forward_goes_round_and_ends_with_more() {
    let mut rig = rig("1", &[]);
    rig.fee_received = true;
    // 2,502 / 2,500 is 8 bps, less three fees of one.
    books(&mut rig, 250_200);
    assert_eq!(rig.reason(), "enter_forward");
    // 10,000 / 50,025 (5 bps of slippage): 0.1999 BTC.
    let first = rig.answer(Some(i64::MAX));
    assert_eq!((first.side, first.qty), (Side::Buy, Qty::new(1_999)));
    // 0.1999 less 1 bps is 0.19988001: at 0.05002, 3.996 ETH.
    let second = rig.answer(Some(i64::MAX));
    assert_eq!((second.instrument.index(), second.side), (1, Side::Buy));
    assert_eq!(second.qty, Qty::new(3_996));
    // What came of it less the fee, and no more: 3.9956004.
    let third = rig.answer(Some(i64::MAX));
    assert_eq!((third.instrument.index(), third.side), (2, Side::Sell));
    assert_eq!(third.qty, Qty::new(39_956));
    assert_eq!(rig.reason(), "closed");
    assert!(rig.sent.is_empty());
    // 3.9956 x 2,502 less the fee, less 0.1999 x 50,000: the dust is in no result.
    let result = number(&rig, "last_result");
    let sold = Decimal::new(39_956, 4) * Decimal::new(250_200, 2);
    let exact = sold - sold * Decimal::new(1, 4) - Decimal::from(9_995);
    assert_eq!(result, exact);
}

fn number(rig: &Rig, name: &str) -> Decimal {
    let last = rig.last.as_ref().unwrap();
    let number = last
        .numbers
        .iter()
        .find(|number| number.name.as_str() == name);
    match number.unwrap().value {
        onetape_core::decision::Value::Exact(money) => money.decimal(),
        onetape_core::decision::Value::Signal(_) => panic!("a signal"),
    }
}

#[test]
fn st6_backward_goes_the_other_way() {
    let mut rig = rig("1", &[]);
    // ETH at 2,490 buys for less than 0.04999 x 49,999 = 2,499.45.
    books(&mut rig, 249_000);
    assert_eq!(rig.reason(), "enter_backward");
    let sides: Vec<(usize, Side)> = std::iter::from_fn(|| {
        (!rig.sent.is_empty()).then(|| {
            let place = rig.answer(Some(i64::MAX));
            (place.instrument.index(), place.side)
        })
    })
    .collect();
    // The first brings a fourth decimal of ETH that the second does not take: it is sold where it was bought.
    let round = [(2, Side::Buy), (1, Side::Sell), (0, Side::Sell)];
    assert_eq!(
        (&sides[..3], &sides[3..]),
        (&round[..], &[(2, Side::Sell)][..])
    );
    assert_eq!(rig.reason(), "closed");
}

#[test]
fn st6_the_edge_has_paid_three_fees() {
    // 2,502.5 / 2,500 is 10 bps: with fees of 3 it leaves 0.9973 bps, with 2.99 it leaves 1.03.
    for (fee, enters) in [("3", false), ("2.99", true)] {
        let mut rig = rig(fee, &[]);
        books(&mut rig, 250_250);
        assert_eq!(rig.reason() == "enter_forward", enters, "{fee}");
    }
    let mut only = rig("1", &[("direction", "backward")]);
    books(&mut only, 250_200);
    assert_eq!(only.reason(), "edge_below_entry");
}

#[test]
fn st6_a_missed_second_trade_is_unwound() {
    let mut rig = rig("1", &[]);
    books(&mut rig, 250_200);
    rig.answer(Some(i64::MAX));
    rig.answer(None);
    let back = rig.answer(Some(i64::MAX));
    assert_eq!(
        (back.instrument.index(), back.side, back.qty, back.tag.role),
        (0, Side::Sell, Qty::new(1_999), LegRole::Repair)
    );
    assert_eq!((rig.reason(), rig.held(0)), ("closed", 0));
    // A pause, and then the next one.
    books(&mut rig, 250_200);
    assert_eq!(rig.reason(), "cooling_down");
    rig.at_ms(100);
    books(&mut rig, 250_200);
    assert_eq!(rig.reason(), "enter_forward");
}

#[test]
fn st6_what_a_third_trade_leaves_is_sold_again() {
    let mut rig = rig("0", &[]);
    books(&mut rig, 250_200);
    rig.answer(Some(i64::MAX));
    rig.answer(Some(i64::MAX));
    rig.answer(Some(10_000));
    // 0.1999 - 3.996 x 0.05 = 0.0001 BTC is a lot, and goes home too.
    let mut again = Vec::new();
    while rig.reason() != "closed" {
        if rig.sent.is_empty() {
            assert!(rig.wait());
            continue;
        }
        let place = rig.answer(Some(i64::MAX));
        assert_eq!(place.tag.role, LegRole::Repair);
        again.push((place.instrument.index(), place.side, place.qty.mantissa()));
    }
    assert_eq!(again, [(0, Side::Sell, 1), (2, Side::Sell, 29_960)]);
}

fn update(rig: &mut Rig, name: &str, new: &str) {
    let change = ParamChange {
        name: name.into(),
        old: None,
        new: new.into(),
    };
    let order = TaskOrder {
        task: Some(TaskId(0)),
        action: TaskAction::Update(vec![change]),
    };
    rig.step(Body::Control(Control::Task(Box::new(order))));
}

#[test]
fn st16_an_update_is_what_the_next_cycle_goes_by() {
    let mut rig = rig("3", &[]);
    // 10 bps less three fees of three are 0.9973: 1 is asked for.
    books(&mut rig, 250_250);
    assert_eq!(rig.reason(), "edge_below_entry");
    update(&mut rig, "min_edge_bps", "0.9");
    assert_eq!(rig.reason(), "task_updated");
    books(&mut rig, 250_250);
    assert_eq!(rig.reason(), "enter_forward");
    assert_eq!(rig.sent[0].qty, Qty::new(1_999));
    rig.fill_all();
    assert_eq!(rig.reason(), "closed");
    // Half the size: 5,000 / 50,025.
    update(&mut rig, "notional", "5000");
    rig.at_ms(100);
    books(&mut rig, 250_250);
    assert_eq!(rig.sent[0].qty, Qty::new(999));
}

#[test]
fn st16_an_update_during_a_cycle_brings_it_home_first() {
    let mut rig = rig("1", &[]);
    books(&mut rig, 250_200);
    let least = |rig: &Rig| rig.desk.params(TaskId(0)).unwrap().bps("min_edge_bps");
    let [old, new] = ["1", "50"].map(|bps| Bps::parse(bps).ok());
    update(&mut rig, "min_edge_bps", "50");
    rig.answer(Some(i64::MAX));
    // What was bought goes back; the cycle sends nothing more of its own.
    let mut back = Vec::new();
    while rig.held(0) != 0 {
        assert_eq!(least(&rig), old);
        if rig.sent.is_empty() {
            assert!(rig.wait(), "{} and nothing to wait for", rig.reason());
            continue;
        }
        let place = rig.answer(Some(i64::MAX));
        back.push((place.instrument.index(), place.side, place.tag.role));
    }
    assert_eq!(back, [(0, Side::Sell, LegRole::Repair)]);
    assert_eq!(least(&rig), new);
    rig.at_ms(10_000);
    books(&mut rig, 250_200);
    assert_eq!(rig.reason(), "edge_below_entry");
}

#[test]
fn a_part_of_the_first_trade_makes_the_others_smaller() {
    let mut rig = rig("1", &[]);
    rig.fee_received = true;
    books(&mut rig, 250_200);
    rig.answer(Some(1_000));
    // 0.09999 BTC at 0.05002.
    assert_eq!(rig.sent[0].qty, Qty::new(1_999));
    rig.answer(Some(i64::MAX));
    // 1.999 less the fee of it.
    assert_eq!(rig.sent[0].qty, Qty::new(19_988));
    rig.fill_all();
    assert_eq!(rig.reason(), "closed");
}

#[test]
fn all_at_once_sends_all_three() {
    let mut rig = rig("1", &[("dispatch", "parallel")]);
    books(&mut rig, 250_200);
    assert_eq!(rig.sent.len(), 3);
    // The middle one fails: both ends go back.
    let middle = rig.sent.remove(1);
    rig.answer(Some(i64::MAX));
    rig.answer(Some(i64::MAX));
    rig.tell(&middle, OrderEventKind::Expired);
    let mut backs = Vec::new();
    while rig.reason() != "closed" {
        if rig.sent.is_empty() {
            assert!(rig.wait());
            continue;
        }
        let place = rig.answer(Some(i64::MAX));
        backs.push((place.instrument.index(), place.side, place.qty.mantissa()));
    }
    assert_eq!(backs, [(0, Side::Sell, 1_999), (2, Side::Buy, 39_956)]);
}

#[test]
fn legs_that_are_no_triangle_are_refused() {
    let check = |names: &Names| {
        let set_up = setup(&SPEC, names, &["1"; 3], &PLAIN);
        checked(&set_up).map(|_| ()).unwrap_err()
    };
    let mut wrong = triangle();
    wrong.instruments[1].base = BTC;
    wrong.instruments[1].quote = USDT;
    assert!(
        check(&wrong).contains("are no triangle"),
        "{}",
        check(&wrong)
    );
    let mut wrong = triangle();
    wrong.instruments[2].venue = VenueId(1);
    assert!(check(&wrong).contains("two venues"));
    // Which asset is the base does not matter.
    let mut turned = triangle();
    let other = &mut turned.instruments[1];
    (other.base, other.quote, other.price_decimals) = (BTC, ETH, 2);
    assert!(checked(&setup(&SPEC, &turned, &["1"; 3], &PLAIN)).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    /// Whatever fills: nothing that could be traded is held in the end, unless people were told.
    #[test]
    fn st6_every_cycle_ends_at_home(
        answers in proptest::collection::vec(proptest::option::weighted(0.85, prop_oneof![Just(i64::MAX), 0i64..40_000]), 1..14),
        parallel in any::<bool>(), backward in any::<bool>(), received in any::<bool>(),
    ) {
        let dispatch = if parallel { "parallel" } else { "sequential" };
        let mut rig = rig("1", &[("dispatch", dispatch)]);
        rig.fee_received = received;
        books(&mut rig, if backward { 249_000 } else { 250_200 });
        prop_assert!(!rig.sent.is_empty());
        let mut answers = answers.into_iter();
        let mut orders = 0;
        while !["closed", "entry_missed", "quarantined"].contains(&rig.reason()) {
            if rig.sent.is_empty() {
                prop_assert!(rig.wait(), "{} with nothing to wait for", rig.reason());
                continue;
            }
            orders += 1;
            prop_assert!(orders < 60);
            rig.answer(answers.next().unwrap_or(Some(i64::MAX)));
        }
        prop_assert_eq!(rig.reason() == "quarantined", rig.alerts > 0);
        if rig.reason() != "quarantined" {
            // By the ledger: less than a lot of either, plus what fees in coins round.
            let held = |asset| rig.desk.ledger().row(VenueId(0), asset).map_or(Money::ZERO, |row| row.expected());
            prop_assert!(held(BTC).abs() < Money::parse("0.0001").unwrap(), "{}", held(BTC));
            prop_assert!(held(ETH).abs() < Money::parse("0.0001").unwrap(), "{}", held(ETH));
        }
    }
}

#[test]
fn prices_of_other_grids_trade_too() {
    // BTCETH instead of ETHBTC: 20.00 and 20.01 ETH for a BTC.
    let mut turned = triangle();
    let other = &mut turned.instruments[1];
    (
        other.base,
        other.quote,
        other.price_decimals,
        other.qty_decimals,
    ) = (BTC, ETH, 2, 4);
    let mut rig = Rig::new(&SPEC, turned, &["0"; 3], RiskLimits::default(), &PLAIN);
    rig.quote(0, (499_990, 100_000), (500_000, 100_000));
    rig.quote(1, (2_000, 100_000), (2_001, 100_000));
    rig.quote(2, (250_200, 1_000_000), (250_201, 1_000_000));
    assert_eq!(rig.reason(), "enter_forward");
    let mut sides = Vec::new();
    while !rig.sent.is_empty() {
        let place = rig.answer(Some(i64::MAX));
        sides.push((place.instrument.index(), place.side));
    }
    assert_eq!(
        sides[..3],
        [(0, Side::Buy), (1, Side::Sell), (2, Side::Sell)]
    );
    assert_eq!(rig.reason(), "closed");
}
