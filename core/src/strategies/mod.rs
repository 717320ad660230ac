//! The strategies that come with onetape, a folder each, behind the same wall as everybody's own.

pub mod delta_neutral;
pub mod delta_neutral_3x;
pub mod funding_carry;
pub mod market_maker;
pub mod multi_spot;
pub mod noop;
pub mod pair;
mod saga_params;
pub mod scanner;
pub mod spot_futures;
pub mod spot_spot;
pub mod triangular;
pub mod watch;

use crate::strategy::StrategySpec;

/// Every strategy of this crate, by name.
pub const ALL: &[StrategySpec] = &[
    delta_neutral::SPEC,
    delta_neutral_3x::SPEC,
    funding_carry::SPEC,
    market_maker::SPEC,
    multi_spot::SPEC,
    noop::SPEC,
    scanner::SPEC,
    spot_futures::SPEC,
    spot_spot::SPEC,
    triangular::SPEC,
    watch::SPEC,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// In a scenario both stand in the task's table: a leg is a table, and so is what a dotted parameter is in.
    #[test]
    fn no_leg_has_the_name_of_a_group_of_parameters() {
        for spec in ALL {
            for leg in spec.card.legs {
                let mut params = spec.card.params.iter();
                let clash = params.find(|param| param.name.split('.').next() == Some(leg.name));
                assert!(
                    clash.is_none(),
                    "{} {}: {clash:?}",
                    spec.card.name,
                    leg.name
                );
            }
        }
    }
}
