//! Spot against perpetual futures: buy the cheap leg, sell the dear one, close when they meet.
//!
//! Both directions. Both legs get the same base quantity, whole in both venues' lots and above both venues'
//! minima. The opportunity rule is here; the legs belong to the [`crate::saga::Saga`].

mod card;
pub mod formulas;
mod rule;
mod signals;
pub(super) mod sizing;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

use crate::strategy::{Setup, Solo, StrategySpec, Task};

pub use rule::SpotFutures;
pub(super) use rule::{average_price, just_below};
pub use signals::PairSignals;
pub(super) use signals::{CARRY, REVERSE};

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
/// When the legs do not belong together.
pub fn checked(setup: &Setup<'_>) -> Result<SpotFutures, String> {
    let (spot, futures) = (
        setup.names.instrument(setup.legs[0]),
        setup.names.instrument(setup.legs[1]),
    );
    if spot.base != futures.base {
        let base = |id| setup.names.asset(id);
        return Err(format!(
            "{} is in {} and {} in {}; both legs must have the same base asset",
            spot.name,
            base(spot.base),
            futures.name,
            base(futures.base),
        ));
    }
    Ok(SpotFutures::new(setup))
}
