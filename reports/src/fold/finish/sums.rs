//! Sums by asset, and the assets that a run counts in.

use std::collections::{BTreeMap, BTreeSet};

use onetape_core::instrument::Instrument;
use onetape_core::names::{AssetId, Names};
use onetape_core::num::Money;

use super::asset_name;
use super::rows::Row;
use crate::fold::Fold;
use crate::fold::sparse::{less, plus};
use crate::report::{Amount, Bucket, Pnl};

/// Something by asset. Nearly all runs have one, which stands in place.
#[derive(Clone, Debug)]
pub(super) struct ByAsset<T> {
    first: Option<(AssetId, T)>,
    more: BTreeMap<AssetId, T>,
}

/// Amounts by asset.
pub(super) type Sums = ByAsset<Money>;

impl<T> Default for ByAsset<T> {
    fn default() -> Self {
        let (first, more) = (None, BTreeMap::new());
        Self { first, more }
    }
}

impl<T: Default> ByAsset<T> {
    /// That of an asset, to be changed.
    pub(super) fn of(&mut self, asset: AssetId) -> &mut T {
        let (first, value) = self.first.get_or_insert_with(|| (asset, T::default()));
        if *first == asset {
            value
        } else {
            self.more.entry(asset).or_default()
        }
    }

    /// That of an asset, when there is one.
    pub(super) fn get(&self, asset: AssetId) -> Option<&T> {
        match &self.first {
            Some((first, value)) if *first == asset => Some(value),
            _ => self.more.get(&asset),
        }
    }

    fn iter(&self) -> impl Iterator<Item = (AssetId, &T)> {
        let first = self.first.iter().map(|(asset, value)| (*asset, value));
        first.chain(self.more.iter().map(|(asset, value)| (*asset, value)))
    }
}

impl<T: Default> FromIterator<(AssetId, T)> for ByAsset<T> {
    fn from_iter<I: IntoIterator<Item = (AssetId, T)>>(values: I) -> Self {
        let mut by_asset = Self::default();
        for (asset, value) in values {
            *by_asset.of(asset) = value;
        }
        by_asset
    }
}

/// Sums that make a profit and loss.
#[derive(Default)]
pub(super) struct PnlSums {
    pub(super) gross: Sums,
    pub(super) fees: Sums,
    pub(super) funding: Sums,
}

/// Sums that make a bucket.
#[derive(Default)]
pub(super) struct BucketSums {
    pub(super) orders: u64,
    pub(super) fills: u64,
    pub(super) volume: Sums,
    pub(super) pnl: PnlSums,
}

impl PnlSums {
    /// Adds amounts in the instrument's settlement asset.
    pub(super) fn add(
        &mut self,
        instrument: &Instrument,
        gross: Money,
        fees: Money,
        funding: Money,
    ) {
        let asset = instrument.settle();
        plus(self.gross.of(asset), gross);
        plus(self.fees.of(asset), fees);
        if !funding.is_zero() {
            plus(self.funding.of(asset), funding);
        }
    }
}

impl BucketSums {
    /// Adds a row, what is open at its mark.
    pub(super) fn add(&mut self, instrument: &Instrument, row: &Row) {
        self.orders += row.orders;
        self.fills += row.fills;
        *self.volume.of(instrument.settle()) += row.volume;
        let gross = row.realised + row.unrealised;
        self.pnl.add(instrument, gross, row.fees, row.funding);
    }
}

/// The assets of what was traded or funded; of all that could have been when nothing was.
pub(super) fn assets(fold: &Fold) -> BTreeSet<AssetId> {
    let names = &fold.names;
    let funded = fold.legs.loose_funding.keys();
    let touched: BTreeSet<_> = fold.legs.traded.iter().chain(funded).collect();
    let assets: BTreeSet<AssetId> = touched
        .iter()
        .filter_map(|id| names.instruments.get(id.index()))
        .map(Instrument::settle)
        .collect();
    if assets.is_empty() {
        names.instruments.iter().map(Instrument::settle).collect()
    } else {
        assets
    }
}

/// The assets that a run counts in: those that its instruments settle in.
pub(super) struct Units<'a> {
    names: &'a Names,
    assets: BTreeSet<AssetId>,
}

impl<'a> Units<'a> {
    /// Of these assets.
    pub(super) const fn new(names: &'a Names, assets: BTreeSet<AssetId>) -> Self {
        Self { names, assets }
    }

    /// The name of the one asset, when there is one.
    pub(super) fn single(&self) -> Option<String> {
        let first = self.assets.first()?;
        (self.assets.len() == 1).then(|| asset_name(self.names, *first))
    }

    /// Sums in these assets. Every asset of a sum is among them.
    pub(super) fn amount(&self, sums: &Sums) -> Amount {
        self.amounts(|asset| sums.get(asset).copied().unwrap_or_default())
    }

    /// What each of these assets has.
    pub(super) fn amounts(&self, of: impl Fn(AssetId) -> Money) -> Amount {
        if self.assets.len() > 1 {
            let assets = self.assets.iter();
            let named = assets.map(|asset| (asset_name(self.names, *asset), of(*asset)));
            Amount::Many(Box::new(named.collect()))
        } else {
            Amount::One(
                self.assets
                    .first()
                    .map(|asset| of(*asset))
                    .unwrap_or_default(),
            )
        }
    }

    /// A profit and loss; its net follows.
    pub(super) fn pnl(&self, sums: &PnlSums) -> Pnl {
        let mut net = sums.gross.clone();
        for (asset, amount) in sums.fees.iter() {
            let net = net.of(asset);
            *net = less(*net, *amount);
        }
        for (asset, amount) in sums.funding.iter() {
            plus(net.of(asset), *amount);
        }
        Pnl {
            gross: self.amount(&sums.gross),
            fees: self.amount(&sums.fees),
            funding: self.amount(&sums.funding),
            net: self.amount(&net),
        }
    }

    /// A bucket.
    pub(super) fn bucket(&self, sums: &BucketSums) -> Bucket {
        Bucket {
            orders: sums.orders,
            fills: sums.fills,
            volume: self.amount(&sums.volume),
            pnl: self.pnl(&sums.pnl),
        }
    }
}
