//! Tables as comma-separated text: a head, then a line a row; RFC 4180, UTF-8.

use std::io::Write;

use csv_core::{WriteResult, Writer};

use super::{Cell, Sink, Table, TableError};
use crate::time::moment;

/// Writes a table as CSV.
pub struct Csv<W> {
    out: W,
    writer: Writer,
    line: Vec<u8>,
}

impl<W: Write> Csv<W> {
    /// Begins the table.
    ///
    /// # Errors
    /// When the head cannot be written.
    pub fn begin(out: W, table: &Table) -> Result<Self, TableError> {
        Self::of(out, table.columns.iter().map(|(name, ..)| *name))
    }

    /// Begins a table of columns with these names.
    ///
    /// # Errors
    /// When the head cannot be written.
    pub fn of<'a>(out: W, names: impl Iterator<Item = &'a str>) -> Result<Self, TableError> {
        let mut csv = Self {
            out,
            writer: Writer::new(),
            line: Vec::new(),
        };
        csv.write(names.map(|name| text(&Cell::Text(name.to_owned()))))?;
        Ok(csv)
    }

    fn write(&mut self, fields: impl Iterator<Item = String>) -> Result<(), TableError> {
        self.line.clear();
        let mut buffer = [0; 512];
        for (at, field) in fields.enumerate() {
            if at > 0 {
                let (_, wrote) = self.writer.delimiter(&mut buffer);
                self.line.extend(buffer.iter().take(wrote));
            }
            let mut rest = field.as_bytes();
            loop {
                let (result, read, wrote) = self.writer.field(rest, &mut buffer);
                self.line.extend(buffer.iter().take(wrote));
                rest = rest.get(read..).unwrap_or_default();
                if result == WriteResult::InputEmpty {
                    break;
                }
            }
        }
        let (_, wrote) = self.writer.terminator(&mut buffer);
        self.line.extend(buffer.iter().take(wrote));
        Ok(self.out.write_all(&self.line)?)
    }
}

impl<W: Write> Sink for Csv<W> {
    fn row(&mut self, cells: &[Cell]) -> Result<(), TableError> {
        self.write(cells.iter().map(text))
    }

    fn finish(mut self: Box<Self>) -> Result<(), TableError> {
        Ok(self.out.flush()?)
    }
}

fn text(cell: &Cell) -> String {
    match cell {
        // What a spreadsheet would take for a formula is set apart; names come from venues.
        Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
            format!("'{text}")
        }
        Cell::Text(text) => text.clone(),
        Cell::Count(count) => count.to_string(),
        Cell::Time(at) => moment(*at),
        Cell::Amount(amount) => amount.normalize().to_string(),
        Cell::Flag(flag) => flag.to_string(),
        Cell::Empty => String::new(),
    }
}
