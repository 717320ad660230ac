//! One series and kind as a stream of events.

use std::time::Duration;

use onetape_core::event::Body;
use onetape_core::names::InstrumentId;

use super::columns::{
    BarColumns, FundingColumns, InterestColumns, MarkColumns, QuoteColumns, StatusColumns,
    TradeColumns,
};
use super::cursor::{Cursor, Window};
use super::depth::DepthCursor;
use super::file::Part;
use crate::catalog::Kind;
use crate::error::Result;

/// Events of one series and kind.
pub(super) enum Stream {
    Quote(Cursor<QuoteColumns>),
    Depth(Box<DepthCursor>),
    Trade(Cursor<TradeColumns>),
    Mark(Cursor<MarkColumns>),
    Funding(Cursor<FundingColumns>),
    Bar(Cursor<BarColumns>),
    Interest(Cursor<InterestColumns>),
    Status(Cursor<StatusColumns>),
}

macro_rules! each {
    ($self:expr, $cursor:ident => $result:expr) => {
        match $self {
            Self::Quote($cursor) => $result,
            Self::Depth($cursor) => $result,
            Self::Trade($cursor) => $result,
            Self::Mark($cursor) => $result,
            Self::Funding($cursor) => $result,
            Self::Bar($cursor) => $result,
            Self::Interest($cursor) => $result,
            Self::Status($cursor) => $result,
        }
    };
}

impl Stream {
    pub(super) fn open(kind: Kind, parts: Vec<Part>, window: Window) -> Result<Self> {
        Ok(match kind {
            Kind::Quote => Self::Quote(Cursor::new(parts, window, false)?),
            Kind::Depth => Self::Depth(Box::new(DepthCursor::new(parts, window, false)?)),
            Kind::Trade => Self::Trade(Cursor::new(parts, window, false)?),
            Kind::Mark => Self::Mark(Cursor::new(parts, window, false)?),
            Kind::Funding => Self::Funding(Cursor::new(parts, window, false)?),
            Kind::Bar => Self::Bar(Cursor::new(parts, window, false)?),
            Kind::Interest => Self::Interest(Cursor::new(parts, window, false)?),
            Kind::Status => Self::Status(Cursor::new(parts, window, false)?),
        })
    }

    /// Stamp and place of the next event.
    #[inline]
    pub(super) fn head(&self) -> Option<(i64, i64)> {
        each!(self, cursor => cursor.head())
    }

    /// The next event's content, and how many stored messages stand behind it: one, or none for what seeds a
    /// depth book. Only to be asked for when there is one.
    #[inline]
    pub(super) fn take(&mut self, instrument: InstrumentId) -> Result<(Body, u64)> {
        let body = match self {
            Self::Quote(cursor) => take(cursor, |columns, row| columns.body(row, instrument))?,
            Self::Trade(cursor) => take(cursor, |columns, row| columns.body(row, instrument))?,
            Self::Mark(cursor) => take(cursor, |columns, row| columns.body(row, instrument))?,
            Self::Funding(cursor) => take(cursor, |columns, row| columns.body(row, instrument))?,
            Self::Bar(cursor) => take(cursor, |columns, row| columns.body(row, instrument))?,
            Self::Interest(cursor) => take(cursor, |columns, row| columns.body(row, instrument))?,
            Self::Status(cursor) => take(cursor, |columns, row| columns.body(row, instrument))?,
            Self::Depth(cursor) => {
                let (update, stored) = cursor.take_update(instrument)?;
                return Ok((Body::Depth(Box::new(update)), stored));
            }
        };
        Ok((body, 1))
    }

    pub(super) fn decoding(&self) -> Duration {
        each!(self, cursor => cursor.decoding())
    }
}

#[inline]
fn take<C: super::columns::Columns>(
    cursor: &mut Cursor<C>,
    make: impl FnOnce(&C, usize) -> Body,
) -> Result<Body> {
    let (columns, row) = cursor.row();
    let body = make(columns, row);
    cursor.advance()?;
    Ok(body)
}
