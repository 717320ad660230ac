//! The rows of one file as they stand in it, every kind: for readers that judge or copy what is stored.

use super::columns::{
    BarColumns, Columns, FundingColumns, InterestColumns, MarkColumns, QuoteColumns, StatusColumns,
    TradeColumns,
};
use super::cursor::Cursor;
use super::depth::DepthCursor;
use super::file::Part;
use crate::catalog::{Kind, Row};
use crate::error::Result;

/// The rows of one file. Stamps are given as stored; on a tape they never go back.
pub(crate) enum StoredRows {
    Quote(Cursor<QuoteColumns>),
    Depth(Box<DepthCursor>),
    Trade(Cursor<TradeColumns>),
    Mark(Cursor<MarkColumns>),
    Funding(Cursor<FundingColumns>),
    Bar(Cursor<BarColumns>),
    Interest(Cursor<InterestColumns>),
    Status(Cursor<StatusColumns>),
}

impl StoredRows {
    /// At the first row of a file.
    pub(crate) fn open(part: Part) -> Result<Self> {
        Ok(match part.record.kind {
            Kind::Quote => Self::Quote(Cursor::stored(part)?),
            Kind::Depth => Self::Depth(Box::new(DepthCursor::stored(part)?)),
            Kind::Trade => Self::Trade(Cursor::stored(part)?),
            Kind::Mark => Self::Mark(Cursor::stored(part)?),
            Kind::Funding => Self::Funding(Cursor::stored(part)?),
            Kind::Bar => Self::Bar(Cursor::stored(part)?),
            Kind::Interest => Self::Interest(Cursor::stored(part)?),
            Kind::Status => Self::Status(Cursor::stored(part)?),
        })
    }

    /// The next row; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Row>> {
        match self {
            Self::Quote(cursor) => take(cursor, |columns, at| Row::Quote(columns.row(at))),
            Self::Trade(cursor) => take(cursor, |columns, at| Row::Trade(columns.row(at))),
            Self::Mark(cursor) => take(cursor, |columns, at| Row::Mark(columns.row(at))),
            Self::Funding(cursor) => take(cursor, |columns, at| Row::Funding(columns.row(at))),
            Self::Bar(cursor) => take(cursor, |columns, at| Row::Bar(columns.row(at))),
            Self::Interest(cursor) => take(cursor, |columns, at| Row::Interest(columns.row(at))),
            Self::Status(cursor) => take(cursor, |columns, at| Row::Status(columns.row(at))),
            Self::Depth(cursor) => match cursor.head() {
                Some(_) => cursor.take_row().map(Row::Depth).map(Some),
                None => Ok(None),
            },
        }
    }
}

fn take<C: Columns>(
    cursor: &mut Cursor<C>,
    make: impl FnOnce(&C, usize) -> Row,
) -> Result<Option<Row>> {
    if cursor.head().is_none() {
        return Ok(None);
    }
    let (columns, at) = cursor.row();
    let row = make(columns, at);
    cursor.advance()?;
    Ok(Some(row))
}
