//! `binance-raw`: a receive time, a blank and the message as it came, line by line, plain or gzip.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use onetape_adapters::binance::Market;

use super::convert::{Accept, Converter};
use super::lines::Lines;
use super::peek::{Peek, peek};
use super::report::{ImportReport, SourceReport};
use crate::catalog::{Catalog, FileRecord, Kind, SourceState, Transaction, hash_file};
use crate::error::{Error, Result};

/// Lines between two words on progress.
const PROGRESS_LINES: u64 = 4_096;

/// How an import goes about its work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The venue's name, where it is not to be told from the content.
    pub venue: Option<String>,
    /// What is let pass.
    pub accept: Accept,
    /// Lets new rows take the place of older files that cover the same time.
    pub replace: bool,
}

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
    let mut sources = Vec::new();
    for path in paths {
        let (bytes, hash) = hash_file(path).map_err(Error::io("read", path))?;
        sources.push(Source { path, bytes, hash });
    }
    let Some(first) = sources.first() else {
        return Ok(ImportReport::default());
    };
    let total = sources.iter().map(|source| source.bytes).sum();
    let mut transaction = catalog.begin(&first.hash, &first.path.to_string_lossy())?;
    transaction.replace(options.replace);
    let mut seen = BTreeSet::new();
    let mut report = ImportReport::default();
    let mut done = 0;
    for source in &sources {
        let known = !seen.insert(&source.hash)
            || (!options.replace && transaction.source(&source.hash) == SourceState::Whole);
        let mut here = SourceReport {
            path: source.path.to_string_lossy().into_owned(),
            hash: source.hash.clone(),
            source_bytes: source.bytes,
            already_imported: known,
            ..SourceReport::default()
        };
        if !known {
            transaction.next_source(&source.hash, &here.path)?;
            let mut read = |bytes| progress(done + bytes, total);
            import_one(source, options, &mut transaction, &mut here, &mut read)?;
        }
        done += source.bytes;
        progress(done, total);
        report.sources.push(here);
    }
    if report.sources.iter().any(|source| !source.already_imported) {
        report.count(&transaction.commit()?);
    }
    Ok(report)
}

struct Source<'a> {
    path: &'a Path,
    bytes: u64,
    hash: String,
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
    let error = |what: &str, fix: &str| Error::Source {
        file: path.to_path_buf(),
        what: what.to_string(),
        fix: fix.to_string(),
    };
    if converter.stored == 0 {
        return Err(error(
            "no line of it can be used",
            "check that this is a binance-raw capture",
        ));
    }
    if lines.hash()? != source.hash {
        return Err(error(
            "it was changed while it was read",
            "import it when it is complete",
        ));
    }
    for state in &converter.series {
        let words = state.report.trade_x_types.clone();
        transaction.note_words(&state.series, Kind::Trade, words);
    }
    report.series = converter
        .series
        .into_iter()
        .map(|state| state.report)
        .collect();
    report
        .series
        .sort_by(|a, b| a.instrument.cmp(&b.instrument));
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

impl ImportReport {
    /// Adds up what was written.
    fn count(&mut self, files: &[FileRecord]) {
        for file in files {
            self.messages += file.rows;
            self.rows += file.parquet_rows;
            self.bytes += file.bytes;
            let name = file.series().instrument();
            let series = (self.sources.iter_mut())
                .filter(|source| !source.already_imported && source.hash == file.source_hash)
                .flat_map(|source| &mut source.series)
                .find(|series| series.instrument == name);
            if let Some(series) = series {
                series.messages += file.rows;
                series.rows += file.parquet_rows;
                series.bytes += file.bytes;
            }
        }
    }
}
