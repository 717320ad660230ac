//! Lines of files as rows of their series.

use std::path::Path;

use onetape_core::instrument::Side;
use onetape_core::time::Ts;

use super::columns::{EXCHANGE, LOCAL_TIMESTAMP, OWN, SYMBOL, TIMESTAMP, Table};
use super::depth::{Book, LEVELS_MAX, Message, Start};
use super::ticker::{Cells, Ticker};
use super::{Stamps, exchanges, series};
use crate::catalog::{Kind, QuoteRow, Row, TradeRow, Transaction};
use crate::error::Result;
use crate::import::csv::CsvRow;
use crate::import::faults::{Fault, quoted, resting, traded};
use crate::import::numbers::{BadNumber, TimeUnit, flag, plain};
use crate::import::report::SeriesReport;
use crate::import::series::{Entered, Seen};
use crate::import::sources::Options;

const MEND: &str = "mend or remove the line";

/// Reads the rows of one file.
pub(super) struct Reader<'a> {
    path: &'a Path,
    table: Table,
    places: Vec<usize>,
    options: &'a Options,
    seen: &'a Seen,
    series: Vec<State>,
    /// Whose the last row was.
    last: usize,
    message: Option<Message>,
    /// Rows that tell nothing that is stored.
    pub(super) ignored: u64,
}

struct State {
    exchange: String,
    entered: Entered,
    book: Book,
    ticker: Ticker,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(
        path: &'a Path,
        table: Table,
        places: Vec<usize>,
        options: &'a Options,
        seen: &'a Seen,
    ) -> Self {
        Self {
            path,
            table,
            places,
            options,
            seen,
            series: Vec::new(),
            last: 0,
            message: None,
            ignored: 0,
        }
    }

    /// Takes one line.
    pub(super) fn take(&mut self, line: &CsvRow<'_>, to: &mut Transaction<'_>) -> Result<()> {
        self.last = self.find(line, to)?;
        let done = match self.table {
            Table::Quotes => self.quote(line, to),
            Table::Trades => self.trade(line, to),
            Table::Book => self.level(line, to),
            Table::Ticker => self.ticker(line, to),
        };
        match done {
            Ok(done) => done,
            Err(fault) => {
                let aside = &mut self.series[self.last].entered.report.set_aside;
                (fault.pass(self.options.accept, aside))
                    .map_err(|BadNumber { what, fix }| line.error(what, fix))
            }
        }
    }

    /// Rows that were stored.
    pub(super) fn stored(&self) -> u64 {
        self.series.iter().map(|state| state.entered.stored()).sum()
    }

    /// What came of each series.
    pub(super) fn reports(self) -> Vec<SeriesReport> {
        let series = self.series.into_iter();
        series.map(|state| state.entered.report).collect()
    }

    fn find(&mut self, line: &CsvRow<'_>, to: &mut Transaction<'_>) -> Result<usize> {
        let (exchange, symbol) = (self.cell(line, EXCHANGE), self.cell(line, SYMBOL));
        let is_it =
            |state: &State| state.entered.series.symbol == symbol && state.exchange == exchange;
        if self.series.get(self.last).is_some_and(is_it) {
            return Ok(self.last);
        }
        if let Some(at) = self.series.iter().position(is_it) {
            return Ok(at);
        }
        let series = series(self.options, exchange, symbol);
        let entered = Entered::new(series, exchanges::contract(exchange), self.seen, line, to)?;
        if exchanges::counts_contracts(exchange) && entered.is_linear {
            let what = format!(
                "amounts of {exchange} count contracts, and the file does not tell how much of the base asset one \
                 contract is"
            );
            let fix = "turn the amounts into the base asset first";
            return Err(line.error(what, fix));
        }
        self.series.push(State {
            exchange: exchange.to_string(),
            entered,
            book: Book::default(),
            ticker: Ticker::default(),
        });
        Ok(self.series.len() - 1)
    }

    fn quote(&mut self, line: &CsvRow<'_>, to: &mut Transaction<'_>) -> Result<Result<()>, Fault> {
        let Stamps {
            ts,
            ts_venue,
            place,
        } = self.stamps(line)?;
        let [bid_price, bid_qty, ask_price, ask_qty] = [0, 1, 2, 3].map(|at| self.own(line, at));
        let entered = &mut self.series[self.last].entered;
        entered.report.came(Kind::Quote);
        if [bid_price, bid_qty, ask_price, ask_qty].contains(&"") {
            entered.report.set_aside.one_sided += 1;
            return Ok(Ok(()));
        }
        let row = Row::Quote(QuoteRow {
            ts,
            ts_venue,
            place,
            update_id: 0,
            bid: quoted(&plain(bid_price), &plain(bid_qty), entered.scale)?,
            ask: quoted(&plain(ask_price), &plain(ask_qty), entered.scale)?,
        });
        Ok(entered.store(row, self.path, to))
    }

