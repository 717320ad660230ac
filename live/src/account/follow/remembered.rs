//! What was told before, so that it is not told again: a venue repeats its latest news, never what is long past.

use std::collections::{BTreeSet, VecDeque};

/// Ids that are remembered, of each kind. What venues repeat on one question is a thousand at most.
const MOST: usize = 65_536;

/// A set that forgets what entered it first, so that it does not grow for as long as a process lives.
pub(super) struct Remembered<K> {
    known: BTreeSet<K>,
    order: VecDeque<K>,
    most: usize,
}

impl<K: Ord + Copy> Default for Remembered<K> {
    fn default() -> Self {
        Self::of(MOST)
    }
}

impl<K: Ord + Copy> Remembered<K> {
    const fn of(most: usize) -> Self {
        Self {
            known: BTreeSet::new(),
            order: VecDeque::new(),
            most,
        }
    }

    /// Adds one. False when it is remembered already.
    pub(super) fn insert(&mut self, id: K) -> bool {
        if !self.known.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn s17_the_latest_ids_are_known_and_no_more_are_kept(
            drawn in prop::collection::vec(0u64..40, 0..200),
            most in 1usize..20,
        ) {
            let mut ours = Remembered::of(most);
            let mut entered: Vec<u64> = Vec::new();
            for id in drawn {
                let latest = &entered[entered.len().saturating_sub(most)..];
                let is_new = !latest.contains(&id);
                prop_assert_eq!(ours.insert(id), is_new);
                if is_new {
                    entered.push(id);
                }
                prop_assert!(ours.known.len() <= most && ours.order.len() == ours.known.len());
            }
        }
    }
}
