//! What only the perpetual says: mark and index once a second, the funding rate once a minute.

use onetape_core::time::{Span, Ts};

use super::path::{BASIS_MEAN, Moment};
use super::plan::{interval_seconds, next_settlement};
use super::venue::{Timed, stamp};
use crate::catalog::{FundingRow, MarkRow, Row};

const SECOND: i64 = 1_000_000_000;
/// Seconds between two funding rows.
const FUNDING_EVERY: i64 = 60;
/// Hundredths of a quote unit to mantissas of 8 decimals.
const FINE: i64 = 1_000_000;
/// The mark follows the basis with this time constant, in seconds.
const MARK_SECONDS: i64 = 30;
/// 0.01 % an interval, as a mantissa of 8 decimals: what holding costs when the premium is small.
const INTEREST: i64 = 10_000;
/// How far the premium may lie from the interest before the rate follows: 0.05 %.
const DAMPING: i64 = 50_000;

/// The perpetual's marks and funding while they are made.
pub(super) struct Funding {
    start: Ts,
    /// Seconds told so far.
    seconds: i64,
    /// Smoothed premium, as a mantissa of 8 decimals.
    smooth: i64,
    /// Sum and number of the interval's premiums.
    premiums: (i64, i64),
    settles: Option<Ts>,
}

impl Funding {
    /// Before the tape the premium is taken to have been the mean of the basis.
    pub(super) fn new(start: Ts) -> Self {
        let passed = interval_seconds(start);
        Self {
            start,
            seconds: 0,
            smooth: 0,
            premiums: ((BASIS_MEAN * 10_000.0) as i64 * passed, passed),
            settles: None,
        }
    }

    /// Says what is due in a step; a step is shorter than a second.
    pub(super) fn step(&mut self, moment: &Moment, out: &mut Vec<Timed>) {
        if moment.ts < self.start + Span::from_nanos(self.seconds.saturating_mul(SECOND)) {
            return;
        }
        let premium = (moment.perp - moment.spot) * 100_000_000 / moment.spot;
        let first = self.seconds == 0;
        self.smooth = if first {
            premium
        } else {
            self.smooth + (premium - self.smooth) / MARK_SECONDS
        };
        out.push((moment.ts, Row::Mark(self.mark(moment))));
        let settles = next_settlement(moment.ts);
        let settled = self.settles.is_some_and(|before| before != settles);
        if settled {
            self.premiums = (0, 0);
        }
        self.premiums = (self.premiums.0 + premium, self.premiums.1 + 1);
        if settled || self.seconds % FUNDING_EVERY == 0 {
            out.push((moment.ts, Row::Funding(self.funding(moment, settles))));
        }
        self.settles = Some(settles);
        self.seconds += 1;
    }

    fn mark(&self, moment: &Moment) -> MarkRow {
        let index = moment.spot * FINE;
        let above = i128::from(index) * i128::from(self.smooth) / 100_000_000;
        MarkRow {
            ts: moment.ts,
            ts_venue: Some(stamp(moment.ts)),
            place: 0,
            mark: index + above as i64,
            index: Some(index),
        }
    }

    /// The venue's usual rule: mean premium, plus the interest's distance from it within the damping.
    fn funding(&self, moment: &Moment, settles_at: Ts) -> FundingRow {
        let premium = self.premiums.0 / self.premiums.1.max(1);
        let rate = premium + (INTEREST - premium).clamp(-DAMPING, DAMPING);
        FundingRow {
            ts: moment.ts,
            ts_venue: Some(stamp(moment.ts)),
            place: 0,
            rate,
            settles_at,
        }
    }
}
