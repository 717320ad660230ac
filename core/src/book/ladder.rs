//! One side of a depth book: price levels, best last.

use alloc::vec::Vec;

use crate::event::Level;
use crate::instrument::Side;
use crate::num::{Price, Qty};

/// One side of a book as a sorted list with the best level at the end: most changes are near the best, so
/// they move few entries, and the best is one read.
#[derive(Clone, Debug)]
pub struct Ladder {
    side: Side,
    levels: Vec<Level>,
}

impl Ladder {
    /// An empty side; `Buy` holds bids, `Sell` asks.
    pub const fn new(side: Side, _tick: Price) -> Self {
        Self {
            side,
            levels: Vec::new(),
        }
    }

    /// Sets the absolute quantity at a price; zero removes the level. Returns the quantity that stood there.
    pub fn set(&mut self, price: Price, qty: Qty) -> Qty {
        let at = match self.search(price) {
            Ok(at) => {
                let before = self.levels[at].qty;
                if qty.is_zero() {
                    self.levels.remove(at);
                } else {
                    self.levels[at].qty = qty;
                }
                return before;
            }
            Err(at) => at,
        };
        if !qty.is_zero() {
            self.levels.insert(at, Level { price, qty });
        }
        Qty::ZERO
    }

    fn search(&self, price: Price) -> Result<usize, usize> {
        match self.side {
            Side::Buy => self
                .levels
                .binary_search_by(|level| level.price.cmp(&price)),
            Side::Sell => self
                .levels
                .binary_search_by(|level| price.cmp(&level.price)),
        }
    }

    /// The best level.
    pub fn best(&self) -> Option<Level> {
        self.levels.last().copied()
    }

    /// The quantity at a price.
    pub fn qty_at(&self, price: Price) -> Qty {
        self.search(price)
            .map_or(Qty::ZERO, |at| self.levels[at].qty)
    }

    /// Levels from the best outward.
    pub fn iter(&self) -> impl Iterator<Item = Level> + '_ {
        self.levels.iter().rev().copied()
    }

    /// Number of levels.
    pub fn len(&self) -> usize {
        self.levels.len()
    }

    /// True without levels.
    pub fn is_empty(&self) -> bool {
        self.levels.is_empty()
    }

    /// Removes every level.
    pub fn clear(&mut self) {
        self.levels.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        // The naive twin is a BTreeMap.
        #[test]
        fn ladder_equals_a_btreemap(
            sell in any::<bool>(),
            changes in proptest::collection::vec((1i64..60, 0i64..4), 0..400),
        ) {
            let side = if sell { Side::Sell } else { Side::Buy };
            let mut ladder = Ladder::new(side, Price::new(1));
            let mut twin = BTreeMap::new();
            for (price, qty) in changes {
                let before = twin.get(&price).copied().unwrap_or(0);
                if qty == 0 { twin.remove(&price); } else { twin.insert(price, qty); }
                prop_assert_eq!(ladder.set(Price::new(price), Qty::new(qty)), Qty::new(before));
                let mut expected: std::vec::Vec<_> = twin
                    .iter()
                    .map(|(&price, &qty)| Level { price: Price::new(price), qty: Qty::new(qty) })
                    .collect();
                if !sell { expected.reverse(); }
                prop_assert_eq!(ladder.best(), expected.first().copied());
                prop_assert_eq!(ladder.qty_at(Price::new(price)), Qty::new(qty));
                prop_assert!(ladder.iter().eq(expected));
            }
        }
    }
}
