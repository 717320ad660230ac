//! Who runs the points: one trait, so that another way of running them gives the same rows.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};

use super::memory;
use super::point::Ground;
use super::row::{Done, Job};

/// Runs points.
pub trait Executor {
    /// Runs every job, in any order, and hands out each as soon as it is done, on the caller's thread. Once `stop`
    /// is set no further one is begun; those that run are finished and handed out.
    ///
    /// # Errors
    /// When something fails that is not a point's own fault, or `each` does.
    fn run(
        &self,
        jobs: &[Job],
        stop: &AtomicBool,
        each: &mut dyn FnMut(Done) -> anyhow::Result<()>,
    ) -> anyhow::Result<()>;
}

/// Runs the points one after the other on so many threads.
pub struct Threads<'a> {
    /// What they stand on.
    pub ground: Ground<'a>,
    /// How many run at a time, at most.
    pub threads: NonZeroUsize,
    /// Memory in bytes that they may take together.
    pub memory: Option<u64>,
}

impl Executor for Threads<'_> {
    fn run(
        &self,
        jobs: &[Job],
        stop: &AtomicBool,
        each: &mut dyn FnMut(Done) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let (threads, jobs) = match (self.memory, jobs.split_first()) {
            (Some(limit), Some((first, rest))) if !stop.load(Ordering::Relaxed) => {
                let (done, peak) = memory::measured(|| self.ground.run(first));
                each(done?)?;
                let allowed = memory::allowed(limit, peak, self.threads);
                (allowed, rest)
            }
            _ => (self.threads, jobs),
        };
        self.spread(jobs, threads, stop, each)
    }
}

impl Threads<'_> {
    fn spread(
        &self,
        jobs: &[Job],
        threads: NonZeroUsize,
        stop: &AtomicBool,
        each: &mut dyn FnMut(Done) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let next = AtomicUsize::new(0);
        let failed = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let (out, done) = channel();
            for _ in 0..threads.get().min(jobs.len()) {
                let (out, next, failed) = (out.clone(), &next, &failed);
                scope.spawn(move || self.work(jobs, next, &[stop, failed], &out));
            }
            drop(out);
            let mut first = None;
            for result in done {
                let taken = result.and_then(&mut *each);
                if let Err(error) = taken {
                    failed.store(true, Ordering::Relaxed);
                    first.get_or_insert(error);
                }
            }
            first.map_or(Ok(()), Err)
        })
    }

    fn work(
        &self,
        jobs: &[Job],
        next: &AtomicUsize,
        ends: &[&AtomicBool],
        out: &Sender<anyhow::Result<Done>>,
    ) {
        while !ends.iter().any(|end| end.load(Ordering::Relaxed)) {
            let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) else {
                return;
            };
            if out.send(self.ground.run(job)).is_err() {
                return;
            }
        }
    }
}
