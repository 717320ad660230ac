//! `catalog.json`, the truth about a catalogue: what is not in it is not there.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use onetape_core::time::Ts;
use serde::{Deserialize, Serialize};

use super::hash::unhex;
use super::instrument::InstrumentRecord;
use super::kind::Kind;
use super::row::Series;
use crate::error::{Error, Result};

/// The manifest's name below the root.
pub const MANIFEST: &str = "catalog.json";

/// The name under which a new manifest is written before it takes the place of the old one.
pub(super) const MANIFEST_NEXT: &str = "catalog.json.next";

/// Version of the manifest and of the Parquet files.
pub(super) const SCHEMA: u64 = 1;

/// One data file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// Path below the root, with `/`.
    pub path: String,
    /// Venue.
    pub venue: String,
    /// The venue's symbol.
    pub symbol: String,
    /// What is in it.
    pub kind: Kind,
    /// UTC day of its first row, `YYYY-MM-DD`. A file holds a day; of bars, funding, open interest and status a month.
    pub day: String,
    /// Number of messages.
    pub rows: u64,
    /// Number of Parquet rows: a depth message has one a level.
    pub parquet_rows: u64,
    /// Earliest receive time, nanoseconds.
    pub first_ts: i64,
    /// Latest receive time, nanoseconds.
    pub last_ts: i64,
    /// Length of the file.
    pub bytes: u64,
    /// XXH3-128 of the file's bytes, in hex.
    pub hash: String,
    /// XXH3-128 of the source's bytes, in hex.
    pub source_hash: String,
    /// Shortest and longest receive time less venue time over the rows that have both, nanoseconds. Negative where
    /// the two clocks disagree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ns: Option<(i64, i64)>,
    /// First and last venue time, nanoseconds, where every row has one and they never go back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue_order: Option<(i64, i64)>,
    /// True for depth of which every message is one level without update ids: it is read from fewer columns.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub single_levels: bool,
    /// Messages of the source by the venue's own word for their kind, with those that were set aside: told once a
    /// source, by the first of its files. Trades alone have them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub words: BTreeMap<String, u64>,
}

impl FileRecord {
    /// Whose rows are in it.
    pub fn series(&self) -> Series {
        Series {
            venue: self.venue.clone(),
            symbol: self.symbol.clone(),
        }
    }

    /// Earliest receive time.
    pub const fn first(&self) -> Ts {
        Ts::from_nanos(self.first_ts)
    }

    /// Latest receive time.
    pub const fn last(&self) -> Ts {
        Ts::from_nanos(self.last_ts)
    }

    /// The content hash as bytes, as journals keep it.
    pub fn hash_bytes(&self) -> [u8; 16] {
        unhex(&self.hash).unwrap_or_default()
    }

    pub(super) fn is_of(&self, series: &Series, kind: Kind) -> bool {
        self.kind == kind && self.venue == series.venue && self.symbol == series.symbol
    }

    /// True when both cover a common stretch of time; touching at one moment is no overlap.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let same = (self.first_ts, self.last_ts) == (other.first_ts, other.last_ts);
        same || (self.first_ts < other.last_ts && other.first_ts < self.last_ts)
    }
}

/// Every instrument and every file, sorted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) schema: u64,
    pub(super) instruments: Vec<InstrumentRecord>,
    pub(super) files: Vec<FileRecord>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            instruments: Vec::new(),
            files: Vec::new(),
        }
    }
}

impl Manifest {
    /// Reads the manifest below a root; `None` when there is none.
    pub(super) fn load(root: &Path) -> Result<Option<Self>> {
        let path = root.join(MANIFEST);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        Self::parse(path, &text).map(Some)
    }

    /// Reads the text of a manifest; errors say that it stands at `path`.
    pub(super) fn parse(path: PathBuf, text: &[u8]) -> Result<Self> {
        let bad = |what: String| Error::Manifest {
            path: path.clone(),
            what,
        };
        let value: serde_json::Value =
            serde_json::from_slice(text).map_err(|why| bad(format!("is damaged ({why})")))?;
        let schema = value.get("schema").and_then(serde_json::Value::as_u64);
        match schema {
            None => return Err(bad("is not a catalogue's manifest".to_string())),
            Some(SCHEMA) => {}
            Some(found) => {
                return Err(Error::Schema {
                    path,
                    found,
                    known: SCHEMA,
                });
            }
        }
        let manifest: Self =
            serde_json::from_value(value).map_err(|why| bad(format!("is damaged ({why})")))?;
        manifest.check().map_err(bad)?;
        Ok(manifest)
    }

    fn check(&self) -> std::result::Result<(), String> {
        for record in &self.instruments {
            record.check().map_err(|why| why.to_string())?;
        }
        for file in &self.files {
            let path = &file.path;
            if !is_below_root(path) {
                return Err(format!("file {path:?} does not lie below the catalogue"));
            }
            if unhex(&file.hash).is_none() || unhex(&file.source_hash).is_none() {
                return Err(format!("file {path:?} has a hash that is none"));
            }
            if self.instrument(&file.venue, &file.symbol).is_none() {
                return Err(format!(
                    "file {path:?} is of an instrument that is not defined"
                ));
            }
            if file.first_ts > file.last_ts {
                return Err(format!("file {path:?} ends before it starts"));
            }
        }
        Ok(())
    }

    pub(super) fn instrument(&self, venue: &str, symbol: &str) -> Option<&InstrumentRecord> {
        self.instruments
            .iter()
            .find(|record| record.venue == venue && record.symbol == symbol)
    }

    /// Puts everything into its one order.
    pub(super) fn sort(&mut self) {
        self.instruments
            .sort_by(|a, b| (&a.venue, &a.symbol).cmp(&(&b.venue, &b.symbol)));
        self.files.sort_by(|a, b| {
            (&a.venue, &a.symbol, a.kind, a.first_ts, &a.path)
                .cmp(&(&b.venue, &b.symbol, b.kind, b.first_ts, &b.path))
        });
    }

    /// Takes the place of the manifest below a root, all or nothing.
    pub(super) fn store(&self, root: &Path) -> Result<()> {
        let (next, path) = (root.join(MANIFEST_NEXT), root.join(MANIFEST));
        let mut text = serde_json::to_vec_pretty(self).map_err(|why| Error::Manifest {
            path: path.clone(),
            what: format!("cannot be written ({why})"),
        })?;
        text.push(b'\n');
        let mut file = File::create(&next).map_err(Error::io("create", &next))?;
        file.write_all(&text).map_err(Error::io("write", &next))?;
        file.sync_all().map_err(Error::io("sync", &next))?;
        fs::rename(&next, &path).map_err(Error::io("replace", &path))?;
        sync_dir(root)
    }
}

/// Makes renames in a directory last. Directories cannot be opened for that on every system.
pub(super) fn sync_dir(path: &Path) -> Result<()> {
    if cfg!(unix) {
        File::open(path)
            .and_then(|dir| dir.sync_all())
            .map_err(Error::io("sync", path))?;
    }
    Ok(())
}

fn is_below_root(path: &str) -> bool {
    !path.is_empty()
        && !path.contains('\\')
        && Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_must_stay_below_the_root() {
        assert!(is_below_root(
            "binance-spot/BTCUSDT/quote/2024-08-08-0.parquet"
        ));
        for bad in ["", "/etc/passwd", "../x", "a/../../x", "./a", "a\\..\\b"] {
            assert!(!is_below_root(bad), "{bad}");
        }
    }
}
