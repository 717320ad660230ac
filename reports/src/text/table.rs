//! Tables of text that line up, numbers on their decimal point, within a width.

use onetape_core::num::Money;
use rust_decimal::{Decimal, RoundingStrategy};

/// Widest line.
pub(crate) const WIDTH: usize = 100;
/// Decimals that numbers are shown with at most, and at least when a table would be too wide.
const DECIMALS: std::ops::RangeInclusive<u32> = 2..=8;
/// Between columns.
const GAP: &str = "  ";

/// One cell.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    /// Words, to the left.
    Words(String),
    /// A count, to the right.
    Count(u64),
    /// A number, on its decimal point, rounded where the table would be too wide.
    Number(Decimal),
    /// A number that is never rounded.
    Exact(Decimal),
    /// A short text to the right.
    Right(String),
}

impl Cell {
    /// Words, cut to a length.
    pub(crate) fn words(text: &str, length: usize) -> Self {
        if text.chars().count() <= length {
            return Self::Words(plain(text));
        }
        let cut: String = text.chars().take(length.saturating_sub(1)).collect();
        Self::Words(plain(&cut) + "…")
    }

    /// Money.
    pub(crate) fn money(amount: Money) -> Self {
        Self::Number(amount.decimal())
    }

    /// Whole and fraction, as they stand on either side of the point.
    fn parts(&self, decimals: u32) -> (String, String) {
        let text = match self {
            Self::Words(words) | Self::Right(words) => return (words.clone(), String::new()),
            Self::Count(count) => return (count.to_string(), String::new()),
            Self::Number(value) => rounded(*value, decimals).to_string(),
            Self::Exact(value) => value.normalize().to_string(),
        };
        match text.find('.') {
            Some(at) => (text[..at].to_owned(), text[at..].to_owned()),
            None => (text, String::new()),
        }
    }
}

/// A number at no more than some decimals, without trailing zeros.
pub(crate) fn rounded(value: Decimal, decimals: u32) -> Decimal {
    value
        .round_dp_with_strategy(decimals, RoundingStrategy::MidpointNearestEven)
        .normalize()
}

/// Control characters of names that came from outside would break the lines or the terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// A heading, column names and rows.
pub(crate) struct Table {
    title: String,
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table.
    pub(crate) fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        Self {
            title: title.into(),
            columns: columns.iter().map(|name| plain(name)).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row of as many cells as there are columns.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Writes the table; nothing when it has no rows.
    pub(crate) fn write(&self, out: &mut String) {
        if self.rows.is_empty() {
            return;
        }
        let mut lines = self.lines(*DECIMALS.end());
        for decimals in DECIMALS.rev().skip(1) {
            if lines.iter().all(|line| line.chars().count() <= WIDTH) {
                break;
            }
            lines = self.lines(decimals);
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&self.title);
        out.push('\n');
        for line in lines {
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }

    fn lines(&self, decimals: u32) -> Vec<String> {
        let cells: Vec<Vec<(String, String)>> = self
            .rows
            .iter()
            .map(|row| row.iter().map(|cell| cell.parts(decimals)).collect())
            .collect();
        let mut lines = vec![String::from(GAP); self.rows.len() + 1];
        for (column, name) in self.columns.iter().enumerate() {
            let width = |part: fn(&(String, String)) -> &String| {
                let parts = cells.iter().filter_map(|row| row.get(column)).map(part);
                parts.map(|text| text.chars().count()).max().unwrap_or(0)
            };
            let (whole, fraction) = (width(|cell| &cell.0), width(|cell| &cell.1));
            let total = (whole + fraction).max(name.chars().count());
            let whole = total - fraction;
            let words = self
                .rows
                .iter()
                .all(|row| matches!(row.get(column), None | Some(Cell::Words(_))));
            let gap = if column == 0 { "" } else { GAP };
            for (at, line) in lines.iter_mut().enumerate() {
                let cell = at.checked_sub(1).and_then(|at| cells.get(at)?.get(column));
                line.push_str(gap);
                line.push_str(&match (cell, words) {
                    (None, true) => format!("{name:<total$}"),
                    (None, false) => format!("{name:>total$}"),
                    (Some((left, _)), true) => format!("{left:<total$}"),
                    (Some((left, right)), false) => format!("{left:>whole$}{right:<fraction$}"),
                });
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_on_their_point() {
        let mut table = Table::new("T", &["name", "value"]);
        let number = |text: &str| Cell::Number(text.parse().unwrap());
        table.row(vec![Cell::words("a", 9), number("3517.65768")]);
        table.row(vec![Cell::words("long\u{1b}name", 6), number("-2.5")]);
        table.row(vec![Cell::words("c", 9), number("7")]);
        let mut out = String::new();
        table.write(&mut out);
        assert_eq!(
            out,
            "T\n  name         value\n  a       3517.65768\n  long\u{fffd}…    -2.5\n  c          7\n"
        );
    }

    #[test]
    fn a_wide_table_loses_decimals_and_exact_cells_do_not() {
        let mut table = Table::new("T", &["a", "b", "c", "d", "e", "f", "g", "h"]);
        let long: Decimal = "1234567.12345678".parse().unwrap();
        let mut row = vec![Cell::Number(long); 7];
        row.push(Cell::Exact("0.000000000001".parse().unwrap()));
        table.row(row);
        let mut out = String::new();
        table.write(&mut out);
        assert!(
            out.lines().all(|line| line.chars().count() <= WIDTH),
            "{out}"
        );
        assert!(
            out.contains("1234567.12") && out.contains("0.000000000001"),
            "{out}"
        );
    }
}
