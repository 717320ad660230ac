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

/// Follows a curve, point by point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Falls {
    start: Ts,
    peak: (Ts, f64),
    last: (Ts, f64),
    /// The curve is below its highest point.
    sunk: bool,
    worst: Option<Drawdown>,
    under_s: f64,
    longest_s: f64,
}

fn seconds(from: Ts, to: Ts) -> f64 {
    to.since(from).nanos() as f64 / 1e9
}

impl Falls {
    /// From the capital at the start; `None` when there is none to fall.
    pub(crate) fn from(start: Ts, capital: f64) -> Option<Self> {
        (capital > 0.0).then_some(Self {
            start,
            peak: (start, capital),
            last: (start, capital),
            sunk: false,
            worst: None,
            under_s: 0.0,
            longest_s: 0.0,
        })
    }

    /// The curve's next point.
    pub(crate) fn push(&mut self, at: Ts, value: f64) {
        if self.last.1 < self.peak.1 {
            self.under_s += seconds(self.last.0, at);
        }
        self.last = (at, value);
        if value >= self.peak.1 {
            self.recover(at, value);
            return;
        }
        self.sunk = true;
        let depth = value / self.peak.1 - 1.0;
        if self.worst.is_none_or(|worst| depth < worst.depth) {
            self.worst = Some(Drawdown {
                depth,
                amount: value - self.peak.1,
                peak_at: self.peak.0,
                trough_at: at,
                recovered_at: None,
                open: true,
                duration_s: 0.0,
                longest_s: 0.0,
                under_water: 0.0,
            });
        }
    }

    fn recover(&mut self, at: Ts, value: f64) {
        if let Some(worst) = self.worst.as_mut().filter(|worst| worst.open) {
            (worst.open, worst.recovered_at) = (false, Some(at));
            worst.duration_s = seconds(worst.peak_at, at);
        }
        if self.sunk {
            self.longest_s = self.longest_s.max(seconds(self.peak.0, at));
        }
        (self.peak, self.sunk) = ((at, value), false);
    }

    /// The deepest fall; `None` when the curve never fell.
    pub(crate) fn deepest(&self) -> Option<Drawdown> {
        let end = self.last.0;
        let running = if self.sunk {
            seconds(self.peak.0, end)
        } else {
            0.0
        };
        let whole = seconds(self.start, end);
        self.worst.map(|worst| Drawdown {
            duration_s: if worst.open {
                seconds(worst.peak_at, end)
            } else {
                worst.duration_s
            },
            longest_s: self.longest_s.max(running),
            under_water: if whole > 0.0 {
                self.under_s / whole
            } else {
                0.0
            },
            ..worst
        })
    }
}

/// The deepest fall of points in order, the first of which is the capital at the start.
pub(crate) fn deepest(points: &[(Ts, f64)]) -> Option<Drawdown> {
    let (&(start, capital), rest) = points.split_first()?;
    let mut falls = Falls::from(start, capital)?;
    for &(at, value) in rest {
        falls.push(at, value);
    }
    falls.deepest()
}
