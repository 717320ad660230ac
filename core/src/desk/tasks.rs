//! The life of tasks on a desk: orders to them, and what a task that does not run may still do.
//!
//! A task that pauses, changes or stops has its orders taken back first. It still hears of its orders, timers and
//! liquidations until its legs balance, and the orders that mend them leave; nothing else of it does.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Desk, Outbox, TaskStatus};
use crate::command::{Place, TimeInForce};
use crate::event::{Body, Control, Event, Seq, Timer};
use crate::market::Market;
use crate::names::TaskId;
use crate::order::OrderId;
use crate::risk::{Approved, TradingState};
use crate::strategy::{Context, Intents, NoSignals, Params, StrategyCard, Task};
use crate::task::{Ending, Standing, TaskAction, TaskOrder, TaskState, TaskStep};
use crate::time::{Span, Ts};

/// Timers of a task from this number on are the desk's.
pub(super) const DESK_TIMERS: u32 = u32::MAX - 15;
/// Looks again whether a task has settled.
const SETTLE: u32 = DESK_TIMERS;
/// Ends the wait after a failure.
const RETRY: u32 = DESK_TIMERS + 1;

/// Puts away what has been over for long enough.
const KEEP: u32 = DESK_TIMERS + 2;

/// How long orders that were taken back may take to end.
const PATIENCE: Span = Span::from_nanos(1_000_000_000);
/// After so many of these people are told.
const TRIES: u32 = 5;

/// What a task is told besides its strategy's parameters.
#[derive(Clone, Debug, Default)]
pub struct TaskTerms {
    /// What its strategy declares, and its parameters: they can be changed while it runs when both are known.
    pub card: Option<&'static StrategyCard>,
    /// Parameters as they are.
    pub params: Params,
    /// It begins when it is told to.
    pub waits: bool,
    /// It begins when another task finds that two instruments of its legs have parted.
    pub started_by: Option<TaskId>,
    /// It is put away so long after it was over: done, or failed and not tried again. What it did stays in the journal.
    pub archive_after: Option<Span>,
    /// It is tried again so long after it failed; soon after that, twice as long, and so on.
    pub retry_after: Option<Span>,
}

impl Desk {
    /// Sets what a task is told; before the first event.
    pub fn set_terms(&mut self, task: TaskId, terms: TaskTerms) {
        if let Some(slot) = self.tasks.get_mut(task.index()) {
            if terms.waits || terms.started_by.is_some() {
                slot.life.state = TaskState::Ready;
                slot.reason = TaskState::Ready.reason().into();
            }
            slot.life.terms = terms;
        }
    }

