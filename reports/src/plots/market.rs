//! Plots of what a full report's analysis has of the market, of positions over time and of delays.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::captured::Captured;
use crate::report::{Analysis, Basis, DelayBin, Quantiles, TrackPoint};
use crate::time::strftime;

/// Days of a rolling figure.
pub(super) const WINDOW: usize = 30;
const DAYS_A_YEAR: f64 = 365.0;
/// Digits of signals that are only drawn.
const DRAWN_DIGITS: i32 = 9;

/// A point of time in milliseconds since 1970, and a value.
type Point = (i64, f64);

/// Milliseconds since 1970, the lowest and the highest value.
type Range = (i64, f64, f64);

/// What is drawn in the unit of the equity.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Market {
    /// Basis over time, and where it was traded.
    pub(crate) basis: Option<BasisPlot>,
    /// Milliseconds to 99 % hedged, and what part of hedges took no longer.
    pub(crate) hedges: Vec<(f64, f64)>,
    /// Value that was not hedged.
    pub(crate) unhedged: Vec<Point>,
    /// By base asset: time, lowest and highest net units.
    pub(crate) delta: Vec<(String, Vec<Range>)>,
    /// Funding so far and its rates.
    pub(crate) accrual: Option<Accrual>,
    /// Value of positions by venue, on one axis of time.
    pub(crate) venues: Option<Venues>,
    /// Figures of the last thirty days.
    pub(crate) rolling: Option<Rolling>,
    /// What part of the edge the last thirty days caught.
    pub(crate) captured: Option<Captured>,
    /// By venue: milliseconds to the first word on an order, and how many orders.
    pub(crate) delays: Vec<(String, Vec<(f64, u64)>)>,
    /// Value at the touch, part of the round trips, and their edge in basis points.
    pub(crate) capacity: Vec<(f64, f64, Option<f64>)>,
}

/// Basis points of the second leg over the first.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct BasisPlot {
    /// What over what.
    pub(crate) name: String,
    /// At mids.
    pub(crate) mids: Vec<Point>,
    /// At entries.
    pub(crate) entries: Vec<Point>,
    /// At exits.
    pub(crate) exits: Vec<Point>,
}

/// Funding.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Accrual {
    pub(crate) sum: Vec<Point>,
    /// In basis points.
    pub(crate) rate: Vec<Point>,
}

/// Values by venue at common times.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Venues {
    pub(crate) at: Vec<i64>,
    pub(crate) series: Vec<(String, Vec<f64>)>,
}

/// Rolling figures, by the last of their days.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Rolling {
    pub(crate) labels: Vec<String>,
    /// `None` where the returns of the window are all equal.
    pub(crate) sharpe: Vec<Option<f64>>,
    /// In percent.
    pub(crate) apr: Vec<f64>,
}

impl Market {
    /// Of an analysis whose unit this asset is.
    pub(super) fn of(analysis: &Analysis, asset: &str) -> Self {
        if analysis.equity.unit != asset {
            return Self::default();
        }
        let (tracks, done) = (&analysis.tracks, &analysis.execution);
        Self {
            basis: analysis.basis.as_ref().and_then(basis),
            hedges: shares(&done.hedging.latency),
            unhedged: several(&tracks.unhedged, |point| point.high),
            delta: tracks
                .delta
                .iter()
                .filter(|(_, points)| points.len() > 1)
                .map(|(asset, points)| (asset.clone(), points.iter().map(range).collect()))
                .collect(),
            accrual: (tracks.funding.len() > 1).then(|| Accrual {
                sum: several(&tracks.funding, |point| point.last),
                rate: several(&tracks.funding_rate, |point| point.last * 1e4),
            }),
            venues: venues(&tracks.exposure),
            rolling: Rolling::of(analysis),
            captured: Captured::of(analysis, asset),
            delays: done
                .latency
                .iter()
                .filter(|(_, latency)| latency.first_word.count > 0)
                .map(|(venue, latency)| (venue.clone(), bars(&latency.first_word.bins)))
                .collect(),
            capacity: analysis
                .capacity
                .iter()
                .map(|point| {
                    (
                        drawn(point.value),
                        drawn(point.share),
                        point.edge_bps.value(),
                    )
                })
                .collect(),
        }
    }
}

/// A signal as a plot shows it: digits beyond those are noise and bytes.
fn drawn(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let power = DRAWN_DIGITS - 1 - libm::floor(libm::log10(value.abs())) as i32;
    let scale = libm::pow(10.0, f64::from(power));
    libm::round(value * scale) / scale
}

const fn millis(at: onetape_core::time::Ts) -> i64 {
    at.nanos() / 1_000_000
}

fn range(point: &TrackPoint) -> Range {
    (millis(point.at), drawn(point.low), drawn(point.high))
}

/// Points of a track; nothing of one alone.
fn several(points: &[TrackPoint], of: fn(&TrackPoint) -> f64) -> Vec<Point> {
    let point = |point: &TrackPoint| (millis(point.at), drawn(of(point)));
    if points.len() > 1 {
        points.iter().map(point).collect()
    } else {
        Vec::new()
    }
}

fn basis(basis: &Basis) -> Option<BasisPlot> {
    let traded = |entry: bool| {
        let trades = basis
            .trades
            .iter()
            .filter(move |trade| trade.entry == entry);
        trades
            .map(|trade| (millis(trade.at), drawn(trade.bps)))
            .collect()
    };
    let mids = basis.mids.iter();
    (basis.trades.len() > 1).then(|| BasisPlot {
        name: format!("{} over {}", basis.second, basis.first),
        mids: mids
            .map(|point| (millis(point.at), drawn(point.bps)))
            .collect(),
        entries: traded(true),
        exits: traded(false),
    })
}

