//! `synth.json` beside the data: what the tape was made from, and what was planted where.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use onetape_core::num::format_fixed;
use onetape_core::time::Ts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::config::{GENERATOR_VERSION, SynthConfig, seconds};
use super::generate::series;
use super::plan::{ENTRY_EDGE_BPS, EXIT_EDGE_BPS, MAX_AGE, Planted};
use crate::error::{Error, Result};

/// The record's name below the catalogue's root.
pub const RECORD: &str = "synth.json";
/// Under this name it is written before it takes its place.
const RECORD_NEXT: &str = "synth.json.next";

/// What a synthetic tape was made from, and what was planted in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SynthRecord {
    /// Version of the generator.
    pub generator_version: u32,
    /// Hash of version and parameters: the catalogue's files carry it as their source.
    pub source_hash: String,
    /// Seed, as text: it may have more digits than a JSON number keeps.
    pub seed: String,
    /// Symbol on both venues.
    pub symbol: String,
    /// Full name of the spot instrument.
    pub spot: String,
    /// Full name of the perpetual.
    pub futures: String,
    /// First moment, UTC.
    pub start: String,
    /// Length in seconds.
    pub duration_s: String,
    /// Which way the planted opportunities are taken.
    pub directions: String,
    /// The thresholds that the plan is made for.
    pub made_for: MadeFor,
    /// Every planted opportunity, in time order.
    pub planted: Vec<PlantedRecord>,
}

/// The thresholds that a plan is made for, with fees of 10 bps on spot and 5 bps on the perpetual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeFor {
    /// Gross entry edge, in bps, that every planted opportunity exceeds.
    pub entry_edge_bps: f64,
    /// Gross exit edge, in bps, that every winner exceeds and no loser reaches in time.
    pub exit_edge_bps: f64,
    /// Age in seconds at which a loser is given up.
    pub max_age_s: String,
}

/// One planted opportunity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlantedRecord {
    /// When it begins, UTC.
    pub at: String,
    /// The same in nanoseconds since the epoch.
    pub at_ns: i64,
    /// When nothing of it is left, in nanoseconds since the epoch.
    pub until_ns: i64,
    /// `long_spot` or `short_spot`.
    pub direction: String,
    /// Whether taking it pays after fees.
    pub wins: bool,
    /// Gross entry edge at its peak, in bps.
    pub peak_edge_bps: String,
    /// How long the peak lasts, in seconds.
    pub peak_s: String,
    /// Gross entry edge to which it falls, in bps.
    pub rest_edge_bps: String,
}

impl PlantedRecord {
    pub(super) fn new(planted: &Planted) -> Self {
        Self {
            at: utc(planted.at),
            at_ns: planted.at.nanos(),
            until_ns: planted.end().nanos(),
            direction: planted.direction.name().to_owned(),
            wins: planted.wins,
            peak_edge_bps: format_fixed(planted.peak_centi_bps, 2),
            peak_s: seconds(planted.peak_for),
            rest_edge_bps: format_fixed(planted.rest_centi_bps, 2),
        }
    }

    /// True at a moment at which it can be seen.
    pub fn covers(&self, ts: Ts) -> bool {
        (self.at_ns..self.until_ns).contains(&ts.nanos())
    }
}

impl SynthRecord {
    pub(super) fn new(config: &SynthConfig, planted: &[Planted]) -> Self {
        let [spot, futures] = series(config).map(|series| series.instrument());
        Self {
            generator_version: GENERATOR_VERSION,
            source_hash: config.source_hash(),
            seed: config.seed.to_string(),
            symbol: config.symbol.clone(),
            spot,
            futures,
            start: utc(config.start),
            duration_s: seconds(config.duration),
            directions: config.directions.name().to_owned(),
            made_for: MadeFor {
                entry_edge_bps: ENTRY_EDGE_BPS,
                exit_edge_bps: EXIT_EDGE_BPS,
                max_age_s: seconds(MAX_AGE),
            },
            planted: planted.iter().map(PlantedRecord::new).collect(),
        }
    }

    /// Reads the record of a catalogue; `None` when it holds no synthetic tape.
    ///
    /// # Errors
    /// When the record cannot be read or is not one.
    pub fn read(root: &Path) -> Result<Option<Self>> {
        read_record(root)
    }
}

/// Reads a record of any sort; `None` when there is none.
pub(super) fn read_record<T: DeserializeOwned>(root: &Path) -> Result<Option<T>> {
    let path = root.join(RECORD);
    read(&path)?.map(|text| parse(&text, path)).transpose()
}

fn parse<T: DeserializeOwned>(text: &[u8], path: PathBuf) -> Result<T> {
    serde_json::from_slice(text).map_err(|why| Error::Source {
        what: format!("is no record of a synthetic tape: {why}"),
        fix: "remove it and make the tape again".to_owned(),
        file: path,
    })
}

/// What every record has, whichever generator wrote it.
#[derive(Deserialize)]
pub(super) struct Made {
    pub(super) source_hash: String,
    pub(super) seed: String,
}

impl Made {
    /// Of a catalogue's record; `None` when it holds no synthetic tape.
    pub(super) fn read(root: &Path) -> Result<Option<Self>> {
        read_record(root)
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(text) => Ok(Some(text)),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(Error::io("read", path)(why)),
    }
}

/// Puts a record beside the data, all or nothing.
pub(super) fn store<T: Serialize>(record: &T, root: &Path) -> Result<()> {
    let (next, path) = (root.join(RECORD_NEXT), root.join(RECORD));
    let mut text = serde_json::to_string_pretty(record).map_err(|why| Error::Source {
        file: path.clone(),
        what: format!("cannot be written: {why}"),
        fix: "report this".to_owned(),
    })?;
    text.push('\n');
    let mut file = File::create(&next).map_err(Error::io("create", &next))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(Error::io("write", &next))?;
    fs::rename(&next, &path).map_err(Error::io("write", &path))
}

/// A moment as RFC 3339 text in UTC.
pub(super) fn utc(ts: Ts) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(ts.nanos()))
        .map_or_else(|_| ts.nanos().to_string(), |moment| moment.to_string())
}
