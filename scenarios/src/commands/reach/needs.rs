//! What the tasks of a scenario need at a venue to begin.
//!
//! Least amounts, as far as the scenario itself says them: the size of one entry, by the side that a leg takes. Fees, trips
//! that follow and what the risk gate allows beyond are not in it.

use std::collections::BTreeMap;

use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::names::{AssetId, InstrumentId, Names};
use onetape_core::num::Money;
use rust_decimal::Decimal;

use crate::scenario::{Leg, Scenario, Task};

/// What must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// So much of an asset.
    Of(AssetId, Money),
    /// So much to buy with, or so much to sell: the leg may do either.
    Either((AssetId, Money), (AssetId, Money)),
    /// The scenario alone does not tell.
    Unknown,
}

/// One need, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) want: Want,
    pub(super) why: String,
}

/// Which way a leg goes when its task enters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Buys,
    Sells,
    Either,
    /// By margin, whichever way.
    Futures,
    Unknown,
}

/// The needs at a venue whose instruments are those of `names`, at these prices. What several tasks need of an asset adds up.
pub(super) fn of(
    venue: &str,
    scenario: &Scenario,
    names: &Names,
    asks: &BTreeMap<InstrumentId, Decimal>,
) -> Vec<Need> {
    let leverage = scenario.venues.get(venue).map_or(1, |it| it.leverage);
    let mut sums: BTreeMap<AssetId, (Money, Vec<String>)> = BTreeMap::new();
    let mut needs = Vec::new();
    for task in &scenario.tasks {
        let here = task.legs.iter().filter(|leg| leg.instrument.venue == venue);
        for leg in here {
            let Some(id) = names.find_instrument(&leg.instrument.to_string()) else {
                // That it is not listed is told already.
                continue;
            };
            let of = names.instrument(id);
            let why = format!("task {:?}, {} {}", task.name, leg.name, of.symbol);
            match want(task, leg, of, asks.get(&id).copied(), leverage) {
                Want::Of(asset, amount) => {
                    let sum = sums.entry(asset).or_default();
                    sum.0 += amount;
                    sum.1.push(why);
                }
                want => needs.push(Need { want, why }),
            }
        }
    }
    let sums = sums.into_iter().map(|(asset, (amount, why))| Need {
        want: Want::Of(asset, amount),
        why: why.join("; "),
    });
    sums.chain(needs).collect()
}

fn want(task: &Task, leg: &Leg, of: &Instrument, ask: Option<Decimal>, leverage: u32) -> Want {
    let (notional, quantity) = size(task, ask);
    let pay = notional.map(|it| (of.quote, Money::new(it)));
    let sell = quantity.map(|it| (of.base, Money::new(it)));
    let want = match way(task, leg, of) {
        Way::Buys => pay.map(|(asset, amount)| Want::Of(asset, amount)),
        Way::Sells => sell.map(|(asset, amount)| Want::Of(asset, amount)),
        Way::Either => pay.zip(sell).map(|(pay, sell)| Want::Either(pay, sell)),
        Way::Futures => {
            let margin = notional.and_then(|it| it.checked_div(Decimal::from(leverage)));
            margin.map(|it| Want::Of(of.settle(), Money::new(it)))
        }
        Way::Unknown => None,
    };
    want.unwrap_or(Want::Unknown)
}

/// Value and base quantity of one entry, as far as they are known.
fn size(task: &Task, ask: Option<Decimal>) -> (Option<Decimal>, Option<Decimal>) {
    let (notional, quantity) = (
        task.params.decimal("notional"),
        task.params.decimal("quantity"),
    );
    let ask = ask.filter(|it| !it.is_zero());
    let value = || quantity?.checked_mul(ask?);
    let count = || notional?.checked_div(ask?);
    (notional.or_else(value), quantity.or_else(count))
}

/// What is known of a strategy's legs; of those that choose among several, or go by what is there, nothing is.
fn way(task: &Task, leg: &Leg, of: &Instrument) -> Way {
    let direction = task.params.choice("direction");
    match (task.strategy, leg.name, of.kind) {
        ("spot_futures" | "funding_carry" | "multi_spot", _, InstrumentKind::Linear) => {
            Way::Futures
        }
        ("spot_futures" | "funding_carry", _, InstrumentKind::Spot) => match direction {
            Some("long_spot") => Way::Buys,
            Some("short_spot") => Way::Sells,
            _ => Way::Either,
        },
        ("spot_spot", name, InstrumentKind::Spot) => match (direction, name) {
            (Some("buy_first"), "first") | (Some("buy_second"), "second") => Way::Buys,
            (Some("buy_first"), "second") | (Some("buy_second"), "first") => Way::Sells,
            _ => Way::Either,
        },
        _ => Way::Unknown,
    }
}
