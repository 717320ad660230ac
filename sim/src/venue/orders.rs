//! The orders that rest at a venue: a slab, with the orders of each price in a chain by time.
//!
//! Adding an order, taking one out and finding one cost the same for ten orders as for a hundred thousand, up to
//! the depth of a sorted map of their prices.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Index;

use onetape_core::command::Place;
use onetape_core::instrument::Side;
use onetape_core::market::InstrumentMarket;
use onetape_core::names::{AssetId, InstrumentId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::OrderId;

use super::ahead::Ahead;
use super::ids::Ids;
use super::levels::Levels;

/// Place of a resting order in the slab.
pub(super) type Slot = u32;

/// Prices of one side in the order in which they trade: the best is the smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank(i64);

impl Rank {
    /// Behind every price.
    pub(super) const LAST: Self = Self(i64::MAX);

    #[cfg(test)]
    pub(super) const fn new(rank: i64) -> Self {
        Self(rank)
    }

    /// The rank of a price among the orders of a side.
    pub(super) const fn of(side: Side, price: Price) -> Self {
        Self(match side {
            Side::Buy => -price.mantissa(),
            Side::Sell => price.mantissa(),
        })
    }

    /// The price that has this rank.
    pub(super) const fn price(self, side: Side) -> Price {
        Price::new(match side {
            Side::Buy => -self.0,
            Side::Sell => self.0,
        })
    }
}

/// One order at rest.
#[derive(Clone, Debug)]
pub(super) struct Resting {
    /// The order; its quantity is the whole, with what traded already.
    pub(super) place: Place,
    pub(super) price: Price,
    pub(super) left: Qty,
    /// What of the whole order opens or grows a position; everything on a spot market.
    pub(super) opens: Qty,
    pub(super) locked: (AssetId, Money),
    pub(super) ahead: Ahead,
    /// Its neighbours at the price, older and younger.
    older: Option<Slot>,
    younger: Option<Slot>,
    /// Number of its arrival among all.
    arrival: u64,
}

impl Resting {
    /// An order that is about to rest.
    pub(super) const fn new(place: Place, price: Price, left: Qty, opens: Qty) -> Self {
        Self {
            place,
            price,
            left,
            opens,
            locked: (AssetId(0), Money::ZERO),
            ahead: Ahead::FRONT,
            older: None,
            younger: None,
            arrival: 0,
        }
    }

    /// What of the rest opens or grows a position: what closes trades first.
    pub(super) fn opening(&self) -> Qty {
        self.opens.min(self.left)
    }

    /// True when some of an asset is set aside for it.
    pub(super) fn locks(&self, asset: AssetId) -> bool {
        self.locked.0 == asset && !self.locked.1.is_zero()
    }

    /// What of the rest closes a position.
    fn closing(&self) -> Qty {
        self.left - self.opening()
    }

    /// Its place among the prices of its side.
    pub(super) const fn rank(&self) -> Rank {
        Rank::of(self.place.side, self.price)
    }
}

/// The own orders at one price, and what is known of the market's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    first: Slot,
    last: Slot,
    /// True when the youngest, and maybe others, wait behind the market's quantity.
    waits: bool,
    /// The market's quantity as it was told last, `None` out of sight. Kept while an own order waits behind it.
    pub(super) known: Option<Qty>,
    /// What traded at the price since.
    pub(super) traded: Qty,
}

impl Level {
    /// The level of one order. `known` is what the market shows there.
    pub(super) const fn at(slot: Slot, known: Option<Qty>) -> Self {
        Self {
            first: slot,
            last: slot,
            waits: false,
            known,
            traded: Qty::ZERO,
        }
    }

    #[cfg(test)]
    pub(super) const fn first_slot(&self) -> Slot {
        self.first
    }
}

/// The orders of one side of one instrument.
#[derive(Clone, Debug)]
pub(super) struct Half {
    pub(super) levels: Levels,
    /// The first and the last price at which an own order waits behind the market's, and how many there are.
    first_wait: Rank,
    last_wait: Rank,
    waits: usize,
    /// The price that the last quote showed, when an own order waits there.
    pub(super) shown: Option<Rank>,
    /// What closes a position, over all orders.
    closing: Qty,
    /// What opens or grows one, over all orders.
    opening: Qty,
    /// Reduce-only orders by arrival.
    reducing: BTreeMap<u64, Slot>,
}

impl Default for Half {
    fn default() -> Self {
        Self {
            levels: Levels::default(),
            first_wait: Rank::LAST,
            last_wait: Rank::LAST,
            waits: 0,
            shown: None,
            closing: Qty::ZERO,
            opening: Qty::ZERO,
            reducing: BTreeMap::new(),
        }
    }
}

