//! A tree-structured Parzen estimator (Bergstra and others, "Algorithms for hyper-parameter optimization", 2011).
//!
//! The points so far are split into the good and the others; the next point is where the density of the good is
//! highest against that of the others. Everything happens on places of values, so that texts stay exact, and every
//! draw is keyed by the number of the question.

use crate::sweep::space::{Axis, Draws};

/// Points that are drawn evenly before anything is estimated.
const EVEN_FIRST: usize = 10;
/// One in so many points is good.
const GOOD_ONE_IN: usize = 6;
/// Most points that count as good.
const GOOD_MAX: usize = 25;
/// Candidates that are compared for each parameter.
const CANDIDATES: u64 = 24;
/// Widest and narrowest kernel, in parts of the range.
const WIDEST: f64 = 0.5;
const NARROWEST: f64 = 0.02;

/// Asks for the next point: a place a parameter. `best_first` are the places of the points so far; `number` and
/// `again` tell this question from every other.
pub(super) fn ask(
    axes: &[Axis],
    draws: Draws,
    best_first: &[Vec<u64>],
    number: u64,
    again: u64,
) -> Vec<u64> {
    let key = number * 1_000 + again;
    let numbered = (0_u64..).zip(axes);
    if best_first.len() < EVEN_FIRST {
        let even = numbered.map(|(at, axis)| draws.below("tpe even", key, at, axis.len()));
        return even.collect();
    }
    let good = best_first.len().div_ceil(GOOD_ONE_IN).clamp(2, GOOD_MAX);
    let (good, others) = best_first.split_at(good);
    numbered
        .map(|(at, axis)| {
            let places = |points: &[Vec<u64>]| -> Vec<u64> {
                let own = points.iter().filter_map(|point| point.get(at as usize));
                own.copied().collect()
            };
            let own = draws.bits("tpe", key, at);
            best_of(axis, Draws::new(own), &places(good), &places(others))
        })
        .collect()
}

/// The candidate, drawn as the good are spread, that is the most likely among the good and the least among others.
fn best_of(axis: &Axis, draws: Draws, good: &[u64], others: &[u64]) -> u64 {
    let mut best: Option<(f64, u64)> = None;
    let (good, others) = (Density::of(axis, good), Density::of(axis, others));
    for candidate in 0..CANDIDATES {
        let place = good.draw(draws, candidate);
        let score = libm::log(good.at(place)) - libm::log(others.at(place));
        if best.is_none_or(|(highest, _)| score > highest) {
            best = Some((score, place));
        }
    }
    best.map_or(0, |(_, place)| place)
}

/// How places are spread: an even part, and a kernel around each.
struct Density {
    len: u64,
    /// Words have no neighbours: their kernels are single places.
    ordered: bool,
    kernels: Vec<Kernel>,
}

struct Kernel {
    place: u64,
    middle: f64,
    width: f64,
    /// How much of it lies inside the range.
    inside: f64,
}

impl Density {
    fn of(axis: &Axis, places: &[u64]) -> Self {
        let len = axis.len();
        let middle = |place: u64| (place as f64 + 0.5) / len as f64;
        let mut sorted: Vec<u64> = places.to_vec();
        sorted.sort_unstable();
        let kernels = sorted.iter().enumerate().map(|(at, &place)| {
            let own = middle(place);
            let before = at.checked_sub(1).and_then(|at| sorted.get(at));
            let gap =
                |other: Option<&u64>, end: f64| (own - other.map_or(end, |o| middle(*o))).abs();
            let width = gap(before, 0.0).max(gap(sorted.get(at + 1), 1.0));
            let width = width.clamp(NARROWEST, WIDEST);
            Kernel {
                place,
                middle: own,
                width,
                inside: normal((1.0 - own) / width) - normal(-own / width),
            }
        });
        Self {
            len,
            ordered: axis.is_ordered(),
            kernels: kernels.collect(),
        }
    }

