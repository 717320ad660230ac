//! Train and test windows over a stretch of the tape. A window's test begins where its train ends, so that nothing of
//! the test was there to choose by.

use onetape_core::time::{Span, Ts};

/// Most windows of a walk.
const WINDOWS_MAX: usize = 10_000;

/// Moments from one, inclusive, to another, exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first.
    pub from: Ts,
    /// The first that is not in it any more.
    pub to: Ts,
}

impl Stretch {
    /// How long it is.
    pub const fn span(self) -> Span {
        self.to.since(self.from)
    }
}

/// One train and the test that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// What parameters are chosen on.
    pub train: Stretch,
    /// What the chosen ones are tested on.
    pub test: Stretch,
}

/// How a stretch is cut into windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Length of a train; anchored, of the first.
    pub train: Span,
    /// Length of a test.
    pub test: Span,
    /// From one test to the next.
    pub step: Span,
    /// Every train begins where the first does.
    pub anchored: bool,
}

impl Cut {
    /// The windows that fit. What is left behind the last whole test is not used.
    ///
    /// # Errors
    /// When tests would overlap, or none or too many fit.
    pub fn windows(&self, all: Stretch) -> Result<Vec<Window>, String> {
        if self.train == Span::ZERO || self.test == Span::ZERO {
            return Err("train and test must be longer than nothing".into());
        }
        if self.step < self.test {
            return Err(
                "step is shorter than test, so that tests would overlap and days count twice; \
                 make step at least as long as test"
                    .into(),
            );
        }
        let mut windows = Vec::new();
        let mut from = all.from + self.train;
        loop {
            let to = from + self.test;
            // Sums of times stop at the end of time: there nothing gets longer.
            if to > all.to || to.since(from) < self.test {
                break;
            }
            if windows.len() == WINDOWS_MAX {
                return Err(format!(
                    "more than {WINDOWS_MAX} windows fit; make test and step longer"
                ));
            }
            let begin = if self.anchored {
                all.from
            } else {
                Ts::from_nanos(from.nanos() - self.train.nanos())
            };
            windows.push(Window {
                train: Stretch {
                    from: begin,
                    to: from,
                },
                test: Stretch { from, to },
            });
            from = from + self.step;
        }
        if windows.is_empty() {
            return Err(format!(
                "no window fits: train and test take {} days and there are {}; make them shorter, or give more data",
                days(self.train) + days(self.test),
                days(all.span()),
            ));
        }
        Ok(windows)
    }
}

fn days(span: Span) -> f64 {
    (span.nanos() as f64 / 86_400e7).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000_000_000;

    fn span(days: i64) -> Span {
        Span::from_nanos(days * DAY)
    }

    /// Windows as days: train from, train to, test from, test to.
    fn cut(of: (i64, i64, i64), anchored: bool, days: i64) -> Result<Vec<[i64; 4]>, String> {
        let cut = Cut {
            train: span(of.0),
            test: span(of.1),
            step: span(of.2),
            anchored,
        };
        let all = Stretch {
            from: Ts::from_nanos(100 * DAY),
            to: Ts::from_nanos((100 + days) * DAY),
        };
        let day = |ts: Ts| ts.nanos() / DAY - 100;
        let flat = |Window { train, test }| [train.from, train.to, test.from, test.to].map(day);
        Ok(cut.windows(all)?.into_iter().map(flat).collect())
    }

    #[test]
    fn trains_roll_or_stand_and_tests_follow_each_other() {
        assert_eq!(
            cut((5, 2, 2), false, 10),
            Ok(vec![[0, 5, 5, 7], [2, 7, 7, 9]])
        );
        assert_eq!(
            cut((5, 2, 2), true, 11),
            Ok(vec![[0, 5, 5, 7], [0, 7, 7, 9], [0, 9, 9, 11]])
        );
        assert_eq!(
            cut((5, 1, 3), false, 10),
            Ok(vec![[0, 5, 5, 6], [3, 8, 8, 9]])
        );
    }

    #[test]
    fn what_cannot_be_cut_is_refused() {
        for (of, days, says) in [
            ((5, 2, 1), 10, "overlap"),
            ((0, 2, 2), 10, "longer than nothing"),
            (
                (9, 2, 2),
                10,
                "no window fits: train and test take 11 days and there are 10",
            ),
        ] {
            let refused = cut(of, false, days).unwrap_err();
            assert!(refused.contains(says), "{refused}");
        }
        assert!(
            cut((1, 1, 1), false, 20_000)
                .unwrap_err()
                .contains("10000 windows")
        );
    }
}
