//! How many points go through the tape together.
//!
//! The more, the less a pass costs each of them; the fewer, the less is lost when the process is killed. What is lost is
//! kept below a twentieth of the points or some seconds of work, whichever is more.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::time::Duration;

/// Points that go through the tape together, at most.
const COMPANY: usize = 1_024;
/// A twentieth may always be lost.
const PARTS: usize = 20;
/// What a company is expected to take, at most: a third of what may be lost, as no two points take the same.
const LONGEST: Duration = Duration::from_secs(10);

/// Sizes of companies, by what those before have taken.
#[derive(Debug)]
pub struct Pace {
    most: usize,
    /// Seconds a point, of the last company.
    point: Cell<Option<f64>>,
}

impl Pace {
    /// `most` points together, where that is less than goes together anyway.
    pub fn new(most: Option<NonZeroUsize>) -> Self {
        Self {
            most: most.map_or(COMPANY, |most| most.get().min(COMPANY)),
            point: Cell::new(None),
        }
    }

    /// So many points took so long, from first to last.
    pub(super) fn took(&self, points: usize, time: Duration) {
        self.point
            .set((points > 0).then(|| time.as_secs_f64() / points as f64));
    }

    /// How many of `points` go together next; `threads` at least, so that none idles.
    pub(super) fn size(&self, points: usize, threads: NonZeroUsize) -> NonZeroUsize {
        let part = points.div_ceil(PARTS).max(threads.get());
        // A cast of a float saturates: nothing took no time.
        let timely = |point: f64| (LONGEST.as_secs_f64() / point) as usize;
        let size = self
            .point
            .get()
            .map_or(part, |point| timely(point).max(part));
        NonZeroUsize::new(size.min(self.most)).unwrap_or(NonZeroUsize::MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);

    #[test]
    fn companies_grow_to_what_some_seconds_hold() {
        let pace = Pace::new(None);
        assert_eq!(pace.size(1_000, TWO).get(), 50);
        assert_eq!(pace.size(3, TWO).get(), 2);
        pace.took(50, Duration::from_secs(1));
        assert_eq!(pace.size(1_000, TWO).get(), 500);
        // Slow points: a twentieth whatever they take.
        pace.took(50, Duration::from_secs(1_000));
        assert_eq!(pace.size(1_000, TWO).get(), 50);
        pace.took(50, Duration::ZERO);
        assert_eq!(pace.size(1_000_000, TWO).get(), COMPANY);
    }

    #[test]
    fn no_more_go_together_than_are_allowed() {
        let pace = Pace::new(NonZeroUsize::new(7));
        pace.took(50, Duration::from_millis(1));
        assert_eq!(pace.size(1_000, TWO).get(), 7);
        assert_eq!(
            Pace::new(Some(NonZeroUsize::MAX)).size(1 << 30, TWO).get(),
            COMPANY
        );
    }
}
