//! What there is of the instruments of a run.

use onetape_core::time::{Span, Ts};
use onetape_data::catalog::{Catalog, FileRecord, Kind, Series};
use onetape_data::tape::TapeRequest;

use super::TapeRecord;
use crate::scenario::Scenario;

/// A file, and what the catalogue says of it; a journal alone knows its path.
struct Held {
    path: String,
    record: Option<FileRecord>,
}

/// The files that a run can read.
pub struct Holdings(Vec<Held>);

impl Holdings {
    /// Everything in a catalogue.
    pub fn of(catalog: &Catalog) -> Self {
        let files = catalog.all_files().iter();
        Self(
            files
                .map(|file| Held {
                    path: file.path.clone(),
                    record: Some(file.clone()),
                })
                .collect(),
        )
    }

    /// The files of a recorded run, with what the catalogue that is there says of them.
    pub fn recorded(tape: &[TapeRecord], catalog: Option<&Catalog>) -> Self {
        let held = |file: &TapeRecord| {
            let mut known = catalog.into_iter().flat_map(|catalog| catalog.all_files());
            Held {
                path: file.path.clone(),
                record: known.find(|known| known.path == file.path).cloned(),
            }
        };
        Self(tape.iter().map(held).collect())
    }

    /// Of records made by hand.
    #[cfg(test)]
    pub(super) fn of_records(records: Vec<FileRecord>) -> Self {
        let held = |record: FileRecord| Held {
            path: record.path.clone(),
            record: Some(record),
        };
        Self(records.into_iter().map(held).collect())
    }

    fn files<'a>(&'a self, series: &Series, kind: Kind) -> impl Iterator<Item = &'a Held> {
        let folder = format!("{}/{}/{}/", series.venue, series.symbol, kind.name());
        self.0
            .iter()
            .filter(move |held| held.path.starts_with(&folder))
    }

    /// True when there is anything of a kind.
    pub fn has(&self, series: &Series, kind: Kind) -> bool {
        self.files(series, kind).next().is_some()
    }

    /// True when there is anything of a kind in a window; a journal's files all are in it.
    pub fn has_within(&self, series: &Series, kind: Kind, window: Window) -> bool {
        self.files(series, kind)
            .any(|held| held.record.as_ref().is_none_or(|file| window.has(file)))
    }

    /// What the catalogue says of the files in a window.
    pub fn within<'a>(
        &'a self,
        series: &Series,
        kind: Kind,
        window: Window,
    ) -> impl Iterator<Item = &'a FileRecord> {
        self.files(series, kind)
            .filter_map(|held| held.record.as_ref())
            .filter(move |file| window.has(file))
    }

    /// The longest time that any message of a venue was on its way, by its own stamps; zero where there are none.
    pub fn longest_delay(&self, venue: &str, request: &TapeRequest) -> Span {
        let window = Window::of(request);
        let legs = request.legs.iter().filter(|leg| leg.series.venue == venue);
        let files = legs.flat_map(|leg| {
            let of = |kind| self.within(&leg.series, kind, window);
            leg.kinds.iter().copied().flat_map(of)
        });
        let longest = files.filter_map(|file| file.delay_ns).map(|delay| delay.1);
        Span::from_nanos(longest.max().unwrap_or(0))
    }

    /// True when the venue's stamps of each series and kind never go back, over all files.
    pub fn venue_keeps_order(&self, venue: &str, request: &TapeRequest) -> bool {
        let window = Window::of(request);
        let legs = request.legs.iter().filter(|leg| leg.series.venue == venue);
        let mut streams = legs.flat_map(|leg| leg.kinds.iter().map(|&kind| (&leg.series, kind)));
        streams.all(|(series, kind)| {
            let mut last = i64::MIN;
            let mut files: Vec<&FileRecord> = self.within(series, kind, window).collect();
            files.sort_by_key(|file| (file.first_ts, file.last_ts));
            files.iter().all(|file| {
                let before = last;
                file.venue_order.is_some_and(|(first, latest)| {
                    last = latest;
                    first >= before
                })
            })
        })
    }
}

/// The moments that a run reads.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    from: Option<Ts>,
    to: Option<Ts>,
}

impl Window {
    /// Of a request.
    pub const fn of(request: &TapeRequest) -> Self {
        Self {
            from: request.from,
            to: request.to,
        }
    }

    /// Of a scenario.
    pub const fn of_scenario(scenario: &Scenario) -> Self {
        Self {
            from: scenario.data.from,
            to: scenario.data.to,
        }
    }

    fn has(self, file: &FileRecord) -> bool {
        self.from.is_none_or(|from| file.last() >= from)
            && self.to.is_none_or(|to| file.first() < to)
    }
}
