//! A few values by key, in order of the keys: what is looked up with every fill and has a handful of entries.

/// A map as a sorted list. Finding is fast and entering slow, as suits ids of venues, assets and instruments.
#[derive(Clone, Debug)]
pub(super) struct Few<K, V>(Vec<(K, V)>);

impl<K, V> Default for Few<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord + Copy, V> Few<K, V> {
    fn find(&self, key: K) -> Result<usize, usize> {
        self.0.binary_search_by(|(own, _)| own.cmp(&key))
    }

    /// That of a key, when it was entered.
    pub(super) fn get(&self, key: K) -> Option<&V> {
        let at = self.find(key).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// That of a key, entered when new.
    pub(super) fn of(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let at = self.find(key).unwrap_or_else(|at| {
            self.0.insert(at, (key, V::default()));
            at
        });
        &mut self.0[at].1
    }

    /// All, in order of the keys.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// All values, to be changed.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn it_is_a_map_in_order(drawn in prop::collection::vec((0u16..12, 1u64..9), 0..60)) {
            let (mut few, mut twin) = (Few::default(), BTreeMap::new());
            for (key, more) in drawn {
                *few.of(key) += more;
                *twin.entry(key).or_insert(0) += more;
                prop_assert_eq!(few.get(key), twin.get(&key));
            }
            prop_assert_eq!(few.iter().collect::<Vec<_>>(), twin.iter().collect::<Vec<_>>());
            prop_assert_eq!(few.get(99), None);
        }
    }
}
