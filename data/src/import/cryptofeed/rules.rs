//! Instruments as the venues' own lists state them.

use onetape_adapters::gate::ContractSize;
use onetape_adapters::{binance, gate};
use onetape_core::num::{parse_fixed, text_decimals};

use super::line::Place;
use crate::catalog::InstrumentRecord;
use crate::import::infer::Decimals;
use crate::import::told::trimmed;

/// The rules of one instrument, as its venue states them.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    record: InstrumentRecord,
    /// Base units of one contract, where quantities are contracts.
    pub(super) size: Option<ContractSize>,
}

/// Reads a list of instruments. Inverse futures are left out: their lists do not tell a contract's value in the
/// form that is needed.
pub(super) fn read(place: Place, text: &str) -> Result<Vec<Rules>, String> {
    match place {
        Place::Binance(binance::Market::Coinm) | Place::Gate(gate::Market::Btc) => Ok(Vec::new()),
        Place::Binance(market) => {
            let list = binance::exchange_info(text).map_err(|why| why.to_string())?;
            Ok(list.iter().map(|rules| of_binance(market, rules)).collect())
        }
        Place::Gate(gate::Market::Spot) => {
            let list = gate::currency_pairs(text).map_err(|why| why.to_string())?;
            Ok(list
                .iter()
                .filter_map(|rules| of_gate(place, rules))
                .collect())
        }
        Place::Gate(gate::Market::Usdt) => {
            let list = gate::contracts(text).map_err(|why| why.to_string())?;
            Ok(list
                .iter()
                .filter_map(|rules| of_gate(place, rules))
                .collect())
        }
    }
}

fn of_binance(market: binance::Market, rules: &binance::WireRules<'_>) -> Rules {
    let kind = match market {
        binance::Market::Spot => "spot",
        _ => "linear",
    };
    let record = Stated {
        venue: market.venue(),
        symbol: rules.symbol,
        kind,
        assets: (rules.base, rules.quote),
        tick: rules.tick,
        lot: rules.lot,
        min_qty: rules.min_qty,
        max_qty: rules.max_qty,
        min_notional: rules.min_notional,
    };
    Rules {
        record: record.record(),
        size: None,
    }
}

/// None where the multiplier of a contract is no number above zero: such contracts cannot be told in base units.
fn of_gate(place: Place, rules: &gate::WireRules<'_>) -> Option<Rules> {
    let size = match rules.multiplier {
        Some(text) => Some(ContractSize::parse(text)?),
        None => None,
    };
    let base = |contracts: &str| match &size {
        Some(size) => size.base_units(contracts),
        None => Some(contracts.to_string()),
    };
    let lot = base(&rules.step)?;
    let min_qty = rules.min_size.and_then(base);
    let max_qty = rules.max_size.and_then(base);
    let record = Stated {
        venue: place.venue(),
        symbol: rules.symbol,
        kind: if size.is_some() { "linear" } else { "spot" },
        assets: (rules.base, rules.quote),
        tick: &rules.tick,
        lot: &lot,
        min_qty: min_qty.as_deref().unwrap_or(&lot),
        max_qty: max_qty.as_deref(),
        min_notional: rules.min_notional,
    };
    Some(Rules {
        record: record.record(),
        size,
    })
}

struct Stated<'a> {
    venue: &'a str,
    symbol: &'a str,
    kind: &'a str,
    assets: (&'a str, &'a str),
    tick: &'a str,
    lot: &'a str,
    min_qty: &'a str,
    max_qty: Option<&'a str>,
    min_notional: Option<&'a str>,
}

impl Stated<'_> {
    fn record(&self) -> InstrumentRecord {
        let [tick, lot, min_qty] = [self.tick, self.lot, self.min_qty].map(trimmed);
        InstrumentRecord {
            venue: self.venue.to_string(),
            symbol: self.symbol.to_string(),
            kind: self.kind.to_string(),
            base: self.assets.0.to_string(),
            quote: self.assets.1.to_string(),
            price_decimals: text_decimals(tick),
            qty_decimals: text_decimals(lot).max(text_decimals(min_qty)),
            tick: tick.to_string(),
            lot: lot.to_string(),
            min_qty: min_qty.to_string(),
            max_qty: self.max_qty.map(|text| trimmed(text).to_string()),
            min_notional: self.min_notional.map_or("0", trimmed).to_string(),
            contract_value: "1".to_string(),
            inferred: false,
            tiers: Vec::new(),
        }
    }
}

impl Rules {
    /// Whose they are.
    pub(super) const fn record(&self) -> &InstrumentRecord {
        &self.record
    }

    /// A definition with room for what the data have: books may be finer than orders.
    pub(super) fn with_room(&self, seen: Decimals) -> InstrumentRecord {
        let mut record = self.record.clone();
        record.price_decimals = record.price_decimals.max(seen.price);
        record.qty_decimals = record.qty_decimals.max(seen.qty);
        // A limit beyond 18 digits limits nothing.
        let decimals = record.qty_decimals;
        record.max_qty = record
            .max_qty
            .filter(|text| parse_fixed(text, decimals).is_ok_and(|it| it > 0));
        record
    }
}
