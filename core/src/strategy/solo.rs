//! One strategy with its own signals, behind a common face.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::track::{Follower, Lookout, Track};
use super::{CANNOT, Context, Intents, NoSignals, Numbers, Params, Signals, Strategy, Wake};
use crate::event::Event;
use crate::market::Market;
use crate::names::InstrumentId;
use crate::state::{Loader, RestoreError, Saver, Value};
use crate::task::{Execution, Standing};
use crate::time::Ts;

/// What a desk runs: any strategy, whatever its signals.
pub trait Task {
    /// The instruments whose events it wants.
    fn legs(&self) -> &[InstrumentId];

    /// Hears of a market event of its legs, and says whether it wants to answer it. Called once for each of them;
    /// [`Task::on_event`] follows when the answer is yes.
    fn hears(&mut self, now: Ts, event: &Event, market: &Market) -> bool {
        let _ = (now, event, market);
        true
    }

    /// Answers an event. False when no market event can matter to it until it is called again for something of its
    /// own: it need not hear of any before.
    fn on_event(
        &mut self,
        cx: &Context<'_, NoSignals>,
        event: &Event,
        out: &mut Intents<'_>,
    ) -> bool;

    /// What follows its signals, as they are before the first event; none when nobody else can follow them.
    fn lookout(&self) -> Option<Box<dyn Lookout>> {
        None
    }

    /// The first row of a track at `from` or later, and before `to`, that it must hear of; none when there is none.
    fn first_call(&self, track: &Track, from: usize, to: usize) -> Option<usize> {
        let _ = (track, to);
        Some(from)
    }

    /// Takes over the signals that somebody else followed in its stead.
    fn take_over(&mut self, lookout: &dyn Lookout) {
        let _ = lookout;
    }

    /// The numbers that it looks at now.
    fn explain(&self, cx: &Context<'_, NoSignals>, numbers: &mut Numbers);

    /// What it is at.
    fn standing(&self) -> Standing {
        Standing::Watching
    }

    /// Whether it begins with one lot, as [`Strategy::ramps`].
    fn ramps(&self) -> bool {
        false
    }

    /// Takes other parameters, as [`Strategy::update`].
    ///
    /// # Errors
    /// Why it cannot.
    fn update(&mut self, params: &Params) -> Result<(), String> {
        let _ = params;
        Err("this task takes no other parameters while it runs".into())
    }

    /// Trades what a person found, as [`Strategy::execute`].
    ///
    /// # Errors
    /// Why it does not.
    fn execute(
        &mut self,
        cx: &Context<'_, NoSignals>,
        execution: &Execution,
        out: &mut Intents<'_>,
    ) -> Result<(), String> {
        let _ = (cx, execution, out);
        Err("this task executes nothing by hand".into())
    }

    /// Closes what it holds, as [`Strategy::unwind`].
    fn unwind(&mut self, cx: &Context<'_, NoSignals>, out: &mut Intents<'_>) {
        let _ = (cx, out);
    }

    /// Wants to be called for the next market event, whatever it said before.
    fn rouse(&mut self) {}

    /// Writes down what it knows, as [`Strategy::save`].
    fn save(&self, out: &mut Saver) {
        out.refuse(CANNOT);
    }

    /// Takes what was written down, as [`Strategy::restore`].
    ///
    /// # Errors
    /// When that does not fit.
    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        let _ = from;
        Err(RestoreError::Refused(CANNOT))
    }
}

/// A strategy that computes its signals itself: one task of one run.
pub struct Solo<S: Strategy> {
    strategy: S,
    signals: S::Signals,
    legs: Vec<InstrumentId>,
    wake: Wake,
    alarm: u32,
    /// Ignores what the strategy says of its wakes: for the test that an extra call changes nothing.
    always: bool,
}

impl<S: Strategy> Solo<S> {
    /// Around a strategy that trades `legs`.
    pub fn new(strategy: S, legs: Vec<InstrumentId>) -> Self {
        let (signals, wake) = (strategy.signals(), Wake::ALWAYS);
        Self {
            strategy,
            signals,
            legs,
            wake,
            alarm: 0,
            always: false,
        }
    }

    /// Calls the strategy on every event whatever its wakes.
    pub fn always(mut self) -> Self {
        self.always = true;
        self
    }
}

fn with<'a, S>(cx: &Context<'a, NoSignals>, signals: &'a S) -> Context<'a, S> {
    Context {
        now: cx.now,
        names: cx.names,
        market: cx.market,
        orders: cx.orders,
        positions: cx.positions,
        ledger: cx.ledger,
        lots: cx.lots,
        signals,
    }
}

impl<S: Strategy> Task for Solo<S> {
    fn legs(&self) -> &[InstrumentId] {
        &self.legs
    }

    #[inline]
    fn hears(&mut self, now: Ts, event: &Event, market: &Market) -> bool {
        self.signals.update(event, market);
        let alarm = self.signals.alarm();
        let awake = alarm != self.alarm || self.wake.fires(now, &self.signals);
        self.alarm = alarm;
        self.always || (awake && self.strategy.would_act(now, market))
    }

    fn on_event(
        &mut self,
        cx: &Context<'_, NoSignals>,
        event: &Event,
        out: &mut Intents<'_>,
    ) -> bool {
        self.strategy.on_event(&with(cx, &self.signals), event, out);
        self.wake = self.strategy.wake();
        self.always || !S::Signals::SILENT || self.wake != Wake::OWN
    }

    fn lookout(&self) -> Option<Box<dyn Lookout>> {
        Some(Box::new(Follower {
            signals: self.strategy.signals(),
            legs: self.legs.clone(),
        }))
    }

    fn first_call(&self, track: &Track, from: usize, to: usize) -> Option<usize> {
        if self.always || track.is_blank() {
            return Some(from);
        }
        track.first(&self.wake, self.alarm, from, to)
    }

    fn take_over(&mut self, lookout: &dyn Lookout) {
        if let Some(signals) = lookout.signals().downcast_ref::<S::Signals>() {
            self.signals.clone_from(signals);
            self.alarm = self.signals.alarm();
        }
    }

    fn explain(&self, cx: &Context<'_, NoSignals>, numbers: &mut Numbers) {
        self.strategy.explain(&with(cx, &self.signals), numbers);
    }

    fn standing(&self) -> Standing {
        self.strategy.standing()
    }

    fn ramps(&self) -> bool {
        self.strategy.ramps()
    }

    fn update(&mut self, params: &Params) -> Result<(), String> {
        self.strategy.update(params)
    }

    fn execute(
        &mut self,
        cx: &Context<'_, NoSignals>,
        execution: &Execution,
        out: &mut Intents<'_>,
    ) -> Result<(), String> {
        self.strategy
            .execute(&with(cx, &self.signals), execution, out)
    }

    fn unwind(&mut self, cx: &Context<'_, NoSignals>, out: &mut Intents<'_>) {
        self.strategy.unwind(&with(cx, &self.signals), out);
    }

    fn rouse(&mut self) {
        self.wake = Wake::ALWAYS;
    }
    fn save(&self, out: &mut Saver) {
        let Self {
            strategy,
            signals,
            wake,
            alarm,
            legs: _,
            always: _,
        } = self;
        strategy.save(out);
        signals.save(out);
        wake.put(out);
        alarm.put(out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        self.strategy.restore(from)?;
        self.signals.restore(from)?;
        self.wake = Value::get(from)?;
        self.alarm = Value::get(from)?;
        Ok(())
    }
}
