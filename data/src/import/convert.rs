//! Messages of a capture turned into rows, with everything counted that came.

use std::path::Path;

use onetape_adapters::binance::{
    Market, Message, WireDiff, WireLevel, WireMark, WireQuote, WireSnapshot, WireTrade, decode,
};
use onetape_core::book::DepthBook;
use onetape_core::event::{DepthUpdate, Level};
use onetape_core::instrument::Side;
use onetape_core::time::Ts;

use super::faults::{self, Fault, positive};
use super::infer::{self, Decimals};
use super::lines::Line;
use super::numbers::{self, BadNumber};
use super::peek::{Peek, symbol};
use super::report::SeriesReport;
use crate::catalog::{
    DepthRow, FINE_DECIMALS, FundingRow, MarkRow, QuoteRow, Row, RowSink, Series, TradeRow,
    Transaction,
};
use crate::error::{Error, Result};

/// What is let pass although it is not as it should be; all of it is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accept {
    /// Entries of the trade stream that are no trade are left out.
    pub non_trades: bool,
    /// Breaks in the chain of depth updates are kept as they are.
    pub gaps: bool,
    /// Messages with a price or quantity that cannot be are left out; of depth messages only those levels.
    pub bad_prices: bool,
}

/// Turns the lines of one source into rows.
pub(super) struct Converter<'a> {
    pub(super) path: &'a Path,
    pub(super) venue: String,
    pub(super) market: Market,
    /// True when the venue was told, so that no message's own mark counts.
    pub(super) venue_told: bool,
    pub(super) accept: Accept,
    pub(super) peek: Peek,
    pub(super) series: Vec<State>,
    pub(super) ignored: u64,
    /// Rows that were stored.
    pub(super) stored: u64,
}

/// What is kept of a series while its source is read.
pub(super) struct State {
    pub(super) series: Series,
    scale: Decimals,
    /// The chain of update ids; the levels are left out, nobody looks at them.
    chain: DepthBook,
    funding: Option<(i64, Ts)>,
    pub(super) report: SeriesReport,
}

