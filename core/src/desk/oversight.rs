//! What a desk keeps beside its tasks for the people who run it: the ramp of each task, and what waits for their word.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use rust_decimal::Decimal;

use super::{Desk, Holding, Outbox};
use crate::approval::{Denial, Item, Verdict, Waiting};
use crate::decision::{Number, Value};
use crate::event::{Control, Event, Seq};
use crate::instrument::Side;
use crate::market::Market;
use crate::names::TaskId;
use crate::notice::Notice;
use crate::num::{Money, Qty};
use crate::ramp::{Climb, RampRule, Turn};
use crate::risk::TradingState;
use crate::strategy::Outgoing;
use crate::task::{Ending, Standing, TaskAction, TaskOrder};
use crate::text::Text;
use crate::time::Ts;

/// News of what is not the run's own that wait at most; the oldest go first.
const FOREIGN_MAX: usize = 256;

/// An order to close that waits for a person's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    task: TaskId,
    action: TaskAction,
    since: Ts,
}

crate::value!(struct Held { task, action, since });

/// The ramp of a run.
#[derive(Clone, Debug)]
pub(super) struct Ramp {
    rule: RampRule,
    climbs: Vec<Climb>,
}

crate::state!(Ramp { climbs } fixed { rule });

/// What is kept for people.
#[derive(Clone, Debug, Default)]
pub(super) struct Oversight {
    ramp: Option<Ramp>,
    /// By task: since when it is in quarantine.
    quarantined: Vec<Option<Ts>>,
    halted: Option<Ts>,
    unexplained: Option<Ts>,
    held: Vec<Held>,
    foreign: Vec<(Seq, Ts, String)>,
    denied: Vec<(Item, Denial)>,
}

crate::state!(Oversight { quarantined, halted, unexplained, held, foreign, denied } perhaps { ramp });

impl Oversight {
    pub(super) fn new(rule: Option<RampRule>, tasks: usize) -> Self {
        let ramp = rule.map(|rule| {
            let climbs = alloc::vec![Climb::default(); tasks];
            Ramp { rule, climbs }
        });
        Self {
            ramp,
            quarantined: alloc::vec![None; tasks],
            ..Self::default()
        }
    }

    /// The lots that a task may enter; `None` for any.
    #[inline]
    pub(super) fn lots(&self, at: usize) -> Option<u32> {
        let ramp = self.ramp.as_ref()?;
        ramp.rule.lots(ramp.climbs.get(at)?.step)
    }

    fn deny(&mut self, item: Item, denial: Denial) {
        self.denied.retain(|(known, _)| *known != item);
        self.denied.push((item, denial));
    }
}

/// Where a task stands on its ramp, for those who look on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RampStatus {
    /// Steps above one lot, of how many.
    pub step: u32,
    /// Steps with a limit.
    pub steps: u32,
    /// The lots that it may enter; `None` for the scenario's own size.
    pub lots: Option<u32>,
    /// Round trips that count toward the next step, of how many.
    pub good: u32,
    /// Round trips for one step.
    pub trips: u32,
}

impl Desk {
    /// Where a task stands on its ramp; `None` without one.
    pub fn ramp(&self, task: TaskId) -> Option<RampStatus> {
        let ramp = self.oversight.ramp.as_ref()?;
        let climb = ramp.climbs.get(task.index())?;
        Some(RampStatus {
            step: climb.step,
            steps: ramp.rule.steps,
            lots: ramp.rule.lots(climb.step),
            good: climb.good,
            trips: ramp.rule.trips,
        })
    }

