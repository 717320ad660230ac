//! What a run saw of its market, as hashes of what its messages say and when they came.

use std::path::Path;

use anyhow::Context as _;
use onetape_core::event::{Body, Event, Level, RunEvent};
use onetape_core::journal::Record;
use onetape_core::names::Names;
use onetape_core::time::Ts;
use onetape_data::catalog::{Catalog, FileRecord, Kind, Series};
use onetape_data::journal::JournalFile;
use onetape_data::tape::{Tape, TapeLeg, TapeRequest};
use xxhash_rust::xxh3::Xxh3;

use super::{RunRecord, TapeRecord};

/// Goes through the market that the run in `folder` saw, in its journal, or in its catalogue where the journal has it by
/// reference. Messages that say the same of the same instrument have the same key.
///
/// # Errors
/// When the journal is damaged, or the catalogue is not the one that was read.
pub fn sightings(folder: &Path, mut each: impl FnMut(u64, Ts)) -> anyhow::Result<()> {
    let mut names = Names::default();
    let mut by_reference = Vec::new();
    for entry in JournalFile::open(folder)? {
        let Record::Event(event) = entry?.body else {
            continue;
        };
        if let Body::Run(run) = &event.body
            && let RunEvent::Started(started) = &**run
        {
            names.clone_from(&started.names);
            by_reference.extend(started.tape.iter().map(TapeRecord::from));
            if !by_reference.is_empty() {
                break;
            }
        }
        see(&event, &names, &mut each);
    }
    if by_reference.is_empty() {
        return Ok(());
    }
    let place = RunRecord::read(folder)?.catalog_of(folder);
    let catalog = Catalog::open(&place).with_context(|| {
        let folder = folder.display();
        format!("{folder}: the market that it read is not there any more")
    })?;
    let mut tape = tape(&catalog, &names, &by_reference)?;
    while let Some(event) = tape.next_event()? {
        see(&event, &names, &mut each);
    }
    Ok(())
}

/// Everything in the files that a run read.
fn tape(catalog: &Catalog, names: &Names, read: &[TapeRecord]) -> anyhow::Result<Tape> {
    let among = |file: &FileRecord| {
        let mut known = read.iter().filter(|known| known.path == file.path);
        known.any(|known| known.hash == super::hex_id(&file.hash_bytes()))
    };
    let mut request = TapeRequest::default();
    for instrument in &names.instruments {
        let venue = names.venues.get(usize::from(instrument.venue.0));
        let series = Series {
            venue: venue.cloned().unwrap_or_default(),
            symbol: instrument.symbol.clone(),
        };
        let held = |kind: &Kind| catalog.files(&series, *kind).into_iter().any(among);
        let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(held).collect();
        if !kinds.is_empty() {
            request.legs.push(TapeLeg {
                instrument: instrument.id,
                series,
                kinds,
                venue_time: false,
            });
        }
    }
    anyhow::ensure!(
        !request.legs.is_empty(),
        "{}: the files that the run read are not there any more, or were changed",
        catalog.root().display()
    );
    Ok(Tape::open_among(catalog, &request, &among)?)
}

fn see(event: &Event, names: &Names, each: &mut impl FnMut(u64, Ts)) {
    let instrument = event.body.instrument();
    let instrument = instrument.and_then(|id| names.instruments.get(id.index()));
    let Some(instrument) = instrument else {
        return;
    };
    let mut hash = Xxh3::new();
    hash.update(instrument.name.as_bytes());
    if says(&event.body, &mut hash) {
        each(hash.digest(), event.ts);
    }
}

/// What a message says that is its own: levels and prints. False for what repeats by itself, such as marks.
fn says(body: &Body, hash: &mut Xxh3) -> bool {
    let mut numbers = |kind: u8, all: &[i64]| {
        hash.update(&[kind]);
        all.iter().for_each(|it| hash.update(&it.to_le_bytes()));
    };
    let of = |level: &Level| [level.price.mantissa(), level.qty.mantissa()];
    match body {
        Body::Quote(quote) => {
            let [bid, ask] = [of(&quote.bid), of(&quote.ask)];
            numbers(1, &[bid[0], bid[1], ask[0], ask[1]]);
        }
        Body::Trade(trade) => {
            let side = i64::from(trade.aggressor == onetape_core::instrument::Side::Buy);
            numbers(2, &[trade.price.mantissa(), trade.qty.mantissa(), side]);
        }
        Body::Depth(update) if !update.snapshot => {
            for (kind, levels) in [(3, &update.bids), (4, &update.asks)] {
                let all: Vec<i64> = levels.iter().flat_map(of).collect();
                numbers(kind, &all);
            }
        }
        _ => return false,
    }
    true
}
