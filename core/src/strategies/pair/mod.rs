//! Two legs in the same base asset on two venues: what strategies of a pair share.
//!
//! [`Pair`] is the rule: enter where the legs are apart, leave where they met. What it is called, and what it heeds
//! besides, is said by each strategy; the legs belong to the [`crate::saga::Saga`].

mod direction;
mod explain;
pub mod formulas;
pub(in crate::strategies) mod inventory;
mod net;
pub(super) mod params;
pub(super) mod rule;
mod rules;
mod signals;
pub(super) mod sizing;
mod spread;
pub(super) mod stop;
pub(super) mod wakes;

use alloc::format;
use alloc::string::String;

use crate::instrument::Instrument;
use crate::names::AssetId;
use crate::strategy::{Context, Setup};
use crate::time::Span;

pub use rule::Pair;
pub(super) use rules::{Habits, Words};
pub use signals::PairSignals;
pub(super) use signals::{CARRY, REVERSE};

/// Both legs of a set-up, which must be in the same base asset.
///
/// # Errors
/// When they are not.
pub(super) fn same_base<'a>(setup: &Setup<'a>) -> Result<[&'a Instrument; 2], String> {
    let legs = [0, 1].map(|at| setup.names.instrument(setup.legs[at]));
    must_agree(setup, legs, "base", |leg| leg.base)?;
    Ok(legs)
}

/// Refuses legs whose asset of a kind differs.
///
/// # Errors
/// When it does.
pub(super) fn must_agree(
    setup: &Setup<'_>,
    [first, second]: [&Instrument; 2],
    kind: &str,
    asset: impl Fn(&Instrument) -> AssetId,
) -> Result<(), String> {
    let (one, other) = (asset(first), asset(second));
    if one == other {
        return Ok(());
    }
    Err(format!(
        "{} is in {} and {} in {}; both legs must have the same {kind} asset",
        first.name,
        setup.names.asset(one),
        second.name,
        setup.names.asset(other),
    ))
}

/// True when the two tops are of moments too far apart to be one market: an edge between them may be but time.
pub(super) fn are_apart<S>(cx: &Context<'_, S>, legs: [&Instrument; 2], most: Span) -> bool {
    let [first, second] = legs.map(|leg| cx.market.instrument(leg.id).age(cx.now).nanos());
    first.abs_diff(second) > most.nanos().unsigned_abs()
}
