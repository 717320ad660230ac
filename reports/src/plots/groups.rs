//! Sums of net by something: what it is made of, when round trips closed, why, and in what.

use std::collections::BTreeMap;

use onetape_core::num::Money;
use onetape_core::time::Ts;
use serde::Serialize;

use super::analysis::{PARTS, days, parts};
use super::curve::ClosedTrip;
use super::rounded;
use crate::report::{Report, RoundTrip};
use crate::time::strftime;

const MINUTE: i64 = 60_000_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Bars of a calendar; where days would be more, weeks are drawn.
const BARS_MAX: i64 = 800;
/// Names of a breakdown that are drawn by themselves; the rest is one bar.
const NAMES_MAX: usize = 14;
/// Decimals of amounts that are only drawn.
const DRAWN_DECIMALS: u32 = 8;

/// A named amount, and how many round trips are in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Named {
    /// What.
    pub(crate) name: String,
    /// How much.
    pub(crate) value: f64,
    /// Of how many round trips; zero where they are not counted.
    pub(crate) trips: u64,
    /// True for a sum that others lead to or from, not a part of one.
    pub(crate) total: bool,
}

/// The parts of net and net itself; gross, fees and funding where the parts are not known. What is zero is left out.
pub(super) fn waterfall(report: &Report, asset: &str) -> Vec<Named> {
    let pnl = &report.figures.pnl;
    let part = |name: &str, amount: Money| Named {
        name: name.to_owned(),
        value: rounded(amount, DRAWN_DECIMALS),
        trips: 0,
        total: name == "Net",
    };
    let parts: Vec<Named> = match &report.analysis {
        Some(analysis) => {
            let amounts = parts(&analysis.attribution.total, asset);
            let named = PARTS.iter().zip(amounts);
            named.map(|(name, amount)| part(name, amount)).collect()
        }
        None => vec![
            part("Gross", pnl.gross.in_asset(asset)),
            part("Fees", -pnl.fees.in_asset(asset)),
            part("Funding", pnl.funding.in_asset(asset)),
        ],
    };
    let mut shown: Vec<Named> = parts.into_iter().filter(|part| part.value != 0.0).collect();
    if !shown.is_empty() {
        shown.push(part("Net", pnl.net.in_asset(asset)));
    }
    shown
}

/// Net by when round trips closed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Calendar {
    /// What one bar is: `day`, `hour` and the like.
    pub(crate) unit: &'static str,
    /// Begin of each, UTC.
    pub(crate) labels: Vec<String>,
    /// Net of each; those without a closed round trip are zero.
    pub(crate) net: Vec<f64>,
    /// True when what is open is in it, at mids; else only what was closed.
    pub(crate) marked: bool,
    /// Months, with their net, when there are at least two.
    pub(crate) months: Vec<Named>,
}

impl Calendar {
    /// By the longest unit that makes a few bars; nothing when a minute makes but one.
    pub(super) fn of(closed: &[ClosedTrip<'_>]) -> Option<Self> {
        let (first, last) = (closed.first()?.closed_ns, closed.last()?.closed_ns);
        let bars = |length: i64| last.div_euclid(length) - first.div_euclid(length) + 1;
        let (unit, length, format, _) = [
            ("week", 7 * DAY, "%Y-%m-%d", bars(DAY) > BARS_MAX),
            ("day", DAY, "%Y-%m-%d", bars(DAY) > 2),
            ("hour", HOUR, "%Y-%m-%d %H:%M", bars(HOUR) > 5),
            (
                "quarter of an hour",
                HOUR / 4,
                "%Y-%m-%d %H:%M",
                bars(HOUR / 4) > 4,
            ),
            ("minute", MINUTE, "%Y-%m-%d %H:%M", bars(MINUTE) > 1),
        ]
        .into_iter()
        .find(|(.., fits)| *fits)?;
        let start = first.div_euclid(length);
        let mut sums = vec![Money::ZERO; usize::try_from(bars(length)).ok()?];
        for one in closed {
            let at = usize::try_from(one.closed_ns.div_euclid(length) - start);
            if let Some(sum) = at.ok().and_then(|at| sums.get_mut(at)) {
                *sum += one.net;
            }
        }
        let label = |at: usize| {
            let began = (start + at as i64).saturating_mul(length);
            strftime(Ts::from_nanos(began), format)
        };
        Some(Self {
            unit,
            labels: (0..sums.len()).map(label).collect(),
            net: sums
                .iter()
                .map(|sum| rounded(*sum, DRAWN_DECIMALS))
                .collect(),
            marked: false,
            months: months(closed),
        })
    }

    /// By days at mids, where those are known.
    pub(super) fn marked(self, report: &Report, asset: &str) -> Self {
        match report.analysis.as_ref().and_then(|it| days(it, asset)) {
            Some((labels, net)) if (labels.len() as i64) <= BARS_MAX => Self {
                unit: "day",
                labels,
                net,
                marked: true,
                ..self
            },
            _ => self,
        }
    }
}

fn months(closed: &[ClosedTrip<'_>]) -> Vec<Named> {
    let mut sums: BTreeMap<String, (Money, u64)> = BTreeMap::new();
    for one in closed {
        let month = strftime(Ts::from_nanos(one.closed_ns), "%Y-%m");
        let (sum, trips) = sums.entry(month).or_default();
        *sum += one.net;
        *trips += 1;
    }
    if sums.len() < 2 {
        return Vec::new();
    }
    named(sums)
}

/// Net by hour of the day, when round trips closed over two days or more.
pub(super) fn hours(closed: &[ClosedTrip<'_>]) -> Option<Vec<f64>> {
    let (first, last) = (closed.first()?.closed_ns, closed.last()?.closed_ns);
    if last - first < 2 * DAY {
        return None;
    }
    let mut sums = [Money::ZERO; 24];
    for one in closed {
        let hour = one.closed_ns.rem_euclid(DAY) / HOUR;
        if let Some(sum) = usize::try_from(hour).ok().and_then(|at| sums.get_mut(at)) {
            *sum += one.net;
        }
    }
    Some(
        sums.iter()
            .map(|sum| rounded(*sum, DRAWN_DECIMALS))
            .collect(),
    )
}

/// Net by a name of each round trip, the largest magnitudes by themselves and the rest as one.
pub(super) fn by(closed: &[ClosedTrip<'_>], name: impl Fn(&RoundTrip) -> String) -> Vec<Named> {
    let mut sums: BTreeMap<String, (Money, u64)> = BTreeMap::new();
    for one in closed {
        let (sum, trips) = sums.entry(name(one.trip)).or_default();
        *sum += one.net;
        *trips += 1;
    }
    let mut sorted: Vec<(String, (Money, u64))> = sums.into_iter().collect();
    sorted.sort_by(|a, b| b.1.0.abs().cmp(&a.1.0.abs()).then_with(|| a.0.cmp(&b.0)));
    let rest = sorted.split_off(sorted.len().min(NAMES_MAX));
    if !rest.is_empty() {
        let sum = rest.iter().map(|(_, (sum, _))| *sum).sum();
        let trips = rest.iter().map(|(_, (_, trips))| trips).sum();
        sorted.push((format!("{} others", rest.len()), (sum, trips)));
    }
    named(sorted)
}

fn named(sums: impl IntoIterator<Item = (String, (Money, u64))>) -> Vec<Named> {
    let one = |(name, (sum, trips)): (String, (Money, u64))| Named {
        name,
        value: rounded(sum, DRAWN_DECIMALS),
        trips,
        total: false,
    };
    sums.into_iter().map(one).collect()
}
