//! The generator: both venues step by step, their rows in one order.

use onetape_core::time::Ts;

use super::config::SynthConfig;
use super::funding::Funding;
use super::path::{Path, STEP};
use super::plan::{Planted, plan};
use super::venue::{PERP, PERP_VENUE, SPOT, SPOT_VENUE, Timed, Venue};
use crate::catalog::{Row, RowSink, Series};
use crate::error::{Error, Result};

/// How many messages were made, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct SynthRows {
    /// Tops of book.
    pub quotes: u64,
    /// Depth messages.
    pub depth: u64,
    /// Levels in them.
    pub depth_levels: u64,
    /// Prints.
    pub trades: u64,
    /// Marks.
    pub marks: u64,
    /// Funding rates.
    pub funding: u64,
    /// Beginnings and ends of trading.
    pub status: u64,
}

impl SynthRows {
    /// Messages of every kind.
    pub const fn messages(&self) -> u64 {
        self.quotes + self.depth + self.trades + self.marks + self.funding + self.status
    }

    /// Rows as stored: one a message, but one a level for depth.
    pub const fn rows(&self) -> u64 {
        self.quotes + self.depth_levels + self.trades + self.marks + self.funding + self.status
    }

    pub(super) fn count(&mut self, row: &Row) {
        match row {
            Row::Quote(_) => self.quotes += 1,
            Row::Depth(depth) => {
                self.depth += 1;
                self.depth_levels += (depth.bids.len() + depth.asks.len()) as u64;
            }
            Row::Trade(_) => self.trades += 1,
            Row::Mark(_) => self.marks += 1,
            Row::Funding(_) => self.funding += 1,
            Row::Status(_) => self.status += 1,
            Row::Bar(_) | Row::Interest(_) | Row::Feed(_) => {}
        }
    }
}

/// Makes the tape of a configuration into a sink, in time order over both venues. `progress` is told how many of
/// how many steps are done, now and then.
///
/// # Errors
/// When the configuration is refused or the sink fails.
pub fn generate<S: RowSink<Error = Error>>(
    config: &SynthConfig,
    sink: &mut S,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(SynthRows, Vec<Planted>)> {
    let planted = plan(config)?;
    let mut path = Path::new(config, planted.clone());
    let series = series(config);
    let mut venues = [Venue::new(SPOT, config.seed), Venue::new(PERP, config.seed)];
    let mut funding = Funding::new(config.start);
    let mut rows = SynthRows::default();
    let mut said: Vec<(Ts, usize, Row)> = Vec::new();
    let mut out: Vec<Timed> = Vec::new();
    let steps = (config.duration.nanos() / STEP.nanos()) as u64;
    for step in 0..steps {
        let moment = path.step();
        for (at, venue) in venues.iter_mut().enumerate() {
            if at == 1 {
                funding.step(&moment, &mut out);
            }
            venue.step(&moment, &mut out);
            said.extend(out.drain(..).map(|(ts, row)| (ts, at, row)));
        }
        // Stable: at one stamp spot before perpetual, then as they were said.
        said.sort_by_key(|(ts, ..)| *ts);
        for (_, at, row) in said.drain(..) {
            rows.count(&row);
            let row = placed(row, rows.messages());
            sink.row(&series[at], row)?;
        }
        if step % 1_024 == 0 {
            progress(step, steps);
        }
    }
    progress(steps, steps);
    Ok((rows, planted))
}

/// Spot and perpetual.
pub(super) fn series(config: &SynthConfig) -> [Series; 2] {
    [SPOT_VENUE, PERP_VENUE].map(|venue| Series {
        venue: venue.to_owned(),
        symbol: config.symbol.clone(),
    })
}

fn placed(mut row: Row, number: u64) -> Row {
    let place = match &mut row {
        Row::Quote(row) => &mut row.place,
        Row::Depth(row) => &mut row.place,
        Row::Trade(row) => &mut row.place,
        Row::Mark(row) => &mut row.place,
        Row::Funding(row) => &mut row.place,
        Row::Bar(row) => &mut row.place,
        Row::Interest(row) => &mut row.place,
        Row::Status(row) => &mut row.place,
        Row::Feed(row) => &mut row.place,
    };
    *place = number;
    row
}
