//! What a strategy wants, and its way through the risk gate.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::command::{Amend, Command, LegRole, LegTag, Place, TimeInForce};
use crate::decision::{Number, Reason, Refusal, Value};
use crate::desk::Own;
use crate::instrument::Side;
use crate::market::Market;
use crate::names::{InstrumentId, Names, TaskId};
use crate::num::{Money, Price, Qty};
use crate::order::{OrderId, OrderIds};
use crate::planted::{Bug, planted, whim};
use crate::risk::{Ahead, Approved, Code, Pending};
use crate::task::TaskState;
use crate::text::Text;
use crate::time::Ts;

/// An order that a strategy wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderIntent {
    /// What to trade.
    pub instrument: InstrumentId,
    /// Which way.
    pub side: Side,
    /// How much, positive, in whole lots.
    pub qty: Qty,
    /// Worst acceptable price, on the tick grid; `None` takes any.
    pub limit: Option<Price>,
    /// How long it lives.
    pub time_in_force: TimeInForce,
    /// May only make a position smaller.
    pub reduce_only: bool,
    /// What it is part of.
    pub tag: LegTag,
}

/// Something on its way out, past the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// An approved order.
    Place(Approved<Place>),
    /// Take an order back.
    Cancel {
        /// Which.
        order: OrderId,
        /// What it trades, which tells the way to its venue.
        instrument: InstrumentId,
    },
    /// Tell people.
    Alert(Text),
    /// Change a resting order.
    Amend(Approved<Amend>),
}

impl Outgoing {
    /// As it is journaled.
    pub fn command(&self) -> Command {
        match self {
            Self::Place(place) => Command::Place(*place.get()),
            Self::Cancel { order, .. } => Command::Cancel(*order),
            Self::Alert(words) => Command::Alert(words.clone()),
            Self::Amend(amend) => Command::Amend(*amend.get()),
        }
    }

    const fn amend(&self) -> Option<Amend> {
        match self {
            Self::Amend(amend) => Some(*amend.get()),
            Self::Place(_) | Self::Cancel { .. } | Self::Alert(_) => None,
        }
    }
}

/// What is approved and said while one task answers one event, and what outlives that: ids and timers.
pub(crate) struct Draft {
    pub(crate) ids: OrderIds,
    pub(crate) timers: BTreeSet<(Ts, TaskId, u32)>,
    /// A timer was asked for since that was last asked.
    pub(crate) timed: bool,
    pub(crate) placed: Vec<Approved<Place>>,
    pub(crate) refusals: Vec<Refusal>,
    /// What the task reserves ahead from now on, once it said so.
    pub(crate) ahead: Option<Ahead>,
    /// The reason that was in force before this event, once it was changed.
    pub(crate) before: Option<Reason>,
    /// The task said that it cannot go on.
    pub(crate) failed: bool,
    /// Instruments of which two part now: tasks that wait for that begin.
    pub(crate) found: Vec<[InstrumentId; 2]>,
}

impl Draft {
    /// A draft of one life of a process.
    pub(crate) const fn new(epoch: u32) -> Self {
        Self {
            ids: OrderIds::new(epoch),
            timers: BTreeSet::new(),
            timed: false,
            placed: Vec::new(),
            refusals: Vec::new(),
            ahead: None,
            before: None,
            failed: false,
            found: Vec::new(),
        }
    }

    /// Takes a timer off that came: at its time, or, where the clock was not looked at in time, after it.
    pub(crate) fn ring(&mut self, now: Ts, timer: crate::event::Timer) {
        if self.timers.remove(&(now, timer.task, timer.id)) {
            return;
        }
        let due = self.timers.iter().take_while(|(at, ..)| *at <= now);
        let late = due
            .copied()
            .find(|&(_, task, id)| (task, id) == (timer.task, timer.id));
        if let Some(late) = late {
            self.timers.remove(&late);
        }
    }

    /// Gives out ids of another life of the process from here on.
    pub(crate) const fn begin_life(&mut self, epoch: u32) {
        self.ids = OrderIds::new(epoch);
    }

