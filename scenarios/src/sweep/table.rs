//! Rows as a Parquet file and back. Equal rows make equal bytes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow_schema::{Field, Schema};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde_json::{Map, Value};

use crate::store;

/// One column, a value a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Column {
    /// Exact text.
    Text(Vec<Option<String>>),
    /// Whole numbers.
    Count(Vec<Option<i64>>),
    /// True or false.
    Flag(Vec<Option<bool>>),
    /// Statistics.
    Float(Vec<Option<f64>>),
}

/// Named columns of equal length, and what stands in the file beside them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    /// Columns in their order.
    pub columns: Vec<(String, Column)>,
    /// Keys and values of the file's metadata.
    pub words: Vec<(String, String)>,
}

impl Column {
    fn array(&self) -> ArrayRef {
        match self {
            Self::Text(values) => Arc::new(StringArray::from(values.clone())),
            Self::Count(values) => Arc::new(Int64Array::from(values.clone())),
            Self::Flag(values) => Arc::new(BooleanArray::from(values.clone())),
            Self::Float(values) => Arc::new(Float64Array::from(values.clone())),
        }
    }

    /// Adds a value; one of another kind is none.
    pub(super) fn push(&mut self, value: &Value) {
        match self {
            Self::Text(values) => values.push(value.as_str().map(str::to_string)),
            Self::Count(values) => values.push(value.as_i64()),
            Self::Flag(values) => values.push(value.as_bool()),
            Self::Float(values) => values.push(value.as_f64()),
        }
    }

    fn value(&self, row: usize) -> Value {
        let value = match self {
            Self::Text(values) => values.get(row).cloned().flatten().map(Value::from),
            Self::Count(values) => values.get(row).copied().flatten().map(Value::from),
            Self::Flag(values) => values.get(row).copied().flatten().map(Value::from),
            Self::Float(values) => values.get(row).copied().flatten().map(Value::from),
        };
        value.unwrap_or(Value::Null)
    }
}

impl Table {
    /// Writes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write(&self, place: &Path) -> anyhow::Result<()> {
        store::put(place, &self.to_bytes()?)
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// Never in practice: every table can be written.
    pub(super) fn to_bytes(&self) -> anyhow::Result<Vec<u8>> {
        let arrays = self.columns.iter().map(|(_, column)| column.array());
        let arrays: Vec<ArrayRef> = arrays.collect();
        let fields = self.columns.iter().zip(&arrays);
        let fields =
            fields.map(|((name, _), array)| Field::new(name, array.data_type().clone(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let batch = RecordBatch::try_new(schema.clone(), arrays)?;
        let words = self.words.iter();
        let words = words.map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        let properties = WriterProperties::builder()
            .set_created_by("onetape".to_string())
            .set_key_value_metadata(Some(words.collect()))
            .build();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties))?;
        writer.write(&batch)?;
        writer.close()?;
        Ok(bytes)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When there is none or it is not whole.
    pub(super) fn read(place: &Path) -> anyhow::Result<Self> {
        let unread = || store::unread(place);
        let bytes = store::read(place).map_err(|why| store::told(why, unread))?;
        // The library panics on some damaged files.
        let decoded = catch_unwind(AssertUnwindSafe(|| Self::decode(bytes.into())));
        let decoded = decoded.unwrap_or_else(|_| Err(anyhow::anyhow!("it is damaged")));
        decoded.with_context(unread)
    }

    fn decode(bytes: Bytes) -> anyhow::Result<Self> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
        let words = builder.metadata().file_metadata().key_value_metadata();
        let words = words.into_iter().flatten();
        let words = words.map(|word| (word.key.clone(), word.value.clone().unwrap_or_default()));
        let mut table = Self {
            columns: Vec::new(),
            words: words.collect(),
        };
        for batch in builder.build()? {
            table.append(&batch?);
        }
        Ok(table)
    }

    fn append(&mut self, batch: &RecordBatch) {
        let schema = batch.schema();
        for (field, array) in schema.fields().iter().zip(batch.columns()) {
            let name = field.name();
            let place = self.columns.iter().position(|(known, _)| known == name);
            let read = column(array);
            match (place.map(|at| &mut self.columns[at].1), read) {
                (Some(Column::Text(all)), Some(Column::Text(mut more))) => all.append(&mut more),
                (Some(Column::Count(all)), Some(Column::Count(mut more))) => all.append(&mut more),
                (Some(Column::Flag(all)), Some(Column::Flag(mut more))) => all.append(&mut more),
                (Some(Column::Float(all)), Some(Column::Float(mut more))) => all.append(&mut more),
                (None, Some(column)) => self.columns.push((name.clone(), column)),
                _ => {}
            }
        }
    }

    /// The value of a key of the metadata.
    pub(super) fn word(&self, key: &str) -> Option<&str> {
        let mut words = self.words.iter();
        words
            .find(|(known, _)| known == key)
            .map(|(_, value)| value.as_str())
    }

    /// A row as an object, its columns by name.
    pub(super) fn row(&self, row: usize) -> Map<String, Value> {
        let columns = self.columns.iter();
        columns
            .map(|(name, column)| (name.clone(), column.value(row)))
            .collect()
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, column)| match column {
            Column::Text(values) => values.len(),
            Column::Count(values) => values.len(),
            Column::Flag(values) => values.len(),
            Column::Float(values) => values.len(),
        })
    }
}

fn column(array: &ArrayRef) -> Option<Column> {
    use arrow_schema::DataType;
    Some(match array.data_type() {
        DataType::Utf8 => {
            let texts = array.as_string::<i32>().iter();
            Column::Text(texts.map(|text| text.map(str::to_string)).collect())
        }
        DataType::Int64 => Column::Count(array.as_primitive::<Int64Type>().iter().collect()),
        DataType::Boolean => Column::Flag(array.as_boolean().iter().collect()),
        DataType::Float64 => Column::Float(array.as_primitive::<Float64Type>().iter().collect()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn tables_come_back_and_are_equal_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let table = Table {
            columns: vec![
                ("a".into(), Column::Count(vec![Some(1), None])),
                (
                    "b".into(),
                    Column::Text(vec![Some("1.10".into()), Some(String::new())]),
                ),
                ("c".into(), Column::Flag(vec![None, Some(true)])),
                ("d".into(), Column::Float(vec![Some(0.5), None])),
            ],
            words: vec![("plan".into(), "x".into())],
        };
        let places = ["one", "two"].map(|name| dir.path().join("new").join(name));
        for place in &places {
            table.write(place).unwrap();
        }
        let read = Table::read(&places[0]).unwrap();
        assert_eq!(read.columns, table.columns);
        assert_eq!((read.word("plan"), read.rows()), (Some("x"), 2));
        assert_eq!(read.row(0)["b"], "1.10");
        assert_eq!(fs::read(&places[0]).unwrap(), fs::read(&places[1]).unwrap());
        let left = fs::read_dir(dir.path().join("new")).unwrap().count();
        assert_eq!(left, 2);
    }
}
