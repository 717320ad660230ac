//! How far the venue's clock stands from ours: measured by asking it, read by whoever signs.

use std::sync::{Arc, Mutex, PoisonError};

use onetape_core::time::{Span, Ts};

use crate::stamp::{Clock, SystemClock};

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The venue's clock less ours, in nanoseconds: below zero where it is behind.
    pub offset_ns: i64,
    /// How far off this may be: half the round trip of the question that told it.
    pub within: Span,
}

/// The offset of one venue, shared by all who sign for it. Unmeasured, it is zero.
#[derive(Clone, Debug, Default)]
pub struct ClockOffset(Arc<Mutex<Option<Measured>>>);

impl ClockOffset {
    /// What was measured last.
    pub fn measured(&self) -> Option<Measured> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a new measurement in place of the last one.
    pub fn set(&self, measured: Measured) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(measured);
    }

    /// The venue's time now.
    pub fn now(&self) -> Ts {
        shifted(SystemClock.now(), self.nanos())
    }

    /// The venue's clock less ours, in nanoseconds.
    pub fn nanos(&self) -> i64 {
        self.measured().map_or(0, |it| it.offset_ns)
    }
}

/// A time so many nanoseconds later, or earlier.
pub(super) const fn shifted(at: Ts, nanos: i64) -> Ts {
    Ts::from_nanos(at.nanos().saturating_add(nanos))
}

impl Measured {
    /// From one question: our clock when it left and when the answer came, and what the answer says.
    pub fn of(sent: Ts, came: Ts, told: Ts) -> Self {
        let half = came.since(sent).nanos().max(0) / 2;
        let middle = sent + Span::from_nanos(half);
        Self {
            offset_ns: told.nanos().saturating_sub(middle.nanos()),
            within: Span::from_nanos(half),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_question_is_when_the_venue_answered() {
        let at = |millis: i64| Ts::from_nanos(millis * 1_000_000);
        let measured = Measured::of(at(1_000), at(1_040), at(900));
        assert_eq!(measured.offset_ns, -120_000_000);
        assert_eq!(measured.within, Span::from_millis(20));
        // A clock that was set back between the two makes no negative half.
        assert_eq!(Measured::of(at(10), at(5), at(10)).within, Span::ZERO);
    }

    #[test]
    fn what_is_measured_is_seen_by_all_who_share_it() {
        let one = ClockOffset::default();
        let other = one.clone();
        assert_eq!(other.measured(), None);
        let measured = Measured {
            offset_ns: 3_600_000_000_000,
            within: Span::from_millis(1),
        };
        one.set(measured);
        assert_eq!(other.measured(), Some(measured));
        let ahead = other.now().since(SystemClock.now()).nanos();
        assert!((3_590_000_000_000..3_610_000_000_000).contains(&ahead));
    }
}
