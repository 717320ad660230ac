//! What a point came to: one row of the results, with nothing in it that differs between two runs of it.

use serde::{Deserialize, Serialize};

use super::metrics::Metrics;

/// One point that is to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its index in the plan.
    pub index: u64,
    /// The texts of its parameters, in the plan's order.
    pub values: Vec<String>,
    /// `key=value` of each, as `--set` takes them.
    pub sets: Vec<String>,
    /// Of a search over growing stretches of the data: which stretch.
    pub rung: Option<u32>,
}

/// What a point came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The point's index in the plan.
    pub index: u64,
    /// The texts of its parameters, in the plan's order.
    pub values: Vec<String>,
    /// Of a search over growing stretches of the data: which stretch, from 0, the shortest.
    pub rung: Option<u32>,
    /// Hash of build, configuration, data and seed; that of the same point run alone.
    pub run_id: Option<String>,
    /// Hash over its decisions; that of the same point run alone.
    pub decisions_hash: Option<String>,
    /// Its figures.
    pub metrics: Option<Metrics>,
    /// Why it could not be run.
    pub error: Option<String>,
}

impl Row {
    /// A point that failed.
    pub fn failed(job: &Job, error: String) -> Self {
        Self {
            index: job.index,
            values: job.values.clone(),
            rung: job.rung,
            run_id: None,
            decisions_hash: None,
            metrics: None,
            error: Some(error),
        }
    }
}

/// What a point cost. It stands beside the results, never in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// The point's index in the plan.
    pub index: u64,
    /// How long it took, in seconds.
    pub wall_s: f64,
    /// How long of it the tape was decoded.
    pub decode_s: f64,
    /// Events that its strategy was to answer.
    pub events: u64,
    /// Of these, market events that it was not woken for: signals that all points share showed that it would have
    /// answered nothing.
    pub passed_over: u64,
}

/// A point that was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// What it came to.
    pub row: Row,
    /// What it cost.
    pub cost: Cost,
}
