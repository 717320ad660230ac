//! The flags of a search, the same for one here and for one over files.

use crate::sweep::{Search, SweepError};

/// Points that a search by tpe asks for together when nobody says how many.
const TOGETHER: u64 = 4;

/// How points are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SearchMethod {
    /// Learns from the points so far where the next may be good; needs --budget.
    Tpe,
    /// Runs all points over a short stretch of the data, and the best third of them over three times as much.
    Halving,
}

/// Which search.
#[derive(Clone, Debug, clap::Args)]
pub struct SearchArgs {
    /// Look for points instead of running all of them.
    #[arg(long, value_enum)]
    pub search: Option<SearchMethod>,
    /// Points that a search by tpe runs.
    #[arg(long, value_name = "N")]
    pub budget: Option<u64>,
    /// Points that a search by tpe asks for together, 4 when not given; it learns once they are all done.
    #[arg(long, value_name = "N")]
    pub generation: Option<u64>,
}

impl SearchArgs {
    /// What the flags say; `None` when nothing is searched.
    ///
    /// # Errors
    /// [`SweepError::Usage`] when they do not go together.
    pub(super) fn search(&self) -> anyhow::Result<Option<Search>> {
        let only = |flag: &str, else_: &str| {
            Err(SweepError::usage(format!(
                "{flag} is for --search tpe; {else_}"
            )))
        };
        match self.search {
            Some(SearchMethod::Tpe) => self.tpe().map(Some),
            _ if self.budget.is_some() => only(
                "--budget",
                "give a number of points with --random N or --sobol N",
            ),
            _ if self.generation.is_some() => only(
                "--generation",
                "halving runs all points of a stretch together; leave it out",
            ),
            Some(SearchMethod::Halving) => Ok(Some(Search::Halving)),
            None => Ok(None),
        }
    }

    fn tpe(&self) -> anyhow::Result<Search> {
        let Some(budget) = self.budget.filter(|budget| *budget > 0) else {
            return Err(SweepError::usage(
                "--search tpe: how many points? Give --budget N",
            ));
        };
        let generation = self.generation.unwrap_or(TOGETHER);
        if generation == 0 {
            return Err(SweepError::usage(
                "--generation 0: nothing would be asked; give 1 or more",
            ));
        }
        Ok(Search::Tpe { budget, generation })
    }

    pub(super) fn is_given(&self) -> bool {
        self.search.is_some() || self.budget.is_some() || self.generation.is_some()
    }
}
