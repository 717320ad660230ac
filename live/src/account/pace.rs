//! Questions that what a venue sends can lead to, kept apart in time: each costs requests, and their number is the venue's to
//! give.

use onetape_core::time::{Span, Ts};

/// Between two of them.
const APART: Span = Span::from_millis(2_000);

/// When the last was asked, and whether another waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    last: Ts,
    waits: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            last: Ts::UNKNOWN,
            waits: false,
        }
    }
}

impl Pace {
    /// There is cause for a question: true when it may be asked at once. Otherwise it waits for [`Pace::is_due`].
    pub(super) fn has_cause(&mut self, now: Ts) -> bool {
        self.waits = true;
        self.is_due(now)
    }

    /// True, once, when the time of a question that waits has come.
    pub(super) fn is_due(&mut self, now: Ts) -> bool {
        let due = self.waits && !(self.last.is_known() && now.since(self.last) < APART);
        if due {
            *self = Self {
                last: now,
                waits: false,
            };
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s17_causes_without_end_are_few_questions_and_the_last_one_is_heard() {
        let mut pace = Pace::default();
        let at = |ms: i64| Ts::from_nanos(ms * 1_000_000);
        assert!(!pace.is_due(at(1)), "nothing is asked without a cause");
        let asked = (1..=9_000).filter(|ms| pace.has_cause(at(*ms))).count();
        assert_eq!(asked, 5, "of nine seconds, at 1, 2001, 4001, 6001, 8001");
        assert!(!pace.is_due(at(9_500)));
        assert!(pace.is_due(at(10_001)), "the last cause is not forgotten");
        assert!(!pace.is_due(at(20_000)));
    }
}
