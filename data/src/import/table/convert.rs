//! The rows of one file, read by the tables that it is of, on their way into the catalogue.

use std::collections::BTreeMap;

use super::bind::{Bound, Whose};
use super::depth::OpenMessage;
use super::map::{Map, Order};
use super::read::{Fault, Reader, Said};
use super::rows::TableRow;
use crate::catalog::{InstrumentRecord, Kind, Row, RowSink, Series, Transaction};
use crate::error::{Error, Result};
use crate::import::convert::Accept;
use crate::import::infer::{Decimals, define_as};
use crate::import::report::SeriesReport;
use crate::import::sources::Source;

const ACCEPT_BAD: &str = "pass --accept bad-price to leave such rows out";
const ACCEPT_NON_TRADE: &str = "pass --accept non-trade to leave such entries out";
const ACCEPT_GAP: &str = "pass --accept gap to keep what there is";
const DEFINE: &str =
    "define it by [[instrument]] in the mapping file, or by `data import instruments`";
const MEND: &str = "mend or remove the row";

/// Turns the rows of one file into stored rows.
pub(super) struct Converter<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) map: &'a Map,
    pub(super) tables: Vec<Bound<'a>>,
    pub(super) accept: Accept,
    /// Decimals that the data have, where nothing tells them.
    pub(super) seen: &'a BTreeMap<String, Decimals>,
    pub(super) states: Vec<State>,
    /// Rows that wait to be sorted.
    pub(super) unsorted: Vec<(usize, Row)>,
    pub(super) ignored: u64,
    pub(super) stored: u64,
}

/// What is kept of a series while its file is read.
pub(super) struct State {
    series: Series,
    scale: Decimals,
    open: OpenMessage,
    pub(super) report: SeriesReport,
}

