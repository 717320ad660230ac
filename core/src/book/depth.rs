//! A depth book and its synchronisation: snapshots, diffs, gaps.
//!
//! Rules by venue kind, told apart by whether a diff names its predecessor:
//! - spot (`U`, `u`): drop `u <= snapshot id`; the first kept diff needs `U <= id + 1 <= u`; then each `U` is at
//!   most the last `u + 1`.
//! - futures (`U`, `u`, `pu`): drop `u < snapshot id`; the first kept diff needs `U <= id <= u`; then each `pu`
//!   equals the last `u`.
//!
//! A snapshot answers a request, so it may tell of a moment that the stream has passed. A book that is in step has
//! all of it and leaves it out; a book that is not takes it.
//!
//! Messages without update ids are taken as they come.
//!
//! (Binance: "How to manage a local order book correctly", spot and USDⓈ-M futures.)

use alloc::collections::VecDeque;

use super::ladder::Ladder;
use crate::event::{DepthUpdate, Level, LevelChange};
use crate::instrument::Side;
use crate::num::Price;
use crate::planted::{Bug, planted};

/// Diffs kept while a snapshot is awaited; beyond it the oldest go, and the snapshot then shows the gap.
const PENDING_MAX: usize = 4_096;

/// Whether a book can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookState {
    /// No snapshot yet.
    Syncing,
    /// Complete up to its last message.
    Live,
    /// Messages are missing; a snapshot is needed.
    Gapped,
    /// Best bid at or above best ask: something is wrong, nothing is quoted from it.
    Crossed,
}

crate::value!(
    enum BookState {
        Syncing,
        Live,
        Gapped,
        Crossed,
    }
);

/// What went into a book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Diffs applied.
    pub applied: u64,
    /// Diffs dropped because the snapshot, or an earlier diff, already held them.
    pub stale: u64,
    /// Breaks in the chain of update ids.
    pub gaps: u64,
    /// Diffs after which the book was crossed or locked.
    pub crossed: u64,
    /// Diffs that were waiting when a snapshot came.
    pub before_snapshot: u64,
}

crate::value!(struct Counts { applied, stale, gaps, crossed, before_snapshot });

/// A depth book of one instrument.
#[derive(Clone, Debug)]
pub struct DepthBook {
    /// Bids, then asks.
    sides: [Ladder; 2],
    state: BookState,
    /// Last update id in the book.
    last: u64,
    /// True until the first diff after a snapshot was applied.
    fresh: bool,
    pending: VecDeque<DepthUpdate>,
    counts: Counts,
    first_applied: Option<(u64, u64)>,
}

crate::state!(DepthBook { state, last, fresh, pending, counts, first_applied } each { sides });

impl Default for DepthBook {
    fn default() -> Self {
        Self::new(Price::new(1))
    }
}

impl DepthBook {
    /// An empty book of an instrument with this step of prices.
    pub fn new(tick: Price) -> Self {
        Self {
            sides: [Ladder::new(Side::Buy, tick), Ladder::new(Side::Sell, tick)],
            state: BookState::Syncing,
            last: 0,
            fresh: true,
            pending: VecDeque::new(),
            counts: Counts::default(),
            first_applied: None,
        }
    }
}

const fn side_index(side: Side) -> usize {
    match side {
        Side::Buy => 0,
        Side::Sell => 1,
    }
}

enum Fit {
    Stale,
    Next,
    Gap,
}

impl DepthBook {
    /// Applies a message; afterwards [`DepthBook::state`] says whether the book can be used.
    pub fn apply(&mut self, update: &DepthUpdate) {
        if !update.is_chained() {
            return self.unchained(update);
        }
        let in_step = matches!(self.state, BookState::Live | BookState::Crossed);
        if update.snapshot {
            if in_step && update.last < self.last {
                return;
            }
            self.reset(update);
            for diff in core::mem::take(&mut self.pending) {
                self.diff(&diff);
            }
        } else if in_step {
            self.diff(update);
        } else {
            self.wait(update);
        }
    }

