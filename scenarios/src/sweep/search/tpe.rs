//! A tree-structured Parzen estimator (Bergstra and others, "Algorithms for hyper-parameter optimization", 2011), with
//! one density over all parameters together.
//!
//! The points so far are split into the good and the others; the next point is where the density of the good is
//! highest against that of the others. Everything happens on places of values, so that texts stay exact, and every
//! draw is keyed by the number of the question.

use crate::sweep::space::{Axis, Draws};

/// Points that are drawn evenly before anything is estimated.
const EVEN_FIRST: usize = 10;
/// One in so many points is good, two at least.
const GOOD_ONE_IN: usize = 10;
/// Most points that count as good.
const GOOD_MAX: usize = 25;
/// Candidates that are compared.
const CANDIDATES: u64 = 24;
/// Widest and narrowest kernel, in parts of the range.
const WIDEST: f64 = 0.5;
const NARROWEST: f64 = 0.01;
/// How much of a kernel over words lies evenly over all of them.
const EVEN_PART: f64 = 0.2;

/// Asks for the next point: a place a parameter. `best_first` are the places of the points so far; `number` and
/// `again` tell this question from every other.
pub(super) fn ask(
    axes: &[Axis],
    draws: Draws,
    best_first: &[Vec<u64>],
    number: u64,
    again: u64,
) -> Vec<u64> {
    let draws = Draws::new(draws.bits("tpe", number, again));
    if best_first.len() < EVEN_FIRST {
        let numbered = (0_u64..).zip(axes);
        let even = numbered.map(|(at, axis)| draws.below("first", at, 0, axis.len()));
        return even.collect();
    }
    let good = best_first.len().div_ceil(GOOD_ONE_IN).clamp(2, GOOD_MAX);
    let (good, others) = best_first.split_at(good);
    let (good, others) = (Density::of(axes, good), Density::of(axes, others));
    let mut best: Option<(f64, Vec<u64>)> = None;
    for candidate in 0..CANDIDATES {
        let place = good.draw(draws, candidate);
        let score = libm::log(good.at(&place)) - libm::log(others.at(&place));
        if best.as_ref().is_none_or(|(highest, _)| score > *highest) {
            best = Some((score, place));
        }
    }
    best.map_or_else(Vec::new, |(_, place)| place)
}

/// How points are spread: an even part, and a kernel around each.
struct Density<'a> {
    axes: &'a [Axis],
    points: &'a [Vec<u64>],
    /// By parameter.
    widths: Vec<f64>,
}

impl<'a> Density<'a> {
    fn of(axes: &'a [Axis], points: &'a [Vec<u64>]) -> Self {
        let widths = axes.iter().enumerate().map(|(at, axis)| {
            let own = points.iter().map(|point| middle(point[at], axis));
            width(&own.collect::<Vec<_>>())
        });
        Self {
            axes,
            points,
            widths: widths.collect(),
        }
    }

    fn at(&self, place: &[u64]) -> f64 {
        let kernels = self.points.iter().map(|point| {
            let parts = (0..self.axes.len()).map(|at| self.kernel(at, point[at], place[at]));
            parts.product::<f64>()
        });
        (1.0 + kernels.sum::<f64>()) / (self.points.len() + 1) as f64
    }

    /// The density of one parameter's kernel around a place; 1 is even.
    fn kernel(&self, at: usize, around: u64, place: u64) -> f64 {
        let axis = &self.axes[at];
        if !axis.is_ordered() {
            let same = if around == place {
                axis.len() as f64
            } else {
                0.0
            };
            return same * (1.0 - EVEN_PART) + EVEN_PART;
        }
        let (width, around) = (self.widths[at], middle(around, axis));
        let z = (middle(place, axis) - around) / width;
        let inside = normal((1.0 - around) / width) - normal(-around / width);
        libm::exp(-0.5 * z * z) / (width * inside * SQRT_2_PI)
    }

    fn draw(&self, draws: Draws, candidate: u64) -> Vec<u64> {
        let which = draws.below("kernel", candidate, 0, self.points.len() as u64 + 1);
        let around = self.points.get(which as usize);
        let numbered = (0_u64..).zip(self.axes).enumerate();
        numbered
            .map(|(at, (number, axis))| {
                let even = || draws.below("even", candidate, number, axis.len());
                let Some(around) = around.map(|point| point[at]) else {
                    return even();
                };
                if axis.is_ordered() {
                    let own = Draws::new(draws.bits("parameter", candidate, number));
                    return beside(around, axis, self.widths[at], own).unwrap_or_else(even);
                }
                let is_even = draws.unit("word", candidate, number) < EVEN_PART;
                if is_even { even() } else { around }
            })
            .collect()
    }
}

/// A place drawn from a normal distribution around another; `None` when it keeps falling outside.
fn beside(around: u64, axis: &Axis, width: f64, draws: Draws) -> Option<u64> {
    (0..16).find_map(|attempt| {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - draws.unit("radius", attempt, 0)));
        let angle = std::f64::consts::TAU * draws.unit("angle", attempt, 0);
        let x = middle(around, axis) + width * radius * libm::cos(angle);
        let inside = (0.0..1.0).contains(&x);
        inside.then(|| ((x * axis.len() as f64) as u64).min(axis.len() - 1))
    })
}

/// The middle of a place, in parts of the range.
fn middle(place: u64, axis: &Axis) -> f64 {
    (place as f64 + 0.5) / axis.len() as f64
}

/// Silverman's rule: the closer together the places and the more of them, the narrower each kernel; but no narrower
/// than few points can be trusted.
fn width(places: &[f64]) -> f64 {
    let count = places.len().max(1) as f64;
    let mean = places.iter().sum::<f64>() / count;
    let squares = places.iter().map(|place| (place - mean) * (place - mean));
    let spread = libm::sqrt(squares.sum::<f64>() / count);
    let width = 1.06 * spread * libm::pow(count, -0.2);
    width.max(0.5 / (count + 1.0)).clamp(NARROWEST, WIDEST)
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
        assert!(won >= 10, "won {won} of 12");
        assert!(tpe > random / 4, "mean {tpe} against {random}");
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
