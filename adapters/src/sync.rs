//! Snapshot and changes of a depth book: which message comes next, which is old, and when messages are missing.
//!
//! This tells what to do with a message before it becomes an event: what is wanted goes on to core's book, whose own
//! chain then holds.

use std::collections::VecDeque;

use onetape_core::event::DepthUpdate;

/// Changes kept while a snapshot is awaited; beyond it the oldest go, and the snapshot then shows the gap.
const WAITING_MAX: usize = 4_096;

/// How a venue's ids connect messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncRule {
    /// Binance spot, Gate: a change covers ids `first..=last`. What ends at or before the book is old; the next one
    /// begins at the latest with the book's id plus one.
    Ranges,
    /// Binance futures: the first change after a snapshot covers its id, and each names the one before it. One that
    /// comes twice does not, and there the venue's rule is to start anew.
    Named,
    /// MEXC, and Gate's second channel: as `Ranges`, and after the first one each begins with exactly the last one's
    /// id plus one.
    Strict,
}

/// What to do with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncStep {
    /// It waits for a snapshot.
    Wait,
    /// It comes next: pass it on.
    Apply,
    /// The book has it already.
    Drop,
    /// Messages are missing: the book cannot be trusted until a new snapshot comes. The text says which.
    Resync(String),
}

/// The state of one book's feed.
#[derive(Clone, Debug)]
pub struct BookSync {
    rule: SyncRule,
    /// Last id of the book; `None` without a book.
    last: Option<u64>,
    /// True until the first change after a snapshot.
    fresh: bool,
    waiting: VecDeque<DepthUpdate>,
}

impl BookSync {
    /// Without a book.
    pub const fn new(rule: SyncRule) -> Self {
        Self {
            rule,
            last: None,
            fresh: true,
            waiting: VecDeque::new(),
        }
    }

    /// The last id of the book, if there is one that holds.
    pub const fn last(&self) -> Option<u64> {
        self.last
    }

    /// True while a snapshot is needed.
    pub const fn needs_snapshot(&self) -> bool {
        self.last.is_none()
    }

    /// Forgets everything: the connection is new.
    pub fn reset(&mut self) {
        self.last = None;
        self.fresh = true;
        self.waiting.clear();
    }

    /// Takes a message, a snapshot or a change. What is to be passed on is appended to `out`, in order: with a
    /// snapshot, that and the changes that waited for it.
    pub fn take(&mut self, update: DepthUpdate, out: &mut Vec<DepthUpdate>) -> SyncStep {
        if update.snapshot {
            return self.snapshot(update, out);
        }
        if self.last.is_none() {
            if self.waiting.len() == WAITING_MAX {
                self.waiting.pop_front();
            }
            self.waiting.push_back(update);
            return SyncStep::Wait;
        }
        let step = self.judge(&update);
        match &step {
            SyncStep::Apply => out.push(update),
            SyncStep::Resync(_) => {
                // It is the first of those that the next snapshot must meet.
                self.reset();
                self.waiting.push_back(update);
            }
            SyncStep::Wait | SyncStep::Drop => {}
        }
        step
    }

    fn snapshot(&mut self, update: DepthUpdate, out: &mut Vec<DepthUpdate>) -> SyncStep {
        if self.last.is_some_and(|last| update.last < last) {
            return SyncStep::Drop;
        }
        self.last = Some(update.last);
        self.fresh = true;
        let mark = out.len();
        out.push(update);
        while let Some(change) = self.waiting.pop_front() {
            match self.judge(&change) {
                SyncStep::Apply => out.push(change),
                SyncStep::Resync(why) => {
                    // A snapshot that cannot be continued is of no use; what waits stays for the next one.
                    out.truncate(mark);
                    self.last = None;
                    self.waiting.push_front(change);
                    return SyncStep::Resync(why);
                }
                SyncStep::Wait | SyncStep::Drop => {}
            }
        }
        SyncStep::Apply
    }

    /// Where a change stands against the book, which it moves on when it comes next.
    fn judge(&mut self, update: &DepthUpdate) -> SyncStep {
        let Some(last) = self.last else {
            return SyncStep::Wait;
        };
        let next = last.saturating_add(1);
        let old = match (self.rule, self.fresh) {
            (SyncRule::Named, true) => update.last < last,
            (SyncRule::Named, false) => false,
            _ => update.last <= last,
        };
        if old {
            return SyncStep::Drop;
        }
        let gap = match (self.rule, self.fresh) {
            (SyncRule::Ranges, _) | (SyncRule::Strict, true) => {
                (update.first > next).then(|| format!("first id {} > {next}", update.first))
            }
            (SyncRule::Strict, false) => {
                (update.first != next).then(|| format!("first id {} is not {next}", update.first))
            }
            (SyncRule::Named, true) => {
                (update.first > last).then(|| format!("first id {} > {last}", update.first))
            }
            (SyncRule::Named, false) => (update.prev != Some(last)).then(|| match update.prev {
                Some(prev) => format!("the one before was {prev}, not {last}"),
                None => format!("it does not say that {last} was before it"),
            }),
        };
        if let Some(why) = gap {
            return SyncStep::Resync(why);
        }
        self.last = Some(update.last);
        self.fresh = false;
        SyncStep::Apply
    }
}

#[cfg(test)]
#[path = "sync_tests.rs"]
mod tests;