    fn trade(&mut self, line: &CsvRow<'_>, to: &mut Transaction<'_>) -> Result<Result<()>, Fault> {
        let Stamps {
            ts,
            ts_venue,
            place,
        } = self.stamps(line)?;
        let [side, price, qty, id] = [0, 1, 2, 3].map(|at| self.own(line, at));
        let entered = &mut self.series[self.last].entered;
        entered.report.came(Kind::Trade);
        let level = traded(&plain(price), &plain(qty), entered.scale)?;
        let aggressor = match side {
            "buy" => Side::Buy,
            "sell" => Side::Sell,
            "unknown" => {
                let what = "an entry whose side is unknown is no trade that can be used";
                return Err(Fault::NonTrade(what.to_string()));
            }
            other => return Err(bad(format!("the side {other:?} is neither buy nor sell"))),
        };
        let row = Row::Trade(TradeRow {
            ts,
            ts_venue,
            place,
            // Some venues name trades by text.
            trade_id: id.parse().unwrap_or(0),
            price: level.price,
            qty: level.qty,
            aggressor,
        });
        Ok(entered.store(row, self.path, to))
    }

    fn level(&mut self, line: &CsvRow<'_>, to: &mut Transaction<'_>) -> Result<Result<()>, Fault> {
        let Stamps {
            ts,
            ts_venue,
            place,
        } = self.stamps(line)?;
        let [side, price, qty, is_snapshot] = [0, 1, 2, 3].map(|at| self.own(line, at));
        let start = Start {
            at: self.last,
            ts,
            ts_venue,
            place,
            is_snapshot: flag("is_snapshot", is_snapshot)?,
        };
        let side = match side {
            "bid" => Side::Buy,
            "ask" => Side::Sell,
            other => return Err(bad(format!("the side {other:?} is neither bid nor ask"))),
        };
        if !self
            .message
            .as_ref()
            .is_some_and(|message| message.takes(start))
        {
            if let Err(error) = self.flush(to) {
                return Ok(Err(error));
            }
            let book = &mut self.series[self.last].book;
            self.message = Message::start(start, book);
        }
        let entered = &mut self.series[self.last].entered;
        let Some(message) = &mut self.message else {
            entered.report.set_aside.before_snapshot += 1;
            return Ok(Ok(()));
        };
        if message.len() >= LEVELS_MAX {
            let what = format!("more than {LEVELS_MAX} levels have one local_timestamp");
            return Err(bad(what));
        }
        message.push(side, resting(&plain(price), &plain(qty), entered.scale)?);
        Ok(Ok(()))
    }

    /// Stores the depth message that the lines so far made.
    pub(super) fn flush(&mut self, to: &mut Transaction<'_>) -> Result<()> {
        let Some(Message { at, row, .. }) = self.message.take() else {
            return Ok(());
        };
        let entered = &mut self.series[at].entered;
        match row.snapshot {
            true => entered.report.depth_snapshots += 1,
            false => entered.report.came(Kind::Depth),
        }
        entered.store(Row::Depth(row), self.path, to)
    }

    fn ticker(&mut self, line: &CsvRow<'_>, to: &mut Transaction<'_>) -> Result<Result<()>, Fault> {
        let stamps = self.stamps(line)?;
        let [mark, index, rate, settles_at, interest] =
            [0, 1, 2, 3, 4].map(|at| self.own(line, at));
        let cells = Cells {
            mark,
            index,
            rate,
            settles_at: match settles_at {
                "" => None,
                text => Some(micros("funding_timestamp", text)?),
            },
            interest,
        };
        let state = &mut self.series[self.last];
        let rounds = &mut state.entered.report.set_aside.rounded;
        let rows = (state.ticker).rows(stamps, &cells, state.entered.scale, rounds)?;
        self.ignored += u64::from(rows.is_empty());
        for row in rows {
            state.entered.report.came(Kind::of(&row));
            if let Err(error) = state.entered.store(row, self.path, to) {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    fn stamps(&self, line: &CsvRow<'_>) -> Result<Stamps, BadNumber> {
        let ts = micros("local_timestamp", self.cell(line, LOCAL_TIMESTAMP))?;
        let venue = micros("timestamp", self.cell(line, TIMESTAMP))?;
        Ok(Stamps {
            ts,
            ts_venue: Some(venue).filter(|venue| *venue != ts),
            place: line.number,
        })
    }

    fn cell<'l>(&self, line: &CsvRow<'l>, at: usize) -> &'l str {
        line.cell(self.places[at])
    }

    fn own<'l>(&self, line: &CsvRow<'l>, at: usize) -> &'l str {
        self.cell(line, OWN + at)
    }
}

fn bad(what: String) -> Fault {
    Fault::Fatal(BadNumber { what, fix: MEND })
}

/// A time in microseconds, and not in another unit.
fn micros(what: &str, text: &str) -> Result<Ts, BadNumber> {
    match TimeUnit::of(text) {
        Some(TimeUnit::Micros) => TimeUnit::Micros.time(what, text),
        _ => Err(BadNumber {
            what: format!("the {what} {text:?} is not a time in microseconds since 1970"),
            fix: MEND,
        }),
    }
}
