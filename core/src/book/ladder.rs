//! One side of a depth book.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use super::grid::Grid;
use super::ring::{Ring, TICKS};
use crate::event::Level;
use crate::instrument::Side;
use crate::num::{Price, Qty};
use crate::state::{Loader, RestoreError, Saver, State, Value};

/// Ticks of the ring that lie behind the best level when it is placed; the rest is room for better ones.
const BEHIND: i64 = TICKS * 5 / 8;

/// Changes near the best level that the ring has to miss, at least, before it is moved.
const MISSES: usize = 16;

/// One side of a book: a ring of 4,096 ticks about the best level, and a map for prices far from it or off the tick
/// grid. The ring is made with the first level, 33 KiB.
///
/// Both sides are kept in one order: a *rank* is a price, for asks with all its bits turned over, so that a better
/// price has the higher rank; a place in the ring is the same of a number of ticks.
///
/// The ring follows the best level when changes near that miss it. Moving it costs a step a level, and it takes an
/// eighth as many misses, so a price that jumps to and fro cannot make changes dear.
#[derive(Clone)]
pub struct Ladder {
    /// All bits for asks, none for bids.
    turn: i64,
    grid: Grid,
    ring: Option<Box<Ring>>,
    far: BTreeMap<i64, Qty>,
    /// The highest rank in `far`.
    far_best: i64,
    levels: usize,
    best: Level,
    /// The rank of `best`; the lowest of all without levels.
    best_rank: i64,
    misses: usize,
}

impl State for Ladder {
    fn save(&self, out: &mut Saver) {
        let Self {
            ring,
            far,
            far_best,
            levels,
            best,
            best_rank,
            misses,
            turn: _,
            grid: _,
        } = self;
        ring.is_some().save(out);
        if let Some(ring) = ring {
            ring.save(out);
        }
        far.save(out);
        (*far_best, *levels, *best_rank).save(out);
        (best.price, best.qty, *misses).save(out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        self.ring = bool::get(from)?.then(|| Ring::load(from)).transpose()?;
        self.far.restore(from)?;
        (self.far_best, self.levels, self.best_rank) = Value::get(from)?;
        (self.best.price, self.best.qty, self.misses) = Value::get(from)?;
        Ok(())
    }
}

const NO_RANK: i64 = i64::MIN;

impl Ladder {
    /// An empty side of an instrument with this step of prices; `Buy` holds bids, `Sell` asks.
    pub const fn new(side: Side, tick: Price) -> Self {
        Self {
            turn: match side {
                Side::Buy => 0,
                Side::Sell => -1,
            },
            grid: Grid::new(tick.mantissa()),
            ring: None,
            far: BTreeMap::new(),
            far_best: NO_RANK,
            levels: 0,
            best: Level {
                price: Price::new(0),
                qty: Qty::ZERO,
            },
            best_rank: NO_RANK,
            misses: 0,
        }
    }

    /// Sets the absolute quantity at a price; zero removes the level. Returns the quantity that stood there.
    #[inline(always)]
    pub fn set(&mut self, price: Price, qty: Qty) -> Qty {
        let before = match self.near(price) {
            Some((ring, place)) => ring.replace(place, qty),
            None => self.set_far(price, qty),
        };
        match (before.is_zero(), qty.is_zero()) {
            (true, false) => self.levels += 1,
            (false, true) => self.levels -= 1,
            _ => {}
        }
        let rank = self.rank(price);
        if rank >= self.best_rank {
            if !qty.is_zero() {
                self.best = Level { price, qty };
                self.best_rank = rank;
            } else if rank == self.best_rank {
                self.find_best();
            }
        }
        before
    }

    /// The ring and the place of a price in it. Its places are all quotients, so what is in it is on the grid.
    #[inline]
    fn near(&mut self, price: Price) -> Option<(&mut Ring, i64)> {
        let place = self.grid.quotient(price.mantissa())? ^ self.turn;
        let ring = self.ring.as_deref_mut()?;
        ring.holds(place).then_some((ring, place))
    }

    const fn rank(&self, price: Price) -> i64 {
        price.mantissa() ^ self.turn
    }

