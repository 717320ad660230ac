//! What there is of the instruments of a run, and whether it supports what the scenario asks for.

use anyhow::bail;
use onetape_core::instrument::InstrumentKind;
use onetape_core::names::Names;
use onetape_core::strategy::StrategySpec;
use onetape_core::time::{Span, Ts};
use onetape_data::catalog::{Catalog, FileRecord, Kind, Series};
use onetape_data::tape::TapeRequest;

use super::TapeRecord;
use crate::scenario::{FeedLatency, Scenario, Task};

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
    fn within<'a>(
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

/// Refuses what the data cannot support and the scenario does not declare.
///
/// # Errors
/// The first thing that is missing, with the fix.
pub(super) fn check(
    scenario: &Scenario,
    names: &Names,
    request: &TapeRequest,
    holdings: &Holdings,
    registry: &[StrategySpec],
) -> anyhow::Result<()> {
    check_recorded_stamps(scenario, request, holdings)?;
    for task in &scenario.tasks {
        let mut cards = registry.iter().map(|spec| spec.card);
        let rests = cards.any(|card| card.name == task.strategy && card.rests_orders);
        if rests && !scenario.sim.no_trades {
            check_trades(task, request, holdings)?;
        }
        if !scenario.sim.no_funding {
            check_funding(task, names, request, holdings)?;
        }
    }
    Ok(())
}

/// The series of a task's legs.
fn series(task: &Task) -> impl Iterator<Item = Series> {
    task.legs.iter().map(|leg| Series {
        venue: leg.instrument.venue.clone(),
        symbol: leg.instrument.symbol.clone(),
    })
}

fn check_trades(task: &Task, request: &TapeRequest, holdings: &Holdings) -> anyhow::Result<()> {
    let window = Window::of(request);
    for series in series(task) {
        if !holdings.has_within(&series, Kind::Trade, window) {
            bail!(
                "task {} rests orders at {}, and the catalogue has no trades of it in that time, which are what \
                 resting orders trade against; import its trades, or let them trade by the book alone with \
                 `no_trades = true` in [sim]",
                task.name,
                series.instrument(),
            );
        }
    }
    Ok(())
}

/// Funding that is missing must not be taken for funding of zero.
fn check_funding(
    task: &Task,
    names: &Names,
    request: &TapeRequest,
    holdings: &Holdings,
) -> anyhow::Result<()> {
    let window = Window::of(request);
    for series in series(task) {
        let name = series.instrument();
        let kind = names
            .find_instrument(&name)
            .map(|id| names.instrument(id).kind);
        if kind.is_none_or(|kind| kind == InstrumentKind::Spot) {
            continue;
        }
        let fix =
            "import its funding rates, or accept a run without with `no_funding = true` in [sim]";
        if !holdings.has_within(&series, Kind::Funding, window) {
            bail!(
                "task {} trades the future {name}, and the catalogue has no funding rates of it in that time, so that \
                 funding would silently be zero; {fix}",
                task.name,
            );
        }
        let days = |kind| -> Vec<&str> {
            let files = holdings.within(&series, kind, window);
            let mut days: Vec<&str> = files.map(|file| file.day.as_str()).collect();
            days.sort_unstable();
            days.dedup();
            days
        };
        let legs = request.legs.iter().find(|leg| leg.series == series);
        let top = legs.and_then(|leg| leg.kinds.first().copied());
        let (traded, funded) = (top.map_or_else(Vec::new, days), days(Kind::Funding));
        // The first and the last day may end before a rate was told.
        let whole = traded.get(1..traded.len().saturating_sub(1));
        let hole = whole
            .unwrap_or_default()
            .iter()
            .find(|day| !funded.contains(day));
        if let Some(day) = hole {
            bail!(
                "task {} trades the future {name}, and the catalogue has no funding rates of it on {day}, so that \
                 funding would silently be zero there; {fix}",
                task.name,
            );
        }
    }
    Ok(())
}

/// A venue's own stamps order its events only where they are of the recorder's clock.
fn check_recorded_stamps(
    scenario: &Scenario,
    request: &TapeRequest,
    holdings: &Holdings,
) -> anyhow::Result<()> {
    let window = Window::of(request);
    let recorded = |series: &Series| {
        let venue = scenario.venues.get(&series.venue);
        venue.is_some_and(|venue| venue.latency.feed == FeedLatency::Recorded)
    };
    for leg in request.legs.iter().filter(|leg| recorded(&leg.series)) {
        let (venue, name) = (&leg.series.venue, leg.series.instrument());
        let fix = "give a modelled delay, such as feed = \"2ms\"";
        for &kind in &leg.kinds {
            for file in holdings.within(&leg.series, kind, window) {
                let moves = matches!(kind, Kind::Quote | Kind::Depth | Kind::Trade | Kind::Bar);
                match file.delay_ns {
                    None if moves => bail!(
                        "venue.{venue}.latency.feed = \"recorded\", but the {} rows of {name} on {} have no stamps of \
                         the venue; {fix}",
                        kind.name(),
                        file.day,
                    ),
                    Some((least, _)) if least < 0 => bail!(
                        "venue.{venue}.latency.feed = \"recorded\", but the clocks disagree: {} rows of {name} on {} \
                         were received up to {} before the venue's own stamp; {fix}",
                        kind.name(),
                        file.day,
                        millis(least.saturating_neg()),
                    ),
                    _ => {}
                }
            }
        }
    }
    Ok(())
}

fn millis(nanos: i64) -> String {
    format!("{}.{:03} ms", nanos / 1_000_000, nanos / 1_000 % 1_000)
}
