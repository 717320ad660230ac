//! A search from its first point to its last. It goes on where a run of it was interrupted: equal questions have
//! equal answers, and those that are known already are read from the checkpoints.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::{Search, halving, tpe};
use crate::run::Progress;
use crate::sweep::checkpoint::Checkpoints;
use crate::sweep::execute::Executor;
use crate::sweep::objective::{ranking, scores};
use crate::sweep::plan::Plan;
use crate::sweep::row::{Done, Job, Row};
use crate::sweep::space::{Draws, Space};

/// Points of the estimator that are asked for together. It is a part of the search, so that results do not depend
/// on the number of threads.
const TOGETHER: u64 = 4;
/// Questions before a search ends because it has tried everything.
const QUESTIONS: u64 = 100;
/// What the checkpoints are called.
const NAME: &str = "search";

/// What a search has found.
pub struct Found {
    /// Its points in their order.
    pub done: Vec<Done>,
    /// It was told to stop before its end.
    pub stopped: bool,
    /// Its checkpoints, to be removed once the rows stand elsewhere.
    pub checkpoints: Checkpoints,
}

/// Runs a search into the folder of its plan.
///
/// # Errors
/// When the data, the machine or the folder fails.
pub fn run(
    plan: &Plan,
    search: &Search,
    space: &Space,
    folder: &Path,
    executor: &dyn Executor,
    stop: &AtomicBool,
) -> anyhow::Result<Found> {
    let (checkpoints, kept) = Checkpoints::open(folder, NAME, &plan.hash)?;
    let kept = kept.into_iter().map(|done| (done.row.index, done));
    let mut work = Work {
        plan,
        executor,
        stop,
        checkpoints,
        kept: kept.collect(),
        done: BTreeMap::new(),
        progress: Progress::points(match search {
            Search::Tpe { budget } => *budget,
            Search::Halving => halving::total(plan.points.len()),
        }),
    };
    let ended = match search {
        Search::Tpe { budget } => estimate(&mut work, space, *budget)?,
        Search::Halving => halve(&mut work)?,
    };
    Ok(Found {
        done: work.done.into_values().collect(),
        stopped: !ended,
        checkpoints: work.checkpoints,
    })
}

struct Work<'a> {
    plan: &'a Plan,
    executor: &'a dyn Executor,
    stop: &'a AtomicBool,
    checkpoints: Checkpoints,
    kept: BTreeMap<u64, Done>,
    done: BTreeMap<u64, Done>,
    progress: Progress,
}

impl Work<'_> {
    /// Runs these points; false when it was told to stop before all were done.
    fn evaluate(&mut self, jobs: Vec<Job>) -> anyhow::Result<bool> {
        let indexes: Vec<u64> = jobs.iter().map(|job| job.index).collect();
        let mut new = Vec::new();
        for job in jobs {
            let same = |done: &Done| done.row.values == job.values && done.row.rung == job.rung;
            match self.kept.remove(&job.index).filter(same) {
                Some(done) => _ = self.done.insert(job.index, done),
                None => new.push(job),
            }
        }
        let ran = self.executor.run(&new, self.stop, &mut |company| {
            self.checkpoints.keep(&company)?;
            let own = company.into_iter().map(|one| (one.row.index, one));
            self.done.extend(own);
            self.progress.set(self.done.len() as u64);
            Ok(())
        });
        let is_whole = indexes.iter().all(|index| self.done.contains_key(index));
        let saved = match ran.is_ok() && is_whole {
            true => Ok(()),
            false => self.checkpoints.save(),
        };
        ran.and(saved)?;
        Ok(is_whole)
    }

    /// The rows of these points, and their places from best to worst.
    fn ranked(&self, indexes: impl Iterator<Item = u64>) -> Vec<&Row> {
        let rows = indexes.filter_map(|index| self.done.get(&index));
        let rows: Vec<Row> = rows.map(|done| done.row.clone()).collect();
        let order = ranking(&scores(&rows, &self.plan.objectives));
        let order = order.into_iter().filter_map(|at| rows.get(at));
        order
            .filter_map(|row| self.done.get(&row.index).map(|done| &done.row))
            .collect()
    }
}

/// The Parzen estimator.
fn estimate(work: &mut Work<'_>, space: &Space, budget: u64) -> anyhow::Result<bool> {
    let draws = Draws::new(work.plan.seed);
    let mut places: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    let mut known: BTreeSet<Vec<String>> = BTreeSet::new();
    let mut next = 0;
    while next < budget {
        let ranked = work.ranked(0..next);
        let best_first = ranked
            .iter()
            .filter_map(|row| places.get(&row.index).cloned());
        let best_first: Vec<Vec<u64>> = best_first.collect();
        let mut jobs = Vec::new();
        while next < budget && (jobs.len() as u64) < TOGETHER {
            let asked = (0..QUESTIONS).find_map(|again| {
                let place = tpe::ask(&space.axes, draws, &best_first, next, again);
                let axes = space.axes.iter().zip(&place);
                let texts: Vec<String> = axes.map(|(axis, at)| axis.text(*at)).collect();
                let is_new = space.allows(&texts) && !known.contains(&texts);
                is_new.then_some((place, texts))
            });
            let Some((place, texts)) = asked else {
                break;
            };
            known.insert(texts.clone());
            places.insert(next, place);
            jobs.push(work.plan.job_of(next, texts));
            next += 1;
        }
        if jobs.is_empty() {
            return Ok(true);
        }
        if !work.evaluate(jobs)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Successive halving. A point's index is its index in the plan, plus the number of points for each stretch before.
fn halve(work: &mut Work<'_>) -> anyhow::Result<bool> {
    let count = work.plan.points.len() as u64;
    let mut alive: Vec<u64> = (0..count).collect();
    for (rung, end) in (0_u32..).zip(halving::rungs(count, work.plan.window)) {
        let base = u64::from(rung) * count;
        let jobs = alive.iter().filter_map(|point| {
            let mut job = work.plan.job(*point)?;
            job.index = base + point;
            job.rung = Some(rung);
            job.sets
                .extend(end.iter().map(|end| format!("data.to={end}")));
            Some(job)
        });
        let jobs = jobs.collect();
        if !work.evaluate(jobs)? {
            return Ok(false);
        }
        let ranked = work.ranked(alive.iter().map(|point| base + point));
        // Where nothing can be said, as over a stretch without data, nothing is taken out.
        if ranked.iter().any(|row| row.error.is_none()) {
            let best = ranked.iter().take(halving::survivors(ranked.len()));
            alive = best.map(|row| row.index - base).collect();
            alive.sort_unstable();
        }
    }
    Ok(true)
}
