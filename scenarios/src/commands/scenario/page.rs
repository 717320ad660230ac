//! What a fuzz came to, as text and as JSON.

use std::fmt::Write as _;

use onetape_core::fault::FaultKind;
use onetape_core::order::OrderState;
use onetape_core::time::Span;
use onetape_sim::check::{Ending, Violation, can_hit};
use serde_json::{Map, Value, json};

use super::fuzz::FuzzArgs;
use super::sums::Sums;
use crate::commands::time_text;

/// The columns of the matrix: no order at all, then the states that a fault can meet.
const COLUMNS: [Option<OrderState>; 9] = [
    None,
    Some(OrderState::Sent),
    Some(OrderState::Unknown),
    Some(OrderState::Open),
    Some(OrderState::PartiallyFilled),
    Some(OrderState::Filled),
    Some(OrderState::Cancelled),
    Some(OrderState::Expired),
    Some(OrderState::Rejected),
];

fn column(state: Option<OrderState>) -> &'static str {
    match state {
        None => "no order",
        Some(OrderState::PartiallyFilled) => "partial",
        Some(state) => state.name(),
    }
}

fn millis(span: Span) -> String {
    let micros = span.nanos() / 1_000;
    format!("{}.{:03}", micros / 1_000, micros % 1_000)
}

/// The matrix: faults down, states across. A dot is what cannot be.
fn matrix(sums: &Sums) -> String {
    let mut text = format!("{:<16}", "");
    for state in COLUMNS {
        let _ = write!(text, " {:>9}", column(state));
    }
    text.push('\n');
    for kind in FaultKind::ALL {
        let _ = write!(text, "{:<16}", kind.name());
        for state in COLUMNS {
            let count = sums.matrix.count(kind, state);
            if count > 0 || can_hit(kind, state) {
                let _ = write!(text, " {count:>9}");
            } else {
                let _ = write!(text, " {:>9}", ".");
            }
        }
        text.push('\n');
    }
    text
}

fn words(violation: &Violation) -> String {
    format!(
        "{} at event {} ({}): {}",
        violation.rule.name(),
        violation.seq.0,
        time_text(violation.ts),
        violation.what
    )
}

/// What came of it, in words.
pub(super) fn text(sums: &Sums, args: &FuzzArgs, command: Option<&str>) -> String {
    let mut text = format!(
        "{} seeds of {}: {} events, {} orders, {} faults, {} seeds broke a rule\n\n",
        sums.seeds,
        args.file.display(),
        sums.events,
        sums.orders,
        sums.injected,
        sums.failed()
    );
    text.push_str(&matrix(sums));
    let zeros = sums.matrix.zeros();
    let _ = writeln!(text, "\n{} cells that can be hit were not", zeros.len());
    let _ = writeln!(
        text,
        "time to band   {} stretches outside, p50 {} ms, p99 {} ms, most {} ms",
        sums.excursions(),
        millis(sums.outside_at(500)),
        millis(sums.outside_at(990)),
        millis(sums.outside_at(1_000)),
    );
    let _ = writeln!(
        text,
        "tasks          {} flat, {} hedged, {} quarantined ({:.2} %), {} open",
        sums.ended(Ending::Flat),
        sums.ended(Ending::Hedged),
        sums.ended(Ending::Quarantined),
        100.0 * sums.quarantined(),
        sums.ended(Ending::Open),
    );
    for (rule, count, seed) in sums.broken_rules() {
        let _ = writeln!(
            text,
            "broken         {} first in {count} seeds, such as {seed}",
            rule.name()
        );
    }
    if let (Some(failed), Some(command)) = (sums.first_failed(), command) {
        let _ = writeln!(text, "\nfirst seed that broke a rule: {}", failed.seed);
        for violation in &failed.checked.violations {
            let _ = writeln!(text, "  {}", words(violation));
        }
        let _ = writeln!(text, "run it again: {command}");
    }
    text
}

/// The same as one document.
pub(super) fn document(sums: &Sums, args: &FuzzArgs, command: Option<&str>) -> Value {
    let cells = FaultKind::ALL.into_iter().map(|kind| {
        let row = COLUMNS
            .into_iter()
            .filter(|state| can_hit(kind, *state) || sums.matrix.count(kind, *state) > 0);
        let row: Map<String, Value> = row
            .map(|state| {
                (
                    column(state).to_string(),
                    json!(sums.matrix.count(kind, state)),
                )
            })
            .collect();
        (kind.name().to_string(), Value::Object(row))
    });
    let cells: Map<String, Value> = cells.collect();
    let zeros = sums.matrix.zeros();
    let zeros = zeros
        .into_iter()
        .map(|(kind, state)| json!([kind.name(), column(state)]));
    let violation = |violation: &Violation| {
        json!({
            "rule": violation.rule.name(),
            "seq": violation.seq.0,
            "ts": time_text(violation.ts),
            "what": violation.what,
        })
    };
    let first = sums.first_failed().map(|failed| {
        json!({
            "seed": failed.seed,
            "redraw": failed.redraw,
            "decisions_hash": format!("{:032x}", failed.decisions_hash),
            "broken": failed.checked.broken,
            "violations": failed.checked.violations.iter().map(violation).collect::<Vec<_>>(),
            "command": command,
        })
    });
    let broken = sums.broken_rules().into_iter();
    let broken = broken
        .map(|(rule, count, seed)| json!({"rule": rule.name(), "seeds": count, "first": seed}));
    let steps = sums.histogram().into_iter();
    let steps = steps.map(|(most, count)| json!({"up_to_ms": most, "count": count}));
    let only = sums.decisions_hash.filter(|_| sums.seeds == 1);
    json!({
        "decisions_hash": only.map(|hash| format!("{hash:032x}")),
        "scenario": args.file.display().to_string(),
        "seeds": sums.seeds,
        "from": args.seeds.start,
        "events": sums.events,
        "orders": sums.orders,
        "faults": sums.injected,
        "failed": sums.failed(),
        "matrix": cells,
        "zero_cells": zeros.collect::<Vec<_>>(),
        "time_to_band": {
            "stretches": sums.excursions(),
            "p50_ms": millis(sums.outside_at(500)),
            "p99_ms": millis(sums.outside_at(990)),
            "max_ms": millis(sums.outside_at(1_000)),
            "histogram": steps.collect::<Vec<_>>(),
        },
        "tasks": {
            "flat": sums.ended(Ending::Flat),
            "hedged": sums.ended(Ending::Hedged),
            "quarantined": sums.ended(Ending::Quarantined),
            "open": sums.ended(Ending::Open),
            "quarantined_share": sums.quarantined(),
        },
        "broken_rules": broken.collect::<Vec<_>>(),
        "first_failed": first,
    })
}