impl Half {
    /// True when the best order stands at a price or better.
    #[inline]
    pub(super) fn reaches(&self, rank: Rank) -> bool {
        self.levels.best() <= rank
    }

    /// True when an own order waits at a price. Most prices are told apart by the ends of the range.
    #[inline]
    pub(super) fn waits_at(&self, rank: Rank) -> bool {
        if rank == self.first_wait || rank == self.last_wait {
            return self.waits > 0;
        }
        let within = self.first_wait < rank && rank < self.last_wait;
        within && self.levels.get(rank).is_some_and(|level| level.waits)
    }

    /// The best price at which an own order waits.
    #[inline]
    pub(super) fn first_wait(&self) -> Option<Rank> {
        (self.waits > 0).then_some(self.first_wait)
    }

    /// The prices at which own orders wait.
    pub(super) fn waiting(&self) -> impl Iterator<Item = Rank> + '_ {
        let levels = self.levels.iter().filter(|(_, level)| level.waits);
        levels.map(|(rank, _)| rank)
    }

    /// Notes that the level at a price, which tells so already, waits or does so no longer.
    fn count_wait(&mut self, rank: Rank, waits: bool) {
        if waits {
            self.waits += 1;
            if self.waits == 1 {
                (self.first_wait, self.last_wait) = (rank, rank);
            }
            self.first_wait = self.first_wait.min(rank);
            self.last_wait = self.last_wait.max(rank);
            return;
        }
        self.waits -= 1;
        if self.waits == 0 {
            (self.first_wait, self.last_wait) = (Rank::LAST, Rank::LAST);
            return;
        }
        // Prices at which nobody waits are few beside those at which somebody does: the next one is near.
        let waits = |(at, level): (Rank, &Level)| level.waits.then_some(at);
        if rank == self.first_wait {
            let next = self.levels.at_or_behind(rank).find_map(waits);
            self.first_wait = next.unwrap_or(Rank::LAST);
        }
        if rank == self.last_wait {
            let next = self.levels.at_or_before(rank).find_map(waits);
            self.last_wait = next.unwrap_or(Rank::LAST);
        }
    }
}

/// All resting orders of one venue.
#[derive(Clone, Debug)]
pub(super) struct Orders {
    slab: Vec<Resting>,
    free: Vec<Slot>,
    ids: Ids,
    halves: Vec<[Half; 2]>,
    /// Sides with reduce-only orders.
    reducing: BTreeSet<(InstrumentId, Side)>,
    arrivals: u64,
    count: usize,
}

impl Index<Slot> for Orders {
    type Output = Resting;
    fn index(&self, slot: Slot) -> &Resting {
        &self.slab[slot as usize]
    }
}

impl Orders {
    /// No orders of so many instruments.
    pub(super) fn new(instruments: usize) -> Self {
        Self {
            slab: Vec::new(),
            free: Vec::new(),
            ids: Ids::default(),
            halves: vec![<[Half; 2]>::default(); instruments],
            reducing: BTreeSet::new(),
            arrivals: 0,
            count: 0,
        }
    }

    /// True when nothing rests.
    pub(super) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// One side of an instrument.
    pub(super) fn half(&self, instrument: InstrumentId, side: Side) -> &Half {
        &self.halves[instrument.index()][side as usize]
    }

    /// One side of an instrument, to tell it of the market.
    pub(super) fn half_mut(&mut self, instrument: InstrumentId, side: Side) -> &mut Half {
        &mut self.halves[instrument.index()][side as usize]
    }

    fn half_of(&mut self, slot: Slot) -> &mut Half {
        let Place {
            instrument, side, ..
        } = self[slot].place;
        self.half_mut(instrument, side)
    }

    /// Where an order rests.
    pub(super) fn find(&self, order: OrderId) -> Option<Slot> {
        self.ids.find(order)
    }

    /// The first to trade of a side.
    pub(super) fn first(&self, instrument: InstrumentId, side: Side) -> Option<Slot> {
        let best = self.half(instrument, side).levels.first();
        best.map(|level| level.first)
    }

    /// The oldest at a price.
    pub(super) fn first_at(&self, id: InstrumentId, side: Side, rank: Rank) -> Option<Slot> {
        let level = self.half(id, side).levels.get(rank);
        level.map(|level| level.first)
    }

    /// The next at the same price.
    pub(super) fn younger(&self, slot: Slot) -> Option<Slot> {
        self[slot].younger
    }

    /// The next to trade: at the same price, or at the next one.
    pub(super) fn next(&self, slot: Slot) -> Option<Slot> {
        let order = &self[slot];
        order.younger.or_else(|| {
            let half = self.half(order.place.instrument, order.place.side);
            let next = half.levels.after(order.rank());
            next.map(|level| level.first)
        })
    }

