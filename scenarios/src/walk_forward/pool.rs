//! The same job for each of some numbers, on a few threads.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What `job` makes of every number below `count`, in their order, whichever thread made it and when.
pub(super) fn each<T: Send>(
    threads: usize,
    count: usize,
    job: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                return done;
            }
            done.push((at, job(at)));
        }
    };
    let mut all: Vec<(usize, T)> = std::thread::scope(|scope| {
        let threads = (0..threads.clamp(1, count.max(1))).map(|_| scope.spawn(work));
        let threads: Vec<_> = threads.collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined
            .flat_map(|done| done.unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_numbers() {
        for threads in [0, 1, 3, 64] {
            let squares = each(threads, 50, |at| at * at);
            let expected: Vec<usize> = (0..50).map(|at| at * at).collect();
            assert_eq!(squares, expected, "{threads} threads");
        }
        assert_eq!(each(4, 0, |at| at), Vec::<usize>::new());
    }
}