    fn at(&self, place: u64) -> f64 {
        let x = (place as f64 + 0.5) / self.len as f64;
        let kernels = self.kernels.iter().map(|kernel| {
            if self.ordered {
                let z = (x - kernel.middle) / kernel.width;
                libm::exp(-0.5 * z * z) / (kernel.width * kernel.inside * SQRT_2_PI)
            } else if kernel.place == place {
                self.len as f64
            } else {
                0.0
            }
        });
        (1.0 + kernels.sum::<f64>()) / (self.kernels.len() + 1) as f64
    }

    fn draw(&self, draws: Draws, candidate: u64) -> u64 {
        let even = || draws.below("even", candidate, 0, self.len);
        let which = draws.below("kernel", candidate, 0, self.kernels.len() as u64 + 1);
        let Some(kernel) = self.kernels.get(which as usize) else {
            return even();
        };
        if !self.ordered {
            return kernel.place;
        }
        for attempt in 0..16 {
            let radius =
                libm::sqrt(-2.0 * libm::log(1.0 - draws.unit("radius", candidate, attempt)));
            let angle = std::f64::consts::TAU * draws.unit("angle", candidate, attempt);
            let x = kernel.middle + kernel.width * radius * libm::cos(angle);
            if (0.0..1.0).contains(&x) {
                return ((x * self.len as f64) as u64).min(self.len - 1);
            }
        }
        even()
    }
}

const SQRT_2_PI: f64 = 2.506_628_274_631_000_7;

/// The part of a standard normal distribution below `z`.
fn normal(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::space::axis_of as axis;

    const BUDGET: u64 = 60;

    fn bowl(place: &[u64], axes: &[Axis]) -> i64 {
        let unit = |at: usize| place[at] as f64 / axes[at].len() as f64;
        let off = (unit(0) - 0.3).powi(2) + (unit(1) - 0.7).powi(2);
        let word = if place[2] == 1 { 0.0 } else { 0.05 };
        -((off + word) * 1e9) as i64
    }

    fn best(seed: u64, next: impl Fn(&[Axis], Draws, &[Vec<u64>], u64) -> Vec<u64>) -> i64 {
        let axes = [
            axis("min_entry_edge_bps=30..40"),
            axis("exit.edge_bps=0..5"),
            axis("direction"),
        ];
        let mut tried: Vec<(i64, Vec<u64>)> = Vec::new();
        for number in 0..BUDGET {
            let places: Vec<Vec<u64>> = tried.iter().map(|(_, place)| place.clone()).collect();
            let place = next(&axes, Draws::new(seed), &places, number);
            for (at, axis) in place.iter().zip(&axes) {
                assert!(*at < axis.len());
            }
            tried.push((bowl(&place, &axes), place));
            tried.sort_by(|a, b| b.cmp(a));
        }
        tried[0].0
    }

    #[test]
    fn it_beats_drawing_on_a_bowl() {
        let (mut won, mut tpe, mut random) = (0, 0, 0);
        for seed in 0..12 {
            let searched = best(seed, |axes, draws, places, number| {
                ask(axes, draws, places, number, 0)
            });
            let drawn = best(seed, |axes, draws, _, number| {
                let numbered = (0..).zip(axes);
                let even = numbered.map(|(at, axis)| draws.below("x", number, at, axis.len()));
                even.collect()
            });
            won += u32::from(searched > drawn);
            tpe += searched;
            random += drawn;
        }
        assert!(won >= 9, "won {won} of 12");
        assert!(tpe > random / 2, "mean {tpe} against {random}");
    }

    #[test]
    fn equal_questions_have_equal_answers() {
        let axes = [axis("exit.edge_bps=0..5"), axis("direction")];
        let before: Vec<Vec<u64>> = (0..20).map(|at| vec![at * 1_000, at % 3]).collect();
        let ask = |number, again| ask(&axes, Draws::new(1), &before, number, again);
        assert_eq!(ask(20, 0), ask(20, 0));
        assert_ne!(ask(20, 0), ask(21, 0));
        assert_ne!(ask(20, 0), ask(20, 1));
    }
}
