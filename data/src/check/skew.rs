//! How far two venues are apart in time: the age of the other's last message, and how long one is silent.

use std::cmp::{max, min};

use onetape_core::num::format_fixed;

use super::finding::{CheckName, Finding, ONCE, Scope, Severity, about, seconds};
use super::limits::Limits;
use super::sketch::Sketch;
use crate::catalog::Catalog;

/// An instrument of a base asset: its name, venue, and the end of its quotes, depth and trades.
pub(super) struct Leg {
    pub(super) name: String,
    pub(super) venue: String,
    pub(super) end: Option<i64>,
}

/// Every two venues' instruments of one base asset.
pub(super) struct Skews {
    limits: Limits,
    names: Vec<String>,
    last: Vec<Option<i64>>,
    pairs: Vec<Pair>,
}

struct Pair {
    legs: [usize; 2],
    /// The earlier of the two ends.
    end: i64,
    /// Up to where time is counted; none until both are known.
    counted_to: Option<i64>,
    common: i64,
    silent: i64,
    age: Sketch,
}

impl Skews {
    pub(super) fn new(legs: &[Leg], limits: Limits) -> Self {
        let mut pairs = Vec::new();
        for (a, one) in legs.iter().enumerate() {
            for (b, other) in legs.iter().enumerate().skip(a + 1) {
                if let (Some(end), Some(other_end)) = (one.end, other.end)
                    && one.venue != other.venue
                {
                    pairs.push(Pair::new([a, b], min(end, other_end)));
                }
            }
        }
        Self {
            limits,
            names: legs.iter().map(|leg| leg.name.clone()).collect(),
            last: vec![None; legs.len()],
            pairs,
        }
    }

    /// A message of a leg. Time does not go back.
    pub(super) fn message(&mut self, leg: usize, now: i64) {
        for pair in &mut self.pairs {
            let [a, b] = pair.legs;
            if a == leg || b == leg {
                let other = self.last[if a == leg { b } else { a }];
                pair.message(now, self.last[leg], other, self.limits.skew.nanos());
            }
        }
        self.last[leg] = Some(now);
    }

    pub(super) fn tell(&self, catalog: &Catalog, found: &mut Vec<Finding>) {
        for pair in &self.pairs {
            let [a, b] = pair.legs.map(|leg| self.names[leg].as_str());
            let mut scope = Scope {
                catalog,
                instrument: format!("{a} {b}"),
                kind: None,
                found,
            };
            pair.tell(&self.limits, &mut scope);
        }
    }
}

impl Pair {
    fn new(legs: [usize; 2], end: i64) -> Self {
        Self {
            legs,
            end,
            counted_to: None,
            common: 0,
            silent: 0,
            age: Sketch::default(),
        }
    }

    fn message(&mut self, now: i64, own: Option<i64>, other: Option<i64>, limit: i64) {
        let Some(other) = other.filter(|_| self.counted_to.is_none_or(|to| to < self.end)) else {
            return;
        };
        if now <= self.end {
            self.age.add(now - other);
        }
        let now = min(now, self.end);
        // Without an own message before, the common time starts here.
        if let (Some(from), Some(own)) = (self.counted_to, own) {
            let silent_from = max(from, min(own, other).saturating_add(limit));
            self.common += now - from;
            self.silent += max(0, now - silent_from);
        }
        self.counted_to = Some(now);
    }

    fn tell(&self, limits: &Limits, to: &mut Scope<'_>) {
        let (Some(median), Some(p99), Some(most)) = (
            self.age.median(),
            self.age.quantile(99, 100),
            self.age.most(),
        ) else {
            return;
        };
        // Hundredths of a percent, toward zero.
        let share = i128::from(self.silent) * 10_000 / i128::from(self.common.max(1));
        let share = i64::try_from(share).unwrap_or(i64::MAX);
        let often = share > i64::from(limits.skew_percent) * 100;
        let severity = if often {
            Severity::Warning
        } else {
            Severity::Note
        };
        to.tell(
            CheckName::VenueSkew,
            severity,
            ONCE,
            format!(
                "at a message of one venue the other's last is {} s old (median; 99 of 100: {} s); \
                 for {} % of {} s one is silent for more than {} s",
                about(median),
                about(p99),
                format_fixed(share, 2),
                about(self.common),
                about(limits.skew.nanos())
            ),
            vec![
                ("age_median_s", seconds(median)),
                ("age_p99_s", seconds(p99)),
                ("age_most_s", seconds(most)),
                ("common_s", seconds(self.common)),
                ("silent_s", seconds(self.silent)),
                ("silent_percent", format_fixed(share, 2)),
            ],
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(a: &[i64], b: &[i64]) -> Pair {
        let mut pair = Pair::new([0, 1], min(a[a.len() - 1], b[b.len() - 1]));
        let mut all: Vec<(i64, usize)> = a.iter().map(|&t| (t, 0)).collect();
        all.extend(b.iter().map(|&t| (t, 1)));
        all.sort_unstable();
        let mut last = [None, None];
        for (now, leg) in all {
            pair.message(now, last[leg], last[1 - leg], 10);
            last[leg] = Some(now);
        }
        pair
    }

    #[test]
    fn silence_of_either_counts_once_over_the_common_time() {
        let found = pair(&[0, 5, 10, 15, 20, 25, 30, 35, 40], &[2, 30, 33]);
        // From 2, when both are known, to 33; the second is silent from 12 to 30.
        assert_eq!((found.common, found.silent), (31, 18));
        assert_eq!((found.age.count(), found.age.most()), (9, Some(28)));
        let found = pair(&[0, 5, 10], &[1, 6, 11]);
        assert_eq!((found.common, found.silent), (9, 0));
        let found = pair(&[0, 30], &[0, 30]);
        assert_eq!((found.common, found.silent), (30, 20), "both are silent");
        let found = pair(&[0, 5], &[10, 20]);
        assert_eq!((found.common, found.silent), (0, 0), "nothing in common");
    }
}
