//! Rows in the order of receipt, put into an order that both clocks can be read from.
//!
//! Where the venue's stamps go back, rows are written twice, once for each clock, each half in the order of its own:
//! this is what hftbacktest's `correct_event_order` makes of whole arrays. Here it is a stream: a row's place on the
//! venue's clock is certain once what is received later cannot have an earlier stamp.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::npy::ArrayRow;
use crate::import::hftbacktest::flags::{EXCH, LOCAL};

/// Rows that wait for their place.
pub(super) struct TwoClocks {
    /// The longest way of a message from the venue.
    delay_max: i64,
    /// Rows that the recorder's clock has not had, in the order of receipt.
    waiting: VecDeque<ArrayRow>,
    /// The number of the first of them.
    first: u64,
    next: u64,
    /// Rows that the venue's clock has not had.
    by_venue: BinaryHeap<Reverse<(i64, u64)>>,
    latest_venue: i64,
}

impl TwoClocks {
    pub(super) fn new(delay_max: i64) -> Self {
        Self {
            delay_max,
            waiting: VecDeque::new(),
            first: 0,
            next: 0,
            by_venue: BinaryHeap::new(),
            latest_venue: i64::MIN,
        }
    }

    /// Takes the next row in the order of receipt, without flags of clocks.
    pub(super) fn push(&mut self, row: ArrayRow) {
        self.by_venue.push(Reverse((row.exch_ts, self.next)));
        self.waiting.push_back(row);
        self.next += 1;
    }

    /// The next row whose place is certain; all of them at the `end`.
    pub(super) fn pop(&mut self, end: bool) -> Option<ArrayRow> {
        let front = *self.waiting.front()?;
        let Some(&Reverse(earliest)) = self.by_venue.peek() else {
            return self.pop_front(LOCAL);
        };
        // The venue's clock has had it before.
        if (front.exch_ts, self.first) < earliest {
            return self.pop_front(LOCAL);
        }
        let newest = self.waiting.back()?.local_ts;
        let certain = newest.saturating_sub(self.delay_max);
        if !end && earliest.0 > certain {
            return None;
        }
        self.by_venue.pop();
        self.latest_venue = self.latest_venue.max(earliest.0);
        if earliest.1 == self.first {
            return self.pop_front(EXCH | LOCAL);
        }
        let at = usize::try_from(earliest.1 - self.first).ok()?;
        let mut row = *self.waiting.get(at)?;
        row.ev |= EXCH;
        Some(row)
    }

    fn pop_front(&mut self, clocks: u64) -> Option<ArrayRow> {
        let mut row = self.waiting.pop_front()?;
        self.first += 1;
        row.ev |= clocks;
        Some(row)
    }

    /// True when a stamp of the venue is before one that was written already: the recorder's clock was set back.
    pub(super) const fn is_too_late(&self, row: &ArrayRow) -> bool {
        row.exch_ts < self.latest_venue
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(exch_ts: i64, local_ts: i64) -> ArrayRow {
        ArrayRow {
            ev: 1,
            exch_ts,
            local_ts,
            px: 0.0,
            qty: 0.0,
        }
    }

    fn ordered(rows: &[ArrayRow]) -> Vec<ArrayRow> {
        let delay = rows.iter().map(|row| row.local_ts - row.exch_ts).max();
        let mut clocks = TwoClocks::new(delay.unwrap_or(0).max(0));
        let mut out = Vec::new();
        for one in rows {
            assert!(!clocks.is_too_late(one));
            clocks.push(*one);
            while let Some(row) = clocks.pop(false) {
                out.push(row);
            }
        }
        while let Some(row) = clocks.pop(true) {
            out.push(row);
        }
        out
    }

    #[test]
    fn a_row_that_was_overtaken_is_written_twice() {
        let out = ordered(&[row(1, 10), row(5, 11), row(3, 12), row(6, 13)]);
        let found: Vec<_> = out.iter().map(|row| (row.exch_ts, row.ev & !1)).collect();
        let expected = [
            (1, EXCH | LOCAL),
            (3, EXCH),
            (5, EXCH | LOCAL),
            (3, LOCAL),
            (6, EXCH | LOCAL),
        ];
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn each_clock_finds_every_row_in_its_order(
            steps in prop::collection::vec((0_i64..5, -20_i64..20), 0..60)
        ) {
            let mut local = 0;
            let rows: Vec<_> = steps
                .into_iter()
                .map(|(step, delay)| {
                    local += step;
                    row(local - delay, local)
                })
                .collect();
            let out = ordered(&rows);
            let of = |clock: u64| -> Vec<(i64, i64)> {
                let mine = out.iter().filter(|row| row.ev & clock != 0);
                mine.map(|row| (row.exch_ts, row.local_ts)).collect()
            };
            let mut expected: Vec<_> = rows.iter().map(|row| (row.exch_ts, row.local_ts)).collect();
            prop_assert_eq!(of(LOCAL), expected.clone());
            expected.sort_by_key(|(exch, _)| *exch);
            prop_assert_eq!(of(EXCH), expected);
        }
    }
}
