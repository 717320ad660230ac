//! The generator: feed after feed, each from the path of fair prices that all of them share.

use std::path::Path as FilePath;

use super::super::SynthReport;
use super::super::generate::SynthRows;
use super::super::store::{Order, put};
use super::config::MarketConfig;
use super::feed::Feed;
use super::feeds::FeedKind;
use super::path::{Path, STEP};
use super::record::MarketRecord;
use super::schedule::{Schedule, schedule};
use crate::catalog::{InstrumentRecord, Row, RowSink, Series, Transaction, hash_bytes};
use crate::error::{Error, Result};

/// Steps between two calls of the progress function.
const PROGRESS_STEPS: u64 = 4_096;

/// Steps of a market, for each of its feeds.
pub(super) fn steps(config: &MarketConfig) -> u64 {
    (config.duration.nanos() / STEP.nanos()) as u64
}

/// Makes the rows of one feed, in time order. `progress` is told how many steps are done.
///
/// # Errors
/// When the sink fails.
pub(super) fn generate<S: RowSink<Error = Error>>(
    config: &MarketConfig,
    schedule: &Schedule,
    kind: &'static FeedKind,
    sink: &mut S,
    progress: &mut dyn FnMut(u64),
) -> Result<SynthRows> {
    let series = kind.series();
    let mut path = Path::new(config, schedule);
    let mut feed = Feed::new(config, schedule, kind);
    let mut rows = SynthRows::default();
    let mut out = Vec::new();
    for step in 0..steps(config) {
        let moment = path.step();
        feed.step(&moment, &mut out);
        for row in out.drain(..) {
            rows.count(&row);
            sink.row(&series, row)?;
        }
        if step % PROGRESS_STEPS == 0 {
            progress(step);
        }
    }
    Ok(rows)
}

/// Makes a market into the catalogue at a path, which may be new. A market that is already there is left alone.
/// `progress` is told how many of how many steps are done.
///
/// # Errors
/// When the configuration is refused, the catalogue holds another synthetic tape, or it cannot be written; the
/// catalogue is then as it was.
pub fn write(
    root: &FilePath,
    config: &MarketConfig,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<SynthReport<MarketRecord>> {
    write_as(root, config, &|_| None, progress)
}

/// What an instrument is called instead, `None` to leave it out of the change: venue and symbol.
pub type Called<'a> = &'a dyn Fn(&InstrumentRecord) -> Option<(String, String)>;

/// [`write`] with other names of venues and symbols. What is planted is told by the first names in `synth.json`.
///
/// # Errors
/// As [`write`].
pub fn write_as(
    root: &FilePath,
    config: &MarketConfig,
    called: Called<'_>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<SynthReport<MarketRecord>> {
    let schedule = schedule(config)?;
    let feeds = config.feeds()?;
    let mut record = MarketRecord::new(config, &feeds, &schedule);
    let instruments: Vec<_> = feeds
        .iter()
        .map(|kind| named(kind.record(), called))
        .collect();
    let names: Vec<_> = instruments.iter().map(InstrumentRecord::name).collect();
    if names != record.instruments {
        // Other names are another market.
        let text = format!("{}\n{}", record.source_hash, names.join("\n"));
        record.source_hash = hash_bytes(text.as_bytes());
        record.instruments = names;
    }
    let series: Vec<_> = instruments.iter().map(InstrumentRecord::series).collect();
    let order = Order {
        source_hash: record.source_hash.clone(),
        name: format!("synthetic market of seed {}", config.seed),
        instruments,
    };
    let hash = record.source_hash.clone();
    let (each, name) = (steps(config), order.name.clone());
    let all = each * feeds.len() as u64;
    put(root, order, record, |transaction| {
        for (at, (kind, series)) in feeds.iter().zip(series).enumerate() {
            // Closes the files of the feed before: only one feed's rows are in memory.
            transaction.next_source(&hash, &name)?;
            let before = at as u64 * each;
            let mut sink = Named {
                series,
                transaction: &mut *transaction,
            };
            generate(config, &schedule, kind, &mut sink, &mut |done| {
                progress(before + done, all);
            })?;
        }
        progress(all, all);
        Ok(())
    })
}

fn named(mut record: InstrumentRecord, called: Called<'_>) -> InstrumentRecord {
    if let Some((venue, symbol)) = called(&record) {
        record.venue = venue;
        record.symbol = symbol;
    }
    record
}

/// Rows of one feed, under the name that it is to have.
struct Named<'a, 'b> {
    series: Series,
    transaction: &'a mut Transaction<'b>,
}

impl RowSink for Named<'_, '_> {
    type Error = Error;

    fn row(&mut self, _: &Series, row: Row) -> Result<()> {
        self.transaction.row(&self.series, row)
    }
}
