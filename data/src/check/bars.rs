//! Bars: each follows the one before it, once, and is possible.

use std::collections::BTreeMap;

use super::finding::{At, CheckName, Scope, Severity, Tally, about};
use crate::catalog::BarRow;

/// Lengths of bars that are told apart in one series.
const SPANS_MAX: usize = 64;

/// Bars of one instrument, by length.
#[derive(Default)]
pub(super) struct Bars {
    last: BTreeMap<i64, BarRow>,
    missing: Tally,
    longest: i64,
    equal: Tally,
    overlapping: Tally,
    impossible: Tally,
}

impl Bars {
    pub(super) fn row(&mut self, bar: BarRow, at: At) {
        let body = (bar.open.max(bar.close), bar.open.min(bar.close));
        let fits = bar.high >= body.0 && bar.low <= body.1;
        self.impossible.add_if(!fits || bar.span.nanos() == 0, at);
        let span = bar.span.nanos();
        if span == 0 {
            return;
        }
        if let Some(last) = self.last.get(&span) {
            let (last, step) = (*last, closed(&bar).saturating_sub(closed(last)));
            self.follow(&last, &bar, step, at);
        }
        if self.last.len() < SPANS_MAX || self.last.contains_key(&span) {
            self.last.insert(span, bar);
        }
    }

    fn follow(&mut self, last: &BarRow, bar: &BarRow, step: i64, at: At) {
        let span = bar.span.nanos();
        let steps = step.saturating_add(span / 2).div_euclid(span);
        if steps > 1 {
            self.longest = self.longest.max(step);
            self.missing = self.missing.join(Tally {
                count: (steps - 1).unsigned_abs(),
                first: Some(at),
            });
        } else if steps < 1 {
            let same = BarRow {
                ts: bar.ts,
                ts_venue: bar.ts_venue,
                place: bar.place,
                ..*last
            } == *bar;
            self.equal.add_if(same && step == 0, at);
            self.overlapping.add_if(!same || step != 0, at);
        }
    }

    pub(super) fn tell(&self, to: &mut Scope<'_>) {
        to.tell(
            CheckName::Gap,
            Severity::Error,
            self.missing,
            format!(
                "bars are missing; the longest step from close to close is {} s",
                about(self.longest)
            ),
            vec![("longest_step_s", super::finding::seconds(self.longest))],
        );
        let duplicate = CheckName::Duplicate;
        let says = "bars are there twice, and equal: whoever sums them counts them twice";
        to.tell(duplicate, Severity::Warning, self.equal, says, Vec::new());
        let says = "two bars of one length cover the same time and differ: one of them is wrong";
        to.tell(
            duplicate,
            Severity::Error,
            self.overlapping,
            says,
            Vec::new(),
        );
        let says =
            "bars whose high is below or whose low is above their other prices, or of no length";
        to.tell(
            CheckName::AbsurdPrice,
            Severity::Error,
            self.impossible,
            says,
            Vec::new(),
        );
    }
}

/// When it closed, by the venue's clock where told.
fn closed(bar: &BarRow) -> i64 {
    bar.ts_venue.unwrap_or(bar.ts).nanos()
}
