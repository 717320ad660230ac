//! Lines of archives as rows.

use onetape_core::event::Level;
use onetape_core::instrument::Side;
use onetape_core::num::{Price, Qty};
use onetape_core::time::{Span, Ts};

use super::name::Table;
use crate::catalog::{BarRow, FINE_DECIMALS, FundingRow, QuoteRow, Row, TradeRow};
use crate::import::csv::CsvRow;
use crate::import::faults::{Fault, not_negative, positive, quoted, traded};
use crate::import::infer::Decimals;
use crate::import::numbers::{BadNumber, TimeUnit, fixed, flag, plain, whole};

/// Reads the rows of one archive.
pub(super) struct Reader {
    table: Table,
    /// Where the table's columns are.
    places: Vec<usize>,
    scale: Decimals,
    unit: Option<TimeUnit>,
}

impl Reader {
    pub(super) const fn new(table: Table, places: Vec<usize>, scale: Decimals) -> Self {
        Self {
            table,
            places,
            scale,
            unit: None,
        }
    }

    /// A line as a row. The archives have no receive time: a row is taken to be received when the venue says it was.
    pub(super) fn row(&mut self, line: &CsvRow<'_>) -> Result<Row, Fault> {
        match self.table {
            Table::BookTicker => self.quote(line),
            Table::AggTrades | Table::Trades => self.trade(line),
            Table::Klines => self.bar(line),
            Table::FundingRate => self.funding(line),
        }
    }

    fn quote(&mut self, line: &CsvRow<'_>) -> Result<Row, Fault> {
        let ts = self.time("time", self.cell(line, 5))?;
        Ok(Row::Quote(QuoteRow {
            ts,
            ts_venue: Some(ts),
            place: line.number,
            update_id: whole("update id", self.cell(line, 0))?,
            bid: self.level(line, 1, quoted)?,
            ask: self.level(line, 3, quoted)?,
        }))
    }

    fn trade(&mut self, line: &CsvRow<'_>) -> Result<Row, Fault> {
        let ts = self.time("time", self.cell(line, 3))?;
        let trade_id = whole("trade id", self.cell(line, 0))?;
        let buyer_is_maker = flag("is_buyer_maker", self.cell(line, 4))?;
        let Level { price, qty } = self.level(line, 1, traded)?;
        Ok(Row::Trade(TradeRow {
            ts,
            ts_venue: Some(ts),
            place: line.number,
            trade_id,
            price,
            qty,
            aggressor: if buyer_is_maker {
                Side::Sell
            } else {
                Side::Buy
            },
        }))
    }

    /// A bar is known when it is over: at the first moment behind its last one.
    fn bar(&mut self, line: &CsvRow<'_>) -> Result<Row, Fault> {
        let opened = self.time("open time", self.cell(line, 0))?;
        let last = self.time("close time", self.cell(line, 6))?;
        let step = Span::from_nanos(self.unit.map_or(0, TimeUnit::nanos));
        if last < opened {
            return Err(Fault::Fatal(BadNumber {
                what: "the bar closes before it opens".to_string(),
                fix: "mend or remove the line",
            }));
        }
        let ts = last + step;
        let price = |at| {
            let text = plain(self.cell(line, at));
            positive("price", &text, self.scale.price).map(Price::new)
        };
        let volume = plain(self.cell(line, 5));
        Ok(Row::Bar(BarRow {
            ts,
            ts_venue: Some(ts),
            place: line.number,
            span: ts.since(opened),
            open: price(1)?,
            high: price(2)?,
            low: price(3)?,
            close: price(4)?,
            volume: Qty::new(not_negative("quantity", &volume, self.scale.qty)?),
        }))
    }

    /// The archive tells what was settled when it was settled: nothing of it is known before.
    fn funding(&mut self, line: &CsvRow<'_>) -> Result<Row, Fault> {
        let ts = self.time("time", self.cell(line, 0))?;
        let rate = plain(self.cell(line, 1));
        Ok(Row::Funding(FundingRow {
            ts,
            ts_venue: Some(ts),
            place: line.number,
            rate: fixed("funding rate", &rate, FINE_DECIMALS)?,
            settles_at: ts,
        }))
    }

    fn level(
        &self,
        line: &CsvRow<'_>,
        at: usize,
        read: impl Fn(&str, &str, Decimals) -> Result<Level, Fault>,
    ) -> Result<Level, Fault> {
        let (price, qty) = (plain(self.cell(line, at)), plain(self.cell(line, at + 1)));
        read(&price, &qty, self.scale)
    }

    fn cell<'a>(&self, line: &CsvRow<'a>, at: usize) -> &'a str {
        line.cell(self.places[at])
    }

    /// A time in the one unit of the file: milliseconds, or microseconds in spot files since 2025.
    fn time(&mut self, what: &str, text: &str) -> Result<Ts, BadNumber> {
        let bad = |what: String, fix| BadNumber { what, fix };
        let unit = match TimeUnit::of(text) {
            Some(unit @ (TimeUnit::Millis | TimeUnit::Micros)) => unit,
            _ => {
                let what =
                    format!("the {what} {text:?} is neither in milliseconds nor in microseconds");
                return Err(bad(what, "mend or remove the line"));
            }
        };
        match *self.unit.get_or_insert(unit) {
            known if known == unit => unit.time(what, text),
            known => {
                let (unit, known) = (unit.name(), known.name());
                let what = format!("the {what} {text} is in {unit}, those above it are in {known}");
                Err(bad(what, "split the file where the unit changes"))
            }
        }
    }
}
