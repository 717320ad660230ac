//! Parallel coordinates: an upright axis for each parameter and objective, a line a point.

use std::fmt::Write as _;

use rust_decimal::Decimal;

use super::colour::colour;
use super::heat::width;
use super::html::Plain;
use super::{cell, with_unit};
use crate::sweep::results::Results;

/// Lines that are drawn, the best ones.
const LINES_MAX: usize = 500;
/// Room for all axes, and the distance between two of them at least and at most.
const WIDE: usize = 960;
const STEP: (usize, usize) = (170, 320);
/// Their length, and the room above.
const LENGTH: f64 = 300.0;
const TOP: f64 = 40.0;
/// Lines that are drawn thick, the best ones.
const THICK: usize = 10;

/// One upright axis: what it is called, its ends, and where each line crosses it, from 0 at the bottom to 1.
struct Upright {
    name: String,
    low: String,
    high: String,
    places: Vec<f64>,
}

/// Draws the lines of the best points.
pub(super) fn parallel(out: &mut String, results: &Results<'_>) {
    let shown: Vec<usize> = results.best().take(LINES_MAX).collect();
    let axes = uprights(results, &shown);
    // A name stands over the middle of its axis, and must meet neither its neighbour nor the edge.
    let widest = axes.iter().map(|axis| width(&axis.name)).max().unwrap_or(0);
    let gaps = axes.len().saturating_sub(1);
    let step = (WIDE / gaps.max(1)).clamp(STEP.0, STEP.1).max(widest + 20);
    let side = widest.max(120) / 2 + 4;
    let width = side * 2 + step * gaps;
    let _ = writeln!(
        out,
        "<svg width=\"{width}\" height=\"{0}\" viewBox=\"0 0 {width} {0}\" role=\"img\" aria-label=\"parallel coordinates\">",
        LENGTH + TOP + 40.0
    );
    for (at, axis) in axes.iter().enumerate() {
        let x = side + at * step;
        let bottom = TOP + LENGTH;
        let _ = writeln!(
            out,
            "<line class=\"axis\" x1=\"{x}\" y1=\"{TOP}\" x2=\"{x}\" y2=\"{bottom}\"/><text x=\"{x}\" y=\"14\" \
             text-anchor=\"middle\">{}</text><text class=\"quiet\" x=\"{x}\" y=\"30\" text-anchor=\"middle\">{}</text>\
             <text class=\"quiet\" x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            Plain(&axis.name),
            Plain(&axis.high),
            bottom + 18.0,
            Plain(&axis.low)
        );
    }
    let last = shown.len().saturating_sub(1).max(1) as f64;
    // The best are drawn last, over the others.
    for (line, at) in shown.iter().enumerate().rev() {
        let mut path = String::new();
        for (number, axis) in axes.iter().enumerate() {
            let letter = if number == 0 { 'M' } else { 'L' };
            let y = TOP + LENGTH * (1.0 - axis.places[line]);
            let _ = write!(path, "{letter}{} {y:.1}", side + number * step);
        }
        let standing = 1.0 - line as f64 / last;
        let _ = writeln!(
            out,
            "<path d=\"{path}\" stroke=\"{}\" stroke-opacity=\"{:.2}\" style=\"stroke-width:{}\"><title>point {}</title></path>",
            colour(standing),
            0.35 + 0.6 * standing,
            if line < THICK { "2.5" } else { "1.3" },
            results.rows[*at].index
        );
    }
    out.push_str("</svg>");
}

fn uprights(results: &Results<'_>, shown: &[usize]) -> Vec<Upright> {
    let mut all = Vec::new();
    for (number, axis) in results.plan.axes.iter().enumerate() {
        let text = |at: &usize| results.rows[*at].values[number].as_str();
        let mut places: Vec<f64> = shown.iter().map(|at| axis.position(text(at))).collect();
        let end = |best: fn(f64, f64) -> bool| {
            let mut found: Option<(f64, &str)> = None;
            for (place, at) in places.iter().zip(shown) {
                if found.is_none_or(|(other, _)| best(*place, other)) {
                    found = Some((*place, text(at)));
                }
            }
            found.unwrap_or((0.0, ""))
        };
        let (low, high) = (end(|a, b| a < b), end(|a, b| a > b));
        spread(&mut places, low.0, high.0);
        all.push(Upright {
            name: axis.key.clone(),
            low: low.1.to_string(),
            high: high.1.to_string(),
            places,
        });
    }
    for objective in &results.objectives {
        let value = |at: &usize| {
            let metrics = results.rows[*at].metrics.as_ref();
            metrics
                .and_then(|own| own.value(&objective.figure))
                .unwrap_or_default()
        };
        let number = |value: Decimal| value.to_string().parse::<f64>().unwrap_or(0.0);
        let mut places: Vec<f64> = shown.iter().map(|at| number(value(at))).collect();
        let low = places.iter().copied().fold(f64::INFINITY, f64::min);
        let high = places.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let by_value = |at: &&usize| value(at);
        let text = |at: Option<&usize>| {
            at.map_or_else(String::new, |at| {
                cell(&results.rows[*at], &objective.figure)
            })
        };
        spread(&mut places, low, high);
        all.push(Upright {
            name: with_unit(results, &objective.figure),
            low: text(shown.iter().min_by_key(by_value)),
            high: text(shown.iter().max_by_key(by_value)),
            places,
        });
    }
    all
}

/// From values to parts of the way between the ends; half way where there is none.
fn spread(places: &mut [f64], low: f64, high: f64) {
    for place in places {
        *place = if high > low {
            (*place - low) / (high - low)
        } else {
            0.5
        };
    }
}
