//! Finds what pays between many instruments and trades the best of it.
//!
//! [`find`] is the search: routes, their net edges, their sizes. [`Hunter`] is the task: every opportunity that it enters
//! is a saga of its own, one for a route and none over an instrument that another one has. When it makes and when it
//! loses money stands in the folder's README.

mod card;
mod explain;
pub mod find;
mod job;
mod rule;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use card::LEGS;
use find::{Kind, ScanRules, Scanner};
use rule::{ByHand, Rules};
use rust_decimal::Decimal;

use crate::num::Money;
use crate::strategies::pair::params::share_of_depth;
use crate::strategies::pair::stop::Stop;
use crate::strategies::saga_params::saga;
use crate::strategy::{Setup, Solo, StrategySpec, Task};

pub use rule::Hunter;

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
/// When no two of the instruments can be traded against each other, or what is given by hand is no pair.
pub fn checked(setup: &Setup<'_>) -> Result<Hunter, String> {
    let params = &setup.params;
    let names = [
        "enable.spot_spot",
        "enable.spot_futures_hedge",
        "enable.triangular",
        "enable.funding",
    ];
    let kinds = Kind::ALL.into_iter().zip(names);
    let kinds: Vec<Kind> = kinds
        .filter(|(_, name)| params.flag(name))
        .map(|(kind, _)| kind)
        .collect();
    let rules = ScanRules {
        min_net: params.bps(card::MIN_NET).unwrap_or_default(),
        max_notional: Money::new(params.decimal("notional").unwrap_or_default()),
        // Without a bound of its own it is all that the touches show: the search knows of nothing behind them.
        share: share_of_depth(params).unwrap_or(Decimal::ONE),
        max_age: params.span("max_top_age"),
        max_skew: params.span("max_skew"),
        settlements: params
            .integer("settlements")
            .and_then(|settlements| u32::try_from(settlements).ok())
            .unwrap_or_default(),
        kinds,
    };
    let legs = setup.legs.iter().map(|&leg| setup.names.instrument(leg));
    let scanner = Scanner::new(legs.cloned().collect(), &setup.taker_fees, rules);
    let by_hand = by_hand(setup)?;
    if scanner.routes().is_empty() && by_hand.is_none() {
        return Err(
            "none of the legs can be traded against another by the kinds that are enabled: name one pair at two venues, \
             or a spot and a future of one asset, or enable more kinds"
                .into(),
        );
    }
    let span = |name| params.span(name).unwrap_or_default();
    let rules = Rules {
        slippage: params.bps("max_slippage_bps").unwrap_or_default(),
        exit_profit: params.bps("exit.profit_bps").unwrap_or_default(),
        max_age: span(card::MAX_AGE),
        cool_down: span("cool_down"),
        stop: Stop::of(params),
        max_open: params
            .integer("max_open")
            .and_then(|most| usize::try_from(most).ok())
            .unwrap_or(1),
        trade: params.flag("trade"),
        alerts: params.flag("alerts"),
        saga: saga(params),
    };
    Ok(Hunter::new(
        scanner,
        setup.taker_fees.clone(),
        rules,
        by_hand,
    ))
}

/// What is to be executed by hand.
fn by_hand(setup: &Setup<'_>) -> Result<Option<ByHand>, String> {
    let params = &setup.params;
    let place = |name| {
        let word = params.choice(name)?;
        LEGS.iter().position(|leg| *leg == word)
    };
    let (buy, sell) = (place("execute.buy"), place("execute.sell"));
    let quantity = params.decimal("execute.quantity");
    let (buy, sell, quantity) = match (buy, sell, quantity) {
        (None, None, None) => return Ok(None),
        (Some(buy), Some(sell), Some(quantity)) => (buy, sell, quantity),
        _ => {
            return Err(
                "execute.buy, execute.sell and execute.quantity go together; give all three or none".into(),
            );
        }
    };
    let find = |at: usize| {
        let leg = setup.legs.get(at).copied();
        let leg = leg.map(|leg| setup.names.instrument(leg));
        leg.ok_or_else(|| format!("{} is not among the legs; name one that is given", LEGS[at]))
    };
    let (bought, sold) = (find(buy)?, find(sell)?);
    if bought.id == sold.id || bought.base != sold.base || bought.quote != sold.quote {
        return Err(format!(
            "execute buys {} and sells {}, which are not two instruments of one pair; name two of the same base and \
             quote asset",
            bought.name, sold.name,
        ));
    }
    Ok(Some(ByHand {
        legs: [buy, sell],
        quantity,
        after: params.span("execute.after").unwrap_or_default(),
    }))
}
