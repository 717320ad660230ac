//! What is scanned: instruments with a book, each with the fee of its venue.

use anyhow::{Context as _, bail};
use onetape_core::market::TopFeed;
use onetape_core::names::Names;
use onetape_core::num::Bps;
use onetape_core::time::Ts;
use onetape_data::catalog::{Catalog, InstrumentRecord, Kind};
use onetape_data::tape::{TapeLeg, TapeRequest};

use super::ScanArgs;

/// What is scanned, and the tape that shows it.
pub(super) struct Selected {
    pub(super) names: Names,
    pub(super) feeds: Vec<TopFeed>,
    /// Taker fees, by instrument.
    pub(super) fees: Vec<Bps>,
    pub(super) request: TapeRequest,
    /// Instruments whose rules nothing but market data told.
    pub(super) inferred: Vec<String>,
}

pub(super) fn select(catalog: &Catalog, args: &ScanArgs) -> anyhow::Result<Selected> {
    let window = (args.from, args.to);
    let mut selected = Selected {
        names: Names::default(),
        feeds: Vec::new(),
        fees: Vec::new(),
        request: TapeRequest {
            legs: Vec::new(),
            from: args.from,
            to: args.to,
        },
        inferred: Vec::new(),
    };
    for record in records(catalog, &args.instruments)? {
        let has = |kind| has(catalog, record, kind, window);
        let top = match (has(Kind::Quote), has(Kind::Depth)) {
            (true, _) => (TopFeed::Quote, Kind::Quote),
            (false, true) => (TopFeed::Depth, Kind::Depth),
            (false, false) if args.instruments.is_empty() => continue,
            (false, false) => bail!(
                "{} has neither quotes nor depth in that time; leave it out or change the time",
                record.name()
            ),
        };
        let fee = args.fee_of(&record.venue).with_context(|| {
            format!(
                "the fee of {0} is not stated; add --fee {0}=BPS",
                record.venue
            )
        })?;
        let instrument = record.enter(&mut selected.names)?;
        let more = [Kind::Funding, Kind::Status, Kind::Feed]
            .into_iter()
            .filter(|kind| has(*kind));
        selected.request.legs.push(TapeLeg {
            instrument,
            series: record.series(),
            kinds: std::iter::once(top.1).chain(more).collect(),
            venue_time: false,
        });
        selected.feeds.push(top.0);
        selected.fees.push(fee);
        selected
            .inferred
            .extend(record.inferred.then(|| record.name()));
    }
    if selected.feeds.len() < 2 {
        bail!(
            "there is nothing to compare: {} of the instruments has quotes or depth in that time; import more, or change \
             the time",
            selected.feeds.len()
        );
    }
    Ok(selected)
}

/// Those that are named, in their order and each once; else all that can take part.
fn records<'a>(
    catalog: &'a Catalog,
    named: &[String],
) -> anyhow::Result<Vec<&'a InstrumentRecord>> {
    if named.is_empty() {
        let all = catalog.instruments().iter();
        return Ok(all.filter(|record| record.kind != "inverse").collect());
    }
    let mut records: Vec<&InstrumentRecord> = Vec::new();
    for name in named {
        let record = catalog.instrument(name)?;
        if record.kind == "inverse" {
            bail!(
                "{name} is inverse, which is not scanned: its contracts are no amount of the base asset; leave it out"
            );
        }
        if !records.contains(&record) {
            records.push(record);
        }
    }
    Ok(records)
}

fn has(
    catalog: &Catalog,
    record: &InstrumentRecord,
    kind: Kind,
    (from, to): (Option<Ts>, Option<Ts>),
) -> bool {
    let files = catalog.files(&record.series(), kind);
    files.into_iter().any(|file| {
        let after = from.is_none_or(|from| file.last_ts >= from.nanos());
        let before = to.is_none_or(|to| file.first_ts < to.nanos());
        after && before
    })
}
