//! What happens to a feed's book: the touch follows the price, quantities come and go, somebody takes.

use onetape_core::time::{Span, Ts};

use super::feed::{ASK, BID, Feed};
use crate::catalog::Row;

/// Share of moves against resting orders in which they are taken; in the others they are pulled in time.
const TAKEN: f64 = 0.5;
/// How long between the parts of a move, in nanoseconds.
const PART: (i64, i64) = (20_000, 900_000);
/// Most levels that one burst goes through, and how far in hundredths of a basis point.
const SWEEP_LEVELS: usize = 8;
const SWEEP_CENTI_BPS: i64 = 300;
/// Chance that a sweep goes on to the next level.
const SWEEP_ON: f64 = 0.7;
/// Levels that are put between a best price and the one it moved from.
const FILL_MOST: u64 = 3;

impl Feed {
    /// A quantity for a new touch, which is also what the side is drawn to from then on.
    pub(super) fn fresh_touch(&mut self, side: usize) -> i64 {
        self.aims[side] = self.touch.pick(self.draws.bits());
        self.thinned(self.aims[side])
    }

    fn thinned(&self, lots: i64) -> i64 {
        ((lots as f64 * self.thickness) as i64).max(1)
    }

    /// Keeps a side populated down to its worst levels.
    pub(super) fn fill(&mut self, side: usize) {
        let Self {
            sides,
            draws,
            behind,
            kind,
            target,
            ..
        } = self;
        let from = sides[side].key(target[side]);
        let gap = kind.base.gap_ticks;
        sides[side].keep_filled(from, || {
            let lots = behind.pick(draws.bits());
            (1 + draws.exponential(gap) as i64, lots)
        });
    }

    /// True when something planted could not be taken: the touch is too thin, or not where it should be.
    pub(super) fn neglected(&self) -> bool {
        let floor = self.kind.guarded_lots;
        let thin = |side: usize| self.sides[side].best().qty.mantissa() < floor;
        self.guarded && (thin(BID) || thin(ASK) || self.is_off_target())
    }

    /// True when a best price is not where the fair price asks for it.
    pub(super) fn is_off_target(&self) -> bool {
        (0..2).any(|side| self.sides[side].best().price.mantissa() != self.target[side])
    }

    /// Around what is planted the touch holds enough to take it.
    pub(super) fn keep_takeable(&mut self, side: usize) {
        let floor = self.kind.guarded_lots;
        if self.guarded && self.sides[side].best().qty.mantissa() < floor {
            let lots = floor + self.fresh_touch(side);
            self.sides[side].set(0, lots);
        }
    }

    /// Moves the touch to where the fair price asks for it, in parts, of which none crosses the book. Around what is
    /// planted the touch moves in one, so that no part of it is seen without the other.
    pub(super) fn follow(&mut self, target: [i64; 2], ts: Ts, out: &mut Vec<Row>) {
        self.target = target;
        for side in [BID, ASK] {
            let other = 1 - side;
            let reached = self.sides[side].key(target[other]);
            if self.sides[side].at(0).is_some_and(|best| best.0 <= reached) {
                self.push_through(side, reached, ts, out);
            }
        }
        let mut now = ts;
        for side in [BID, ASK] {
            let key = self.sides[side].key(target[side]);
            self.sides[side].remove_better(key);
            self.restore(side);
            // What begins in a step ends in it: a halt may be next.
            now = (now + Span::from_nanos(self.draws.between(PART.0, PART.1))).min(self.step_last);
            if !self.guarded || side == ASK {
                self.teller.quote(now, &self.sides, out);
            }
        }
    }

    /// Everything of a side up to a key goes: taken in prints, or pulled.
    fn push_through(&mut self, side: usize, reached: i64, ts: Ts, out: &mut Vec<Row>) {
        let taken = self.draws.chance(TAKEN) && !self.guarded;
        let mut levels = 0;
        while let Some((key, standing)) = self.sides[side].at(0).filter(|best| best.0 <= reached) {
            // What rests at the touch is pulled for the most part before it is hit.
            if taken && levels < SWEEP_LEVELS {
                let lots = self.print.pick(self.draws.bits()).min(standing);
                self.teller
                    .trade(ts, side == ASK, self.sides[side].key(key), lots, out);
            }
            levels += 1;
            self.sides[side].remove(0);
        }
        self.fill(side);
        if !self.guarded {
            self.teller.quote(ts, &self.sides, out);
        }
    }

    /// Puts a best price back to where it should be.
    fn restore(&mut self, side: usize) {
        let key = self.sides[side].key(self.target[side]);
        let next = self.sides[side].at(0).map_or(i64::MAX, |best| best.0);
        if next > key {
            let hole = next.saturating_sub(key) - 1;
            if hole > 2 {
                for _ in 0..self.draws.below(FILL_MOST + 1) {
                    let lots = self.behind.pick(self.draws.bits());
                    let between = key + self.draws.between(1, hole);
                    let lots = self.thinned(lots);
                    self.sides[side].put(between, lots);
                }
            }
            let lots = self.fresh_touch(side);
            self.sides[side].put(key, lots);
        }
        self.fill(side);
        self.keep_takeable(side);
    }

