//! What a tape is asked for, and the files that hold it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use onetape_core::names::InstrumentId;
use onetape_core::time::Ts;

use super::cursor::Window;
use super::file::Part;
use crate::catalog::{Catalog, FileRecord, InstrumentRecord, Kind, Series};
use crate::error::{Error, Result};

/// One leg of a tape: an instrument and the kinds of its messages that are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapeLeg {
    /// The id that its events carry.
    pub instrument: InstrumentId,
    /// Whose messages.
    pub series: Series,
    /// Which of them; order and repetition do not matter.
    pub kinds: Vec<Kind>,
    /// Whether rows are to carry the venue's own time, where it is stored.
    pub venue_time: bool,
}

/// What a tape is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TapeRequest {
    /// Legs, in the order that breaks ties.
    pub legs: Vec<TapeLeg>,
    /// First receive time, inclusive; from the first message when absent.
    pub from: Option<Ts>,
    /// End of receive time, exclusive; to the last message when absent.
    pub to: Option<Ts>,
}

impl TapeRequest {
    pub(super) fn window(&self) -> Result<Window> {
        let window = Window {
            from: self.from.map_or(Window::ALL.from, Ts::nanos),
            to: self.to.map_or(Window::ALL.to, Ts::nanos),
        };
        if window.from >= window.to {
            return Err(Error::Request {
                what: format!(
                    "from {} is not before to {}",
                    time_text(window.from),
                    time_text(window.to)
                ),
                fix: "give a later end".to_string(),
            });
        }
        Ok(window)
    }

    /// The files that the tape is read from, each once.
    ///
    /// # Errors
    /// When the catalogue lacks what is asked for.
    pub fn files<'a>(&self, catalog: &'a Catalog) -> Result<Vec<&'a FileRecord>> {
        let window = self.window()?;
        let mut paths = BTreeSet::new();
        for leg in &self.legs {
            for kind in &leg.kinds {
                let parts = parts(catalog, &leg.series, *kind, window)?;
                paths.extend(parts.into_iter().map(|part| part.record.path));
            }
        }
        let all = catalog.all_files().iter();
        Ok(all.filter(|file| paths.contains(&file.path)).collect())
    }
}

/// The files of a series and kind that are needed for a window, by time: those with rows in it, and for depth
/// also those before it, from which the book at its start is made.
///
/// # Errors
/// When the catalogue has no such instrument, no such kind of it, or nothing in the window.
pub(crate) fn parts(
    catalog: &Catalog,
    series: &Series,
    kind: Kind,
    window: Window,
) -> Result<Vec<Part>> {
    parts_among(catalog, series, kind, window, &|_| true)
}

/// [`parts`], as if the catalogue had no other files than those that `among` says yes to.
pub(super) fn parts_among(
    catalog: &Catalog,
    series: &Series,
    kind: Kind,
    window: Window,
    among: &dyn Fn(&FileRecord) -> bool,
) -> Result<Vec<Part>> {
    let instrument = Arc::new(catalog.instrument(&series.instrument())?.clone());
    let mut files = catalog.files(series, kind);
    files.retain(|file| among(file));
    let inside = |file: &FileRecord| file.last_ts >= window.from && file.first_ts < window.to;
    if !files.iter().any(|file| inside(file)) {
        return Err(nothing(catalog, series, kind, &files));
    }
    let wanted =
        |file: &FileRecord| inside(file) || (kind == Kind::Depth && file.first_ts < window.from);
    Ok(files
        .into_iter()
        .filter(|file| wanted(file))
        .map(|file| part(catalog, file, &instrument))
        .collect())
}

/// A file as readers take it.
pub(crate) fn part(
    catalog: &Catalog,
    file: &FileRecord,
    instrument: &Arc<InstrumentRecord>,
) -> Part {
    let path: Arc<Path> = catalog.path(file).into();
    Part {
        path,
        record: file.clone(),
        instrument: Arc::clone(instrument),
    }
}

fn nothing(catalog: &Catalog, series: &Series, kind: Kind, files: &[&FileRecord]) -> Error {
    let name = series.instrument();
    let (what, fix) = match (files.first(), files.last()) {
        (Some(first), Some(last)) => (
            format!(
                "{name} has no {} rows in that time, only from {} to {}",
                kind.name(),
                time_text(first.first_ts),
                time_text(last.last_ts)
            ),
            "change the time",
        ),
        _ => (
            format!(
                "{name} has no {} rows, only {}",
                kind.name(),
                kinds_of(catalog, series)
            ),
            "ask for one of these",
        ),
    };
    Error::Request {
        what,
        fix: format!(
            "{fix}, or import more with: onetape data import binance-raw FILE… --catalog {}",
            catalog.root().display()
        ),
    }
}

fn kinds_of(catalog: &Catalog, series: &Series) -> String {
    let mut names = Vec::new();
    for kind in Kind::ALL {
        if !catalog.files(series, kind).is_empty() {
            names.push(kind.name());
        }
    }
    if names.is_empty() {
        return "its definition".to_string();
    }
    names.join(", ")
}

/// A moment for people.
pub(crate) fn time_text(nanos: i64) -> String {
    Timestamp::from_nanosecond(i128::from(nanos))
        .map_or_else(|_| nanos.to_string(), |time| time.to_string())
}
