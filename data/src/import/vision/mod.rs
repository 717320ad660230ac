//! `binance-vision`: the archives of data.binance.vision, as they are fetched: one CSV in a zip, or unpacked.
//!
//! The archives tell no receive time. Rows are stamped with the venue's own time (a quote with that of the
//! transaction), as if they had been received without delay; a scenario adds the delay of its feed. A bar is
//! stamped at its close, a funding rate at its settlement.

mod columns;
mod name;
mod rows;

use std::path::PathBuf;

use onetape_adapters::binance::Market;

use self::columns::Role;
use self::name::{Archive, Table};
use self::rows::Reader;
use super::csv::CsvRows;
use super::infer;
use super::numbers::{BadNumber, plain};
use super::report::{ImportReport, SourceReport};
use super::series::{Entered, Seen};
use super::sources::{Importer, Options, PROGRESS_LINES, Source, import_sources};
use crate::catalog::{Catalog, Kind, Series, Transaction};
use crate::error::Result;

/// Imports archives as one transaction: all of them, or none. A source that the catalogue has is passed over.
/// `progress` gets the bytes that were read and the bytes that there are.
///
/// # Errors
/// When a name does not tell what an archive is, it cannot be read, a line of it cannot be taken, or the catalogue
/// cannot be written. The catalogue is then as it was.
pub fn binance_vision(
    catalog: &mut Catalog,
    paths: &[PathBuf],
    options: &Options,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<ImportReport> {
    let mut archives = Archives {
        options,
        seen: Seen::default(),
    };
    import_sources(catalog, paths, options.replace, &mut archives, progress)
}

struct Archives<'a> {
    options: &'a Options,
    seen: Seen,
}

/// An archive whose venue is known.
struct Known {
    series: Series,
    table: Table,
    contract: Option<&'static str>,
}

impl Archives<'_> {
    fn know(&self, source: &Source<'_>) -> Result<Known> {
        let archive = Archive::of(source.path)?;
        let told = self.options.venue.as_deref();
        let by_venue = [Market::Spot, Market::Usdm, Market::Coinm]
            .into_iter()
            .find(|market| Some(market.venue()) == told);
        let market = by_venue.or(archive.market).ok_or_else(|| {
            source.error(
                "its folders do not tell whether it is of spot or futures",
                "name the venue with --venue binance-spot, binance-usdm or binance-coinm",
            )
        })?;
        Ok(Known {
            series: Series {
                venue: told.unwrap_or(market.venue()).to_string(),
                symbol: archive.symbol,
            },
            table: archive.table,
            contract: match market {
                Market::Spot => Some("spot"),
                Market::Usdm => Some("linear"),
                Market::Coinm => None,
            },
        })
    }
}

impl Importer for Archives<'_> {
    fn look(&mut self, source: &Source<'_>, known: &Transaction<'_>) -> Result<()> {
        let archive = self.know(source)?;
        if known.definition(&archive.series).is_some() {
            return Ok(());
        }
        let mut rows = CsvRows::open(source.path, b',')?;
        let places = archive.table.places(&mut rows)?;
        let seen = self.seen.of(archive.series);
        let columns = archive.table.columns();
        if !columns.iter().any(|column| column.role == Role::Price) {
            *seen = seen.max(infer::OF_MARKS);
            return Ok(());
        }
        while let Some(row) = rows.next()? {
            for (column, place) in columns.iter().zip(&places) {
                match column.role {
                    Role::Price => seen.see_price(&plain(row.cell(*place))),
                    Role::Qty => seen.see_qty(&plain(row.cell(*place))),
                    Role::Other => {}
                }
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
        let archive = self.know(source)?;
        let mut rows = CsvRows::open(source.path, b',')?;
        let places = archive.table.places(&mut rows)?;
        let empty = || source.error("there is no row in it", "check that the file is whole");
        let first = rows.first()?.ok_or_else(empty)?;
        let mut entered = Entered::new(archive.series, archive.contract, &self.seen, &first, to)?;
        let mut reader = Reader::new(archive.table, places, entered.scale);
        loop {
            if rows.number().is_multiple_of(PROGRESS_LINES) {
                progress(rows.bytes());
            }
            let Some(line) = rows.next()? else { break };
            entered.report.came(archive.table.kind());
            match reader.row(&line) {
                Ok(row) => entered.store(row, source.path, to)?,
                Err(fault) => fault
                    .pass(self.options.accept, &mut entered.report.set_aside)
                    .map_err(|BadNumber { what, fix }| line.error(what, fix))?,
            }
        }
        if entered.stored() == 0 {
            return Err(source.error("no line of it can be used", "leave the file out"));
        }
        report.lines = rows.number();
        source.check_unchanged(&rows.hash()?)?;
        report.series.push(entered.report);
        Ok(())
    }
}

impl Table {
    const fn kind(self) -> Kind {
        match self {
            Self::BookTicker => Kind::Quote,
            Self::AggTrades | Self::Trades => Kind::Trade,
            Self::Klines => Kind::Bar,
            Self::FundingRate => Kind::Funding,
        }
    }
}
