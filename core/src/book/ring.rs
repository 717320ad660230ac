//! The quantities of a stretch of consecutive ticks, in place: a tick stands in the slot of its low bits, so moving
//! the stretch moves nothing that stays in it.

use alloc::boxed::Box;

use crate::num::Qty;
use crate::state::{Loader, RestoreError, Saver, Value};

/// Ticks in the stretch.
pub(super) const TICKS: i64 = 4_096;

const SLOTS: usize = TICKS as usize;
const WORDS: usize = SLOTS / 64;

/// A stretch of ticks and what stands at them.
#[derive(Clone)]
pub(super) struct Ring {
    low: i64,
    /// A bit a slot that holds a level.
    occupied: [u64; WORDS],
    /// A bit a word of `occupied` that is not zero.
    words: u64,
    qty: [Qty; SLOTS],
}

impl Ring {
    /// Writes the levels down.
    pub(super) fn save(&self, out: &mut Saver) {
        self.low.put(out);
        self.occupied.put(out);
        for (at, qty) in self.qty.iter().enumerate() {
            if self.occupied[at / 64] >> (at % 64) & 1 == 1 {
                qty.put(out);
            }
        }
    }

    /// A ring as it was written down.
    pub(super) fn load(from: &mut Loader<'_>) -> Result<Box<Self>, RestoreError> {
        let mut ring = Ring::new(i64::get(from)?);
        ring.occupied = Value::get(from)?;
        for at in 0..SLOTS {
            let word = ring.occupied[at / 64];
            if word >> (at % 64) & 1 == 1 {
                ring.words |= 1 << (at / 64);
                ring.qty[at] = Value::get(from)?;
            }
        }
        Ok(ring)
    }
}

const fn slot(tick: i64) -> usize {
    (tick & (TICKS - 1)) as usize
}

impl Ring {
    /// An empty stretch from `low` on.
    pub(super) fn new(low: i64) -> Box<Self> {
        Box::new(Self {
            low,
            occupied: [0; WORDS],
            words: 0,
            qty: [Qty::ZERO; SLOTS],
        })
    }

    /// True when the tick is in the stretch.
    #[inline]
    pub(super) const fn holds(&self, tick: i64) -> bool {
        (tick.wrapping_sub(self.low) as u64) < TICKS as u64
    }

    /// Sets the quantity at a tick of the stretch and returns the one before.
    #[inline(always)]
    pub(super) fn replace(&mut self, tick: i64, qty: Qty) -> Qty {
        let slot = slot(tick);
        let (word, bit) = (slot / 64, slot % 64);
        let before = core::mem::replace(&mut self.qty[slot], qty);
        let bits = self.occupied[word];
        let after = bits & !(1 << bit) | (u64::from(!qty.is_zero()) << bit);
        self.occupied[word] = after;
        // Levels lie close together: it is rare that a word gets its first or loses its last.
        if (bits == 0) != (after == 0) {
            self.words ^= 1 << word;
        }
        before
    }

    /// The quantity at a tick of the stretch.
    #[inline]
    pub(super) const fn qty(&self, tick: i64) -> Qty {
        self.qty[slot(tick)]
    }

    /// The highest tick with a level.
    #[inline]
    pub(super) const fn highest(&self) -> Option<i64> {
        self.at_or_below(self.low + (TICKS - 1))
    }

    /// The highest tick with a level below one of the stretch.
    pub(super) const fn below(&self, tick: i64) -> Option<i64> {
        if tick == self.low {
            return None;
        }
        self.at_or_below(tick - 1)
    }

    /// Looks from a slot downward and around.
    #[inline]
    const fn at_or_below(&self, tick: i64) -> Option<i64> {
        let from = slot(tick);
        let (word, bit) = (from / 64, from % 64);
        let here = self.occupied[word] & (u64::MAX >> (63 - bit));
        let found = if here != 0 {
            word * 64 + 63 - here.leading_zeros() as usize
        } else if self.words != 0 {
            // The word below comes first, this one, whose upper bits are the far end of the stretch, last.
            let turned = self.words.rotate_left(64 - word as u32);
            let next = (word + 63 - turned.leading_zeros() as usize) % WORDS;
            let bits = self.occupied[next];
            if bits == 0 {
                return None;
            }
            next * 64 + 63 - bits.leading_zeros() as usize
        } else {
            return None;
        };
        let down = (from.wrapping_sub(found) % SLOTS) as i64;
        if down > tick - self.low {
            return None;
        }
        Some(tick - down)
    }

    /// Moves the stretch; what is not in it any more goes to `gone`.
    pub(super) fn move_to(&mut self, low: i64, mut gone: impl FnMut(i64, Qty)) {
        let mut next = self.highest();
        while let Some(tick) = next {
            next = self.below(tick);
            if (tick.wrapping_sub(low) as u64) >= TICKS as u64 {
                gone(tick, self.replace(tick, Qty::ZERO));
            }
        }
        self.low = low;
    }

    /// Removes every level, in a time that goes by their number.
    pub(super) fn clear(&mut self) {
        while let Some(tick) = self.highest() {
            self.replace(tick, Qty::ZERO);
        }
    }
}
