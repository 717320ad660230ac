//! Rows that stand in an array twice, once for the venue's clock and once for the recorder's, told to be one.

use std::collections::BTreeMap;

use super::rows::Raw;

/// Halves that wait for the other one at most. Two halves lie as far apart as messages overtake each other; where
/// more wait, the earliest is taken to have none.
const WAITING_MAX: usize = 1 << 20;

/// All that tells a message.
type Message = (i64, i64, u64, u64, u64);

/// Halves that lack the other one.
#[derive(Debug, Default)]
pub(super) struct Twins {
    /// How many more halves for the recorder's clock there were than for the venue's.
    waiting: BTreeMap<Message, i64>,
    /// Halves for the recorder's clock that the venue's never had.
    local_alone: u64,
    /// Halves for the venue's clock that the recorder never had.
    exch_alone: u64,
}

impl Twins {
    /// Takes a half for the recorder's clock.
    pub(super) fn local(&mut self, raw: &Raw, flags: u64) {
        self.note(raw, flags, 1);
    }

    /// Takes a half for the venue's clock.
    pub(super) fn exch(&mut self, raw: &Raw, flags: u64) {
        self.note(raw, flags, -1);
    }

    fn note(&mut self, raw: &Raw, flags: u64, more: i64) {
        let (px, qty) = (raw.px.to_bits(), raw.qty.to_bits());
        let message = (raw.exch_ts, raw.local_ts, flags, px, qty);
        let balance = self.waiting.entry(message).or_default();
        *balance += more;
        if *balance == 0 {
            self.waiting.remove(&message);
        } else if self.waiting.len() > WAITING_MAX
            && let Some((_, balance)) = self.waiting.pop_first()
        {
            self.give_up(balance);
        }
    }

    fn give_up(&mut self, balance: i64) {
        let count = balance.unsigned_abs();
        if balance > 0 {
            self.local_alone += count;
        } else {
            self.exch_alone += count;
        }
    }

    /// Halves without the other one: for the recorder's clock alone, and for the venue's alone.
    pub(super) fn alone(mut self) -> (u64, u64) {
        for (_, balance) in std::mem::take(&mut self.waiting) {
            self.give_up(balance);
        }
        (self.local_alone, self.exch_alone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_find_each_other_in_any_order() {
        let row = |exch_ts, px| Raw {
            ev: 0,
            exch_ts,
            local_ts: 9,
            px,
            qty: 1.0,
        };
        let mut twins = Twins::default();
        twins.exch(&row(1, 1.0), 1);
        twins.exch(&row(2, 1.0), 1);
        twins.exch(&row(2, 1.0), 1);
        twins.local(&row(2, 1.0), 1);
        twins.local(&row(1, 1.0), 1);
        twins.local(&row(2, 1.5), 1);
        twins.local(&row(3, 1.0), 1);
        twins.local(&row(3, 1.0), 2);
        twins.exch(&row(3, 1.0), 2);
        assert_eq!(twins.alone(), (2, 1));
    }
}
