//! `hftbacktest`: NumPy arrays of hftbacktest's events (its version 2), `.npy` or `.npz`, with both stamps.
//!
//! A row that is valid on both clocks is one message. A row that stands there twice, once for each clock (arrays in
//! which messages overtake each other are written so), is one message too: the recorder's half gives its place and
//! stamps. Depth rows that follow each other with equal stamps are one message. A clear becomes the removal of the
//! levels that it finds, or, where a message leaves no level from before it, a snapshot.

mod book;
mod convert;
pub(crate) mod flags;
mod header;
mod literal;
mod rows;
mod twins;

use std::path::PathBuf;

use super::convert::Accept;
use super::infer::{Decimals, define_as};
use super::report::{ImportReport, SourceReport};
use super::sources::{Importer, Source, import_sources};
use crate::catalog::{Catalog, InstrumentRecord, Series, Transaction};
use crate::error::{Error, Result};
use convert::Converter;
use rows::Rows;

/// Blocks between two words on progress.
const PROGRESS_BLOCKS: u64 = 16;

/// How arrays are imported: they do not tell whose events they hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArrayOptions {
    /// The instrument, `venue:SYMBOL`.
    pub instrument: String,
    /// Step of prices, where the catalogue does not have the instrument.
    pub tick: Option<String>,
    /// Step of quantities, where the catalogue does not have the instrument.
    pub lot: Option<String>,
    /// What is let pass.
    pub accept: Accept,
    /// Lets new rows take the place of older files that cover the same time.
    pub replace: bool,
}

/// Imports arrays as one transaction: all of them, or none. Prices and quantities are rounded to the instrument's
/// decimals; a number that is further from a step of the last decimal than a float can be off is refused.
///
/// # Errors
/// When the instrument is neither defined nor told, a file is not such an array or a row of it cannot be taken, or
/// the catalogue cannot be written. The catalogue is then as it was.
pub fn hftbacktest(
    catalog: &mut Catalog,
    paths: &[PathBuf],
    options: &ArrayOptions,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<ImportReport> {
    let (venue, symbol) = (options.instrument.split_once(':')).ok_or_else(|| Error::Request {
        what: format!("{:?} is no instrument", options.instrument),
        fix: "name it with --instrument venue:SYMBOL, such as binance-usdm:BTCUSDT".to_string(),
    })?;
    let mut arrays = Arrays {
        series: Series {
            venue: venue.to_string(),
            symbol: symbol.to_string(),
        },
        options,
    };
    import_sources(catalog, paths, options.replace, &mut arrays, progress)
}

struct Arrays<'a> {
    series: Series,
    options: &'a ArrayOptions,
}

impl Importer for Arrays<'_> {
    fn read(
        &mut self,
        source: &Source<'_>,
        to: &mut Transaction<'_>,
        report: &mut SourceReport,
        progress: &mut dyn FnMut(u64),
    ) -> Result<()> {
        if to.definition(&self.series).is_none() {
            to.define(self.inferred()?)?;
        }
        let Some(definition) = to.definition(&self.series).cloned() else {
            return Err(self.undefined());
        };
        let mut rows = Rows::open(source)?;
        let mut converter = Converter::new(
            source,
            self.series.clone(),
            &definition,
            self.options.accept,
        );
        let mut block = Vec::new();
        let mut blocks = 0_u64;
        while let Some(first) = rows.block(&mut block)? {
            for (number, raw) in (first..).zip(&block) {
                converter.take(number, raw, to)?;
            }
            report.lines += block.len() as u64;
            if blocks.is_multiple_of(PROGRESS_BLOCKS) {
                progress(rows.bytes());
            }
            blocks += 1;
        }
        rows.finish()?;
        report.ignored = converter.ignored;
        let (series, stored) = converter.finish(to)?;
        if stored == 0 {
            return Err(source.error(
                "it has no row that can be used",
                "check that it holds depth and trades",
            ));
        }
        report.series.push(series);
        Ok(())
    }
}

impl Arrays<'_> {
    /// A definition from the steps that were told.
    fn inferred(&self) -> Result<InstrumentRecord> {
        let (Some(tick), Some(lot)) = (&self.options.tick, &self.options.lot) else {
            return Err(self.undefined());
        };
        let Series { venue, symbol } = &self.series;
        let spot = venue == "spot" || venue.ends_with("-spot");
        let kind = if spot { "spot" } else { "linear" };
        let mut decimals = Decimals::default();
        decimals.see_price(tick);
        decimals.see_qty(lot);
        Ok(InstrumentRecord {
            tick: tick.clone(),
            lot: lot.clone(),
            min_qty: lot.clone(),
            ..define_as(venue, kind, symbol, decimals)
        })
    }

    fn undefined(&self) -> Error {
        Error::Request {
            what: format!("{} is not defined", self.series.instrument()),
            fix: "tell its steps with --tick and --lot, or define it by `data import instruments`"
                .to_string(),
        }
    }
}
