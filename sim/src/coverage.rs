//! Which settlements of a perpetual a run could hold a position over, and what the tape tells of them.

use onetape_core::time::{Span, Ts};

/// The longest funding interval that venues use: every perpetual settles at 00:00, 08:00 and 16:00 UTC, some more
/// often.
pub const FUNDING_INTERVAL: Span = Span::from_millis(8 * 3_600_000);

/// How far the stamp of a settlement may be from the full hour: venues tell when they worked it out.
const TOLERANCE: Span = Span::from_millis(60_000);

/// Settlements that a run holds positions over and that nothing tells the rate of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingFunding {
    /// The first of them.
    pub first: Ts,
    /// The last of them.
    pub last: Ts,
    /// How many.
    pub count: u64,
}

/// The settlements in a run from `from` (inclusive: what is opened then pays nothing for that moment) to `to`
/// (exclusive) for which `told`, the `settles_at` of the rates on the tape in any order, has none. `None` when
/// each has one, so that a future without spot beside it may be held over all of it.
///
/// Intervals shorter than [`FUNDING_INTERVAL`] are not looked for: how often an instrument settles is not known
/// beforehand.
pub fn missing_funding(from: Ts, to: Ts, told: &[Ts]) -> Option<MissingFunding> {
    let step = FUNDING_INTERVAL.nanos();
    let mut told: Vec<i64> = told.iter().map(|at| at.nanos()).collect();
    told.sort_unstable();
    let is_told = |at: i64| {
        let after = told.partition_point(|&told| told < at - TOLERANCE.nanos());
        told.get(after)
            .is_some_and(|&told| told <= at + TOLERANCE.nanos())
    };
    let mut at = (from.nanos().div_euclid(step) + 1).checked_mul(step)?;
    let mut missing: Option<MissingFunding> = None;
    while at < to.nanos() {
        if !is_told(at) {
            let here = Ts::from_nanos(at);
            let known = missing.get_or_insert(MissingFunding {
                first: here,
                last: here,
                count: 0,
            });
            known.last = here;
            known.count += 1;
        }
        at = at.checked_add(step)?;
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000_000;

    fn hours(hours: i64) -> Ts {
        Ts::from_nanos(hours * HOUR)
    }

    fn missing(from: i64, to: i64, told: &[i64]) -> Option<(i64, i64, u64)> {
        let told: Vec<Ts> = told.iter().map(|&at| hours(at)).collect();
        missing_funding(hours(from), hours(to), &told).map(|missing| {
            let hour = |at: Ts| at.nanos() / HOUR;
            (hour(missing.first), hour(missing.last), missing.count)
        })
    }

    #[test]
    fn only_settlements_inside_the_run_are_asked_for() {
        // What is opened at 08:00 pays nothing at 08:00, and a run that ends before 16:00 nothing then.
        assert_eq!(missing(8, 16, &[]), None);
        assert_eq!(missing(7, 16, &[]), Some((8, 8, 1)));
        assert_eq!(missing(8, 17, &[]), Some((16, 16, 1)));
        assert_eq!(missing(7, 49, &[]), Some((8, 48, 6)));
        assert_eq!(missing(7, 49, &[48, 40, 32, 24, 16, 8]), None);
        assert_eq!(missing(7, 49, &[8, 16, 32, 40]), Some((24, 48, 2)));
        // Rates every four hours cover it too.
        assert_eq!(missing(1, 20, &[4, 8, 12, 16]), None);
        assert_eq!(missing(9, 8, &[]), None);
    }

    #[test]
    fn a_stamp_may_be_off_by_a_minute() {
        let told = |off: i64| [Ts::from_nanos(8 * HOUR + off)];
        let minute = TOLERANCE.nanos();
        for off in [0, 3_000_000, minute, -minute] {
            assert_eq!(missing_funding(hours(1), hours(9), &told(off)), None);
        }
        for off in [minute + 1, -minute - 1] {
            let found = missing_funding(hours(1), hours(9), &told(off)).unwrap();
            assert_eq!((found.first, found.count), (hours(8), 1));
        }
    }
}
