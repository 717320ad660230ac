//! Two threads for what one can do beside the other.

use anyhow::Context as _;
use onetape_reports::Beside;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Two threads, each of which takes what the other has not begun.
#[derive(Debug)]
pub(crate) struct Two(ThreadPool);

impl Two {
    /// Starts them.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let threads = ThreadPoolBuilder::new().num_threads(2);
        let pool = threads.thread_name(|at| format!("report-{at}")).build();
        let why = "two threads cannot be started for the report; allow the process more threads or memory";
        Ok(Self(pool.context(why)?))
    }

    /// Does something on one of them, with the other for what it can do beside. What one thread gives back of its memory
    /// the other does not get, so that what makes much is best done whole.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.0.install(work)
    }
}

impl Beside for Two {
    fn both<A: Send, B: Send>(
        &self,
        one: impl FnOnce() -> A + Send,
        other: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        self.0.join(one, other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_done_and_told_in_their_order() {
        let two = Two::start().unwrap();
        let sums = || two.both(|| (0..1_000).sum::<u64>(), || "other".to_owned());
        assert_eq!(sums(), (499_500, "other".to_owned()));
        assert_eq!(two.run(sums), (499_500, "other".to_owned()));
    }
}
