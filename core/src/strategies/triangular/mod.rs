//! Three instruments of one venue that trade three assets for one another: money goes round where it comes back as more.
//!
//! Both ways round are looked at. The legs belong to the [`crate::saga::Saga`]. When it makes and when it loses money
//! stands in the folder's README.

mod card;
mod cycle;
mod rule;
mod signals;
mod sizing;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

use crate::instrument::Instrument;
use crate::names::AssetId;
use crate::strategy::{Setup, Solo, StrategySpec, Task};

pub use cycle::{Product, Step};
pub use rule::Triangular;
pub use signals::CycleSignals;

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
/// When the legs are not at one venue, or do not trade three assets for one another.
pub fn checked(setup: &Setup<'_>) -> Result<Triangular, String> {
    let ([first, second, third], 3) = (setup.legs.as_slice(), setup.taker_fees.len()) else {
        return Err("three legs are needed: first, second and third".into());
    };
    let legs = [first, second, third].map(|id| setup.names.instrument(*id));
    let [first, second, third] = legs;
    if let Some(other) = legs.iter().find(|leg| leg.venue != first.venue) {
        return Err(format!(
            "{} and {} are at two venues; a cycle is one of three instruments of one venue",
            first.name, other.name
        ));
    }
    let home = [first.quote, first.base]
        .into_iter()
        .find(|asset| trades(third, *asset) && !trades(second, *asset));
    let steps =
        home.and_then(|home| Some([round(home, legs)?, round(home, [third, second, first])?]));
    let (Some(home), Some(steps)) = (home, steps) else {
        let pair = |leg: &Instrument| {
            format!(
                "{}/{}",
                setup.names.asset(leg.base),
                setup.names.asset(leg.quote)
            )
        };
        return Err(format!(
            "{}, {} and {} are no triangle; first and third have one asset in common that second does not trade, and \
             second trades their other assets for each other",
            pair(first),
            pair(second),
            pair(third)
        ));
    };
    Ok(Triangular::new(setup, home, steps))
}

fn trades(instrument: &Instrument, asset: AssetId) -> bool {
    instrument.base == asset || instrument.quote == asset
}

/// The trades that lead from an asset through three instruments back to it.
fn round(home: AssetId, legs: [&Instrument; 3]) -> Option<[Step; 3]> {
    let mut from = home;
    let mut step = |leg: &Instrument| {
        let step = Step::giving(leg, from)?;
        from = if leg.base == from {
            leg.quote
        } else {
            leg.base
        };
        Some(step)
    };
    let steps = [step(legs[0])?, step(legs[1])?, step(legs[2])?];
    (from == home).then_some(steps)
}
