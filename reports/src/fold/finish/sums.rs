//! Sums by asset, and the assets that a run counts in.

use std::collections::{BTreeMap, BTreeSet};

use onetape_core::instrument::Instrument;
use onetape_core::names::{AssetId, Names};
use onetape_core::num::Money;

use super::asset_name;
use super::rows::Row;
use crate::fold::Fold;
use crate::report::{Amount, Bucket, Pnl};

/// Amounts by asset.
pub(super) type Sums = BTreeMap<AssetId, Money>;

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
        *self.gross.entry(asset).or_default() += gross;
        *self.fees.entry(asset).or_default() += fees;
        *self.funding.entry(asset).or_default() += funding;
    }
}

impl BucketSums {
    /// Adds a row, what is open at its mark.
    pub(super) fn add(&mut self, instrument: &Instrument, row: &Row) {
        self.orders += row.orders;
        self.fills += row.fills;
        *self.volume.entry(instrument.settle()).or_default() += row.volume;
        let gross = row.realised + row.unrealised;
        self.pnl.add(instrument, gross, row.fees, row.funding);
    }
}

/// The assets of what was traded or funded; of all that could have been when nothing was.
pub(super) fn assets(fold: &Fold) -> BTreeSet<AssetId> {
    let names = &fold.names;
    let used = fold.legs.books.iter().filter(|(_, book)| book.fills > 0);
    let mut touched: BTreeSet<_> = fold.legs.loose_funding.keys().copied().collect();
    for (key, _) in used {
        touched.insert(key.instrument);
    }
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
        let of = |asset: &AssetId| sums.get(asset).copied().unwrap_or_default();
        if self.assets.len() > 1 {
            let named = self
                .assets
                .iter()
                .map(|asset| (asset_name(self.names, *asset), of(asset)));
            Amount::Many(named.collect())
        } else {
            Amount::One(self.assets.first().map(of).unwrap_or_default())
        }
    }

    /// A profit and loss; its net follows.
    pub(super) fn pnl(&self, sums: &PnlSums) -> Pnl {
        let mut net = sums.gross.clone();
        for (asset, amount) in &sums.fees {
            *net.entry(*asset).or_default() += -*amount;
        }
        for (asset, amount) in &sums.funding {
            *net.entry(*asset).or_default() += *amount;
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
