//! Spot against perpetual futures: buy the cheap leg, sell the dear one, close when they meet.
//!
//! Both directions. Both legs get the same base quantity, whole in both venues' lots and above both venues'
//! minima. The rule is the one of every [`Pair`].

mod card;

use alloc::boxed::Box;
use alloc::string::String;

use crate::strategies::pair::{Habits, Pair, Words, same_base};
use crate::strategy::{Setup, Solo, StrategySpec, Task};

/// The strategy as scenarios name it.
pub const SPEC: StrategySpec = StrategySpec {
    card: &card::CARD,
    build,
};

/// A pair that ends as it is told to, and whose margin is the venue's business.
static HABITS: Habits = Habits {
    words: Words {
        only: ["long_spot", "short_spot"],
        enter: ["enter_long_spot", "enter_short_spot"],
        edges: ["carry_edge_bps", "reverse_edge_bps"],
        tops: [
            ["spot_bid", "spot_ask", "spot_bid_qty", "spot_ask_qty"],
            [
                "futures_bid",
                "futures_ask",
                "futures_bid_qty",
                "futures_ask_qty",
            ],
        ],
        free: [
            ["spot_free_base", "spot_free_quote"],
            ["futures_free_base", "futures_free_quote"],
        ],
    },
    funded: false,
    turns: false,
};

fn build(setup: &Setup<'_>) -> Result<Box<dyn Task>, String> {
    Ok(Box::new(Solo::new(checked(setup)?, setup.legs.clone())))
}

/// The strategy from its set-up.
///
/// # Errors
/// When the legs do not belong together.
pub fn checked(setup: &Setup<'_>) -> Result<Pair, String> {
    same_base(setup)?;
    Ok(Pair::new(setup, &HABITS))
}
