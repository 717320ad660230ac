//! Two sides, a buying and a selling one, brought to one total in slices, and never far from each other.
//!
//! Each side rests at most one slice, priced by ticks from a reference. When one side has filled more than the other by
//! at least the other's smallest order, the side that lags takes its slice back and then takes the lag at the touch.
//! Fills decide everything: late ones count, and none counts twice. The seed's states are those of [`State`]. When it
//! makes and when it loses money stands in the folder's README.

mod amount;
mod card;
mod course;
mod explain;
mod leg;
mod look;
mod price;
mod rule;
mod signals;
mod state;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

use amount::{Amount, Scale};
use card::SIDES;
use leg::{Leg, Waits};
use price::Pricing;
use rule::Rules;

use crate::instrument::{Instrument, Side};
use crate::strategy::{Setup, Solo, StrategySpec, Task};

pub use rule::DeltaNeutral;
pub use signals::Touches;
pub use state::State;

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
/// When the instruments do not go together, or a quantity or the ticks do not go with them.
pub fn checked(setup: &Setup<'_>) -> Result<DeltaNeutral, String> {
    let buys = setup.names.instrument(setup.legs[0]);
    let sells = setup.legs.get(1).map(|&leg| setup.names.instrument(leg));
    let instruments = [buys, sells.unwrap_or(buys)];
    if let Some(sells) = sells {
        super::pair::must_agree(setup, [buys, sells], "base", |leg| leg.base)?;
    }
    let decimals = instruments.map(|leg| leg.qty_decimals).into_iter().max();
    let scales = instruments.map(|leg| Scale::new(leg, decimals.unwrap_or_default()));
    let amount = |at: usize, name| amount(setup, &scales[at], instruments[at], name);
    let whole = |at: usize, name| whole(amount(at, name)?, &scales[at], instruments[at], name);
    let total = whole(0, "total_quantity")?.max(whole(1, "total_quantity")?);
    let leg = |at: usize| {
        let (names, instrument, scale) = (&SIDES[at], instruments[at], scales[at]);
        let slice = whole(at, names.quantity)?;
        check_sizes(total, slice, at, instrument, scale)?;
        let filled = amount(at, names.filled)?;
        if filled > total {
            return Err(format!(
                "{} is {}, more than total_quantity, {}; raise total_quantity or correct it",
                names.filled,
                scale.decimal(filled).normalize(),
                scale.decimal(total).normalize(),
            ));
        }
        let pricing = checked_pricing(setup, at, instrument)?;
        let side = [Side::Buy, Side::Sell][at];
        Ok(Leg::new(side, instrument.id, scale, pricing, slice, filled))
    };
    let legs = [leg(0)?, leg(1)?];
    let params = &setup.params;
    let span = |name| params.span(name).unwrap_or_default();
    let rules = Rules {
        total,
        max_imbalance: amount(0, "max_imbalance")?,
        slippage: params.bps("rebalance.slippage_bps").unwrap_or_default(),
        waits: Waits {
            retry: span("retry_delay"),
            rebalance: span("rebalance.delay"),
            attempts: params
                .integer("rebalance.attempts")
                .map_or(1, |attempts| attempts.clamp(1, 20) as u8),
        },
    };
    Ok(DeltaNeutral::new(legs, rules))
}

/// A quantity of the parameters, exactly.
fn amount(
    setup: &Setup<'_>,
    scale: &Scale,
    instrument: &Instrument,
    name: &str,
) -> Result<Amount, String> {
    let given = setup.params.decimal(name).unwrap_or_default();
    scale.read(given).ok_or_else(|| {
        format!(
            "{name} is {given}, with more decimals than quantities of {} have; round it",
            instrument.name
        )
    })
}

/// An amount that must be whole lots: cutting it silently would trade something else than was asked for.
fn whole(
    amount: Amount,
    scale: &Scale,
    instrument: &Instrument,
    name: &str,
) -> Result<Amount, String> {
    if scale.is_whole(amount) {
        return Ok(amount);
    }
    Err(format!(
        "{name} is {}, not a whole number of {}'s lots of {}; round it to lots",
        scale.decimal(amount).normalize(),
        instrument.name,
        instrument.qty_decimal(instrument.lot).normalize(),
    ))
}

fn check_sizes(
    total: Amount,
    slice: Amount,
    at: usize,
    instrument: &Instrument,
    scale: Scale,
) -> Result<(), String> {
    let text = |amount| scale.decimal(amount).normalize();
    for (name, amount) in [(SIDES[at].quantity, slice), ("total_quantity", total)] {
        if amount < scale.least {
            return Err(format!(
                "{name} is {}, below the smallest order of {}, {}; raise {name}",
                text(amount),
                instrument.name,
                text(scale.least),
            ));
        }
    }
    Ok(())
}

fn checked_pricing(
    setup: &Setup<'_>,
    at: usize,
    instrument: &Instrument,
) -> Result<Pricing, String> {
    let (names, params) = (&SIDES[at].price, &setup.params);
    if params.has(names.passive) && params.has(names.aggressive) {
        return Err(format!(
            "`{}` and `{}` exclude each other; keep the one that is meant",
            names.passive, names.aggressive,
        ));
    }
    let pricing = Pricing::new([Side::Buy, Side::Sell][at], names, instrument, params);
    if pricing.chases_itself() {
        let ticks = params.integer(names.aggressive).unwrap_or_default();
        return Err(format!(
            "`{aggressive}` is {ticks} from own_best and `{tolerance}` less: once the order is the best price it would \
             outbid itself without end; set `{tolerance}` to at least {ticks}, or `{reference}` to \"mid\" or \
             \"opposite\"",
            aggressive = names.aggressive,
            tolerance = names.tolerance,
            reference = names.reference,
        ));
    }
    Ok(pricing)
}