impl Converter<'_> {
    /// Takes one row.
    pub(super) fn take(&mut self, row: &TableRow<'_>, to: &mut Transaction<'_>) -> Result<()> {
        let mut used = false;
        for table in 0..self.tables.len() {
            if self.tables[table].has(row) {
                used |= self.take_as(table, row, to)?;
            }
        }
        self.ignored += u64::from(!used);
        Ok(())
    }

    fn take_as(
        &mut self,
        table: usize,
        row: &TableRow<'_>,
        to: &mut Transaction<'_>,
    ) -> Result<bool> {
        let Some(name) = whose(&self.tables[table], row)? else {
            return Ok(false);
        };
        let known = self
            .states
            .iter()
            .position(|state| state.report.instrument == name);
        let at = match known {
            Some(at) => at,
            None => self.enter(table, &name, row, to)?,
        };
        let bound = &self.tables[table];
        let scale = self.states[at].scale;
        let said = Reader { bound, row, scale }.read();
        let sorted = bound.order == Order::Ascending;
        match said {
            Ok(Said::Row(read)) => {
                self.states[at].count(&read);
                self.put(at, read, sorted, to)?;
            }
            Ok(Said::Entry(word, trade)) => {
                self.entry(at, row, word, trade.map(Row::Trade), sorted, to)?
            }
            Ok(Said::Level(head, level)) => {
                let (done, gap) = self.states[at].open.add(head, level);
                if let Some(gap) = gap {
                    self.gap(at, row, gap.after)?;
                }
                self.message(at, done, sorted, to)?;
            }
            Err(Fault::Bad(_)) if self.accept.bad_prices => {
                self.states[at].report.set_aside.bad_prices += 1;
            }
            Err(Fault::Bad(what)) => return Err(row.error(what, ACCEPT_BAD)),
            Err(Fault::Fatal(bad)) => return Err(row.error(bad.what, bad.fix)),
        }
        Ok(true)
    }

    fn entry(
        &mut self,
        at: usize,
        row: &TableRow<'_>,
        word: String,
        trade: Option<Row>,
        sorted: bool,
        to: &mut Transaction<'_>,
    ) -> Result<()> {
        let report = &mut self.states[at].report;
        report.trades += 1;
        let Some(trade) = trade else {
            if !self.accept.non_trades {
                let what = format!("an entry of type {word:?}, which is no trade in the book");
                return Err(row.error(what, ACCEPT_NON_TRADE));
            }
            *report.trade_x_types.entry(word).or_default() += 1;
            report.set_aside.non_trades += 1;
            return Ok(());
        };
        *report.trade_x_types.entry(word).or_default() += 1;
        self.put(at, trade, sorted, to)
    }

    fn gap(&mut self, at: usize, row: &TableRow<'_>, after: u64) -> Result<()> {
        let state = &mut self.states[at];
        if !self.accept.gaps {
            let what = format!(
                "depth messages of {} are missing: this one does not continue update id {after}",
                state.report.instrument
            );
            return Err(row.error(what, ACCEPT_GAP));
        }
        state.report.set_aside.gaps += 1;
        Ok(())
    }

    fn message(
        &mut self,
        at: usize,
        done: Option<crate::catalog::DepthRow>,
        sorted: bool,
        to: &mut Transaction<'_>,
    ) -> Result<()> {
        match done.map(Row::Depth) {
            Some(row) => {
                self.states[at].count(&row);
                self.put(at, row, sorted, to)
            }
            None => Ok(()),
        }
    }

    fn enter(
        &mut self,
        table: usize,
        name: &str,
        row: &TableRow<'_>,
        to: &mut Transaction<'_>,
    ) -> Result<usize> {
        let Some((venue, symbol)) = name.split_once(':') else {
            let what = format!("{name:?} is no instrument");
            return Err(row.error(
                what,
                "the mapping file must give names such as \"binance-spot:BTCUSDT\"",
            ));
        };
        let series = Series {
            venue: venue.to_string(),
            symbol: symbol.to_string(),
        };
        if to.definition(&series).is_none() {
            let record = self.inferred(table, name, &series, row)?;
            (to.define(record)).map_err(|why| row.error(why.to_string(), DEFINE))?;
        }
        let Some(record) = to.definition(&series) else {
            return Err(row.error(format!("{name} is not defined"), DEFINE));
        };
        self.states.push(State {
            scale: Decimals {
                price: record.price_decimals,
                qty: record.qty_decimals,
            },
            open: OpenMessage::default(),
            report: SeriesReport {
                instrument: name.to_string(),
                inferred: record.inferred,
                ..SeriesReport::default()
            },
            series,
        });
        Ok(self.states.len() - 1)
    }

    fn inferred(
        &self,
        table: usize,
        name: &str,
        series: &Series,
        row: &TableRow<'_>,
    ) -> Result<InstrumentRecord> {
        let seen = self.seen.get(name).copied().unwrap_or_default();
        if let Some(told) = self.map.instrument.iter().find(|told| told.name == name) {
            return told.record(seen).map_err(|why| row.error(why, DEFINE));
        }
        let kind = self.tables[table].default_kind();
        let kind = kind.ok_or_else(|| row.error(format!("{name} is not defined"), DEFINE))?;
        Ok(define_as(&series.venue, kind, &series.symbol, seen))
    }

    /// Stores a row, or keeps it to be sorted.
    fn put(&mut self, at: usize, row: Row, sorted: bool, to: &mut Transaction<'_>) -> Result<()> {
        if !sorted {
            self.unsorted.push((at, row));
            return Ok(());
        }
        self.store(at, row, to)
    }

    fn store(&mut self, at: usize, row: Row, to: &mut Transaction<'_>) -> Result<()> {
        self.stored += 1;
        to.row(&self.states[at].series, row)
            .map_err(|why| match why {
                Error::Row { place, what, .. } => {
                    self.source.error(format!("row {place}: {what}"), MEND)
                }
                other => other,
            })
    }

    /// Ends the file: the last depth messages, what is to be sorted, and the words for entries of trade streams.
    pub(super) fn end(&mut self, to: &mut Transaction<'_>) -> Result<()> {
        let sorted = self
            .tables
            .iter()
            .all(|table| table.order == Order::Ascending);
        for at in 0..self.states.len() {
            let done = self.states[at].open.end();
            self.message(at, done, sorted, to)?;
        }
        let mut rows = std::mem::take(&mut self.unsorted);
        rows.sort_by_key(|(_, row)| (row.ts(), row.place()));
        for (at, row) in rows {
            self.store(at, row, to)?;
        }
        for state in &self.states {
            if !state.report.trade_x_types.is_empty() {
                let words = state.report.trade_x_types.clone();
                to.note_words(&state.series, Kind::Trade, words);
            }
        }
        Ok(())
    }
}

impl State {
    fn count(&mut self, row: &Row) {
        let report = &mut self.report;
        *match row {
            Row::Quote(_) => &mut report.quotes,
            Row::Depth(row) if row.snapshot => &mut report.depth_snapshots,
            Row::Depth(_) => &mut report.depth_diffs,
            Row::Trade(_) => &mut report.trades,
            Row::Mark(_) => &mut report.marks,
            Row::Funding(_) => &mut report.fundings,
            Row::Bar(_) => &mut report.bars,
            Row::Interest(_) => &mut report.interests,
            Row::Status(_) => &mut report.statuses,
            Row::Feed(_) => &mut report.feeds,
        } += 1;
    }
}

/// The instrument of a row; none where it is passed over.
pub(super) fn whose(table: &Bound<'_>, row: &TableRow<'_>) -> Result<Option<String>> {
    match table.whose(row) {
        Whose::Instrument(name) => Ok(Some(name)),
        Whose::Skipped => Ok(None),
        Whose::Other(key) => Err(row.error(
            format!("the mapping file names no instrument for {key:?}"),
            "add it to instrument.names, or say skip_others = true",
        )),
    }
}
