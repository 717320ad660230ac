//! The Parquet columns of each kind, and how they are written.
//!
//! Prices and quantities are DECIMAL(18, scale) on physical INT64, times TIMESTAMP(ns, UTC): other tools read the
//! right numbers, ours read the raw integers.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::instrument::InstrumentRecord;
use super::kind::Kind;
use super::manifest::SCHEMA;
use super::row::FINE_DECIMALS;

/// Digits of stored decimals.
const PRECISION: u8 = 18;

/// Rows of a row group; what is held in memory of an open file at most.
const ROW_GROUP_ROWS: usize = 256 * 1024;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// Nanoseconds since the epoch.
    Time,
    /// A number that is only counted or compared.
    Int,
    /// A mantissa at the instrument's price decimals.
    Price,
    /// A mantissa at the instrument's quantity decimals.
    Qty,
    /// A mantissa of 8 decimals.
    Fine,
    /// 1, -1 or 0.
    Side,
    /// True or false.
    Flag,
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Type,
    pub(crate) nullable: bool,
}

const fn col(name: &'static str, kind: Type) -> Column {
    Column {
        name,
        kind,
        nullable: false,
    }
}

const fn opt(name: &'static str, kind: Type) -> Column {
    Column {
        name,
        kind,
        nullable: true,
    }
}

use Type::{Fine, Flag, Int, Qty, Side, Time};

const QUOTE: [Column; 8] = [
    col("ts_recv", Time),
    opt("ts_venue", Time),
    col("place", Int),
    col("update_id", Int),
    col("bid_px", Type::Price),
    col("bid_qty", Qty),
    col("ask_px", Type::Price),
    col("ask_qty", Qty),
];

const DEPTH: [Column; 11] = [
    col("ts_recv", Time),
    opt("ts_venue", Time),
    col("place", Int),
    col("seq_first", Int),
    col("seq_last", Int),
    opt("seq_prev", Int),
    col("snapshot", Flag),
    col("side", Side),
    col("px", Type::Price),
    col("qty", Qty),
    col("last", Flag),
];

const TRADE: [Column; 7] = [
    col("ts_recv", Time),
    opt("ts_venue", Time),
    col("place", Int),
    col("trade_id", Int),
    col("px", Type::Price),
    col("qty", Qty),
    col("side", Side),
];

const MARK: [Column; 5] = [
    col("ts_recv", Time),
    opt("ts_venue", Time),
    col("place", Int),
    col("mark", Fine),
    opt("index", Fine),
];

const FUNDING: [Column; 5] = [
    col("ts_recv", Time),
    opt("ts_venue", Time),
    col("place", Int),
    col("rate", Fine),
    col("settles_at", Time),
];

const BAR: [Column; 9] = [
    col("ts_recv", Time),
    opt("ts_venue", Time),
    col("place", Int),
    col("span_ns", Int),
    col("open", Type::Price),
    col("high", Type::Price),
    col("low", Type::Price),
    col("close", Type::Price),
    col("volume", Qty),
];

const INTEREST: [Column; 4] = [
    col("ts_recv", Time),
    opt("ts_venue", Time),
    col("place", Int),
    col("qty", Qty),
];

const STATUS: [Column; 4] = [
    col("ts_recv", Time),
    opt("ts_venue", Time),
    col("place", Int),
    col("trading", Flag),
];

const FEED: [Column; 4] = [
    col("ts_recv", Time),
    opt("ts_venue", Time),
    col("place", Int),
    col("news", Int),
];

/// The columns of a kind, in their order.
pub(crate) const fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Quote => &QUOTE,
        Kind::Depth => &DEPTH,
        Kind::Trade => &TRADE,
        Kind::Mark => &MARK,
        Kind::Funding => &FUNDING,
        Kind::Bar => &BAR,
        Kind::Interest => &INTEREST,
        Kind::Status => &STATUS,
        Kind::Feed => &FEED,
    }
}

/// Decimals of a column, where it has any.
pub(crate) fn decimals(kind: Type, instrument: &InstrumentRecord) -> Option<u8> {
    match kind {
        Type::Price => Some(instrument.price_decimals),
        Qty => Some(instrument.qty_decimals),
        Fine => Some(FINE_DECIMALS),
        Time | Int | Side | Flag => None,
    }
}

/// The Arrow type of a column.
pub(super) fn data_type(kind: Type, instrument: &InstrumentRecord) -> DataType {
    match (kind, decimals(kind, instrument)) {
        (_, Some(scale)) => DataType::Decimal64(PRECISION, scale as i8),
        (Time, _) => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
        (Side, _) => DataType::Int32,
        (Flag, _) => DataType::Boolean,
        _ => DataType::Int64,
    }
}

/// The Arrow schema of a kind at an instrument's decimals.
pub(super) fn arrow_schema(kind: Kind, instrument: &InstrumentRecord) -> SchemaRef {
    let fields: Vec<Field> = columns(kind)
        .iter()
        .map(|c| Field::new(c.name, data_type(c.kind, instrument), c.nullable))
        .collect();
    Arc::new(Schema::new(fields))
}

/// How a file is written: nothing of the machine, the program's build or the time goes in, so that equal sources
/// make equal bytes.
pub(super) fn options(
    kind: Kind,
    instrument: &InstrumentRecord,
    source_hash: &str,
) -> ArrowWriterOptions {
    let note = |key: &str, value: String| KeyValue::new(key.to_string(), value);
    let mut properties = WriterProperties::builder()
        .set_created_by("onetape version 1".to_string())
        .set_compression(Compression::UNCOMPRESSED)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_key_value_metadata(Some(vec![
            note("onetape.schema", SCHEMA.to_string()),
            note("onetape.source_hash", source_hash.to_string()),
            note("onetape.instrument", instrument.name()),
            note("onetape.kind", kind.name().to_string()),
        ]));
    for column in columns(kind) {
        let path = ColumnPath::from(column.name);
        if column.kind == Time {
            properties =
                properties.set_column_statistics_enabled(path.clone(), EnabledStatistics::Page);
        }
        if column.kind != Flag {
            properties = properties.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
    }
    // Arrow's own copy of the schema is left out: readers that do not know 64-bit decimals stumble over it, while
    // all of them know DECIMAL on INT64.
    ArrowWriterOptions::new()
        .with_properties(properties.build())
        .with_skip_arrow_metadata(true)
}
