//! What one run owns: account, orders, ledger, risk gate, and its tasks with their strategies.
//!
//! [`Desk::on_event`] goes one way: account, then task, then strategy, then gate. It is total: no error, no
//! clock, no I/O. The same events give the same decisions.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::command::Place;
use crate::decision::{Decision, Digest, Reason, Refusal};
use crate::event::{AccountEvent, Body, Control, Event, OrderEvent, OrderEventKind, Seq, Timer};
use crate::ledger::Ledger;
use crate::market::Market;
use crate::names::{InstrumentId, Names, TaskId};
use crate::num::Money;
use crate::order::{OrderIds, OrderTable};
use crate::position::Position;
use crate::risk::{Approved, RiskGate, RiskLimits, RiskView, TradingState};
use crate::strategy::{Context, Intents, NoSignals, Numbers, Outgoing, Task};
use crate::text::Text;
use crate::time::Ts;

/// What a desk wants done after one event.
#[derive(Debug, Default)]
pub struct Outbox {
    /// One a task that decided something, in the order of tasks.
    pub decisions: Vec<Decision>,
    /// What leaves, in order.
    pub outgoing: Vec<Outgoing>,
}

struct Slot {
    task: Box<dyn Task>,
    /// It need not hear of market events.
    deaf: bool,
    reason: Reason,
    /// What the gate refused last, so that the same refusal is not recorded on every event.
    refused: Vec<Refusal>,
}

/// Result of the running UTC day.
#[derive(Clone, Copy, Debug, Default)]
struct Day {
    from: Ts,
    to: Ts,
    realised: Money,
    opening_unrealised: Money,
}

impl Day {
    /// The day of a moment.
    fn of(now: Ts, opening_unrealised: Money) -> Self {
        let midnight = |day: i64| Ts::from_nanos(day.saturating_mul(86_400_000_000_000));
        Self {
            from: midnight(now.utc_day()),
            to: midnight(now.utc_day() + 1),
            realised: Money::ZERO,
            opening_unrealised,
        }
    }

    fn has(&self, now: Ts) -> bool {
        self.from <= now && now < self.to
    }
}

