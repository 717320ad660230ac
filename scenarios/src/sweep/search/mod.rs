//! Searches that look at results: which points come next depends on those before, never on how many run at a time.

mod halving;
mod run;
mod tpe;

use serde::{Deserialize, Serialize};

pub(super) use halving::rungs;
pub use run::run;

/// How points are looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// A tree-structured Parzen estimator over so many points.
    Tpe {
        /// Points that are run.
        budget: u64,
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
}
