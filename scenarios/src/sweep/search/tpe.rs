//! A tree-structured Parzen estimator, of the crate `tpe`: an estimator for each parameter, on places of values, so
//! that texts stay exact. What it draws is keyed by the number of the question.
//!
//! The crate takes logarithms and the like of the system, which may differ in the last bit between machines; once in a
//! long while that could move a question. So a search that goes on elsewhere never asks again what stands in its state.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use tpe::{TpeOptimizer, categorical_range, histogram_estimator, parzen_estimator, range};

use crate::sweep::space::{Axis, Draws};

/// Points that are drawn evenly before anything is estimated.
const EVEN_FIRST: usize = 10;

/// What is estimated of the points so far.
pub(super) struct Estimator<'a> {
    axes: &'a [Axis],
    draws: Draws,
    /// By parameter; none while there are too few points.
    parameters: Vec<TpeOptimizer>,
}

impl<'a> Estimator<'a> {
    /// From the values of the points so far, the best first. What counts is their order: with several objectives no
    /// figure would say it.
    ///
    /// # Errors
    /// When the crate refuses a parameter: one without values, say.
    pub(super) fn new(
        axes: &'a [Axis],
        seed: u64,
        best_first: &[&[String]],
    ) -> anyhow::Result<Self> {
        let mut parameters = Vec::new();
        if best_first.len() >= EVEN_FIRST {
            for (at, axis) in axes.iter().enumerate() {
                let mut parameter = optimizer(axis)?;
                for (place, values) in best_first.iter().enumerate() {
                    let own = values.get(at).and_then(|text| axis.place(text));
                    // A value that is none of the axis tells nothing.
                    let own = own.map_or(f64::NAN, |own| within(own, axis));
                    parameter.tell(own, place as f64)?;
                }
                parameters.push(parameter);
            }
        }
        Ok(Self {
            axes,
            draws: Draws::new(seed),
            parameters,
        })
    }

    /// The next point: a place a parameter. `number` and `again` tell this question from every other.
    pub(super) fn ask(&mut self, number: u64, again: u64) -> Vec<u64> {
        let key = self.draws.bits("tpe", number, again);
        if self.parameters.is_empty() {
            let draws = Draws::new(key);
            let numbered = (0_u64..).zip(self.axes);
            let even = numbered.map(|(at, axis)| draws.below("first", at, 0, axis.len()));
            return even.collect();
        }
        let mut random = ChaCha8Rng::seed_from_u64(key);
        let parameters = self.parameters.iter_mut().zip(self.axes);
        let places = parameters.map(|(parameter, axis)| {
            let Ok(asked) = parameter.ask(&mut random);
            place(asked, axis)
        });
        places.collect()
    }
}

/// Words have no order: each is counted for itself.
fn optimizer(axis: &Axis) -> anyhow::Result<TpeOptimizer> {
    if axis.is_ordered() {
        return Ok(TpeOptimizer::new(parzen_estimator(), range(0.0, 1.0)?));
    }
    let words = usize::try_from(axis.len())?;
    Ok(TpeOptimizer::new(
        histogram_estimator(),
        categorical_range(words)?,
    ))
}

/// The middle of a place, in parts of the range; of a word its number.
fn within(place: u64, axis: &Axis) -> f64 {
    if axis.is_ordered() {
        let middle = (place as f64 + 0.5) / axis.len() as f64;
        // Of more values than a float can count, the last would lie at the end, which is outside.
        middle.min(1.0 - f64::EPSILON)
    } else {
        place as f64
    }
}

