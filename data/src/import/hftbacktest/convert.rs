//! The rows of an array turned into messages.

use onetape_core::instrument::Side;
use onetape_core::num::{MANTISSA_MAX, Price, Qty};
use onetape_core::time::Ts;

use super::book::{Book, Change};
use super::flags::{
    BBO, BUY, CLEAR, DEPTH, EXCH, KIND_MASK, LOCAL, ORDERS_FROM, SELL, SNAPSHOT, TRADE,
};
use super::rows::Raw;
use super::twins::Twins;
use crate::catalog::{DepthRow, InstrumentRecord, Row, RowSink, Series, TradeRow, Transaction};
use crate::error::{Error, Result};
use crate::import::convert::Accept;
use crate::import::floats::FloatScale;
use crate::import::report::SeriesReport;
use crate::import::sources::Source;

const MEND: &str = "mend the array";
const ACCEPT_BAD: &str = "pass --accept bad-price to leave such rows out";
const DEFINE: &str = "tell finer steps with --tick and --lot, or define the instrument with more decimals by \
                      `data import instruments`, in a catalogue that has no rows of it";

/// Turns the rows of one array into messages of one series.
pub(super) struct Converter<'a> {
    source: &'a Source<'a>,
    series: Series,
    accept: Accept,
    price: FloatScale,
    qty: FloatScale,
    book: Book,
    twins: Twins,
    /// Depth rows of the message that is being read, with its stamps and place.
    open: Vec<Change>,
    stamps: (i64, i64),
    place: u64,
    stored: u64,
    report: SeriesReport,
    pub(super) ignored: u64,
}

/// Why a row is not stored.
enum Fault {
    /// A price or quantity that cannot be.
    Bad(String),
    /// Nothing that could be let pass.
    Fatal(String, &'static str),
}

impl<'a> Converter<'a> {
    pub(super) fn new(
        source: &'a Source<'a>,
        series: Series,
        definition: &InstrumentRecord,
        accept: Accept,
    ) -> Self {
        Self {
            source,
            accept,
            price: FloatScale::new(definition.price_decimals),
            qty: FloatScale::new(definition.qty_decimals),
            book: Book::default(),
            twins: Twins::default(),
            open: Vec::new(),
            stamps: (0, 0),
            place: 0,
            stored: 0,
            report: SeriesReport {
                instrument: series.instrument(),
                inferred: definition.inferred,
                ..SeriesReport::default()
            },
            series,
            ignored: 0,
        }
    }

    /// Takes one row.
    pub(super) fn take(&mut self, number: u64, raw: &Raw, to: &mut Transaction<'_>) -> Result<()> {
        let flags = raw.ev & (KIND_MASK | BUY | SELL);
        match (raw.ev & LOCAL != 0, raw.ev & EXCH != 0) {
            (true, true) => {}
            (true, false) => self.twins.local(raw, flags),
            (false, true) => {
                self.twins.exch(raw, flags);
                return Ok(());
            }
            (false, false) => {
                self.ignored += 1;
                return Ok(());
            }
        }
        let done = match raw.ev & KIND_MASK {
            TRADE => {
                self.flush(to)?;
                self.report.trades += 1;
                match self.trade(number, raw) {
                    Ok(row) => return self.store(Row::Trade(row), to),
                    Err(fault) => Err(fault),
                }
            }
            _ => self.depth(number, raw, to)?,
        };
        match done {
            Ok(()) => Ok(()),
            Err(Fault::Bad(_)) if self.accept.bad_prices => {
                self.report.set_aside.bad_prices += 1;
                Ok(())
            }
            Err(Fault::Bad(what)) => Err(self.error(number, &what, ACCEPT_BAD)),
            Err(Fault::Fatal(what, fix)) => Err(self.error(number, &what, fix)),
        }
    }

    fn depth(
        &mut self,
        number: u64,
        raw: &Raw,
        to: &mut Transaction<'_>,
    ) -> Result<Result<(), Fault>> {
        let stamps = (raw.local_ts, raw.exch_ts);
        if stamps != self.stamps {
            self.flush(to)?;
        }
        if self.open.is_empty() {
            (self.stamps, self.place) = (stamps, number);
        }
        Ok(self.change(raw))
    }

