//! The rows of a Parquet file that someone else wrote.

use std::borrow::Cow;
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, Decimal128Array, RecordBatch, TimestampMicrosecondArray,
    TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
};
use arrow_schema::{DataType, TimeUnit};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;

use super::cells::Cell;
use crate::error::{Error, Result};
use crate::tape::guarded;

/// Rows decoded at a time.
const BATCH_ROWS: usize = 4_096;

/// An open file.
pub(super) struct ParquetRows {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
    names: Vec<String>,
    batch: Option<Batch>,
    at: usize,
    done: u64,
    rows: u64,
}

/// Some rows, by column.
#[derive(Debug)]
pub(super) struct Batch {
    columns: Vec<ArrayRef>,
    rows: usize,
}

impl ParquetRows {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        let bad = |why: ParquetError| broken(path, &why.to_string());
        let builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new(file)).map_err(bad)?;
        let rows = builder.metadata().file_metadata().num_rows();
        let names = builder.schema().fields().iter();
        let names: Vec<String> = names.map(|field| field.name().clone()).collect();
        for field in builder.schema().fields() {
            if !is_read(field.data_type()) {
                let what = format!("column {} is of type {}", field.name(), field.data_type());
                return Err(Error::Source {
                    file: path.to_path_buf(),
                    what,
                    fix: "leave it out; numbers, decimals, texts, flags and times are read"
                        .to_string(),
                });
            }
        }
        let reader = guarded(|| builder.with_batch_size(BATCH_ROWS).build()).map_err(bad)?;
        Ok(Self {
            path: path.to_path_buf(),
            reader,
            names,
            batch: None,
            at: 0,
            done: 0,
            rows: u64::try_from(rows).unwrap_or(0),
        })
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    /// The next row: its batch, its place there, and its number from 1.
    pub(super) fn next(&mut self) -> Result<Option<(&Batch, usize, u64)>> {
        let left = self
            .batch
            .as_ref()
            .is_some_and(|batch| self.at + 1 < batch.rows);
        if left {
            self.at += 1;
        } else if !self.load()? {
            return Ok(None);
        }
        self.done += 1;
        Ok(self.batch.as_ref().map(|batch| (batch, self.at, self.done)))
    }

    fn load(&mut self) -> Result<bool> {
        loop {
            let reader = &mut self.reader;
            let next = guarded(|| reader.next().transpose().map_err(ParquetError::from))
                .map_err(|why| broken(&self.path, &why.to_string()))?;
            let Some(batch) = next else {
                return Ok(false);
            };
            if batch.num_rows() > 0 {
                self.batch = Some(Batch::of(&batch));
                self.at = 0;
                return Ok(true);
            }
        }
    }

    pub(super) const fn number(&self) -> u64 {
        self.done
    }

    /// How many of so many bytes the rows so far are.
    pub(super) fn share_of(&self, bytes: u64) -> u64 {
        let share = u128::from(bytes) * u128::from(self.done) / u128::from(self.rows.max(1));
        u64::try_from(share).unwrap_or(bytes)
    }
}

fn broken(path: &Path, why: &str) -> Error {
    Error::Source {
        file: path.to_path_buf(),
        what: format!(
            "the Parquet file cannot be read ({})",
            why.replace("Parquet error: ", "")
        ),
        fix: "fetch or write the file again".to_string(),
    }
}

fn is_read(kind: &DataType) -> bool {
    kind.is_integer()
        || matches!(
            kind,
            DataType::Float32
                | DataType::Float64
                | DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Utf8View
                | DataType::Boolean
                | DataType::Timestamp(..)
                | DataType::Decimal128(..)
                | DataType::Null
        )
}

impl Batch {
    fn of(batch: &RecordBatch) -> Self {
        Self {
            columns: batch.columns().to_vec(),
            rows: batch.num_rows(),
        }
    }

    /// A cell.
    pub(super) fn cell(&self, column: usize, at: usize) -> Cell<'_> {
        let Some(array) = self.columns.get(column) else {
            return Cell::Empty;
        };
        if array.is_null(at) {
            return Cell::Empty;
        }
        match array.data_type() {
            DataType::Int8 => Cell::Int(array.as_primitive::<Int8Type>().value(at).into()),
            DataType::Int16 => Cell::Int(array.as_primitive::<Int16Type>().value(at).into()),
            DataType::Int32 => Cell::Int(array.as_primitive::<Int32Type>().value(at).into()),
            DataType::Int64 => Cell::Int(array.as_primitive::<Int64Type>().value(at)),
            DataType::UInt8 => Cell::Int(array.as_primitive::<UInt8Type>().value(at).into()),
            DataType::UInt16 => Cell::Int(array.as_primitive::<UInt16Type>().value(at).into()),
            DataType::UInt32 => Cell::Int(array.as_primitive::<UInt32Type>().value(at).into()),
            DataType::UInt64 => text(array.as_primitive::<UInt64Type>().value(at).to_string()),
            // The shortest text that gives the same float: wider floats would show what it is off.
            DataType::Float32 => text(array.as_primitive::<Float32Type>().value(at).to_string()),
            DataType::Float64 => Cell::Float(array.as_primitive::<Float64Type>().value(at)),
            DataType::Utf8 => Cell::of(array.as_string::<i32>().value(at)),
            DataType::LargeUtf8 => Cell::of(array.as_string::<i64>().value(at)),
            DataType::Utf8View => Cell::of(array.as_string_view().value(at)),
            DataType::Boolean => Cell::Flag(array.as_boolean().value(at)),
            DataType::Decimal128(..) => (array.as_any().downcast_ref::<Decimal128Array>())
                .map_or(Cell::Empty, |array| text(array.value_as_string(at))),
            DataType::Timestamp(unit, _) => time(array, *unit, at),
            _ => Cell::Empty,
        }
    }
}

const fn text<'a>(text: String) -> Cell<'a> {
    Cell::Text(Cow::Owned(text))
}

fn time<'a>(array: &ArrayRef, unit: TimeUnit, at: usize) -> Cell<'a> {
    let any = array.as_any();
    let (value, factor) = match unit {
        TimeUnit::Second => (
            any.downcast_ref::<TimestampSecondArray>()
                .map(|a| a.value(at)),
            1_000_000_000,
        ),
        TimeUnit::Millisecond => (
            any.downcast_ref::<TimestampMillisecondArray>()
                .map(|a| a.value(at)),
            1_000_000,
        ),
        TimeUnit::Microsecond => (
            any.downcast_ref::<TimestampMicrosecondArray>()
                .map(|a| a.value(at)),
            1_000,
        ),
        TimeUnit::Nanosecond => (
            any.downcast_ref::<TimestampNanosecondArray>()
                .map(|a| a.value(at)),
            1,
        ),
    };
    (value.and_then(|value| value.checked_mul(factor))).map_or(Cell::Empty, Cell::Time)
}
