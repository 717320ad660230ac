//! The files of one instrument and kind as a stream of rows. A file that cannot be read to its end is told and left.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use onetape_core::time::Ts;

use super::finding::At;
use super::series::Placed;
use crate::catalog::{Catalog, FileRecord, InstrumentRecord, Kind, Row, stretch};
use crate::error::{Error, Result};
use crate::tape::{Rows, Window, part};

/// A file that is not what it should be, by its place in the manifest.
pub(super) struct Damage {
    pub(super) file: usize,
    pub(super) what: String,
}

/// One instrument and kind.
pub(super) struct Lane<'a> {
    catalog: &'a Catalog,
    instrument: Arc<InstrumentRecord>,
    /// Places of the files in the manifest, by time.
    files: std::vec::IntoIter<usize>,
    window: Window,
    open: Option<Open>,
    source: Option<&'a str>,
    next: Option<Placed>,
    /// The latest receive time so far.
    floor: i64,
    pub(super) damaged: Vec<Damage>,
}

struct Open {
    file: usize,
    /// The day, or month, that the file is of.
    stretch: Option<i64>,
    rows: Rows,
    read: u64,
    range: Option<(i64, i64)>,
    new_source: bool,
}

impl<'a> Lane<'a> {
    /// At the first row.
    pub(super) fn new(
        catalog: &'a Catalog,
        instrument: &Arc<InstrumentRecord>,
        files: Vec<usize>,
        window: Window,
    ) -> Self {
        let mut lane = Self {
            catalog,
            instrument: Arc::clone(instrument),
            files: files.into_iter(),
            window,
            open: None,
            source: None,
            next: None,
            floor: i64::MIN,
            damaged: Vec::new(),
        };
        lane.advance();
        lane
    }

    /// When the next row comes on a tape; `None` at the end.
    pub(super) fn head(&self) -> Option<i64> {
        self.next.as_ref().map(|_| self.floor)
    }

    /// The next row.
    pub(super) fn take(&mut self) -> Option<Placed> {
        let placed = self.next.take();
        self.advance();
        placed
    }

    fn advance(&mut self) {
        loop {
            let Some(open) = &mut self.open else {
                match self.files.next() {
                    Some(file) => self.enter(file),
                    None => return,
                }
                continue;
            };
            match open.rows.next_row() {
                Ok(Some(row)) => {
                    let placed = open.place(row, self.window);
                    if placed.at.ts < self.window.to {
                        self.floor = self.floor.max(placed.at.ts);
                        self.next = Some(placed);
                        return;
                    }
                }
                Ok(None) => self.leave(),
                Err(why) => {
                    let file = open.file;
                    self.open = None;
                    self.damage(file, &why);
                }
            }
        }
    }

    fn record(&self, file: usize) -> &'a FileRecord {
        &self.catalog.all_files()[file]
    }

    fn enter(&mut self, file: usize) {
        let record = self.record(file);
        let new_source = self
            .source
            .is_some_and(|source| source != record.source_hash);
        self.source = Some(&record.source_hash);
        match Rows::stored(part(self.catalog, record, &self.instrument)) {
            Ok(rows) => {
                self.open = Some(Open {
                    file,
                    stretch: stretch_of(record),
                    rows,
                    read: 0,
                    range: None,
                    new_source,
                });
            }
            Err(why) => self.damage(file, &why),
        }
    }

    /// Compares what was read with the manifest.
    fn leave(&mut self) {
        let Some(open) = self.open.take() else {
            return;
        };
        let record = self.record(open.file);
        let wrong = |what: String| Damage {
            file: open.file,
            what: format!("{what}; import it again"),
        };
        if open.read != record.rows {
            let what = format!(
                "it holds {} messages, the manifest says {}",
                open.read, record.rows
            );
            self.damaged.push(wrong(what));
        } else if open
            .range
            .is_some_and(|range| range != (record.first_ts, record.last_ts))
        {
            let what = "its first or last receive time is not what the manifest says".to_string();
            self.damaged.push(wrong(what));
        }
    }

    fn damage(&mut self, file: usize, why: &Error) {
        let what = why.to_string();
        self.damaged.push(Damage { file, what });
    }
}

impl Open {
    fn place(&mut self, row: Row, window: Window) -> Placed {
        let ts = row.ts();
        self.read += 1;
        let (least, most) = self.range.unwrap_or((ts.nanos(), ts.nanos()));
        self.range = Some((least.min(ts.nanos()), most.max(ts.nanos())));
        Placed {
            at: At {
                file: self.file,
                ts: ts.nanos(),
                place: row.place(),
            },
            new_source: std::mem::take(&mut self.new_source),
            in_day: self.stretch == Some(stretch(Kind::of(&row), ts)),
            row,
            counted: ts.nanos() >= window.from,
        }
    }
}

/// The stretch of time that a file is of.
fn stretch_of(record: &FileRecord) -> Option<i64> {
    let day: Date = record.day.parse().ok()?;
    let midnight = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let nanos = i64::try_from(midnight.as_nanosecond()).ok()?;
    Some(stretch(record.kind, Ts::from_nanos(nanos)))
}

/// Checks a file's length and content against the manifest.
pub(super) fn verify(catalog: &Catalog, file: usize) -> Result<Option<Damage>> {
    match catalog.verify(&catalog.all_files()[file]) {
        Ok(()) => Ok(None),
        Err(why @ Error::Changed { .. }) => Ok(Some(Damage {
            file,
            what: why.to_string(),
        })),
        Err(why) => Err(why),
    }
}