    const fn rank_of_place(&self, place: i64) -> i64 {
        self.grid.price(place ^ self.turn) ^ self.turn
    }

    fn level(&self, rank: i64, qty: Qty) -> Level {
        Level {
            price: Price::new(rank ^ self.turn),
            qty,
        }
    }

    #[inline]
    fn find_best(&mut self) {
        let near = self.highest_near();
        let far_is_best = !self.far.is_empty() && near.is_none_or(|(rank, _)| rank < self.far_best);
        let best = if far_is_best {
            self.far
                .get(&self.far_best)
                .map(|&qty| (self.far_best, qty))
        } else {
            near
        };
        let (rank, qty) = best.unwrap_or((NO_RANK, Qty::ZERO));
        (self.best_rank, self.best) = (rank, self.level(rank, qty));
    }

    #[inline]
    fn highest_near(&self) -> Option<(i64, Qty)> {
        let ring = self.ring.as_deref()?;
        let place = ring.highest()?;
        Some((self.rank_of_place(place), ring.qty(place)))
    }

    /// Sets a level that the ring does not hold, unless the ring is to be moved so that it does.
    #[cold]
    #[inline(never)]
    fn set_far(&mut self, price: Price, qty: Qty) -> Qty {
        if !qty.is_zero()
            && self.must_move(price)
            && let Some((ring, place)) = self.near(price)
        {
            return ring.replace(place, qty);
        }
        let rank = self.rank(price);
        if !qty.is_zero() {
            self.far_best = if self.far.is_empty() {
                rank
            } else {
                self.far_best.max(rank)
            };
            return self.far.insert(rank, qty).unwrap_or_default();
        }
        let before = self.far.remove(&rank).unwrap_or_default();
        if rank == self.far_best {
            self.renew_far_best();
        }
        before
    }

    fn renew_far_best(&mut self) {
        self.far_best = self.far.last_key_value().map_or(NO_RANK, |(&rank, _)| rank);
    }

    /// Moves the ring if that is due with a level at this price. True when it was.
    fn must_move(&mut self, price: Price) -> bool {
        let Some(ticks) = self.grid.ticks(price.mantissa()) else {
            return false;
        };
        let centre = if self.levels == 0 {
            ticks
        } else {
            self.grid.floor(self.best.price.mantissa())
        };
        let Some(low) = self.low_around(centre ^ self.turn) else {
            return false;
        };
        let place = ticks ^ self.turn;
        if place.wrapping_sub(low) as u64 >= TICKS as u64 {
            return false;
        }
        self.misses += 1;
        if self.levels != 0 && self.misses < MISSES + self.levels / 8 {
            return false;
        }
        self.move_ring(low);
        true
    }

    /// Where the ring starts with the best level at this place; `None` when prices are fewer than its places.
    fn low_around(&self, place: i64) -> Option<i64> {
        let (least, most) = self.grid.bounds();
        let (a, b) = (least ^ self.turn, most ^ self.turn);
        let last = a.max(b).checked_sub(TICKS - 1)?;
        let first = a.min(b);
        (first <= last).then(|| place.saturating_sub(BEHIND).clamp(first, last))
    }

    fn move_ring(&mut self, low: i64) {
        self.misses = 0;
        let (grid, turn, far) = (self.grid, self.turn, &mut self.far);
        let rank = |place: i64| grid.price(place ^ turn) ^ turn;
        let ring = self.ring.get_or_insert_with(|| Ring::new(low));
        ring.move_to(low, |place, qty| {
            far.insert(rank(place), qty);
        });
        let inside: Vec<(i64, i64)> = far
            .range(rank(low)..=rank(low + (TICKS - 1)))
            .filter_map(|(&rank, _)| Some((rank, grid.ticks(rank ^ turn)? ^ turn)))
            .collect();
        for (rank, place) in inside {
            let qty = far.remove(&rank).unwrap_or_default();
            ring.replace(place, qty);
        }
        self.renew_far_best();
    }

    /// The best level.
    #[inline]
    pub const fn best(&self) -> Option<Level> {
        if self.levels == 0 {
            return None;
        }
        Some(self.best)
    }