const MEND: &str = "mend or remove the line";
const ACCEPT_GAP: &str = "pass --accept gap to keep what there is";
impl Converter<'_> {
    /// Takes one line.
    pub(super) fn take(&mut self, line: &Line<'_>, to: &mut Transaction<'_>) -> Result<()> {
        let decoded = decode(line.text).map_err(|why| self.error(line, why.to_string(), MEND))?;
        if let Some(found) = decoded.market
            && found != self.market
            && !self.venue_told
        {
            let what = format!(
                "a message of {} among those of {}",
                found.venue(),
                self.market.venue()
            );
            return Err(self.error(line, what, "split the file by venue"));
        }
        let Some(at) = self.find(line, &decoded.message, to)? else {
            self.ignored += 1;
            return Ok(());
        };
        match decoded.message {
            Message::Quote(quote) => self.quote(at, line, &quote, to),
            Message::Diff(diff) => self.diff(at, line, &diff, to),
            Message::Snapshot(snapshot) => self.snapshot(at, line, &snapshot, to),
            Message::Trade(trade) => self.trade(at, line, &trade, to),
            Message::Mark(mark) => self.mark(at, line, &mark, to),
            Message::Ignored | Message::Aggregate(_) => Ok(()),
        }
    }

    /// The series of a message; none for one that is ignored.
    fn find(
        &mut self,
        line: &Line<'_>,
        message: &Message<'_>,
        to: &mut Transaction<'_>,
    ) -> Result<Option<usize>> {
        let snapshot_of;
        let symbol = match (message, symbol(message)) {
            (Message::Ignored | Message::Aggregate(_), _) => return Ok(None),
            (_, Some(symbol)) => symbol,
            (_, None) => {
                snapshot_of = self.peek.snapshot_symbol().ok_or_else(|| {
                    let what = "a depth snapshot that could be of several symbols".to_string();
                    self.error(line, what, "split the file by symbol")
                })?;
                &snapshot_of
            }
        };
        let known = self
            .series
            .iter()
            .position(|state| state.series.symbol == symbol);
        match known {
            Some(at) => Ok(Some(at)),
            None => self.enter(line, symbol, message, to).map(Some),
        }
    }

    fn enter(
        &mut self,
        line: &Line<'_>,
        symbol: &str,
        message: &Message<'_>,
        to: &mut Transaction<'_>,
    ) -> Result<usize> {
        let series = Series {
            venue: self.venue.clone(),
            symbol: symbol.to_string(),
        };
        if to.definition(&series).is_none() {
            let seen = (self.peek.scales.get(symbol).copied())
                .or_else(|| Decimals::of(message))
                .unwrap_or(infer::OF_MARKS);
            let record =
                infer::define(&self.venue, self.market, symbol, seen).ok_or_else(|| {
                    let what = format!(
                        "{} is not defined, and data does not tell its contract's value",
                        series.instrument()
                    );
                    self.error(line, what, "define it first by `data import instruments`")
                })?;
            to.define(record)
                .map_err(|why| self.error(line, why.to_string(), MEND))?;
        }
        let Some(record) = to.definition(&series) else {
            let what = format!("{} is not defined", series.instrument());
            return Err(self.error(line, what, "define it first by `data import instruments`"));
        };
        self.peek.scales.entry(symbol.to_string()).or_default();
        self.series.push(State {
            scale: Decimals {
                price: record.price_decimals,
                qty: record.qty_decimals,
            },
            chain: DepthBook::default(),
            funding: None,
            report: SeriesReport {
                instrument: series.instrument(),
                inferred: record.inferred,
                ..SeriesReport::default()
            },
            series,
        });
        Ok(self.series.len() - 1)
    }

    fn quote(
        &mut self,
        at: usize,
        line: &Line<'_>,
        quote: &WireQuote<'_>,
        to: &mut Transaction<'_>,
    ) -> Result<()> {
        let state = &mut self.series[at];
        state.report.quotes += 1;
        let levels = (state.traded(quote.bid)).and_then(|bid| Ok((bid, state.traded(quote.ask)?)));
        match levels {
            Ok((bid, ask)) => {
                let row = Row::Quote(QuoteRow {
                    ts: line.ts,
                    ts_venue: quote.time,
                    place: line.number,
                    update_id: quote.update_id,
                    bid,
                    ask,
                });
                self.store(at, line, row, to)
            }
            Err(fault) => self.fault(at, line, fault),
        }
    }

    fn trade(
        &mut self,
        at: usize,
        line: &Line<'_>,
        trade: &WireTrade<'_>,
        to: &mut Transaction<'_>,
    ) -> Result<()> {
        let report = &mut self.series[at].report;
        report.trades += 1;
        let kind = trade.kind.as_deref().unwrap_or("None");
        match report.trade_x_types.get_mut(kind) {
            Some(count) => *count += 1,
            None => drop(report.trade_x_types.insert(kind.to_string(), 1)),
        }
        if !trade.is_trade() {
            let what = format!(
                "an entry of the trade stream with X={kind:?}, which is no trade in the book"
            );
            return self.fault(at, line, Fault::NonTrade(what));
        }
        let level = self.series[at].traded(WireLevel {
            price: trade.price,
            qty: trade.qty,
        });
        match level {
            Ok(Level { price, qty }) => {
                let row = Row::Trade(TradeRow {
                    ts: line.ts,
                    ts_venue: trade.time,
                    place: line.number,
                    trade_id: trade.id,
                    price,
                    qty,
                    aggressor: if trade.buyer_is_maker {
                        Side::Sell
                    } else {
                        Side::Buy
                    },
                });
                self.store(at, line, row, to)
            }
            Err(fault) => self.fault(at, line, fault),
        }
    }

    fn diff(
        &mut self,
        at: usize,
        line: &Line<'_>,
        diff: &WireDiff<'_>,
        to: &mut Transaction<'_>,
    ) -> Result<()> {
        let state = &mut self.series[at];
        state.report.depth_diffs += 1;
        if state.report.depth_diffs == 1 {
            self.peek.depth.insert(state.series.symbol.clone());
        }
        let (bids, asks) = self.levels(at, line, [&diff.bids, &diff.asks])?;
        let row = DepthRow {
            ts: line.ts,
            ts_venue: diff.time,
            place: line.number,
            snapshot: false,
            first: diff.first,
            last: diff.last,
            prev: diff.prev,
            bids,
            asks,
        };
        self.depth(at, line, row, to)
    }

    fn snapshot(
        &mut self,
        at: usize,
        line: &Line<'_>,
        book: &WireSnapshot<'_>,
        to: &mut Transaction<'_>,
    ) -> Result<()> {
        self.series[at].report.depth_snapshots += 1;
        let (bids, asks) = self.levels(at, line, [&book.bids, &book.asks])?;
        let row = DepthRow {
            ts: line.ts,
            ts_venue: book.time,
            place: line.number,
            snapshot: true,
            first: book.last,
            last: book.last,
            prev: None,
            bids,
            asks,
        };
        self.depth(at, line, row, to)
    }

    fn depth(
        &mut self,
        at: usize,
        line: &Line<'_>,
        row: DepthRow,
        to: &mut Transaction<'_>,
    ) -> Result<()> {
        let state = &mut self.series[at];
        let (last, gaps) = (state.chain.last_id(), state.chain.counts().gaps);
        state.chain.apply(&DepthUpdate {
            instrument: Default::default(),
            snapshot: row.snapshot,
            first: row.first,
            last: row.last,
            prev: row.prev,
            bids: Vec::new(),
            asks: Vec::new(),
        });
        let new = state.chain.counts().gaps - gaps;
        if new > 0 && !self.accept.gaps {
            let place = if row.snapshot {
                format!(
                    "the diffs before the snapshot of update id {} do not continue it",
                    row.last
                )
            } else {
                format!("update ids {} to {} come after {last}", row.first, row.last)
            };
            let name = state.series.instrument();
            let what = format!("depth messages of {name} are missing: {place}");
            return Err(self.error(line, what, ACCEPT_GAP));
        }
        state.report.set_aside.gaps += new;
        self.store(at, line, Row::Depth(row), to)
    }

    /// Both sides of a depth message, without the levels that are let pass.
    fn levels(
        &mut self,
        at: usize,
        line: &Line<'_>,
        sides: [&[WireLevel<'_>]; 2],
    ) -> Result<(Vec<Level>, Vec<Level>)> {
        let mut read = [const { Vec::new() }; 2];
        let mut bad = None;
        for (side, levels) in sides.into_iter().zip(&mut read) {
            levels.reserve(side.len());
            for level in side {
                match self.series[at].resting(*level) {
                    Ok(level) => levels.push(level),
                    Err(Fault::BadPrice(what)) => bad = bad.or(Some(what)),
                    Err(fault) => return self.fault(at, line, fault).map(|()| Default::default()),
                }
            }
        }
        if let Some(what) = bad {
            self.fault(at, line, Fault::BadPrice(what))?;
        }
        Ok(read.into())
    }

    fn mark(
        &mut self,
        at: usize,
        line: &Line<'_>,
        mark: &WireMark<'_>,
        to: &mut Transaction<'_>,
    ) -> Result<()> {
        self.series[at].report.marks += 1;
        let price = positive("mark", mark.mark, FINE_DECIMALS);
        let index = mark
            .index
            .map(|text| positive("index", text, FINE_DECIMALS));
        let (price, index) = match (price, index.transpose()) {
            (Ok(price), Ok(index)) => (price, index),
            (Err(fault), _) | (_, Err(fault)) => return self.fault(at, line, fault),
        };
        let row = MarkRow {
            ts: line.ts,
            ts_venue: mark.time,
            place: line.number,
            mark: price,
            index,
        };
        self.store(at, line, Row::Mark(row), to)?;
        let (Some(rate), Some(settles_at)) = (mark.rate, mark.settles_at) else {
            return Ok(());
        };
        let rate = match numbers::fixed("funding rate", rate, FINE_DECIMALS) {
            Ok(rate) => rate,
            Err(bad) => return self.fault(at, line, bad.into()),
        };
        let state = &mut self.series[at];
        if state.funding.replace((rate, settles_at)) == Some((rate, settles_at)) {
            return Ok(());
        }
        state.report.fundings += 1;
        let row = FundingRow {
            ts: line.ts,
            ts_venue: mark.time,
            place: line.number,
            rate,
            settles_at,
        };
        self.store(at, line, Row::Funding(row), to)
    }

    fn store(
        &mut self,
        at: usize,
        line: &Line<'_>,
        row: Row,
        to: &mut Transaction<'_>,
    ) -> Result<()> {
        self.stored += 1;
        to.row(&self.series[at].series, row)
            .map_err(|why| match why {
                Error::Row { what, .. } => self.error(line, what, MEND),
                other => other,
            })
    }

    /// Counts what is let pass, and refuses the rest.
    fn fault(&mut self, at: usize, line: &Line<'_>, fault: Fault) -> Result<()> {
        let aside = &mut self.series[at].report.set_aside;
        (fault.pass(self.accept, aside))
            .map_err(|BadNumber { what, fix }| self.error(line, what, fix))
    }

    fn error(&self, line: &Line<'_>, what: String, fix: &str) -> Error {
        Error::Line {
            file: self.path.to_path_buf(),
            line: line.number,
            what,
            fix: fix.to_string(),
        }
    }
}

impl State {
    /// A level of a quote or a trade: both numbers above zero.
    fn traded(&self, level: WireLevel<'_>) -> Result<Level, Fault> {
        faults::quoted(level.price, level.qty, self.scale)
    }

    /// A level of a book: a quantity of zero removes it.
    fn resting(&self, level: WireLevel<'_>) -> Result<Level, Fault> {
        faults::resting(level.price, level.qty, self.scale)
    }
}
