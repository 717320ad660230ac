//! What a person sees of the results: tables and a heatmap on a terminal, one page of HTML, one JSON document.

mod colour;
mod grid;
mod heat;
mod html;
mod json;
mod lines;
mod map;
mod short;
mod spread;
mod text;

pub use grid::HeatMap;
pub use html::page;
pub use json::document;
pub use text::text;

use super::objective::Objective;
use super::results::Results;
use super::row::Row;

/// Columns of figures that tables show.
const SHOWN: [&str; 5] = ["net", "fees", "max_drawdown", "round_trips", "winners"];

/// Figures that are amounts.
const AMOUNTS: [&str; 6] = [
    "net",
    "gross",
    "fees",
    "funding",
    "turnover",
    "max_drawdown",
];

/// The asset that a figure is counted in, when it is an amount and all points have the same.
fn unit<'a>(results: &'a Results<'_>, figure: &str) -> Option<&'a str> {
    if !AMOUNTS.contains(&figure) {
        return None;
    }
    let mut rows = results.best().map(|at| &results.rows[at]);
    let first = rows.next()?.metrics.as_ref()?.asset.as_deref()?;
    let same = |row: &Row| {
        let metrics = row.metrics.as_ref();
        metrics.and_then(|own| own.asset.as_deref()) == Some(first)
    };
    rows.all(same).then_some(first)
}

/// A figure's name with what it is counted in.
fn with_unit(results: &Results<'_>, figure: &str) -> String {
    match unit(results, figure) {
        Some(asset) => format!("{figure} in {asset}"),
        None => figure.to_string(),
    }
}

/// The figures that a table shows: the objectives first.
fn figures(objectives: &[Objective]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    let own = objectives.iter().map(|objective| objective.figure.as_str());
    for name in own.chain(SHOWN) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A figure of a row as a table shows it.
fn cell(row: &Row, name: &str) -> String {
    let value = row.metrics.as_ref().and_then(|own| own.value(name));
    value.map_or_else(
        || "-".into(),
        |value| value.round_dp(6).normalize().to_string(),
    )
}

/// What must be known of a row beside its figures.
fn flags(row: &Row) -> Vec<&'static str> {
    let Some(metrics) = &row.metrics else {
        return Vec::new();
    };
    let all = [
        (metrics.fee_income, "fee_income"),
        (metrics.few_trips, "few_trips"),
    ];
    let all = all.into_iter();
    all.filter_map(|(is, word)| is.then_some(word)).collect()
}

/// Of the best point: the taker fees of a round trip, and what its worst exit leaves after them, where its strategy
/// promises an edge.
fn break_even<'a>(results: &'a Results<'_>) -> Option<(&'a str, Option<&'a str>)> {
    let best = results.best().next()?;
    let metrics = results.rows[best].metrics.as_ref()?;
    let cost = metrics.cost_bps.as_deref()?;
    Some((cost, metrics.exit_net_bps.as_deref()))
}

/// A fraction with two decimals, or a dash.
fn fraction(value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), |value| format!("{value:.2}"))
}
