//! Cash and carry: spot held long against the perpetual short while the funding that is to be expected pays for the
//! round trip; the reverse too where that is allowed.
//!
//! The opportunity rule is here; the legs belong to the [`crate::saga::Saga`]. When it makes and when it loses money
//! stands in the folder's README.

mod card;
mod explain;
pub mod outlook;
pub mod rates;
mod rule;
mod rules;
mod signals;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

use crate::num::{Bps, format_fixed};
use crate::strategies::pair::same_base;
use crate::strategy::{Setup, Solo, StrategySpec, Task};

pub use rule::FundingCarry;
pub use signals::CarrySignals;

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
/// When the legs do not belong together, or a position would be left at more than it is entered at.
pub fn checked(setup: &Setup<'_>) -> Result<FundingCarry, String> {
    same_base(setup)?;
    let carry = FundingCarry::new(setup);
    let (entry, exit) = (carry.entry_funding(), carry.exit_funding());
    if exit > entry {
        return Err(format!(
            "exit_bps {} is above what an entry without an edge needs, {} (min_net_bps, four fees and the slippage \
             allowance), so that a position would be left at more than it was entered at; lower exit_bps to at most \
             that",
            text(exit),
            text(entry),
        ));
    }
    Ok(carry)
}

fn text(bps: Bps) -> String {
    format_fixed(bps.millionths(), 6)
}
