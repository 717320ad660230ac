//! What part of the widest move of a basis round trips took, of what there was between the trip before and the next.

use onetape_core::time::Ts;

use crate::report::BasisPoint;
use crate::stats::{Figure, Why};

/// What a round trip earned of the basis of its pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) opened: Ts,
    pub(super) closed: Ts,
    /// True where a falling basis earns: the first leg was bought, the second sold.
    pub(super) falls: bool,
    pub(super) at_entry: f64,
    pub(super) at_exit: f64,
}

impl Taken {
    /// In its own direction, so that more is better.
    fn earned(&self) -> f64 {
        self.toward(self.at_entry) - self.toward(self.at_exit)
    }

    fn toward(&self, bps: f64) -> f64 {
        if self.falls { bps } else { -bps }
    }

    /// The most that an entry at one bucket and an exit at a later one would have earned at mids, from the end of the trip
    /// before to the begin of the next. What was earned could be had, whatever mids say.
    fn offered(&self, mids: &[BasisPoint], from: Option<Ts>, to: Option<Ts>) -> f64 {
        let (mut highest, mut widest) = (f64::NEG_INFINITY, 0.0_f64);
        let begin = from.map_or(0, |from| mids.partition_point(|point| point.at < from));
        let inside = mids.iter().skip(begin);
        for point in inside.take_while(|point| to.is_none_or(|to| point.at <= to)) {
            let value = self.toward(point.bps);
            highest = highest.max(value);
            widest = widest.max(highest - value);
        }
        widest.max(self.earned())
    }
}

/// Basis points that all trips earned over those that were offered to them.
pub(super) fn of_offered(taken: &[Taken], mids: &[BasisPoint]) -> Figure {
    if mids.is_empty() {
        return Figure::Missing(Why::FewMarks);
    }
    let sorted = |of: fn(&Taken) -> Ts| {
        let mut times: Vec<Ts> = taken.iter().map(of).collect();
        times.sort_unstable();
        times
    };
    let (opens, closes) = (sorted(|trip| trip.opened), sorted(|trip| trip.closed));
    let (mut earned, mut offered) = (0.0, 0.0);
    for trip in taken {
        let before = closes.partition_point(|closed| *closed <= trip.opened);
        let after = opens.partition_point(|opened| *opened < trip.closed);
        let from = before.checked_sub(1).map(|last| closes[last]);
        earned += trip.earned();
        offered += trip.offered(mids, from, opens.get(after).copied());
    }
    Figure::ratio(earned, offered, Why::NothingToDivideBy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Ts {
        Ts::from_nanos(second * 1_000_000_000)
    }

    fn mids(values: &[f64]) -> Vec<BasisPoint> {
        let point = |(minute, bps): (i64, &f64)| BasisPoint {
            at: at(minute * 60),
            bps: *bps,
        };
        (0..).zip(values).map(point).collect()
    }

    fn trip(opened: i64, closed: i64, at_entry: f64, at_exit: f64) -> Taken {
        Taken {
            opened: at(opened),
            closed: at(closed),
            falls: at_entry > at_exit,
            at_entry,
            at_exit,
        }
    }

    fn known(taken: &[Taken], values: &[f64]) -> f64 {
        of_offered(taken, &mids(values)).value().unwrap()
    }

    #[test]
    fn what_was_earned_is_of_the_widest_move_that_could_be_had_in_time_order() {
        // From 12 to 2 in the third to the fifth minute; the 1 of the first comes before every entry.
        let found = known(&[trip(130, 200, 10.0, 5.0)], &[1.0, 6.0, 12.0, 8.0, 2.0]);
        assert!((found - 0.5).abs() < 1e-12, "{found}");
        // The other way: from 1 up to 12.
        let found = known(&[trip(70, 110, 3.0, 8.5)], &[1.0, 6.0, 12.0, 8.0, 2.0]);
        assert!((found - 0.5).abs() < 1e-12, "{found}");
    }

    #[test]
    fn a_trip_is_offered_nothing_of_the_time_of_another() {
        // The first trip's fall from 20 to 0 is over when the second can begin: it is offered 6 to 2.
        let values = [20.0, 0.0, 0.0, 6.0, 2.0, 2.0];
        let both = [trip(10, 100, 20.0, 0.0), trip(190, 250, 6.0, 4.0)];
        let found = known(&both, &values);
        assert!((found - 22.0 / 24.0).abs() < 1e-12, "{found}");
    }

    #[test]
    fn what_was_earned_was_offered_and_a_loss_is_a_loss() {
        let better = known(&[trip(61, 62, 9.0, 3.0)], &[4.0, 4.0, 4.0]);
        assert!((better - 1.0).abs() < 1e-12, "{better}");
        let mut lost = trip(61, 119, 4.0, 6.0);
        lost.falls = true;
        let found = known(&[lost], &[5.0, 4.0, 1.0]);
        assert!((found + 0.5).abs() < 1e-12, "{found}");
        let of = of_offered(&[lost], &[]);
        assert_eq!(of, Figure::Missing(Why::FewMarks));
    }
}
