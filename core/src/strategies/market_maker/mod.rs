//! A two-sided quote at the touch, moved with it, within an inventory limit.
//!
//! Quotes are post-only. A side has at most one order alive: when the wanted price moves away its order is
//! cancelled, and the next one leaves when the venue's word of the end is here. What is asked on every event is
//! answered from the strategy's own few fields; the order table is not searched.

mod card;
mod quote;
mod rule;
mod signals;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

use rust_decimal::Decimal;

use crate::instrument::Instrument;
use crate::num::Qty;
use crate::strategy::{Params, Setup, Solo, StrategySpec, Task};

pub use rule::MarketMaker;
pub use signals::TouchSignals;

/// The strategy as scenarios name it.
pub const SPEC: StrategySpec = StrategySpec {
    card: &card::CARD,
    build,
};

fn build(setup: &Setup<'_>) -> Result<Box<dyn Task>, String> {
    Ok(Box::new(Solo::new(checked(setup)?, setup.legs.clone())))
}

/// The strategy from its set-up.
///
/// # Errors
/// When a quantity does not fit the instrument, or the inventory has no room for one quote.
pub fn checked(setup: &Setup<'_>) -> Result<MarketMaker, String> {
    let instrument = setup.names.instrument(setup.legs[0]);
    let (quantity, limit) = sizes(instrument, &setup.params)?;
    Ok(MarketMaker::new(instrument, quantity, limit, &setup.params))
}

/// Quantity of a quote and limit of the inventory.
fn sizes(instrument: &Instrument, params: &Params) -> Result<(Qty, Qty), String> {
    let amount = |name| params.decimal(name).unwrap_or_default();
    let quantity = whole(instrument, "quantity", amount("quantity"))?;
    let limit = whole(instrument, "max_inventory", amount("max_inventory"))?;
    if quantity < instrument.min_qty || quantity.is_zero() {
        let least = instrument.min_qty.max(instrument.lot);
        let least = instrument.qty_decimal(least).normalize();
        return Err(format!(
            "quantity is {}, below the smallest order of {}, {least}; raise quantity",
            amount("quantity"),
            instrument.name,
        ));
    }
    if limit < quantity {
        return Err(format!(
            "max_inventory is {} and quantity {}, so that no side could ever be quoted; raise max_inventory or \
             lower quantity",
            amount("max_inventory"),
            amount("quantity"),
        ));
    }
    Ok((quantity, limit))
}

/// An amount that must be whole lots: cutting it silently would quote something else than was asked for.
fn whole(instrument: &Instrument, name: &str, amount: Decimal) -> Result<Qty, String> {
    let qty = instrument.floor_qty(amount);
    if instrument.qty_decimal(qty) == amount {
        return Ok(qty);
    }
    Err(format!(
        "{name} is {amount}, not a whole number of {}'s lots of {}; round it to lots",
        instrument.name,
        instrument.qty_decimal(instrument.lot).normalize(),
    ))
}
