//! Into a catalogue: instruments, rows and the record, once.

use std::path::Path;

use serde::Serialize;

use super::config::SynthConfig;
use super::generate::generate;
use super::plan::plan;
use super::record::{self, Made, SynthRecord};
use super::venue::{PERP_VENUE, SPOT_VENUE};
use crate::catalog::{Catalog, FileRecord, InstrumentRecord, SourceState, Transaction};
use crate::error::{Error, Result};

/// What a catalogue holds of a synthetic tape.
#[derive(Clone, Debug, PartialEq)]
pub struct SynthReport<R = SynthRecord> {
    /// True when the tape was there before: nothing was generated.
    pub already_there: bool,
    /// Messages.
    pub messages: u64,
    /// Rows as stored: depth has one a level.
    pub rows: u64,
    /// Data files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Parameters and plan, as in `synth.json`.
    pub record: R,
}

/// Makes a tape into the catalogue at a path, which may be new. A tape that is already there is left alone.
/// `progress` is told how many of how many steps are done.
///
/// # Errors
/// When the configuration is refused, the catalogue holds another synthetic tape, or it cannot be written; the
/// catalogue is then as it was.
pub fn write(
    root: &Path,
    config: &SynthConfig,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<SynthReport> {
    let record = SynthRecord::new(config, &plan(config)?);
    let order = Order {
        source_hash: record.source_hash.clone(),
        name: format!("synthetic tape of seed {}", config.seed),
        instruments: instruments(config)?.to_vec(),
    };
    put(root, order, record, |transaction| {
        generate(config, transaction, progress).map(|_| ())
    })
}

/// What is to be made under which name.
pub(super) struct Order {
    pub(super) source_hash: String,
    pub(super) name: String,
    pub(super) instruments: Vec<InstrumentRecord>,
}

/// Makes a tape, unless it is there, and its record beside it.
pub(super) fn put<R: Serialize>(
    root: &Path,
    order: Order,
    record: R,
    make: impl FnOnce(&mut Transaction<'_>) -> Result<()>,
) -> Result<SynthReport<R>> {
    let recorded = Made::read(root)?;
    if let Some(other) = recorded
        .as_ref()
        .filter(|there| there.source_hash != order.source_hash)
    {
        return Err(Error::OtherSynth {
            path: root.join(super::RECORD),
            seed: other.seed.clone(),
        });
    }
    let mut catalog = Catalog::open_or_create(root)?;
    let already_there = catalog.source(&order.source_hash) == SourceState::Whole;
    if !already_there {
        let mut transaction = catalog.begin(&order.source_hash, &order.name)?;
        for instrument in order.instruments {
            transaction.define(instrument)?;
        }
        make(&mut transaction)?;
        transaction.commit()?;
    }
    if recorded.is_none() {
        record::store(&record, root)?;
    }
    let mut report = SynthReport {
        already_there,
        messages: 0,
        rows: 0,
        files: 0,
        bytes: 0,
        record,
    };
    let made = |file: &&FileRecord| file.source_hash == order.source_hash;
    for file in catalog.all_files().iter().filter(made) {
        report.messages += file.rows;
        report.rows += file.parquet_rows;
        report.files += 1;
        report.bytes += file.bytes;
    }
    Ok(report)
}

/// The rules of both instruments: stated, not inferred from rows.
fn instruments(config: &SynthConfig) -> Result<[InstrumentRecord; 2]> {
    let base = config.base()?.to_owned();
    let spot = InstrumentRecord {
        venue: SPOT_VENUE.to_owned(),
        symbol: config.symbol.clone(),
        kind: "spot".to_owned(),
        base,
        quote: "USDT".to_owned(),
        price_decimals: 2,
        qty_decimals: 5,
        tick: "0.01".to_owned(),
        lot: "0.00001".to_owned(),
        min_qty: "0.00001".to_owned(),
        max_qty: None,
        min_notional: "5".to_owned(),
        contract_value: "1".to_owned(),
        inferred: false,
        tiers: Vec::new(),
    };
    let perp = InstrumentRecord {
        venue: PERP_VENUE.to_owned(),
        kind: "linear".to_owned(),
        price_decimals: 1,
        qty_decimals: 3,
        tick: "0.1".to_owned(),
        lot: "0.001".to_owned(),
        min_qty: "0.001".to_owned(),
        ..spot.clone()
    };
    Ok([spot, perp])
}
