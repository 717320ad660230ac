//! Tables as Parquet: amounts are DECIMAL(38, 18), times are UTC to the nanosecond.

use std::io::Write;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Decimal128Builder, StringBuilder, TimestampNanosecondBuilder,
    UInt64Builder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{Cell, Kind, Sink, Table, TableError};

/// Rows that are gathered before they are written.
const BATCH_ROWS: usize = 8_192;
const DIGITS: u8 = 38;
const DECIMALS: i8 = 18;

/// Writes a table as Parquet.
pub struct Parquet<W: Write + Send> {
    names: Vec<String>,
    schema: SchemaRef,
    builders: Vec<Builder>,
    rows: usize,
    writer: ArrowWriter<W>,
}

enum Builder {
    Text(StringBuilder),
    Count(UInt64Builder),
    Time(TimestampNanosecondBuilder),
    Amount(Decimal128Builder),
    Flag(BooleanBuilder),
}

impl<W: Write + Send> Parquet<W> {
    /// Begins the table.
    ///
    /// # Errors
    /// When the head cannot be written.
    pub fn begin(out: W, table: &Table) -> Result<Self, TableError> {
        let columns = table.columns.iter();
        let columns: Vec<(&str, Kind)> = columns.map(|(name, kind, _)| (*name, *kind)).collect();
        Self::of(out, &columns)
    }

    /// Begins a table of these columns.
    ///
    /// # Errors
    /// When the head cannot be written.
    pub fn of(out: W, columns: &[(&str, Kind)]) -> Result<Self, TableError> {
        let fields: Vec<Field> = columns
            .iter()
            .map(|(name, kind)| Field::new(*name, data_type(*kind), true))
            .collect();
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by("onetape".to_owned())
            .build();
        Ok(Self {
            names: columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
            builders: columns.iter().map(|(_, kind)| builder(*kind)).collect(),
            rows: 0,
            writer: ArrowWriter::try_new(out, schema.clone(), Some(properties)).map_err(refused)?,
            schema,
        })
    }

    fn flush(&mut self) -> Result<(), TableError> {
        if self.rows == 0 {
            return Ok(());
        }
        let columns: Vec<ArrayRef> = self.builders.iter_mut().map(Builder::take).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), columns)
            .map_err(|error| TableError::Parquet(error.to_string()))?;
        self.rows = 0;
        self.writer.write(&batch).map_err(refused)
    }
}

fn refused(error: parquet::errors::ParquetError) -> TableError {
    TableError::Parquet(error.to_string())
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Count => DataType::UInt64,
        Kind::Time => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
        Kind::Amount => DataType::Decimal128(DIGITS, DECIMALS),
        Kind::Flag => DataType::Boolean,
    }
}

fn builder(kind: Kind) -> Builder {
    match kind {
        Kind::Text => Builder::Text(StringBuilder::new()),
        Kind::Count => Builder::Count(UInt64Builder::new()),
        Kind::Time => {
            Builder::Time(TimestampNanosecondBuilder::new().with_data_type(data_type(kind)))
        }
        Kind::Amount => Builder::Amount(Decimal128Builder::new().with_data_type(data_type(kind))),
        Kind::Flag => Builder::Flag(BooleanBuilder::new()),
    }
}

impl Builder {
    fn push(&mut self, cell: &Cell, name: &str) -> Result<(), TableError> {
        match (self, cell) {
            (Self::Text(column), Cell::Text(text)) => column.append_value(text),
            (Self::Count(column), Cell::Count(count)) => column.append_value(*count),
            (Self::Time(column), Cell::Time(at)) => column.append_value(at.nanos()),
            (Self::Amount(column), Cell::Amount(amount)) => {
                column.append_value(fixed(*amount).ok_or(TableError::TooLarge {
                    column: name.to_owned(),
                    value: *amount,
                })?)
            }
            (Self::Flag(column), Cell::Flag(flag)) => column.append_value(*flag),
            (Self::Text(column), _) => column.append_null(),
            (Self::Count(column), _) => column.append_null(),
            (Self::Time(column), _) => column.append_null(),
            (Self::Amount(column), _) => column.append_null(),
            (Self::Flag(column), _) => column.append_null(),
        }
        Ok(())
    }

    fn take(&mut self) -> ArrayRef {
        match self {
            Self::Text(column) => ArrayBuilder::finish(column),
            Self::Count(column) => ArrayBuilder::finish(column),
            Self::Time(column) => ArrayBuilder::finish(column),
            Self::Amount(column) => ArrayBuilder::finish(column),
            Self::Flag(column) => ArrayBuilder::finish(column),
        }
    }
}

/// The amount in units of its eighteenth decimal, when 38 digits hold it.
fn fixed(amount: Decimal) -> Option<i128> {
    let cut = amount
        .round_dp_with_strategy(DECIMALS as u32, RoundingStrategy::MidpointNearestEven)
        .normalize();
    let factor = 10_i128.checked_pow(DECIMALS as u32 - cut.scale())?;
    let value = cut.mantissa().checked_mul(factor)?;
    (value.unsigned_abs() < 10_u128.pow(DIGITS.into())).then_some(value)
}

impl<W: Write + Send> Sink for Parquet<W> {
    fn row(&mut self, cells: &[Cell]) -> Result<(), TableError> {
        for ((builder, cell), name) in self.builders.iter_mut().zip(cells).zip(&self.names) {
            builder.push(cell, name)?;
        }
        self.rows += 1;
        if self.rows < BATCH_ROWS {
            return Ok(());
        }
        self.flush()
    }

    fn finish(mut self: Box<Self>) -> Result<(), TableError> {
        self.flush()?;
        self.writer.close().map_err(refused)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_eighteen_decimals() {
        let of = |text: &str| fixed(text.parse().unwrap());
        assert_eq!(of("1.5"), Some(1_500_000_000_000_000_000));
        assert_eq!(of("-0.000000000000000001"), Some(-1));
        assert_eq!(of("0.0000000000000000004"), Some(0));
        assert_eq!(of("79228162514264337593543950335"), None);
    }
}
