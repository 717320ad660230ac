//! What a question came to: columns and rows, as text, as JSON, or into a table's sink.

use serde_json::{Map, Value as Json};

use super::plan::Plan;
use super::value::Value;
use crate::tables::{Cell, Kind, Sink, TableError};
use crate::text::table::{Cell as Shown, Table};
use crate::time::{moment, stamp};

/// Longest text of a cell on a terminal.
const LONGEST: usize = 48;

/// Columns and rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    columns: Vec<(String, Kind)>,
    rows: Vec<Vec<Cell>>,
    totals: Vec<Vec<Cell>>,
    found: usize,
}

impl Answer {
    pub(super) fn new(
        plan: &Plan,
        rows: Vec<Vec<Value>>,
        totals: Vec<Vec<Value>>,
        found: usize,
    ) -> Self {
        let names = plan.names().into_iter().map(str::to_owned);
        let cells = |rows: Vec<Vec<Value>>| {
            let rows = rows.into_iter();
            rows.map(|row| row.into_iter().map(Value::cell).collect())
                .collect()
        };
        Self {
            columns: names.zip(plan.kinds()).collect(),
            rows: cells(rows),
            totals: cells(totals),
            found,
        }
    }

    /// Names of the columns, and what they hold.
    pub fn columns(&self) -> &[(String, Kind)] {
        &self.columns
    }

    /// Rows, a cell for each column.
    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// All groups in one, a row for each asset; no rows where there are no groups.
    pub fn totals(&self) -> &[Vec<Cell>] {
        &self.totals
    }

    /// Writes every row into a table.
    ///
    /// # Errors
    /// When a row cannot be written.
    pub fn write(&self, mut sink: Box<dyn Sink + '_>) -> Result<(), TableError> {
        for row in &self.rows {
            sink.row(row)?;
        }
        sink.finish()
    }

    /// As text that lines up, at most so many rows of it, and the totals.
    pub fn to_text(&self, most: usize) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        let mut table = Table::new("", &names);
        for row in self.rows.iter().take(most).chain(&self.totals) {
            table.row(row.iter().map(shown).collect());
        }
        let mut out = String::new();
        table.write(&mut out);
        let out = out.trim_start_matches('\n').to_owned();
        let (left, rows) = (self.rows.len().saturating_sub(most), self.found);
        match (rows, left) {
            (0, _) => "no rows\n".to_owned(),
            (_, 0) => out,
            _ => format!(
                "{out}{left} more rows of {rows}; --limit, --csv, --parquet or --json has them\n"
            ),
        }
    }

    /// As `{"columns": …, "rows": […], "totals": […]}`, a row an object; amounts and times as text.
    pub fn to_json(&self) -> Json {
        let rows = |rows: &[Vec<Cell>]| {
            let object = |row: &Vec<Cell>| {
                let names = self.columns.iter().map(|(name, _)| name.clone());
                Json::Object(names.zip(row.iter().map(json)).collect::<Map<_, _>>())
            };
            rows.iter().map(object).collect::<Vec<_>>()
        };
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        serde_json::json!({
            "columns": names,
            "rows": rows(&self.rows),
            "totals": rows(&self.totals),
        })
    }
}

fn shown(cell: &Cell) -> Shown {
    match cell {
        Cell::Text(text) => Shown::words(text, LONGEST),
        Cell::Count(count) => Shown::Count(*count),
        Cell::Time(at) => Shown::Right(stamp(*at)),
        Cell::Amount(amount) => Shown::Number(*amount),
        Cell::Flag(flag) => Shown::Words(flag.to_string()),
        Cell::Empty => Shown::Words(String::new()),
    }
}

fn json(cell: &Cell) -> Json {
    match cell {
        Cell::Text(text) => text.as_str().into(),
        Cell::Count(count) => (*count).into(),
        Cell::Time(at) => moment(*at).into(),
        Cell::Amount(amount) => amount.normalize().to_string().into(),
        Cell::Flag(flag) => (*flag).into(),
        Cell::Empty => Json::Null,
    }
}
