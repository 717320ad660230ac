//! Several spot venues, one future: buys spot where it costs least after fees, sells the future, closes when they meet.
//!
//! Which venue is bought is decided anew at every entry, and kept until the exit, or, with `spot_switching`, left for one
//! where the leg costs less while the future stands. The legs belong to the
//! [`crate::saga::Saga`]. When it makes and when it loses money stands in the folder's README.

mod card;
mod explain;
mod rule;
mod shared;
pub(in crate::strategies) mod signals;
mod switching;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

use crate::instrument::Instrument;
use crate::strategy::{Setup, Solo, StrategySpec, Task};

pub use rule::MultiSpot;
pub use signals::SpotEdges;

/// How many spot legs there may be.
const MOST_SPOTS: usize = 8;

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
/// When the legs do not belong together: they have one base asset, and the spot legs one quote asset.
pub fn checked(setup: &Setup<'_>) -> Result<MultiSpot, String> {
    let [spots @ .., futures] = setup.legs.as_slice() else {
        return Err("no legs are given; name the future and at least two spot legs".into());
    };
    if spots.len() < 2 || spots.len() > MOST_SPOTS || setup.taker_fees.len() != setup.legs.len() {
        return Err(format!(
            "{} spot legs are given; name 2 to {MOST_SPOTS}",
            spots.len()
        ));
    }
    let futures = setup.names.instrument(*futures);
    let first = setup.names.instrument(spots[0]);
    for spot in spots.iter().map(|id| setup.names.instrument(*id)) {
        same_asset(setup, "base", [spot, futures], |it| it.base)?;
        same_asset(setup, "quote", [spot, first], |it| it.quote)?;
    }
    Ok(MultiSpot::new(setup))
}

fn same_asset(
    setup: &Setup<'_>,
    which: &str,
    [one, other]: [&Instrument; 2],
    asset: impl Fn(&Instrument) -> crate::names::AssetId,
) -> Result<(), String> {
    if asset(one) == asset(other) {
        return Ok(());
    }
    Err(format!(
        "{} is in {} and {} in {}; both legs must have the same {which} asset",
        one.name,
        setup.names.asset(asset(one)),
        other.name,
        setup.names.asset(asset(other)),
    ))
}
