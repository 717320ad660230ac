//! What a catalogue holds, and whether the depth in it makes sound books.

mod books;
mod contents;
mod delays;
mod text;
mod tops;
mod trades;

pub use books::{BookReport, SnapshotReport};
pub use contents::{Contents, InstrumentContents, KindContents};
pub use delays::{DelayTable, delays};
pub use tops::TopReport;

use crate::catalog::{Catalog, InstrumentRecord, Kind};
use crate::error::Result;

/// Says what a catalogue holds of one instrument, or of all. With `books`, depth books are rebuilt from snapshots
/// and diffs, checked against the quotes, and hashed; `progress` is told how many of how many messages were read.
///
/// # Errors
/// When the instrument is not there, or a file that is read is not what it was.
pub fn info(
    catalog: &Catalog,
    instrument: Option<&str>,
    books: bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Contents> {
    let wanted: Vec<&InstrumentRecord> = match instrument {
        Some(name) => vec![catalog.instrument(name)?],
        None => catalog.instruments().iter().collect(),
    };
    let total = if books { messages(catalog, &wanted) } else { 0 };
    let mut done = 0;
    let mut step = |rows: u64| {
        done += rows;
        progress(done, total);
    };
    let mut instruments = Vec::with_capacity(wanted.len());
    for record in wanted {
        let mut contents = InstrumentContents::of(catalog, record);
        if books {
            contents.book = books::report(catalog, record, &mut step)?;
        }
        instruments.push(contents);
    }
    Ok(Contents {
        catalog: catalog.root().display().to_string(),
        instruments,
    })
}

fn messages(catalog: &Catalog, wanted: &[&InstrumentRecord]) -> u64 {
    let kinds = [Kind::Quote, Kind::Depth, Kind::Trade];
    wanted
        .iter()
        .filter(|record| !catalog.files(&record.series(), Kind::Depth).is_empty())
        .flat_map(|record| kinds.map(|kind| catalog.files(&record.series(), kind)))
        .flatten()
        .map(|file| file.rows)
        .sum()
}
