//! The present, and where the tape is in it.

use onetape_core::time::{Span, Ts};
use onetape_live::stamp::{Clock as _, SystemClock};

/// The machine's clock.
pub(super) fn now() -> Ts {
    SystemClock.now()
}

/// How fast a tape goes, in thousandths of real time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed(u32);

impl Default for Speed {
    fn default() -> Self {
        Self(1_000)
    }
}

impl Speed {
    /// From thousandths, one to a thousand times real time.
    pub fn from_thousandths(thousandths: u32) -> Option<Self> {
        (1..=1_000_000)
            .contains(&thousandths)
            .then_some(Self(thousandths))
    }

    /// In thousandths.
    pub const fn thousandths(self) -> u32 {
        self.0
    }
}

/// Which moment of the tape is which moment here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TapeClock {
    /// A moment of the tape, and when it was here.
    tape: Ts,
    here: Ts,
    speed: Speed,
}

impl TapeClock {
    /// A tape whose first moment is now.
    pub(super) const fn new(first: Ts, now: Ts, speed: Speed) -> Self {
        Self {
            tape: first,
            here: now,
            speed,
        }
    }

    /// When a moment of the tape is here.
    pub(super) fn here(&self, tape: Ts) -> Ts {
        let passed = i128::from(tape.nanos()) - i128::from(self.tape.nanos());
        let passed = passed * 1_000 / i128::from(self.speed.0);
        let here = (i128::from(self.here.nanos()) + passed)
            .clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        // It was just held within what fits.
        Ts::from_nanos(i64::try_from(here).unwrap_or(i64::MAX))
    }

    /// The tape stood still for so long.
    pub(super) fn stood_still(&mut self, span: Span) {
        self.here = self.here + span;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_goes_at_its_speed() {
        let speed = Speed::from_thousandths(2_000).unwrap();
        let mut clock = TapeClock::new(Ts::from_nanos(100), Ts::from_nanos(5_000), speed);
        assert_eq!(clock.here(Ts::from_nanos(100)), Ts::from_nanos(5_000));
        assert_eq!(clock.here(Ts::from_nanos(300)), Ts::from_nanos(5_100));
        clock.stood_still(Span::from_nanos(50));
        assert_eq!(clock.here(Ts::from_nanos(300)), Ts::from_nanos(5_150));
        assert_eq!(Speed::from_thousandths(0), None);
    }
}