    /// Orders come and go at the touch: its quantity is drawn to an aim that changes now and then.
    pub(super) fn update(&mut self, ts: Ts, out: &mut Vec<Row>) {
        let bits = self.draws.bits();
        let away =
            (0..2).find(|&side| self.sides[side].best().price.mantissa() != self.target[side]);
        if let Some(side) = away {
            self.restore(side);
            self.teller.quote(ts, &self.sides, out);
            return;
        }
        let side = (bits & 1) as usize;
        if (bits >> 1).is_multiple_of(8) {
            self.aims[side] = self.touch.pick(bits >> 20);
        }
        let standing = self.sides[side].best().qty.mantissa();
        let aim = self.thinned(self.aims[side]);
        let part = 64 + ((bits >> 8) & 127) as i64;
        let mut lots = standing + (aim - standing) * part / 256;
        if lots == standing {
            lots = standing + self.print.pick(bits >> 40);
        }
        self.sides[side].set(0, lots.max(1));
        self.keep_takeable(side);
        self.teller.quote(ts, &self.sides, out);
    }

    /// Somebody takes, in one print or several; now and then through several levels.
    pub(super) fn burst(&mut self, ts: Ts, out: &mut Vec<Row>) {
        let buys = self.draws.chance(0.5);
        let side = if buys { ASK } else { BID };
        if !self.guarded && self.draws.chance(self.kind.base.sweeps) {
            self.sweep(side, ts, out);
        } else {
            loop {
                let size = self.print.pick(self.draws.bits());
                if !self.take(side, size, ts, out) || !self.draws.chance(self.kind.base.more_prints)
                {
                    break;
                }
            }
        }
        self.fill(side);
        self.teller.quote(ts, &self.sides, out);
    }

    /// One print at the touch; false when nobody may take more.
    fn take(&mut self, side: usize, size: i64, ts: Ts, out: &mut Vec<Row>) -> bool {
        let best = self.sides[side].best();
        let (price, standing) = (best.price.mantissa(), best.qty.mantissa());
        let spare = if self.guarded {
            standing - self.kind.guarded_lots
        } else {
            standing
        };
        let lots = size.min(spare);
        if lots <= 0 {
            return false;
        }
        self.teller.trade(ts, side == ASK, price, lots, out);
        if lots < standing {
            self.sides[side].set(0, standing - lots);
            return true;
        }
        self.sides[side].remove(0);
        let within = self.sides[side].best().price.mantissa() - price;
        within.abs() * 1_000_000 <= price * SWEEP_CENTI_BPS && self.sides[side].len() > SWEEP_LEVELS
    }

    /// Takes whole levels, one after the other, and a part of the last one.
    fn sweep(&mut self, side: usize, ts: Ts, out: &mut Vec<Row>) {
        // Most of what rests at the touch is pulled before.
        let standing = self.sides[side].best().qty.mantissa();
        let left = self.print.pick(self.draws.bits()).min(standing);
        self.sides[side].set(0, left);
        self.teller.quote(ts, &self.sides, out);
        for _ in 0..SWEEP_LEVELS {
            let lots = self.sides[side].best().qty.mantissa();
            if !self.take(side, lots, ts, out) {
                return;
            }
            if !self.draws.chance(SWEEP_ON) {
                break;
            }
        }
        let size = self.print.pick(self.draws.bits());
        let standing = self.sides[side].best().qty.mantissa();
        if standing > 1 {
            self.take(side, size.min(standing - 1), ts, out);
        }
    }

    /// Orders come and go behind the touch, so many levels of them, and what changed is told.
    pub(super) fn depth(&mut self, ts: Ts, levels: usize, out: &mut Vec<Row>) {
        for _ in 0..levels.saturating_sub(2) {
            let bits = self.draws.bits();
            let side = (bits & 1) as usize;
            let behind = self.sides[side].len().saturating_sub(1).max(1) as u64;
            // Mostly near the touch.
            let place = 1 + ((bits >> 8) % behind).min((bits >> 24) % behind) as usize;
            let lots = self.thinned(self.behind.pick(bits >> 40));
            if (bits >> 1).is_multiple_of(6) {
                let gap = self.kind.base.gap_ticks * 2.0;
                let offset = 1 + (bits >> 4) as i64 % (gap as i64).max(1);
                if let Some((key, _)) = self.sides[side].at(place) {
                    self.sides[side].remove(place);
                    self.sides[side].put(key + offset, lots);
                }
            } else {
                self.sides[side].set(place, lots);
            }
        }
        self.fill(BID);
        self.fill(ASK);
        self.teller.depth(ts, &mut self.sides, out);
    }
}
