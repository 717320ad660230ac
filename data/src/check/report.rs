//! The report as a whole, and as text for people.

use std::fmt;

use serde::Serialize;

use super::finding::{Finding, Severity};
use super::limits::Limits;

/// What was found in a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// Where it is.
    pub catalog: String,
    /// Instruments that were checked.
    pub instruments: Vec<String>,
    /// First receive time, where one was asked for.
    pub from: Option<String>,
    /// End of receive time, where one was asked for.
    pub to: Option<String>,
    /// Files that were read.
    pub files: u64,
    /// Messages that were checked.
    pub rows: u64,
    /// Findings that are errors.
    pub errors: u64,
    /// Findings that are warnings.
    pub warnings: u64,
    /// Findings that are notes.
    pub notes: u64,
    /// The thresholds.
    pub limits: Limits,
    /// Everything that was found: errors first, then by instrument, kind and check.
    pub findings: Vec<Finding>,
}

impl CheckReport {
    pub(super) fn new(
        catalog: String,
        instruments: Vec<String>,
        (from, to): (Option<String>, Option<String>),
        (files, rows): (u64, u64),
        limits: Limits,
        mut findings: Vec<Finding>,
    ) -> Self {
        findings.sort_by(|a, b| key(a).cmp(&key(b)));
        let count = |severity| {
            findings
                .iter()
                .filter(|one| one.severity == severity)
                .count() as u64
        };
        Self {
            catalog,
            instruments,
            from,
            to,
            files,
            rows,
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
            limits,
            findings,
        }
    }
}

fn key(finding: &Finding) -> impl Ord + '_ {
    let place = finding
        .first
        .as_ref()
        .map(|first| (&first.file, &first.time));
    (
        finding.severity,
        &finding.instrument,
        finding.kind,
        finding.check,
        place,
    )
}

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = (self.findings.iter())
            .map(|finding| finding.instrument.chars().count())
            .max()
            .unwrap_or(0);
        for finding in &self.findings {
            line(f, finding, width)?;
        }
        writeln!(
            f,
            "{} errors, {} warnings, {} notes; {} messages of {} instruments in {} files",
            self.errors,
            self.warnings,
            self.notes,
            self.rows,
            self.instruments.len(),
            self.files
        )
    }
}

fn line(f: &mut fmt::Formatter<'_>, finding: &Finding, width: usize) -> fmt::Result {
    writeln!(
        f,
        "{:<8} {:<16} {:<width$} {:<8} {:>10}  {}",
        finding.severity.name(),
        finding.check.name(),
        finding.instrument,
        finding.kind.map_or("-", |kind| kind.name()),
        finding.count,
        finding.says,
    )?;
    match &finding.first {
        Some(first) => writeln!(f, "{:8} first: {first}", ""),
        None => Ok(()),
    }
}
