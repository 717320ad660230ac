//! A scenario against the instruments that the catalogue knows.

use std::collections::BTreeMap;

use onetape_core::instrument::InstrumentKind;
use onetape_core::strategy::params::{LegSpec, StrategyCard, nearest};

use super::Loaded;
use super::error::{Problems, ScenarioError};
use super::model::{AssetPrice, FeeAsset, InstrumentName};

/// What the catalogue knows about an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownInstrument {
    /// Its kind.
    pub kind: InstrumentKind,
    /// Its rules are inferred from market data alone.
    pub inferred: bool,
}

/// Instruments of a catalogue by full name.
pub type KnownInstruments = BTreeMap<String, KnownInstrument>;

/// Checks what only the catalogue can tell: that every instrument exists, has stated rules, and is of a kind
/// that its leg trades.
///
/// # Errors
/// [`ScenarioError::Invalid`] with every mistake.
pub fn check_against(
    loaded: &Loaded,
    cards: &[StrategyCard],
    known: &KnownInstruments,
) -> Result<(), ScenarioError> {
    let mut problems = Problems::default();
    let scenario = &loaded.scenario;
    for (index, task) in scenario.tasks.iter().enumerate() {
        let card = cards.iter().find(|card| card.name == task.strategy);
        for leg in &task.legs {
            let path = format!("task.{index}.{}.instrument", leg.name);
            let found = find(loaded, &path, &leg.instrument, known, &mut problems);
            let spec = card.and_then(|card| card.leg(leg.name));
            if let (Some(found), Some(spec)) = (found, spec)
                && !spec.kinds.contains(&found.kind)
            {
                let message = wrong_kind(&leg.instrument, found.kind, spec);
                problems.add(path, message);
            }
        }
    }
    for (name, venue) in &scenario.venues {
        if let FeeAsset::Named {
            price: AssetPrice::Instrument(instrument),
            ..
        } = &venue.fees.asset
        {
            let path = format!("venue.{name}.fees.asset_price");
            find(loaded, &path, instrument, known, &mut problems);
        }
        if venue.leverage > 1 && only_spot(loaded, name, known) {
            problems.add(
                format!("venue.{name}.leverage"),
                format!(
                    "is {}, but only spot trades there; remove it",
                    venue.leverage
                ),
            );
        }
    }
    problems.check(&loaded.source)
}

fn find(
    loaded: &Loaded,
    path: &str,
    instrument: &InstrumentName,
    known: &KnownInstruments,
    problems: &mut Problems,
) -> Option<KnownInstrument> {
    let name = instrument.to_string();
    let Some(found) = known.get(&name) else {
        let hint = nearest(&name, known.keys().map(String::as_str))
            .map_or_else(String::new, |near| format!(", or did you mean {near}?"));
        problems.add(
            path,
            format!("the catalogue has no instrument {name}; import its data with `onetape data import`{hint}"),
        );
        return None;
    };
    if found.inferred && !loaded.scenario.data.allow_inferred_instruments {
        problems.add(
            path,
            format!(
                "the rules of {name} are only inferred from its data; import them with `onetape data import \
                 instruments`, or accept them with `allow_inferred_instruments = true` in [data]"
            ),
        );
    }
    Some(*found)
}

fn wrong_kind(instrument: &InstrumentName, kind: InstrumentKind, spec: &LegSpec) -> String {
    let kinds: Vec<&str> = spec.kinds.iter().map(|kind| kind.name()).collect();
    format!(
        "{instrument} is {}, but leg `{}` trades {}; name such an instrument",
        kind.name(),
        spec.name,
        kinds.join(" or ")
    )
}

fn only_spot(loaded: &Loaded, venue: &str, known: &KnownInstruments) -> bool {
    let legs = loaded.scenario.tasks.iter().flat_map(|task| &task.legs);
    let mut kinds = legs
        .filter(|leg| leg.instrument.venue == venue)
        .filter_map(|leg| known.get(&leg.instrument.to_string()))
        .map(|known| known.kind)
        .peekable();
    kinds.peek().is_some() && kinds.all(|kind| kind == InstrumentKind::Spot)
}
