//! Round trips that go round: money into one asset, that into another, and that back into money, at one venue.
//!
//! No leg of one is ever flat by itself; what the first one bought the next one spent. Once every asset but the one that
//! it began with is used up, the trip is over: what was spent on the way has its cost in that asset, and the gross is
//! what came back less what went in.

use std::collections::BTreeMap;

use onetape_core::instrument::{Instrument, InstrumentKind};
use onetape_core::names::{AssetId, Names, TaskId};
use onetape_core::num::Money;
use onetape_core::position::share_of_cost;
use rust_decimal::Decimal;

use super::legs::{LegKey, Legs};

/// An asset on the way: how much of it is left and what that cost in the asset that it began with, and how much there
/// was of both.
#[derive(Clone, Copy, Debug, Default)]
struct Pool {
    left: Decimal,
    cost: Money,
    made: Decimal,
    made_cost: Money,
}

/// One leg as an exchange of one asset for another.
struct Swap<'a> {
    key: LegKey,
    instrument: &'a Instrument,
    gives: (AssetId, Decimal),
    takes: (AssetId, Decimal),
    /// In its settlement asset.
    fees: Money,
}

/// What a cycle came to.
pub(super) struct Cycle {
    /// By leg: what is left of its position, what that cost, and what it gained.
    pub(super) legs: Vec<(LegKey, Decimal, Money, Money)>,
    /// By leg that settles in another asset: the leg that bought that asset, and what so much of it cost.
    pub(super) priced: Vec<(LegKey, LegKey, Decimal, Money)>,
}

impl Pool {
    /// What a part of all that there was cost.
    fn cost_of(&self, part: Decimal) -> Money {
        share_of_cost(self.made_cost, part, self.made)
    }
}

/// The cycle that a trip has gone, `None` while it has not.
pub(super) fn cycle(names: &Names, legs: &Legs, task: TaskId, trip: u32) -> Option<Cycle> {
    legs.of_trip(task, trip).nth(2)?;
    let swaps = swaps(names, legs, task, trip)?;
    let mut homes = swaps.iter().map(|swap| swap.instrument.settle());
    homes.find_map(|home| round(legs, &swaps, home))
}

/// The same for the asset that it began with.
fn round(legs: &Legs, swaps: &[Swap<'_>], home: AssetId) -> Option<Cycle> {
    let (mut pools, mut gross) = (BTreeMap::<AssetId, Pool>::new(), Money::ZERO);
    let mut left: Vec<&Swap<'_>> = swaps.iter().collect();
    while !left.is_empty() {
        let ready = |swap: &&Swap<'_>| swap.gives.0 == home || pools.contains_key(&swap.gives.0);
        let swap = left.remove(left.iter().position(ready)?);
        let cost = match pools.get_mut(&swap.gives.0) {
            Some(pool) if swap.gives.0 != home => {
                let cost = pool.cost_of(swap.gives.1);
                pool.left -= swap.gives.1;
                pool.cost -= cost;
                cost
            }
            _ => Money::new(swap.gives.1),
        };
        let (asset, amount) = swap.takes;
        if asset == home {
            gross += Money::new(amount) - cost;
        } else {
            let pool = pools.entry(asset).or_default();
            pool.left += amount;
            pool.made += amount;
            pool.cost += cost;
            pool.made_cost += cost;
        }
    }
    settle(legs, swaps, home, pools, gross)
}

/// The legs of a trip as swaps at one venue; `None` where they are none, or fewer than a cycle has.
fn swaps<'a>(names: &'a Names, legs: &Legs, task: TaskId, trip: u32) -> Option<Vec<Swap<'a>>> {
    let mut swaps: Vec<Swap<'a>> = Vec::new();
    for (key, book) in legs.of_trip(task, trip).filter(|(_, book)| book.fills > 0) {
        let instrument = names.instruments.get(key.instrument.index())?;
        let (qty, cost) = (book.position.qty, book.position.cost.decimal());
        let elsewhere = swaps
            .first()
            .is_some_and(|first| first.instrument.venue != instrument.venue);
        if instrument.kind != InstrumentKind::Spot || elsewhere || qty.is_zero() {
            return None;
        }
        let (base, quote) = ((instrument.base, qty.abs()), (instrument.quote, cost.abs()));
        let (gives, takes) = if qty.is_sign_positive() {
            (quote, base)
        } else {
            (base, quote)
        };
        swaps.push(Swap {
            key: *key,
            instrument,
            gives,
            takes,
            fees: book.fees,
        });
    }
    (swaps.len() > 2).then_some(swaps)
}

/// Where what is left stands, when it is too little to trade.
fn settle(
    legs: &Legs,
    swaps: &[Swap<'_>],
    home: AssetId,
    mut pools: BTreeMap<AssetId, Pool>,
    gross: Money,
) -> Option<Cycle> {
    let at_home = |swap: &&Swap<'_>| swap.instrument.settle() == home;
    let last = swaps.iter().rfind(|swap| at_home(swap))?;
    let mut done = Cycle {
        legs: Vec::new(),
        priced: Vec::new(),
    };
    let mut kept: BTreeMap<LegKey, (Decimal, Money)> = BTreeMap::new();
    for (asset, pool) in &mut pools {
        let keeper = swaps
            .iter()
            .find(|swap| swap.instrument.base == *asset && at_home(swap))?;
        let others = || {
            swaps
                .iter()
                .filter(|swap| swap.instrument.settle() == *asset)
        };
        let fees: Money = others().map(|swap| swap.fees).sum();
        // A fee in the asset itself came out of what was left; what it cost stands among the fees.
        if (pool.left - fees.decimal()).abs() < pool.left.abs() {
            pool.left -= fees.decimal();
            pool.cost -= pool.cost_of(fees.decimal());
        }
        let position = &legs.get(&keeper.key)?.position;
        if !position.would_be_flat(keeper.instrument, pool.left) {
            return None;
        }
        kept.insert(keeper.key, (pool.left.normalize(), pool.cost));
        done.priced
            .extend(others().map(|swap| (swap.key, keeper.key, pool.made, pool.made_cost)));
    }
    for swap in swaps {
        let (qty, cost) = kept.get(&swap.key).copied().unwrap_or_default();
        let gain = if swap.key == last.key {
            gross
        } else {
            Money::ZERO
        };
        done.legs.push((swap.key, qty, cost, gain));
    }
    Some(done)
}
