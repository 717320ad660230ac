//! The catalogue: market data by venue, instrument, kind and day, in Parquet files under one manifest.

mod row;

pub use row::{DepthRow, FundingRow, MarkRow, QuoteRow, Row, RowSink, Series, TradeRow};