fn shares(quantiles: &Quantiles) -> Vec<(f64, f64)> {
    let mut sum = 0;
    let share = |bin: &DelayBin| {
        sum += bin.count;
        (
            drawn(bin.up_to_s * 1e3),
            drawn(sum as f64 / quantiles.count as f64),
        )
    };
    quantiles.bins.iter().map(share).collect()
}

fn bars(bins: &[DelayBin]) -> Vec<(f64, u64)> {
    bins.iter()
        .map(|bin| (drawn(bin.up_to_s * 1e3), bin.count))
        .collect()
}

/// What each venue had last at every time that any changed.
fn venues(tracks: &BTreeMap<String, Vec<TrackPoint>>) -> Option<Venues> {
    let times: BTreeSet<i64> = tracks
        .values()
        .flatten()
        .map(|point| millis(point.at))
        .collect();
    if times.len() < 2 {
        return None;
    }
    let at: Vec<i64> = times.into_iter().collect();
    let column = |points: &Vec<TrackPoint>| {
        let (mut rest, mut last) = (points.iter().peekable(), 0.0);
        let value = |time: &i64| {
            while let Some(point) = rest.next_if(|point| millis(point.at) <= *time) {
                last = drawn(point.last);
            }
            last
        };
        at.iter().map(value).collect::<Vec<f64>>()
    };
    let series = tracks
        .iter()
        .map(|(venue, points)| (venue.clone(), column(points)))
        .collect();
    Some(Venues { series, at })
}

impl Rolling {
    /// Of thirty days and more.
    fn of(analysis: &Analysis) -> Option<Self> {
        let (equity, capital) = (&analysis.equity, analysis.equity.capital.to_f64());
        if capital <= 0.0 || equity.days.len() <= WINDOW {
            return None;
        }
        let mut before = 0.0;
        let returns: Vec<f64> = equity
            .days
            .iter()
            .map(|day| {
                let net = day.mid.to_f64();
                let gain = (net - before) / capital;
                before = net;
                gain
            })
            .collect();
        let mut rolling = Self::default();
        for (window, day) in returns
            .windows(WINDOW)
            .zip(equity.days.iter().skip(WINDOW - 1))
        {
            let mean = window.iter().sum::<f64>() / WINDOW as f64;
            let squares: f64 = window
                .iter()
                .map(|part| (part - mean) * (part - mean))
                .sum();
            let deviation = libm::sqrt(squares / (WINDOW - 1) as f64);
            // What floats leave of equal returns is no spread.
            let spread = deviation > 1e-15 + mean.abs() * 1e-12;
            let last = onetape_core::time::Ts::from_nanos(day.at.nanos() - 1);
            rolling.labels.push(strftime(last, "%Y-%m-%d"));
            rolling
                .sharpe
                .push(spread.then(|| drawn(mean / deviation * libm::sqrt(DAYS_A_YEAR))));
            rolling.apr.push(drawn(mean * DAYS_A_YEAR * 100.0));
        }
        Some(rolling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::tests::sample::sample;
    use onetape_core::num::Money;
    use onetape_core::time::Ts;

    #[test]
    fn digits_that_nobody_sees_are_cut() {
        let shown = [0.1 + 0.2, 123_456.789_012_345, -1e-13, 0.0, f64::NAN].map(drawn);
        assert_eq!(shown, [0.3, 123_456.789, -1e-13, 0.0, 0.0]);
    }

    #[test]
    fn delays_add_up_to_all_orders() {
        let report = sample();
        let analysis = report.analysis.as_ref().unwrap();
        let market = Market::of(analysis, "USDT");
        for (venue, bars) in &market.delays {
            let counted: u64 = bars.iter().map(|(_, count)| count).sum();
            assert_eq!(counted, analysis.execution.latency[venue].first_word.count);
        }
        assert_eq!(market.hedges.last().unwrap().1, 1.0);
        assert_eq!(Market::of(analysis, "BTC"), Market::default());
        let venues = market.venues.unwrap();
        assert!(
            venues
                .series
                .iter()
                .all(|(_, column)| column.len() == venues.at.len())
        );
    }

    #[test]
    fn rolling_figures_are_those_of_their_window() {
        let mut report = sample();
        let analysis = report.analysis.as_mut().unwrap();
        analysis.equity.capital = Money::new(1_000.into());
        let day = analysis.equity.days[0].clone();
        // A unit a day, and from the thirty-first on two.
        let net = |at: i64| at + (at - 30).max(0);
        analysis.equity.days = (1..=45)
            .map(|at| {
                let mut close = day.clone();
                close.at = Ts::from_nanos(at * 86_400_000_000_000);
                close.mid = Money::new(net(at).into());
                close
            })
            .collect();
        let rolling = Rolling::of(report.analysis.as_ref().unwrap()).unwrap();
        assert_eq!(rolling.labels.len(), 16);
        assert_eq!((rolling.sharpe[0], rolling.apr[0]), (None, 36.5));
        // Half of the last window has one, half has two: mean 1.5, deviation 0.5 * sqrt(30 / 29).
        let sharpe = 1.5 / (0.5 * libm::sqrt(30.0 / 29.0)) * libm::sqrt(365.0);
        assert!((rolling.sharpe[15].unwrap() - sharpe).abs() < 1e-6);
        assert_eq!(rolling.apr[15], 54.75);
    }
}
