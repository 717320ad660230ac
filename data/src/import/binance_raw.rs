//! `binance-raw`: a receive time, a blank and the message as it came, line by line, plain or gzip.

use std::path::{Path, PathBuf};

use onetape_adapters::binance::Market;

use super::convert::Converter;
use super::lines::Lines;
use super::peek::{Peek, peek};
use super::report::{ImportReport, SourceReport};
use super::sources::{Importer, Options, PROGRESS_LINES, Source, import_sources};
use crate::catalog::{Catalog, Kind, Transaction};
use crate::error::{Error, Result};

/// Imports captures as one transaction: all of them, or none. A source that the catalogue has is passed over.
/// `progress` gets the bytes that were read and the bytes that there are.
///
/// # Errors
/// When a source cannot be read, a line of it cannot be taken, or the catalogue cannot be written. The catalogue
/// is then as it was.
pub fn binance_raw(
    catalog: &mut Catalog,
    paths: &[PathBuf],
    options: &Options,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<ImportReport> {
    let mut captures = Captures { options };
    import_sources(catalog, paths, options.replace, &mut captures, progress)
}

struct Captures<'a> {
    options: &'a Options,
}

impl Importer for Captures<'_> {
    fn read(
        &mut self,
        source: &Source<'_>,
        to: &mut Transaction<'_>,
        report: &mut SourceReport,
        progress: &mut dyn FnMut(u64),
    ) -> Result<()> {
        import_one(source, self.options, to, report, progress)
    }
}

fn import_one(
    source: &Source<'_>,
    options: &Options,
    transaction: &mut Transaction<'_>,
    report: &mut SourceReport,
    progress: &mut dyn FnMut(u64),
) -> Result<()> {
    let path = source.path;
    let peek = peek(path, options.venue.is_some())?;
    let mut converter = converter(path, options, peek)?;
    let mut lines = Lines::open(path)?;
    loop {
        if lines.number().is_multiple_of(PROGRESS_LINES) {
            progress(lines.bytes());
        }
        match lines.next()? {
            Some(line) => converter.take(&line, transaction)?,
            None => break,
        }
    }
    report.lines = lines.number();
    report.ignored = converter.ignored;
    if converter.stored == 0 {
        return Err(source.error(
            "no line of it can be used",
            "check that this is a binance-raw capture",
        ));
    }
    source.check_unchanged(&lines.hash()?)?;
    for state in &converter.series {
        let words = state.report.trade_x_types.clone();
        transaction.note_words(&state.series, Kind::Trade, words);
    }
    report.series = converter
        .series
        .into_iter()
        .map(|state| state.report)
        .collect();
    Ok(())
}

fn converter<'a>(path: &'a Path, options: &Options, peek: Peek) -> Result<Converter<'a>> {
    let told = options.venue.as_deref();
    let by_name = [Market::Spot, Market::Usdm, Market::Coinm]
        .into_iter()
        .find(|market| Some(market.venue()) == told);
    let market = by_name.or(peek.market).ok_or_else(|| Error::Source {
        file: path.to_path_buf(),
        what: "none of its first lines tells which venue it is of".to_string(),
        fix: "check that this is a binance-raw capture, or name the venue with --venue binance-spot or binance-usdm"
            .to_string(),
    })?;
    Ok(Converter {
        path,
        venue: told.unwrap_or(market.venue()).to_string(),
        market,
        venue_told: told.is_some(),
        accept: options.accept,
        peek,
        series: Vec::new(),
        ignored: 0,
        stored: 0,
    })
}
