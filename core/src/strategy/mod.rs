//! What a strategy is: a rule that sees the stream and answers with intents.
//!
//! ```text
//! impl Strategy for MyRule {
//!     type Signals = NoSignals;                     // or what can be computed once for every parameter set
//!     fn on_event(&mut self, cx, event, out) { … }  // look at cx.market, call out.place(…)
//! }
//! ```
//!
//! A strategy has no clock, no I/O and no randomness; time is `cx.now`, deadlines are asked for with
//! [`Intents::wake_at`] and come back as events. Contract: an extra call to `on_event` changes nothing, so it
//! may say with [`Strategy::wake`] what is worth being called for. What it holds and knows it can write down
//! ([`Strategy::save`], [`Strategy::restore`], by [`state!`](crate::state!)), so that a restart need not fold a long journal.

mod intents;
pub mod params;
mod solo;
pub mod stage;
mod track;
mod wake;

pub(crate) use intents::Draft;
pub use intents::{Intents, Numbers, OrderIntent, Outgoing};
pub use params::{Params, StrategyCard};
pub use solo::{Solo, Task};
pub use track::{Lookout, Track};
pub use wake::{Level, Wake};

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::event::Event;
use crate::ledger::Ledger;
use crate::market::Market;
use crate::names::{InstrumentId, Names};
use crate::num::Bps;
use crate::order::OrderTable;
use crate::position::Position;
use crate::state::{Loader, RestoreError, Saver};
use crate::task::{Execution, Standing};
use crate::time::Ts;

/// Said of strategies that do not write down what they know.
const CANNOT: &str = "a strategy that does not write down what it knows";

/// What a strategy sees.
#[derive(Clone, Copy)]
pub struct Context<'a, S> {
    /// Time of the event.
    pub now: Ts,
    /// Names and instruments.
    pub names: &'a Names,
    /// The market.
    pub market: &'a Market,
    /// The orders of the run: those alive, and the last 8,192 that ended.
    pub orders: &'a OrderTable,
    /// Positions of the account by instrument, from all tasks.
    pub positions: &'a [Position],
    /// The account's ledger.
    pub ledger: &'a Ledger,
    /// The lots that the task may enter on its step of the ramp; `None` for any. See [`Context::most_base`].
    pub lots: Option<u32>,
    /// What was computed from the market for all parameter sets.
    pub signals: &'a S,
}

/// What can be computed from the market alone, once an event, for every parameter set of a strategy.
pub trait Signals: Clone + Send + Sync + 'static {
    /// How many levels there are to wake on, numbered from 0. A wake on any other makes desks that run together slow, not
    /// wrong.
    const LEVELS: u8 = 0;

    /// True when there is nothing to compute, so that events need not be told.
    const SILENT: bool = false;

    /// Takes a market event in; the market has it already.
    fn update(&mut self, event: &Event, market: &Market);

    /// The value of a numbered signal, for wake levels. Never NaN, never -0.0.
    fn level(&self, signal: u8) -> f64;

    /// Changes whenever something happened that must wake every strategy whatever its levels.
    fn alarm(&self) -> u32;

    /// Writes down what was computed, as [`Strategy::save`].
    fn save(&self, out: &mut Saver) {
        out.refuse(CANNOT);
    }

    /// Takes what was written down in place of what was computed.
    ///
    /// # Errors
    /// When that does not fit.
    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        let _ = from;
        Err(RestoreError::Refused(CANNOT))
    }
}

/// For strategies that compute everything themselves.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSignals;

impl Signals for NoSignals {
    const SILENT: bool = true;

    fn update(&mut self, _: &Event, _: &Market) {}

    fn level(&self, _: u8) -> f64 {
        0.0
    }

    fn alarm(&self) -> u32 {
        0
    }

    fn save(&self, _: &mut Saver) {}

    fn restore(&mut self, _: &mut Loader<'_>) -> Result<(), RestoreError> {
        Ok(())
    }
}

