//! The parts of a gap sum to it, whatever differs, and each cause lands in its own part.

use super::*;
use crate::fold::tests::run::{PERP, Run, SPOT, tag, usdt};
use onetape_core::command::LegRole::{Entry, Exit};
use onetape_core::instrument::Side::{Buy, Sell};
use proptest::prelude::*;

/// What one round trip of a made-up run does: quantity, price of the exit in cents, fee, funding; none is not made.
type Made = Option<(u32, i64, u32, i32)>;

fn run(trips: &[Made]) -> Report {
    let mut run = Run::new();
    for (trip, made) in (1..).zip(trips) {
        let Some((qty, cents, fee, funding)) = made else {
            run.wait(400);
            continue;
        };
        let qty = format!("{}.5", qty);
        let fee = format!("0.{fee:03}");
        run.trade(tag(trip, 0, Entry), SPOT, Buy, "100.00", &qty, usdt(&fee));
        run.trade(tag(trip, 1, Entry), PERP, Sell, "101.00", &qty, usdt(&fee));
        run.funding(PERP, &format!("{funding}"));
        run.wait(389);
        let price = onetape_core::num::format_fixed(*cents, 2);
        run.trade(tag(trip, 0, Exit), SPOT, Sell, &price, &qty, usdt(&fee));
        run.trade(tag(trip, 1, Exit), PERP, Buy, "100.50", &qty, usdt(&fee));
        run.wait(6);
    }
    run.end(&[])
}

fn gap(first: &[Made], second: &[Made]) -> Gap {
    let mut compared = Comparison::of(&run(first), &run(second));
    assert_eq!(compared.len(), 1);
    compared.remove(0).gap
}

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

#[test]
fn each_cause_lands_in_its_part() {
    let base = [Some((1, 10_020, 10, 0)), Some((3, 9_990, 10, 1))];
    assert_eq!(gap(&base, &base).parts(), Gap::default().parts());
    let fees = gap(&base, &[base[0], Some((3, 9_990, 30, 1))]);
    assert_eq!((fees.net, fees.fees), (money("-0.08"), money("-0.08")));
    let funding = gap(&base, &[base[0], Some((3, 9_990, 10, 4))]);
    assert_eq!((funding.net, funding.funding), (money("3"), money("3")));
    let prices = gap(&base, &[base[0], Some((3, 10_000, 10, 1))]);
    assert_eq!((prices.net, prices.prices), (money("0.35"), money("0.35")));
    let missed = gap(&base, &[base[0], None]);
    assert_eq!((missed.missed_trips, missed.net), (1, missed.missed));
    let extra = gap(&[None, base[1]], &base);
    assert_eq!((extra.extra_trips, extra.net), (1, extra.extra));
    // Half of it was filled, all else equal: half of gross less fees is gone.
    let filled = gap(&[Some((1, 10_000, 100, 0))], &[Some((4, 10_000, 300, 0))]);
    assert_eq!(
        (filled.net, filled.filled, filled.pairs),
        (filled.filled, money("0.7"), 1)
    );
}

/// A spot trade there and back; its ask goes up by some cents until the venue has the order, and it pays some more.
fn taken(late: i64, slipped: i64) -> Report {
    let text = |cents: i64| onetape_core::num::format_fixed(cents, 2);
    let mut run = Run::new();
    run.marks(&[(SPOT, "99.00", "100.00")]);
    let order = run.place("entry_edge", tag(1, 0, Entry), SPOT, Buy, "1");
    run.marks(&[(SPOT, "99.00".to_owned(), text(10_000 + late))]);
    run.fill(order, SPOT, &text(10_000 + late + slipped), "1", usdt("0"));
    run.marks(&[(SPOT, "102.00", "103.00")]);
    run.trade(tag(1, 0, Exit), SPOT, Sell, "102.00", "1", usdt("0"));
    run.end(&[])
}

#[test]
fn latency_and_slippage_are_told_apart() {
    let compared = Comparison::of(&taken(10, 0), &taken(35, 4)).remove(0);
    let gap = compared.gap;
    assert_eq!(gap.net, money("-0.29"));
    assert_eq!(
        (gap.latency, gap.slippage),
        (money("-0.25"), money("-0.04"))
    );
    assert_eq!((gap.prices, gap.filled), (Money::ZERO, Money::ZERO));
    let trip = &compared.trips[0];
    assert_eq!((trip.latency, trip.slippage), (gap.latency, gap.slippage));
}

fn trips() -> impl Strategy<Value = Vec<Made>> {
    let one = (1_u32..9, 9_000_i64..11_000, 0_u32..999, -5_i32..5);
    prop::collection::vec(prop::option::weighted(0.7, one), 0..8)
}

proptest! {
    #[test]
    fn the_parts_sum_to_the_gap(first in trips(), second in trips()) {
        let (a, b) = (run(&first), run(&second));
        for compared in Comparison::of(&a, &b) {
            let gap = &compared.gap;
            let net = |report: &Report| in_asset(report, &report.figures.pnl, &compared.asset)[3];
            prop_assert_eq!(gap.net, net(&b) - net(&a));
            let sum: Money = gap.parts().iter().map(|(_, amount)| *amount).sum();
            prop_assert_eq!(sum, gap.net);
            prop_assert_eq!(gap.outside, Money::ZERO);
            let firsts = compared.trips.iter().filter(|trip| trip.first.is_some()).count();
            let seconds = compared.trips.iter().filter(|trip| trip.second.is_some()).count();
            prop_assert_eq!((firsts, seconds), (a.round_trips.len(), b.round_trips.len()));
        }
    }
}
