//! Depth: the chain of update ids, and the book that it makes.

use onetape_core::book::{BookState, DepthBook};
use onetape_core::event::DepthUpdate;
use onetape_core::names::InstrumentId;
use onetape_core::num::Price;

use super::finding::{At, CheckName, ONCE, Scope, Severity, Tally};
use crate::catalog::DepthRow;

/// Depth of one instrument.
pub(super) struct Depth {
    book: DepthBook,
    /// Last id of the last diff of the source.
    last: Option<u64>,
    /// The last message without ids, and whether it left the book crossed (`Some(true)`) or locked.
    unsettled: Option<(At, Option<bool>)>,
    chained: bool,
    snapshots: u64,
    source_has_snapshot: bool,
    waiting: Tally,
    before_snapshot: Tally,
    broken: Tally,
    missing: u64,
    between_sources: Tally,
    unmet: Tally,
    crossed: Tally,
    crossed_unchained: Tally,
    locked: Tally,
}

impl Depth {
    pub(super) fn new(tick: Price) -> Self {
        Self {
            book: DepthBook::new(tick),
            last: None,
            unsettled: None,
            chained: false,
            snapshots: 0,
            source_has_snapshot: false,
            waiting: Tally::default(),
            before_snapshot: Tally::default(),
            broken: Tally::default(),
            missing: 0,
            between_sources: Tally::default(),
            unmet: Tally::default(),
            crossed: Tally::default(),
            crossed_unchained: Tally::default(),
            locked: Tally::default(),
        }
    }

    /// A message. One from before the time asked for is not `counted`: it makes the book and the chain.
    pub(super) fn row(&mut self, row: DepthRow, at: At, new_source: bool, counted: bool) {
        self.settle(Some(at.ts));
        if new_source {
            self.source_has_snapshot = false;
            self.waiting = Tally::default();
        }
        let update = DepthUpdate {
            instrument: InstrumentId(0),
            snapshot: row.snapshot,
            first: row.first,
            last: row.last,
            prev: row.prev,
            bids: row.bids,
            asks: row.asks,
        };
        if update.is_chained() {
            self.chained(&update, at, new_source, counted);
        } else {
            self.book.apply(&update);
            self.unsettled = counted.then_some((at, self.state()));
        }
    }

    fn chained(&mut self, update: &DepthUpdate, at: At, new_source: bool, counted: bool) {
        self.chained |= counted;
        let broken = !update.snapshot && self.link(update, at, new_source, counted);
        if update.snapshot {
            self.snapshots += 1;
            if !self.source_has_snapshot {
                self.before_snapshot = self.before_snapshot.join(self.waiting);
            }
            self.source_has_snapshot = true;
        } else if !self.source_has_snapshot && counted {
            self.waiting.add(at);
        }
        let before = self.book.counts();
        self.book.apply(update);
        let after = self.book.counts();
        if !counted {
            return;
        }
        self.unmet
            .add_if(after.gaps > before.gaps && !broken && !new_source, at);
        if after.applied > before.applied {
            match self.state() {
                Some(true) => self.crossed.add(at),
                Some(false) => self.locked.add(at),
                None => {}
            }
        }
    }

    /// Takes a diff's ids; true when they do not follow those before.
    fn link(&mut self, diff: &DepthUpdate, at: At, new_source: bool, counted: bool) -> bool {
        let Some(last) = self.last else {
            self.last = Some(diff.last);
            return false;
        };
        let (follows, missing) = match diff.prev {
            Some(prev) => (prev == last || diff.last <= last, prev.saturating_sub(last)),
            None => {
                let next = last.saturating_add(1);
                (diff.first <= next, diff.first.saturating_sub(next))
            }
        };
        self.last = Some(if new_source {
            diff.last
        } else {
            last.max(diff.last)
        });
        if follows || !counted {
            return !follows;
        }
        if new_source {
            self.between_sources.add(at);
        } else {
            self.broken.add(at);
            self.missing = self.missing.saturating_add(missing);
        }
        true
    }

    /// Crossed, locked, or neither.
    fn state(&self) -> Option<bool> {
        if self.book.state() != BookState::Crossed {
            return None;
        }
        let (bid, ask) = (self.book.bids().best()?, self.book.asks().best()?);
        Some(bid.price > ask.price)
    }

    /// Judges messages without ids once all of a receive time are in.
    fn settle(&mut self, now: Option<i64>) {
        let Some((at, state)) = self.unsettled else {
            return;
        };
        if now == Some(at.ts) {
            return;
        }
        self.crossed_unchained.add_if(state == Some(true), at);
        self.locked.add_if(state == Some(false), at);
        self.unsettled = None;
    }

    pub(super) fn tell(&mut self, to: &mut Scope<'_>) {
        self.settle(None);
        self.sequences(to);
        let book = [
            (
                Severity::Error,
                self.crossed,
                "the book rebuilt from the diffs is crossed: a message is missing or wrong, and nothing can be filled against it",
            ),
            (
                Severity::Warning,
                self.crossed_unchained,
                "the book is crossed once all messages of one receive time are in; without update ids nobody can tell whether one is missing",
            ),
        ];
        for (severity, met, says) in book {
            to.tell(CheckName::Crossed, severity, met, says, Vec::new());
        }
        let says = "the best bid of the rebuilt book is at its best ask";
        to.tell(
            CheckName::Locked,
            Severity::Warning,
            self.locked,
            says,
            Vec::new(),
        );
    }

    fn sequences(&self, to: &mut Scope<'_>) {
        let check = CheckName::SequenceGap;
        to.tell(
            check,
            Severity::Error,
            self.broken,
            "diffs do not follow the ones before them: messages are missing, and the book is wrong until the next snapshot",
            vec![("missing_ids", self.missing.to_string())],
        );
        to.tell(
            check,
            Severity::Error,
            self.unmet,
            "the diffs after a snapshot do not continue it: there is no book until a later one fits",
            Vec::new(),
        );
        let says = "update ids are missing between two sources";
        to.tell(
            check,
            Severity::Note,
            self.between_sources,
            says,
            Vec::new(),
        );
        if self.chained && self.snapshots == 0 {
            let says = "depth has update ids and no snapshot: no book can be built of it";
            to.tell(check, Severity::Note, ONCE, says, Vec::new());
        }
        let snapshots = vec![("snapshots", self.snapshots.to_string())];
        let says = "diffs came before the first snapshot of their source; they wait for it";
        to.tell(check, Severity::Note, self.before_snapshot, says, snapshots);
    }
}
