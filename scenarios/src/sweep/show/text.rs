//! The results on a terminal.

use std::fmt::Write as _;

use super::grid::{HeatMap, score};
use super::{break_even, cell, figures, flags, fraction};
use crate::sweep::results::Results;

/// From the worst to the best.
const SHADES: [char; 5] = ['·', '░', '▒', '▓', '█'];
/// Errors that are listed.
const ERRORS: usize = 3;

/// The best points as a table, the heatmap, and what must be known of both.
pub fn text(results: &Results<'_>, map: Option<&HeatMap<'_>>, top: usize) -> String {
    let mut out = String::new();
    let count = |at: usize, what: &str| format!("{at} {what}");
    let left_out = results.plan.left_out;
    let mut said = vec![count(results.rows.len(), "points")];
    let more = [
        (results.failed(), "failed"),
        (left_out.constraints as usize, "left out by constraints"),
        (left_out.repeated as usize, "left out as repeated"),
    ];
    said.extend(
        more.into_iter()
            .filter(|(at, _)| *at > 0)
            .map(|(at, what)| count(at, what)),
    );
    let _ = writeln!(out, "{}", said.join(", "));
    table(&mut out, results, top);
    if let Some(map) = map {
        heat(&mut out, results, map);
    }
    errors(&mut out, results);
    if let Some((cost, exit)) = break_even(results) {
        let exit = exit.map_or_else(String::new, |net| {
            format!("; the worst exit of the best point leaves {net} bps after it")
        });
        let _ = writeln!(
            out,
            "\nbreak-even: a round trip of the best point pays {cost} bps of taker fees{exit}"
        );
    }
    if let Some(overfit) = results.overfit {
        let _ = writeln!(
            out,
            "\nprobability of overfitting {:.2} ({} points, {} halves)",
            overfit.probability, overfit.points, overfit.halves
        );
    }
    out
}

fn table(out: &mut String, results: &Results<'_>, top: usize) {
    let figures = figures(&results.objectives);
    let axes = results.plan.axes.iter().map(|axis| axis.key.as_str());
    let mut lines: Vec<Vec<String>> = Vec::new();
    let head = ["point"]
        .into_iter()
        .chain(axes)
        .chain(figures.iter().copied());
    let head = head.chain(["plateau", "dsr", ""]);
    lines.push(head.map(str::to_string).collect());
    for at in results.best().take(top) {
        let row = &results.rows[at];
        let mut line = vec![row.index.to_string()];
        line.extend(row.values.iter().cloned());
        line.extend(figures.iter().map(|name| cell(row, name)));
        line.push(fraction(results.plateau[at]));
        line.push(fraction(results.deflated[at]));
        let mut words = flags(row);
        if results.objectives.len() > 1 && results.pareto[at] {
            words.insert(0, "pareto");
        }
        line.push(words.join(" "));
        lines.push(line);
    }
    if lines.len() == 1 {
        let _ = writeln!(
            out,
            "\nno point can be compared: all failed, or settle in several assets"
        );
        return;
    }
    let objectives: Vec<String> = results.objectives.iter().map(ToString::to_string).collect();
    let _ = writeln!(out, "\nbest by {}", objectives.join(", "));
    aligned(out, &lines);
}

/// Columns to the right, the last one to the left.
fn aligned(out: &mut String, lines: &[Vec<String>]) {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for line in lines {
        let cells = line.iter().zip(&widths).enumerate();
        let cells = cells.map(|(at, (cell, width))| {
            if at + 1 == columns {
                cell.clone()
            } else {
                format!("{cell:>width$}")
            }
        });
        let cells: Vec<String> = cells.collect();
        let _ = writeln!(out, "{}", cells.join("  ").trim_end());
    }
}

fn heat(out: &mut String, results: &Results<'_>, map: &HeatMap<'_>) {
    let objective = &results.objectives[0];
    let _ = writeln!(
        out,
        "\nbest {objective} by {} (across) and {} (down); {} is the worst, {} the best",
        map.across, map.down, SHADES[0], SHADES[4]
    );
    let mut lines = vec![
        [String::new()]
            .into_iter()
            .chain(map.columns.clone())
            .collect(),
    ];
    for (text, cells) in map.rows.iter().zip(&map.cells) {
        let mut line = vec![text.clone()];
        line.extend(cells.iter().map(|at| shaded(results, map, *at)));
        lines.push(line);
    }
    // The last column is aligned like the others here.
    for line in &mut lines {
        line.push(String::new());
    }
    aligned(out, &lines);
}

fn shaded(results: &Results<'_>, map: &HeatMap<'_>, at: Option<usize>) -> String {
    let Some((at, score)) = at.and_then(|at| Some((at, score(results, at)?))) else {
        return String::new();
    };
    let shade = (map.shade(score) * 4.0).round().clamp(0.0, 4.0) as usize;
    let figure = results.rows[at].metrics.as_ref();
    let figure = figure.and_then(|own| own.value(&results.objectives[0].figure));
    let figure = figure.unwrap_or_default().round_dp(2).normalize();
    format!("{figure} {}", SHADES[shade])
}

fn errors(out: &mut String, results: &Results<'_>) {
    let failed = results
        .rows
        .iter()
        .filter_map(|row| Some((row, row.error.as_ref()?)));
    for (row, error) in failed.take(ERRORS) {
        let _ = writeln!(
            out,
            "\npoint {} ({}) failed: {error}",
            row.index,
            row.values.join(", ")
        );
    }
    let more = results.failed().saturating_sub(ERRORS);
    if more > 0 {
        let _ = writeln!(out, "and {more} more; the column `error` has them all");
    }
}
