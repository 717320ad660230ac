//! `delta_neutral_3x` (ST5) against venues in the test's hands.

#[path = "../common/mod.rs"]
mod common;

use common::{Rig, instrument, names, setup};
use onetape_core::command::LegRole;
use onetape_core::event::{AccountEvent, Body};
use onetape_core::instrument::{InstrumentKind, Side};
use onetape_core::names::{AssetId, Names, VenueId};
use onetape_core::num::{Money, Qty};
use onetape_core::risk::RiskLimits;
use onetape_core::strategies::delta_neutral_3x::{SPEC, checked};
use proptest::prelude::*;

const HEDGE: usize = 2;

fn venues() -> Names {
    let legs = [
        instrument(0, InstrumentKind::Spot),
        instrument(1, InstrumentKind::Spot),
        instrument(HEDGE, InstrumentKind::Linear),
    ];
    names(&legs, &["BTC", "USDT", "USDC"])
}

/// Four units in slices of one: 10 lots of 40.
const PLAIN: [(&str, &str); 5] = [
    ("quantity", "4"),
    ("band_bps", "2500"),
    ("min_entry_net_bps", "20"),
    ("exit.net_bps", "20"),
    ("repair.attempts", "2"),
];

fn rig(params: &[(&'static str, &'static str)]) -> Rig {
    rig_at(venues(), params)
}

fn rig_at(venues: Names, params: &[(&'static str, &'static str)]) -> Rig {
    let given = [&PLAIN[..], params].concat();
    let fees = ["0", "0", "0"];
    let mut rig = Rig::new(&SPEC, venues, &fees, RiskLimits::default(), &given);
    rig.tells_balances = true;
    for (venue, asset, total) in [
        (0, 1, "100000"),
        (1, 1, "100000"),
        (2, 1, "100000"),
        (0, 0, "0"),
        (1, 0, "0"),
    ] {
        rig.step(Body::Account(AccountEvent::Balance {
            venue: VenueId(venue),
            asset: AssetId(asset),
            total: Money::parse(total).unwrap(),
        }));
    }
    rig
}

/// Spot at 100.0 / 100.1 on both, the perpetual at 101.0 / 101.1: 90 bps.
fn books(rig: &mut Rig) {
    rig.quote(0, (1_000, 900), (1_001, 900));
    rig.quote(1, (1_000, 900), (1_001, 900));
    rig.quote(HEDGE, (1_010, 900), (1_011, 900));
}

fn delta(rig: &Rig) -> i64 {
    rig.held(0) + rig.held(1) + rig.held(HEDGE)
}

fn built() -> Rig {
    built_with(&[])
}

fn built_with(params: &[(&'static str, &'static str)]) -> Rig {
    let mut rig = rig(params);
    for _ in 0..20 {
        books(&mut rig);
        rig.fill_all();
    }
    assert_eq!(
        [0, 1, 2].map(|leg| rig.held(leg)),
        [20, 20, -40],
        "{}",
        rig.reason()
    );
    rig
}

#[test]
fn st5_it_is_built_in_slices_of_the_band_at_both_venues() {
    let mut rig = rig(&[]);
    let mut bought = Vec::new();
    for _ in 0..20 {
        books(&mut rig);
        while !rig.sent.is_empty() {
            let place = rig.answer(Some(i64::MAX));
            assert!(place.qty <= Qty::new(10));
            if place.side == Side::Buy {
                bought.push(place.instrument.index());
            }
        }
        assert_eq!(delta(&rig), 0);
    }
    // Where more is missing first, and of equals the primary.
    assert_eq!(bought, [0, 1, 0, 1]);
    assert_eq!((rig.reason(), rig.held(HEDGE)), ("holding", -40));
}

#[test]
fn st5_a_slice_that_a_book_shows_too_little_for_waits() {
    let mut venues = venues();
    venues.instruments[HEDGE].min_qty = Qty::new(5);
    let mut rig = rig_at(venues, &[]);
    rig.quote(0, (1_000, 900), (1_001, 900));
    rig.quote(1, (1_000, 900), (1_001, 900));
    // Four lots are bid where five are the least.
    rig.quote(HEDGE, (1_010, 4), (1_011, 900));
    assert_eq!((rig.reason(), rig.sent.len()), ("slice_below_minimum", 0));
    rig.quote(HEDGE, (1_010, 5), (1_011, 900));
    assert_eq!(rig.reason(), "building");
    let sizes: Vec<Qty> = rig.sent.iter().map(|place| place.qty).collect();
    assert_eq!(sizes, [Qty::new(5); 2]);
}

#[test]
fn st5_a_venue_that_costs_too_much_waits_and_the_other_is_built() {
    let mut rig = rig(&[("arbitrage_share_bps", "2500")]);
    for _ in 0..20 {
        rig.quote(0, (1_009, 900), (1_010, 900));
        rig.quote(1, (1_000, 900), (1_001, 900));
        rig.quote(HEDGE, (1_010, 900), (1_011, 900));
        rig.fill_all();
        if rig.held(1) == 10 {
            break;
        }
    }
    assert_eq!([0, 1, 2].map(|leg| rig.held(leg)), [0, 10, -10]);
}

