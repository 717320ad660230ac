//! The results as one JSON document; amounts are text.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::flags;
use crate::sweep::results::{RESULTS_FILE, Results};
use crate::sweep::search::{Search, rungs};

/// The document: what was run, the best points, and what is said of all together.
///
/// # Errors
/// Never in practice: everything in it can be written.
pub fn document(results: &Results<'_>, top: usize, folder: &Path) -> anyhow::Result<Value> {
    let plan = results.plan;
    let objectives: Vec<String> = results.objectives.iter().map(ToString::to_string).collect();
    let best = results.best().take(top).map(|at| point(results, at));
    let best: Vec<Value> = best.collect::<anyhow::Result<_>>()?;
    let stretches = match plan.search {
        Some(Search::Halving) => json!(rungs(plan.points.len() as u64, plan.window)),
        _ => Value::Null,
    };
    Ok(json!({
        "plan": plan.hash,
        "build": plan.build,
        "name": plan.name,
        "points": results.rows.len(),
        "failed": results.failed(),
        "left_out": plan.left_out,
        "seed": plan.seed,
        "search": plan.search.as_ref().map(Search::name),
        "stretches_end": stretches,
        "objectives": objectives,
        "pareto": results.pareto.iter().filter(|is| **is).count(),
        "overfit": results.overfit,
        "best": best,
        "results": folder.join(RESULTS_FILE),
    }))
}

fn point(results: &Results<'_>, at: usize) -> anyhow::Result<Value> {
    let row = &results.rows[at];
    let pairs = results.plan.axes.iter().zip(&row.values);
    let set: Map<String, Value> = pairs
        .map(|(axis, text)| (axis.key.clone(), Value::from(text.as_str())))
        .collect();
    let mut metrics = serde_json::to_value(&row.metrics)?;
    if let Some(metrics) = metrics.as_object_mut() {
        metrics.remove("periods");
    }
    Ok(json!({
        "index": row.index,
        "set": set,
        "metrics": metrics,
        "decisions_hash": row.decisions_hash,
        "run_id": row.run_id,
        "pareto": results.pareto[at],
        "plateau": results.plateau[at],
        "deflated_sharpe": results.deflated[at],
        "flags": flags(row),
    }))
}
