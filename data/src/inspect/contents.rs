//! Contents by instrument and kind, from the manifest alone.

use std::collections::BTreeSet;

use serde::Serialize;

use super::books::BookReport;
use crate::catalog::{Catalog, FileRecord, InstrumentRecord, Kind};
use crate::tape::time_text;

/// What a catalogue holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contents {
    /// Where it is.
    pub catalog: String,
    /// Instruments, by venue and symbol.
    pub instruments: Vec<InstrumentContents>,
}

/// What there is of one instrument.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InstrumentContents {
    /// Full name, `venue:SYMBOL`.
    pub instrument: String,
    /// Its rules.
    pub rules: InstrumentRecord,
    /// Kinds that there are rows of.
    pub kinds: Vec<KindContents>,
    /// The depth book, where one was asked for and there is depth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub book: Option<BookReport>,
}

/// What there is of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KindContents {
    /// Which kind.
    pub kind: &'static str,
    /// Messages.
    pub rows: u64,
    /// Rows in the files: a depth message has one a level.
    pub parquet_rows: u64,
    /// Files.
    pub files: u64,
    /// UTC days that the files cover.
    pub days: u64,
    /// Earliest receive time, UTC.
    pub first: String,
    /// Latest receive time, UTC.
    pub last: String,
    /// Length of the files.
    pub bytes: u64,
    /// Bytes a message, to two decimals.
    pub bytes_per_row: String,
    /// Hashes of the sources that the rows come from.
    pub source_hashes: Vec<String>,
}

impl InstrumentContents {
    pub(super) fn of(catalog: &Catalog, record: &InstrumentRecord) -> Self {
        let series = record.series();
        let kinds = Kind::ALL
            .into_iter()
            .filter_map(|kind| KindContents::of(kind, &catalog.files(&series, kind)))
            .collect();
        Self {
            instrument: record.name(),
            rules: record.clone(),
            kinds,
            book: None,
        }
    }
}

impl KindContents {
    fn of(kind: Kind, files: &[&FileRecord]) -> Option<Self> {
        let first = files.iter().map(|file| file.first_ts).min()?;
        let last = files.iter().map(|file| file.last_ts).max()?;
        let sum = |of: fn(&FileRecord) -> u64| {
            files
                .iter()
                .fold(0, |sum: u64, file| sum.saturating_add(of(file)))
        };
        let (rows, bytes) = (sum(|file| file.rows), sum(|file| file.bytes));
        let set = |of: fn(&FileRecord) -> &str| -> BTreeSet<&str> {
            files.iter().map(|file| of(file)).collect()
        };
        let mut days = BTreeSet::new();
        for file in files {
            days.extend(file.first().utc_day()..=file.last().utc_day());
        }
        Some(Self {
            kind: kind.name(),
            rows,
            parquet_rows: sum(|file| file.parquet_rows),
            files: files.len() as u64,
            days: days.len() as u64,
            first: time_text(first),
            last: time_text(last),
            bytes,
            bytes_per_row: format!("{:.2}", bytes as f64 / rows.max(1) as f64),
            source_hashes: set(|file| &file.source_hash)
                .into_iter()
                .map(str::to_string)
                .collect(),
        })
    }
}
