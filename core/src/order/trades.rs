//! Trade ids that were applied to an order: most orders have one fill or two, and need no list for them.

use crate::state::{Loader, RestoreError, Saver, Value};
use alloc::vec;
use alloc::vec::Vec;

/// A set of trade ids. One and two stand in place; a longer list is sorted, and an id that is larger than all
/// before it, as venues count, goes to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TradeIds {
    /// None yet.
    #[default]
    None,
    /// One fill.
    One(u64),
    /// Two fills.
    Two([u64; 2]),
    /// More, sorted.
    Many(Vec<u64>),
}

impl Value for TradeIds {
    fn put(&self, out: &mut Saver) {
        match self {
            Self::None => 0u8.put(out),
            Self::One(id) => (1u8, *id).put(out),
            Self::Two(ids) => (2u8, *ids).put(out),
            Self::Many(ids) => {
                3u8.put(out);
                ids.put(out);
            }
        }
    }

    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
        Ok(match u8::get(from)? {
            0 => Self::None,
            1 => Self::One(u64::get(from)?),
            2 => Self::Two(Value::get(from)?),
            3 => Self::Many(Value::get(from)?),
            _ => return Err(RestoreError::Malformed("trades")),
        })
    }
}

impl TradeIds {
    /// Adds an id. False when it is there already.
    pub fn insert(&mut self, id: u64) -> bool {
        match self {
            Self::None => *self = Self::One(id),
            Self::One(known) if *known == id => return false,
            Self::One(known) => *self = Self::Two([*known, id]),
            Self::Two(known) if known.contains(&id) => return false,
            Self::Two([first, second]) => {
                let mut many = vec![*first, *second, id];
                many.sort_unstable();
                *self = Self::Many(many);
            }
            Self::Many(many) => {
                if many.last().is_some_and(|&last| last < id) {
                    many.push(id);
                } else if let Err(at) = many.binary_search(&id) {
                    many.insert(at, id);
                } else {
                    return false;
                }
            }
        }
        true
    }

    /// All of them.
    pub fn as_slice(&self) -> &[u64] {
        match self {
            Self::None => &[],
            Self::One(id) => core::slice::from_ref(id),
            Self::Two(ids) => ids,
            Self::Many(ids) => ids,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use proptest::prelude::*;

    #[test]
    fn ids_take_no_more_room_than_a_list() {
        assert_eq!(size_of::<TradeIds>(), size_of::<Vec<u64>>());
    }

    proptest! {
        #[test]
        fn an_id_is_new_once(ids in proptest::collection::vec(0u64..12, 0..24)) {
            let (mut ours, mut twin) = (TradeIds::None, BTreeSet::new());
            for id in ids {
                prop_assert_eq!(ours.insert(id), twin.insert(id));
            }
            let all: BTreeSet<u64> = ours.as_slice().iter().copied().collect();
            prop_assert_eq!(all.len(), ours.as_slice().len());
            prop_assert_eq!(all, twin);
        }
    }
}
