//! One series and kind as a stream of events.

use std::time::Duration;

use onetape_core::event::{Body, TapeRow};
use onetape_core::names::InstrumentId;

use super::columns::{
    BarColumns, Events, FeedColumns, FundingColumns, InterestColumns, MarkColumns, Need,
    QuoteColumns, StatusColumns, TradeColumns,
};
use super::cursor::{Cursor, Window};
use super::depth::DepthCursor;
use super::file::Part;
use super::order::Run;
use super::zip::Decoded;
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
    Feed(Cursor<FeedColumns>),
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
            Self::Feed($cursor) => $result,
        }
    };
}

impl Stream {
    pub(super) fn open(kind: Kind, parts: Vec<Part>, window: Window, need: Need) -> Result<Self> {
        Ok(match kind {
            Kind::Quote => Self::Quote(Cursor::new(parts, window, need)?),
            Kind::Depth => Self::Depth(Box::new(DepthCursor::new(parts, window, need)?)),
            Kind::Trade => Self::Trade(Cursor::new(parts, window, need)?),
            Kind::Mark => Self::Mark(Cursor::new(parts, window, need)?),
            Kind::Funding => Self::Funding(Cursor::new(parts, window, need)?),
            Kind::Bar => Self::Bar(Cursor::new(parts, window, need)?),
            Kind::Interest => Self::Interest(Cursor::new(parts, window, need)?),
            Kind::Status => Self::Status(Cursor::new(parts, window, need)?),
            Kind::Feed => Self::Feed(Cursor::new(parts, window, need)?),
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
            Self::Quote(cursor) => take(cursor, instrument)?,
            Self::Trade(cursor) => take(cursor, instrument)?,
            Self::Mark(cursor) => take(cursor, instrument)?,
            Self::Funding(cursor) => take(cursor, instrument)?,
            Self::Bar(cursor) => take(cursor, instrument)?,
            Self::Interest(cursor) => take(cursor, instrument)?,
            Self::Status(cursor) => take(cursor, instrument)?,
            Self::Feed(cursor) => take(cursor, instrument)?,
            Self::Depth(cursor) => return cursor.take(instrument),
        };
        Ok((body, 1))
    }

    /// Gives rows to a block, up to the end of the run, and says how many of them were not stored ones.
    #[inline]
    pub(super) fn fill(&mut self, run: &Run, block: &mut Vec<TapeRow>) -> Result<u64> {
        match self {
            Self::Quote(cursor) => cursor.fill(run, block)?,
            Self::Trade(cursor) => cursor.fill(run, block)?,
            Self::Mark(cursor) => cursor.fill(run, block)?,
            Self::Funding(cursor) => cursor.fill(run, block)?,
            Self::Bar(cursor) => cursor.fill(run, block)?,
            Self::Interest(cursor) => cursor.fill(run, block)?,
            Self::Status(cursor) => cursor.fill(run, block)?,
            Self::Feed(cursor) => cursor.fill(run, block)?,
            Self::Depth(cursor) => return cursor.fill(run, block),
        }
        Ok(0)
    }

    /// What is decoded, nothing at the end; `None` where messages are more than a row.
    #[inline]
    pub(super) fn decoded(&self) -> Option<Decoded<'_>> {
        match self {
            Self::Depth(cursor) => cursor.decoded(),
            Self::Quote(cursor) => Some(cursor.decoded()),
            Self::Trade(cursor) => Some(cursor.decoded()),
            Self::Mark(cursor) => Some(cursor.decoded()),
            Self::Funding(cursor) => Some(cursor.decoded()),
            Self::Bar(cursor) => Some(cursor.decoded()),
            Self::Interest(cursor) => Some(cursor.decoded()),
            Self::Status(cursor) => Some(cursor.decoded()),
            Self::Feed(cursor) => Some(cursor.decoded()),
        }
    }

    /// Puts its next rows at these places of a block.
    pub(super) fn put(
        &mut self,
        instrument: InstrumentId,
        to: &[u32],
        block: &mut [TapeRow],
    ) -> Result<()> {
        match self {
            Self::Depth(cursor) => cursor.put(instrument, to, block),
            Self::Quote(cursor) => cursor.put(instrument, to, block),
            Self::Trade(cursor) => cursor.put(instrument, to, block),
            Self::Mark(cursor) => cursor.put(instrument, to, block),
            Self::Funding(cursor) => cursor.put(instrument, to, block),
            Self::Bar(cursor) => cursor.put(instrument, to, block),
            Self::Interest(cursor) => cursor.put(instrument, to, block),
            Self::Status(cursor) => cursor.put(instrument, to, block),
            Self::Feed(cursor) => cursor.put(instrument, to, block),
        }
    }

    pub(super) fn decoding(&self) -> Duration {
        each!(self, cursor => cursor.decoding())
    }
}

#[inline]
fn take<C: Events>(cursor: &mut Cursor<C>, instrument: InstrumentId) -> Result<Body> {
    let (columns, row) = cursor.row();
    let body = columns.bodies(row + 1, instrument)(row);
    cursor.advance()?;
    Ok(body)
}
