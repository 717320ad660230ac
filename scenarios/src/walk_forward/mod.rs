//! Walk-forward: parameters are chosen on one stretch of the tape and tested on the next, again and again; what the
//! tests earned, one after the other, is what choosing like that would have earned.
//!
//! Every train and every test is a backtest of its own, over its own moments alone: it begins flat with the scenario's
//! balances. What is open at the end of a test is closed in the accounts at what its mark would bring, without fees, as a
//! report does.

mod grid;
mod page;
mod pool;
mod result;
mod stitch;
mod text;
mod trial;
mod windows;

use anyhow::Context as _;
use onetape_core::strategy::StrategySpec;
use onetape_core::time::{Span, Ts};
use onetape_data::catalog::Catalog;

pub use grid::{Axis, Grid};
pub use page::to_html;
pub use result::{Drift, Figures, Point, Ran, Walked};
pub use text::{to_csv, to_text};
pub use windows::{Cut, Stretch, Window};

use crate::scenario::Scenario;
use trial::{Trial, Trials};

/// What the best point of a train is the best in. Of equals the first of the grid is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Objective {
    /// Net profit, what is open at the end marked at what closing would bring.
    #[default]
    Net,
    /// Net profit of the round trips that ended.
    Closed,
}

impl Objective {
    /// The word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Net => "net",
            Self::Closed => "closed",
        }
    }
}

/// A walk that is ready to run.
pub struct Walk<'a> {
    /// Where the tape is.
    pub catalog: &'a Catalog,
    /// Every strategy that there is.
    pub registry: &'a [StrategySpec],
    /// The points that are tried.
    pub grid: Grid,
    /// The scenario of each point.
    pub scenarios: Vec<Scenario>,
    /// What the windows are cut from.
    pub all: Stretch,
    /// How they are cut.
    pub cut: Cut,
    /// The windows.
    pub windows: Vec<Window>,
    /// How long before a stretch its run begins, without entering, where there is data.
    pub warmup: Span,
    /// What decides which point is the best.
    pub objective: Objective,
    /// Runs at a time.
    pub threads: usize,
}

impl Walk<'_> {
    /// Runs every train, then the tests of what they chose.
    ///
    /// # Errors
    /// When a run fails, or its money does not add up: the first one, by window and point.
    pub fn run(&self) -> anyhow::Result<Walked> {
        let trials = Trials {
            catalog: self.catalog,
            registry: self.registry,
            first: self.all.from,
            warmup: self.warmup,
        };
        let points = self.scenarios.len();
        let run = |window: usize, point: usize, on: Stretch, what: &str| {
            let trial = trials.run(&self.scenarios[point], on);
            trial.with_context(|| {
                let sets = self.grid.sets(point).join(" ");
                format!("the {what} of window {} with {sets}", window + 1)
            })
        };
        let trains = pool::each(self.threads, self.windows.len() * points, |at| {
            let (window, point) = (at / points, at % points);
            run(window, point, self.windows[window].train, "train")
        });
        let trains = trains.into_iter().collect::<anyhow::Result<Vec<Trial>>>()?;
        let chosen: Vec<usize> = trains
            .chunks(points)
            .map(|trials| best(trials, self.objective))
            .collect();
        let tests = pool::each(self.threads, self.windows.len(), |at| {
            run(at, chosen[at], self.windows[at].test, "test")
        });
        let tests = tests.into_iter().collect::<anyhow::Result<Vec<Trial>>>()?;
        stitch::walked(self, &trains, &chosen, tests)
    }
}

/// The first of the best.
fn best(trials: &[Trial], objective: Objective) -> usize {
    let worth = |trial: &Trial| match objective {
        Objective::Net => trial.net.decimal(),
        Objective::Closed => trial.closed_net().decimal(),
    };
    let mut best = 0;
    for at in 1..trials.len() {
        if worth(&trials[at]) > worth(&trials[best]) {
            best = at;
        }
    }
    best
}

/// The moments that every instrument of a scenario has data of, within what the scenario asks for.
///
/// # Errors
/// When an instrument has none.
pub fn whole(scenario: &Scenario, catalog: &Catalog) -> anyhow::Result<Stretch> {
    let (mut from, mut to) = (Ts::UNKNOWN, Ts::MAX);
    for instrument in scenario.instruments() {
        let files = catalog.all_files().iter();
        let files =
            files.filter(|file| file.venue == instrument.venue && file.symbol == instrument.symbol);
        let (first, last) = files.fold((Ts::MAX, Ts::UNKNOWN), |(first, last), file| {
            (first.min(file.first()), last.max(file.last()))
        });
        anyhow::ensure!(
            first <= last,
            "the catalogue has nothing of {instrument}; import it, or name a catalogue with --catalog"
        );
        from = from.max(first);
        to = to.min(last + Span::from_nanos(1));
    }
    Ok(Stretch {
        from: scenario.data.from.map_or(from, |asked| asked.max(from)),
        to: scenario.data.to.map_or(to, |asked| asked.min(to)),
    })
}

#[cfg(test)]
mod tests {
    use onetape_core::num::Money;

    use super::*;

    #[test]
    fn of_equals_the_first_is_chosen() {
        let trial = |net: &str, closed: &str| Trial {
            net: Money::parse(net).unwrap(),
            closes: vec![(Ts::default(), Money::parse(closed).unwrap())],
            ..Trial::default()
        };
        let trials = [
            trial("1", "5"),
            trial("2.50", "3"),
            trial("2.5", "5.0"),
            trial("-9", "0"),
        ];
        assert_eq!(best(&trials, Objective::Net), 1);
        assert_eq!(best(&trials, Objective::Closed), 0);
        assert_eq!(best(&trials[3..], Objective::Net), 0);
    }
}
