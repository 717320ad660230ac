//! How the market of an instrument behaves: arrivals, spread, quantities at the touch, sizes of prints, and how its
//! price moves. For two tapes side by side, such as a synthetic one and a recording.
//!
//! Floats throughout: these are statistics. Memory does not grow with the data; quantiles of quantities are those
//! of a histogram whose bins are at most 1.6 % wide.

mod fold;
mod histogram;
mod moves;
mod report;

use onetape_core::names::InstrumentId;
use onetape_core::time::Ts;

pub use report::{Comparison, Figure, MarketProfile};

use crate::catalog::{Catalog, Kind};
use crate::error::{Error, Result};
use crate::tape::{Tape, TapeLeg, TapeRequest};
use fold::Fold;

/// Events between two calls of the progress function.
const PROGRESS_EVENTS: u64 = 1 << 16;

/// The kinds of messages that a profile reads.
const KINDS: [Kind; 3] = [Kind::Quote, Kind::Depth, Kind::Trade];

/// Profiles one instrument, `venue:SYMBOL`, over a stretch of receive time. `progress` is told how many of how
/// many messages were read.
///
/// # Errors
/// When the instrument is not there, it has no quotes in that time, or a file is not what it was.
pub fn profile(
    catalog: &Catalog,
    instrument: &str,
    from: Option<Ts>,
    to: Option<Ts>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<MarketProfile> {
    let record = catalog.instrument(instrument)?;
    let series = record.series();
    let has = |kind: &Kind| !catalog.files(&series, *kind).is_empty();
    if !has(&Kind::Quote) {
        return Err(Error::Request {
            what: format!("{instrument} has no quotes, from which spread and returns are taken"),
            fix: "import a source with quotes".to_owned(),
        });
    }
    let leg = TapeLeg {
        instrument: InstrumentId(0),
        series: series.clone(),
        kinds: KINDS.into_iter().filter(has).collect(),
        venue_time: false,
    };
    let request = TapeRequest {
        legs: vec![leg],
        from,
        to,
    };
    let mut tape = Tape::open(catalog, &request)?;
    let mut fold = Fold::default();
    while let Some(event) = tape.next_event()? {
        fold.event(&event);
        if tape.rows().is_multiple_of(PROGRESS_EVENTS) {
            progress(tape.rows_read(), tape.total_rows());
        }
    }
    progress(tape.rows_read(), tape.total_rows());
    Ok(fold.report(record))
}