    /// True when the best order of a side stands at a price or better.
    #[inline]
    pub(super) fn reaches(&self, id: InstrumentId, side: Side, price: Price) -> bool {
        self.half(id, side).reaches(Rank::of(side, price))
    }

    /// True when the book stands at an order of an instrument, or beyond it.
    #[inline]
    pub(super) fn are_reached(&self, market: &InstrumentMarket, id: InstrumentId) -> bool {
        let [buys, sells] = &self.halves[id.index()];
        market.top().is_some_and(|top| {
            buys.reaches(Rank::of(Side::Buy, top.ask.price))
                || sells.reaches(Rank::of(Side::Sell, top.bid.price))
        })
    }

    /// What of one side would close a position.
    pub(super) fn closing(&self, instrument: InstrumentId, side: Side) -> Qty {
        self.half(instrument, side).closing
    }

    /// What of one side would open or grow a position.
    pub(super) fn opening(&self, instrument: InstrumentId, side: Side) -> Qty {
        self.half(instrument, side).opening
    }

    /// Sides with reduce-only orders.
    pub(super) fn reducing(&self) -> Vec<(InstrumentId, Side)> {
        self.reducing.iter().copied().collect()
    }

    /// The reduce-only orders of a side, oldest first.
    pub(super) fn reducing_in(&self, instrument: InstrumentId, side: Side) -> Vec<Slot> {
        let half = self.half(instrument, side);
        half.reducing.values().copied().collect()
    }

