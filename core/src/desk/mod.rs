//! What one run owns: account, orders, ledger, risk gate, and its tasks with their strategies.
//!
//! [`Desk::on_event`] goes one way: account, then task, then strategy, then gate. It is total: no error, no
//! clock, no I/O. The same events give the same decisions.

mod day;
mod gate;
mod life;
mod news;
mod oversight;
mod spawn;
mod state;
mod tasks;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::decision::{Decision, Digest, Reason, Refusal};
use crate::event::{AccountEvent, Body, Control, Event, Seq, Timer};
use crate::ledger::Ledger;
use crate::market::Market;
use crate::names::{InstrumentId, Names, TaskId};
use crate::num::Qty;
use crate::order::OrderTable;
use crate::planted::{Bug, planted};
use crate::position::Position;
use crate::risk::{RiskGate, RiskLimits, RiskView, TradingState};
use crate::strategy::{
    Context, Draft, Intents, Lookout, NoSignals, Numbers, Outgoing, Task, Track,
};
use crate::task::TaskState;
use crate::text::Text;
use crate::time::Ts;
use day::Day;
use gate::{send_change, tell_sent};
use life::Life;
pub use life::{Holding, TaskStatus};
use oversight::Oversight;
pub use oversight::RampStatus;
pub use tasks::TaskTerms;

/// What a desk wants done after one event.
#[derive(Debug, Default)]
pub struct Outbox {
    /// One a task that decided something, in the order of tasks.
    pub decisions: Vec<Decision>,
    /// What leaves, in order.
    pub outgoing: Vec<Outgoing>,
    /// Decisions that are done with: their room is used again.
    pub(crate) spent: Vec<Decision>,
}

impl Outbox {
    /// Forgets what was decided.
    #[inline]
    pub fn clear(&mut self) {
        if !self.decisions.is_empty() {
            self.spent.append(&mut self.decisions);
        }
    }

    fn blank_decision(&mut self) -> Decision {
        let Some(mut decision) = self.spent.pop() else {
            return Decision::default();
        };
        decision.numbers.clear();
        decision.commands.clear();
        decision.refusals.clear();
        decision
    }
}

struct Slot {
    task: Box<dyn Task>,
    /// It need not hear of market events.
    deaf: bool,
    reason: Reason,
    /// What the gate refused last, so that the same refusal is not recorded on every event.
    refused: Vec<Refusal>,
    life: Life,
}

/// What the run has, and its tasks may look at.
pub(crate) struct Own {
    pub(crate) names: Arc<Names>,
    pub(crate) gate: RiskGate,
    pub(crate) orders: OrderTable,
    pub(crate) positions: Vec<Position>,
    pub(crate) ledger: Ledger,
    pub(crate) day: Day,
    /// Which task traded last, by instrument; the account where none did.
    pub(crate) traded_last: Vec<TaskId>,
    /// What somebody else added to each position, signed: it is in the position and is no task's.
    pub(crate) foreign: Vec<Qty>,
    /// What each task bears of what a venue just closed, signed.
    pub(crate) closed: Vec<(TaskId, Qty)>,
}

impl Own {
    /// As the gate sees it.
    pub(crate) fn view<'a>(&'a self, now: Ts, market: &'a Market) -> RiskView<'a> {
        RiskView {
            now,
            names: &self.names,
            market,
            orders: &self.orders,
            positions: &self.positions,
            ledger: &self.ledger,
            day_realised: self.day.realised,
            day_opening_unrealised: self.day.opening_unrealised,
        }
    }

    /// As a strategy sees it.
    fn context<'a>(
        &'a self,
        now: Ts,
        market: &'a Market,
        lots: Option<u32>,
    ) -> Context<'a, NoSignals> {
        Context {
            now,
            names: &self.names,
            market,
            orders: &self.orders,
            positions: &self.positions,
            ledger: &self.ledger,
            lots,
            signals: &NoSignals,
        }
    }
}

/// The desk of one run.
pub struct Desk {
    own: Own,
    draft: Draft,
    tasks: Vec<Slot>,
    /// By instrument: the tasks that want its events.
    routes: Vec<Vec<usize>>,
    digest: Digest,
    oversight: Oversight,
}

