//! Where an order rests, by its id: a look-up that costs the same however many orders there are.
//!
//! Ids are handed out in order, so those of the orders at rest lie close together: a window over the newest of
//! them is a list. What is older than the window, or of another life of the process, goes to a sorted map.

use std::collections::{BTreeMap, VecDeque};

use onetape_core::order::OrderId;

use super::orders::Slot;

/// Ids that the window spans at most: 4 MiB.
const WINDOW: usize = 1 << 20;

/// Slots by order id.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids {
    epoch: u32,
    /// The first id of the window.
    base: u32,
    /// Slot and one, zero where none is known. The first is not zero; the end only grows, so that an old order
    /// does not make every new one pay for the distance.
    window: VecDeque<u32>,
    others: BTreeMap<OrderId, Slot>,
}

impl Ids {
    fn place(&self, order: OrderId) -> Option<usize> {
        let at = order.n.checked_sub(self.base)? as usize;
        (order.epoch == self.epoch && at < self.window.len()).then_some(at)
    }

    /// Where an order rests.
    pub(super) fn find(&self, order: OrderId) -> Option<Slot> {
        if let Some(at) = self.place(order)
            && let Some(slot) = self.window[at].checked_sub(1)
        {
            return Some(slot);
        }
        self.others.get(&order).copied()
    }

    /// Notes where an order rests.
    pub(super) fn insert(&mut self, order: OrderId, slot: Slot) {
        if self.window.is_empty() {
            (self.epoch, self.base) = (order.epoch, order.n);
        }
        let Some(ahead) = order
            .n
            .checked_sub(self.base)
            .filter(|_| order.epoch == self.epoch)
        else {
            self.others.insert(order, slot);
            return;
        };
        let at = ahead as usize;
        if at >= self.window.len() + WINDOW {
            // Far beyond everything that rests: a new window.
            self.slide(self.window.len());
            (self.base, self.window) = (order.n, VecDeque::from([slot + 1]));
            return;
        }
        if at >= self.window.len() {
            self.window.resize(at + 1, 0);
        }
        self.window[at] = slot + 1;
        self.slide(self.window.len().saturating_sub(WINDOW));
    }

    /// Moves the oldest of the window to the map.
    fn slide(&mut self, count: usize) {
        for _ in 0..count {
            if let Some(slot) = self.window.pop_front().and_then(|slot| slot.checked_sub(1)) {
                let order = OrderId {
                    epoch: self.epoch,
                    n: self.base,
                };
                self.others.insert(order, slot);
            }
            self.base = self.base.saturating_add(1);
        }
        self.trim();
    }

    /// Forgets an order.
    pub(super) fn remove(&mut self, order: OrderId) {
        match self.place(order).filter(|&at| self.window[at] != 0) {
            Some(at) => {
                self.window[at] = 0;
                self.trim();
            }
            None => {
                self.others.remove(&order);
            }
        }
    }

    fn trim(&mut self) {
        while self.window.front() == Some(&0) {
            self.window.pop_front();
            self.base = self.base.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn id(epoch: u32, n: u32) -> OrderId {
        OrderId { epoch, n }
    }

    #[test]
    fn every_order_is_found_wherever_its_id_lies() {
        let far = 3 * WINDOW as u32;
        let orders = [
            id(1, 5),
            id(1, 9),
            id(1, 2),
            id(2, 7),
            id(1, far),
            id(1, far + WINDOW as u32 - 1),
            id(1, far + WINDOW as u32 + 4),
            id(1, far + 1),
        ];
        let mut ids = Ids::default();
        for (slot, order) in (0..).zip(orders) {
            ids.insert(order, slot);
            assert_eq!(ids.find(id(1, 6)), None);
        }
        for (slot, order) in (0..).zip(orders) {
            assert_eq!(ids.find(order), Some(slot), "{order:?}");
        }
        for order in orders {
            ids.remove(order);
            assert_eq!(ids.find(order), None, "{order:?}");
            ids.remove(order);
        }
        assert!(ids.window.is_empty() && ids.others.is_empty());
    }

    #[test]
    fn one_old_order_does_not_hold_the_window_open() {
        let mut ids = Ids::default();
        ids.insert(id(1, 0), 77);
        for n in 1..3 * WINDOW as u32 {
            ids.insert(id(1, n), 1);
            ids.remove(id(1, n));
            assert!(ids.window.len() <= WINDOW);
        }
        ids.insert(id(1, 3 * WINDOW as u32), 2);
        assert_eq!(ids.find(id(1, 0)), Some(77));
    }
}
