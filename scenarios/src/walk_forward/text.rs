//! A walk as tables on a terminal, and as CSV.

use std::fmt::Write as _;

use onetape_core::num::Money;
use rust_decimal::Decimal;

use super::result::{Figures, Ran, Walked, days_text, moment_text};

/// Tables of a walk; amounts to two decimals, the JSON document has them all.
pub fn to_text(walked: &Walked) -> String {
    let cut = &walked.cut;
    let mut out = format!(
        "walk-forward of {}, {} to {}\n  {} windows of {} days train ({}) and {} days test, a step of {}; {} points by {}\n",
        walked.name,
        moment_text(walked.data.from),
        moment_text(walked.data.to),
        walked.windows.len(),
        days_text(cut.train),
        if cut.anchored { "anchored" } else { "rolling" },
        days_text(cut.test),
        days_text(cut.step),
        walked.points,
        walked.objective,
    );
    let _ = writeln!(out, "\nWindows ({}, net and net a day)", walked.asset);
    table(&mut out, windows(walked));
    let _ = writeln!(out, "\nTogether ({})", walked.asset);
    table(&mut out, totals(walked));
    let _ = writeln!(
        out,
        "  out of sample over in sample, a day: {}; {} of {} tests gained; largest fall of the equity {}",
        maybe(walked.ratio),
        walked.windows_gained,
        walked.windows.len(),
        money(walked.max_drawdown),
    );
    if !walked.drift.is_empty() {
        out.push_str("\nWhat was chosen, by number of windows\n");
        table(&mut out, drift(walked));
    }
    for note in &walked.notes {
        let _ = write!(out, "\n{note}");
    }
    out.push('\n');
    out
}

fn windows(walked: &Walked) -> Vec<Vec<String>> {
    let head = [
        "window",
        "test from",
        "to",
        "in sample",
        "a day",
        "out of sample",
        "a day",
        "ratio",
        "trips",
        "open",
        "chosen",
    ];
    let mut rows = vec![head.map(String::from).to_vec()];
    for ran in &walked.windows {
        let day = |ts| moment_text(ts).chars().take(10).collect::<String>();
        let chosen: Vec<String> = (ran.chosen.iter())
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        rows.push(vec![
            ran.window.to_string(),
            day(ran.test.from),
            day(ran.test.to),
            money(ran.in_sample.net),
            short(ran.in_sample.net_per_day),
            money(ran.out_of_sample.net),
            short(ran.out_of_sample.net_per_day),
            maybe(ran.ratio),
            ran.out_of_sample.round_trips.to_string(),
            ran.out_of_sample.open.to_string(),
            chosen.join(" "),
        ]);
    }
    rows
}

fn totals(walked: &Walked) -> Vec<Vec<String>> {
    let head = [
        "",
        "days",
        "gross",
        "fees",
        "funding",
        "net",
        "of it open",
        "net a day",
        "trips",
    ];
    let row = |name: &str, of: &Figures| {
        vec![
            name.to_string(),
            days_text(of.span),
            money(of.gross),
            money(of.fees),
            money(of.funding),
            money(of.net),
            money(of.open_net),
            short(of.net_per_day),
            of.round_trips.to_string(),
        ]
    };
    vec![
        head.map(String::from).to_vec(),
        row("trains", &walked.in_sample),
        row("tests", &walked.out_of_sample),
    ]
}

fn drift(walked: &Walked) -> Vec<Vec<String>> {
    let mut rows = vec![["key", "changes", "values"].map(String::from).to_vec()];
    for of in &walked.drift {
        let values: Vec<String> = (of.chosen.iter())
            .map(|(value, windows)| format!("{value}: {windows}"))
            .collect();
        rows.push(vec![
            of.key.clone(),
            of.changes.to_string(),
            values.join(", "),
        ]);
    }
    rows
}

/// Columns that line up: the last to the left, and any other whose first value is no number.
fn table(out: &mut String, rows: Vec<Vec<String>>) {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|at| width(at).unwrap_or(0)).collect();
    let is_number = |at: usize| {
        rows.get(1)
            .is_some_and(|row| row[at] == "n/a" || row[at].parse::<Decimal>().is_ok())
    };
    for row in &rows {
        let mut line = String::from(" ");
        for (at, cell) in row.iter().enumerate() {
            let room = widths[at];
            if at + 1 == columns && !is_number(at) {
                let _ = write!(line, " {cell}");
            } else if is_number(at) {
                let _ = write!(line, " {cell:>room$} ");
            } else {
                let _ = write!(line, " {cell:<room$} ");
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

fn money(amount: Money) -> String {
    short(amount.decimal())
}

fn short(amount: Decimal) -> String {
    format!("{:.2}", amount.round_dp(2))
}

fn maybe(value: Option<Decimal>) -> String {
    value.map_or_else(|| "n/a".to_string(), short)
}

/// One line a window, amounts in full.
pub fn to_csv(walked: &Walked) -> String {
    let keys: Vec<String> = (walked.drift.iter()).map(|of| cell(&of.key)).collect();
    let mut head: Vec<String> = [
        "window",
        "train_from",
        "train_to",
        "test_from",
        "test_to",
        "point",
    ]
    .map(String::from)
    .to_vec();
    head.extend(keys);
    let figures = [
        "in_sample_net",
        "in_sample_net_per_day",
        "out_of_sample_net",
        "out_of_sample_net_per_day",
        "ratio",
        "out_of_sample_fees",
        "out_of_sample_funding",
        "round_trips",
        "open",
        "open_net",
        "open_fees",
    ];
    head.extend(figures.map(String::from));
    let mut out = head.join(",") + "\n";
    for ran in &walked.windows {
        out.push_str(&line(ran));
        out.push('\n');
    }
    out
}

fn line(ran: &Ran) -> String {
    let moments = [ran.train.from, ran.train.to, ran.test.from, ran.test.to].map(moment_text);
    let (within, out) = (&ran.in_sample, &ran.out_of_sample);
    let mut cells = vec![ran.window.to_string()];
    cells.extend(moments);
    cells.push(ran.point.to_string());
    cells.extend(ran.chosen.iter().map(|(_, value)| cell(value)));
    cells.extend([
        within.net.to_string(),
        within.net_per_day.to_string(),
        out.net.to_string(),
        out.net_per_day.to_string(),
        ran.ratio
            .map_or_else(String::new, |ratio| ratio.to_string()),
        out.fees.to_string(),
        out.funding.to_string(),
        out.round_trips.to_string(),
        out.open.to_string(),
        out.open_net.to_string(),
        out.open_fees.to_string(),
    ]);
    cells.join(",")
}

/// A text of the user's own as one cell.
fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_string()
    }
}
