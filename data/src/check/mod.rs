//! The quality of what a catalogue holds: every row once, and what is wrong with it.
//!
//! Series of one base asset are read side by side in order of receive time, so that venues can be compared. Memory is
//! a batch of decoded rows a series and kind, the depth books, and counts of fixed size ([`sketch`]): it does not grow
//! with the length of the data. Nothing is drawn and nothing is timed; equal catalogues give equal reports. Decisions
//! go by whole numbers and decimals, never by floats.

mod bars;
mod cadence;
mod depth;
mod files;
mod finding;
mod funding;
mod lanes;
mod limits;
mod prices;
mod repeated;
mod report;
mod series;
mod silence;
mod sizes;
mod sketch;
mod skew;
mod stamps;
#[cfg(test)]
mod tests;
mod trades;

use std::collections::BTreeMap;
use std::sync::Arc;

use onetape_core::time::Ts;

pub use finding::{CheckName, Finding, Place, Severity};
pub use limits::{Limits, RULES, Rule, rules_text};
pub use report::CheckReport;

use crate::catalog::{Catalog, InstrumentRecord, Kind};
use crate::error::{Error, Result};
use crate::tape::{Window, time_text};
use finding::Scope;
use lanes::Lane;
use series::Series;
use skew::{Leg, Skews};

/// What is to be checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckRequest {
    /// Instruments by full name; all when empty.
    pub instruments: Vec<String>,
    /// First receive time, inclusive.
    pub from: Option<Ts>,
    /// End of receive time, exclusive.
    pub to: Option<Ts>,
    /// Thresholds.
    pub limits: Limits,
}

impl CheckRequest {
    fn window(&self) -> Result<Window> {
        let window = Window {
            from: self.from.map_or(Window::ALL.from, Ts::nanos),
            to: self.to.map_or(Window::ALL.to, Ts::nanos),
        };
        if window.from < window.to {
            return Ok(window);
        }
        Err(Error::Request {
            what: format!(
                "from {} is not before to {}",
                time_text(window.from),
                time_text(window.to)
            ),
            fix: "give a later end".to_string(),
        })
    }
}

/// Checks what a catalogue holds. `progress` is told how many of how many messages were read.
///
/// # Errors
/// When an instrument is not there, the time is none, or the file system refuses. What is wrong with the data is no
/// error but a finding.
pub fn check(
    catalog: &Catalog,
    request: &CheckRequest,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<CheckReport> {
    let window = request.window()?;
    let mut wanted: Vec<&InstrumentRecord> = match request.instruments.as_slice() {
        [] => catalog.instruments().iter().collect(),
        names => names
            .iter()
            .map(|name| catalog.instrument(name))
            .collect::<Result<_>>()?,
    };
    wanted.sort_by_key(|record| (&record.venue, &record.symbol));
    wanted.dedup();
    let mut run = Run {
        catalog,
        window,
        limits: request.limits,
        found: Vec::new(),
        files: 0,
        rows: 0,
        total: 0,
    };
    let mut by_base: BTreeMap<&str, Vec<&InstrumentRecord>> = BTreeMap::new();
    for record in &wanted {
        by_base
            .entry(record.base.as_str())
            .or_default()
            .push(record);
    }
    let mut groups = Vec::with_capacity(by_base.len());
    for records in by_base.into_values() {
        groups.push(run.group(records)?);
    }
    for group in groups {
        run.read(group, progress);
    }
    Ok(run.report(request, &wanted))
}

/// The instruments of one base asset, and the places in the manifest of their sound files by kind.
struct Group<'a> {
    records: Vec<&'a InstrumentRecord>,
    files: Vec<BTreeMap<Kind, Vec<usize>>>,
    /// Entries that an import left out of the trades.
    aside: Vec<u64>,
}

struct Run<'a> {
    catalog: &'a Catalog,
    window: Window,
    limits: Limits,
    found: Vec<Finding>,
    files: u64,
    rows: u64,
    total: u64,
}

