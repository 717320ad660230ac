//! Which points a sweep tries: values of parameters, their combinations, and the conditions between them.
//!
//! Everything is exact text and integers: a point is what its texts say, and `36.1` never becomes
//! `36.099999`. Equal flags and an equal seed give equal points in an equal order.

mod axis;
mod constraint;
mod draw;
mod known;
mod sobol;
mod value;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use axis::Axis;
pub use constraint::Constraint;
pub use draw::Draws;
pub use known::Known;
pub use sobol::{DIMENSIONS_MAX, Sobol};
pub use value::Measure;

use super::SweepError;

/// Most points of a sweep.
pub const POINTS_MAX: u64 = 1_000_000;

/// The parameters that are varied. Those of `--grid` come first, then those of `--range`.
#[derive(Clone, Debug)]
pub struct Space {
    /// The parameters.
    pub axes: Vec<Axis>,
    /// How many of them are combined each with each; the others are sampled.
    pub combined: usize,
    /// What every point must fulfil.
    pub constraints: Vec<Constraint>,
}

/// How values of ranges are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// Nothing is sampled.
    None,
    /// So many draws.
    Random(u64),
    /// So many points of Sobol's sequence.
    Sobol(u64),
}

impl Sampling {
    const fn count(self) -> u64 {
        match self {
            Self::None => 1,
            Self::Random(count) | Self::Sobol(count) => count,
        }
    }
}

/// Points by index: the texts of their values, one a parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Points {
    /// The points.
    pub points: Vec<Vec<String>>,
    /// What was left out of them.
    pub left_out: LeftOut,
}

/// How many points were left out, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// They break a constraint.
    pub constraints: u64,
    /// They were drawn before.
    pub repeated: u64,
}

impl Space {
    /// Reads the flags.
    ///
    /// # Errors
    /// [`SweepError::Usage`] for the first flag that is wrong, with the fix.
    pub fn read(
        grid: &[String],
        ranges: &[String],
        constraints: &[String],
        known: &Known,
    ) -> anyhow::Result<Self> {
        let mut axes: Vec<Axis> = Vec::new();
        let grid = grid.iter().map(|text| ("--grid", text));
        let combined = grid.len();
        for (flag, text) in grid.chain(ranges.iter().map(|text| ("--range", text))) {
            let axis = Axis::parse(flag, text, &|key| known.spec(key))?;
            if axes.iter().any(|other| other.key == axis.key) {
                return Err(SweepError::usage(format!(
                    "{flag} {text}: {} is swept already; give each parameter once",
                    axis.key
                )));
            }
            axes.push(axis);
        }
        if axes.is_empty() {
            return Err(SweepError::usage(
                "nothing is swept; give --grid key=a,b,c, or --range key=lo..hi with --random N, --sobol N or --search",
            ));
        }
        let constraints = constraints.iter();
        let constraints = constraints.map(|text| Constraint::parse(text, &axes));
        Ok(Self {
            constraints: constraints.collect::<anyhow::Result<_>>()?,
            axes,
            combined,
        })
    }

    /// Every combination of the grid with every sample, in the order of the flags, the last parameter fastest.
    ///
    /// # Errors
    /// [`SweepError::Usage`] when the flags do not go together, there are too many points, or none is left.
    pub fn points(&self, sampling: Sampling, seed: u64) -> anyhow::Result<Points> {
        self.check(sampling)?;
        let samples = self.samples(sampling, seed);
        let mut found = Points::default();
        let mut known = BTreeSet::new();
        for combination in 0..self.combinations() {
            let fixed = self.combination(combination);
            for sample in &samples {
                let point = [fixed.as_slice(), sample.as_slice()].concat();
                if !self.allows(&point) {
                    found.left_out.constraints += 1;
                } else if known.insert(point.clone()) {
                    found.points.push(point);
                } else {
                    found.left_out.repeated += 1;
                }
            }
        }
        if found.points.is_empty() {
            return Err(SweepError::usage(format!(
                "the constraints leave none of the {} points; loosen a --constraint",
                found.left_out.constraints
            )));
        }
        Ok(found)
    }