    /// Adds a depth row to the message that is being read.
    fn change(&mut self, raw: &Raw) -> Result<(), Fault> {
        let kind = raw.ev & KIND_MASK;
        let side = side(raw.ev);
        match (kind, side) {
            (DEPTH | SNAPSHOT, Some(side)) => {
                let price = self.positive_price(raw.px)?;
                let qty = self.number("quantity", raw.qty, self.qty)?;
                if qty < 0 {
                    return Err(Fault::Bad(format!("the quantity {} is negative", raw.qty)));
                }
                self.open.push(Change::Set {
                    side,
                    price,
                    qty,
                    snapshot: kind == SNAPSHOT,
                });
            }
            (CLEAR, Some(side)) => {
                // Without a price that could be one, all of the side.
                let upto = match raw.px.is_finite() {
                    true => Some(self.number("price", raw.px, self.price)?),
                    false => None,
                };
                self.open.push(Change::Clear { side, upto });
            }
            (CLEAR, None) => {
                for side in [Side::Buy, Side::Sell] {
                    self.open.push(Change::Clear { side, upto: None });
                }
            }
            (DEPTH | SNAPSHOT, None) => {
                return Err(Fault::Fatal(
                    format!("its flags {:#x} name no side", raw.ev),
                    MEND,
                ));
            }
            (BBO, _) => {
                let what = "an event of kind 5 (best bid and ask)".to_string();
                return Err(Fault::Fatal(
                    what,
                    "depth and trades are read; leave such events out",
                ));
            }
            (kind, _) if kind >= ORDERS_FROM => {
                let what = format!("an event of kind {kind} (single orders, L3)");
                return Err(Fault::Fatal(
                    what,
                    "books by price (L2) and trades are read",
                ));
            }
            (kind, _) => {
                let what = format!("an event of the unknown kind {kind}");
                return Err(Fault::Fatal(what, MEND));
            }
        }
        Ok(())
    }

    fn trade(&self, number: u64, raw: &Raw) -> Result<TradeRow, Fault> {
        let aggressor = side(raw.ev).ok_or_else(|| {
            Fault::Fatal(
                format!("its flags {:#x} name no side that took", raw.ev),
                MEND,
            )
        })?;
        let price = self.positive_price(raw.px)?;
        let qty = self.number("quantity", raw.qty, self.qty)?;
        if qty <= 0 {
            let what = format!("the quantity {} is not above zero", raw.qty);
            return Err(Fault::Bad(what));
        }
        Ok(TradeRow {
            ts: Ts::from_nanos(raw.local_ts),
            ts_venue: Some(Ts::from_nanos(raw.exch_ts)),
            place: number,
            trade_id: number,
            price: Price::new(price),
            qty: Qty::new(qty),
            aggressor,
        })
    }

    fn positive_price(&self, px: f64) -> Result<i64, Fault> {
        match self.number("price", px, self.price)? {
            price if price <= 0 => Err(Fault::Bad(format!("the price {px} is not above zero"))),
            price => Ok(price),
        }
    }

    #[inline]
    fn number(&self, what: &str, value: f64, scale: FloatScale) -> Result<i64, Fault> {
        match scale.mantissa(value) {
            Ok(mantissa) if mantissa.abs() <= MANTISSA_MAX => Ok(mantissa),
            Ok(_) => Err(Fault::Fatal(
                format!("the {what} {value} is too large"),
                MEND,
            )),
            Err(why) => Err(Fault::Fatal(format!("the {what} {value} {why}"), DEFINE)),
        }
    }

    /// Stores the depth message that was read.
    fn flush(&mut self, to: &mut Transaction<'_>) -> Result<()> {
        if self.open.is_empty() {
            return Ok(());
        }
        let message = self.book.take(&self.open);
        self.open.clear();
        if message.snapshot {
            self.report.depth_snapshots += 1;
        } else {
            self.report.depth_diffs += 1;
        }
        let (local, exch) = self.stamps;
        let row = DepthRow {
            ts: Ts::from_nanos(local),
            ts_venue: Some(Ts::from_nanos(exch)),
            place: self.place,
            snapshot: message.snapshot,
            first: 0,
            last: 0,
            prev: None,
            bids: message.bids,
            asks: message.asks,
        };
        self.store(Row::Depth(row), to)
    }

    fn store(&mut self, row: Row, to: &mut Transaction<'_>) -> Result<()> {
        self.stored += 1;
        to.row(&self.series, row).map_err(|why| match why {
            Error::Row { place, what, .. } => self.error(place, &what, MEND),
            other => other,
        })
    }

    fn error(&self, number: u64, what: &str, fix: &str) -> Error {
        self.source.error(format!("row {number}: {what}"), fix)
    }

    /// Ends the array: what came of it, and how many messages were stored.
    pub(super) fn finish(mut self, to: &mut Transaction<'_>) -> Result<(SeriesReport, u64)> {
        self.flush(to)?;
        let (local_alone, venue_alone) = self.twins.alone();
        self.report.set_aside.local_alone = local_alone;
        self.report.set_aside.venue_alone = venue_alone;
        Ok((self.report, self.stored))
    }
}

fn side(ev: u64) -> Option<Side> {
    match (ev & BUY != 0, ev & SELL != 0) {
        (true, false) => Some(Side::Buy),
        (false, true) => Some(Side::Sell),
        _ => None,
    }
}
