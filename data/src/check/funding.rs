//! Funding of a future: every settlement, over the whole time of its other data.

use onetape_core::num::format_fixed;

use super::cadence::{Cadence, MINUTE};
use super::finding::{At, CheckName, ONCE, Scope, Severity, Tally, seconds};
use crate::catalog::{FINE_DECIMALS, FundingRow, Kind};
use crate::tape::time_text;

/// Eight hours: the interval where there is but one settlement.
const USUAL: i64 = 480 * MINUTE;

/// Funding rates of one instrument.
pub(super) struct Funding {
    /// Largest rate, as a mantissa of 8 decimals.
    limit: i64,
    settlements: Cadence,
    beyond: Tally,
    worst: i64,
}

impl Funding {
    pub(super) fn new(percent: u32) -> Self {
        Self {
            limit: i64::from(percent) * 10_i64.pow(u32::from(FINE_DECIMALS) - 2),
            settlements: Cadence::default(),
            beyond: Tally::default(),
            worst: 0,
        }
    }

    pub(super) fn row(&mut self, row: &FundingRow, at: At) {
        self.settlements.moment(row.settles_at.nanos(), at);
        self.beyond
            .add_if(row.rate.unsigned_abs() > self.limit.unsigned_abs(), at);
        if row.rate.unsigned_abs() > self.worst.unsigned_abs() {
            self.worst = row.rate;
        }
    }

    /// `others` is the time that the instrument's other data cover.
    pub(super) fn tell(&mut self, others: Option<(i64, i64)>, to: &mut Scope<'_>) {
        let missing = self.settlements.missing();
        let interval = self.settlements.interval();
        let mut scope = to.of(Kind::Funding);
        let to = &mut scope;
        let values = vec![("interval_s", seconds(interval.unwrap_or(USUAL)))];
        to.tell(
            CheckName::Gap,
            Severity::Error,
            missing,
            "settlements of funding are missing: a position held over them is charged too little or too much",
            values,
        );
        to.tell(
            CheckName::FundingCoverage,
            Severity::Warning,
            self.beyond,
            format!(
                "funding rates beyond {} either way, up to {}: check the unit, a percentage is not a fraction",
                format_fixed(self.limit, FINE_DECIMALS),
                format_fixed(self.worst, FINE_DECIMALS)
            ),
            vec![("largest", format_fixed(self.worst, FINE_DECIMALS))],
        );
        if let Some((from, until)) = others {
            self.cover(from, until, interval.unwrap_or(USUAL), to);
        }
    }

    fn cover(&self, from: i64, until: i64, interval: i64, to: &mut Scope<'_>) {
        let (Some(first), Some(last)) = (self.settlements.first, self.settlements.last) else {
            let says = "a future without funding data: what holding a position costs is not known";
            to.tell(
                CheckName::FundingCoverage,
                Severity::Warning,
                ONCE,
                says,
                Vec::new(),
            );
            return;
        };
        // The two clocks may be apart, so nothing within a minute of an end counts.
        let before = (first.saturating_sub(from).saturating_sub(MINUTE)).max(0) / interval;
        let after = (until.saturating_sub(last).saturating_sub(MINUTE)).max(0) / interval;
        let met = Tally {
            count: (before + after).unsigned_abs(),
            first: None,
        };
        to.tell(
            CheckName::FundingCoverage,
            Severity::Warning,
            met,
            format!(
                "funding settles from {} to {}, the other data last from {} to {}: settlements at the ends are missing",
                time_text(first),
                time_text(last),
                time_text(from),
                time_text(until)
            ),
            vec![("before", before.to_string()), ("after", after.to_string())],
        );
    }
}
