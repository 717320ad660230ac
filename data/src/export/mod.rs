//! What a catalogue holds, written for other programs: CSV with a mapping file that reads it back, and event arrays
//! of hftbacktest.
//!
//! Files get their names when all of them are complete; a call that fails leaves none.

mod arrays;
mod clocks;
mod csv;
mod depth;
mod files;
mod map;
mod npy;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use onetape_core::time::Ts;
use serde::Serialize;

use crate::catalog::{Catalog, FileRecord, InstrumentRecord, Kind};
use crate::error::{Error, Result};
use files::Files;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// One CSV a series and kind, with both stamps and plain decimals, and `table.toml`, which reads them back.
    Csv,
    /// One `.npy` array of hftbacktest's events (its version 2) a series: depth and trades, or quotes as a book of
    /// one level a side where there is no depth.
    Hftbacktest,
}

/// What is to be exported.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// Instruments, `venue:SYMBOL`.
    pub instruments: Vec<String>,
    /// Only these kinds; all when empty.
    pub kinds: Vec<Kind>,
    /// First receive time, inclusive.
    pub from: Option<Ts>,
    /// End of receive time, exclusive.
    pub to: Option<Ts>,
    /// As what.
    pub format: ExportFormat,
    /// Where the files go; made when it is not there.
    pub out: PathBuf,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExportReport {
    /// The files, in the order of the call.
    pub files: Vec<ExportedFile>,
}

/// One file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExportedFile {
    /// Its name in the directory.
    pub name: String,
    /// Whose rows are in it.
    pub instrument: String,
    /// Messages that were read.
    pub messages: u64,
    /// Lines or array rows that were written.
    pub rows: u64,
    /// Length.
    pub bytes: u64,
    /// Of arrays: depth messages that came before a snapshot that they could continue; not written.
    #[serde(skip_serializing_if = "is_zero")]
    pub unsynced: u64,
    /// Of arrays: rows whose venue time is after their receive time. hftbacktest refuses such data; its
    /// `correct_local_timestamp` moves the receive times.
    #[serde(skip_serializing_if = "is_zero")]
    pub early: u64,
    /// Of arrays: messages whose venue time is not known; they have the receive time in its place.
    #[serde(skip_serializing_if = "is_zero")]
    pub unstamped: u64,
}

const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Writes series of a catalogue as files. `progress` gets the messages that were read and those that there are.
///
/// # Errors
/// When the catalogue lacks what is asked for, a file of it is not what it was, or the directory cannot be written.
/// No file of the call is there then, and those of an earlier one are as they were.
pub fn export(
    catalog: &Catalog,
    request: &ExportRequest,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<ExportReport> {
    let mut wanted = Vec::new();
    for name in &request.instruments {
        let record = catalog.instrument(name)?;
        if wanted
            .iter()
            .any(|(known, _): &(&InstrumentRecord, _)| *known == record)
        {
            continue;
        }
        wanted.push((record, kinds(catalog, record, request)?));
    }
    let total = (wanted.iter())
        .flat_map(|(record, kinds)| kinds.iter().map(move |kind| (record, *kind)))
        .flat_map(|(record, kind)| catalog.files(&record.series(), kind))
        .map(|file| file.rows)
        .sum();
    let mut done = 0;
    let mut step = |messages: u64| {
        done += messages;
        progress(done, total);
    };
    let mut files = Files::begin(&request.out)?;
    let mut report = ExportReport::default();
    for (record, kinds) in &wanted {
        match request.format {
            ExportFormat::Csv => {
                for kind in kinds {
                    let file = csv::write(catalog, record, *kind, request, &mut files, &mut step)?;
                    report.files.push(file);
                }
            }
            ExportFormat::Hftbacktest => {
                let file = arrays::write(catalog, record, kinds, request, &mut files, &mut step)?;
                report.files.push(file);
            }
        }
    }
    if request.format == ExportFormat::Csv {
        report.files.push(map::write(&wanted, &mut files)?);
    }
    files.commit()?;
    Ok(report)
}

/// The kinds of an instrument that have rows in the time that is asked for.
fn kinds(
    catalog: &Catalog,
    record: &InstrumentRecord,
    request: &ExportRequest,
) -> Result<Vec<Kind>> {
    let inside = |file: &&FileRecord| {
        request.from.is_none_or(|from| file.last() >= from)
            && request.to.is_none_or(|to| file.first() < to)
    };
    let asked = |kind: &Kind| request.kinds.is_empty() || request.kinds.contains(kind);
    let of_array = |kind: &Kind| {
        request.format == ExportFormat::Csv
            || matches!(kind, Kind::Depth | Kind::Trade | Kind::Quote)
    };
    let found: Vec<Kind> = (Kind::ALL.into_iter())
        .filter(|kind| asked(kind) && of_array(kind))
        .filter(|kind| catalog.files(&record.series(), *kind).iter().any(inside))
        .collect();
    if found.is_empty() {
        return Err(Error::Request {
            what: format!("{} has no rows of that kind in that time", record.name()),
            fix: "see what there is with: onetape data info".to_string(),
        });
    }
    Ok(found)
}