impl<'a> Run<'a> {
    fn scope(&mut self, record: &InstrumentRecord) -> Scope<'_> {
        Scope {
            catalog: self.catalog,
            instrument: record.name(),
            kind: None,
            found: &mut self.found,
        }
    }

    /// Finds and verifies the files.
    fn group(&mut self, records: Vec<&'a InstrumentRecord>) -> Result<Group<'a>> {
        let (catalog, window) = (self.catalog, self.window);
        let (mut files, mut aside) = (Vec::new(), Vec::new());
        for record in &records {
            let mut kinds = BTreeMap::new();
            for kind in Kind::ALL {
                let sound = files::needed(catalog, record, kind, window, &mut self.scope(record))?;
                for &file in &sound {
                    self.total = self.total.saturating_add(catalog.all_files()[file].rows);
                }
                self.files += sound.len() as u64;
                kinds.insert(kind, sound);
            }
            files.push(kinds);
            aside.push(files::non_trades(catalog, record, &mut self.scope(record)));
        }
        Ok(Group {
            records,
            files,
            aside,
        })
    }

    /// Reads the rows of a group in order of receive time.
    fn read(&mut self, group: Group<'a>, progress: &mut dyn FnMut(u64, u64)) {
        let mut skews = Skews::new(&self.legs(&group), self.limits);
        let mut series: Vec<Series<'_>> = (group.records.iter())
            .map(|record| Series::new(record, self.limits))
            .collect();
        let mut lanes = self.lanes(&group);
        while let Some((at, now)) = earliest(&lanes) {
            let (owner, lane) = &mut lanes[at];
            let Some(placed) = lane.take() else {
                continue;
            };
            let kind = Kind::of(&placed.row);
            if placed.counted {
                if matches!(kind, Kind::Quote | Kind::Depth | Kind::Trade) {
                    skews.message(*owner, now);
                }
                self.rows += 1;
            }
            series[*owner].row(placed);
            progress(self.rows, self.total);
        }
        for (owner, lane) in lanes {
            let mut scope = self.scope(group.records[owner]);
            for damage in lane.damaged {
                scope.tell_file(
                    CheckName::FileDamaged,
                    Severity::Error,
                    damage.file,
                    damage.what,
                );
            }
        }
        for (series, &aside) in series.iter_mut().zip(&group.aside) {
            series.tell(aside, &mut self.scope(series.record));
        }
        self.siblings(&series);
        skews.tell(self.catalog, &mut self.found);
    }

    fn lanes(&self, group: &Group<'a>) -> Vec<(usize, Lane<'a>)> {
        let mut lanes = Vec::new();
        for (owner, (record, kinds)) in group.records.iter().zip(&group.files).enumerate() {
            let instrument = Arc::new((*record).clone());
            for files in kinds.values().filter(|files| !files.is_empty()) {
                let lane = Lane::new(self.catalog, &instrument, files.clone(), self.window);
                lanes.push((owner, lane));
            }
        }
        lanes
    }

    fn legs(&self, group: &Group<'_>) -> Vec<Leg> {
        let end = |kinds: &BTreeMap<Kind, Vec<usize>>| {
            [Kind::Quote, Kind::Depth, Kind::Trade]
                .iter()
                .flat_map(|kind| kinds.get(kind).into_iter().flatten())
                .map(|&file| self.catalog.all_files()[file].last_ts)
                .max()
                .map(|last| last.min(self.window.to))
        };
        (group.records.iter().zip(&group.files))
            .map(|(record, kinds)| Leg {
                name: record.name(),
                venue: record.venue.clone(),
                end: end(kinds),
            })
            .collect()
    }

    /// Compares each future with the first spot instrument of its base and quote, or else of its base.
    fn siblings(&mut self, series: &[Series<'_>]) {
        let limit = self.limits.size_ratio;
        let spots = || series.iter().filter(|one| one.record.kind == "spot");
        for future in series.iter().filter(|one| one.record.kind != "spot") {
            let same_quote = spots().find(|spot| spot.record.quote == future.record.quote);
            if let Some(spot) = same_quote.or_else(|| spots().next()) {
                let mut scope = self.scope(future.record);
                sizes::compare(
                    (future.record, &future.sizes),
                    (spot.record, &spot.sizes),
                    limit,
                    &mut scope,
                );
            }
        }
    }

    fn report(self, request: &CheckRequest, wanted: &[&InstrumentRecord]) -> CheckReport {
        let names = wanted.iter().map(|record| record.name()).collect();
        let moment = |ts: Option<Ts>| ts.map(|ts| time_text(ts.nanos()));
        CheckReport::new(
            self.catalog.root().display().to_string(),
            names,
            (moment(request.from), moment(request.to)),
            (self.files, self.rows),
            self.limits,
            self.found,
        )
    }
}

/// The lane with the earliest next row.
fn earliest(lanes: &[(usize, Lane<'_>)]) -> Option<(usize, i64)> {
    (lanes.iter().enumerate())
        .filter_map(|(at, (_, lane))| lane.head().map(|now| (at, now)))
        .min_by_key(|&(at, now)| (now, at))
}
