//! Three venues: spot at two of them, the perpetual at the third against both. Spot moves between its venues where that
//! gains, and what is open is never more than a band.
//!
//! The legs belong to the [`crate::saga::Saga`]. When it makes and when it loses money stands in the folder's README.

mod card;
mod rule;
mod slices;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

use crate::strategy::{Setup, Solo, StrategySpec, Task};

pub use rule::ThreeVenues;

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
/// When the roles are not three, two of them are at one venue, or the legs have not one base and one quote asset.
pub fn checked(setup: &Setup<'_>) -> Result<ThreeVenues, String> {
    let ([primary, arbitrage, hedge], 3) = (setup.legs.as_slice(), setup.taker_fees.len()) else {
        return Err(format!(
            "{} legs are given; name three roles: primary, arbitrage and futures",
            setup.legs.len()
        ));
    };
    let of = |id| setup.names.instrument(id);
    let legs = [*primary, *arbitrage, *hedge].map(of);
    for (at, one) in legs.iter().enumerate() {
        for other in &legs[at + 1..] {
            if one.venue == other.venue {
                return Err(format!(
                    "{} and {} are at one venue; the three roles are at three",
                    one.name, other.name
                ));
            }
            let assets = |leg: &crate::instrument::Instrument| (leg.base, leg.quote);
            if assets(one) != assets(other) {
                return Err(format!(
                    "{} is {}/{} and {} is {}/{}; all three roles trade one pair",
                    one.name,
                    setup.names.asset(one.base),
                    setup.names.asset(one.quote),
                    other.name,
                    setup.names.asset(other.base),
                    setup.names.asset(other.quote),
                ));
            }
        }
    }
    Ok(ThreeVenues::new(setup))
}
