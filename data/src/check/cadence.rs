//! Settlements of funding: the interval between them, and those that are missing.
//!
//! A venue may change the interval. A longer step is a new interval when the step after it is as long, and else holds
//! missing settlements.

use super::finding::{At, Tally};

/// Settlements are on whole minutes; what is nearer than that is one.
pub(super) const MINUTE: i64 = 60_000_000_000;

/// Moments that come at an interval.
#[derive(Default)]
pub(super) struct Cadence {
    pub(super) first: Option<i64>,
    pub(super) last: Option<i64>,
    pub(super) moments: u64,
    /// The interval, and how many steps it was.
    interval: Option<(i64, u64)>,
    /// A step of another length, which the next one explains.
    odd: Option<(i64, At)>,
    /// The first interval's first step.
    start: Option<At>,
    missing: Tally,
}

impl Cadence {
    /// A moment. One that was there, or lies before the last, is no new one.
    pub(super) fn moment(&mut self, moment: i64, at: At) {
        let Some(last) = self.last else {
            (self.first, self.last, self.moments) = (Some(moment), Some(moment), 1);
            return;
        };
        let step = (moment.saturating_sub(last).saturating_add(MINUTE / 2)).div_euclid(MINUTE);
        if step <= 0 {
            return;
        }
        self.last = Some(moment);
        self.moments += 1;
        self.step(step * MINUTE, at);
    }

    fn step(&mut self, step: i64, at: At) {
        let Some((interval, seen)) = self.interval else {
            self.interval = Some((step, 1));
            self.start = Some(at);
            return;
        };
        if let Some((odd, odd_at)) = self.odd.take() {
            if odd == step {
                self.changed(interval, seen, step);
                return;
            }
            self.explain(interval, odd, odd_at);
        }
        if step == interval {
            self.interval = Some((interval, seen + 1));
        } else {
            self.odd = Some((step, at));
        }
    }

    /// A step of another length came twice: it is the interval from now on.
    fn changed(&mut self, old: i64, seen: u64, new: i64) {
        if seen == 1
            && old > new
            && let Some(at) = self.start
        {
            // The very first step was the odd one.
            self.explain(new, old, at);
        }
        self.interval = Some((new, 2));
    }

    fn explain(&mut self, interval: i64, step: i64, at: At) {
        let missing = (step + interval / 2) / interval - 1;
        if missing > 0 {
            self.missing = self.missing.join(Tally {
                count: missing.unsigned_abs(),
                first: Some(at),
            });
        }
    }

    /// The interval, where there are two moments.
    pub(super) fn interval(&self) -> Option<i64> {
        self.interval.map(|(interval, _)| interval)
    }

    /// What is missing in between; a last odd step included.
    pub(super) fn missing(&mut self) -> Tally {
        if let (Some((interval, _)), Some((odd, at))) = (self.interval, self.odd.take()) {
            self.explain(interval, odd, at);
        }
        self.missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Missing moments of a list in hours, and the place that shows the first.
    fn missing(hours: &[i64]) -> (u64, Option<u64>) {
        let mut cadence = Cadence::default();
        for (&hour, place) in hours.iter().zip(0..) {
            let at = At {
                file: 0,
                ts: 0,
                place,
            };
            cadence.moment(hour * 60 * MINUTE + place as i64 * 3_000_000, at);
        }
        let met = cadence.missing();
        (met.count, met.first.map(|at| at.place))
    }

    #[test]
    fn a_longer_step_is_a_hole_unless_it_is_the_new_interval() {
        assert_eq!(missing(&[0, 8, 16, 24]), (0, None));
        assert_eq!(missing(&[0, 8, 24, 32]), (1, Some(2)));
        assert_eq!(missing(&[0, 8, 16, 48]), (3, Some(3)), "at the end");
        assert_eq!(missing(&[0, 16, 24, 32]), (1, Some(1)), "at the start");
        assert_eq!(
            missing(&[0, 8, 16, 20, 24, 28]),
            (0, None),
            "8 h become 4 h"
        );
        assert_eq!(missing(&[0, 4, 8, 16, 24, 32]), (0, None), "4 h become 8 h");
        assert_eq!(missing(&[0, 8, 8, 16, 12, 24]), (0, None), "told again");
        assert_eq!(missing(&[0, 8, 16, 32, 40, 64, 72]), (3, Some(3)));
        assert_eq!(missing(&[0]), (0, None));
    }
}
