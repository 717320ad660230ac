//! How long things took, as `status` tells it.

use onetape_live::timing::{Figures, Spread, Step};
use serde_json::{Map, Value, json};

/// The document: times in microseconds.
pub(super) fn document(figures: &Figures) -> Value {
    let steps = Step::ALL.iter().zip(&figures.steps);
    let steps: Map<String, Value> = steps
        .map(|(step, spread)| (step.name().to_string(), spread_told(spread)))
        .collect();
    json!({
        "arrivals": with_buckets(&figures.arrivals),
        "orders": with_buckets(&figures.orders),
        "repairs": with_buckets(&figures.repairs),
        "dispatch": with_buckets(&figures.dispatch),
        "steps": steps,
        "unmeasured": figures.unmeasured,
        "repairs_unmeasured": figures.repairs_unmeasured,
    })
}

fn with_buckets(spread: &Spread) -> Value {
    let mut told = spread_told(spread);
    let buckets = spread.buckets().into_iter();
    told["buckets"] = buckets
        .map(|(to, count)| json!({ "to_us": micros(to), "count": count }))
        .collect();
    told
}

fn spread_told(spread: &Spread) -> Value {
    let at = |of_ten_thousand| spread.quantile_ns(of_ten_thousand).map(micros);
    json!({
        "count": spread.count(),
        "mean_us": spread.mean_ns().map(|nanos| rounded(nanos / 1e3)),
        "p50_us": at(5_000),
        "p90_us": at(9_000),
        "p99_us": at(9_900),
        "p999_us": at(9_990),
        "max_us": spread.max_ns().map(micros),
    })
}

fn micros(nanos: u64) -> f64 {
    rounded(nanos as f64 / 1e3)
}

/// To a thousandth: no more is known.
fn rounded(micros: f64) -> f64 {
    (micros * 1e3).round() / 1e3
}