    /// Tasks whose strategy does not size its entries by a ramp.
    pub fn tasks_without_ramp(&self) -> impl Iterator<Item = TaskId> + '_ {
        let tasks = self.tasks.iter().enumerate();
        let without = tasks.filter(|(_, slot)| !slot.task.ramps());
        without.map(|(at, _)| TaskId(at as u16))
    }

    /// Looks at what an event of the run's own, or a finding of the gate, did to what is kept for people.
    #[inline(never)]
    pub(super) fn oversee(&mut self, seq: Seq, now: Ts, out: &mut Outbox) {
        let stopped = self.own.gate.more().is_some_and(|more| more.has_tripped());
        for at in 0..self.tasks.len() {
            let slot = &self.tasks[at];
            let quarantined = slot.task.standing() == Standing::Quarantined;
            let since = &mut self.oversight.quarantined[at];
            *since = quarantined.then(|| since.unwrap_or(now));
            let Some(ramp) = &mut self.oversight.ramp else {
                continue;
            };
            let critical = || {
                let more = self.own.gate.more();
                more.is_some_and(|more| more.is_critical(TaskId(at as u16)))
            };
            let trouble = quarantined || stopped || critical();
            let climb = &mut ramp.climbs[at];
            let turn = climb.look(&ramp.rule, trouble, &slot.life.holdings, &self.own.names);
            if let Some(turn) = turn {
                self.turned(at, turn, seq, now, out);
            }
        }
        let since = |kept: Option<Ts>, holds: bool| holds.then(|| kept.unwrap_or(now));
        let halted = self.own.gate.state() == TradingState::Halted;
        self.oversight.halted = since(self.oversight.halted, halted);
        let more = self.own.gate.more();
        let unexplained = more.is_some_and(|more| more.quarantines_any());
        self.oversight.unexplained = since(self.oversight.unexplained, unexplained);
        self.forget_denials();
    }

    /// A no ends with what it was said to.
    fn forget_denials(&mut self) {
        if self.oversight.denied.is_empty() {
            return;
        }
        let mut denied = core::mem::take(&mut self.oversight.denied);
        denied.retain(|(item, _)| self.waits(item));
        self.oversight.denied = denied;
    }

    fn turned(&mut self, at: usize, turn: Turn, seq: Seq, now: Ts, out: &mut Outbox) {
        let Some(status) = self.ramp(TaskId(at as u16)) else {
            return;
        };
        let name = self.own.names.task(TaskId(at as u16));
        let trips = status.trips;
        let words = match (turn, status.lots) {
            (Turn::Raised, Some(lots)) => {
                format!("ramp: task {name} enters up to {lots} lots after {trips} good round trips")
            }
            (Turn::Recounted, _) => {
                format!("ramp: task {name} lost too much on a round trip; trips are counted anew")
            }
            (Turn::Fell, Some(lots)) => format!("ramp: task {name} is back at {lots} lot"),
            (Turn::Raised | Turn::Full | Turn::Fell, _) => {
                format!("ramp: task {name} enters its whole size from here on")
            }
        };
        out.outgoing.push(Outgoing::Alert(words.into()));
        let mut decision = out.blank_decision();
        (decision.cause, decision.ts, decision.task) = (seq, now, TaskId::ACCOUNT);
        decision.reason = Text::new(turn.reason());
        let lots = status.lots.unwrap_or_default();
        for (name, count) in [("task", at as u32), ("step", status.step), ("lots", lots)] {
            self.digest.mix(u64::from(count));
            let value = Value::Exact(Money::new(Decimal::from(count)));
            let name = Text::new(name);
            decision.numbers.push(Number { name, value });
        }
        decision
            .commands
            .extend(out.outgoing.last().map(Outgoing::command));
        decision.digest = self.digest.value();
        out.decisions.push(decision);
    }

    /// True when an order would close what a task holds at more loss than may be had without asking.
    pub(super) fn must_ask(&self, at: usize, action: &TaskAction, market: &Market) -> bool {
        let closes = matches!(
            action,
            TaskAction::Stop(Ending::Unwind) | TaskAction::Remove(Ending::Unwind)
        );
        let most = self.own.gate.max_single_loss().filter(|_| closes);
        most.is_some_and(|most| self.closing_loss(at, market) > Some(most))
    }

    /// Keeps an order to close until a person has said a word on it.
    pub(super) fn hold(
        &mut self,
        at: usize,
        action: &TaskAction,
        now: Ts,
        market: &Market,
        out: &mut Outbox,
    ) {
        let task = TaskId(at as u16);
        self.oversight.held.retain(|held| held.task != task);
        self.oversight.held.push(Held {
            task,
            action: action.clone(),
            since: now,
        });
        self.digest.mix(0x1000 | at as u64);
        let loss = self.closing_loss(at, market).unwrap_or_default().trimmed();
        let id = Item::Unwind(task).id(&self.own.names);
        let why = format!(
            "is not closed yet: that would lose about {loss}, more than max_single_loss; `onetape approve` with {id}"
        );
        self.tell(at, &why, now, market, out);
    }

    /// What closing everything that a task holds at the touch would lose, its taker fees paid; `None` while a book is
    /// not known.
    fn closing_loss(&self, at: usize, market: &Market) -> Option<Money> {
        let holdings = self.tasks.get(at)?.life.holdings.iter();
        let mut loss = Money::ZERO;
        for held in holdings.filter(|held| !held.position.qty.is_zero()) {
            loss += self.loss_of(held, market)?;
        }
        Some(loss.max(Money::ZERO))
    }

    fn loss_of(&self, held: &Holding, market: &Market) -> Option<Money> {
        let instrument = self.own.names.instrument(held.instrument);
        let top = market.instrument(held.instrument).last_top()?;
        let side = if held.position.qty > Qty::ZERO {
            Side::Sell
        } else {
            Side::Buy
        };
        let price = match side {
            Side::Sell => top.bid.price,
            Side::Buy => top.ask.price,
        };
        let value = instrument.notional(price, held.position.qty.abs());
        let fee = self.own.gate.taker_fee(instrument.venue);
        Some(value.times(fee.to_decimal()) - held.position.unrealised(instrument, price))
    }

    /// Everything that waits for a person's word.
    pub fn waiting(&self, now: Ts, market: &Market) -> Vec<Waiting> {
        let mut all = Vec::new();
        let kept = &self.oversight;
        let mut add = |item, since, why: String, loss| {
            let denied = kept.denied.iter().find(|(known, _)| *known == item);
            let denied = denied.map(|(_, denial)| denial.clone());
            all.push(Waiting {
                item,
                since,
                why,
                loss,
                denied,
            });
        };
        if let Some(since) = kept.halted {
            add(Item::Halt, since, "the run was halted".to_string(), None);
        }
        for (at, since) in kept.quarantined.iter().enumerate() {
            if let Some(since) = since {
                let why = "its legs could not be brought to balance".to_string();
                let item = Item::Quarantine(TaskId(at as u16));
                add(item, *since, why, self.closing_loss(at, market));
            }
        }
        for held in &kept.held {
            let why = "closing it loses more than max_single_loss".to_string();
            let loss = self.closing_loss(held.task.index(), market);
            add(Item::Unwind(held.task), held.since, why, loss);
        }
        for breaker in self.risk_status(now, market).breakers {
            if let Some(by) = breaker.tripped {
                let [value, limit] = breaker.kind.numbers();
                let why = format!("{value} {} against {limit} {}", by.value, by.limit);
                add(Item::Breaker(breaker.kind), by.since, why, None);
            }
        }
        if let Some(since) = kept.unexplained {
            let why = "balances differ from the books".to_string();
            add(Item::Balances, since, why, None);
        }
        for (seq, since, text) in &kept.foreign {
            add(Item::Foreign(*seq), *since, text.clone(), None);
        }
        all
    }

    /// Whether something waits for a person's word.
    pub fn waits(&self, item: &Item) -> bool {
        let kept = &self.oversight;
        match item {
            Item::Halt => kept.halted.is_some(),
            Item::Quarantine(task) => {
                let since = kept.quarantined.get(task.index());
                since.copied().flatten().is_some()
            }
            Item::Unwind(task) => kept.held.iter().any(|held| held.task == *task),
            Item::Breaker(kind) => {
                let more = self.own.gate.more();
                more.is_some_and(|more| more.tripped().any(|(known, _)| known == *kind))
            }
            Item::Balances => kept.unexplained.is_some(),
            Item::Foreign(seq) => kept.foreign.iter().any(|(known, ..)| known == seq),
        }
    }

    /// Takes a notice in.
    pub(super) fn noticed(&mut self, notice: &Notice, seq: Seq, now: Ts) {
        if notice.kind.waits() {
            let foreign = &mut self.oversight.foreign;
            if foreign.len() == FOREIGN_MAX {
                foreign.remove(0);
            }
            foreign.push((seq, now, notice.text.clone()));
        }
    }

    /// Follows a person's word; nothing where what it is about does not wait.
    pub(super) fn follow_verdict(
        &mut self,
        verdict: &Verdict,
        seq: Seq,
        event: &Event,
        market: &Market,
        out: &mut Outbox,
    ) {
        let item = verdict.item;
        if !self.waits(&item) {
            return;
        }
        let held = self.take_what_waited(item);
        if !verdict.approved {
            let (who, why) = (verdict.who.clone(), verdict.why.clone());
            let at = event.ts;
            self.oversight.deny(item, Denial { who, at, why });
            if let Item::Foreign(_) = item {
                self.order(&Control::Pause, seq, event.ts, market, out);
            }
            return;
        }
        match item {
            Item::Halt => self.order(&Control::Resume, seq, event.ts, market, out),
            Item::Breaker(kind) => {
                self.order(&Control::ResetBreaker(kind), seq, event.ts, market, out);
            }
            Item::Balances => self.order(&Control::AcceptBalances, seq, event.ts, market, out),
            Item::Quarantine(task) => {
                let action = TaskAction::Resume;
                let task = Some(task);
                self.task_order(&TaskOrder { task, action }, true, seq, event, market, out);
            }
            Item::Unwind(task) => {
                if let Some(Held { action, .. }) = held {
                    let task = Some(task);
                    self.task_order(&TaskOrder { task, action }, true, seq, event, market, out);
                }
            }
            Item::Foreign(_) => {}
        }
    }

    /// What waits no more once there is a word on it, whichever.
    fn take_what_waited(&mut self, item: Item) -> Option<Held> {
        match item {
            Item::Unwind(task) => {
                let mut held = self.oversight.held.iter();
                let at = held.position(|held| held.task == task)?;
                self.digest.mix(0x2000 | task.index() as u64);
                Some(self.oversight.held.remove(at))
            }
            Item::Foreign(seq) => {
                self.oversight.foreign.retain(|(known, ..)| *known != seq);
                None
            }
            _ => None,
        }
    }

    /// An order to the whole desk that a word stands for.
    fn order(&mut self, control: &Control, seq: Seq, now: Ts, market: &Market, out: &mut Outbox) {
        let event = Event {
            ts: now,
            body: crate::event::Body::Control(control.clone()),
        };
        if self.control(control) {
            self.watch(seq, &event, market, out);
            self.call_all(seq, &event, market, out);
        }
    }
}