/// A rule that trades.
pub trait Strategy {
    /// What is computed once an event for all parameter sets; [`NoSignals`] when nothing is.
    type Signals: Signals;

    /// A fresh set of signals. May depend on the legs, and where the card chooses among them on their taker fees; never on
    /// other parameters.
    fn signals(&self) -> Self::Signals;

    /// Answers an event: a market event of one of the legs, news of an own order, an own timer, or a control.
    fn on_event(&mut self, cx: &Context<'_, Self::Signals>, event: &Event, out: &mut Intents<'_>);

    /// What is worth being called for. Own orders, fills, timers and controls always are.
    fn wake(&self) -> Wake {
        Wake::ALWAYS
    }

    /// Looks at a market event for which it would be woken, and says whether [`Strategy::on_event`] would do anything
    /// at all. A rule that can tell this in a few comparisons spares itself the call.
    fn would_act(&self, now: Ts, market: &Market) -> bool {
        let _ = (now, market);
        true
    }

    /// The numbers that the strategy looks at now. Written into decisions and shown by `journal why`.
    fn explain(&self, cx: &Context<'_, Self::Signals>, numbers: &mut Numbers) {
        let _ = (cx, numbers);
    }

    /// What it is at. A task that pauses, stops or changes waits until this is at rest; a strategy whose legs are a
    /// saga's says the saga's.
    fn standing(&self) -> Standing {
        Standing::Watching
    }

    /// Takes other parameters, checked against its card, in place of those that it has; what it holds and knows stays.
    /// None of its orders is at work.
    ///
    /// # Errors
    /// Why it cannot; then nothing has changed.
    fn update(&mut self, params: &Params) -> Result<(), String> {
        let _ = params;
        Err("this strategy takes no other parameters while it runs".into())
    }

    /// Trades an opportunity that a person found, by the same gate as its own.
    ///
    /// # Errors
    /// Why it does not; then nothing has changed.
    fn execute(
        &mut self,
        cx: &Context<'_, Self::Signals>,
        execution: &Execution,
        out: &mut Intents<'_>,
    ) -> Result<(), String> {
        let _ = (cx, execution, out);
        Err("this strategy executes nothing by hand".into())
    }

    /// Whether its entries are never more than [`Context::most_base`]: only then can it begin with one lot.
    fn ramps(&self) -> bool {
        false
    }

    /// Closes what it holds, because it is stopped. Called until it [stands](Strategy::standing) otherwise than holding;
    /// orders to enter are refused.
    fn unwind(&mut self, cx: &Context<'_, Self::Signals>, out: &mut Intents<'_>) {
        let _ = (cx, out);
    }

    /// Writes down what it knows, for a snapshot of the run. Parameters and legs are not written down: it is restored
    /// into one that was made from them. A strategy that does not say how costs nothing but time: runs with it start by
    /// folding their whole journal.
    fn save(&self, out: &mut Saver) {
        out.refuse(CANNOT);
    }

    /// Takes what was written down in place of what it knows.
    ///
    /// # Errors
    /// When that does not fit.
    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        let _ = from;
        Err(RestoreError::Refused(CANNOT))
    }
}

/// What a strategy is built from.
#[derive(Clone, Debug)]
pub struct Setup<'a> {
    /// Names and instruments.
    pub names: &'a Names,
    /// The legs' instruments, in the order in which the strategy's card lists them, without those that were left out.
    pub legs: Vec<InstrumentId>,
    /// Taker fee of each leg.
    pub taker_fees: Vec<Bps>,
    /// Parameters, checked against the card.
    pub params: Params,
}

/// A strategy that can be named in a scenario.
#[derive(Clone, Copy)]
pub struct StrategySpec {
    /// What it declares.
    pub card: &'static StrategyCard,
    /// Makes one.
    pub build: fn(&Setup<'_>) -> Result<Box<dyn Task>, String>,
}
