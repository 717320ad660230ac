//! One side of a book: its levels, and which of them changed since the last depth message.

use onetape_core::event::Level;
use onetape_core::num::{Price, Qty};

/// Levels of a side: filled up below the first, cut above the second, both by the worst prices.
const LEVELS_MIN: usize = 80;
const LEVELS_MAX: usize = 120;
/// What a side is filled up to.
const LEVELS_FILLED: usize = 100;

/// Levels by key, the best one last, so that the touch is changed without moving the rest. A key is a price that
/// counts up away from the touch: the ask's price, the bid's price below zero.
pub(super) struct Ladder {
    away: i64,
    levels: Vec<(i64, i64)>,
    changed: Vec<i64>,
    changes: u64,
}

impl Ladder {
    /// `away` is 1 for asks and -1 for bids.
    pub(super) fn new(away: i64) -> Self {
        Self {
            away,
            levels: Vec::with_capacity(LEVELS_MAX + 8),
            changed: Vec::new(),
            changes: 0,
        }
    }

    /// The key of a price, and the price of a key.
    pub(super) fn key(&self, price: i64) -> i64 {
        price * self.away
    }

    /// Levels there are.
    pub(super) fn len(&self) -> usize {
        self.levels.len()
    }

    /// Changes so far.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Key and lots at a place, 0 for the best.
    pub(super) fn at(&self, place: usize) -> Option<(i64, i64)> {
        let index = self.levels.len().checked_sub(place + 1)?;
        Some(self.levels[index])
    }

    /// Best level with its price.
    pub(super) fn best(&self) -> Level {
        let (key, lots) = self.levels.last().copied().unwrap_or_default();
        level(key * self.away, lots)
    }

    /// Sets the lots at a place.
    pub(super) fn set(&mut self, place: usize, lots: i64) {
        let Some(index) = self.levels.len().checked_sub(place + 1) else {
            return;
        };
        let (key, standing) = self.levels[index];
        if standing != lots {
            self.levels[index].1 = lots;
            self.note(key);
        }
    }

    /// Puts a level where there may be one already.
    pub(super) fn put(&mut self, key: i64, lots: i64) {
        let index = self.levels.partition_point(|level| level.0 > key);
        match self.levels.get_mut(index) {
            Some(level) if level.0 == key => {
                if level.1 == lots {
                    return;
                }
                level.1 = lots;
            }
            _ => self.levels.insert(index, (key, lots)),
        }
        self.note(key);
    }

    /// Takes the level at a place away.
    pub(super) fn remove(&mut self, place: usize) {
        if let Some(index) = self.levels.len().checked_sub(place + 1) {
            let (key, _) = self.levels.remove(index);
            self.note(key);
        }
    }

    /// Takes away every level better than a key.
    pub(super) fn remove_better(&mut self, key: i64) {
        while self.levels.last().is_some_and(|best| best.0 < key) {
            self.remove(0);
        }
    }

    /// Keeps the number of levels within its bounds; `fresh` gives the distance to the next level and its lots.
    pub(super) fn keep_filled(&mut self, from: i64, mut fresh: impl FnMut() -> (i64, i64)) {
        if self.levels.len() > LEVELS_MAX {
            let spare = self.levels.len() - LEVELS_MAX;
            for index in 0..spare {
                self.note(self.levels[index].0);
            }
            self.levels.drain(..spare);
        }
        if self.levels.len() >= LEVELS_MIN {
            return;
        }
        let mut key = self.levels.first().map_or(from, |worst| worst.0);
        let mut more = Vec::with_capacity(LEVELS_FILLED - self.levels.len());
        while self.levels.len() + more.len() < LEVELS_FILLED {
            let (gap, lots) = fresh();
            key += gap.max(1);
            more.push((key, lots));
            self.note(key);
        }
        more.reverse();
        self.levels.splice(..0, more);
    }

    fn note(&mut self, key: i64) {
        self.changed.push(key);
        self.changes += 1;
    }

    /// Every level, best first; what had changed is thereby told.
    pub(super) fn snapshot(&mut self) -> Vec<Level> {
        self.changed.clear();
        let levels = self.levels.iter().rev();
        levels
            .map(|&(key, lots)| level(key * self.away, lots))
            .collect()
    }

    /// What changed, best price first, zero where a level went; forgotten afterwards.
    pub(super) fn take_changes(&mut self) -> Vec<Level> {
        self.changed.sort_unstable();
        self.changed.dedup();
        let mut standing = self.levels.iter().rev().peekable();
        let mut out = Vec::with_capacity(self.changed.len());
        for &key in &self.changed {
            while standing.next_if(|level| level.0 < key).is_some() {}
            let lots = match standing.peek() {
                Some(level) if level.0 == key => level.1,
                _ => 0,
            };
            out.push(level(key * self.away, lots));
        }
        self.changed.clear();
        out
    }
}

fn level(price: i64, lots: i64) -> Level {
    Level {
        price: Price::new(price),
        qty: Qty::new(lots),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a map: what is told, applied to what was told before, is the side as it stands.
        #[test]
        fn what_is_told_makes_the_side_again(
            away in prop_oneof![Just(1_i64), Just(-1)],
            steps in prop::collection::vec((0_u8..5, 0_usize..90, 1_i64..2_000, 1_i64..50), 1..200),
        ) {
            let mut side = Ladder::new(away);
            let start = side.key(10_000);
            side.put(start, 5);
            let mut told: BTreeMap<i64, i64> = BTreeMap::new();
            for (what, place, offset, lots) in steps {
                match what {
                    0 => side.set(place, lots),
                    1 => side.put(start + offset - 1_000, lots),
                    2 => side.remove(place),
                    3 => side.remove_better(start + offset / 8),
                    _ => {
                        for level in side.take_changes() {
                            told.insert(side.key(level.price.mantissa()), level.qty.mantissa());
                        }
                        told.retain(|_, lots| *lots > 0);
                    }
                }
                side.keep_filled(start, || (3, lots));
                prop_assert!((LEVELS_MIN..=LEVELS_MAX).contains(&side.len()));
            }
            let changes = side.take_changes();
            prop_assert!(changes.is_sorted_by(|a, b| side.key(a.price.mantissa()) < side.key(b.price.mantissa())));
            for level in changes {
                told.insert(side.key(level.price.mantissa()), level.qty.mantissa());
            }
            told.retain(|_, lots| *lots > 0);
            let all: Vec<Level> = side.snapshot();
            let again: Vec<Level> = told.iter().map(|(&key, &lots)| level(key * away, lots)).collect();
            prop_assert_eq!(&all, &again);
            prop_assert_eq!(all[0], side.best());
        }
    }
}
