//! Cumulative profit over time and its drawdown, thinned to what a screen can show.

use onetape_core::num::Money;
use serde::Serialize;

use super::rounded;
use crate::report::{Report, RoundTrip};

/// Points that a curve is thinned to; each group of points keeps its lowest and its highest.
const POINTS_MAX: usize = 1_200;
/// Decimals of amounts that are only drawn.
const DRAWN_DECIMALS: u32 = 8;

/// A closed round trip with its amounts in one asset.
pub(super) struct ClosedTrip<'a> {
    pub(super) trip: &'a RoundTrip,
    pub(super) closed_ns: i64,
    pub(super) gross: Money,
    pub(super) fees: Money,
    pub(super) funding: Money,
    pub(super) net: Money,
}

/// The closed round trips by the time they were closed.
pub(super) fn closed<'a>(report: &'a Report, asset: &str) -> Vec<ClosedTrip<'a>> {
    let mut closed: Vec<ClosedTrip<'a>> = report
        .round_trips
        .iter()
        .filter_map(|trip| {
            Some(ClosedTrip {
                trip,
                closed_ns: trip.closed_at?.nanos(),
                gross: trip.pnl.gross.in_asset(asset),
                fees: trip.pnl.fees.in_asset(asset),
                funding: trip.pnl.funding.in_asset(asset),
                net: trip.pnl.net.in_asset(asset),
            })
        })
        .collect();
    closed.sort_by_key(|closed| (closed.closed_ns, closed.trip.closed_seq));
    closed
}

/// Columns of the same length, in time order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Curve {
    /// Milliseconds since 1970.
    pub(crate) at: Vec<i64>,
    /// Cumulative net.
    pub(crate) net: Vec<f64>,
    /// Net below its highest so far; zero or less.
    pub(crate) drawdown: Vec<f64>,
    /// Cumulative gross.
    pub(crate) gross: Vec<f64>,
    /// Cumulative fees, as what they take: zero or less.
    pub(crate) fees: Vec<f64>,
    /// Cumulative funding.
    pub(crate) funding: Vec<f64>,
    /// The deepest drawdown of all points, also those that are not drawn; zero or less.
    pub(crate) deepest: f64,
}

/// One point before it is thinned.
#[derive(Clone, Copy, Default)]
struct Point {
    at: i64,
    net: Money,
    drawdown: Money,
    gross: Money,
    fees: Money,
    funding: Money,
}

impl Curve {
    /// Of closed round trips; nothing when there are none.
    pub(super) fn of(report: &Report, closed: &[ClosedTrip<'_>]) -> Option<Self> {
        let first = closed.first()?;
        let started = report.run.as_ref().map(|run| run.started_at.nanos());
        let from = started.unwrap_or_else(|| first.trip.opened_at.nanos());
        let mut points = vec![Point {
            at: from / 1_000_000,
            ..Point::default()
        }];
        let (mut sum, mut peak) = (Point::default(), Money::ZERO);
        for one in closed {
            sum.at = one.closed_ns / 1_000_000;
            sum.gross += one.gross;
            sum.fees -= one.fees;
            sum.funding += one.funding;
            sum.net += one.net;
            peak = peak.max(sum.net);
            sum.drawdown = sum.net - peak;
            points.push(sum);
        }
        let ended = report.run.as_ref().and_then(|run| run.ended_at);
        if let Some(end) = ended.map(|end| end.nanos() / 1_000_000)
            && end > sum.at
        {
            points.push(Point { at: end, ..sum });
        }
        let deepest = points.iter().map(|point| point.drawdown).min();
        let mut curve = Self {
            deepest: rounded(deepest.unwrap_or_default(), DRAWN_DECIMALS),
            ..Self::default()
        };
        for point in thinned(&points) {
            curve.push(point);
        }
        Some(curve)
    }

    fn push(&mut self, point: &Point) {
        let drawn = |amount| rounded(amount, DRAWN_DECIMALS);
        self.at.push(point.at);
        self.net.push(drawn(point.net));
        self.drawdown.push(drawn(point.drawdown));
        self.gross.push(drawn(point.gross));
        self.fees.push(drawn(point.fees));
        self.funding.push(drawn(point.funding));
    }
}

/// At most [`POINTS_MAX`] of the points: the first and last, and of each group the lowest and highest net.
fn thinned(points: &[Point]) -> Vec<&Point> {
    if points.len() <= POINTS_MAX {
        return points.iter().collect();
    }
    let group = points.len().div_ceil(POINTS_MAX / 2 - 1);
    let mut kept = Vec::with_capacity(POINTS_MAX);
    kept.extend(points.first());
    for chunk in points.chunks(group) {
        let low = chunk.iter().enumerate().min_by_key(|(_, point)| point.net);
        let high = chunk.iter().enumerate().max_by_key(|(_, point)| point.net);
        if let (Some((low_at, low)), Some((high_at, high))) = (low, high) {
            match low_at.cmp(&high_at) {
                std::cmp::Ordering::Less => kept.extend([low, high]),
                std::cmp::Ordering::Equal => kept.push(low),
                std::cmp::Ordering::Greater => kept.extend([high, low]),
            }
        }
    }
    kept.extend(points.last());
    kept
}
