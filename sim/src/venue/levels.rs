//! The prices of one side at which own orders rest, best first.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::orders::{Level, Rank};

/// Levels by rank. The best stands in place: most sides have one or two, and a map of one is made and freed with each
/// order.
#[derive(Clone, Debug, Default)]
pub(super) struct Levels {
    best: Option<(Rank, Level)>,
    /// Everything behind the best; empty without one.
    others: BTreeMap<Rank, Level>,
}

impl Levels {
    /// The best rank; behind every price when there is none.
    #[inline]
    pub(super) fn best(&self) -> Rank {
        self.best.map_or(Rank::LAST, |(rank, _)| rank)
    }

    /// The best level.
    #[inline]
    pub(super) fn first(&self) -> Option<&Level> {
        self.best.as_ref().map(|(_, level)| level)
    }

    /// The level at a rank.
    #[inline]
    pub(super) fn get(&self, rank: Rank) -> Option<&Level> {
        match &self.best {
            Some((best, level)) if *best == rank => Some(level),
            _ => self.others.get(&rank),
        }
    }

    /// The level at a rank, to change it.
    #[inline]
    pub(super) fn get_mut(&mut self, rank: Rank) -> Option<&mut Level> {
        match &mut self.best {
            Some((best, level)) if *best == rank => Some(level),
            _ => self.others.get_mut(&rank),
        }
    }

    /// The level at a rank, which is `level` when there is none yet.
    pub(super) fn get_or_insert(&mut self, rank: Rank, level: Level) -> &mut Level {
        if rank <= self.best() {
            if rank < self.best() {
                self.others.extend(self.best.take());
            }
            let (_, known) = self.best.get_or_insert((rank, level));
            return known;
        }
        self.others.entry(rank).or_insert(level)
    }

    /// Takes a level out.
    pub(super) fn remove(&mut self, rank: Rank) -> Option<Level> {
        if rank != self.best() {
            return self.others.remove(&rank);
        }
        let next = self.others.pop_first();
        let gone = std::mem::replace(&mut self.best, next);
        gone.map(|(_, level)| level)
    }

    /// The first level behind a rank.
    pub(super) fn after(&self, rank: Rank) -> Option<&Level> {
        if rank < self.best() {
            return self.first();
        }
        let behind = (Bound::Excluded(rank), Bound::Unbounded);
        let next = self.others.range(behind).next();
        next.map(|(_, level)| level)
    }

    /// Every level with its rank, best first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Rank, &Level)> {
        let best = self.best.iter().map(|(rank, level)| (*rank, level));
        best.chain(self.others.iter().map(|(rank, level)| (*rank, level)))
    }

    /// Those at a rank or behind it, best first.
    pub(super) fn at_or_behind(&self, rank: Rank) -> impl Iterator<Item = (Rank, &Level)> {
        let best = self.best.iter().filter(move |(best, _)| *best >= rank);
        let best = best.map(|(rank, level)| (*rank, level));
        let others = self.others.range(rank..);
        best.chain(others.map(|(rank, level)| (*rank, level)))
    }

    /// Those at a rank or before it, worst first.
    pub(super) fn at_or_before(&self, rank: Rank) -> impl Iterator<Item = (Rank, &Level)> {
        let others = self.others.range(..=rank).rev();
        let others = others.map(|(rank, level)| (*rank, level));
        let best = self.best.iter().filter(move |(best, _)| *best <= rank);
        others.chain(best.map(|(rank, level)| (*rank, level)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use onetape_core::num::Qty;
    use proptest::prelude::*;

    fn level(slot: u32) -> Level {
        Level::at(slot, Some(Qty::new(slot.into())))
    }

    fn slots<'a>(levels: impl Iterator<Item = (Rank, &'a Level)>) -> Vec<(Rank, u32)> {
        levels
            .map(|(rank, level)| (rank, level.first_slot()))
            .collect()
    }

    proptest! {
        // The naive twin is a map.
        #[test]
        fn levels_are_those_of_a_map(steps in proptest::collection::vec((any::<bool>(), 0i64..8), 0..60)) {
            let (mut levels, mut twin) = (Levels::default(), BTreeMap::<Rank, u32>::new());
            for (at, (enters, price)) in (0u32..).zip(steps) {
                let rank = Rank::new(price);
                if enters {
                    let slot = *twin.entry(rank).or_insert(at);
                    prop_assert_eq!(levels.get_or_insert(rank, level(at)).first_slot(), slot);
                } else {
                    let gone = levels.remove(rank).map(|level| level.first_slot());
                    prop_assert_eq!(gone, twin.remove(&rank));
                }
                let all: Vec<(Rank, u32)> = twin.iter().map(|(rank, slot)| (*rank, *slot)).collect();
                prop_assert_eq!(slots(levels.iter()), all.clone());
                prop_assert_eq!(levels.best(), all.first().map_or(Rank::LAST, |(rank, _)| *rank));
                prop_assert_eq!(levels.first().map(Level::first_slot), all.first().map(|(_, slot)| *slot));
                for price in -1..9 {
                    let rank = Rank::new(price);
                    let slot = twin.get(&rank).copied();
                    prop_assert_eq!(levels.get(rank).map(Level::first_slot), slot);
                    prop_assert_eq!(levels.get_mut(rank).map(|level| level.first_slot()), slot);
                    let behind = all.iter().find(|(other, _)| *other > rank).map(|(_, slot)| *slot);
                    prop_assert_eq!(levels.after(rank).map(Level::first_slot), behind);
                    let (from, to): (Vec<_>, Vec<_>) = (
                        all.iter().copied().filter(|(other, _)| *other >= rank).collect(),
                        all.iter().rev().copied().filter(|(other, _)| *other <= rank).collect(),
                    );
                    prop_assert_eq!(slots(levels.at_or_behind(rank)), from);
                    prop_assert_eq!(slots(levels.at_or_before(rank)), to);
                }
            }
        }
    }
}
