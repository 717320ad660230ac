//! `tardis`: the CSV files of tardis.dev, gzip or plain. The header tells what a file is.
//!
//! Rows are stamped with `local_timestamp`, the receive time. Where a venue gives no time the files repeat it as
//! `timestamp`; such rows have no venue time here.

mod columns;
mod depth;
mod exchanges;
mod read;
mod ticker;

use std::path::PathBuf;

use onetape_core::time::Ts;

use self::columns::{EXCHANGE, OWN, SYMBOL, Table, places};
use self::read::Reader;
use super::csv::CsvRows;
use super::infer::{self, Decimals};
use super::numbers::plain;
use super::report::{ImportReport, SourceReport};
use super::series::Seen;
use super::sources::{Importer, Options, PROGRESS_LINES, Source, import_sources};
use crate::catalog::{Catalog, Series, Transaction};
use crate::error::Result;

/// Imports files as one transaction: all of them, or none. A source that the catalogue has is passed over.
/// `progress` gets the bytes that were read and the bytes that there are.
///
/// # Errors
/// When a source cannot be read, a line of it cannot be taken, or the catalogue cannot be written. The catalogue
/// is then as it was.
pub fn tardis(
    catalog: &mut Catalog,
    paths: &[PathBuf],
    options: &Options,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<ImportReport> {
    let mut files = Files {
        options,
        seen: Seen::default(),
    };
    import_sources(catalog, paths, options.replace, &mut files, progress)
}

struct Files<'a> {
    options: &'a Options,
    seen: Seen,
}

/// When and where a row stands.
#[derive(Clone, Copy, Debug)]
struct Stamps {
    ts: Ts,
    ts_venue: Option<Ts>,
    place: u64,
}

/// The series of a row.
fn series(options: &Options, exchange: &str, symbol: &str) -> Series {
    let venue = (options.venue.as_deref()).unwrap_or_else(|| exchanges::venue(exchange));
    Series {
        venue: venue.to_string(),
        symbol: symbol.to_string(),
    }
}

impl Importer for Files<'_> {
    fn look(&mut self, source: &Source<'_>, known: &Transaction<'_>) -> Result<()> {
        let mut rows = CsvRows::open(source.path, b',')?;
        let (table, places) = places(source.path, &mut rows)?;
        let (prices, amounts) = table.numbers();
        let start = match table {
            Table::Ticker => infer::OF_MARKS,
            _ => Decimals::default(),
        };
        // Mostly one; several where a file holds a group of symbols.
        let mut found: Vec<(String, String, Option<Decimals>)> = Vec::new();
        let mut last = 0;
        while let Some(row) = rows.next()? {
            let (exchange, symbol) = (row.cell(places[EXCHANGE]), row.cell(places[SYMBOL]));
            let is_it = |(e, s, _): &(String, String, _)| e == exchange && s == symbol;
            if !found.get(last).is_some_and(is_it) {
                last = found.iter().position(is_it).unwrap_or_else(|| {
                    let series = series(self.options, exchange, symbol);
                    let seen = known.definition(&series).is_none().then_some(start);
                    found.push((exchange.to_string(), symbol.to_string(), seen));
                    found.len() - 1
                });
            }
            if let Some(seen) = &mut found[last].2 {
                let own = |at: &usize| plain(row.cell(places[OWN + at]));
                prices.iter().for_each(|at| seen.see_price(&own(at)));
                amounts.iter().for_each(|at| seen.see_qty(&own(at)));
            }
        }
        for (exchange, symbol, seen) in found {
            if let Some(seen) = seen {
                let all = self.seen.of(series(self.options, &exchange, &symbol));
                *all = all.max(seen);
            }
        }
        Ok(())
    }

    fn read(
        &mut self,
        source: &Source<'_>,
        to: &mut Transaction<'_>,
        report: &mut SourceReport,
        progress: &mut dyn FnMut(u64),
    ) -> Result<()> {
        let mut rows = CsvRows::open(source.path, b',')?;
        let (table, places) = places(source.path, &mut rows)?;
        let mut reader = Reader::new(source.path, table, places, self.options, &self.seen);
        loop {
            if rows.number().is_multiple_of(PROGRESS_LINES) {
                progress(rows.bytes());
            }
            match rows.next()? {
                Some(row) => reader.take(&row, to)?,
                None => break,
            }
        }
        reader.flush(to)?;
        if reader.stored() == 0 {
            let (what, fix) = match table {
                Table::Book => (
                    "there is no snapshot in it to start a book from",
                    "fetch the whole file of the day",
                ),
                _ => ("no line of it can be used", "check that the file is whole"),
            };
            return Err(source.error(what, fix));
        }
        report.lines = rows.number();
        report.ignored = reader.ignored;
        source.check_unchanged(&rows.hash()?)?;
        report.series = reader.reports();
        Ok(())
    }
}