/// EX5: what one spot venue does not sell is bought at the other, and the position builds on from there.
#[test]
fn ex5_spot_that_does_not_come_is_hedged_at_the_other_venue() {
    let mut rig = rig(&[]);
    books(&mut rig);
    let meant = rig.sent[0].instrument.index();
    let other = 1 - meant;
    let mut bought = Vec::new();
    while rig.reason() != "holding" {
        match rig.sent.first() {
            Some(place) if place.instrument.index() == meant => {
                bought.push(meant);
                rig.answer(None);
            }
            Some(place) => {
                bought.push(place.instrument.index());
                rig.answer(Some(i64::MAX));
            }
            None => assert!(rig.wait()),
        }
    }
    // The entry and two attempts to complete it; the future filled at once.
    assert_eq!(bought, [meant, HEDGE, meant, meant, other]);
    assert_eq!((rig.held(meant), rig.held(other), delta(&rig)), (0, 10, 0));
}

#[test]
fn st5_spot_moves_where_it_gains_and_the_perpetual_stands() {
    let mut rig = built();
    rig.quote(0, (1_005, 900), (1_006, 900));
    assert_eq!(rig.reason(), "shifting");
    let sent: Vec<_> = rig
        .sent
        .iter()
        .map(|it| (it.instrument.index(), it.side, it.qty, it.tag.role))
        .collect();
    let ten = Qty::new(10);
    let role = LegRole::Switch;
    assert_eq!(
        sent,
        [(0, Side::Sell, ten, role), (1, Side::Buy, ten, role)]
    );
    rig.fill_all();
    assert_eq!([0, 1, 2].map(|leg| rig.held(leg)), [10, 30, -40]);
    // And back, when its time has come.
    rig.quote(0, (990, 900), (991, 900));
    assert_eq!(rig.reason(), "holding");
    rig.at_ms(100);
    rig.quote(0, (990, 900), (991, 900));
    assert_eq!(rig.reason(), "shifting");
    assert_eq!(rig.sent[0].instrument.index(), 1);
}

#[test]
fn st5_it_is_closed_in_slices_until_nothing_is_left() {
    let mut rig = built_with(&[("shift.min_net_bps", "9999")]);
    // Closing earns (102.0 - 101.1) / 101.1 = 89 bps by both.
    let mut closes = 0;
    while rig.reason() != "closed" {
        rig.quote(0, (1_020, 900), (1_021, 900));
        rig.quote(1, (1_020, 900), (1_021, 900));
        while !rig.sent.is_empty() {
            closes += 1;
            let place = rig.answer(Some(i64::MAX));
            assert!(place.qty <= Qty::new(10) && place.tag.role == LegRole::Exit);
            assert!(delta(&rig).abs() <= 10);
        }
        assert!(closes <= 8);
    }
    assert_eq!([0, 1, 2].map(|leg| rig.held(leg)), [0, 0, 0]);
    assert_eq!(closes, 8);
}

#[test]
fn st5_age_closes_too() {
    let mut rig = built_with(&[("exit.max_age", "10s")]);
    while rig.reason() != "closed" {
        rig.fill_all();
        assert!(rig.reason() == "closed" || rig.wait());
    }
    assert_eq!(rig.now, 10_000_000_000);
    assert_eq!(([0, 1, 2].map(|leg| rig.held(leg))), [0, 0, 0]);
}

#[test]
fn st5_the_roles_are_three_at_three_venues() {
    let why = |names: &Names, drop: usize| {
        let mut set_up = setup(&SPEC, names, &["1"; 3], &PLAIN);
        set_up.legs.truncate(3 - drop);
        checked(&set_up).map(|_| ()).unwrap_err()
    };
    assert!(why(&venues(), 1).contains("name three roles"));
    let mut wrong = venues();
    wrong.instruments[2].venue = VenueId(1);
    assert!(why(&wrong, 0).contains("at one venue"));
    let mut wrong = venues();
    wrong.instruments[1].quote = AssetId(2);
    assert!(
        why(&wrong, 0).contains("trade one pair"),
        "{}",
        why(&wrong, 0)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    /// Whatever fills and wherever prices go: the sum of all exposures is in the band after every fill, and in the end
    /// the legs balance or people were told.
    #[test]
    fn st5_the_sum_of_exposures_stays_in_the_band(
        steps in proptest::collection::vec(
            (0usize..3, -12i64..13, proptest::option::weighted(0.9, prop_oneof![3 => Just(99i64), 2 => 0i64..12])), 10..120,
        ),
    ) {
        let mut rig = rig(&[("exit.max_age", "40ms"), ("shift.cooldown", "1ms")]);
        books(&mut rig);
        let mut middles = [1_000i64, 1_000, 1_010];
        let mut ms = 0;
        for (leg, step, fill) in steps {
            ms += 1;
            rig.at_ms(ms);
            middles[leg] = (middles[leg] + step).clamp(980, 1_030);
            rig.quote(leg, (middles[leg], 900), (middles[leg] + 1, 900));
            let mut fill = Some(fill);
            while !rig.sent.is_empty() || rig.reason() == "repairing" {
                if rig.sent.is_empty() {
                    prop_assert!(rig.wait());
                    continue;
                }
                rig.answer(fill.take().unwrap_or(Some(99)));
                prop_assert!(delta(&rig).abs() <= 10, "{} after {}", delta(&rig), rig.reason());
            }
            ms = ms.max(rig.now / 1_000_000);
            prop_assert!(delta(&rig) == 0 || rig.reason() == "quarantined", "{} {}", delta(&rig), rig.reason());
            let held = [0, 1, HEDGE].map(|leg| rig.held(leg));
            prop_assert!(held[0] >= 0 && held[1] >= 0 && held[2] >= -40, "{:?} {}", held, rig.reason());
        }
    }
}
