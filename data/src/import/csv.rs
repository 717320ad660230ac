//! Rows of comma-separated text: a line is a row; every row has as many columns as the first one.

use std::path::Path;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::text::{TextLine, TextLines, line_error};
use crate::error::{Error, Result};

/// More columns than this is no table.
const COLUMNS_MAX: usize = 4_096;

const MEND: &str = "mend or remove the line";

/// Reads a table row by row.
pub(super) struct CsvRows {
    lines: TextLines,
    splitter: Splitter,
    /// True while the first row was looked at and not taken.
    held: bool,
}

/// One row.
#[derive(Clone, Copy)]
pub(super) struct CsvRow<'a> {
    path: &'a Path,
    /// The number of its line, from 1.
    pub(super) number: u64,
    text: &'a str,
    ends: &'a [usize],
}

/// Splits lines into cells.
struct Splitter {
    reader: Reader,
    /// The cells of a row, one behind the other.
    text: String,
    ends: Vec<usize>,
    /// How many cells a row has; 0 before the first.
    columns: usize,
}

impl CsvRows {
    pub(super) fn open(path: &Path, delimiter: u8) -> Result<Self> {
        Ok(Self {
            lines: TextLines::open(path)?,
            splitter: Splitter {
                reader: ReaderBuilder::new().delimiter(delimiter).build(),
                text: String::new(),
                ends: Vec::new(),
                columns: 0,
            },
            held: false,
        })
    }

    /// The first row, which [`CsvRows::next`] gives again unless [`CsvRows::skip`] is called.
    pub(super) fn first(&mut self) -> Result<Option<CsvRow<'_>>> {
        if !self.held {
            self.held = self.advance()?;
        }
        Ok(self.held.then(|| self.row()))
    }

    /// Passes over the row that [`CsvRows::first`] gave.
    pub(super) const fn skip(&mut self) {
        self.held = false;
    }

    /// Passes over lines that are no rows, at the start.
    pub(super) fn skip_lines(&mut self, count: u64) -> Result<()> {
        while self.lines.number() < count && self.lines.next()?.is_some() {}
        Ok(())
    }

    /// The next row; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<CsvRow<'_>>> {
        let more = std::mem::take(&mut self.held) || self.advance()?;
        Ok(more.then(|| self.row()))
    }

    fn advance(&mut self) -> Result<bool> {
        match self.lines.next()? {
            Some(line) => self.splitter.split(line).map(|()| true),
            None => Ok(false),
        }
    }

    fn row(&self) -> CsvRow<'_> {
        CsvRow {
            path: self.lines.path(),
            number: self.lines.number(),
            text: &self.splitter.text,
            ends: &self.splitter.ends,
        }
    }

    /// Bytes of the file that were read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.lines.bytes()
    }

    /// The number of the last line.
    pub(super) const fn number(&self) -> u64 {
        self.lines.number()
    }

    /// At the end: the hash of the file.
    pub(super) fn hash(self) -> Result<String> {
        self.lines.hash()
    }
}

