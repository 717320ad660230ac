//! The check that a stored file looks as the catalogue writes files of its kind.

use std::path::Path;

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use crate::catalog::schema::{Column, Type, columns, decimals};
use crate::catalog::{InstrumentRecord, Kind};
use crate::error::{Error, Result};

/// Checks every column of a kind: there, flat, of the right type, at the instrument's decimals.
pub(super) fn check(
    path: &Path,
    schema: &SchemaDescriptor,
    kind: Kind,
    instrument: &InstrumentRecord,
) -> Result<()> {
    for expected in columns(kind) {
        let column = schema
            .columns()
            .iter()
            .find(|column| column.path().parts() == [expected.name])
            .ok_or_else(|| {
                Error::parquet(
                    path,
                    format!("has no column {} of {} rows", expected.name, kind.name()),
                )
            })?;
        check_column(column, expected, decimals(expected.kind, instrument))
            .map_err(|what| Error::parquet(path, format!("column {}: {what}", expected.name)))?;
    }
    Ok(())
}

fn check_column(
    column: &ColumnDescriptor,
    expected: &Column,
    scale: Option<u8>,
) -> std::result::Result<(), String> {
    if column.max_rep_level() != 0 || column.max_def_level() > i16::from(expected.nullable) {
        return Err("has empty or repeated values".to_string());
    }
    let physical = match expected.kind {
        Type::Side => Physical::INT32,
        Type::Flag => Physical::BOOLEAN,
        Type::Time | Type::Int | Type::Price | Type::Qty | Type::Fine => Physical::INT64,
    };
    if column.physical_type() != physical {
        return Err(format!("is {}, not {physical}", column.physical_type()));
    }
    if expected.kind == Type::Time && !is_nanos(column) {
        return Err("is not a time in nanoseconds".to_string());
    }
    match scale {
        Some(_) if column.converted_type() != ConvertedType::DECIMAL => {
            Err("is not a decimal".to_string())
        }
        Some(scale) if column.type_scale() != i32::from(scale) => Err(format!(
            "has {} decimals, the instrument has {scale}",
            column.type_scale()
        )),
        _ => Ok(()),
    }
}

fn is_nanos(column: &ColumnDescriptor) -> bool {
    matches!(
        column.logical_type_ref(),
        Some(LogicalType::Timestamp(time)) if time.unit == TimeUnit::NANOS
    )
}
