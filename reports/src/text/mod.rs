//! A report as tables for a terminal, within 100 columns. Numbers are cut for the eye; the JSON has them whole.

mod analysis;
mod compare;
mod money;
pub(crate) mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use onetape_core::time::Span;

use crate::report::{Report, Run};
use crate::time::{length, stamp};
pub use compare::{alignment_to_text, comparison_to_text};
use table::{Cell, Table};

/// The report as text.
pub fn to_text(report: &Report) -> String {
    let mut out = String::new();
    if let Some(run) = &report.run {
        out.push_str(&heading(run));
    }
    let assets = report.figures.assets();
    for asset in &assets {
        money::summary(report, asset, &mut out);
    }
    out.push_str(&notes(report));
    if let Some(analysis) = &report.analysis {
        analysis::figures(report, analysis, &mut out);
        analysis::parts(report, analysis, &mut out);
    }
    for asset in &assets {
        money::round_trips(report, asset, &mut out);
        money::breakdowns(report, asset, &mut out);
    }
    orders(report, &mut out);
    money::open(report, &mut out);
    counts("Refused by the risk gate", &report.refusals, &mut out);
    counts("Decisions by reason", &report.reasons, &mut out);
    money::ledger(report, &mut out);
    out
}

fn heading(run: &Run) -> String {
    let end = run.ended_at.unwrap_or(run.started_at);
    format!(
        "Run {}\n  {} to {} UTC ({}), {} market events\n",
        run.id,
        stamp(run.started_at),
        stamp(end),
        length(end.since(run.started_at)),
        run.market_events,
    )
}

/// What a reader of the numbers must know.
fn notes(report: &Report) -> String {
    report
        .notes()
        .iter()
        .map(|note| format!("  ! {note}\n"))
        .collect()
}

fn orders(report: &Report, out: &mut String) {
    let mut table = Table::new("Orders", &["outcome", "orders"]);
    for (name, count) in report.outcomes.rows() {
        table.row(vec![Cell::words(&name, 40), Cell::Count(count)]);
    }
    table.write(out);
}

fn counts(title: &str, counts: &BTreeMap<String, u64>, out: &mut String) {
    let mut table = Table::new(title, &["reason", "times"]);
    for (reason, count) in counts {
        table.row(vec![Cell::words(reason, 60), Cell::Count(*count)]);
    }
    table.write(out);
}

/// `-` when it is not known.
fn length_cell(span: Option<Span>) -> Cell {
    Cell::Right(span.map_or_else(|| "open".to_owned(), length))
}
