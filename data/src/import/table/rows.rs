//! The rows of a table, whether it is text or Parquet.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::cells::Cell;
use super::parquet::{Batch, ParquetRows};
use crate::catalog::hash_file;
use crate::error::{Error, Result};
use crate::import::csv::{CsvRow, CsvRows};
use crate::import::sources::Source;

/// How Parquet files start.
const PARQUET_MAGIC: [u8; 4] = *b"PAR1";

/// An open table.
pub(super) struct TableRows<'a> {
    source: &'a Source<'a>,
    names: Vec<String>,
    form: Form,
}

enum Form {
    Csv(Box<CsvRows>),
    Parquet(Box<ParquetRows>),
}

/// One row.
#[derive(Clone, Copy)]
pub(super) enum TableRow<'a> {
    Csv(CsvRow<'a>),
    Parquet {
        path: &'a Path,
        batch: &'a Batch,
        at: usize,
        /// From 1, as lines are counted.
        number: u64,
    },
}

impl<'a> TableRows<'a> {
    /// Opens a table and reads the names of its columns.
    pub(super) fn open(source: &'a Source<'a>, skip_lines: u64, delimiter: char) -> Result<Self> {
        let path = source.path;
        let mut start = [0; 4];
        let is_parquet = File::open(path)
            .and_then(|file| file.take(4).read(&mut start))
            .map_err(Error::io("read", path))?
            == 4
            && start == PARQUET_MAGIC;
        if is_parquet {
            let rows = ParquetRows::open(path)?;
            return Ok(Self {
                source,
                names: rows.names(),
                form: Form::Parquet(Box::new(rows)),
            });
        }
        let mut rows = CsvRows::open(path, u8::try_from(delimiter).unwrap_or(b','))?;
        rows.skip_lines(skip_lines)?;
        let names = match rows.next()? {
            Some(first) => first.cells().map(str::to_string).collect(),
            None => {
                return Err(source.error(
                    "it has no line with the names of columns",
                    "check the file, and skip_lines of the mapping file",
                ));
            }
        };
        Ok(Self {
            source,
            names,
            form: Form::Csv(Box::new(rows)),
        })
    }

    /// Names of the columns.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The next row; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<TableRow<'_>>> {
        match &mut self.form {
            Form::Csv(rows) => Ok(rows.next()?.map(TableRow::Csv)),
            Form::Parquet(rows) => {
                let path = self.source.path;
                Ok((rows.next()?).map(|(batch, at, number)| TableRow::Parquet {
                    path,
                    batch,
                    at,
                    number,
                }))
            }
        }
    }

    /// Bytes of the file that were read so far, about.
    pub(super) fn bytes(&self) -> u64 {
        match &self.form {
            Form::Csv(rows) => rows.bytes(),
            Form::Parquet(rows) => rows.share_of(self.source.bytes),
        }
    }

    /// The number of the last line or row.
    pub(super) fn number(&self) -> u64 {
        match &self.form {
            Form::Csv(rows) => rows.number(),
            Form::Parquet(rows) => rows.number(),
        }
    }

    /// Checks, at the end, that the file is the one that was hashed.
    pub(super) fn finish(self) -> Result<()> {
        let hash = match self.form {
            Form::Csv(rows) => rows.hash()?,
            Form::Parquet(_) => {
                let path = self.source.path;
                hash_file(path).map_err(Error::io("read", path))?.1
            }
        };
        self.source.check_unchanged(&hash)
    }
}

impl<'a> TableRow<'a> {
    /// A cell, by the place of its column.
    pub(super) fn cell(&self, column: usize) -> Cell<'a> {
        match self {
            Self::Csv(row) => Cell::of(row.cell(column)),
            Self::Parquet { batch, at, .. } => batch.cell(column, *at),
        }
    }

    /// Its line or row, from 1.
    pub(super) const fn number(&self) -> u64 {
        match self {
            Self::Csv(row) => row.number,
            Self::Parquet { number, .. } => *number,
        }
    }

    /// Refuses the row.
    pub(super) fn error(&self, what: impl Into<String>, fix: &str) -> Error {
        match self {
            Self::Csv(row) => row.error(what, fix),
            Self::Parquet { path, number, .. } => Error::Source {
                file: path.to_path_buf(),
                what: format!("row {number}: {}", what.into()),
                fix: fix.to_string(),
            },
        }
    }
}
