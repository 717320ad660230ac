//! Plots of what a full report's analysis has: net over time at both marks, its parts by day, edges, the funnel.

use std::collections::BTreeMap;

use onetape_core::num::Money;
use serde::Serialize;

use super::curve::ClosedTrip;
use super::rounded;
use crate::report::{Analysis, Attribution, Report};
use crate::time::strftime;

/// Decimals of amounts that are only drawn.
const DRAWN_DECIMALS: u32 = 8;
/// Points of the scatter; where there are more, those of one cell are one, as large as they are many.
const POINTS_MAX: usize = 1_500;
/// Cells of the scatter along either side.
const CELLS: f64 = 48.0;

/// The names of the parts of a net, in the order of the page.
pub(crate) const PARTS: [&str; 13] = [
    "Decision edge",
    "Delay",
    "Legging",
    "Slippage",
    "Spread capture",
    "Repair",
    "Venue closings",
    "Fees",
    "Rebates",
    "Funding",
    "Residual basis",
    "Residual delta",
    "Dust and rounding",
];

/// The parts of a net in one asset, in the order of [`PARTS`].
pub(crate) fn parts(attribution: &Attribution, asset: &str) -> [Money; 13] {
    let all = attribution;
    [
        &all.decision_edge,
        &all.delay,
        &all.legging,
        &all.slippage,
        &all.spread_capture,
        &all.repair,
        &all.venue_closings,
        &all.fees,
        &all.rebates,
        &all.funding,
        &all.residual_basis,
        &all.residual_delta,
        &all.dust_and_rounding,
    ]
    .map(|amount| amount.in_asset(asset))
}

/// Net over time, what is open at executable exits and at mids.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Marked {
    /// Milliseconds since 1970.
    pub(crate) at: Vec<i64>,
    /// At what closing would bring.
    pub(crate) conservative: Vec<f64>,
    /// At mids.
    pub(crate) mid: Vec<f64>,
    /// Mid below its highest so far; zero or less.
    pub(crate) drawdown: Vec<f64>,
}

impl Marked {
    /// Of an analysis whose unit this asset is, when anything happened.
    pub(super) fn of(analysis: &Analysis, asset: &str) -> Option<Self> {
        let equity = &analysis.equity;
        if equity.unit != asset || equity.curve.len() < 2 {
            return None;
        }
        let mut marked = Self::default();
        let mut peak = Money::ZERO;
        for point in &equity.curve {
            peak = peak.max(point.high).max(point.mid);
            marked.at.push(point.at.nanos() / 1_000_000);
            marked
                .conservative
                .push(rounded(point.conservative, DRAWN_DECIMALS));
            marked.mid.push(rounded(point.mid, DRAWN_DECIMALS));
            let below = (point.low.min(point.mid) - peak).min(Money::ZERO);
            marked.drawdown.push(rounded(below, DRAWN_DECIMALS));
        }
        Some(marked)
    }
}

/// Net of each day, what is open at mids; with at least three days.
pub(super) fn days(analysis: &Analysis, asset: &str) -> Option<(Vec<String>, Vec<f64>)> {
    let equity = &analysis.equity;
    if equity.unit != asset || equity.days.len() < 3 {
        return None;
    }
    let mut before = Money::ZERO;
    let days = equity.days.iter().map(|day| {
        let net = day.mid - before;
        before = day.mid;
        (last_moment(day.at), rounded(net, DRAWN_DECIMALS))
    });
    Some(days.unzip())
}

/// The day that ends at a moment.
fn last_moment(at: onetape_core::time::Ts) -> String {
    strftime(
        onetape_core::time::Ts::from_nanos(at.nanos() - 1),
        "%Y-%m-%d",
    )
}

/// Parts of net by day, cumulative.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Stack {
    /// Days.
    pub(crate) labels: Vec<String>,
    /// Parts that are not zero throughout: name and cumulative amounts.
    pub(crate) series: Vec<(&'static str, Vec<f64>)>,
    /// Cumulative net.
    pub(crate) net: Vec<f64>,
}

impl Stack {
    /// With at least three days.
    pub(super) fn of(analysis: &Analysis, asset: &str) -> Option<Self> {
        let days = &analysis.attribution.by_day;
        if days.len() < 3 {
            return None;
        }
        let mut sums = [Money::ZERO; 13];
        let mut net = Money::ZERO;
        let mut stack = Self {
            series: PARTS.iter().map(|name| (*name, Vec::new())).collect(),
            ..Self::default()
        };
        for day in days {
            stack.labels.push(last_moment(day.ends_at));
            for ((sum, part), (_, column)) in sums
                .iter_mut()
                .zip(parts(&day.attribution, asset))
                .zip(&mut stack.series)
            {
                *sum += part;
                column.push(rounded(*sum, DRAWN_DECIMALS));
            }
            net += day.attribution.net.in_asset(asset);
            stack.net.push(rounded(net, DRAWN_DECIMALS));
        }
        stack
            .series
            .retain(|(_, column)| column.iter().any(|value| *value != 0.0));
        (!stack.series.is_empty()).then_some(stack)
    }
}

/// Edge at decision beside what was realised; of many round trips, those of one cell are one point.
pub(super) fn edges(closed: &[ClosedTrip<'_>], asset: &str) -> Vec<(f64, f64, u64)> {
    let points: Vec<(f64, f64)> = closed
        .iter()
        .filter_map(|one| {
            let edge = one.trip.attribution.as_ref()?.decision_edge.in_asset(asset);
            Some((
                rounded(edge, DRAWN_DECIMALS),
                rounded(one.gross, DRAWN_DECIMALS),
            ))
        })
        .collect();
    if points.len() <= POINTS_MAX {
        return points.into_iter().map(|(x, y)| (x, y, 1)).collect();
    }
    let range = |of: fn(&(f64, f64)) -> f64| {
        let low = points.iter().map(of).fold(f64::INFINITY, f64::min);
        let high = points.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        (low, ((high - low) / CELLS).max(f64::MIN_POSITIVE))
    };
    let ((left, wide), (low, tall)) = (range(|point| point.0), range(|point| point.1));
    let mut cells: BTreeMap<(i64, i64), (f64, f64, u64)> = BTreeMap::new();
    for (x, y) in &points {
        let cell = (((x - left) / wide) as i64, ((y - low) / tall) as i64);
        let sums = cells.entry(cell).or_default();
        *sums = (sums.0 + x, sums.1 + y, sums.2 + 1);
    }
    let mean = |(x, y, count): (f64, f64, u64)| (x / count as f64, y / count as f64, count);
    cells.into_values().map(mean).collect()
}

/// Opportunities on their way, from those seen to those closed.
pub(super) fn funnel(report: &Report) -> Vec<(&'static str, u64)> {
    let Some(analysis) = &report.analysis else {
        return Vec::new();
    };
    let funnel = &analysis.execution.funnel;
    let steps = [
        ("Seen", funnel.seen),
        ("Actionable", funnel.actionable),
        ("Attempted", funnel.attempted),
        ("Filled", funnel.filled),
        ("Both legs", funnel.completed),
        ("Closed", funnel.closed),
    ];
    if funnel.seen == 0 {
        Vec::new()
    } else {
        steps.to_vec()
    }
}
