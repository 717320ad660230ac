//! An instrument of a run as the catalogue keeps it.

use onetape_core::instrument::{Instrument, InstrumentKind, MarginTier};
use onetape_core::names::Names;
use onetape_core::num::{Qty, format_fixed};

use crate::catalog::{InstrumentRecord, TierRecord};

/// The definition of an instrument of a run.
pub fn record_of(instrument: &Instrument, names: &Names) -> InstrumentRecord {
    let name = |all: &[String], at: usize| all.get(at).cloned().unwrap_or_default();
    let price = |mantissa| format_fixed(mantissa, instrument.price_decimals);
    let qty = |mantissa| format_fixed(mantissa, instrument.qty_decimals);
    InstrumentRecord {
        venue: name(&names.venues, instrument.venue.0.into()),
        symbol: instrument.symbol.clone(),
        kind: match instrument.kind {
            InstrumentKind::Spot => "spot",
            InstrumentKind::Linear => "linear",
            InstrumentKind::Inverse => "inverse",
        }
        .to_owned(),
        base: name(&names.assets, instrument.base.0.into()),
        quote: name(&names.assets, instrument.quote.0.into()),
        price_decimals: instrument.price_decimals,
        qty_decimals: instrument.qty_decimals,
        tick: price(instrument.tick.mantissa()),
        lot: qty(instrument.lot.mantissa()),
        min_qty: qty(instrument.min_qty.mantissa()),
        max_qty: (instrument.max_qty != Qty::ZERO).then(|| qty(instrument.max_qty.mantissa())),
        min_notional: instrument.min_notional.to_string(),
        contract_value: instrument.contract_value.to_string(),
        inferred: instrument.inferred,
        tiers: instrument.tiers.iter().map(tier).collect(),
    }
}

fn tier(tier: &MarginTier) -> TierRecord {
    TierRecord {
        up_to: (!tier.up_to.is_zero()).then(|| tier.up_to.to_string()),
        maintenance: tier.maintenance.to_string(),
        max_leverage: tier.max_leverage,
    }
}
