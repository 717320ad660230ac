//! Receive times of what arrives: strictly increasing, whatever the clock does.
//!
//! A live tape is ordered by receive time, and its time order and its sequence are the same thing only when no two
//! stamps are equal and none goes back. A stamp is therefore the later of the clock and the last stamp plus one
//! nanosecond. When the clock is set back, stamps go on from where they were, one nanosecond apart, until the clock
//! has caught up.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use onetape_core::time::Ts;

/// A clock that can be read. It may stand still and it may be set back.
pub trait Clock {
    /// What it shows.
    fn now(&mut self) -> Ts;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&mut self) -> Ts {
        to_ts(SystemTime::now())
    }
}

/// A clock that nobody sets: what the machine's clock showed when it was first looked at in this process, and what passed
/// since. What is measured is measured by it; stamps of a tape are not its.
#[derive(Clone, Copy, Debug, Default)]
pub struct SteadyClock;

impl SteadyClock {
    /// What it shows.
    pub fn read() -> Ts {
        static BEGAN: OnceLock<(Ts, Instant)> = OnceLock::new();
        let (shown, began) = BEGAN.get_or_init(|| (to_ts(SystemTime::now()), Instant::now()));
        let passed = i64::try_from(began.elapsed().as_nanos()).unwrap_or(i64::MAX);
        Ts::from_nanos(shown.nanos().saturating_add(passed))
    }
}

impl Clock for SteadyClock {
    fn now(&mut self) -> Ts {
        Self::read()
    }
}

/// The nearest moment that a stamp can tell: they reach from 1677 to 2262.
fn to_ts(time: SystemTime) -> Ts {
    let nanos = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos),
    };
    Ts::from_nanos(nanos)
}

/// Why there is no stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    /// The last stamp is the last moment that can be told.
    #[error(
        "the clock shows the year 2262 or later, where receive times end; set the clock right and start anew"
    )]
    Exhausted,
}

/// Stamps what arrives on one tape.
#[derive(Clone, Debug)]
pub struct Stamper<C> {
    clock: C,
    last: Option<Ts>,
}

impl<C: Clock> Stamper<C> {
    /// For a tape that begins.
    pub const fn new(clock: C) -> Self {
        Self { clock, last: None }
    }

    /// For a tape that goes on after `last`, also when the clock was set back meanwhile.
    pub const fn after(clock: C, last: Ts) -> Self {
        Self {
            clock,
            last: Some(last),
        }
    }

    /// The next stamp: after every one before it.
    ///
    /// # Errors
    /// [`StampError::Exhausted`] when there is no later moment. It stays that way.
    pub fn stamp(&mut self) -> Result<Ts, StampError> {
        let shown = self.clock.now();
        let stamp = match self.last {
            None => shown,
            Some(last) => {
                let next = last.nanos().checked_add(1).ok_or(StampError::Exhausted)?;
                shown.max(Ts::from_nanos(next))
            }
        };
        self.last = Some(stamp);
        Ok(stamp)
    }

    /// The stamp that would be given now; nothing is given yet.
    ///
    /// # Errors
    /// As [`Stamper::stamp`].
    pub fn look(&mut self) -> Result<Ts, StampError> {
        let shown = self.clock.now();
        Ok(match self.last {
            None => shown,
            Some(_) => shown.max(self.soonest(shown)?),
        })
    }

    /// The first stamp that can be given that is not before a moment.
    ///
    /// # Errors
    /// As [`Stamper::stamp`].
    pub fn soonest(&self, from: Ts) -> Result<Ts, StampError> {
        let Some(last) = self.last else {
            return Ok(from);
        };
        let next = last.nanos().checked_add(1).ok_or(StampError::Exhausted)?;
        Ok(from.max(Ts::from_nanos(next)))
    }

    /// Gives a stamp: what is stamped before it has come already. One that is not after the last is moved there.
    ///
    /// # Errors
    /// As [`Stamper::stamp`].
    pub fn give(&mut self, at: Ts) -> Result<Ts, StampError> {
        let stamp = self.soonest(at)?;
        self.last = Some(stamp);
        Ok(stamp)
    }

    /// What the clock shows, but never less than the last stamp.
    pub fn now(&mut self) -> Ts {
        let shown = self.clock.now();
        self.last.map_or(shown, |last| shown.max(last))
    }