    /// True when a change at this price, if it is one, changes the best level.
    #[inline]
    pub(super) const fn is_at_best(&self, price: Price) -> bool {
        self.rank(price) >= self.best_rank
    }

    /// The quantity at a price.
    pub fn qty_at(&self, price: Price) -> Qty {
        let place = self.grid.quotient(price.mantissa());
        match (place, self.ring.as_deref()) {
            (Some(place), Some(ring)) if ring.holds(place ^ self.turn) => {
                ring.qty(place ^ self.turn)
            }
            _ => self.far.get(&self.rank(price)).copied().unwrap_or_default(),
        }
    }

    /// Levels from the best outward.
    pub fn iter(&self) -> impl Iterator<Item = Level> + '_ {
        let ring = self.ring.as_deref();
        let mut near = ring.and_then(Ring::highest);
        let mut far = self.far.iter().rev().peekable();
        core::iter::from_fn(move || {
            let next = near.zip(ring);
            let rank = next.map(|(place, _)| self.rank_of_place(place));
            if let Some((&rank, &qty)) =
                far.next_if(|(far, _)| rank.is_none_or(|near| **far > near))
            {
                return Some(self.level(rank, qty));
            }
            let (place, ring) = next?;
            near = ring.below(place);
            Some(self.level(rank?, ring.qty(place)))
        })
    }

    /// Number of levels.
    pub const fn len(&self) -> usize {
        self.levels
    }

    /// True without levels.
    pub const fn is_empty(&self) -> bool {
        self.levels == 0
    }

    /// Removes every level.
    pub fn clear(&mut self) {
        if let Some(ring) = self.ring.as_deref_mut() {
            ring.clear();
        }
        self.far.clear();
        self.far_best = NO_RANK;
        self.levels = 0;
        self.misses = 0;
        self.find_best();
    }
}

