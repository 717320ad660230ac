//! One round trip with its decisions and events: `--trade TASK:N` of `onetape report`.

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;
use onetape_reports::{Note, Report, RoundTrip, Timelines};
use serde::Serialize;

use super::report::timelines;

/// Which round trip: task and number.
#[derive(Clone, Debug)]
pub struct TradeName {
    /// The task; none where the run has one alone.
    pub task: Option<String>,
    /// The number within the task.
    pub trip: u32,
}

impl std::str::FromStr for TradeName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (task, trip) = match text.rsplit_once(':') {
            Some((task, trip)) => (Some(task.to_owned()), trip),
            None => (None, text),
        };
        let trip = trip
            .parse()
            .map_err(|_| "is no round trip; write TASK:N, such as spot_futures:12, or N where there is one task")?;
        Ok(Self { task, trip })
    }
}

/// A round trip with everything that happened to it.
#[derive(Serialize)]
struct Trade<'a> {
    #[serde(flatten)]
    trip: &'a RoundTrip,
    notes: Vec<Note>,
}

/// Prints it.
pub(super) fn print(
    run: &Path,
    report: &Report,
    name: &TradeName,
    json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut found = report.round_trips.iter().filter(|trip| {
        trip.trip == name.trip && name.task.as_ref().is_none_or(|task| *task == trip.task)
    });
    let trip = found.next().with_context(|| {
        let tasks: Vec<&str> = report.figures.by_task.keys().map(String::as_str).collect();
        format!(
            "--trade: there is no round trip {} of {}; tasks of this run: {}",
            name.trip,
            name.task.as_deref().unwrap_or("any task"),
            tasks.join(", ")
        )
    })?;
    if let Some(other) = found.next() {
        anyhow::bail!(
            "--trade: tasks {} and {} both have a round trip {}; write TASK:{}",
            trip.task,
            other.task,
            name.trip,
            name.trip
        );
    }
    let timelines = timelines(run, Timelines::of_one(&trip.task, trip.trip))?;
    let notes = timelines.of_trip(&trip.task, trip.trip).unwrap_or_default();
    if json {
        writeln!(
            out,
            "{}",
            serde_json::to_string_pretty(&Trade { trip, notes })?
        )?;
        return Ok(());
    }
    write!(
        out,
        "{}",
        onetape_reports::trip_to_text(report, trip, &notes)
    )?;
    Ok(())
}
