//! How much of the best result is luck: the more points are tried, the better the best of them looks by chance.
//!
//! Two statistics over the results of 64 equal parts of the window:
//!
//! - the deflated Sharpe ratio of a point (D. Bailey and M. López de Prado, "The deflated Sharpe ratio", 2014): the
//!   probability that its true ratio is above zero, given how many points were tried, how far apart their ratios
//!   are, and the skew and tails of its results;
//! - the probability of overfitting of the sweep (D. Bailey, J. Borwein, M. López de Prado and Q. Zhu, "The
//!   probability of backtest overfitting", 2015), by combinatorially symmetric cross-validation: how often the
//!   point that is best in one half of the parts is no better than the median in the other.

use super::metrics::PERIODS;
use super::row::Row;

/// Parts that a point must have results in, for statistics of it to say anything.
const ACTIVE_MIN: usize = 8;
/// Points up to which the parts are divided into sixteen blocks, above into eight: 12,870 and 70 halves.
const FINE_MAX: usize = 2_000;
/// Euler's constant.
const EULER: f64 = 0.577_215_664_901_532_9;

/// What is said of a sweep as a whole.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Overfit {
    /// Probability that the best point is no better than the median elsewhere.
    pub probability: f64,
    /// Points that it is about: those with results in eight parts of the window at least.
    pub points: u64,
    /// Ways in which the parts were divided into halves.
    pub halves: u64,
}

/// Results of a point by part of the window; `None` when there are too few.
pub(super) fn periods(row: &Row) -> Option<Vec<f64>> {
    let text = row.metrics.as_ref()?.periods.as_ref()?;
    let parts: Option<Vec<f64>> = text.split(' ').map(|part| part.parse().ok()).collect();
    let parts = parts.filter(|parts| parts.len() == PERIODS)?;
    let active = parts.iter().filter(|part| **part != 0.0).count();
    (active >= ACTIVE_MIN).then_some(parts)
}

/// The deflated Sharpe ratio of each; `None` where there are no results.
pub(super) fn deflated(all: &[Option<Vec<f64>>], trials: usize) -> Vec<Option<f64>> {
    let moments: Vec<Option<Moments>> = all
        .iter()
        .map(|parts| Moments::of(parts.as_ref()?))
        .collect();
    let ratios: Vec<f64> = moments.iter().flatten().map(|own| own.ratio).collect();
    if ratios.len() < 2 {
        return vec![None; all.len()];
    }
    let lucky = expected_best(variance(&ratios), trials.max(2) as f64);
    moments
        .iter()
        .map(|own| own.as_ref().map(|own| own.above(lucky)))
        .collect()
}

/// The best ratio that so many worthless points are expected to have.
fn expected_best(variance: f64, trials: f64) -> f64 {
    let one = quantile(1.0 - 1.0 / trials);
    let other = quantile(1.0 - 1.0 / (trials * std::f64::consts::E));
    libm::sqrt(variance) * ((1.0 - EULER) * one + EULER * other)
}

/// Sharpe ratio a part, skew and kurtosis.
struct Moments {
    ratio: f64,
    skew: f64,
    kurtosis: f64,
    count: f64,
}

impl Moments {
    fn of(parts: &[f64]) -> Option<Self> {
        let count = parts.len() as f64;
        let mean = parts.iter().sum::<f64>() / count;
        // By multiplication alone: powers of the standard library may differ between machines.
        let central = |power: usize| {
            let powers = parts
                .iter()
                .map(|part| std::iter::repeat_n(part - mean, power));
            powers.map(Iterator::product::<f64>).sum::<f64>() / count
        };
        let variance = central(2);
        let deviation = libm::sqrt(variance);
        (deviation > 0.0).then(|| Self {
            ratio: mean / deviation,
            skew: central(3) / (variance * deviation),
            kurtosis: central(4) / (variance * variance),
            count,
        })
    }

    /// The probability that the true ratio is above another.
    fn above(&self, other: f64) -> f64 {
        let spread =
            1.0 - self.skew * self.ratio + (self.kurtosis - 1.0) / 4.0 * self.ratio * self.ratio;
        let z = (self.ratio - other) * libm::sqrt(self.count - 1.0);
        normal(z / libm::sqrt(spread.max(f64::MIN_POSITIVE)))
    }
}

fn variance(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares = values.iter().map(|value| (value - mean) * (value - mean));
    squares.sum::<f64>() / (values.len().saturating_sub(1).max(1)) as f64
}