    /// Where a task is.
    pub fn status(&self, task: TaskId) -> Option<TaskStatus<'_>> {
        let slot = self.tasks.get(task.index())?;
        let life = &slot.life;
        let mut timers = self.draft.timers.iter();
        Some(TaskStatus {
            state: life.state,
            standing: slot.task.standing(),
            reason: &slot.reason,
            orders: self.alive_of(task.index()).count(),
            executions: life.executions,
            decisions: life.decisions,
            decided_at: life.decided_at,
            next_timer: timers.find(|timer| timer.1 == task).map(|timer| timer.0),
            failures: life.failures,
            holdings: &life.holdings,
        })
    }

    /// A task's parameters as they are.
    pub fn params(&self, task: TaskId) -> Option<&Params> {
        self.tasks
            .get(task.index())
            .map(|slot| &slot.life.terms.params)
    }

    fn alive_of(&self, at: usize) -> impl Iterator<Item = OrderId> {
        let alive = self.own.orders.alive();
        let own = alive.filter(move |order| order.place.task.index() == at);
        own.map(|order| order.place.order)
    }

    /// An order to one task, or to each whose life is not over. To all, those that cannot obey are passed over.
    /// What loses more than may be had without asking waits, unless it is approved.
    pub(super) fn task_order(
        &mut self,
        order: &TaskOrder,
        approved: bool,
        seq: Seq,
        event: &Event,
        market: &Market,
        out: &mut Outbox,
    ) {
        let targets = match order.task {
            Some(task) => task.index()..(task.index() + 1).min(self.tasks.len()),
            None => 0..self.tasks.len(),
        };
        for at in targets {
            let first = out.outgoing.len();
            let state = self.tasks[at].life.state;
            if !approved && self.must_ask(at, &order.action, market) {
                self.hold(at, &order.action, event.ts, market, out);
                self.record_any(at, first, seq, event.ts, market, out);
                continue;
            }
            let Some(step) = order.action.step() else {
                self.execute(at, &order.action, event.ts, market, out);
                self.record_any(at, first, seq, event.ts, market, out);
                continue;
            };
            let releases = order.action == TaskAction::Resume && self.may_release(at);
            match state.after(step) {
                Some(next) => {
                    self.note_order(at, &order.action);
                    self.enter(at, next, event.ts, market, out);
                    if releases {
                        self.release(at, event.ts, market, out);
                    }
                    self.settle(at, event, market, out);
                }
                None if releases && state == TaskState::Running => {
                    self.release(at, event.ts, market, out);
                }
                None if order.task.is_some() => {
                    let why = format!("{} is refused, it is {}", step.name(), state.name());
                    self.tell(at, &why, event.ts, market, out);
                }
                None => {}
            }
            self.record_any(at, first, seq, event.ts, market, out);
        }
    }

    /// True for a task whose repair was given up, while the run may trade: who resumes it has seen to that.
    fn may_release(&self, at: usize) -> bool {
        let free = self.own.gate.state() == TradingState::Active;
        free && self.tasks[at].task.standing() == Standing::Quarantined
    }

    /// Tells one task what a resume of the whole run tells each: its legs are mended again.
    fn release(&mut self, at: usize, now: Ts, market: &Market, out: &mut Outbox) {
        let body = Body::Control(Control::Resume);
        let resumed = Event { ts: now, body };
        let heard = self.with_task(at, now, market, out, |task, cx, intents| {
            task.on_event(cx, &resumed, intents)
        });
        self.tasks[at].deaf = !heard || self.tasks[at].life.is_deaf();
        if self.draft.failed {
            self.give_up(at, now, market, out);
        }
    }

    fn note_order(&mut self, at: usize, action: &TaskAction) {
        let life = &mut self.tasks[at].life;
        match action {
            TaskAction::Update(changes) => life.pending.extend(changes.iter().cloned()),
            TaskAction::Stop(ending) => life.ending = *ending,
            TaskAction::Remove(ending) => (life.ending, life.is_removed) = (*ending, true),
            TaskAction::Start
            | TaskAction::Pause
            | TaskAction::Resume
            | TaskAction::Archive
            | TaskAction::Execute(_) => {}
        }
    }

    /// Tells a task that does not run of an event of its own, and moves it on when it has settled.
    #[cold]
    pub(super) fn call_aside(
        &mut self,
        at: usize,
        seq: Seq,
        event: &Event,
        market: &Market,
        out: &mut Outbox,
    ) {
        let first = out.outgoing.len();
        let state = self.tasks[at].life.state;
        let own = matches!(
            event.body,
            Body::Order(_) | Body::Timer(_) | Body::Account(_) | Body::Control(_)
        );
        if own && state != TaskState::Ready {
            let heard = self.with_task(at, event.ts, market, out, |task, cx, intents| {
                task.on_event(cx, event, intents)
            });
            self.tasks[at].deaf = !heard || self.tasks[at].life.is_deaf();
            if self.draft.failed {
                self.give_up(at, event.ts, market, out);
            }
        }
        self.settle(at, event, market, out);
        self.record_any(at, first, seq, event.ts, market, out);
    }

    /// A timer of the desk's own for a task.
    #[cold]
    pub(super) fn life_timer(
        &mut self,
        timer: Timer,
        seq: Seq,
        event: &Event,
        market: &Market,
        out: &mut Outbox,
    ) {
        let at = timer.task.index();
        let Some(slot) = self.tasks.get_mut(at) else {
            return;
        };
        let (first, state) = (out.outgoing.len(), slot.life.state);
        if timer.id == SETTLE && state.is_settling() {
            slot.life.tries += 1;
            let tries = slot.life.tries;
            self.take_back(at, event.ts, market, out);
            self.settle(at, event, market, out);
            if tries == TRIES && self.tasks[at].life.state == state {
                let orders = self.alive_of(at).count();
                let standing = self.tasks[at].task.standing().name();
                let why = format!(
                    "is still {}: {standing}, orders at work: {orders}",
                    state.name()
                );
                self.tell(at, &why, event.ts, market, out);
            }
            if self.tasks[at].life.state == state {
                let later = tries.saturating_sub(TRIES).min(8);
                let delay = Span::from_nanos(PATIENCE.nanos() << later);
                self.ring_at(at, event.ts + delay, SETTLE);
            }
        }
        if timer.id == KEEP
            && self.tasks[at].life.is_kept_enough(event.ts)
            && let Some(next) = state.after(TaskStep::Archive)
        {
            self.enter(at, next, event.ts, market, out);
        }
        if timer.id == RETRY
            && state == TaskState::Failed
            && let Some(next) = state.after(TaskStep::Resume)
        {
            self.enter(at, next, event.ts, market, out);
            self.settle(at, event, market, out);
        }
        self.record_any(at, first, seq, event.ts, market, out);
    }

    /// A task said that it cannot go on.
    #[cold]
    pub(super) fn give_up(&mut self, at: usize, now: Ts, market: &Market, out: &mut Outbox) {
        self.draft.failed = false;
        let slot = &mut self.tasks[at];
        let Some(next) = slot.life.state.after(TaskStep::Fail) else {
            return;
        };
        let wait = slot.life.failed(now);
        let why = match wait {
            Some(wait) => format!(
                "failed: {}; tried again in {} ms",
                slot.reason,
                wait.nanos() / 1_000_000
            ),
            None => format!("failed: {}", slot.reason),
        };
        self.tell(at, &why, now, market, out);
        self.enter(at, next, now, market, out);
        if let Some(wait) = wait {
            self.ring_at(at, now + wait, RETRY);
        }
    }

    /// Has a task in a state, with what belongs to it.
    pub(super) fn enter(
        &mut self,
        at: usize,
        state: TaskState,
        now: Ts,
        market: &Market,
        out: &mut Outbox,
    ) {
        let slot = &mut self.tasks[at];
        let before = core::mem::replace(&mut slot.life.state, state);
        self.digest.mix((at as u64) << 8 | state as u64);
        match state {
            TaskState::Pausing | TaskState::Updating | TaskState::Stopping => {
                slot.life.tries = 0;
                slot.task.rouse();
                slot.deaf = false;
                self.take_back(at, now, market, out);
                self.ring_at(at, now + PATIENCE, SETTLE);
            }
            TaskState::Failed if before != state => self.take_back(at, now, market, out),
            TaskState::Done | TaskState::Archived => {
                slot.deaf = true;
                let over = TaskId(at as u16);
                self.draft.timers.retain(|timer| timer.1 != over);
            }
            TaskState::Running | TaskState::Ready | TaskState::Paused | TaskState::Failed => {}
        }
        if before != state && state != TaskState::Failed {
            self.say(at, state.reason(), now, market, out);
        }
        if matches!(
            state,
            TaskState::Running | TaskState::Paused | TaskState::Ready
        ) {
            self.change(at, now, market, out);
        }
        if state == TaskState::Running {
            let slot = &mut self.tasks[at];
            slot.task.rouse();
            slot.deaf = false;
        }
        if matches!(state, TaskState::Done | TaskState::Failed) && before != state {
            self.keep(at, state, now, market, out);
        }
    }

    /// Puts a task away whose life is over: at once when it was to be removed, else after its time.
    fn keep(&mut self, at: usize, state: TaskState, now: Ts, market: &Market, out: &mut Outbox) {
        let life = &mut self.tasks[at].life;
        life.over_since = Some(now);
        if life.is_removed && state == TaskState::Done {
            return self.enter(at, TaskState::Archived, now, market, out);
        }
        if let Some(time) = life.terms.archive_after {
            self.ring_at(at, now + time, KEEP);
        }
    }

    /// Moves a task on that has no order at work any more and whose legs are as they should be.
    fn settle(&mut self, at: usize, event: &Event, market: &Market, out: &mut Outbox) {
        let now = event.ts;
        let (state, ending) = (self.tasks[at].life.state, self.tasks[at].life.ending);
        if !state.is_settling() || self.is_at_work(at) {
            return;
        }
        let closes = state == TaskState::Stopping && ending == Ending::Unwind;
        // A close that brought nothing is not tried again at its own news: a venue without delay would answer for ever.
        let may_close = closes && !matches!(event.body, Body::Order(_));
        if may_close && self.tasks[at].task.standing() == Standing::Holding {
            self.with_task(at, now, market, out, |task, cx, intents| {
                intents.unwinds = true;
                task.unwind(cx, intents);
                // Where that sent nothing, the next event of the market is another chance.
                task.rouse();
            });
            if self.is_at_work(at) {
                return;
            }
        }
        let step = match self.tasks[at].task.standing() {
            Standing::Watching => TaskStep::Settled,
            Standing::Holding if !closes => TaskStep::Settled,
            Standing::Quarantined if state == TaskState::Stopping => TaskStep::Fail,
            Standing::Quarantined => TaskStep::Settled,
            Standing::Holding | Standing::Entering | Standing::Closing | Standing::Repairing => {
                return;
            }
        };
        if let Some(next) = state.after(step) {
            self.enter(at, next, now, market, out);
        }
    }

    /// True while an order of a task is at work, one that leaves on this event among them.
    fn is_at_work(&self, at: usize) -> bool {
        !self.draft.placed.is_empty() || self.alive_of(at).next().is_some()
    }

    /// Changes what parameters are to be changed.
    fn change(&mut self, at: usize, now: Ts, market: &Market, out: &mut Outbox) {
        let slot = &mut self.tasks[at];
        let changes = core::mem::take(&mut slot.life.pending);
        if changes.is_empty() {
            return;
        }
        let texts = changes
            .iter()
            .map(|change| (change.name.as_str(), change.new.as_str()));
        let terms = &mut slot.life.terms;
        let changed = terms
            .card
            .ok_or_else(|| "nothing is known of its parameters".into())
            .and_then(|card| terms.params.changed(card, texts))
            .and_then(|params| slot.task.update(&params).map(|()| terms.params = params));
        match changed {
            Ok(()) => self.say(at, "task_updated", now, market, out),
            Err(why) => self.tell(
                at,
                &format!("the update is refused: {why}"),
                now,
                market,
                out,
            ),
        }
    }

    /// Takes back what rests. What trades at once or not at all ends by itself, and may be what mends the legs.
    fn take_back(&mut self, at: usize, now: Ts, market: &Market, out: &mut Outbox) {
        let placed = self.draft.placed.iter().map(Approved::get);
        let alive = self.own.orders.alive().map(|order| &order.place);
        let rests = |place: &&Place| {
            let waits = matches!(
                place.time_in_force,
                TimeInForce::GoodTillCancelled | TimeInForce::PostOnly
            );
            waits && place.task.index() == at
        };
        let orders = alive.chain(placed).filter(rests).map(|place| place.order);
        let orders: Vec<OrderId> = orders.collect();
        self.with_task(at, now, market, out, |_, _, intents| {
            orders.into_iter().for_each(|order| intents.cancel(order));
        });
    }

    fn ring_at(&mut self, at: usize, when: Ts, id: u32) {
        self.draft.timers.insert((when, TaskId(at as u16), id));
        self.draft.timed = true;
    }

    fn say(&mut self, at: usize, reason: &'static str, now: Ts, market: &Market, out: &mut Outbox) {
        self.with_task(at, now, market, out, |_, _, intents| intents.reason(reason));
    }

    pub(super) fn tell(
        &mut self,
        at: usize,
        what: &str,
        now: Ts,
        market: &Market,
        out: &mut Outbox,
    ) {
        let words: String = format!("task {} {what}", self.own.names.task(TaskId(at as u16)));
        self.with_task(at, now, market, out, |_, _, intents| intents.alert(words));
    }

    /// Something of one task, with the intents that it may have.
    pub(super) fn with_task<R>(
        &mut self,
        at: usize,
        now: Ts,
        market: &Market,
        out: &mut Outbox,
        act: impl FnOnce(&mut Box<dyn Task>, &Context<'_, NoSignals>, &mut Intents<'_>) -> R,
    ) -> R {
        let slot = &mut self.tasks[at];
        let lots = self.oversight.lots(at);
        let cx = self.own.context(now, market, lots);
        let mut intents = Intents {
            task: TaskId(at as u16),
            now,
            state: slot.life.state,
            unwinds: false,
            market,
            own: &self.own,
            draft: &mut self.draft,
            outgoing: &mut out.outgoing,
            reason: &mut slot.reason,
        };
        act(&mut slot.task, &cx, &mut intents)
    }

    pub(super) fn record_any(
        &mut self,
        at: usize,
        first: usize,
        seq: Seq,
        now: Ts,
        market: &Market,
        out: &mut Outbox,
    ) {
        if out.outgoing.len() > first || !self.draft.is_blank() {
            self.record(at, first, seq, now, market, out);
        }
    }
}
