//! One shard: its share of the points, with checkpoints, ending in one part.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::SweepError;
use super::checkpoint::Checkpoints;
use super::execute::{Executor, News};
use super::part::{self, Part};
use super::plan::Plan;
use super::row::{Done, Job};
use crate::run::peak_rss_mib;

/// Environment variables in which schedulers tell a task its number.
const VARIABLES: [&str; 4] = [
    "JOB_COMPLETION_INDEX",
    "SLURM_ARRAY_TASK_ID",
    "HQ_TASK_ID",
    "AWS_BATCH_JOB_ARRAY_INDEX",
];

/// Which share of the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// Its number, from 0.
    pub index: u64,
    /// How many there are.
    pub count: u64,
}

impl Shard {
    /// Everything.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// Reads `i/n`.
    ///
    /// # Errors
    /// [`SweepError::Usage`] when it is none.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let wrong = || {
            SweepError::usage(format!(
                "--shard {text}: is no shard; write i/n with i from 0 to n - 1, such as 0/8"
            ))
        };
        let (index, count) = text.split_once('/').ok_or_else(wrong)?;
        let (index, count) = (index.parse().ok(), count.parse().ok());
        let shard = index.zip(count).map(|(index, count)| Self { index, count });
        shard
            .filter(|shard| shard.index < shard.count)
            .ok_or_else(wrong)
    }

    /// From the environment of a scheduler's task.
    ///
    /// # Errors
    /// [`SweepError::Usage`] when there is no number in it, or it is not below `count`.
    pub fn from_env(count: u64, variable: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let mut all = VARIABLES.iter();
        let found = all.find_map(|name| variable(name).map(|text| (name, text)));
        let (name, text) = found.ok_or_else(|| {
            SweepError::usage(format!(
                "--shard-from-env: none of {} is set; give --shard i/n",
                VARIABLES.join(", ")
            ))
        })?;
        let index = text.parse().ok().filter(|index| *index < count);
        let index = index.ok_or_else(|| {
            SweepError::usage(format!(
                "--shard-from-env: {name} is {text:?}, and shards go from 0 to {}; number the tasks from 0, or give \
                 their number with --shards",
                count.saturating_sub(1)
            ))
        })?;
        Ok(Self { index, count })
    }
}

/// How a shard ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Its part was there already.
    Was,
    /// Its part was written.
    Wrote {
        /// Rows with an error.
        failed: u64,
    },
    /// It was told to stop; checkpoints are written.
    Stopped {
        /// Points that are done.
        done: u64,
        /// Points of the shard.
        of: u64,
    },
}

/// Runs a shard into the folder of its plan.
///
/// # Errors
/// When the data, the machine or the folder fails.
pub fn run(
    plan: &Plan,
    folder: &Path,
    shard: Shard,
    executor: &dyn Executor,
    stop: &AtomicBool,
) -> anyhow::Result<End> {
    let place = part::place(folder, shard);
    if Part::find(&place, plan)?.is_some() {
        return Ok(End::Was);
    }
    let indexes = plan.indexes(shard);
    let name = format!("part-{}-of-{}", shard.index, shard.count);
    let (mut checkpoints, kept) = Checkpoints::open(folder, &name, &plan.hash)?;
    let own: BTreeSet<u64> = indexes.iter().copied().collect();
    let mine = |done: &Done| own.contains(&done.row.index);
    let mut done: BTreeMap<u64, Done> = (kept.into_iter().filter(mine))
        .map(|done| (done.row.index, done))
        .collect();
    let jobs = indexes.iter().filter(|index| !done.contains_key(index));
    let jobs: Vec<Job> = jobs.filter_map(|index| plan.job(*index)).collect();
    let mut progress = executor.progress(indexes.len() as u64);
    progress.set(done.len() as u64);
    let ran = executor.run(&jobs, stop, &mut |news| {
        let under_way = match news {
            News::UnderWay(points) => points as u64,
            News::Done(company) => {
                checkpoints.keep(&company)?;
                done.extend(company.into_iter().map(|one| (one.row.index, one)));
                0
            }
        };
        progress.set(done.len() as u64 + under_way);
        Ok(())
    });
    drop(progress);
    let is_whole = ran.is_ok() && done.len() == indexes.len();
    let saved = if is_whole { Ok(()) } else { checkpoints.save() };
    ran.and(saved)?;
    if done.len() < indexes.len() {
        assert!(stop.load(Ordering::Relaxed), "points were left out");
        return Ok(End::Stopped {
            done: done.len() as u64,
            of: indexes.len() as u64,
        });
    }
    let (rows, costs): (Vec<_>, Vec<_>) = done.into_values().map(|one| (one.row, one.cost)).unzip();
    let failed = rows.iter().filter(|row| row.error.is_some()).count() as u64;
    let part = Part {
        plan: plan.hash.clone(),
        build: plan.build.clone(),
        shard,
        rows,
    };
    part::write_timings(folder, shard, &plan.hash, &costs, peak_rss_mib())?;
    part.leave(&place, &plan.axes)?;
    checkpoints.done();
    Ok(End::Wrote { failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_read() {
        assert_eq!(Shard::parse("3/8").unwrap(), Shard { index: 3, count: 8 });
        for text in ["8/8", "1", "a/b", "-1/3", "0/0"] {
            let said = Shard::parse(text).unwrap_err().to_string();
            assert!(said.contains("such as 0/8"), "{said}");
        }
        let slurm = |name: &str| (name == "SLURM_ARRAY_TASK_ID").then(|| "5".to_string());
        assert_eq!(
            Shard::from_env(6, &slurm).unwrap(),
            Shard { index: 5, count: 6 }
        );
        let said = Shard::from_env(5, &slurm).unwrap_err().to_string();
        assert!(said.contains("from 0 to 4"), "{said}");
        let said = Shard::from_env(5, &|_| None).unwrap_err().to_string();
        assert!(said.contains("AWS_BATCH_JOB_ARRAY_INDEX"), "{said}");
    }
}