    /// Applies a message of one level without update ids: there is no chain that could break, so the book is
    /// live from its first level on, until the connection is known to be gone. False when the best levels and the
    /// state are what they were.
    #[inline(always)]
    pub fn change(&mut self, change: &LevelChange) -> bool {
        let Level { price, qty } = change.level;
        let side = &mut self.sides[side_index(change.side)];
        let in_step = matches!(self.state, BookState::Live | BookState::Crossed);
        let moves = side.is_at_best(price) || !in_step;
        side.set(price, qty);
        self.counts.applied += 1;
        if moves {
            self.judge();
        }
        if self.state == BookState::Crossed {
            self.counts.crossed += 1;
        }
        moves
    }

    fn unchained(&mut self, update: &DepthUpdate) {
        if update.snapshot {
            self.clear();
        }
        self.set_levels(update);
        self.counts.applied += 1;
        self.judge();
        self.counts.crossed += u64::from(self.state == BookState::Crossed);
    }

    fn clear(&mut self) {
        self.sides.iter_mut().for_each(Ladder::clear);
    }

    fn reset(&mut self, snapshot: &DepthUpdate) {
        self.clear();
        self.last = snapshot.last;
        self.fresh = true;
        self.counts.before_snapshot += self.pending.len() as u64;
        self.set_levels(snapshot);
        self.judge();
    }

    fn wait(&mut self, diff: &DepthUpdate) {
        if self.pending.len() == PENDING_MAX {
            self.pending.pop_front();
        }
        self.pending.push_back(diff.clone());
    }

    fn diff(&mut self, diff: &DepthUpdate) {
        if self.state == BookState::Gapped {
            return self.wait(diff);
        }
        match self.fit(diff) {
            Fit::Stale => self.counts.stale += 1,
            Fit::Gap if !planted(Bug::IgnoreSequenceGap) => {
                self.counts.gaps += 1;
                self.state = BookState::Gapped;
                self.wait(diff);
            }
            Fit::Next | Fit::Gap => {
                self.first_applied.get_or_insert((diff.first, diff.last));
                self.set_levels(diff);
                self.last = diff.last;
                self.fresh = false;
                self.counts.applied += 1;
                self.judge();
                self.counts.crossed += u64::from(self.state == BookState::Crossed);
            }
        }
    }

    fn fit(&self, diff: &DepthUpdate) -> Fit {
        match diff.prev {
            Some(_) if self.fresh && diff.last < self.last => Fit::Stale,
            Some(_) if self.fresh && diff.first <= self.last => Fit::Next,
            Some(prev) if prev == self.last => Fit::Next,
            Some(_) if !self.fresh && diff.last <= self.last => Fit::Stale,
            Some(_) => Fit::Gap,
            None if diff.last <= self.last => Fit::Stale,
            None if diff.first <= self.last.saturating_add(1) => Fit::Next,
            None => Fit::Gap,
        }
    }

    fn set_levels(&mut self, update: &DepthUpdate) {
        let [bids, asks] = &mut self.sides;
        for level in &update.bids {
            bids.set(level.price, level.qty);
        }
        for level in &update.asks {
            asks.set(level.price, level.qty);
        }
    }

    #[inline]
    fn judge(&mut self) {
        let crossed = match (self.bids().best(), self.asks().best()) {
            (Some(bid), Some(ask)) => bid.price >= ask.price,
            _ => false,
        };
        self.state = if crossed {
            BookState::Crossed
        } else {
            BookState::Live
        };
    }

    /// Forgets everything: the connection went, or messages are known to be missing.
    pub fn invalidate(&mut self, state: BookState) {
        self.pending.clear();
        self.clear();
        self.state = state;
    }

    /// True when no message was taken in and none waits.
    pub(crate) fn is_untouched(&self) -> bool {
        self.state == BookState::Syncing
            && (self.last, self.fresh) == (0, true)
            && self.pending.is_empty()
            && self.counts == Counts::default()
            && self.sides.iter().all(|side| side.is_empty())
    }

    /// Whether the book can be used.
    pub const fn state(&self) -> BookState {
        self.state
    }

    /// Best bid and ask of a live book with both sides.
    pub fn top(&self) -> Option<(Level, Level)> {
        match self.state {
            BookState::Live => Some((self.bids().best()?, self.asks().best()?)),
            _ => None,
        }
    }

