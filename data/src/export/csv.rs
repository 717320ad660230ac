//! One CSV a series and kind: the columns of the Parquet files, prices and quantities as plain decimals, stamps in
//! nanoseconds since 1970.

use std::fmt::{Display, Write};

use onetape_core::event::Level;
use onetape_core::instrument::Side;
use onetape_core::num::{Price, Qty, format_fixed};
use onetape_core::time::Ts;

use super::files::{Files, Writing};
use super::{ExportRequest, ExportedFile};
use crate::catalog::{Catalog, DepthRow, FINE_DECIMALS, InstrumentRecord, Kind, Row, feed_news};
use crate::error::Result;
use crate::tape::Rows;

/// Messages between two words on progress.
const STEP: u64 = 4_096;

/// The file of a series and kind.
pub(super) fn name(record: &InstrumentRecord, kind: Kind) -> String {
    format!("{}_{}_{}.csv", record.venue, record.symbol, kind.name())
}

/// The columns of a kind behind those that all have.
const fn columns(kind: Kind) -> &'static str {
    match kind {
        Kind::Quote => "update_id,bid_px,bid_qty,ask_px,ask_qty",
        Kind::Depth => "seq_first,seq_last,seq_prev,snapshot,side,px,qty",
        Kind::Trade => "trade_id,px,qty,side",
        Kind::Mark => "mark,index",
        Kind::Funding => "rate,settles_at",
        Kind::Bar => "span_ns,open,high,low,close,volume",
        Kind::Interest => "qty",
        Kind::Status => "trading",
        Kind::Feed => "news",
    }
}

pub(super) fn write(
    catalog: &Catalog,
    record: &InstrumentRecord,
    kind: Kind,
    request: &ExportRequest,
    files: &mut Files,
    step: &mut dyn FnMut(u64),
) -> Result<ExportedFile> {
    let mut rows = Rows::open(catalog, &record.series(), kind, request.from, request.to)?;
    let name = name(record, kind);
    let mut lines = Lines {
        to: files.create(&name)?,
        text: String::new(),
        instrument: record.name(),
        record,
        rows: 0,
    };
    let head = format!("instrument,ts_recv,ts_venue,place,{}\n", columns(kind));
    lines.to.put(head.as_bytes())?;
    let mut messages = 0;
    while let Some(row) = rows.next_row()? {
        lines.put(&row)?;
        messages += 1;
        if messages % STEP == 0 {
            step(STEP);
        }
    }
    step(messages % STEP);
    Ok(ExportedFile {
        name,
        instrument: record.name(),
        messages,
        rows: lines.rows,
        bytes: lines.to.finish()?,
        ..ExportedFile::default()
    })
}

struct Lines<'a> {
    to: Writing,
    /// The line that is being made.
    text: String,
    instrument: String,
    record: &'a InstrumentRecord,
    rows: u64,
}

impl Lines<'_> {
    fn put(&mut self, row: &Row) -> Result<()> {
        if let Row::Depth(depth) = row {
            return self.depth(depth);
        }
        self.begin(row.ts(), row.ts_venue(), row.place());
        match row {
            Row::Depth(_) => {}
            Row::Quote(quote) => {
                self.cell(quote.update_id);
                self.level(quote.bid);
                self.level(quote.ask);
            }
            Row::Trade(trade) => {
                self.cell(trade.trade_id);
                self.price(trade.price);
                self.qty(trade.qty);
                self.cell(trade.aggressor.name());
            }
            Row::Mark(mark) => {
                self.cell(format_fixed(mark.mark, FINE_DECIMALS));
                let index = mark.index.map(|index| format_fixed(index, FINE_DECIMALS));
                self.cell(index.unwrap_or_default());
            }
            Row::Funding(funding) => {
                self.cell(format_fixed(funding.rate, FINE_DECIMALS));
                self.cell(funding.settles_at.nanos());
            }
            Row::Bar(bar) => {
                self.cell(bar.span.nanos());
                for price in [bar.open, bar.high, bar.low, bar.close] {
                    self.price(price);
                }
                self.qty(bar.volume);
            }
            Row::Interest(interest) => self.qty(interest.qty),
            Row::Status(status) => self.cell(status.status.name()),
            Row::Feed(feed) => self.cell(feed_news(feed.state).1),
        }
        self.end()
    }

    /// A line a level; a message without levels is one line without a side.
    fn depth(&mut self, row: &DepthRow) -> Result<()> {
        let bids = row.bids.iter().map(|level| (Side::Buy, level));
        let asks = row.asks.iter().map(|level| (Side::Sell, level));
        for (side, level) in bids.chain(asks) {
            self.depth_head(row);
            self.cell(side.name());
            self.level(*level);
            self.end()?;
        }
        if row.bids.is_empty() && row.asks.is_empty() {
            self.depth_head(row);
            self.text.push_str(",,,");
            self.end()?;
        }
        Ok(())
    }

    fn depth_head(&mut self, row: &DepthRow) {
        self.begin(row.ts, row.ts_venue, row.place);
        self.cell(row.first);
        self.cell(row.last);
        self.cell(row.prev.map(|prev| prev.to_string()).unwrap_or_default());
        self.cell(row.snapshot);
    }

    fn begin(&mut self, ts: Ts, ts_venue: Option<Ts>, place: u64) {
        self.text.clear();
        self.text.push_str(&self.instrument);
        self.cell(ts.nanos());
        self.cell(
            ts_venue
                .map(|ts| ts.nanos().to_string())
                .unwrap_or_default(),
        );
        self.cell(place);
    }

    fn cell(&mut self, value: impl Display) {
        // Writing to a text cannot fail.
        let _ = write!(self.text, ",{value}");
    }

    fn level(&mut self, level: Level) {
        self.price(level.price);
        self.qty(level.qty);
    }

    fn price(&mut self, price: Price) {
        self.cell(format_fixed(price.mantissa(), self.record.price_decimals));
    }

    fn qty(&mut self, qty: Qty) {
        self.cell(format_fixed(qty.mantissa(), self.record.qty_decimals));
    }

    fn end(&mut self) -> Result<()> {
        self.text.push('\n');
        self.rows += 1;
        self.to.put(self.text.as_bytes())
    }
}