    /// The last stamp that was given, or that the tape went on after.
    pub const fn last(&self) -> Option<Ts> {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    /// Shows the scripted readings one after the other, and the last one for ever.
    struct Script(Vec<i64>);

    impl Clock for Script {
        fn now(&mut self) -> Ts {
            let shown = if self.0.len() > 1 {
                self.0.remove(0)
            } else {
                self.0[0]
            };
            Ts::from_nanos(shown)
        }
    }

    fn stamps(stamper: &mut Stamper<Script>, count: usize) -> Vec<i64> {
        (0..count)
            .map(|_| stamper.stamp().unwrap().nanos())
            .collect()
    }

    #[test]
    fn a_clock_that_runs_is_taken_at_its_word() {
        let mut stamper = Stamper::new(Script(vec![-5, 0, 7, 1_000]));
        assert_eq!(stamper.last(), None);
        assert_eq!(stamps(&mut stamper, 4), [-5, 0, 7, 1_000]);
        assert_eq!(stamper.last(), Some(Ts::from_nanos(1_000)));
    }

    #[test]
    fn equal_readings_are_a_nanosecond_apart() {
        let mut stamper = Stamper::new(Script(vec![10, 10, 10, 11, 20]));
        assert_eq!(stamps(&mut stamper, 5), [10, 11, 12, 13, 20]);
    }

    #[test]
    fn a_clock_that_is_set_back_is_waited_for() {
        let mut stamper = Stamper::new(Script(vec![100, 40, 41, 102, 103, 104, 105]));
        assert_eq!(stamps(&mut stamper, 7), [100, 101, 102, 103, 104, 105, 106]);
    }

    #[test]
    fn a_tape_that_goes_on_does_not_go_back() {
        let mut stamper = Stamper::after(Script(vec![40, 200]), Ts::from_nanos(100));
        assert_eq!(stamps(&mut stamper, 2), [101, 200]);
    }

    #[test]
    fn after_the_last_moment_there_is_none() {
        let mut stamper = Stamper::new(Script(vec![i64::MAX, 5]));
        assert_eq!(stamps(&mut stamper, 1), [i64::MAX]);
        assert_eq!(stamper.stamp(), Err(StampError::Exhausted));
        assert_eq!(stamper.stamp(), Err(StampError::Exhausted));
        assert_eq!(stamper.last(), Some(Ts::from_nanos(i64::MAX)));
    }

    #[test]
    fn the_machine_s_clock_counts_nanoseconds_since_1970() {
        assert_eq!(to_ts(UNIX_EPOCH), Ts::from_nanos(0));
        let (before, after) = (
            UNIX_EPOCH - Duration::from_nanos(3),
            UNIX_EPOCH + Duration::new(2, 5),
        );
        assert_eq!(to_ts(before), Ts::from_nanos(-3));
        assert_eq!(to_ts(after), Ts::from_nanos(2_000_000_005));
        let far = UNIX_EPOCH + Duration::from_secs(20_000_000_000);
        assert_eq!(to_ts(far), Ts::from_nanos(i64::MAX));
        // 2020-01-01: whatever machine this is, its clock was built later.
        assert!(SystemClock.now() > Ts::from_nanos(1_577_836_800_000_000_000));
    }

    #[test]
    fn the_steady_clock_begins_with_the_machine_s_and_never_goes_back() {
        let mut last = SteadyClock::read();
        assert!(last.since(SystemClock.now()).nanos().abs() < 60_000_000_000);
        for _ in 0..1_000 {
            let shown = SteadyClock.now();
            assert!(shown >= last);
            last = shown;
        }
    }

    proptest! {
        #[test]
        fn stamps_increase_and_are_never_early(readings in prop::collection::vec(-50i64..50, 1..60)) {
            let mut stamper = Stamper::new(Script(readings.clone()));
            let given = stamps(&mut stamper, readings.len());
            prop_assert!(given.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(given.iter().zip(&readings).all(|(stamp, shown)| stamp >= shown));
            // No later than needed: each is what the clock showed, or follows the one before.
            for (at, stamp) in given.iter().enumerate() {
                prop_assert!(*stamp == readings[at] || *stamp == given[at - 1] + 1);
            }
        }
    }
}