    /// Whether a point fulfils every constraint.
    pub fn allows(&self, point: &[String]) -> bool {
        allows(&self.constraints, point, &self.axes)
    }

    fn check(&self, sampling: Sampling) -> anyhow::Result<()> {
        let sampled = &self.axes[self.combined..];
        if let (Some(axis), Sampling::None) = (sampled.first(), sampling) {
            return Err(SweepError::usage(format!(
                "--range {}: ranges are sampled; add --random N, --sobol N or --search, or list values with --grid",
                axis.key
            )));
        }
        if sampled.is_empty() && sampling != Sampling::None {
            return Err(SweepError::usage(
                "--random and --sobol sample ranges, and there is none; add --range key=lo..hi",
            ));
        }
        if sampling.count() == 0 {
            return Err(SweepError::usage(
                "--random and --sobol need a number of points above 0",
            ));
        }
        if matches!(sampling, Sampling::Sobol(_)) && sampled.len() > DIMENSIONS_MAX {
            return Err(SweepError::usage(format!(
                "--sobol samples at most {DIMENSIONS_MAX} ranges, and there are {}; use --random",
                sampled.len()
            )));
        }
        for axis in self.axes.iter().take(self.combined) {
            if !axis.is_listed() {
                return Err(SweepError::usage(format!(
                    "--grid {}: has {} values; give steps, as in {}=lo..hi/steps, or sample it with --range",
                    axis.key,
                    axis.len(),
                    axis.key
                )));
            }
        }
        let all = self.combinations().checked_mul(sampling.count());
        if all.is_none_or(|all| all > POINTS_MAX) {
            return Err(SweepError::usage(format!(
                "there are more than {POINTS_MAX} points; give fewer values, or sample with --range and --sobol N"
            )));
        }
        Ok(())
    }

    /// How many combinations the grid has; saturates.
    fn combinations(&self) -> u64 {
        let grid = self.axes.iter().take(self.combined);
        grid.fold(1, |product: u64, axis| product.saturating_mul(axis.len()))
    }

    fn combination(&self, number: u64) -> Vec<String> {
        let mut rest = number;
        let mut texts: Vec<String> = Vec::new();
        for axis in self.axes.iter().take(self.combined).rev() {
            texts.push(axis.text(rest % axis.len()));
            rest /= axis.len();
        }
        texts.reverse();
        texts
    }

    fn samples(&self, sampling: Sampling, seed: u64) -> Vec<Vec<String>> {
        let sampled = &self.axes[self.combined..];
        let draws = Draws::new(seed);
        match sampling {
            Sampling::None => vec![Vec::new()],
            Sampling::Random(count) => {
                let place = |point, axis: u64, len| draws.below("random", point, axis, len);
                sample(sampled, count, place)
            }
            Sampling::Sobol(count) => {
                let dimensions: Vec<Option<Sobol>> =
                    (0..sampled.len()).map(Sobol::dimension).collect();
                let place = |point: u64, axis: u64, len: u64| {
                    let dimension = usize::try_from(axis).ok();
                    let dimension = dimension.and_then(|at| dimensions.get(at)?.as_ref());
                    let point = u32::try_from(point).unwrap_or(u32::MAX);
                    let even = dimension.map_or(0, |dimension| dimension.coordinate(point));
                    // A drawn shift by digits keeps the points even and makes them depend on the seed.
                    let shift = (draws.bits("sobol", axis, 0) >> 32) as u32;
                    ((u128::from(even ^ shift) * u128::from(len)) >> 32) as u64
                };
                sample(sampled, count, place)
            }
        }
    }
}

/// Whether a point, by its texts, fulfils every condition.
pub fn allows(constraints: &[Constraint], point: &[String], axes: &[Axis]) -> bool {
    let mut constraints = constraints.iter();
    constraints.all(|constraint| constraint.holds(point, axes))
}

fn sample(axes: &[Axis], count: u64, place: impl Fn(u64, u64, u64) -> u64) -> Vec<Vec<String>> {
    let point = |point| {
        let numbered = (0..).zip(axes);
        let texts = numbered.map(|(at, axis)| axis.text(place(point, at, axis.len())));
        texts.collect()
    };
    (0..count).map(point).collect()
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use axis::tests::axis as axis_of;