/// The desk of one run.
pub struct Desk {
    names: Arc<Names>,
    gate: RiskGate,
    orders: OrderTable,
    ids: OrderIds,
    positions: Vec<Position>,
    ledger: Ledger,
    tasks: Vec<Slot>,
    /// By instrument: the tasks that want its events.
    routes: Vec<Vec<usize>>,
    timers: BTreeSet<(Ts, TaskId, u32)>,
    digest: Digest,
    day: Day,
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
        let slot = |task| Slot {
            task,
            deaf: false,
            reason: Text::new("starting"),
            refused: Vec::new(),
        };
        Self {
            gate: RiskGate::new(limits),
            orders: OrderTable::new(epoch),
            ids: OrderIds::new(epoch),
            positions: alloc::vec![Position::default(); names.instruments.len()],
            ledger: Ledger::default(),
            tasks: tasks.into_iter().map(slot).collect(),
            routes,
            timers: BTreeSet::new(),
            digest: Digest::default(),
            day: Day::default(),
            names,
        }
    }

    /// The earliest timer that a task asked for.
    pub fn next_deadline(&self) -> Option<(Ts, Timer)> {
        self.timers
            .first()
            .map(|&(at, task, id)| (at, Timer { task, id }))
    }

    /// Begins a new UTC day when `now` is in one. `market` is as it was before the day's first event, so that what
    /// that event moves belongs to the new day.
    #[inline]
    pub fn turn_day(&mut self, now: Ts, market: &Market) {
        if !self.day.has(now) {
            self.day = Day::of(now, self.view(now, market).unrealised());
        }
    }

    /// Folds an event in. `market` has it already. What the desk wants done is appended to `out`.
    #[inline]
    pub fn on_event(&mut self, seq: Seq, event: &Event, market: &Market, out: &mut Outbox) {
        self.turn_day(event.ts, market);
        match event.body.instrument() {
            Some(instrument) => self.market_news(instrument, seq, event, market, out),
            None => self.own_news(seq, event, market, out),
        }
    }

    /// Tells the tasks that trade an instrument of it, and calls those that want to answer.
    #[inline]
    fn market_news(
        &mut self,
        instrument: InstrumentId,
        seq: Seq,
        event: &Event,
        market: &Market,
        out: &mut Outbox,
    ) {
        for at in 0..self.routes[instrument.index()].len() {
            let task = self.routes[instrument.index()][at];
            let slot = &mut self.tasks[task];
            if !slot.deaf && slot.task.hears(event.ts, event, market) {
                self.call(task, seq, event, market, out);
            }
        }
    }

    fn own_news(&mut self, seq: Seq, event: &Event, market: &Market, out: &mut Outbox) {
        match &event.body {
            Body::Order(news) => {
                if let Some(task) = self.order_news(news) {
                    self.call(task.index(), seq, event, market, out);
                }
            }
            Body::Timer(timer) => {
                self.timers.remove(&(event.ts, timer.task, timer.id));
                self.call(timer.task.index(), seq, event, market, out);
            }
            Body::Account(news) => {
                self.account_news(news);
                if let AccountEvent::Liquidated { instrument, .. } = *news {
                    self.call_routed(instrument, seq, event, market, out);
                }
            }
            Body::Control(control) => {
                self.control(*control);
                self.call_all(seq, event, market, out);
            }
            Body::Run(_) => self.call_all(seq, event, market, out),
            _ => {}
        }
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

    fn order_news(&mut self, news: &OrderEvent) -> Option<TaskId> {
        let applied = self.orders.apply(news)?;
        let order = self.orders.get(news.order)?;
        let (place, state, filled) = (order.place, order.state, order.filled);
        if let OrderEventKind::Amended { .. } = news.kind {
            self.digest.mix(place.qty.mantissa() as u64);
            let limit = place.limit.map_or(0, |limit| limit.mantissa() as u64);
            self.digest.mix(limit);
        }
        if let Some(fill) = applied.fill {
            let instrument = self.names.instrument(place.instrument);
            let position = &mut self.positions[place.instrument.index()];
            let realised = position.book(instrument, place.side, &fill);
            self.digest.mix(position.qty.mantissa() as u64);
            self.digest.mix_money(position.cost);
            self.ledger.fill(instrument, place.side, &fill, realised);
            self.day.realised += realised - fill.fee.value;
        } else if matches!(news.kind, OrderEventKind::Filled(_)) {
            // A fill that is told twice is not news: who keeps legs of its own would book it twice.
            return None;
        }
        self.digest.mix(u64::from(news.order.n) << 8 | state as u64);
        self.digest.mix(filled.mantissa() as u64);
        Some(place.task)
    }

    fn account_news(&mut self, news: &AccountEvent) {
        match *news {
            AccountEvent::Balance {
                venue,
                asset,
                total,
            } => {
                self.ledger.balance(venue, asset, total);
                self.digest
                    .mix(u64::from(venue.0) << 16 | u64::from(asset.0));
                self.digest.mix_money(total);
            }
            AccountEvent::Funding {
                instrument, amount, ..
            } => {
                self.ledger
                    .funding(self.names.instrument(instrument), amount);
                self.day.realised += amount;
                self.digest.mix_money(amount);
            }
            AccountEvent::Liquidated {
                instrument,
                realised,
                ..
            } => {
                self.positions[instrument.index()].close_for(realised);
                self.ledger
                    .liquidation(self.names.instrument(instrument), realised);
                self.day.realised += realised;
                self.digest.mix(u64::from(instrument.0));
                self.digest.mix_money(realised);
            }
            AccountEvent::LiquidationFee { instrument, amount } => {
                self.ledger
                    .liquidation_fee(self.names.instrument(instrument), amount);
                self.day.realised -= amount;
                self.digest.mix_money(amount);
            }
        }
    }

    fn control(&mut self, control: Control) {
        self.gate.set_state(match control {
            Control::Pause => TradingState::Paused,
            Control::Resume => TradingState::Active,
            Control::Halt => TradingState::Halted,
        });
        self.digest.mix(control as u64);
    }

    fn call_all(&mut self, seq: Seq, event: &Event, market: &Market, out: &mut Outbox) {
        for at in 0..self.tasks.len() {
            self.call(at, seq, event, market, out);
        }
    }

    /// Lets one task answer an event and records what it decided.
    fn call(&mut self, at: usize, seq: Seq, event: &Event, market: &Market, out: &mut Outbox) {
        let Some(slot) = self.tasks.get_mut(at) else {
            return;
        };
        let task = TaskId(at as u16);
        let first = out.outgoing.len();
        let mut before = None;
        let (mut placed, mut refusals) = (Vec::new(), Vec::new());
        let cx = Context {
            now: event.ts,
            names: &self.names,
            market,
            orders: &self.orders,
            positions: &self.positions,
            ledger: &self.ledger,
            signals: &NoSignals,
        };
        let mut intents = Intents {
            task,
            gate: &self.gate,
            view: RiskView {
                now: event.ts,
                names: &self.names,
                market,
                orders: &self.orders,
                positions: &self.positions,
                day_realised: self.day.realised,
                day_opening_unrealised: self.day.opening_unrealised,
            },
            ids: &mut self.ids,
            timers: &mut self.timers,
            placed: &mut placed,
            outgoing: &mut out.outgoing,
            refusals: &mut refusals,
            reason: &mut slot.reason,
            before: &mut before,
        };
        slot.task.on_event(&cx, event, &mut intents);
        slot.deaf = !slot.task.listens();
        let acts = out.outgoing.len() > first;
        let turns = before.is_some_and(|before| before != slot.reason);
        let refused =
            !refusals.is_empty() && (acts || turns || !same_refusals(&refusals, &slot.refused));
        if !(acts || turns || refused) {
            return;
        }
        let mut numbers = Numbers::default();
        slot.task.explain(&cx, &mut numbers);
        let reason = slot.reason.clone();
        slot.refused.clone_from(&refusals);
        self.enter(&placed);
        for outgoing in &out.outgoing[first..] {
            if let Outgoing::Amend(amend) = outgoing {
                self.orders.amending(amend.get());
            }
        }
        out.decisions.push(Decision {
            cause: seq,
            ts: event.ts,
            task,
            reason,
            numbers: numbers.into_vec(),
            commands: out.outgoing[first..]
                .iter()
                .map(Outgoing::command)
                .collect(),
            refusals,
            digest: self.digest.value(),
        });
    }

    fn enter(&mut self, placed: &[Approved<Place>]) {
        for place in placed.iter().map(Approved::get) {
            self.digest.mix(u64::from(place.order.n));
            self.digest.mix(place.qty.mantissa() as u64);
            self.digest
                .mix(place.limit.map_or(0, |limit| limit.mantissa() as u64));
            self.orders.enter(*place);
        }
    }

    fn view<'a>(&'a self, now: Ts, market: &'a Market) -> RiskView<'a> {
        RiskView {
            now,
            names: &self.names,
            market,
            orders: &self.orders,
            positions: &self.positions,
            day_realised: self.day.realised,
            day_opening_unrealised: self.day.opening_unrealised,
        }
    }

    /// The reason in force and the numbers that a task looks at now.
    pub fn explain(&self, task: TaskId, now: Ts, market: &Market) -> Option<(Reason, Numbers)> {
        let slot = self.tasks.get(task.index())?;
        let cx = Context {
            now,
            names: &self.names,
            market,
            orders: &self.orders,
            positions: &self.positions,
            ledger: &self.ledger,
            signals: &NoSignals,
        };
        let mut numbers = Numbers::default();
        slot.task.explain(&cx, &mut numbers);
        Some((slot.reason.clone(), numbers))
    }

    /// Names and instruments.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The orders of the run: those alive, and the last 65,536 that ended.
    pub const fn orders(&self) -> &OrderTable {
        &self.orders
    }

    /// Positions by instrument.
    pub fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// The ledger.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}

fn same_refusals(a: &[Refusal], b: &[Refusal]) -> bool {
    let key = |refusal: &Refusal| (refusal.instrument, refusal.side, refusal.reason.clone());
    a.iter().map(key).eq(b.iter().map(key))
}
