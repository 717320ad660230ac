//! The market goes on, for all venues by one clock.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use onetape_core::event::{Body, Event};
use onetape_core::names::InstrumentId;
use onetape_core::time::{Span, Ts};
use onetape_data::catalog::Catalog;
use onetape_data::tape::{Tape, TapeRequest};
use serde_json::{Value, json};

use super::clock::{self, Speed, TapeClock};
use super::hub::Hub;

/// What becomes of the market when its tape is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AtEnd {
    /// It stays as it is; orders are taken on.
    #[default]
    Hold,
    /// The tape begins again.
    Again,
}

/// What everybody may see and say of the tape.
#[derive(Debug)]
pub(super) struct Playing {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug)]
struct State {
    runs: bool,
    stop: bool,
    over: bool,
    at: Ts,
    rows: u64,
    rounds: u64,
}

impl Playing {
    pub(super) fn new(runs: bool) -> Self {
        Self {
            state: Mutex::new(State {
                runs,
                stop: false,
                over: false,
                at: Ts::UNKNOWN,
                rows: 0,
                rounds: 0,
            }),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the tape go on, or stand still.
    pub(super) fn set_running(&self, runs: bool) {
        self.lock().runs = runs;
        self.changed.notify_all();
    }

    /// Ends it for good.
    pub(super) fn stop(&self) {
        self.lock().stop = true;
        self.changed.notify_all();
    }

    pub(super) fn told(&self) -> Value {
        let state = *self.lock();
        let at = state
            .at
            .is_known()
            .then(|| crate::commands::time_text(state.at));
        json!({
            "running": state.runs, "over": state.over, "at": at, "rows": state.rows,
            "rounds": state.rounds,
        })
    }

    /// Waits for a moment; with the time that the tape stood still meanwhile. `None` when it is over for good.
    fn wait_until(&self, clock: &mut TapeClock, tape: Ts) -> Option<()> {
        let mut state = self.lock();
        loop {
            if state.stop {
                return None;
            }
            let now = clock::now();
            if !state.runs {
                let (after, _) = self
                    .changed
                    .wait_timeout(state, Duration::from_millis(100))
                    .unwrap_or_else(PoisonError::into_inner);
                state = after;
                clock.stood_still(clock::now().since(now));
                continue;
            }
            let left = clock.here(tape).since(now);
            if left <= Span::ZERO {
                state.at = tape;
                state.rows += 1;
                return Some(());
            }
            let left = Duration::from_nanos(left.nanos().unsigned_abs());
            let (after, _) = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
            state = after;
        }
    }
}

/// Where rows come from, and how fast.
pub(super) struct Source {
    pub(super) catalog: Catalog,
    pub(super) request: TapeRequest,
    pub(super) speed: Speed,
    pub(super) at_end: AtEnd,
}

/// Whose a row is.
pub(super) type ByInstrument = Vec<Option<Arc<Hub>>>;

/// Plays the tape to the venues of its instruments until it is over or stopped.
///
/// # Errors
/// When the tape cannot be read.
pub(super) fn play(source: &Source, playing: &Playing, hubs: &ByInstrument) -> anyhow::Result<()> {
    loop {
        let mut tape = Tape::open(&source.catalog, &source.request)?;
        let mut clock = None;
        while let Some(event) = tape.next_event()? {
            let first = event.ts;
            let clock =
                clock.get_or_insert_with(|| TapeClock::new(first, clock::now(), source.speed));
            if playing.wait_until(clock, event.ts).is_none() {
                return Ok(());
            }
            give(event, clock, hubs);
        }
        let mut state = playing.lock();
        state.rounds += 1;
        if source.at_end == AtEnd::Hold || state.stop || clock.is_none() {
            state.over = true;
            return Ok(());
        }
    }
}

fn give(mut event: Event, clock: &TapeClock, hubs: &ByInstrument) {
    // What is told of a later moment is told of that moment here.
    if let Body::Funding(rate) = &mut event.body {
        rate.settles_at = clock.here(rate.settles_at);
    }
    let hub = event.body.instrument().and_then(|id| of(hubs, id));
    if let Some(hub) = hub {
        hub.on_market(event);
    }
}

fn of(hubs: &ByInstrument, id: InstrumentId) -> Option<&Arc<Hub>> {
    hubs.get(id.index())?.as_ref()
}
