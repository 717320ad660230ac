//! One venue's order book as the generator keeps it: some twenty levels a side, and what changed since the last
//! depth message.

use std::collections::BTreeMap;

use onetape_core::event::Level;
use onetape_core::num::{Price, Qty};

use super::random::Stream;

/// Levels a side: refilled below, cut above.
const LEVELS_MIN: usize = 20;
const LEVELS_MAX: usize = 24;
/// A side whose best moved further than this many gaps from its next level is built anew.
const REBUILD_GAPS: i64 = 12;

/// How a venue's book looks. One tick is one unit of the price mantissa, one lot one of the quantity's.
#[derive(Clone, Copy, Debug)]
pub(super) struct BookShape {
    /// Mean distance of two levels in ticks.
    pub(super) gap_ticks: f64,
    /// Mean quantity at the touch in lots; it grows away from it.
    pub(super) qty_lots: f64,
    /// Least quantity at the touch around a planted opportunity, in lots.
    pub(super) guarded_lots: i64,
}

/// One side, best level first.
#[derive(Debug)]
pub(super) struct Side {
    /// +1 when levels get worse upward (asks), -1 when downward (bids).
    away: i64,
    levels: Vec<(i64, i64)>,
    /// Levels set since the last message, by price; zero where one went.
    changed: BTreeMap<i64, i64>,
    changes: u64,
}

impl Side {
    fn new(away: i64) -> Self {
        Self {
            away,
            levels: Vec::new(),
            changed: BTreeMap::new(),
            changes: 0,
        }
    }

    /// Best level.
    pub(super) fn best(&self) -> (i64, i64) {
        self.levels.first().copied().unwrap_or_default()
    }

    /// Sets the quantity at the price that stands at a place.
    fn set(&mut self, at: usize, lots: i64) {
        let (price, standing) = self.levels[at];
        if standing != lots {
            self.levels[at].1 = lots;
            self.note(price, lots);
        }
    }

    fn insert(&mut self, at: usize, price: i64, lots: i64) {
        self.levels.insert(at, (price, lots));
        self.note(price, lots);
    }

    fn remove(&mut self, at: usize) {
        let (price, _) = self.levels.remove(at);
        self.note(price, 0);
    }

    fn note(&mut self, price: i64, lots: i64) {
        self.changed.insert(price, lots);
        self.changes += 1;
    }

    /// Distance of a price from another, positive away from the touch.
    fn beyond(&self, price: i64, from: i64) -> i64 {
        (price - from) * self.away
    }

    /// Moves the best level to a price and keeps the side populated.
    fn move_best(&mut self, price: i64, shape: &BookShape, draws: &mut Stream) {
        while !self.levels.is_empty() && self.beyond(self.best().0, price) < 0 {
            self.remove(0);
        }
        let hole = self.levels.first().map(|next| self.beyond(next.0, price));
        let wide = (shape.gap_ticks * 4.0) as i64;
        match hole {
            Some(0) => {}
            Some(hole) if hole <= REBUILD_GAPS * shape.gap_ticks as i64 => {
                if hole > wide {
                    let between = price + self.away * draws.between(1, hole - 1);
                    self.insert(0, between, quantity(1, shape, draws));
                }
                self.insert(0, price, quantity(0, shape, draws));
            }
            _ => {
                while !self.levels.is_empty() {
                    self.remove(0);
                }
                self.insert(0, price, quantity(0, shape, draws));
            }
        }
        while self.levels.len() > LEVELS_MAX {
            self.remove(self.levels.len() - 1);
        }
        while self.levels.len() < LEVELS_MIN {
            let at = self.levels.len();
            let gap = 1 + draws.exponential(shape.gap_ticks) as i64;
            let price = self.levels[at - 1].0 + self.away * gap;
            self.insert(at, price, quantity(at, shape, draws));
        }
    }

    fn levels(&self) -> impl Iterator<Item = Level> + '_ {
        self.levels.iter().map(|&(price, lots)| level(price, lots))
    }

    /// What changed, best price first; forgotten afterwards.
    fn take_changes(&mut self) -> Vec<Level> {
        let changed = std::mem::take(&mut self.changed);
        let mut levels: Vec<Level> = changed.into_iter().map(|(p, q)| level(p, q)).collect();
        if self.away < 0 {
            levels.reverse();
        }
        levels
    }
}

fn level(price: i64, lots: i64) -> Level {
    Level {
        price: Price::new(price),
        qty: Qty::new(lots),
    }
}

