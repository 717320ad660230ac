//! What is known of a run besides its journal: who built it and how long it took.

use serde::{Deserialize, Serialize};

use crate::report::{Figures, Report};

/// Facts of a run that are not in its journal, because they differ between two runs of the same thing.
/// What is not known stays empty and is not shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunFacts {
    /// Hash of configuration, data and seed, as hexadecimal text.
    pub run_id: String,
    /// The build that made it.
    pub build: String,
    /// Name of the scenario.
    pub name: String,
    /// Hash over the decisions, as hexadecimal text.
    pub decisions_hash: String,
    /// The resolved scenario as text; shown on the page, not part of the JSON.
    #[serde(skip_serializing)]
    pub scenario: String,
    /// Rows that were read.
    pub rows: Option<u64>,
    /// Events that were folded.
    pub events: Option<u64>,
    /// Wall time in seconds.
    pub wall_s: Option<f64>,
    /// Seconds of it that decoding took.
    pub decode_s: Option<f64>,
    /// Events a second of wall time.
    pub events_per_s: Option<f64>,
    /// Peak resident memory in MiB.
    pub peak_rss_mib: Option<f64>,
}

/// The document that a finished run prints: its facts and its figures, side by side at the top level.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RunSummary<'a> {
    /// What is known besides the journal.
    #[serde(flatten)]
    pub facts: &'a RunFacts,
    /// What the journal folds into.
    #[serde(flatten)]
    pub figures: &'a Figures,
}

/// The whole report of a run with its facts: what `onetape report --json` prints.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RunReport<'a> {
    /// What is known besides the journal.
    #[serde(flatten)]
    pub facts: &'a RunFacts,
    /// What the journal folds into.
    #[serde(flatten)]
    pub report: &'a Report,
}
