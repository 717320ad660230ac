//! A run that has every symbol and asset that a message names, so that nothing is left out as a stranger's.

use onetape_adapters::directory::Directory;
use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::names::{InstrumentId, Names};
use onetape_core::num::{Money, Price, Qty};
use serde_json::Value;

/// Decimals of all prices and quantities of the test's instruments.
pub(crate) const DECIMALS: u8 = 10;

/// A directory of a venue with every name that stands in a message, as an instrument and as an asset.
pub(crate) fn directory(venue: &str, kind: InstrumentKind, message: &Value) -> Directory {
    let mut found = Vec::new();
    collect(message, &mut found);
    found.sort();
    found.dedup();
    directory_of(venue, kind, &found)
}

/// A directory of a venue with these symbols.
pub(crate) fn directory_of(venue: &str, kind: InstrumentKind, found: &[String]) -> Directory {
    let mut names = Names::default();
    let venue_id = names.venue_id(venue);
    for (at, symbol) in found.iter().enumerate() {
        let (base, quote) = (names.asset_id(symbol), names.asset_id("USDT"));
        names.instruments.push(Instrument {
            id: InstrumentId(at as u16),
            name: format!("{venue}:{symbol}"),
            venue: venue_id,
            symbol: symbol.clone(),
            kind,
            base,
            quote,
            price_decimals: DECIMALS,
            qty_decimals: DECIMALS,
            tick: Price::new(1),
            lot: Qty::new(1),
            min_qty: Qty::new(1),
            max_qty: Qty::ZERO,
            min_notional: Money::ZERO,
            contract_value: Money::parse("1").unwrap_or(Money::ZERO),
            inferred: false,
            tiers: Vec::new(),
        });
    }
    Directory::new(&names, venue_id)
}

/// Texts that can be names: short, with an upper-case letter, of letters, digits and underscores.
fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let fits = text.chars().count() <= 30
                && text.chars().any(char::is_alphabetic)
                && text.chars().all(|it| it.is_alphanumeric() || it == '_')
                && *text == text.to_uppercase();
            if fits {
                found.push(text.clone());
            }
        }
        Value::Array(all) => all.iter().for_each(|it| collect(it, found)),
        Value::Object(all) => all.values().for_each(|it| collect(it, found)),
        _ => {}
    }
}