fn place(within: f64, axis: &Axis) -> u64 {
    let place = if axis.is_ordered() {
        within * axis.len() as f64
    } else {
        within
    };
    (place as u64).min(axis.len().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::space::axis_of as axis;

    const BUDGET: u64 = 60;

    fn axes() -> [Axis; 3] {
        [
            axis("min_entry_edge_bps=30..40"),
            axis("exit.edge_bps=0..5"),
            axis("direction"),
        ]
    }

    fn bowl(places: &[u64], axes: &[Axis]) -> i64 {
        let unit = |at: usize| places[at] as f64 / axes[at].len() as f64;
        let off = (unit(0) - 0.3).powi(2) + (unit(1) - 0.7).powi(2);
        let word = if places[2] == 1 { 0.0 } else { 0.05 };
        -((off + word) * 1e9) as i64
    }

    fn texts(places: &[u64], axes: &[Axis]) -> Vec<String> {
        let own = axes.iter().zip(places);
        own.map(|(axis, at)| axis.text(*at)).collect()
    }

    fn best(next: impl Fn(&[Axis], &[&[String]], u64) -> Vec<u64>) -> i64 {
        let axes = axes();
        let mut tried: Vec<(i64, Vec<String>)> = Vec::new();
        for number in 0..BUDGET {
            let so_far: Vec<&[String]> = tried.iter().map(|(_, own)| own.as_slice()).collect();
            let places = next(&axes, &so_far, number);
            for (at, axis) in places.iter().zip(&axes) {
                assert!(*at < axis.len());
            }
            tried.push((bowl(&places, &axes), texts(&places, &axes)));
            tried.sort_by(|a, b| b.cmp(a));
        }
        tried[0].0
    }

    #[test]
    fn it_beats_drawing_on_a_bowl() {
        let (mut won, mut tpe, mut random) = (0, 0, 0);
        for seed in 0..12 {
            let searched = best(|axes, so_far, number| {
                let mut estimator = Estimator::new(axes, seed, so_far).unwrap();
                estimator.ask(number, 0)
            });
            let draws = Draws::new(seed);
            let drawn = best(|axes, _, number| {
                let numbered = (0..).zip(axes);
                let even = numbered.map(|(at, axis)| draws.below("x", number, at, axis.len()));
                even.collect()
            });
            won += u32::from(searched > drawn);
            tpe += searched;
            random += drawn;
        }
        assert!(won >= 10, "won {won} of 12");
        assert!(tpe > random / 2, "mean {tpe} against {random}");
    }

    #[test]
    fn equal_questions_have_equal_answers() {
        let axes = [axis("exit.edge_bps=0..5"), axis("direction")];
        let before: Vec<Vec<String>> = (0..20)
            .map(|at| texts(&[at * 1_000, at % 3], &axes))
            .collect();
        let before: Vec<&[String]> = before.iter().map(Vec::as_slice).collect();
        let ask = |number, again| {
            let mut estimator = Estimator::new(&axes, 1, &before).unwrap();
            // What was asked before changes nothing.
            estimator.ask(number + 7, again);
            estimator.ask(number, again)
        };
        let mut first = Estimator::new(&axes, 1, &before).unwrap();
        assert_eq!(ask(20, 0), first.ask(20, 0));
        assert_ne!(ask(20, 0), ask(21, 0));
        assert_ne!(ask(20, 0), ask(20, 1));
    }

    #[test]
    fn ranges_of_one_value_and_of_very_many_are_asked() {
        let axes = [
            axis("exit.edge_bps=3"),
            axis("exit.max_age=1ns..200d"),
            axis("direction=both"),
        ];
        let last: Vec<u64> = axes.iter().map(|axis| axis.len() - 1).collect();
        assert!(last[1] > 1 << 53, "{last:?}");
        let ends = [texts(&[0, 0, 0], &axes), texts(&last, &axes)];
        let before: Vec<&[String]> = ends.iter().cycle().take(12).map(Vec::as_slice).collect();
        let mut estimator = Estimator::new(&axes, 1, &before).unwrap();
        for number in 0..50 {
            let asked = estimator.ask(number, 0);
            assert!(asked.iter().zip(&last).all(|(at, last)| at <= last));
        }
    }
}
