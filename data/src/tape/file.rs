//! One stored file, read a row group and a few thousand rows at a time, only the columns that are asked for.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use parquet::column::reader::ColumnReader;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::statistics::Statistics;

use super::schema::check;
use crate::catalog::{FileRecord, InstrumentRecord, Kind};
use crate::error::{Error, Result};

/// A file that is to be read, what the manifest says of it, and the decimals it must have.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) path: Arc<Path>,
    pub(crate) record: FileRecord,
    pub(crate) instrument: Arc<InstrumentRecord>,
}

/// An open file.
pub(super) struct OpenFile {
    path: Arc<Path>,
    reader: SerializedFileReader<File>,
    next_group: usize,
    /// Rows that were not asked for yet.
    rows_left: u64,
}

impl OpenFile {
    /// Opens a file and checks its schema and its number of rows.
    pub(super) fn open(part: &Part, kind: Kind) -> Result<Self> {
        let file = File::open(&part.path).map_err(Error::io("open", &part.path))?;
        let reader = guarded(|| SerializedFileReader::new(file))
            .map_err(|why| Error::parquet(&part.path, why))?;
        let meta = reader.metadata();
        check(
            &part.path,
            meta.file_metadata().schema_descr(),
            kind,
            &part.instrument,
        )?;
        let rows = u64::try_from(meta.file_metadata().num_rows()).unwrap_or(0);
        if rows != part.record.parquet_rows {
            return Err(Error::Changed {
                path: part.path.to_path_buf(),
                expected: format!("{} rows", part.record.parquet_rows),
                found: format!("{rows} rows"),
            });
        }
        Ok(Self {
            path: part.path.clone(),
            reader,
            next_group: 0,
            rows_left: rows,
        })
    }

    /// The next row group that may hold rows at or after `from`, and the latest receive time of those skipped.
    pub(super) fn next_group(&mut self, from: i64) -> Result<(Option<Group>, Option<i64>)> {
        let mut skipped = None;
        while self.next_group < self.reader.num_row_groups() {
            let at = self.next_group;
            self.next_group += 1;
            let rows = self.group_rows(at);
            self.rows_left = self.rows_left.checked_sub(rows as u64).ok_or_else(|| {
                Error::parquet(&self.path, "row groups hold more rows than the file")
            })?;
            match self.latest(at) {
                Some(latest) if latest < from => skipped = skipped.max(Some(latest)),
                _ => return Ok((Some(self.group(at, rows)?), skipped)),
            }
        }
        if self.rows_left != 0 {
            return Err(Error::parquet(
                &self.path,
                "row groups hold fewer rows than the file",
            ));
        }
        Ok((None, skipped))
    }

    fn group_rows(&self, at: usize) -> usize {
        usize::try_from(self.reader.metadata().row_group(at).num_rows()).unwrap_or(0)
    }

    /// The latest receive time of a row group, where its statistics tell.
    fn latest(&self, at: usize) -> Option<i64> {
        let group = self.reader.metadata().row_group(at);
        let column = group
            .columns()
            .iter()
            .find(|column| column.column_descr().path().parts() == ["ts_recv"])?;
        match column.statistics()? {
            Statistics::Int64(values) if values.max_is_exact() => values.max_opt().copied(),
            _ => None,
        }
    }

    fn group(&self, at: usize, rows: usize) -> Result<Group> {
        let group = guarded(|| self.reader.get_row_group(at))
            .map_err(|why| Error::parquet(&self.path, why))?;
        let names = self.reader.metadata().file_metadata().schema_descr();
        let mut columns = Vec::with_capacity(names.num_columns());
        for (index, column) in names.columns().iter().enumerate() {
            let reader = guarded(|| group.get_column_reader(index))
                .map_err(|why| Error::parquet(&self.path, why))?;
            columns.push(NamedColumn {
                name: column.name().to_string(),
                optional: column.max_def_level() == 1,
                reader,
            });
        }
        Ok(Group {
            path: self.path.clone(),
            columns,
            rows_left: rows,
            levels: Vec::new(),
            values: Vec::new(),
        })
    }
}

/// Parquet's readers trust some counts in a file and panic on those that cannot be. A file that was made so passes
/// the check of its hash when the manifest was made with it.
pub(crate) fn guarded<T>(
    read: impl FnOnce() -> parquet::errors::Result<T>,
) -> parquet::errors::Result<T> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(ParquetError::General(
            "its counts make no sense".to_string(),
        ))
    })
}

