//! Time between messages, and the stretches of it that are too long for a series.

use std::collections::BTreeMap;

use super::finding::{At, CheckName, Scope, Severity, Tally, Values, about, seconds};
use super::limits::Limits;
use super::sketch::{Sketch, edge, slot};

/// Time between messages.
///
/// What is too long is known when the median is, at the end. Until then every silence above the plain limit is
/// counted, and by step of a [`Sketch`]; where the median decides, the line is the next step above it.
pub(super) struct Silence {
    limit: i64,
    medians: u64,
    between: Sketch,
    last: Option<i64>,
    long: Tally,
    by_step: BTreeMap<usize, Tally>,
}

impl Silence {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            limit: limits.silence.nanos(),
            medians: u64::from(limits.silence_medians),
            between: Sketch::default(),
            last: None,
            long: Tally::default(),
            by_step: BTreeMap::new(),
        }
    }

    /// A message. What is silent because the market was halted until `halted` is none.
    pub(super) fn row(&mut self, at: At, halted: Option<i64>) {
        let Some(last) = self.last else {
            self.last = Some(at.ts);
            return;
        };
        self.last = Some(last.max(at.ts));
        let silence = at.ts.saturating_sub(last);
        if silence < 0 || halted.is_some_and(|until| until >= last) {
            return;
        }
        self.between.add(silence);
        if silence > self.limit {
            self.long.add(at);
            self.by_step
                .entry(slot(silence.unsigned_abs()))
                .or_default()
                .add(at);
        }
    }

    /// What is too long, and the silences that were.
    fn too_long(&self) -> (i64, Tally) {
        let median = self.between.median().unwrap_or(0).unsigned_abs();
        let by_median = median.saturating_mul(self.medians);
        if i64::try_from(by_median).is_ok_and(|line| line <= self.limit) {
            return (self.limit, self.long);
        }
        let from = slot(by_median) + 1;
        let mut met = Tally::default();
        for (_, step) in self.by_step.range(from..) {
            let earlier = step
                .first
                .filter(|at| met.first.is_none_or(|first| at.ts < first.ts));
            met.count += step.count;
            met.first = earlier.or(met.first);
        }
        (i64::try_from(edge(from)).unwrap_or(i64::MAX), met)
    }

    pub(super) fn tell(&self, to: &mut Scope<'_>) {
        let (line, met) = self.too_long();
        let longest = self.between.most().unwrap_or(0);
        let mut values = self.values();
        values.push(("limit_s", seconds(line)));
        to.tell(
            CheckName::Gap,
            Severity::Warning,
            met,
            format!(
                "no message for more than {} s before these; the longest silence is {} s",
                about(line),
                about(longest)
            ),
            values,
        );
    }

    pub(super) fn values(&self) -> Values {
        let (Some(median), Some(most)) = (self.between.median(), self.between.most()) else {
            return Vec::new();
        };
        vec![
            ("median_between_s", seconds(median)),
            ("longest_silence_s", seconds(most)),
        ]
    }

    /// For the sentence on what is covered.
    pub(super) fn words(&self) -> String {
        match (self.between.median(), self.between.most()) {
            (Some(median), Some(most)) => format!(
                ", a median of {} s apart, at most {} s",
                about(median),
                about(most)
            ),
            _ => String::new(),
        }
    }
}
