//! Blocks on their way from the thread that makes them to the one that uses them, and back when they are spent.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Finished blocks that wait at most.
const MOST: usize = 8;

/// Waiting blocks down to which a maker that found the queue full sleeps on: waking a thread costs as much as
/// hundreds of rows, so it is done once for several blocks.
const LOW: usize = 3;

/// Finished blocks that end the wait of one who found none, for the same reason: where rows are used faster than they are
/// made, the maker would else wake somebody with every block.
const ENOUGH: usize = 4;

/// A bounded queue of `T`, and the spent blocks `S` that go the other way.
pub(super) struct Queue<T, S> {
    state: Mutex<State<T, S>>,
    /// There is something to take, or nothing will come.
    filled: Condvar,
    /// There is room, or nothing is wanted any more.
    drained: Condvar,
}

struct State<T, S> {
    full: VecDeque<T>,
    spent: Vec<S>,
    taker_waits: bool,
    maker_waits: bool,
    maker_left: bool,
    taker_left: bool,
}

impl<T, S> Queue<T, S> {
    pub(super) const fn new() -> Self {
        Self {
            state: Mutex::new(State {
                full: VecDeque::new(),
                spent: Vec::new(),
                taker_waits: false,
                maker_waits: false,
                maker_left: false,
                taker_left: false,
            }),
            filled: Condvar::new(),
            drained: Condvar::new(),
        }
    }

    /// No code can fail while it holds the lock, so what it guards is whole.
    fn lock(&self) -> MutexGuard<'_, State<T, S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a block in when there is room; false when nobody wants it any more.
    pub(super) fn put(&self, block: T) -> bool {
        let mut state = self.lock();
        if state.full.len() == MOST {
            state.maker_waits = true;
            while state.full.len() > LOW && !state.taker_left {
                state = wait(&self.drained, state);
            }
            state.maker_waits = false;
        }
        if state.taker_left {
            return false;
        }
        state.full.push_back(block);
        if state.taker_waits && state.full.len() >= ENOUGH {
            self.filled.notify_one();
        }
        true
    }

    /// A spent block, to be filled again.
    pub(super) fn spent(&self) -> Option<S> {
        self.lock().spent.pop()
    }

    /// The next block, in exchange for one that is spent; `None` when the maker left and all is taken.
    pub(super) fn take(&self, spent: Option<S>) -> Option<T> {
        let mut state = self.lock();
        state.spent.extend(spent);
        if state.full.is_empty() {
            state.taker_waits = true;
            while state.full.len() < ENOUGH && !state.maker_left {
                state = wait(&self.filled, state);
            }
            state.taker_waits = false;
        }
        let block = state.full.pop_front();
        if state.maker_waits && state.full.len() <= LOW {
            self.drained.notify_one();
        }
        block
    }

    /// Nothing more comes.
    pub(super) fn maker_leaves(&self) {
        self.lock().maker_left = true;
        self.filled.notify_one();
    }

    /// Nothing more is wanted.
    pub(super) fn taker_leaves(&self) {
        self.lock().taker_left = true;
        self.drained.notify_one();
    }
}

fn wait<'a, G>(signal: &Condvar, guard: MutexGuard<'a, G>) -> MutexGuard<'a, G> {
    signal.wait(guard).unwrap_or_else(PoisonError::into_inner)
}