impl Splitter {
    fn split(&mut self, line: TextLine<'_>) -> Result<()> {
        let text = match line.number {
            1 => line.text.trim_start_matches('\u{feff}'),
            _ => line.text,
        };
        let mut cells = std::mem::take(&mut self.text).into_bytes();
        cells.resize(text.len() + 1, 0);
        self.ends.resize(self.columns.max(64), 0);
        let (mut read, mut written, mut columns) = (0, 0, 0);
        loop {
            // The line's end is handed in behind it: only there may a row be complete.
            let rest = match &text.as_bytes()[read.min(text.len())..] {
                [] => b"\n",
                rest => rest,
            };
            let (result, taken, put, ended) =
                self.reader
                    .read_record(rest, &mut cells[written..], &mut self.ends[columns..]);
            (read, written, columns) = (read + taken, written + put, columns + ended);
            match result {
                ReadRecordResult::InputEmpty if read <= text.len() => {}
                ReadRecordResult::OutputFull => cells.resize(cells.len() * 2, 0),
                ReadRecordResult::OutputEndsFull if self.ends.len() < COLUMNS_MAX => {
                    self.ends.resize(self.ends.len() * 2, 0);
                }
                ReadRecordResult::OutputEndsFull => {
                    let what = format!("the line has more than {COLUMNS_MAX} columns");
                    return Err(line.error(what, "check that this is the right file"));
                }
                ReadRecordResult::InputEmpty => {
                    self.reader.reset();
                    return Err(line.error("a quoted cell does not end on its line", MEND));
                }
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        cells.truncate(written);
        self.ends.truncate(columns);
        self.text =
            String::from_utf8(cells).map_err(|_| line.error("a cell is not UTF-8", MEND))?;
        self.check_columns(line, columns)
    }

    fn check_columns(&mut self, line: TextLine<'_>, columns: usize) -> Result<()> {
        match self.columns {
            0 => self.columns = columns,
            known if known == columns => {}
            known => {
                let what = format!("the line has {columns} columns, those before have {known}");
                return Err(line.error(what, MEND));
            }
        }
        Ok(())
    }
}

impl<'a> CsvRow<'a> {
    /// How many cells it has.
    pub(super) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// A cell, by its place from 0; empty behind the last.
    pub(super) fn cell(&self, at: usize) -> &'a str {
        let end = self.ends.get(at).copied().unwrap_or_default();
        let start = at.checked_sub(1).and_then(|at| self.ends.get(at));
        let range = start.copied().unwrap_or_default()..end;
        self.text.get(range).unwrap_or_default()
    }

    /// Where the cell of this text is; for the row of the columns' names.
    pub(super) fn position(&self, text: &str) -> Option<usize> {
        self.cells().position(|cell| cell == text)
    }

    /// Every cell.
    pub(super) fn cells(&self) -> impl Iterator<Item = &'a str> {
        let row = *self;
        (0..row.len()).map(move |at| row.cell(at))
    }

    /// Refuses the row.
    pub(super) fn error(&self, what: impl Into<String>, fix: &str) -> Error {
        line_error(self.path, self.number, what, fix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Result<Vec<Vec<String>>> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let mut rows = CsvRows::open(file.path(), b',')?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(row.cells().map(str::to_string).collect());
        }
        Ok(found)
    }

    #[test]
    fn rows_are_split_at_the_delimiter_and_unquoted() {
        let text = "\u{feff}a,b,c\r\n1,,3\n\n\"x, \"\"y\"\"\",é, z \n,,";
        let expected = [
            ["a", "b", "c"],
            ["1", "", "3"],
            ["x, \"y\"", "é", " z "],
            ["", "", ""],
        ];
        assert_eq!(read(text.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn what_is_no_row_is_refused_with_its_line() {
        for (text, says) in [
            (
                "a,b\n1,2\n3\n",
                "line 3: the line has 1 columns, those before have 2",
            ),
            (
                "a,b\n\"1,2\n3,4\n",
                "line 2: a quoted cell does not end on its line",
            ),
        ] {
            let why = read(text.as_bytes()).unwrap_err().to_string();
            assert!(why.contains(says), "{why}");
        }
        assert!(
            read(b"a,b\n1,\xff\n")
                .unwrap_err()
                .to_string()
                .contains("line 2")
        );
        let wide = ",".repeat(5_000);
        assert!(
            read(wide.as_bytes())
                .unwrap_err()
                .to_string()
                .contains("4096 columns")
        );
    }

    #[test]
    fn the_first_row_can_be_looked_at() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "a\nb\n").unwrap();
        let mut rows = CsvRows::open(file.path(), b',').unwrap();
        assert_eq!(rows.first().unwrap().unwrap().cell(0), "a");
        assert_eq!(rows.first().unwrap().unwrap().number, 1);
        assert_eq!(rows.next().unwrap().unwrap().cell(0), "a");
        assert_eq!(rows.next().unwrap().unwrap().cell(0), "b");
        assert!(rows.next().unwrap().is_none());
        let mut rows = CsvRows::open(file.path(), b',').unwrap();
        rows.first().unwrap();
        rows.skip();
        assert_eq!(rows.next().unwrap().unwrap().cell(0), "b");
    }

    proptest! {
        #[test]
        fn cells_come_back_as_they_were_written(
            rows in (1usize..70).prop_flat_map(|columns| {
                let cell = "[a-c,\" é]{0,4}".prop_map(|cell| cell + "x");
                prop::collection::vec(prop::collection::vec(cell, columns), 1..5)
            })
        ) {
            let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let text: Vec<String> = (rows.iter())
                .map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(","))
                .collect();
            prop_assert_eq!(read(text.join("\n").as_bytes()).unwrap(), rows);
        }
    }
}
