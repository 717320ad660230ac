//! What a fuzz came to, as text and as JSON.

use std::fmt::Write as _;

use onetape_core::fault::FaultKind;
use onetape_core::order::OrderState;
use onetape_core::time::Span;
use onetape_sim::check::{Ending, Violation, can_hit};
use serde_json::{Map, Value, json};

use super::fuzz::{FuzzArgs, One};
use super::sums::{Missed, ROLES, Sums, Time, after_one_fault};
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

/// How the time outside of a band is counted.
const TIMES: [(&str, Time); 3] = [
    ("after one fault", after_one_fault),
    ("all venues open", |stretch| Some(stretch.open)),
    ("in all", |stretch| Some(stretch.whole)),
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

/// Which orders the faults met, by leg and role, and how often.
fn legs(sums: &Sums) -> Vec<(String, [u64; 4])> {
    let mut rows: Vec<(FaultKind, u8, [u64; 4])> = Vec::new();
    for ((kind, leg, role), count) in sums.matrix.legs() {
        if rows.last().is_none_or(|(a, b, _)| (*a, *b) != (kind, leg)) {
            rows.push((kind, leg, [0; 4]));
        }
        if let Some((_, _, counts)) = rows.last_mut() {
            counts[role as usize] += count;
        }
    }
    let named = rows.into_iter();
    named
        .map(|(kind, leg, counts)| (format!("{}, leg {leg}", kind.name()), counts))
        .collect()
}

/// What came of it, in words.
pub(super) fn text(all: &[One<'_>], total: &Sums, missed: &[Missed], args: &FuzzArgs) -> String {
    let mut text = String::new();
    for one in all {
        let _ = writeln!(
            text,
            "{} seeds of {}: {} events, {} orders, {} faults, {} seeds broke a rule",
            one.sums.seeds,
            one.file.display(),
            one.sums.events,
            one.sums.orders,
            one.sums.injected,
            one.sums.failed()
        );
        if all.len() > 1 {
            text.push_str(&ends(&one.sums));
        }
    }
    text.push('\n');
    text.push_str(&matrix(total));
    if args.legs {
        text.push_str(&leg_tables(all));
    }
    let zeros = total.matrix.zeros();
    let _ = writeln!(text, "\n{} cells that can be hit were not", zeros.len());
    for (kind, state) in zeros {
        let _ = writeln!(text, "  {} on {}", kind.name(), column(state));
    }
    text.push_str(&ends(total));
    for one in all {
        text.push_str(&failures(one));
    }
    for Missed(what) in missed.iter().filter(|_| args.strict) {
        let _ = writeln!(text, "missed         {what}");
    }
    text
}

/// By scenario: how often each fault met an order of each leg that entered, left, mended or moved.
fn leg_tables(all: &[One<'_>]) -> String {
    let mut text = String::new();
    for one in all {
        let _ = write!(text, "\n{:<40}", one.file.display());
        for role in ROLES {
            let _ = write!(text, " {role:>9}");
        }
        text.push('\n');
        for (name, counts) in legs(&one.sums) {
            let _ = write!(text, "{name:<40}");
            for count in counts {
                let _ = write!(text, " {count:>9}");
            }
            text.push('\n');
        }
    }
    text
}

/// How long tasks were outside of their bands, and how they ended.
fn ends(sums: &Sums) -> String {
    let mut text = String::new();
    for (what, time) in TIMES {
        let _ = writeln!(
            text,
            "time to band   {} stretches, {what}: p50 {} ms, p99 {} ms, most {} ms",
            sums.excursions(time),
            millis(sums.outside_at(time, 500)),
            millis(sums.outside_at(time, 990)),
            millis(sums.outside_at(time, 1_000)),
        );
    }
    if let Some((seed, stretch)) = sums.slowest() {
        let _ = writeln!(
            text,
            "slowest        {} ms after one fault: seed {seed}, task {}, until {}",
            millis(stretch.whole),
            stretch.task.0,
            time_text(stretch.until)
        );
    }
    let _ = writeln!(
        text,
        "tasks          {} flat, {} hedged, {} quarantined ({:.2} %), {} open",
        sums.ended(Ending::Flat),
        sums.ended(Ending::Hedged),
        sums.ended(Ending::Quarantined),
        100.0 * sums.quarantined(),
        sums.ended(Ending::Open),
    );
    text
}

/// What one scenario broke, and the command that breaks it again.
fn failures(one: &One<'_>) -> String {
    let mut text = String::new();
    for (rule, count, seed) in one.sums.broken_rules() {
        let _ = writeln!(
            text,
            "broken         {} first in {count} seeds of {}, such as {seed}",
            rule.name(),
            one.file.display()
        );
    }
    if let (Some(failed), Some(command)) = (one.sums.first_failed(), &one.again) {
        let _ = writeln!(
            text,
            "\nfirst seed of {} that broke a rule: {}",
            one.file.display(),
            failed.seed
        );
        for violation in &failed.checked.violations {
            let _ = writeln!(text, "  {}", words(violation));
        }
        let _ = writeln!(text, "run it again: {command}");
    }
    text
}

fn times(sums: &Sums, time: Time) -> Value {
    let steps = sums.histogram(time).into_iter();
    let steps = steps.map(|(most, count)| json!({"up_to_ms": most, "count": count}));
    json!({
        "stretches": sums.excursions(time),
        "p50_ms": millis(sums.outside_at(time, 500)),
        "p99_ms": millis(sums.outside_at(time, 990)),
        "max_ms": millis(sums.outside_at(time, 1_000)),
        "histogram": steps.collect::<Vec<_>>(),
    })
}

/// The same as one document: the sums at its top level, each scenario's own beside them.
pub(super) fn document(all: &[One<'_>], total: &Sums, missed: &[Missed], args: &FuzzArgs) -> Value {
    let mut document = sums_of(total);
    let only = total.decisions_hash.filter(|_| total.seeds == 1);
    document["decisions_hash"] = json!(only.map(|hash| format!("{hash:032x}")));
    document["from"] = json!(args.seeds.start);
    document["first_failed"] = json!(all.iter().find_map(first_failed));
    document["missed"] = missed.iter().map(|Missed(what)| json!(what)).collect();
    document["scenarios"] = all
        .iter()
        .map(|one| {
            let mut part = sums_of(&one.sums);
            part["file"] = json!(one.file.display().to_string());
            part["first_failed"] = json!(first_failed(one));
            part["legs"] = legs(&one.sums)
                .into_iter()
                .map(|(name, counts)| {
                    let counts = ROLES.into_iter().zip(counts);
                    let counts: Map<String, Value> = counts
                        .map(|(role, count)| (role.to_string(), json!(count)))
                        .collect();
                    (name, Value::Object(counts))
                })
                .collect::<Map<String, Value>>()
                .into();
            part
        })
        .collect();
    document
}

fn first_failed(one: &One<'_>) -> Option<Value> {
    let violation = |violation: &Violation| {
        json!({
            "rule": violation.rule.name(),
            "seq": violation.seq.0,
            "ts": time_text(violation.ts),
            "what": violation.what,
        })
    };
    one.sums.first_failed().map(|failed| {
        json!({
            "file": one.file.display().to_string(),
            "seed": failed.seed,
            "redraw": failed.redraw,
            "decisions_hash": format!("{:032x}", failed.decisions_hash),
            "broken": failed.checked.broken,
            "violations": failed.checked.violations.iter().map(violation).collect::<Vec<_>>(),
            "command": one.again,
        })
    })
}

/// The matrix by words.
fn cells(sums: &Sums) -> Map<String, Value> {
    let row = |kind| {
        let met = move |state| (state, sums.matrix.count(kind, state));
        let row = COLUMNS.into_iter().map(met);
        let row = row.filter(|(state, count)| can_hit(kind, *state) || *count > 0);
        row.map(|(state, count)| (column(state).to_string(), json!(count)))
            .collect()
    };
    let all = FaultKind::ALL.into_iter();
    all.map(|kind| (kind.name().to_string(), Value::Object(row(kind))))
        .collect()
}

fn sums_of(sums: &Sums) -> Value {
    let [one, open, whole] = TIMES.map(|(_, time)| times(sums, time));
    let zeros = sums.matrix.zeros().into_iter();
    let zeros = zeros.map(|(kind, state)| json!([kind.name(), column(state)]));
    let broken = sums.broken_rules().into_iter();
    let broken = broken
        .map(|(rule, count, seed)| json!({"rule": rule.name(), "seeds": count, "first": seed}));
    json!({
        "seeds": sums.seeds,
        "events": sums.events,
        "orders": sums.orders,
        "faults": sums.injected,
        "failed": sums.failed(),
        "matrix": cells(sums),
        "zero_cells": zeros.collect::<Vec<_>>(),
        "time_to_band": whole,
        "time_to_band_while_open": open,
        "time_to_band_after_one_fault": one,
        "tasks": {
            "flat": sums.ended(Ending::Flat),
            "hedged": sums.ended(Ending::Hedged),
            "quarantined": sums.ended(Ending::Quarantined),
            "open": sums.ended(Ending::Open),
            "quarantined_share": sums.quarantined(),
        },
        "broken_rules": broken.collect::<Vec<_>>(),
    })
}
