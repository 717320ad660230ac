//! The results on a terminal.

use std::fmt::Write as _;

use super::grid::HeatMap;
use super::map::{WIDTH, heat};
use super::{break_even, figures, flags, fraction, unit};
use crate::sweep::objective::Objective;
use crate::sweep::results::Results;
use crate::sweep::row::Row;

/// Between columns.
const GAP: &str = "  ";
/// Letters that a line of a column's name may have, whatever its cells have.
const HEAD: usize = 8;
/// Digits of a figure that is no whole number.
const DIGITS: u32 = 5;
/// Errors that are listed.
const ERRORS: usize = 3;

/// The best points as a table, the heatmap, with colours where they can be seen, and what must be known of both.
pub fn text(results: &Results<'_>, map: Option<&HeatMap<'_>>, top: usize, colour: bool) -> String {
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
        heat(&mut out, results, map, colour);
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

/// One column: what it is called, in as many lines as it takes, and its cells.
struct Column {
    head: Vec<String>,
    cells: Vec<String>,
    /// Left out where there is no room: it is in the table of results.
    spare: bool,
}

impl Column {
    fn new(name: &str, spare: bool, cells: impl Iterator<Item = String>) -> Self {
        let cells: Vec<String> = cells.collect();
        let wide = cells.iter().map(|cell| letters(cell)).max().unwrap_or(0);
        Self {
            head: broken(name, wide.max(HEAD)),
            cells,
            spare,
        }
    }

    fn wide(&self) -> usize {
        let all = self.head.iter().chain(&self.cells);
        all.map(|text| letters(text)).max().unwrap_or(0)
    }
}

fn letters(text: &str) -> usize {
    text.chars().count()
}

/// A name in pieces that end with a dot or a stroke, as few as fit into so many letters a line.
fn broken(name: &str, wide: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in name.split_inclusive(['.', '_']) {
        match lines.last_mut() {
            Some(line) if letters(line) + letters(piece) <= wide => line.push_str(piece),
            _ => lines.push(piece.to_string()),
        }
    }
    lines
}

fn table(out: &mut String, results: &Results<'_>, top: usize) {
    let shown: Vec<usize> = results.best().take(top).collect();
    if results.best().next().is_none() {
        let _ = writeln!(
            out,
            "\nno point can be compared: all failed, or settle in several assets"
        );
        return;
    }
    let objectives: Vec<String> = results.objectives.iter().map(ToString::to_string).collect();
    let unit = unit(results, "net");
    let unit = unit.map_or_else(String::new, |asset| format!("; amounts in {asset}"));
    let _ = writeln!(out, "\nbest by {}{unit}", objectives.join(", "));
    let mut columns = columns(results, &shown);
    let wide = |columns: &[Column]| {
        let each = columns.iter().map(|column| column.wide() + GAP.len());
        each.sum::<usize>() - GAP.len()
    };
    while wide(&columns) > WIDTH
        && let Some(last) = columns.iter().rposition(|column| column.spare)
    {
        columns.remove(last);
    }
    aligned(out, &columns);
}

fn columns(results: &Results<'_>, shown: &[usize]) -> Vec<Column> {
    let rows = || shown.iter().map(|at| &results.rows[*at]);
    let mut all = vec![Column::new(
        "point",
        false,
        rows().map(|row| row.index.to_string()),
    )];
    for (at, axis) in results.plan.axes.iter().enumerate() {
        let values = rows().map(|row| row.values[at].clone());
        all.push(Column::new(&axis.key, false, values));
    }
    for name in figures(&results.objectives) {
        let own = |objective: &Objective| objective.figure == name;
        let spare = !results.objectives.iter().any(own);
        let cells = rows().map(|row| digits(row, name));
        all.push(Column::new(name, spare, cells));
    }
    let steady = |values: &[Option<f64>]| {
        let cells = shown.iter().map(|at| fraction(values[*at]));
        cells.collect::<Vec<_>>().into_iter()
    };
    all.push(Column::new("plateau", false, steady(&results.plateau)));
    all.push(Column::new("dsr", false, steady(&results.deflated)));
    let words = shown.iter().map(|at| {
        let mut words = flags(&results.rows[*at]);
        if results.objectives.len() > 1 && results.pareto[*at] {
            words.insert(0, "pareto");
        }
        words.join(" ")
    });
    all.push(Column::new("", false, words));
    all
}

/// A figure with as many digits as one can look at.
fn digits(row: &Row, name: &str) -> String {
    let value = row.metrics.as_ref().and_then(|own| own.value(name));
    let value = value.map(|value| match value.trunc() == value {
        true => value.normalize(),
        false => value.round_sf(DIGITS).unwrap_or(value).normalize(),
    });
    value.map_or_else(|| "-".into(), |value| value.to_string())
}

/// Columns to the right, the last one to the left; names stand on the first cell.
fn aligned(out: &mut String, columns: &[Column]) {
    let heads = columns.iter().map(|column| column.head.len());
    let heads = heads.max().unwrap_or(0);
    let rows = columns.iter().map(|column| column.cells.len());
    for line in 0..heads + rows.max().unwrap_or(0) {
        let texts = columns.iter().enumerate().map(|(at, column)| {
            let text = if line < heads {
                let above = heads - column.head.len();
                line.checked_sub(above).and_then(|own| column.head.get(own))
            } else {
                column.cells.get(line - heads)
            };
            let text = text.map_or("", String::as_str);
            if at + 1 == columns.len() {
                return text.to_string();
            }
            format!("{text:>wide$}", wide = column.wide())
        });
        let texts: Vec<String> = texts.collect();
        let _ = writeln!(out, "{}", texts.join(GAP).trim_end());
    }
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

#[cfg(test)]
mod tests {
    use super::broken;

    #[test]
    fn names_break_after_dots_and_strokes() {
        assert_eq!(
            broken("min_entry_edge_bps", 9),
            ["min_", "entry_", "edge_bps"]
        );
        assert_eq!(broken("min_entry_edge_bps", 10), ["min_entry_", "edge_bps"]);
        assert_eq!(broken("exit.edge_bps", 8), ["exit.", "edge_bps"]);
        assert_eq!(broken("winners", 3), ["winners"]);
    }
}
