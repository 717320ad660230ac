//! How far a curve of capital fell below its highest point, and for how long.

use onetape_core::time::Ts;
use serde::Serialize;

use crate::report::amount::{moment, moment_if_known};

/// The deepest fall of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Drawdown {
    /// Fall from the highest point before, as a fraction of it; nothing or less.
    pub depth: f64,
    /// The same in money.
    pub amount: f64,
    /// The highest point before the fall; the start counts as one.
    #[serde(serialize_with = "moment")]
    pub peak_at: Ts,
    /// The lowest point.
    #[serde(serialize_with = "moment")]
    pub trough_at: Ts,
    /// When the curve was back at its highest point; `None` when it never was.
    #[serde(serialize_with = "moment_if_known")]
    pub recovered_at: Option<Ts>,
    /// True when it never was.
    pub open: bool,
    /// From the highest point to the recovery, or to the end, in seconds.
    pub duration_s: f64,
    /// The longest time below a highest point, from it to the recovery or to the end, in seconds.
    pub longest_s: f64,
    /// Part of the time that the curve was below its highest point.
    pub under_water: f64,
}

fn seconds(from: Ts, to: Ts) -> f64 {
    to.since(from).nanos() as f64 / 1e9
}

/// The deepest fall of points in order, the first of which is the capital at the start. `None` when it never fell.
pub(crate) fn deepest(points: &[(Ts, f64)]) -> Option<Drawdown> {
    let (&(start, first), &(end, _)) = (points.first()?, points.last()?);
    if first <= 0.0 {
        return None;
    }
    let mut peak = (start, first);
    let mut worst: Option<Drawdown> = None;
    let mut sunk = false;
    let (mut under, mut longest, mut last) = (0.0, 0.0_f64, (start, first));
    for &(at, value) in points.get(1..)? {
        if last.1 < peak.1 {
            under += seconds(last.0, at);
        }
        last = (at, value);
        if value >= peak.1 {
            if let Some(worst) = worst.as_mut().filter(|worst| worst.open) {
                (worst.open, worst.recovered_at) = (false, Some(at));
                worst.duration_s = seconds(worst.peak_at, at);
            }
            if sunk {
                longest = longest.max(seconds(peak.0, at));
            }
            (peak, sunk) = ((at, value), false);
            continue;
        }
        sunk = true;
        let depth = value / peak.1 - 1.0;
        if worst.is_none_or(|worst| depth < worst.depth) {
            worst = Some(Drawdown {
                depth,
                amount: value - peak.1,
                peak_at: peak.0,
                trough_at: at,
                recovered_at: None,
                open: true,
                duration_s: seconds(peak.0, end),
                longest_s: 0.0,
                under_water: 0.0,
            });
        }
    }
    if sunk {
        longest = longest.max(seconds(peak.0, end));
    }
    let whole = seconds(start, end);
    worst.map(|worst| Drawdown {
        longest_s: longest,
        under_water: if whole > 0.0 { under / whole } else { 0.0 },
        ..worst
    })
}