/// A fresh quantity for the level at a place: exponential, larger away from the touch.
fn quantity(at: usize, shape: &BookShape, draws: &mut Stream) -> i64 {
    1 + draws.exponential(shape.qty_lots * (1.0 + at as f64 * 0.15)) as i64
}

/// Both sides.
pub(super) struct Book {
    pub(super) bids: Side,
    pub(super) asks: Side,
    shape: BookShape,
    draws: Stream,
    id_base: u64,
}

impl Book {
    pub(super) fn new(shape: BookShape, draws: Stream, id_base: u64) -> Self {
        Self {
            bids: Side::new(-1),
            asks: Side::new(1),
            shape,
            draws,
            id_base,
        }
    }

    /// Id of the last change.
    pub(super) fn id(&self) -> u64 {
        self.id_base + self.bids.changes + self.asks.changes
    }

    /// Best bid and ask.
    pub(super) fn top(&self) -> (Level, Level) {
        let (bid, ask) = (self.bids.best(), self.asks.best());
        (level(bid.0, bid.1), level(ask.0, ask.1))
    }

    /// How far the fair price lies outside the touch, in ticks.
    pub(super) fn off_by(&self, fair: i64) -> i64 {
        (self.bids.best().0 - fair)
            .max(fair - self.asks.best().0)
            .max(0)
    }

    /// True when both touches hold enough to take a planted opportunity.
    pub(super) fn takeable(&self) -> bool {
        let floor = self.shape.guarded_lots;
        self.bids.best().1 >= floor && self.asks.best().1 >= floor
    }

    /// Moves the touch around a fair price, in ticks, and stirs a level or two.
    pub(super) fn requote(&mut self, fair: i64, guarded: bool) {
        let spread = match self.draws.below(10) {
            0..=6 => 1,
            7..=8 => 2,
            _ => 3,
        };
        let bid = fair - self.draws.between(0, spread);
        // The side that retreats goes first, so that no moment has them crossed.
        if bid >= self.asks.best().0 {
            self.asks
                .move_best(bid + spread, &self.shape, &mut self.draws);
            self.bids.move_best(bid, &self.shape, &mut self.draws);
        } else {
            self.bids.move_best(bid, &self.shape, &mut self.draws);
            self.asks
                .move_best(bid + spread, &self.shape, &mut self.draws);
        }
        for away in [-1, 1] {
            self.stir(away);
        }
        self.keep_takeable(guarded);
    }

    fn side(&mut self, away: i64) -> &mut Side {
        if away < 0 {
            &mut self.bids
        } else {
            &mut self.asks
        }
    }

    fn stir(&mut self, away: i64) {
        if !self.draws.chance(0.5) {
            return;
        }
        // Mostly near the touch, where orders come and go.
        let at = (self.draws.exponential(3.0) as usize).min(LEVELS_MIN - 1);
        let lots = quantity(at, &self.shape, &mut self.draws);
        self.side(away).set(at, lots);
    }

    /// Around a planted opportunity both touches hold enough to take it.
    pub(super) fn keep_takeable(&mut self, guarded: bool) {
        let floor = self.shape.guarded_lots;
        for away in [-1, 1] {
            if guarded && self.side(away).best().1 < floor {
                let lots = floor + quantity(0, &self.shape, &mut self.draws);
                self.side(away).set(0, lots);
            }
        }
    }

    /// Somebody takes up to `lots` from the touch; what is left stands, and when nothing would be left others
    /// refill it. Returns price and quantity of the print.
    pub(super) fn take(&mut self, buys: bool, lots: i64, guarded: bool) -> (i64, i64) {
        let away = if buys { 1 } else { -1 };
        let (price, standing) = self.side(away).best();
        let taken = lots.min(standing);
        let left = if taken < standing {
            standing - taken
        } else {
            quantity(0, &self.shape, &mut self.draws)
        };
        self.side(away).set(0, left);
        self.keep_takeable(guarded);
        (price, taken)
    }

    /// Every level: bids and asks, best first. What had changed is thereby told.
    pub(super) fn snapshot(&mut self) -> (Vec<Level>, Vec<Level>) {
        self.bids.changed.clear();
        self.asks.changed.clear();
        (self.bids.levels().collect(), self.asks.levels().collect())
    }

    /// The levels that changed since the last message.
    pub(super) fn take_changes(&mut self) -> (Vec<Level>, Vec<Level>) {
        (self.bids.take_changes(), self.asks.take_changes())
    }
}