    /// True when nothing was refused and no reason given that was not in force.
    pub(crate) const fn is_blank(&self) -> bool {
        self.refusals.is_empty() && self.before.is_none()
    }
}

/// Where a strategy puts what it wants on one event.
pub struct Intents<'a> {
    pub(crate) task: TaskId,
    pub(crate) now: Ts,
    /// Where the task is in its life: it decides which orders leave at all.
    pub(crate) state: TaskState,
    /// Orders that close leave whatever the state: a stop asked for them.
    pub(crate) unwinds: bool,
    pub(crate) market: &'a Market,
    pub(crate) own: &'a Own,
    pub(crate) draft: &'a mut Draft,
    pub(crate) outgoing: &'a mut Vec<Outgoing>,
    pub(crate) reason: &'a mut Reason,
}

impl Intents<'_> {
    /// Whose they are.
    pub const fn task(&self) -> TaskId {
        self.task
    }

    /// Time of the event that is answered.
    pub const fn now(&self) -> Ts {
        self.now
    }

    /// What the task bears of the part of a position that a venue just closed, signed like the position: its share of
    /// what was there, and all of what a fill of its own that was told first had closed already. Zero for a task that
    /// had none of it.
    pub fn share_closed(&self) -> Qty {
        let closed = self.own.closed.iter();
        let own = closed.filter(|(task, _)| *task == self.task);
        own.map(|&(_, share)| share).next().unwrap_or_default()
    }

    /// Names and instruments.
    pub fn names(&self) -> &Names {
        &self.own.names
    }

    /// Asks for an order. `None` when the gate refuses; the refusal is recorded.
    pub fn place(&mut self, intent: OrderIntent) -> Option<OrderId> {
        let ids = self.draft.ids.clone();
        match self.approve(&intent) {
            Ok(approved) => {
                let order = approved.get().order;
                self.draft.placed.push(approved.clone());
                self.outgoing.push(Outgoing::Place(approved));
                Some(order)
            }
            Err(reason) => {
                self.draft.ids = ids;
                self.refuse(&intent, reason);
                None
            }
        }
    }

    /// Asks for several orders of which all leave or none: no leg is sent when another cannot be.
    pub fn place_all(&mut self, intents: &[OrderIntent]) -> Option<Vec<OrderId>> {
        if planted(Bug::HashOrder) && whim() {
            return self.place_all(&intents.iter().rev().copied().collect::<Vec<_>>());
        }
        if let Err(code) = self.check_together(intents) {
            self.refuse(&intents[0], code.name());
            return None;
        }
        let (first, ids) = (self.draft.placed.len(), self.draft.ids.clone());
        for intent in intents {
            match self.approve(intent) {
                Ok(approved) => self.draft.placed.push(approved),
                Err(code) => {
                    self.draft.placed.truncate(first);
                    self.draft.ids = ids;
                    self.refuse(intent, code);
                    return None;
                }
            }
        }
        let approved = &self.draft.placed[first..];
        self.outgoing
            .extend(approved.iter().cloned().map(Outgoing::Place));
        Some(approved.iter().map(|place| place.get().order).collect())
    }

    /// True when the gate would let all of these orders leave now. Nothing is sent; the first refusal is recorded. Those
    /// from `paid` on are paid for by what the ones before bring: their funds are not asked for.
    pub fn permits_all(&mut self, intents: &[OrderIntent], paid: usize) -> bool {
        if let Err(code) = self.check_together(intents) {
            self.refuse(&intents[0], code.name());
            return false;
        }
        let (first, ids) = (self.draft.placed.len(), self.draft.ids.clone());
        let refused = intents.iter().enumerate().find_map(|(at, intent)| {
            let approved = self.approve_with(intent, at >= paid);
            match approved {
                Ok(approved) => {
                    self.draft.placed.push(approved);
                    None
                }
                Err(code) => Some((intent, code)),
            }
        });
        self.draft.placed.truncate(first);
        self.draft.ids = ids;
        if let Some((intent, code)) = refused {
            self.refuse(intent, code);
        }
        refused.is_none()
    }

    /// What orders that open together must have in common, before any of them is judged by itself.
    fn check_together(&self, intents: &[OrderIntent]) -> Result<(), Code> {
        let opens = |intent: &OrderIntent| intent.tag.role.opens();
        if intents.len() < 2 || !intents.iter().any(opens) {
            return Ok(());
        }
        let view = self.own.view(self.now, self.market);
        let legs = intents.iter().map(|intent| intent.instrument);
        self.own.gate.check_together(legs, &view)
    }

    /// Reserves what orders need that the task will send later, such as the legs that follow a first one: nobody else
    /// can use it up until then. It takes the place of what the task reserved before, goes into the task's own orders
    /// as they leave, and lapses at `until`. False when there is not enough, which is recorded; what was reserved
    /// before stands then. With no orders it gives everything back. Without a check of funds there is nothing to
    /// reserve, and it is true.
    pub fn reserve(&mut self, intents: &[OrderIntent], until: Ts) -> bool {
        let order = OrderId::default();
        let places = intents.iter().map(|intent| self.place_of(intent, order));
        let places: Vec<Place> = places.collect();
        let view = self.own.view(self.now, self.market);
        let judged = self.own.gate.ahead(&places, until, &view, &self.pending());
        match judged {
            Ok(ahead) => {
                self.draft.ahead = Some(ahead);
                true
            }
            Err((at, code)) => {
                self.refuse(&intents[at], code.name());
                false
            }
        }
    }

    fn refuse(&mut self, intent: &OrderIntent, reason: &'static str) {
        self.draft.refusals.push(Refusal {
            instrument: intent.instrument,
            side: intent.side,
            qty: intent.qty,
            reason: Text::new(reason),
        });
    }

    const fn forbids(&self, role: LegRole) -> Option<&'static str> {
        if self.unwinds && matches!(role, LegRole::Exit) {
            return None;
        }
        self.state.forbids(role)
    }

    fn approve(&mut self, intent: &OrderIntent) -> Result<Approved<Place>, &'static str> {
        self.approve_with(intent, false)
    }

    fn approve_with(
        &mut self,
        intent: &OrderIntent,
        is_paid: bool,
    ) -> Result<Approved<Place>, &'static str> {
        if let Some(reason) = self.forbids(intent.tag.role) {
            return Err(reason);
        }
        let order = self.draft.ids.take().ok_or(Code::OutOfOrderIds.name())?;
        let place = self.place_of(intent, order);
        let view = self.own.view(self.now, self.market);
        let pending = Pending {
            is_paid,
            ..self.pending()
        };
        let judged = self.own.gate.approve_after(place, &view, pending);
        judged.map_err(Code::name)
    }

    const fn place_of(&self, intent: &OrderIntent, order: OrderId) -> Place {
        Place {
            order,
            task: self.task,
            instrument: intent.instrument,
            side: intent.side,
            qty: intent.qty,
            limit: intent.limit,
            time_in_force: intent.time_in_force,
            reduce_only: intent.reduce_only,
            tag: intent.tag,
        }
    }

    /// Asks for a change of a resting order: its whole new quantity, with what traded already, and its new price.
    /// False when the gate refuses, which is recorded, or the order is not known, which is not. At or below what
    /// traded already, the order ends.
    pub fn amend(&mut self, order: OrderId, qty: Qty, limit: Price) -> bool {
        let Some(known) = self.own.orders.get(order) else {
            return false;
        };
        let Place {
            instrument, side, ..
        } = known.place;
        let amend = Amend {
            order,
            instrument,
            qty,
            limit,
        };
        let view = self.own.view(self.now, self.market);
        let judged = match self.forbids(known.place.tag.role) {
            _ if known.place.task != self.task => Err(Code::NotOwnOrder.name()),
            Some(reason) => Err(reason),
            None => {
                let gate = &self.own.gate;
                let judged = gate.approve_amend(amend, known, &view, self.pending());
                judged.map_err(Code::name)
            }
        };
        match judged {
            Ok(approved) => {
                self.outgoing.push(Outgoing::Amend(approved));
                true
            }
            Err(reason) => {
                self.draft.refusals.push(Refusal {
                    instrument,
                    side,
                    qty,
                    reason: Text::new(reason),
                });
                false
            }
        }
    }

    /// Another task's order is its own to keep.
    fn keep_for_its_task(&mut self, place: &Place) {
        self.draft.refusals.push(Refusal {
            instrument: place.instrument,
            side: place.side,
            qty: place.qty,
            reason: Text::new(Code::NotOwnOrder.name()),
        });
    }

    /// What was approved on this event, and is not among the orders yet.
    fn pending(&self) -> Pending<'_> {
        Pending {
            placed: &self.draft.placed,
            amends: self.outgoing.iter().filter_map(Outgoing::amend).collect(),
            is_paid: false,
        }
    }

    /// Takes an own order back. Its news tells what came of it. One that is not known is left alone, and another task's
    /// is refused, which is recorded.
    pub fn cancel(&mut self, order: OrderId) {
        let known = self.own.orders.get(order).map(|known| &known.place);
        let mut placed = self.draft.placed.iter().map(Approved::get);
        match known.or_else(|| placed.find(|place| place.order == order)) {
            Some(&place) if place.task != self.task => self.keep_for_its_task(&place),
            Some(&Place { instrument, .. }) => {
                self.outgoing.push(Outgoing::Cancel { order, instrument });
            }
            None => {}
        }
    }

    /// Tells people.
    pub fn alert(&mut self, words: impl Into<Text>) {
        self.outgoing.push(Outgoing::Alert(words.into()));
    }

    /// Says that two instruments have parted. A task that was declared to be started by this one, and trades these two,
    /// begins with this very event; one that runs already goes on as it does.
    pub fn found(&mut self, instruments: [InstrumentId; 2]) {
        self.draft.found.push(instruments);
    }

    /// Asks for a timer event with the task's own number `id`. Asking twice for the same is asking once.
    pub fn wake_at(&mut self, at: Ts, id: u32) {
        let timer = (at.max(self.now), self.task, id);
        self.draft.timers.insert(timer);
        self.draft.timed = true;
    }

    /// Says why the task does or does not act. Recorded when it changes.
    pub fn reason(&mut self, reason: &'static str) {
        let in_force = self.reason.as_str();
        // The same words from the same place: the common case, without comparing them.
        if !core::ptr::eq(in_force, reason) && in_force != reason {
            let before = core::mem::replace(self.reason, Text::new(reason));
            self.draft.before.get_or_insert(before);
        }
    }

    /// Gives up, for this reason: the task's orders are taken back and people are told; other tasks go on. It is called
    /// for news of its orders alone from then on, unless the scenario has it try again after a while.
    pub fn fail(&mut self, reason: &'static str) {
        self.reason(reason);
        self.draft.failed = true;
    }

    /// The reason in force.
    pub fn reason_in_force(&self) -> &str {
        self.reason.as_str()
    }
}

/// The numbers behind a decision.
#[derive(Clone, Debug, Default)]
pub struct Numbers(Vec<Number>);

impl Numbers {
    /// Nothing noted, in the room of a list that is done with.
    pub(crate) fn on(mut room: Vec<Number>) -> Self {
        room.clear();
        Self(room)
    }

    /// Notes an exact amount.
    pub fn exact(&mut self, name: &'static str, amount: Money) {
        self.0.push(Number {
            name: Text::new(name),
            value: Value::Exact(amount),
        });
    }

    /// Notes a signal; one that is not a number is left out.
    pub fn signal(&mut self, name: &'static str, value: f64) {
        if value.is_finite() {
            self.0.push(Number {
                name: Text::new(name),
                value: Value::Signal(value + 0.0),
            });
        }
    }

    /// All that was noted, in order.
    pub fn into_vec(self) -> Vec<Number> {
        self.0
    }
}
