//! How points lie: by rank, by plateau, and by the values of each parameter. Small series, whatever the number of points.

use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive as _;

use super::html::value;
use super::short;
use crate::sweep::results::Results;

/// Ranks that are drawn.
const RANKS_MAX: usize = 400;
/// Dots along and up.
const DOTS: (usize, usize) = (50, 36);
/// Values of a parameter that are told apart; more share places.
const VALUES_MAX: usize = 48;
/// Parameters that have a plot of their own.
const AXES_MAX: usize = 6;

fn figure(results: &Results<'_>, at: usize) -> Option<f64> {
    value(results, at)?.to_f64()
}

/// Rank, figure and deflated Sharpe ratio, evenly over all ranks with the first and the last.
pub(super) fn ranked(results: &Results<'_>) -> Vec<(u64, f64, Option<f64>)> {
    let all: Vec<usize> = results.best().collect();
    let count = all.len().min(RANKS_MAX);
    let place = |step: usize| step * (all.len() - 1) / (count - 1).max(1);
    let row = |step: usize| {
        let rank = place(step);
        Some((
            rank as u64 + 1,
            figure(results, all[rank])?,
            results.deflated[all[rank]],
        ))
    };
    (0..count).filter_map(row).collect()
}

/// What lies in one place.
#[derive(Default)]
struct Dot {
    count: u64,
    plateau: f64,
    figure: f64,
    deflated: (f64, u64),
}

/// Plateau, figure, count and mean deflated Sharpe ratio of points that lie close together.
pub(super) fn plateau(results: &Results<'_>) -> Vec<(f64, f64, u64, Option<f64>)> {
    let known: Vec<(usize, f64, f64)> = results
        .best()
        .filter_map(|at| Some((at, results.plateau[at]?, figure(results, at)?)))
        .collect();
    let values = || known.iter().map(|(_, _, figure)| *figure);
    let (low, high) = (
        values().fold(f64::INFINITY, f64::min),
        values().fold(f64::NEG_INFINITY, f64::max),
    );
    let step = |part: f64, steps: usize| ((part * steps as f64) as usize).min(steps - 1);
    let mut dots: BTreeMap<(usize, usize), Dot> = BTreeMap::new();
    for (at, plateau, figure) in &known {
        let up = if high > low {
            (figure - low) / (high - low)
        } else {
            0.0
        };
        let dot = dots
            .entry((step(*plateau, DOTS.0), step(up, DOTS.1)))
            .or_default();
        dot.count += 1;
        dot.plateau += plateau;
        dot.figure += figure;
        if let Some(own) = results.deflated[*at] {
            dot.deflated = (dot.deflated.0 + own, dot.deflated.1 + 1);
        }
    }
    let mean = |dot: &Dot| {
        let count = dot.count as f64;
        let (sum, known) = dot.deflated;
        (
            dot.plateau / count,
            dot.figure / count,
            dot.count,
            (known > 0).then(|| sum / known as f64),
        )
    };
    dots.values().map(mean).collect()
}

/// A value, with the worst, the median and the best figure of its points, and how many they are.
type ByValue = (String, f64, f64, f64, u64);

/// Parameters with several values.
pub(super) fn axes(results: &Results<'_>) -> Vec<(String, Vec<ByValue>)> {
    let axes = results.plan.axes.iter().enumerate();
    let shown = axes.map(|(number, axis)| (axis.key.clone(), by_value(results, number)));
    shown
        .filter(|(_, rows)| rows.len() > 1)
        .take(AXES_MAX)
        .collect()
}

fn by_value(results: &Results<'_>, number: usize) -> Vec<ByValue> {
    let axis = &results.plan.axes[number];
    let mut values: Vec<(f64, &str)> = results
        .best()
        .map(|at| results.rows[at].values[number].as_str())
        .map(|text| (axis.position(text), text))
        .collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
    values.dedup_by(|a, b| a.1 == b.1);
    let share = values.len().div_ceil(VALUES_MAX).max(1);
    let places: BTreeMap<&str, usize> = values
        .iter()
        .enumerate()
        .map(|(at, (_, text))| (*text, at / share))
        .collect();
    // A stretch of values is called by the one in its middle.
    let named = values
        .chunks(share)
        .map(|stretch| stretch[stretch.len() / 2].1.to_string());
    let names = short::labels(&named.collect::<Vec<_>>());
    let mut figures: Vec<Vec<f64>> = vec![Vec::new(); names.len()];
    for at in results.best() {
        if let Some(own) = figure(results, at) {
            figures[places[results.rows[at].values[number].as_str()]].push(own);
        }
    }
    // Best first, so the last is the worst.
    let of = |(name, own): (String, Vec<f64>)| {
        let (best, worst) = own.first().zip(own.last())?;
        Some((name, *worst, own[own.len() / 2], *best, own.len() as u64))
    };
    names.into_iter().zip(figures).filter_map(of).collect()
}
