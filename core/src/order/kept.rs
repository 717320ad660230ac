//! What is kept of orders: everything of those that are alive, and of the last that ended.

use alloc::vec::Vec;

use super::OrderId;
use super::index::{Index, NOWHERE};
use crate::state::{Loader, RestoreError, Saver, Value};

/// Ended orders that are kept, for word that comes late.
pub const ENDED_KEPT: usize = 8_192;

/// Where a kept order stands. Holds until it is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptAt(u32);

/// Orders by id in one of two lists: alive ones, however old, and the last that ended. When one more ends than are
/// kept, the one that ended first is dropped, so memory is bounded by what is alive and not by the length of a run.
/// Entering, ending, dropping and finding take the same time however many there are.
#[derive(Clone, Debug)]
pub struct Kept<T> {
    slots: Vec<Slot<T>>,
    alive: List,
    ended: List,
    /// Slots of dropped orders, a chain by `younger`.
    free: u32,
    index: Index,
    limit: usize,
}

impl<T: Value> Value for Kept<T> {
    fn put(&self, out: &mut Saver) {
        let Self {
            slots,
            alive,
            ended,
            free,
            index,
            limit,
        } = self;
        slots.put(out);
        alive.put(out);
        ended.put(out);
        free.put(out);
        index.put(out);
        limit.put(out);
    }

    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
        let kept = Self {
            slots: Value::get(from)?,
            alive: Value::get(from)?,
            ended: Value::get(from)?,
            free: Value::get(from)?,
            index: Value::get(from)?,
            limit: Value::get(from)?,
        };
        // A list that does not hang together would be followed for ever, or to a place that is not there.
        let sound = [&kept.alive, &kept.ended].iter().all(|list| {
            let walked = list.items(&kept.slots).take(kept.slots.len() + 1);
            walked.count() == list.len
        });
        let inside = kept
            .index
            .places()
            .all(|at| (at as usize) < kept.slots.len());
        if sound && inside {
            Ok(kept)
        } else {
            Err(RestoreError::Malformed("list of orders"))
        }
    }
}

#[derive(Clone, Debug)]
struct Slot<T> {
    id: OrderId,
    older: u32,
    younger: u32,
    item: T,
}

impl<T: Value> Value for Slot<T> {
    fn put(&self, out: &mut Saver) {
        let Self {
            id,
            older,
            younger,
            item,
        } = self;
        id.put(out);
        older.put(out);
        younger.put(out);
        item.put(out);
    }

    fn get(from: &mut Loader<'_>) -> Result<Self, RestoreError> {
        Ok(Self {
            id: Value::get(from)?,
            older: Value::get(from)?,
            younger: Value::get(from)?,
            item: Value::get(from)?,
        })
    }
}

#[derive(Clone, Debug)]
struct List {
    oldest: u32,
    youngest: u32,
    len: usize,
}

crate::value!(struct List { oldest, youngest, len });

impl List {
    const EMPTY: Self = Self {
        oldest: NOWHERE,
        youngest: NOWHERE,
        len: 0,
    };

    fn push<T>(&mut self, slots: &mut [Slot<T>], at: u32) {
        let last = self.youngest;
        slots[at as usize].older = last;
        slots[at as usize].younger = NOWHERE;
        match slots.get_mut(last as usize) {
            Some(slot) => slot.younger = at,
            None => self.oldest = at,
        }
        self.youngest = at;
        self.len += 1;
    }

    fn unlink<T>(&mut self, slots: &mut [Slot<T>], at: u32) {
        let Slot { older, younger, .. } = slots[at as usize];
        match slots.get_mut(older as usize) {
            Some(slot) => slot.younger = younger,
            None => self.oldest = younger,
        }
        match slots.get_mut(younger as usize) {
            Some(slot) => slot.older = older,
            None => self.youngest = older,
        }
        self.len -= 1;
    }

    fn items<'a, T>(&self, slots: &'a [Slot<T>]) -> impl Iterator<Item = &'a T> {
        let first = slots.get(self.oldest as usize);
        core::iter::successors(first, |slot| slots.get(slot.younger as usize))
            .map(|slot| &slot.item)
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self::new(ENDED_KEPT)
    }
}

impl<T> Kept<T> {
    /// Nothing, with room for `limit` orders that ended.
    pub fn new(limit: usize) -> Self {
        Self {
            slots: Vec::new(),
            alive: List::EMPTY,
            ended: List::EMPTY,
            free: NOWHERE,
            index: Index::default(),
            limit,
        }
    }

    /// Enters an order as the youngest alive. Its id must not be kept already.
    pub fn enter(&mut self, id: OrderId, item: T) {
        let slot = Slot {
            id,
            older: NOWHERE,
            younger: NOWHERE,
            item,
        };
        let at = self.free;
        let at = if let Some(free) = self.slots.get_mut(at as usize) {
            self.free = core::mem::replace(free, slot).younger;
            at
        } else {
            self.slots.push(slot);
            (self.slots.len() - 1) as u32
        };
        self.alive.push(&mut self.slots, at);
        self.index.insert(id, at);
    }

    /// Where an order stands; `None` when it was never entered, or dropped.
    pub fn find(&self, id: OrderId) -> Option<KeptAt> {
        self.index.find(id).map(KeptAt)
    }

    /// A kept order.
    pub fn item(&self, at: KeptAt) -> &T {
        &self.slots[at.0 as usize].item
    }

    /// A kept order, to change.
    pub fn item_mut(&mut self, at: KeptAt) -> &mut T {
        &mut self.slots[at.0 as usize].item
    }

    /// Notes that an alive order ended, and gives the one that is dropped for it.
    pub fn end(&mut self, at: KeptAt) -> Option<&T> {
        self.alive.unlink(&mut self.slots, at.0);
        self.ended.push(&mut self.slots, at.0);
        if self.ended.len <= self.limit {
            return None;
        }
        let dropped = self.ended.oldest;
        self.ended.unlink(&mut self.slots, dropped);
        let slot = &mut self.slots[dropped as usize];
        slot.younger = self.free;
        self.free = dropped;
        self.index.remove(slot.id);
        Some(&slot.item)
    }

    /// Notes that an ended order turned out to be alive: it is the youngest of them now.
    pub fn revive(&mut self, at: KeptAt) {
        self.ended.unlink(&mut self.slots, at.0);
        self.alive.push(&mut self.slots, at.0);
    }

    /// The alive orders, oldest first.
    pub fn alive(&self) -> impl Iterator<Item = &T> {
        self.alive.items(&self.slots)
    }

    /// The kept orders that ended, the one that ended first first.
    pub fn ended(&self) -> impl Iterator<Item = &T> {
        self.ended.items(&self.slots)
    }

    /// Number of alive orders.
    pub const fn alive_count(&self) -> usize {
        self.alive.len
    }
}