impl Desk {
    /// A desk with nothing done yet. Tasks get their ids by place.
    pub fn new(
        names: Arc<Names>,
        limits: RiskLimits,
        epoch: u32,
        tasks: Vec<Box<dyn Task>>,
    ) -> Self {
        let mut routes = alloc::vec![Vec::new(); names.instruments.len()];
        for (at, task) in tasks.iter().enumerate() {
            for leg in task.legs() {
                routes[leg.index()].push(at);
            }
        }
        let oversight = Oversight::new(limits.ramp, tasks.len());
        let slot = |task| Slot {
            task,
            deaf: false,
            reason: Text::new("starting"),
            refused: Vec::new(),
            life: Life::default(),
        };
        Self {
            own: Own {
                gate: RiskGate::new(limits, &names),
                orders: OrderTable::new(epoch),
                positions: alloc::vec![Position::default(); names.instruments.len()],
                ledger: Ledger::default(),
                day: Day::default(),
                traded_last: alloc::vec![TaskId::ACCOUNT; names.instruments.len()],
                foreign: alloc::vec![Qty::ZERO; names.instruments.len()],
                closed: Vec::new(),
                names,
            },
            draft: Draft::new(epoch),
            tasks: tasks.into_iter().map(slot).collect(),
            routes,
            digest: Digest::default(),
            oversight,
        }
    }

    /// The earliest timer that a task asked for.
    pub fn next_deadline(&self) -> Option<(Ts, Timer)> {
        self.draft
            .timers
            .first()
            .map(|&(at, task, id)| (at, Timer { task, id }))
    }

    /// True when a timer was asked for since the last call.
    #[inline]
    pub(crate) const fn has_new_timers(&mut self) -> bool {
        core::mem::replace(&mut self.draft.timed, false)
    }

    /// Begins a new UTC day when `now` is in one. `market` is as it was before the day's first event, so that what
    /// that event moves belongs to the new day.
    ///
    /// True when it began one.
    #[inline(always)]
    pub fn turn_day(&mut self, now: Ts, market: &Market) -> bool {
        let turns = !self.own.day.has(now);
        if turns {
            self.begin_day(now, market);
        }
        turns
    }

    #[cold]
    fn begin_day(&mut self, now: Ts, market: &Market) {
        self.own.day = Day::of(now, self.own.view(now, market).unrealised());
        if planted(Bug::HaltEndsAtMidnight) {
            self.own.gate.set_state(TradingState::Active);
        }
    }

    /// Folds an event in. `market` has it already, and the day was turned to it. What the desk wants done is appended
    /// to `out`.
    #[inline(always)]
    pub fn on_event(&mut self, seq: Seq, event: &Event, market: &Market, out: &mut Outbox) {
        match event.body.instrument() {
            Some(instrument) => {
                if self.own.gate.watches_market() {
                    self.watch(seq, event, market, out);
                }
                self.market_news(instrument, seq, event, market, out);
            }
            None => self.own_news(seq, event, market, out),
        }
    }

    /// Tells the tasks that trade an instrument of it, and calls those that want to answer.
    #[inline(always)]
    fn market_news(
        &mut self,
        instrument: InstrumentId,
        seq: Seq,
        event: &Event,
        market: &Market,
        out: &mut Outbox,
    ) {
        let mut at = 0;
        while let Some(&task) = self.routes[instrument.index()].get(at) {
            at += 1;
            let slot = &mut self.tasks[task];
            if !slot.deaf && slot.task.hears(event.ts, event, market) {
                self.call(task, seq, event, market, out);
            }
        }
    }

    #[inline(never)]
    fn own_news(&mut self, seq: Seq, event: &Event, market: &Market, out: &mut Outbox) {
        self.take_own(seq, event, market, out);
        self.oversee(seq, event.ts, out);
    }

