//! What part of the edge that was decided on was caught, over the last thirty days.

use serde::Serialize;

use super::market::WINDOW;
use super::number;
use crate::report::{Analysis, Attribution};
use crate::time::strftime;
use onetape_core::num::Money;
use onetape_core::time::Ts;
use rust_decimal::Decimal;

/// Captured edge, by the last of its days.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Captured {
    pub(crate) labels: Vec<String>,
    /// In percent; `None` where nothing was to be caught.
    pub(crate) part: Vec<Option<f64>>,
}

impl Captured {
    /// Of more than thirty days with an edge in some of them.
    pub(super) fn of(analysis: &Analysis, asset: &str) -> Option<Self> {
        let days = &analysis.attribution.by_day;
        if days.len() <= WINDOW {
            return None;
        }
        let mut captured = Self::default();
        for window in days.windows(WINDOW) {
            let last = window.last()?;
            let sum = |part: fn(&Attribution, &str) -> Money| -> Money {
                window.iter().map(|day| part(&day.attribution, asset)).sum()
            };
            let (edge, missed) = (sum(edge), sum(missed));
            let part = (edge.decimal() > Decimal::ZERO)
                .then(|| (edge + missed).decimal().checked_div(edge.decimal()))
                .flatten()
                .map(|part| number(part * Decimal::ONE_HUNDRED, 6));
            captured.labels.push(strftime(
                Ts::from_nanos(last.ends_at.nanos() - 1),
                "%Y-%m-%d",
            ));
            captured.part.push(part);
        }
        captured
            .part
            .iter()
            .any(Option::is_some)
            .then_some(captured)
    }
}

fn edge(parts: &Attribution, asset: &str) -> Money {
    parts.decision_edge.in_asset(asset)
}

/// What execution took from the edge, or added to it.
fn missed(parts: &Attribution, asset: &str) -> Money {
    let all = [
        &parts.delay,
        &parts.legging,
        &parts.slippage,
        &parts.spread_capture,
        &parts.repair,
    ];
    all.into_iter().map(|part| part.in_asset(asset)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::tests::sample::sample;
    use crate::report::Amount;

    #[test]
    fn the_part_is_that_of_its_window() {
        let mut report = sample();
        let analysis = report.analysis.as_mut().unwrap();
        let mut day = analysis.attribution.by_day[0].clone();
        let amount = |text: &str| Amount::One(Money::parse(text).unwrap());
        let own = &mut day.attribution;
        for part in [
            &mut own.legging,
            &mut own.slippage,
            &mut own.spread_capture,
            &mut own.repair,
        ] {
            *part = amount("0");
        }
        // Ten a day of which a quarter is lost, and from the thirty-first on nothing to be caught.
        let days = (1..=61).map(|at| {
            let mut day = day.clone();
            day.ends_at = Ts::from_nanos(at * 86_400_000_000_000);
            day.attribution.decision_edge = amount(if at <= 30 { "10" } else { "0" });
            day.attribution.delay = amount(if at <= 30 { "-2.5" } else { "0" });
            day
        });
        analysis.attribution.by_day = days.collect();
        let captured = Captured::of(analysis, "USDT").unwrap();
        assert_eq!(
            (captured.labels.len(), captured.labels[0].as_str()),
            (32, "1970-01-30")
        );
        assert_eq!(
            (captured.part[0], captured.part[29], captured.part[30]),
            (Some(75.0), Some(75.0), None)
        );
        analysis.attribution.by_day.truncate(30);
        assert_eq!(Captured::of(analysis, "USDT"), None);
    }
}
