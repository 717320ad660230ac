//! Searches that look at results: which points come next depends on those before, never on how many run at a time.
//!
//! A [`Machine`] is asked for a [`Generation`] of points, and told what they came to. [`run`] does both on this
//! machine; [`ask`] and [`tell`] do it over files, for whoever runs a generation as a sweep of its own.

mod files;
mod generation;
mod halving;
mod machine;
mod run;
mod state;
mod tpe;

use serde::{Deserialize, Serialize};

pub use files::{Asked, Told, ask, open, tell, told};
pub use generation::{Generation, Stage};
pub(super) use halving::rungs;
pub use machine::Machine;
pub use run::{run, settle, whole};

/// How points are looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// A tree-structured Parzen estimator over so many points.
    Tpe {
        /// Points that are run.
        budget: u64,
        /// Points that are asked for together. It is a part of the search, so that results do not depend on the
        /// number of threads or shards.
        generation: u64,
    },
    /// Successive halving: all points over a short stretch of the data, the best third over three times as much.
    Halving,
}

impl Search {
    /// True when it chooses its own points, rather than among those of the plan.
    pub const fn chooses(&self) -> bool {
        matches!(self, Self::Tpe { .. })
    }

    /// What it is called.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Tpe { .. } => "tpe",
            Self::Halving => "halving",
        }
    }

    /// How many runs it makes at most, of a plan with so many points.
    pub fn total(&self, points: usize) -> u64 {
        match self {
            Self::Tpe { budget, .. } => *budget,
            Self::Halving => halving::total(points),
        }
    }
}
