//! The thread beside the loop: it syncs what was written, and looks at how much room is left.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use onetape_data::journal::JournalFileError;

use super::{Space, SpaceLimits};

/// Notices that wait; nobody listens when there are more.
const NOTICES_MAX: usize = 64;

/// When the thread does what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncOptions {
    /// After the first write that is not synced, how long others are waited for.
    pub gather: Duration,
    /// A write that is not synced after so long is told of.
    pub late: Duration,
    /// Between looks at the room.
    pub look_every: Duration,
    /// Room that is little.
    pub space: SpaceLimits,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            gather: Duration::from_millis(20),
            late: Duration::from_millis(50),
            look_every: Duration::from_secs(1),
            space: SpaceLimits::default(),
        }
    }
}

/// What the loop should know, and people through it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The room on the disk is another than before: little, too little, or enough again.
    Space {
        /// What it is now.
        now: Space,
        /// Bytes that are free.
        free_bytes: u64,
    },
    /// What was written came to disk later than it should.
    Late {
        /// How long the oldest of it took.
        took: Duration,
    },
    /// The first error: nothing is written any more.
    Stopped {
        /// What it was.
        why: String,
    },
}

/// Set by the first error and never reset. Who sends orders looks at it before each.
#[derive(Clone, Debug, Default)]
pub struct Latch(Arc<LatchState>);

#[derive(Debug, Default)]
struct LatchState {
    set: AtomicBool,
    why: Mutex<Option<String>>,
}

impl Latch {
    /// Whether there was an error.
    pub fn is_set(&self) -> bool {
        self.0.set.load(Ordering::Acquire)
    }

    /// The first error.
    pub fn why(&self) -> Option<String> {
        locked(&self.0.why).clone()
    }

    /// True for the first error alone.
    pub(super) fn set(&self, why: &str) -> bool {
        let mut first = locked(&self.0.why);
        let is_first = first.is_none();
        if is_first {
            *first = Some(why.to_string());
        }
        self.0.set.store(true, Ordering::Release);
        is_first
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change under a lock is whole in itself.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What can be synced beside its writer.
pub trait Flush: Send + 'static {
    /// Syncs what was written before the call.
    ///
    /// # Errors
    /// When it is not certainly on disk.
    fn flush(&mut self) -> Result<(), JournalFileError>;

    /// Makes a piece of what the writer will need next, so that it does not wait for it then.
    fn make_ahead(&mut self) {}
}

#[derive(Debug)]
struct State<H> {
    /// The segment that is written to, while the thread does not have it.
    handle: Option<H>,
    /// True when the thread's own handle is of a segment before.
    replaced: bool,
    /// When the oldest write was that is not synced.
    dirty: Option<Instant>,
    stop: bool,
    notices: VecDeque<Notice>,
}

#[derive(Debug)]
struct Shared<H> {
    state: Mutex<State<H>>,
    wake: Condvar,
    latch: Latch,
}

/// The thread, as the writer has it. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Syncer<H: Flush> {
    shared: Arc<Shared<H>>,
    thread: Option<JoinHandle<()>>,
}

impl<H: Flush> Syncer<H> {
    /// Starts it. `free` tells how many bytes are free.
    pub(super) fn start(
        options: SyncOptions,
        free: impl FnMut() -> io::Result<u64> + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                handle: None,
                replaced: false,
                dirty: None,
                stop: false,
                notices: VecDeque::new(),
            }),
            wake: Condvar::new(),
            latch: Latch::default(),
        });
        let worker = Worker {
            shared: Arc::clone(&shared),
            options,
            free: Box::new(free),
            space: Space::Enough,
            looked: None,
        };
        let thread = std::thread::Builder::new().name("journal".to_string());
        let thread = Some(thread.spawn(move || worker.run())?);
        Ok(Self { shared, thread })
    }

    pub(super) fn latch(&self) -> &Latch {
        &self.shared.latch
    }

    /// Something was written to the segment that the thread knows, or to a new one.
    pub(super) fn written(&self, new: Option<H>) {
        let mut state = locked(&self.shared.state);
        if let Some(handle) = new {
            state.handle = Some(handle);
            state.replaced = true;
        }
        if state.dirty.is_none() {
            state.dirty = Some(Instant::now());
            drop(state);
            self.shared.wake.notify_one();
        }
    }

    /// The writer synced everything itself.
    pub(super) fn synced(&self) {
        locked(&self.shared.state).dirty = None;
    }

    pub(super) fn failed(&self, why: &str) {
        self.shared.fail(why);
    }

    pub(super) fn notice(&self) -> Option<Notice> {
        locked(&self.shared.state).notices.pop_front()
    }
}

impl<H: Flush> Drop for Syncer<H> {
    fn drop(&mut self) {
        locked(&self.shared.state).stop = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // It told of its errors by the latch.
            let _ = thread.join();
        }
    }
}

impl<H> Shared<H> {
    fn fail(&self, why: &str) {
        if self.latch.set(why) {
            self.tell(Notice::Stopped {
                why: why.to_string(),
            });
        }
    }

    fn tell(&self, notice: Notice) {
        let mut state = locked(&self.state);
        if state.notices.len() < NOTICES_MAX {
            state.notices.push_back(notice);
        }
    }
}

struct Worker<H> {
    shared: Arc<Shared<H>>,
    options: SyncOptions,
    free: Box<dyn FnMut() -> io::Result<u64> + Send>,
    space: Space,
    looked: Option<Instant>,
}

impl<H: Flush> Worker<H> {
    fn run(mut self) {
        loop {
            self.look();
            if self.wait() {
                return;
            }
            self.sync();
        }
    }

    /// Waits for a write and those after it, or for the next look. True at the end.
    fn wait(&self) -> bool {
        let mut state = locked(&self.shared.state);
        loop {
            if state.stop {
                return true;
            }
            let patience = match state.dirty {
                Some(since) => self.options.gather.saturating_sub(since.elapsed()),
                None => self.options.look_every,
            };
            if patience.is_zero() {
                return false;
            }
            let was_dirty = state.dirty.is_some();
            let waited = self.shared.wake.wait_timeout(state, patience);
            let (after, late) = waited.unwrap_or_else(PoisonError::into_inner);
            state = after;
            if late.timed_out() && (was_dirty || state.dirty.is_none()) {
                return state.stop;
            }
        }
    }

    fn sync(&mut self) {
        let (since, handle) = {
            let mut state = locked(&self.shared.state);
            let Some(since) = state.dirty.take() else {
                return;
            };
            state.replaced = false;
            (since, state.handle.take())
        };
        let Some(mut handle) = handle else {
            return;
        };
        match handle.flush() {
            Ok(()) => {
                let took = since.elapsed();
                if took > self.options.late {
                    self.shared.tell(Notice::Late { took });
                }
            }
            Err(error) => self.shared.fail(&error.to_string()),
        }
        handle.make_ahead();
        let mut state = locked(&self.shared.state);
        if !state.replaced {
            state.handle = Some(handle);
        }
    }

    fn look(&mut self) {
        let due = self
            .looked
            .is_none_or(|at| at.elapsed() >= self.options.look_every);
        if !due {
            return;
        }
        self.looked = Some(Instant::now());
        // What cannot be told now is asked again.
        let Ok(free_bytes) = (self.free)() else {
            return;
        };
        let now = self.options.space.judge(free_bytes);
        if now != self.space {
            self.space = now;
            self.shared.tell(Notice::Space { now, free_bytes });
        }
    }
}
