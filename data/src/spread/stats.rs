//! Running statistics of one direction, of one leg, and of how long a cross lasts.

use onetape_core::time::Ts;

use super::exact::{Spread, THRESHOLD_TEXTS, THRESHOLDS};
use super::report::{Counts, SideReport};

const BUCKETS: usize = THRESHOLDS.len() + 1;

/// Spreads of one direction.
pub(super) struct SideStats {
    thresholds: Vec<f64>,
    buckets: [u64; BUCKETS],
    float_buckets: [u64; BUCKETS],
    min: Option<(Spread, Ts)>,
    max: Option<Spread>,
    sum: f64,
    /// What rounding took from the sum so far.
    lost: f64,
}

impl SideStats {
    pub(super) fn new() -> Self {
        Self {
            thresholds: THRESHOLDS.iter().map(|&x| x as f64 / 100.0).collect(),
            buckets: [0; BUCKETS],
            float_buckets: [0; BUCKETS],
            min: None,
            max: None,
            sum: 0.0,
            lost: 0.0,
        }
    }

    /// Takes an evaluation: exact, and as 64-bit floats make it.
    pub(super) fn add(&mut self, spread: Spread, float: f64, ts: Ts) {
        self.buckets[spread.bucket()] += 1;
        let at = self.thresholds.partition_point(|&x| float > x);
        self.float_buckets[at] += 1;
        if self.min.is_none_or(|(min, _)| spread < min) {
            self.min = Some((spread, ts));
        }
        if self.max.is_none_or(|max| spread > max) {
            self.max = Some(spread);
        }
        let value = float - self.lost;
        let sum = self.sum + value;
        self.lost = (sum - self.sum) - value;
        self.sum = sum;
    }

    pub(super) fn report(&self) -> SideReport {
        let (exact, float) = (cumulated(&self.buckets), cumulated(&self.float_buckets));
        let n: u64 = self.buckets.iter().sum();
        let differs = (0..THRESHOLDS.len())
            .filter(|&at| exact[at] != float[at])
            .map(|at| (THRESHOLD_TEXTS[at], float[at]));
        SideReport {
            min: self.min.map(|(spread, _)| spread.percent_text()),
            max: self.max.map(Spread::percent_text),
            mean_float: (n > 0).then(|| format!("{:.8}", self.sum / n as f64)),
            first_ts_of_min: self.min.map(|(_, ts)| ts.nanos()),
            count_le: Counts(
                THRESHOLD_TEXTS
                    .into_iter()
                    .zip(exact.iter().copied())
                    .collect(),
            ),
            float64_count_differs_at: Counts(differs.collect()),
        }
    }
}

fn cumulated(buckets: &[u64; BUCKETS]) -> Vec<u64> {
    buckets
        .iter()
        .scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        })
        .collect()
}

/// Rows of one leg.
#[derive(Default)]
pub(super) struct LegStats {
    pub(super) rows: u64,
    pub(super) first: Option<Ts>,
    pub(super) last: Option<Ts>,
    /// Rows whose bid is above their own ask.
    pub(super) crossed: u64,
    /// Rows with the stamp of the row before.
    pub(super) same_ts: u64,
}

impl LegStats {
    pub(super) fn add(&mut self, ts: Ts, crossed: bool) {
        self.rows += 1;
        self.crossed += u64::from(crossed);
        self.same_ts += u64::from(self.last == Some(ts));
        self.first.get_or_insert(ts);
        self.last = Some(ts);
    }
}

/// Stamps at which both legs have rows.
#[derive(Default)]
pub(super) struct EqualStamps {
    ts: Option<Ts>,
    legs: [bool; 2],
    pub(super) count: u64,
}

impl EqualStamps {
    pub(super) fn add(&mut self, ts: Ts, leg: usize) {
        if self.ts != Some(ts) {
            self.ts = Some(ts);
            self.legs = [false; 2];
        }
        let before = self.legs == [true; 2];
        self.legs[leg] = true;
        self.count += u64::from(!before && self.legs == [true; 2]);
    }
}

/// Maximal runs of evaluations in which a cross holds. A state lasts until the next evaluation.
#[derive(Default)]
pub(super) struct Episodes {
    pub(super) count: u64,
    pub(super) nanos: i64,
    since: Option<Ts>,
}

impl Episodes {
    pub(super) fn step(&mut self, ts: Ts, holds: bool) {
        if let Some(since) = self.since {
            self.nanos += ts.since(since).nanos();
        }
        if holds && self.since.is_none() {
            self.count += 1;
        }
        self.since = holds.then_some(ts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_episode_lasts_until_the_evaluation_that_ends_it() {
        let mut episodes = Episodes::default();
        for (ts, holds) in [
            (10, true),
            (15, true),
            (20, false),
            (30, true),
            (37, false),
            (40, true),
        ] {
            episodes.step(Ts::from_nanos(ts), holds);
        }
        assert_eq!((episodes.count, episodes.nanos), (3, 17));
    }

    #[test]
    fn a_stamp_of_both_legs_counts_once() {
        let mut equal = EqualStamps::default();
        for (ts, leg) in [
            (1, 0),
            (1, 1),
            (1, 1),
            (1, 0),
            (2, 0),
            (3, 1),
            (4, 1),
            (4, 0),
        ] {
            equal.add(Ts::from_nanos(ts), leg);
        }
        assert_eq!(equal.count, 2);
    }

    #[test]
    fn floats_that_count_differently_are_told() {
        let mut side = SideStats::new();
        // Floats put (60000 - 59994) / 60000 * 100 just above 0.01.
        let float = (60_000.0_f64 - 59_994.0) / 60_000.0 * 100.0;
        side.add(
            Spread::new(60_000, 59_994),
            float.max(0.01 + f64::EPSILON),
            Ts::from_nanos(1),
        );
        let report = side.report();
        assert_eq!(report.float64_count_differs_at.0, [("0.01", 0)]);
        assert_eq!(report.count_le.0[9], ("0.01", 1));
    }
}