struct NamedColumn {
    name: String,
    optional: bool,
    reader: ColumnReader,
}

/// One row group. Every column is read by its own cursor, so each batch reads the same number of rows of each.
pub(crate) struct Group {
    path: Arc<Path>,
    columns: Vec<NamedColumn>,
    rows_left: usize,
    levels: Vec<i16>,
    values: Vec<i64>,
}

impl Group {
    /// Starts a batch of at most `most` rows; zero when the group is read.
    pub(super) fn batch(&mut self, most: usize) -> usize {
        let rows = self.rows_left.min(most);
        self.rows_left -= rows;
        rows
    }

    /// Whose rows these are.
    pub(super) fn path(&self) -> &Arc<Path> {
        &self.path
    }

    /// The next values of a column of 64-bit integers, times or decimals.
    pub(super) fn ints(&mut self, name: &str, rows: usize, into: &mut Vec<i64>) -> Result<()> {
        into.clear();
        let read = match &mut self.column(name)?.reader {
            ColumnReader::Int64ColumnReader(reader) => {
                guarded(|| reader.read_records(rows, None, None, into))
            }
            _ => return Err(self.wrong_type(name)),
        };
        self.full(name, rows, read.map(|_| into.len()))
    }

    /// The next values of a column that may be empty.
    pub(super) fn optional_ints(
        &mut self,
        name: &str,
        rows: usize,
        into: &mut Vec<Option<i64>>,
    ) -> Result<()> {
        let (mut levels, mut values) = (
            std::mem::take(&mut self.levels),
            std::mem::take(&mut self.values),
        );
        levels.clear();
        values.clear();
        into.clear();
        let column = self.column(name)?;
        let optional = column.optional;
        let read = match &mut column.reader {
            ColumnReader::Int64ColumnReader(reader) => {
                guarded(|| reader.read_records(rows, Some(&mut levels), None, &mut values))
            }
            _ => return Err(self.wrong_type(name)),
        };
        if optional {
            let mut present = values.iter().copied();
            into.extend(
                levels
                    .iter()
                    .map(|&level| if level == 1 { present.next() } else { None }),
            );
        } else {
            into.extend(values.iter().copied().map(Some));
        }
        (self.levels, self.values) = (levels, values);
        self.full(name, rows, read.map(|_| into.len()))
    }

    /// The next values of a column of sides.
    pub(super) fn sides(&mut self, name: &str, rows: usize, into: &mut Vec<i32>) -> Result<()> {
        into.clear();
        let read = match &mut self.column(name)?.reader {
            ColumnReader::Int32ColumnReader(reader) => {
                guarded(|| reader.read_records(rows, None, None, into))
            }
            _ => return Err(self.wrong_type(name)),
        };
        self.full(name, rows, read.map(|_| into.len()))
    }

    /// The next values of a column of flags.
    pub(super) fn flags(&mut self, name: &str, rows: usize, into: &mut Vec<bool>) -> Result<()> {
        into.clear();
        let read = match &mut self.column(name)?.reader {
            ColumnReader::BoolColumnReader(reader) => {
                guarded(|| reader.read_records(rows, None, None, into))
            }
            _ => return Err(self.wrong_type(name)),
        };
        self.full(name, rows, read.map(|_| into.len()))
    }

    fn column(&mut self, name: &str) -> Result<&mut NamedColumn> {
        let path = self.path.clone();
        self.columns
            .iter_mut()
            .find(|column| column.name == name)
            .ok_or_else(|| Error::parquet(&path, format!("has no column {name}")))
    }

    fn wrong_type(&self, name: &str) -> Error {
        Error::parquet(&self.path, format!("column {name} is of another type"))
    }

    fn full(&self, name: &str, rows: usize, read: parquet::errors::Result<usize>) -> Result<()> {
        match read {
            Ok(found) if found == rows => Ok(()),
            Ok(found) => Err(Error::parquet(
                &self.path,
                format!("column {name} ends after {found} of {rows} rows"),
            )),
            Err(why) => Err(Error::parquet(&self.path, format!("column {name}: {why}"))),
        }
    }
}
