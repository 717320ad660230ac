//! The market of a recorded run, as the catalogue gives it to whoever reads it.

use anyhow::ensure;
use onetape_core::names::Names;
use onetape_core::time::{Span, Ts};
use onetape_data::catalog::{Catalog, FileRecord, Kind, Series};
use onetape_data::tape::{Tape, TapeLeg, TapeRequest};

/// The tape of all that was recorded of the run's instruments between two moments, these included, or from the first on;
/// none where nothing was. Files that hold anything from outside are not the run's, and left out.
pub(super) fn tape(
    catalog: &Catalog,
    names: &Names,
    first: Ts,
    last: Option<Ts>,
) -> anyhow::Result<Option<Tape>> {
    let own = |file: &FileRecord| {
        file.first_ts >= first.nanos() && last.is_none_or(|last| file.last_ts <= last.nanos())
    };
    let mut legs = Vec::new();
    for instrument in &names.instruments {
        let venue = names.venues.get(usize::from(instrument.venue.0));
        let series = Series {
            venue: venue.cloned().unwrap_or_default(),
            symbol: instrument.symbol.clone(),
        };
        let held = |kind: &Kind| catalog.files(&series, *kind).into_iter().any(own);
        let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(held).collect();
        if kinds.is_empty() {
            continue;
        }
        let record = catalog.instrument(&series.instrument())?;
        ensure!(
            record.price_decimals == instrument.price_decimals
                && record.qty_decimals == instrument.qty_decimals,
            "{}: {} has other decimals than in the run",
            catalog.root().display(),
            instrument.name
        );
        legs.push(TapeLeg {
            instrument: instrument.id,
            series,
            kinds,
            venue_time: false,
        });
    }
    if legs.is_empty() {
        return Ok(None);
    }
    let request = TapeRequest {
        legs,
        from: Some(first),
        to: last.map(|last| last + Span::from_nanos(1)),
    };
    Ok(Some(Tape::open_among(catalog, &request, &own)?))
}
