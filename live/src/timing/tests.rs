//! Steps of a trip, percentiles, and what is counted of them.

use onetape_core::time::Ts;
use proptest::prelude::*;

use super::moments::Departure;
use super::*;
use crate::stamp::SteadyClock;

fn at(nanos: i64) -> Ts {
    Ts::from_nanos(nanos)
}

#[test]
fn the_steps_of_a_trip_come_to_the_whole_of_it() {
    let moments = Moments::default();
    let mut timings = Timings::new(moments.clone());
    let read = SteadyClock::read();
    let queued = SteadyClock::read();
    let taken = SteadyClock::read();
    let trip = Trip {
        read,
        queued,
        taken,
    };
    timings.arrived(&trip);
    moments.writing();
    moments.wrote();
    for _ in 0..2 {
        moments.left(SteadyClock::read());
    }
    timings.decided(&trip, 2);
    let figures = timings.figures();
    assert_eq!((figures.orders.count(), figures.arrivals.count()), (1, 1));
    let steps: u64 = (figures.steps.iter())
        .map(|it| it.max_ns().unwrap_or_default())
        .sum();
    let whole = figures.orders.max_ns().unwrap();
    // Each value is kept to two digits.
    assert!(steps.abs_diff(whole) <= whole / 50 + 7, "{steps} {whole}");
    assert_eq!(figures.unmeasured, 0);
}

/// How many, and a quarter, a half and all of them; each is told exactly below 128 ns.
fn told(spread: &Spread) -> (u64, Vec<u64>) {
    let at = [2_500, 5_000, 10_000];
    let told = at.iter().filter_map(|it| spread.quantile_ns(*it));
    (spread.count(), told.collect())
}

/// Orders that are signed and written at these moments.
fn leave(moments: &Moments, orders: &[(i64, i64)]) {
    for (signed, written) in orders {
        moments.departed(Departure {
            signed: at(*signed),
            written: at(*written),
        });
    }
}

#[test]
fn orders_of_one_decision_are_as_far_apart_as_their_last_bytes() {
    let moments = Moments::default();
    let mut timings = Timings::new(moments.clone());
    let trip = Trip {
        read: at(10),
        queued: at(11),
        taken: at(12),
    };
    // Two legs, three, and two again: 90 - 50, 120 - 20 whatever was between, and 85 - 85.
    for (orders, count) in [
        (&[(40, 50), (60, 90)][..], 2),
        (&[(15, 20), (25, 70), (80, 120)], 3),
        (&[(80, 85), (85, 85)], 2),
    ] {
        leave(&moments, orders);
        timings.decided(&trip, count);
    }
    // One order is apart from none, and of two of which one was handed on nobody knows.
    leave(&moments, &[(40, 50)]);
    timings.decided(&trip, 1);
    leave(&moments, &[(40, 50)]);
    moments.handed();
    timings.decided(&trip, 2);
    let figures = timings.figures();
    assert_eq!(told(&figures.dispatch), (3, vec![0, 40, 100]));
    // From 10 to 90, 120, 85 and 50.
    assert_eq!(told(&figures.orders), (4, vec![40, 75, 110]));
    assert_eq!(figures.unmeasured, 1);
}

#[test]
fn repairs_are_measured_from_the_news_or_the_time_that_led_to_them() {
    let moments = Moments::default();
    let mut timings = Timings::begun(moments.clone(), at(20));
    // A fill that was read at 30 led to one order: 75 - 30. A timer that was due at 40 to two: 100 - 40.
    leave(&moments, &[(60, 75)]);
    timings.followed(at(30), 1);
    leave(&moments, &[(70, 80), (90, 100)]);
    timings.followed(at(40), 2);
    // One that was due before this life began: 45 - 20.
    leave(&moments, &[(40, 45)]);
    timings.followed(at(-1_000), 1);
    // Of one that was handed on nobody knows; what a person ordered is nobody's news.
    moments.handed();
    timings.followed(at(50), 1);
    leave(&moments, &[(60, 70)]);
    timings.pass_over();
    let figures = timings.figures();
    assert_eq!(told(&figures.repairs), (3, vec![25, 45, 60]));
    assert_eq!(told(&figures.dispatch), (1, vec![20; 3]));
    let others = (figures.orders.count(), figures.arrivals.count());
    assert_eq!(others, (0, 0));
    assert_eq!((figures.unmeasured, figures.repairs_unmeasured), (0, 1));
}

#[test]
fn orders_whose_last_byte_is_not_known_are_counted_and_measure_nothing() {
    let moments = Moments::default();
    let mut timings = Timings::new(moments.clone());
    let trip = Trip {
        read: at(1),
        queued: at(2),
        taken: at(3),
    };
    moments.left(at(4));
    moments.handed();
    timings.decided(&trip, 2);
    // What left for another reason does not count for the next.
    moments.left(at(5));
    timings.pass_over();
    timings.decided(&trip, 1);
    let figures = timings.figures();
    assert_eq!((figures.orders.count(), figures.unmeasured), (0, 2));
    assert_eq!(moments.handed_over(), 1);
    assert_eq!(figures.orders.quantile_ns(5_000), None);
    assert!(figures.orders.buckets().is_empty());
}

#[test]
fn a_spread_tells_percentiles_and_buckets_of_powers_of_two() {
    let mut spread = Spread::default();
    for nanos in [1_000, 1_000, 1_000, 9_000, -5, i64::MAX] {
        spread.add_nanos(nanos);
    }
    assert_eq!(spread.count(), 6);
    let near =
        |told: Option<u64>, nanos: u64| told.is_some_and(|it| it.abs_diff(nanos) <= nanos / 50);
    assert!(near(spread.quantile_ns(5_000), 1_000));
    assert!(near(spread.quantile_ns(8_000), 9_000));
    assert!(near(spread.max_ns(), 60_000_000_000));
    let buckets = spread.buckets();
    assert_eq!(buckets.iter().map(|(_, count)| count).sum::<u64>(), 6);
    assert!(buckets.windows(2).all(|pair| pair[1].0 == 2 * pair[0].0));
    assert_eq!(buckets[0].1, 1);
    assert!(buckets.contains(&(1_024, 3)) && buckets.contains(&(16_384, 1)));
}

proptest! {
    #[test]
    fn quantiles_are_within_a_hundredth_of_sorted_values(values in prop::collection::vec(0i64..2_000_000_000, 1..200), of in 0u64..=10_000) {
        let mut spread = Spread::default();
        values.iter().for_each(|it| spread.add_nanos(*it));
        let mut sorted = values.clone();
        sorted.sort_unstable();
        let wanted = (sorted.len() as u64 * of).div_ceil(10_000).max(1) as usize;
        let exact = sorted[wanted - 1].unsigned_abs();
        let told = spread.quantile_ns(of).unwrap();
        prop_assert!(told >= exact && told - exact <= exact / 64, "{told} {exact}");
        prop_assert_eq!(spread.max_ns(), sorted.last().map(|it| it.unsigned_abs()));
        prop_assert_eq!(spread.buckets().iter().map(|(_, count)| *count).sum::<u64>(), values.len() as u64);
    }
}
