//! Spot against spot of the same pair on two venues, from inventory on both: buy at the cheap one, sell at the dear one.
//!
//! Nothing is transferred: each leg is paid for by what lies at its venue. The rule is the one of every [`Pair`]. When it
//! makes and when it loses money stands in the folder's README.

mod card;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

use crate::strategies::pair::{Habits, Pair, Words, must_agree, same_base};
use crate::strategy::{Setup, Solo, StrategySpec, Task};

/// The strategy as scenarios name it.
pub const SPEC: StrategySpec = StrategySpec {
    card: &card::CARD,
    build,
};

/// A pair that is paid for from inventory, and that the opposite direction closes.
static HABITS: Habits = Habits {
    words: Words {
        only: ["buy_first", "buy_second"],
        enter: ["enter_buy_first", "enter_buy_second"],
        edges: ["buy_first_edge_bps", "buy_second_edge_bps"],
        tops: [
            ["first_bid", "first_ask", "first_bid_qty", "first_ask_qty"],
            [
                "second_bid",
                "second_ask",
                "second_bid_qty",
                "second_ask_qty",
            ],
        ],
        free: [
            ["first_free_base", "first_free_quote"],
            ["second_free_base", "second_free_quote"],
        ],
    },
    funded: true,
    turns: true,
};

fn build(setup: &Setup<'_>) -> Result<Box<dyn Task>, String> {
    Ok(Box::new(Solo::new(checked(setup)?, setup.legs.clone())))
}

/// The strategy from its set-up.
///
/// # Errors
/// When the legs are not one pair on two venues, or nothing would ever end a position.
pub fn checked(setup: &Setup<'_>) -> Result<Pair, String> {
    let legs = same_base(setup)?;
    must_agree(setup, legs, "quote", |leg| leg.quote)?;
    let [first, second] = legs;
    if first.venue == second.venue {
        return Err(format!(
            "{} and {} are at one venue; name an instrument of another one for second",
            first.name, second.name,
        ));
    }
    let params = &setup.params;
    let direction = params.choice("direction").unwrap_or("both");
    let exits = ["exit.edge_bps", "exit.profit_bps", "exit.max_age"];
    if direction != "both" && !exits.into_iter().any(|exit| params.has(exit)) {
        return Err(format!(
            "direction {direction:?} never trades the other way round, so that nothing ends a position; set \
             exit.edge_bps, exit.profit_bps or exit.max_age, or direction = \"both\""
        ));
    }
    Ok(Pair::new(setup, &HABITS))
}