impl fmt::Debug for Ladder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One change of a walk: the price is told from where the walk stands, in ticks and a rest off the grid.
    #[derive(Clone, Debug)]
    enum Step {
        Set {
            ticks: i64,
            rest: i64,
            qty: i64,
        },
        /// Moves where the walk stands.
        Walk(i64),
        Clear,
        /// Removes the best level.
        TakeBest,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let rest = || prop_oneof![9 => Just(0i64), 1 => 1i64..5];
        let set = |ticks: std::ops::Range<i64>| {
            (ticks, rest(), 0i64..4).prop_map(|(ticks, rest, qty)| Step::Set { ticks, rest, qty })
        };
        let step = prop_oneof![
            400 => set(-40..40),
            100 => set(-3_000..3_000),
            40 => set(-20_000..20_000),
            60 => Just(Step::TakeBest),
            10 => (-600i64..600).prop_map(Step::Walk),
            4 => (-30_000i64..30_000).prop_map(Step::Walk),
            1 => (-(1i64 << 54)..(1i64 << 54)).prop_map(Step::Walk),
            1 => Just(Step::Clear),
        ];
        proptest::collection::vec(step, 0..1_500)
    }

    fn check(ladder: &Ladder, twin: &BTreeMap<i64, i64>, sell: bool) -> Result<(), TestCaseError> {
        let level = |(&price, &qty): (&i64, &i64)| Level {
            price: Price::new(price),
            qty: Qty::new(qty),
        };
        let best = if sell {
            twin.first_key_value()
        } else {
            twin.last_key_value()
        };
        prop_assert_eq!(ladder.best(), best.map(level));
        prop_assert_eq!(ladder.len(), twin.len());
        prop_assert_eq!(ladder.is_empty(), twin.is_empty());
        Ok(())
    }

    fn check_all(
        ladder: &Ladder,
        twin: &BTreeMap<i64, i64>,
        sell: bool,
    ) -> Result<(), TestCaseError> {
        let mut expected: Vec<_> = twin
            .iter()
            .map(|(&price, &qty)| Level {
                price: Price::new(price),
                qty: Qty::new(qty),
            })
            .collect();
        if !sell {
            expected.reverse();
        }
        prop_assert_eq!(ladder.iter().collect::<Vec<_>>(), expected);
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(192))]

        // The naive twin is a BTreeMap.
        #[test]
        fn ladder_equals_a_btreemap(
            sell in any::<bool>(),
            tick in prop_oneof![Just(1i64), Just(5), Just(10), Just(2_500), 1i64..100],
            start in prop_oneof![Just(0i64), Just(600_000), -10_000i64..10_000],
            steps in steps(),
        ) {
            let side = if sell { Side::Sell } else { Side::Buy };
            let mut ladder = Ladder::new(side, Price::new(tick));
            let (mut twin, mut stands) = (BTreeMap::new(), start);
            for (at, step) in steps.into_iter().enumerate() {
                let (price, qty) = match step {
                    Step::Walk(ticks) => {
                        stands += ticks;
                        continue;
                    }
                    Step::Clear => {
                        ladder.clear();
                        twin.clear();
                        check_all(&ladder, &twin, sell)?;
                        continue;
                    }
                    Step::TakeBest => match ladder.best() {
                        Some(best) => (best.price.mantissa(), 0),
                        None => continue,
                    },
                    Step::Set { ticks, rest, qty } => {
                        let price = (stands + ticks).saturating_mul(tick).saturating_add(rest % tick);
                        (price, qty)
                    }
                };
                let before = twin.get(&price).copied().unwrap_or(0);
                prop_assert_eq!(ladder.qty_at(Price::new(price)), Qty::new(before));
                if qty == 0 { twin.remove(&price); } else { twin.insert(price, qty); }
                prop_assert_eq!(ladder.set(Price::new(price), Qty::new(qty)), Qty::new(before));
                prop_assert_eq!(ladder.qty_at(Price::new(price)), Qty::new(qty));
                check(&ladder, &twin, sell)?;
                if at % 64 == 0 {
                    check_all(&ladder, &twin, sell)?;
                }
            }
            check_all(&ladder, &twin, sell)?;
        }

        #[test]
        fn any_price_at_any_tick_is_kept(
            sell in any::<bool>(),
            tick in prop_oneof![Just(i64::MAX), Just(1i64 << 62), 1i64..i64::MAX, 1i64..9],
            prices in proptest::collection::vec(
                (prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX), -9i64..9], any::<bool>(), 0i64..3),
                0..200,
            ),
        ) {
            let side = if sell { Side::Sell } else { Side::Buy };
            let mut ladder = Ladder::new(side, Price::new(tick));
            let mut twin = BTreeMap::new();
            for (price, on_grid, qty) in prices {
                let price = if on_grid { price / tick * tick } else { price };
                let before = twin.get(&price).copied().unwrap_or(0);
                if qty == 0 { twin.remove(&price); } else { twin.insert(price, qty); }
                prop_assert_eq!(ladder.set(Price::new(price), Qty::new(qty)), Qty::new(before));
                check(&ladder, &twin, sell)?;
            }
            check_all(&ladder, &twin, sell)?;
        }
    }

    fn set(ladder: &mut Ladder, price: i64, qty: i64) {
        ladder.set(Price::new(price), Qty::new(qty));
    }

    #[test]
    fn the_ring_comes_with_the_first_level_and_follows_the_best() {
        let mut ladder = Ladder::new(Side::Buy, Price::new(10));
        set(&mut ladder, 60_000, 0);
        assert!(ladder.ring.is_none());
        set(&mut ladder, 60_000, 1);
        assert!(ladder.ring.is_some() && ladder.far.is_empty());
        // Off the grid, and further up than the ring reaches.
        set(&mut ladder, 59_995, 1);
        set(&mut ladder, 160_000, 1);
        assert_eq!((ladder.far.len(), ladder.len()), (2, 3));
        for step in 1..40 {
            set(&mut ladder, 160_000 - step * 10, 1);
        }
        // Moved: what is near is in the ring, what was near is not.
        assert_eq!(
            ladder.far.keys().copied().collect::<Vec<_>>(),
            [59_995, 60_000]
        );
        assert_eq!(ladder.len(), 42);
        ladder.clear();
        assert_eq!(
            (ladder.len(), ladder.far.len(), ladder.best()),
            (0, 0, None)
        );
    }
}
