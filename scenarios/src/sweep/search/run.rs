//! A search from its first point to its last, here. It goes on where a run of it was interrupted: equal questions have
//! equal answers, and those that are known already are read from the checkpoints.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::machine::Machine;
use crate::run::Progress;
use crate::sweep::checkpoint::Checkpoints;
use crate::sweep::execute::{Executor, News};
use crate::sweep::part::{self, Part};
use crate::sweep::plan::Plan;
use crate::sweep::row::{Cost, Done, Job, Row};
use crate::sweep::shard::Shard;

/// What the checkpoints are called.
const NAME: &str = "search";

/// What a search has found.
pub struct Found {
    /// Its rows in their order.
    pub rows: Vec<Row>,
    /// What they cost.
    pub costs: Vec<Cost>,
    /// Its checkpoints, to be removed once the rows stand elsewhere.
    pub checkpoints: Checkpoints,
}

/// Runs a search into the folder of its plan; `None` when it was told to stop before its end.
///
/// # Errors
/// When the data, the machine or the folder fails.
pub fn run(
    plan: &Plan,
    folder: &Path,
    executor: &dyn Executor,
    stop: &AtomicBool,
) -> anyhow::Result<Option<Found>> {
    let mut machine = Machine::new(plan)?;
    let (checkpoints, kept) = Checkpoints::open(folder, NAME, &plan.hash)?;
    let kept = kept.into_iter().map(|done| (done.row.index, done));
    let total = plan.search.as_ref();
    let total = total.map_or(0, |search| search.total(plan.points.len()));
    let mut work = Work {
        executor,
        stop,
        checkpoints,
        kept: kept.collect(),
        costs: BTreeMap::new(),
        progress: executor.progress(total),
    };
    while let Some(generation) = machine.ask()? {
        let Some(rows) = work.evaluate(generation.jobs(plan))? else {
            return Ok(None);
        };
        machine.tell(&generation, rows)?;
    }
    Ok(Some(Found {
        rows: machine.into_rows(),
        costs: work.costs.into_values().collect(),
        checkpoints: work.checkpoints,
    }))
}

struct Work<'a> {
    executor: &'a dyn Executor,
    stop: &'a AtomicBool,
    checkpoints: Checkpoints,
    kept: BTreeMap<u64, Done>,
    costs: BTreeMap<u64, Cost>,
    progress: Progress,
}

impl Work<'_> {
    /// Runs these points; `None` when it was told to stop before all were done.
    fn evaluate(&mut self, jobs: Vec<Job>) -> anyhow::Result<Option<Vec<Row>>> {
        let count = jobs.len();
        let mut rows = Vec::with_capacity(count);
        let mut new = Vec::new();
        for job in jobs {
            let same = |done: &Done| done.row.values == job.values && done.row.rung == job.rung;
            match self.kept.remove(&job.index).filter(same) {
                Some(done) => {
                    self.costs.insert(job.index, done.cost);
                    rows.push(done.row);
                }
                None => new.push(job),
            }
        }
        let ran = self.executor.run(&new, self.stop, &mut |news| {
            let under_way = match news {
                News::UnderWay(points) => points as u64,
                News::Done(company) => {
                    self.checkpoints.keep(&company)?;
                    for one in company {
                        self.costs.insert(one.row.index, one.cost);
                        rows.push(one.row);
                    }
                    0
                }
            };
            self.progress.set(self.costs.len() as u64 + under_way);
            Ok(())
        });
        let is_whole = ran.is_ok() && rows.len() == count;
        let saved = if is_whole {
            Ok(())
        } else {
            self.checkpoints.save()
        };
        ran.and(saved)?;
        Ok(is_whole.then_some(rows))
    }
}

/// The part of a search that came to its end.
///
/// # Errors
/// When its place does not answer.
pub fn whole(search: &Plan, folder: &Path) -> anyhow::Result<Option<Part>> {
    Part::find(&part::place(folder, Shard::WHOLE), search)
}

/// The rows of a whole search become a part like those of a shard, so that they can be merged, and are not run twice.
///
/// # Errors
/// When it cannot be written, or other rows stand there.
pub fn settle(
    search: &Plan,
    folder: &Path,
    rows: Vec<Row>,
    costs: &[Cost],
    peak_rss_mib: Option<f64>,
) -> anyhow::Result<()> {
    if whole(search, folder)?.is_some() {
        return Ok(());
    }
    let part = Part {
        plan: search.hash.clone(),
        build: search.build.clone(),
        shard: Shard::WHOLE,
        rows,
    };
    part::write_timings(folder, Shard::WHOLE, &search.hash, costs, peak_rss_mib)?;
    part.leave(&part::place(folder, Shard::WHOLE), &search.axes)
}
