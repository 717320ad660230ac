//! The stored rows of one series and kind, whole: with the venue's stamps and ids, which events do not carry.

use onetape_core::time::Ts;

use super::columns::{
    BarColumns, FeedColumns, FundingColumns, InterestColumns, MarkColumns, Need, QuoteColumns,
    StatusColumns, TradeColumns,
};
use super::cursor::{Cursor, Window};
use super::depth::DepthCursor;
use super::file::Part;
use super::request::parts;
use crate::catalog::{Catalog, Kind, Row, Series};
use crate::error::{Error, Result};

/// Stored rows in order of receive time, read in batches. Time never goes back, as on a tape.
pub struct Rows(Open);

enum Open {
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

impl Rows {
    /// Checks the files that are needed against the manifest, and goes to the first row. `from` is inclusive, `to`
    /// exclusive.
    ///
    /// # Errors
    /// When the catalogue has no such rows, or a file is not what the manifest says.
    pub fn open(
        catalog: &Catalog,
        series: &Series,
        kind: Kind,
        from: Option<Ts>,
        to: Option<Ts>,
    ) -> Result<Self> {
        let window = window(from, to)?;
        let mut parts = parts(catalog, series, kind, window)?;
        parts.retain(|part| part.record.last_ts >= window.from);
        for part in &parts {
            catalog.verify(&part.record)?;
        }
        Ok(Self(match kind {
            Kind::Quote => Open::Quote(Cursor::new(parts, window, Need::ROWS)?),
            Kind::Depth => Open::Depth(Box::new(DepthCursor::over(parts, window, Need::ROWS)?)),
            Kind::Trade => Open::Trade(Cursor::new(parts, window, Need::ROWS)?),
            Kind::Mark => Open::Mark(Cursor::new(parts, window, Need::ROWS)?),
            Kind::Funding => Open::Funding(Cursor::new(parts, window, Need::ROWS)?),
            Kind::Bar => Open::Bar(Cursor::new(parts, window, Need::ROWS)?),
            Kind::Interest => Open::Interest(Cursor::new(parts, window, Need::ROWS)?),
            Kind::Status => Open::Status(Cursor::new(parts, window, Need::ROWS)?),
            Kind::Feed => Open::Feed(Cursor::new(parts, window, Need::ROWS)?),
        }))
    }

    /// The rows of one file, stamps as they were stored: they may go back.
    pub(crate) fn stored(part: Part) -> Result<Self> {
        Ok(Self(match part.record.kind {
            Kind::Quote => Open::Quote(Cursor::stored(part)?),
            Kind::Depth => Open::Depth(Box::new(DepthCursor::stored(part)?)),
            Kind::Trade => Open::Trade(Cursor::stored(part)?),
            Kind::Mark => Open::Mark(Cursor::stored(part)?),
            Kind::Funding => Open::Funding(Cursor::stored(part)?),
            Kind::Bar => Open::Bar(Cursor::stored(part)?),
            Kind::Interest => Open::Interest(Cursor::stored(part)?),
            Kind::Status => Open::Status(Cursor::stored(part)?),
            Kind::Feed => Open::Feed(Cursor::stored(part)?),
        }))
    }

    /// Depth with what makes the book at the start of a window that begins in mid-stream, stamped with that start.
    pub(crate) fn open_depth_seeded(
        catalog: &Catalog,
        series: &Series,
        from: Option<Ts>,
        to: Option<Ts>,
    ) -> Result<Self> {
        let window = window(from, to)?;
        let parts = parts(catalog, series, Kind::Depth, window)?;
        for part in &parts {
            catalog.verify(&part.record)?;
        }
        let cursor = DepthCursor::new(parts, window, Need::ROWS)?;
        Ok(Self(Open::Depth(Box::new(cursor))))
    }

    /// Stamp and place of the next row; `None` at the end.
    pub(crate) fn head(&self) -> Option<(i64, i64)> {
        match &self.0 {
            Open::Quote(cursor) => cursor.head(),
            Open::Depth(cursor) => cursor.head(),
            Open::Trade(cursor) => cursor.head(),
            Open::Mark(cursor) => cursor.head(),
            Open::Funding(cursor) => cursor.head(),
            Open::Bar(cursor) => cursor.head(),
            Open::Interest(cursor) => cursor.head(),
            Open::Status(cursor) => cursor.head(),
            Open::Feed(cursor) => cursor.head(),
        }
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// When the data behind it cannot be read.
    pub fn next_row(&mut self) -> Result<Option<Row>> {
        if self.head().is_none() {
            return Ok(None);
        }
        macro_rules! next {
            ($kind:ident, $cursor:expr) => {{
                let (columns, at) = $cursor.row();
                let row = Row::$kind(columns.row(at));
                $cursor.advance()?;
                row
            }};
        }
        Ok(Some(match &mut self.0 {
            Open::Quote(cursor) => next!(Quote, cursor),
            Open::Depth(cursor) => Row::Depth(cursor.take_any()?),
            Open::Trade(cursor) => next!(Trade, cursor),
            Open::Mark(cursor) => next!(Mark, cursor),
            Open::Funding(cursor) => next!(Funding, cursor),
            Open::Bar(cursor) => next!(Bar, cursor),
            Open::Interest(cursor) => next!(Interest, cursor),
            Open::Status(cursor) => next!(Status, cursor),
            Open::Feed(cursor) => next!(Feed, cursor),
        }))
    }
}

fn window(from: Option<Ts>, to: Option<Ts>) -> Result<Window> {
    let window = Window {
        from: from.map_or(Window::ALL.from, Ts::nanos),
        to: to.map_or(Window::ALL.to, Ts::nanos),
    };
    if window.from >= window.to {
        return Err(Error::Request {
            what: "the time from is not before the time to".to_string(),
            fix: "give a later end".to_string(),
        });
    }
    Ok(window)
}