    fn take_own(&mut self, seq: Seq, event: &Event, market: &Market, out: &mut Outbox) {
        match &event.body {
            Body::Order(news) => {
                let task = self.order_news(news, event.ts, market);
                self.watch(seq, event, market, out);
                if let Some(task) = task {
                    self.call(task.index(), seq, event, market, out);
                }
            }
            Body::Timer(timer) => {
                self.draft.ring(event.ts, *timer);
                if timer.id >= tasks::DESK_TIMERS {
                    return self.life_timer(*timer, seq, event, market, out);
                }
                self.watch(seq, event, market, out);
                self.call(timer.task.index(), seq, event, market, out);
            }
            Body::Account(news) => {
                self.account_news(news, event.ts);
                self.watch(seq, event, market, out);
                if let AccountEvent::Liquidated {
                    instrument, qty, ..
                }
                | AccountEvent::Deleveraged {
                    instrument, qty, ..
                } = *news
                    && !qty.is_zero()
                {
                    self.call_routed(instrument, seq, event, market, out);
                }
            }
            Body::Control(control) => {
                if let Control::Task(order) = control {
                    self.task_order(order, false, seq, event, market, out);
                } else if let Control::Verdict(verdict) = control {
                    self.follow_verdict(verdict, seq, event, market, out);
                } else if self.control(control) {
                    self.watch(seq, event, market, out);
                    self.call_all(seq, event, market, out);
                }
            }
            Body::Run(news) => {
                self.begin_life(news);
                self.call_all(seq, event, market, out);
            }
            Body::Notice(notice) => self.noticed(notice, seq, event.ts),
            _ => {}
        }
    }

    /// The first of the rows from `from` on, before `to`, that a task must be told of; `to` when none is. The day must
    /// not turn on them.
    pub(crate) fn first_call(&self, tracks: &[Track], from: usize, to: usize) -> usize {
        if self.own.gate.watches_market() {
            return from;
        }
        let mut first = to;
        for (slot, track) in self.tasks.iter().zip(tracks) {
            if !slot.deaf {
                first = slot.task.first_call(track, from, first).unwrap_or(first);
            }
        }
        first
    }

    /// When the running day ends; nothing before has to be told of it.
    pub(crate) const fn day_ends(&self) -> Ts {
        self.own.day.ends()
    }

    /// The instruments that a task trades.
    pub fn legs_of(&self, task: TaskId) -> impl Iterator<Item = InstrumentId> {
        let routes = self.routes.iter().enumerate();
        routes
            .filter(move |(_, tasks)| tasks.contains(&task.index()))
            .map(|(at, _)| InstrumentId(at as u16))
    }

    /// Takes over signals that others followed, by task.
    pub(crate) fn take_over(&mut self, lookouts: &[Option<Box<dyn Lookout>>]) {
        for (slot, lookout) in self.tasks.iter_mut().zip(lookouts) {
            if let Some(lookout) = lookout {
                slot.task.take_over(lookout.as_ref());
            }
        }
    }

    /// Tells the tasks of a market event that none of them has to answer.
    pub(crate) fn overhear(&mut self, event: &Event, market: &Market) {
        let Some(instrument) = event.body.instrument() else {
            return;
        };
        for &task in &self.routes[instrument.index()] {
            let slot = &mut self.tasks[task];
            if !slot.deaf {
                slot.task.hears(event.ts, event, market);
            }
        }
    }

    /// What follows the signals of each task.
    pub fn lookouts(&self) -> Vec<Option<Box<dyn Lookout>>> {
        let tasks = self.tasks.iter();
        tasks.map(|slot| slot.task.lookout()).collect()
    }

    /// Calls the tasks that trade an instrument.
    fn call_routed(
        &mut self,
        instrument: InstrumentId,
        seq: Seq,
        event: &Event,
        market: &Market,
        out: &mut Outbox,
    ) {
        for at in 0..self.routes[instrument.index()].len() {
            let task = self.routes[instrument.index()][at];
            self.call(task, seq, event, market, out);
        }
    }

    fn call_all(&mut self, seq: Seq, event: &Event, market: &Market, out: &mut Outbox) {
        for at in 0..self.tasks.len() {
            self.call(at, seq, event, market, out);
        }
    }

    /// Lets one task answer an event and records what it decided.
    #[inline(never)]
    fn call(&mut self, at: usize, seq: Seq, event: &Event, market: &Market, out: &mut Outbox) {
        let Some(slot) = self.tasks.get_mut(at) else {
            return;
        };
        if slot.life.state() != TaskState::Running {
            return self.call_aside(at, seq, event, market, out);
        }
        let first = out.outgoing.len();
        let lots = self.oversight.lots(at);
        let cx = self.own.context(event.ts, market, lots);
        let mut intents = Intents {
            task: TaskId(at as u16),
            now: event.ts,
            state: TaskState::Running,
            unwinds: false,
            market,
            own: &self.own,
            draft: &mut self.draft,
            outgoing: &mut out.outgoing,
            reason: &mut slot.reason,
        };
        slot.deaf = !slot.task.on_event(&cx, event, &mut intents);
        if self.draft.failed {
            self.give_up(at, event.ts, market, out);
        }
        if out.outgoing.len() > first || !self.draft.is_blank() {
            self.record(at, first, seq, event.ts, market, out);
        }
        if !self.draft.found.is_empty() {
            self.start_found(at, seq, event, market, out);
        }
        if let Some(ahead) = self.draft.ahead.take() {
            self.own.gate.reserve(TaskId(at as u16), ahead, event.ts);
        }
    }

