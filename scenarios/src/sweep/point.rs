//! One point run alone: a scenario with the point's values, over the catalogue, without a journal.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Instant;

use onetape_core::journal::{Mode, NullStore};
use onetape_core::strategy::{StrategyCard, StrategySpec};
use onetape_data::catalog::Catalog;

use super::error::{Fault, fault};
use super::metrics::Metrics;
use super::row::{Cost, Done, Job, Row};
use crate::commands::backtest::check;
use crate::run::{Backtest, Outcome, Prepared, hex_id};
use crate::scenario::{Document, Loaded, Options, ScenarioError};

/// What the texts of rows call the catalogue, wherever it lies.
const CATALOGUE: &str = "the catalogue";

/// What every point of a sweep stands on.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The scenario.
    pub scenario: &'a Document,
    /// The tape.
    pub catalog: &'a Catalog,
    /// The strategies.
    pub registry: &'a [StrategySpec],
    /// Their cards.
    pub cards: &'a [StrategyCard],
    /// First and last moment of the data.
    pub window: (i64, i64),
}

impl Ground<'_> {
    /// The scenario of a point.
    ///
    /// # Errors
    /// When its values make no valid scenario.
    pub fn load(&self, sets: &[String]) -> Result<Loaded, ScenarioError> {
        let options = Options {
            sets: sets.to_vec(),
            catalog: Some(self.catalog.root().to_path_buf()),
            allow_negative_edge: false,
        };
        self.scenario.load(Path::new(""), &options, self.cards)
    }

    /// Runs a point. One that cannot be run is a row that says why.
    ///
    /// # Errors
    /// When it is not the point's own fault: the data or the machine failed.
    pub fn run(&self, job: &Job) -> anyhow::Result<Done> {
        let began = Instant::now();
        // A strategy that panics on some parameters must not take the other points with it.
        let ran = catch_unwind(AssertUnwindSafe(|| self.simulate(job)));
        let (row, decode_s, events) = match ran {
            Ok(Ok((outcome, metrics))) => {
                let decode_s = outcome.decode.as_secs_f64();
                (came_to(job, &outcome, metrics), decode_s, outcome.events)
            }
            Ok(Err(error)) if fault(&error) != Fault::Point => return Err(error),
            Ok(Err(error)) => (self.failed(job, &crate::cli::words(&error)), 0.0, 0),
            Err(panic) => (self.failed(job, &panicked(panic.as_ref())), 0.0, 0),
        };
        let cost = Cost {
            index: job.index,
            wall_s: began.elapsed().as_secs_f64(),
            decode_s,
            events,
            passed_over: 0,
        };
        Ok(Done { row, cost })
    }

    fn simulate(&self, job: &Job) -> anyhow::Result<(Outcome, Metrics)> {
        let loaded = self.checked(job)?;
        let prepared = self.prepare(&loaded)?;
        let backtest = Backtest::open(&prepared, self.catalog)?.quietly();
        let outcome = backtest.run(NullStore, Mode::None, None)?;
        let metrics = self.metrics(&outcome, &loaded);
        Ok((outcome, metrics))
    }

    /// The scenario of a point, checked.
    pub(super) fn checked(&self, job: &Job) -> anyhow::Result<Loaded> {
        let loaded = self.load(&job.sets)?;
        check(&loaded, self.cards, self.catalog)?;
        Ok(loaded)
    }

    /// A checked scenario, ready to run.
    pub(super) fn prepare<'a>(&'a self, loaded: &'a Loaded) -> anyhow::Result<Prepared<'a>> {
        Prepared::new(&loaded.scenario, self.catalog, self.registry)
    }

    /// The figures of a run.
    pub(super) fn metrics(&self, outcome: &Outcome, loaded: &Loaded) -> Metrics {
        Metrics::of(&outcome.report, &loaded.scenario, self.cards, self.window)
    }

    /// The text must be the same on every machine: where the catalogue lies is taken out of it.
    fn failed(&self, job: &Job, error: &str) -> Row {
        let place = self.catalog.root().display().to_string();
        let error = match place.as_str() {
            "" => error.to_string(),
            place => error.replace(place, CATALOGUE),
        };
        Row::failed(job, error)
    }
}

/// The row of a point that was run.
pub(super) fn came_to(job: &Job, outcome: &Outcome, metrics: Metrics) -> Row {
    Row {
        index: job.index,
        values: job.values.clone(),
        rung: job.rung,
        run_id: Some(hex_id(&outcome.run_id)),
        decisions_hash: Some(format!("{:032x}", outcome.decisions_hash)),
        metrics: Some(metrics),
        error: None,
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    let text = text.unwrap_or("no reason given").replace('\n', " ");
    format!("a mistake in this program: {text}; report it with these values")
}