/// The part of a standard normal distribution below `z`.
fn normal(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The number that a part `p` of a standard normal distribution lies below.
fn quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if normal(middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// The probability of overfitting; `None` for fewer than two points with results.
pub(super) fn probability(all: &[Option<Vec<f64>>]) -> Option<Overfit> {
    let points: Vec<&Vec<f64>> = all.iter().flatten().collect();
    if points.len() < 2 {
        return None;
    }
    let blocks = if points.len() <= FINE_MAX { 16 } else { 8 };
    let sums: Vec<Vec<Sums>> = points.iter().map(|parts| Sums::of(parts, blocks)).collect();
    let (mut halves, mut worse) = (0_u64, 0_u64);
    for half in 0_u32..1 << blocks {
        if half.count_ones() as usize == blocks / 2 {
            halves += 1;
            worse += u64::from(is_no_better_than_median(&sums, half));
        }
    }
    Some(Overfit {
        probability: worse as f64 / halves as f64,
        points: points.len() as u64,
        halves,
    })
}

/// Whether the point that is best in one half stands in the lower half of the other, equal ones counted half.
fn is_no_better_than_median(sums: &[Vec<Sums>], half: u32) -> bool {
    let ratios =
        |half: u32| -> Vec<f64> { sums.iter().map(|own| Sums::ratio(own, half)).collect() };
    let inside = ratios(half);
    let mut best = 0;
    for (at, ratio) in inside.iter().enumerate() {
        if *ratio > inside[best] {
            best = at;
        }
    }
    let outside = ratios(!half);
    let own = outside[best];
    let below = outside.iter().filter(|ratio| **ratio < own).count() as f64;
    let equal = outside.iter().filter(|ratio| **ratio == own).count() as f64;
    let rank = below + (equal + 1.0) / 2.0;
    rank / (sums.len() as f64 + 1.0) <= 0.5
}

/// Count, sum and sum of squares of a block.
#[derive(Clone, Copy, Default)]
struct Sums {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn of(parts: &[f64], blocks: usize) -> Vec<Self> {
        let each = parts.chunks(parts.len().div_ceil(blocks));
        each.map(|block| Self {
            count: block.len() as f64,
            sum: block.iter().sum(),
            squares: block.iter().map(|part| part * part).sum(),
        })
        .collect()
    }

    /// The Sharpe ratio over the blocks of a half; zero where nothing varies.
    fn ratio(blocks: &[Self], half: u32) -> f64 {
        let mut all = Self::default();
        for (at, block) in blocks.iter().enumerate() {
            if half >> at & 1 == 1 {
                all.count += block.count;
                all.sum += block.sum;
                all.squares += block.squares;
            }
        }
        let mean = all.sum / all.count;
        let variance = all.squares / all.count - mean * mean;
        // What rounding leaves of a variance of zero is none.
        if variance > 1e-12 * (all.squares / all.count) {
            mean / libm::sqrt(variance)
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::space::Draws;
    use super::*;

    fn noise(seed: u64, drift: f64) -> Vec<f64> {
        let draws = Draws::new(seed);
        let part = |at| {
            let twelve: f64 = (0..12).map(|n| draws.unit("noise", at, n)).sum();
            twelve - 6.0 + drift
        };
        (0..PERIODS as u64).map(part).collect()
    }

    #[test]
    fn the_normal_distribution_is_right() {
        assert!((quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-9);
        assert!((normal(1.0) - 0.841_344_746_068_543).abs() < 1e-12);
        // Of a hundred standard normal numbers, the largest is expected at about 2.5.
        assert!((expected_best(1.0, 100.0) - 2.53).abs() < 0.02);
    }

    /// Equal to the closed form for results without skew and with normal tails.
    #[test]
    fn a_ratio_against_nothing_is_the_probabilistic_one() {
        let own = Moments {
            ratio: 0.25,
            skew: 0.0,
            kurtosis: 3.0,
            count: 65.0,
        };
        let expected = normal(0.25 * 8.0 / (1.0_f64 + 0.5 * 0.0625).sqrt());
        assert!((own.above(0.0) - expected).abs() < 1e-12);
    }

    #[test]
    fn luck_is_told_from_skill() {
        let luck: Vec<Option<Vec<f64>>> = (0..40).map(|seed| Some(noise(seed, 0.0))).collect();
        let by_luck = probability(&luck).unwrap();
        assert_eq!((by_luck.points, by_luck.halves), (40, 12_870));
        assert!(by_luck.probability > 0.25, "{by_luck:?}");
        assert!(deflated(&luck, 40).iter().flatten().all(|own| *own < 0.95));
        let mut skill = luck;
        skill.push(Some(noise(99, 1.0)));
        let by_skill = probability(&skill).unwrap();
        assert!(by_skill.probability < 0.05, "{by_skill:?}");
        let best = deflated(&skill, 41)[40].unwrap();
        assert!(best > 0.95, "{best}");
    }

    #[test]
    fn without_results_nothing_is_said() {
        assert_eq!(probability(&[None, Some(noise(1, 0.0))]), None);
        assert_eq!(deflated(&[None, Some(noise(1, 0.0))], 2), [None, None]);
    }
}