    /// Records what a task decided, when that is news: `first` is where its commands start.
    fn record(
        &mut self,
        at: usize,
        first: usize,
        seq: Seq,
        now: Ts,
        market: &Market,
        out: &mut Outbox,
    ) {
        let slot = &mut self.tasks[at];
        let Draft {
            placed,
            refusals,
            before,
            ..
        } = &mut self.draft;
        let acts = out.outgoing.len() > first;
        let turns = before.take().is_some_and(|before| before != slot.reason);
        let refused =
            !refusals.is_empty() && (acts || turns || !same_refusals(refusals, &slot.refused));
        if !(acts || turns || refused) {
            refusals.clear();
            return;
        }
        let mut decision = out.blank_decision();
        (decision.cause, decision.ts, decision.task) = (seq, now, TaskId(at as u16));
        decision.reason.clone_from(&slot.reason);
        let lots = self.oversight.lots(at);
        let cx = self.own.context(now, market, lots);
        let mut numbers = Numbers::on(core::mem::take(&mut decision.numbers));
        if !slot.life.is_deaf() {
            slot.task.explain(&cx, &mut numbers);
        }
        decision.numbers = numbers.into_vec();
        if let Some(words) = self.own.day.tells(refusals) {
            out.outgoing.push(Outgoing::Alert(words.into()));
        }
        if !(refusals.is_empty() && slot.refused.is_empty()) {
            slot.refused.clone_from(refusals);
            decision.refusals.append(refusals);
        }
        for place in placed.drain(..) {
            let place = place.into_inner();
            self.digest.mix(u64::from(place.order.n));
            self.digest.mix(place.qty.mantissa() as u64);
            let limit = place.limit.map_or(0, |limit| limit.mantissa() as u64);
            self.digest.mix(limit);
            self.own.orders.enter(place);
            if self.own.gate.more().is_some() {
                tell_sent(&mut self.own, place.order, now, market);
            }
        }
        for outgoing in &out.outgoing[first..] {
            if let Outgoing::Amend(amend) = outgoing {
                send_change(&mut self.own, amend.get(), now, market);
            }
            decision.commands.push(outgoing.command());
        }
        decision.digest = self.digest.value();
        slot.life.decided(&decision);
        out.decisions.push(decision);
    }

    /// The reason in force and the numbers that a task looks at now.
    pub fn explain(&self, task: TaskId, now: Ts, market: &Market) -> Option<(Reason, Numbers)> {
        let slot = self.tasks.get(task.index())?;
        let lots = self.oversight.lots(task.index());
        let cx = self.own.context(now, market, lots);
        let mut numbers = Numbers::default();
        if !slot.life.is_deaf() {
            slot.task.explain(&cx, &mut numbers);
        }
        Some((slot.reason.clone(), numbers))
    }

    /// Names and instruments.
    pub fn names(&self) -> &Names {
        &self.own.names
    }

    /// The orders of the run: those alive, and the last 8,192 that ended.
    pub const fn orders(&self) -> &OrderTable {
        &self.own.orders
    }

    /// Positions by instrument.
    pub fn positions(&self) -> &[Position] {
        &self.own.positions
    }

    /// What somebody else added to each position, signed.
    pub fn foreign(&self) -> &[Qty] {
        &self.own.foreign
    }

    /// The ledger.
    pub const fn ledger(&self) -> &Ledger {
        &self.own.ledger
    }
}

fn same_refusals(a: &[Refusal], b: &[Refusal]) -> bool {
    let key = |refusal: &Refusal| (refusal.instrument, refusal.side, refusal.reason.clone());
    a.iter().map(key).eq(b.iter().map(key))
}