    /// Bids, best first.
    pub const fn bids(&self) -> &Ladder {
        &self.sides[0]
    }

    /// Asks, best first.
    pub const fn asks(&self) -> &Ladder {
        &self.sides[1]
    }

    /// The side that an order of `side` takes from.
    pub const fn taken_by(&self, side: Side) -> &Ladder {
        match side {
            Side::Buy => self.asks(),
            Side::Sell => self.bids(),
        }
    }

    /// What went into the book.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// First and last id of the first diff that was applied.
    pub const fn first_applied(&self) -> Option<(u64, u64)> {
        self.first_applied
    }

    /// Last update id in the book.
    pub const fn last_id(&self) -> u64 {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::InstrumentId;
    use crate::num::{Price, Qty};
    use alloc::vec;

    fn level(price: i64, qty: i64) -> Level {
        Level {
            price: Price::new(price),
            qty: Qty::new(qty),
        }
    }

    fn diff(first: u64, last: u64, prev: Option<u64>, bid: (i64, i64)) -> DepthUpdate {
        let bids = vec![level(bid.0, bid.1)];
        DepthUpdate {
            instrument: InstrumentId(0),
            snapshot: false,
            first,
            last,
            prev,
            bids,
            asks: vec![],
        }
    }

    fn snapshot(id: u64) -> DepthUpdate {
        let (bids, asks) = (vec![level(99, 1), level(98, 1)], vec![level(101, 1)]);
        DepthUpdate {
            instrument: InstrumentId(0),
            snapshot: true,
            first: id,
            last: id,
            prev: None,
            bids,
            asks,
        }
    }

    #[test]
    fn spot_diffs_that_came_before_the_snapshot_are_applied_after_it() {
        let mut book = DepthBook::default();
        book.apply(&diff(1, 9, None, (97, 1)));
        book.apply(&diff(10, 12, None, (99, 5)));
        assert_eq!(book.state(), BookState::Syncing);
        book.apply(&snapshot(10));
        assert_eq!(book.state(), BookState::Live);
        assert_eq!(book.top(), Some((level(99, 5), level(101, 1))));
        assert_eq!(
            (
                book.counts().stale,
                book.counts().applied,
                book.counts().before_snapshot
            ),
            (1, 1, 2)
        );
        assert_eq!(book.first_applied(), Some((10, 12)));
    }

    #[test]
    fn a_hole_in_the_chain_gaps_the_book_until_a_snapshot() {
        for (next, hole) in [(None, None), (Some(12), Some(13))] {
            let mut book = DepthBook::default();
            book.apply(&snapshot(10));
            book.apply(&diff(10, 12, next.map(|_| 9), (99, 5)));
            assert_eq!(book.state(), BookState::Live);
            book.apply(&diff(14, 15, hole, (99, 6)));
            assert_eq!((book.state(), book.top()), (BookState::Gapped, None));
            book.apply(&diff(16, 17, hole.map(|_| 15), (99, 7)));
            book.apply(&snapshot(15));
            assert_eq!(book.top(), Some((level(99, 7), level(101, 1))));
            assert_eq!(book.counts().gaps, 1);
        }
    }

    #[test]
    fn a_snapshot_from_behind_the_stream_breaks_nothing() {
        for (prev, next) in [(None, None), (Some(9), Some(14))] {
            let mut book = DepthBook::default();
            book.apply(&snapshot(10));
            book.apply(&diff(10, 14, prev, (99, 5)));
            book.apply(&snapshot(11));
            assert_eq!(book.top(), Some((level(99, 5), level(101, 1))));
            book.apply(&diff(15, 16, next, (99, 6)));
            assert_eq!(book.top(), Some((level(99, 6), level(101, 1))));
            assert_eq!((book.counts().gaps, book.counts().applied), (0, 2));
        }
    }

    #[test]
    fn a_crossed_book_quotes_nothing_and_recovers() {
        let mut book = DepthBook::default();
        book.apply(&snapshot(10));
        book.apply(&diff(11, 11, None, (102, 1)));
        assert_eq!((book.state(), book.top()), (BookState::Crossed, None));
        book.apply(&diff(12, 12, None, (102, 0)));
        assert_eq!(book.top(), Some((level(99, 1), level(101, 1))));
    }
}
