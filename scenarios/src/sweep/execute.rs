//! Who runs the points: one trait, so that another way of running them gives the same rows.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use onetape_data::tape::Tape;

use super::memory;
use super::pace::Pace;
use super::point::{Ground, came_to};
use super::row::{Cost, Done, Job};
use crate::run::{Passed, Prepared, Progress, together};
use crate::scenario::Loaded;

/// What is told while points run.
#[derive(Debug)]
pub enum News {
    /// Those that run have come as far as so many whole ones.
    UnderWay(f64),
    /// These came to their end together.
    Done(Vec<Done>),
}

/// Runs points.
pub trait Executor {
    /// What shows how far `total` points have come.
    fn progress(&self, total: u64) -> Progress;

    /// Runs every job, in any order, and hands out those that came to their end together as soon as they did, on the
    /// caller's thread. Once `stop` is set no further one is begun; those that run are finished and handed out.
    ///
    /// # Errors
    /// When something fails that is not a point's own fault, or `each` does.
    fn run(
        &self,
        jobs: &[Job],
        stop: &AtomicBool,
        each: &mut dyn FnMut(News) -> anyhow::Result<()>,
    ) -> anyhow::Result<()>;
}

/// Runs points together, a company at a time: each passes once through the tape, on so many threads.
pub struct Companies<'a> {
    /// What they stand on.
    pub ground: Ground<'a>,
    /// How many threads.
    pub threads: NonZeroUsize,
    /// Memory in bytes that they may take together.
    pub memory: Option<u64>,
    /// How many go together.
    pub pace: Pace,
    /// What shows how far they have come.
    pub progress: fn(u64) -> Progress,
}

impl Executor for Companies<'_> {
    fn progress(&self, total: u64) -> Progress {
        (self.progress)(total)
    }

    fn run(
        &self,
        jobs: &[Job],
        stop: &AtomicBool,
        each: &mut dyn FnMut(News) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let most = NonZeroUsize::new(jobs.len()).unwrap_or(NonZeroUsize::MIN);
        let (fit, mut left) = match (self.memory, jobs.split_first()) {
            (Some(limit), Some((first, rest))) if !stop.load(Ordering::Relaxed) => {
                let (done, peak) = memory::measured(|| self.ground.run(first));
                each(News::Done(vec![done?]))?;
                (memory::allowed(limit, peak, most), rest)
            }
            _ => (most, jobs),
        };
        while !left.is_empty() && !stop.load(Ordering::Relaxed) {
            let size = self.pace.size(jobs.len(), self.threads).min(fit);
            let (company, rest) = left.split_at(size.get().min(left.len()));
            let began = Instant::now();
            self.pass(company, each)?;
            self.pace.took(company.len(), began.elapsed());
            left = rest;
        }
        Ok(())
    }
}

/// A point of a company, with its scenario.
type Member<'a> = (&'a Job, &'a Loaded, Prepared<'a>);

impl Companies<'_> {
    /// Runs one company.
    fn pass(
        &self,
        jobs: &[Job],
        each: &mut dyn FnMut(News) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let loaded = jobs.iter().map(|job| self.ground.checked(job).ok());
        let loaded: Vec<Option<Loaded>> = loaded.collect();
        let mut members: Vec<Member<'_>> = Vec::new();
        for (job, loaded) in jobs.iter().zip(&loaded) {
            let ready = loaded.as_ref().and_then(|loaded| {
                let prepared = self.ground.prepare(loaded).ok()?;
                Some((job, loaded, prepared))
            });
            match ready {
                Some(member) => members.push(member),
                // Alone it tells what is wrong with it.
                None => each(News::Done(vec![self.ground.run(job)?]))?,
            }
        }
        while let Some((_, _, first)) = members.first() {
            let goes = members.iter().map(|(_, _, one)| one.goes_with(first));
            let goes: Vec<bool> = goes.collect();
            let mut goes = goes.into_iter();
            let (group, rest) = members
                .into_iter()
                .partition(|_| goes.next().unwrap_or(false));
            self.go(group, each)?;
            members = rest;
        }
        Ok(())
    }

    /// Runs points that read the same rows.
    fn go(
        &self,
        group: Vec<Member<'_>>,
        each: &mut dyn FnMut(News) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let Some((_, _, first)) = group.first() else {
            return Ok(());
        };
        let began = Instant::now();
        let tape = Tape::open(self.ground.catalog, &first.request)?;
        let prepared: Vec<&Prepared<'_>> = group.iter().map(|(_, _, one)| one).collect();
        let points = group.len() as f64;
        let came = together(&prepared, tape, self.threads, &mut |share| {
            each(News::UnderWay(share * points))
        })?;
        let share = 1.0 / group.len() as f64;
        let wall_s = began.elapsed().as_secs_f64() * share;
        let mut done = Vec::with_capacity(group.len());
        let mut failed = Ok(());
        for ((job, loaded, _), came) in group.iter().zip(came) {
            let one = match came {
                Some(Passed { outcome, passed }) => Ok(Done {
                    cost: Cost {
                        index: job.index,
                        wall_s,
                        decode_s: outcome.decode.as_secs_f64() * share,
                        events: outcome.events,
                        passed_over: passed,
                    },
                    row: came_to(job, &outcome, self.ground.metrics(&outcome, loaded)),
                }),
                // Alone it tells what is wrong with it.
                None => self.ground.run(job),
            };
            match one {
                Ok(one) => done.push(one),
                Err(why) => {
                    failed = Err(why);
                    break;
                }
            }
        }
        // What came to its end is kept, whatever stopped the others.
        each(News::Done(done))?;
        failed
    }
}