    /// Every order, by instrument and side, in the order in which they trade.
    pub(super) fn in_order(&self) -> impl Iterator<Item = Slot> + '_ {
        let levels = self
            .halves
            .iter()
            .flatten()
            .flat_map(|half| half.levels.iter());
        levels.flat_map(|(_, level)| {
            std::iter::successors(Some(level.first), |&slot| self.younger(slot))
        })
    }

    /// Puts an order at the end of the queue at its price. `known` is what the market shows there.
    pub(super) fn insert(&mut self, mut order: Resting, known: Option<Qty>) -> Slot {
        self.arrivals += 1;
        order.arrival = self.arrivals;
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.slab.push(order.clone());
                (self.slab.len() - 1) as Slot
            }
        };
        let rank = order.rank();
        self.slab[slot as usize] = order;
        let half = self.half_of(slot);
        let level = half.levels.get_or_insert(rank, Level::at(slot, known));
        let last = std::mem::replace(&mut level.last, slot);
        if last != slot {
            self.slab[last as usize].younger = Some(slot);
            self.slab[slot as usize].older = Some(last);
        }
        self.enter(slot);
        slot
    }

    /// Counts an order that stands in its chain.
    fn enter(&mut self, slot: Slot) {
        let order = &self[slot];
        let (place, arrival) = (order.place, order.arrival);
        let (closing, opening) = (order.closing(), order.opening());
        let half = self.half_of(slot);
        half.closing += closing;
        half.opening += opening;
        if place.reduce_only {
            half.reducing.insert(arrival, slot);
            self.reducing.insert((place.instrument, place.side));
        }
        self.ids.insert(place.order, slot);
        self.count += 1;
        self.note_waiting(slot);
    }

    /// Takes an order out for good.
    pub(super) fn remove(&mut self, slot: Slot) {
        self.detach(slot);
        self.release(slot);
    }

    /// Gives the place of a detached order away.
    pub(super) fn release(&mut self, slot: Slot) {
        self.free.push(slot);
    }

    /// Takes an order out of its queue but keeps its place in the slab, so that [`Orders::reattach`] can put it back
    /// where it stood as long as nothing else at its price came or went. Gives its level when that is gone with it.
    pub(super) fn detach(&mut self, slot: Slot) -> Option<Level> {
        let order = &self[slot];
        let (place, rank, arrival) = (order.place, order.rank(), order.arrival);
        let (older, younger) = (order.older, order.younger);
        let (closing, opening) = (order.closing(), order.opening());
        let half = self.half_of(slot);
        half.closing -= closing;
        half.opening -= opening;
        if place.reduce_only {
            half.reducing.remove(&arrival);
            if half.reducing.is_empty() {
                self.reducing.remove(&(place.instrument, place.side));
            }
        }
        let gone = self.unchain(slot, rank, older, younger);
        self.ids.remove(place.order);
        self.count -= 1;
        gone
    }

    fn unchain(
        &mut self,
        slot: Slot,
        rank: Rank,
        older: Option<Slot>,
        younger: Option<Slot>,
    ) -> Option<Level> {
        if let Some(older) = older {
            self.slab[older as usize].younger = younger;
        }
        if let Some(younger) = younger {
            self.slab[younger as usize].older = older;
        }
        let half = self.half_of(slot);
        let level = half.levels.get_mut(rank)?;
        match (older, younger) {
            (None, None) => {
                let gone = half.levels.remove(rank);
                if gone.is_some_and(|level| level.waits) {
                    half.count_wait(rank, false);
                }
                return gone;
            }
            (Some(last), None) => level.last = last,
            (None, Some(first)) => level.first = first,
            (Some(_), Some(_)) => {}
        }
        let last = level.last;
        self.note_waiting(last);
        None
    }

    /// Undoes [`Orders::detach`].
    pub(super) fn reattach(&mut self, slot: Slot, level: Option<Level>) {
        let order = &self[slot];
        let (rank, older, younger) = (order.rank(), order.older, order.younger);
        if let Some(older) = older {
            self.slab[older as usize].younger = Some(slot);
        }
        if let Some(younger) = younger {
            self.slab[younger as usize].older = Some(slot);
        }
        let half = self.half_of(slot);
        if let Some(level) = level {
            let waits = false;
            half.levels.get_or_insert(rank, Level { waits, ..level });
        } else if let Some(level) = half.levels.get_mut(rank) {
            if older.is_none() {
                level.first = slot;
            }
            if younger.is_none() {
                level.last = slot;
            }
        }
        self.enter(slot);
    }

    /// Changes what is left of an order; its sums follow.
    pub(super) fn set_left(&mut self, slot: Slot, left: Qty) {
        let before = (self[slot].closing(), self[slot].opening());
        self.slab[slot as usize].left = left;
        let after = (self[slot].closing(), self[slot].opening());
        let half = self.half_of(slot);
        half.closing += after.0 - before.0;
        half.opening += after.1 - before.1;
    }

    /// Changes the whole quantity of an order, which keeps its place.
    pub(super) fn set_qty(&mut self, slot: Slot, qty: Qty) {
        let order = &self[slot];
        let left = order.left - (order.place.qty - qty);
        self.slab[slot as usize].place.qty = qty;
        self.set_left(slot, left);
    }

    /// Changes what is set aside for an order.
    pub(super) fn set_locked(&mut self, slot: Slot, locked: (AssetId, Money)) {
        self.slab[slot as usize].locked = locked;
    }

    /// Puts an order at the front of the market's queue.
    pub(super) fn bring_to_front(&mut self, slot: Slot) {
        self.slab[slot as usize].ahead = Ahead::FRONT;
        self.note_waiting(slot);
    }

    /// Notes whether somebody waits at the price of an order: the youngest waits longest.
    fn note_waiting(&mut self, slot: Slot) {
        let order = &self.slab[slot as usize];
        let (place, rank) = (order.place, order.rank());
        let half = &mut self.halves[place.instrument.index()][place.side as usize];
        if let Some(level) = half.levels.get_mut(rank) {
            let waits = !self.slab[level.last as usize].ahead.is_front();
            if std::mem::replace(&mut level.waits, waits) != waits {
                half.count_wait(rank, waits);
            }
        }
    }

    /// What is known of the market at a price of own orders, to change it.
    pub(super) fn level_mut(
        &mut self,
        id: InstrumentId,
        side: Side,
        rank: Rank,
    ) -> Option<&mut Level> {
        self.half_mut(id, side).levels.get_mut(rank)
    }

    /// What was before the first and the last order at a price.
    pub(super) fn ends_of(
        &self,
        id: InstrumentId,
        side: Side,
        rank: Rank,
    ) -> Option<(Ahead, Ahead)> {
        let level = self.half(id, side).levels.get(rank)?;
        Some((self[level.first].ahead, self[level.last].ahead))
    }

    /// Learns something of the market at a price and changes what is before each order there; the order of two
    /// never turns.
    pub(super) fn requeue<T>(
        &mut self,
        (id, side, rank): (InstrumentId, Side, Rank),
        learn: impl FnOnce(&mut Level) -> T,
        change: impl Fn(Ahead, &T) -> Ahead,
    ) {
        let half = &mut self.halves[id.index()][side as usize];
        let Some(level) = half.levels.get_mut(rank) else {
            return;
        };
        let learned = learn(level);
        let (mut next, mut older) = (Some(level.first), Ahead::FRONT);
        while let Some(slot) = next {
            let order = &mut self.slab[slot as usize];
            older = change(order.ahead, &learned).at_least(older);
            order.ahead = older;
            next = order.younger;
        }
        let waits = !older.is_front();
        if std::mem::replace(&mut level.waits, waits) != waits {
            half.count_wait(rank, waits);
        }
    }
}
