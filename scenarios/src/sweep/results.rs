//! What the rows of a sweep mean together, and the files that say so.

use std::path::Path;

use rust_decimal::Decimal;

use super::objective::{Objective, pareto, ranking, scores};
use super::overfit::{self, Overfit};
use super::part::{Timings, columns, words};
use super::plan::Plan;
use super::plateau::plateau;
use super::row::Row;
use super::shard::Shard;
use super::table::{Column, Table};
use crate::store;

/// The table of results, in the plan's folder.
pub const RESULTS_FILE: &str = "results.parquet";
/// What the points cost, beside it.
pub(super) const TIMINGS_FILE: &str = "timings.json";

/// Every row, and what only all of them together tell.
pub struct Results<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What is looked for.
    pub objectives: Vec<Objective>,
    /// Rows by index.
    pub rows: Vec<Row>,
    /// By row: its scores, more is better; `None` where it has none or is not over all of the data.
    pub scores: Vec<Option<Vec<Decimal>>>,
    /// Places of the rows, best first.
    pub ranking: Vec<usize>,
    /// By row: no other beats it in every objective.
    pub pareto: Vec<bool>,
    /// By row: how its neighbours stand, from 0 to 1.
    pub plateau: Vec<Option<f64>>,
    /// By row: deflated Sharpe ratio.
    pub deflated: Vec<Option<f64>>,
    /// Probability of overfitting.
    pub overfit: Option<Overfit>,
}

impl<'a> Results<'a> {
    /// Judges rows by index; `objectives` take the place of the plan's when there are any.
    pub fn of(plan: &'a Plan, rows: Vec<Row>, objectives: Vec<Objective>) -> Self {
        let objectives = if objectives.is_empty() {
            plan.objectives.clone()
        } else {
            objectives
        };
        let last = rows.iter().filter_map(|row| row.rung).max();
        let mut all = scores(&rows, &objectives);
        for (row, own) in rows.iter().zip(&mut all) {
            if row.rung != last {
                *own = None;
            }
        }
        let parts: Vec<Option<Vec<f64>>> = rows
            .iter()
            .zip(&all)
            .map(|(row, own)| own.as_ref().and_then(|_| overfit::periods(row)))
            .collect();
        // What was left behind over a part of the data was tried as well.
        let trials = rows.iter().filter(|row| row.metrics.is_some()).count();
        Self {
            plan,
            ranking: ranking(&all),
            pareto: pareto(&all),
            plateau: of_last_stretch(&rows, &all, plan),
            deflated: overfit::deflated(&parts, trials),
            overfit: overfit::probability(&parts),
            objectives,
            rows,
            scores: all,
        }
    }

    /// The rows over all of the data: the others are stretches that a search began with.
    pub fn whole(&self) -> impl Iterator<Item = &Row> {
        let last = self.rows.iter().map(|row| row.rung).max().flatten();
        self.rows.iter().filter(move |row| row.rung == last)
    }

    /// How many rows have an error.
    pub fn failed(&self) -> usize {
        let rows = self.rows.iter();
        rows.filter(|row| row.error.is_some()).count()
    }

    /// Places of the rows that can be compared, best first.
    pub fn best(&self) -> impl Iterator<Item = usize> {
        let ranked = self.ranking.iter().copied();
        ranked.filter(|at| self.scores[*at].is_some())
    }

    /// Writes `results.parquet` and, beside it, `timings.json`.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&self, folder: &Path, timings: &Timings) -> anyhow::Result<()> {
        let mut all = columns(&self.rows, &self.plan.axes)?;
        let front = self.pareto.iter().copied().map(Some);
        all.push(("pareto".into(), Column::Flag(front.collect())));
        all.push(("plateau".into(), Column::Float(self.plateau.clone())));
        let deflated = self.deflated.clone();
        all.push(("deflated_sharpe".into(), Column::Float(deflated)));
        let objectives: Vec<String> = self.objectives.iter().map(ToString::to_string).collect();
        // All parts together are read like one.
        let mut words = words(&self.plan.hash, &self.plan.build, Shard::WHOLE, &self.rows)?;
        words.push(("onetape.objectives".into(), objectives.join(" ")));
        let table = Table {
            columns: all,
            words,
        };
        table.write(&folder.join(RESULTS_FILE))?;
        let text = serde_json::to_string(timings)? + "\n";
        store::put(&folder.join(TIMINGS_FILE), text.as_bytes())
    }
}

/// Neighbours are looked for among rows over the same data.
fn of_last_stretch(rows: &[Row], scores: &[Option<Vec<Decimal>>], plan: &Plan) -> Vec<Option<f64>> {
    let last = rows.iter().map(|row| row.rung).max().flatten();
    let places: Vec<usize> = (0..rows.len())
        .filter(|at| rows[*at].rung == last)
        .collect();
    let own: Vec<Row> = places.iter().map(|at| rows[*at].clone()).collect();
    let own_scores: Vec<_> = places.iter().map(|at| scores[*at].clone()).collect();
    let found = plateau(&own, &plan.axes, &own_scores);
    let mut all = vec![None; rows.len()];
    for (at, own) in places.into_iter().zip(found) {
        all[at] = own;
    }
    all
}
