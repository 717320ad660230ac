//! Where an order stands, by its id.

use alloc::collections::{BTreeMap, VecDeque};

use super::OrderId;

/// A place that stands for none.
pub(super) const NOWHERE: u32 = u32::MAX;
/// Places that the list may have beyond twice what is known.
const SLACK: usize = 1_024;

/// Places by id. Ids that come one after the other stand in a list, whose front goes as they are forgotten; a few
/// old ones that would hold up the front, and ids out of order, stand in a map. What it takes is bounded by what
/// is known, not by what ever was.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    epoch: u32,
    /// Count of the id at the front of `near`.
    base: u64,
    near: VecDeque<u32>,
    far: BTreeMap<OrderId, u32>,
    /// Number of ids that have a place.
    known: usize,
}

crate::value!(struct Index { epoch, base, near, far, known });

impl Index {
    /// The place of an id.
    pub(super) fn find(&self, id: OrderId) -> Option<u32> {
        if let Some(at) = self.offset(id) {
            return Some(self.near[at]).filter(|&place| place != NOWHERE);
        }
        if self.far.is_empty() {
            return None;
        }
        self.far.get(&id).copied()
    }

    fn offset(&self, id: OrderId) -> Option<usize> {
        let at = u64::from(id.n).checked_sub(self.base)?;
        let near = id.epoch == self.epoch && at < self.near.len() as u64;
        near.then_some(at as usize)
    }

    /// Notes the place of an id that has none.
    pub(super) fn insert(&mut self, id: OrderId, place: u32) {
        self.known += 1;
        if self.near.is_empty() {
            self.epoch = id.epoch;
            self.base = u64::from(id.n);
        }
        if let Some(at) = self.offset(id) {
            self.near[at] = place;
            return;
        }
        let next = self.base + self.near.len() as u64;
        if id.epoch == self.epoch && u64::from(id.n) == next {
            self.near.push_back(place);
            self.thin();
        } else {
            self.far.insert(id, place);
        }
    }

    /// Forgets an id.
    pub(super) fn remove(&mut self, id: OrderId) {
        let gone = match self.offset(id) {
            Some(at) => core::mem::replace(&mut self.near[at], NOWHERE) != NOWHERE,
            None => self.far.remove(&id).is_some(),
        };
        self.known -= usize::from(gone);
        while self.near.front() == Some(&NOWHERE) {
            self.pop();
        }
    }

    /// Moves old ids to the map when most of the list is holes behind them.
    fn thin(&mut self) {
        while self.near.len() > 2 * self.known + SLACK {
            let id = OrderId {
                epoch: self.epoch,
                n: self.base as u32,
            };
            match self.pop() {
                Some(place) if place != NOWHERE => _ = self.far.insert(id, place),
                _ => {}
            }
        }
    }

    fn pop(&mut self) -> Option<u32> {
        self.base += 1;
        self.near.pop_front()
    }

    /// Numbers of places in the list and in the map.
    /// Every place that an id stands in.
    pub(super) fn places(&self) -> impl Iterator<Item = u32> {
        let near = self.near.iter().filter(|&&at| at != NOWHERE);
        near.chain(self.far.values()).copied()
    }

    #[cfg(test)]
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.near.len(), self.far.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn id(n: u32) -> OrderId {
        OrderId { epoch: 1, n }
    }

    #[test]
    fn an_old_id_does_not_hold_the_list_up() {
        let mut index = Index::default();
        index.insert(id(0), 0);
        for n in 1..100_000 {
            index.insert(id(n), 1);
            index.remove(id(n - 1).max(id(1)));
        }
        let (near, far) = index.sizes();
        assert!(near <= SLACK + 4 && far == 1, "{near} {far}");
        assert_eq!(index.find(id(0)), Some(0));
        assert_eq!(index.find(id(7)), None);
    }

    proptest! {
        // Ids of two epochs in any order, with gaps.
        #[test]
        fn places_are_those_of_a_map(
            steps in proptest::collection::vec((0u32..2, 0u32..3_000, any::<bool>(), 1u32..400), 1..60),
        ) {
            let (mut index, mut twin) = (Index::default(), BTreeMap::new());
            for (epoch, first, enter, count) in steps {
                for n in first..first + count {
                    let id = OrderId { epoch, n };
                    if !enter {
                        index.remove(id);
                        twin.remove(&id);
                    } else if index.find(id).is_none() {
                        index.insert(id, n);
                        twin.insert(id, n);
                    }
                }
            }
            prop_assert_eq!(index.known, twin.len());
            for epoch in 0..2 {
                for n in 0..3_500 {
                    let id = OrderId { epoch, n };
                    prop_assert_eq!(index.find(id), twin.get(&id).copied());
                }
            }
        }
    }
}
