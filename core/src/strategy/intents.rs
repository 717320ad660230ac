//! What a strategy wants, and its way through the risk gate.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::command::{Command, LegTag, Place, TimeInForce};
use crate::decision::{Number, Reason, Refusal, Value};
use crate::instrument::Side;
use crate::names::{InstrumentId, TaskId};
use crate::num::{Money, Price, Qty};
use crate::order::{OrderId, OrderIds};
use crate::risk::{Approved, RiskGate, RiskView};
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
}

impl Outgoing {
    /// As it is journaled.
    pub fn command(&self) -> Command {
        match self {
            Self::Place(place) => Command::Place(*place.get()),
            Self::Cancel { order, .. } => Command::Cancel(*order),
            Self::Alert(words) => Command::Alert(words.clone()),
        }
    }
}

/// Where a strategy puts what it wants on one event.
pub struct Intents<'a> {
    pub(crate) task: TaskId,
    pub(crate) gate: &'a RiskGate,
    pub(crate) view: RiskView<'a>,
    pub(crate) ids: &'a mut OrderIds,
    pub(crate) timers: &'a mut BTreeSet<(Ts, TaskId, u32)>,
    pub(crate) placed: &'a mut Vec<Approved<Place>>,
    pub(crate) outgoing: &'a mut Vec<Outgoing>,
    pub(crate) refusals: &'a mut Vec<Refusal>,
    pub(crate) reason: &'a mut Reason,
    /// The reason that was in force before this event, once it was changed.
    pub(crate) before: &'a mut Option<Reason>,
}

impl Intents<'_> {
    /// Whose they are.
    pub const fn task(&self) -> TaskId {
        self.task
    }

    /// Asks for an order. `None` when the gate refuses; the refusal is recorded.
    pub fn place(&mut self, intent: OrderIntent) -> Option<OrderId> {
        self.place_all(&[intent]).map(|orders| orders[0])
    }

    /// Asks for several orders of which all leave or none: no leg is sent when another cannot be.
    pub fn place_all(&mut self, intents: &[OrderIntent]) -> Option<Vec<OrderId>> {
        let before = (self.placed.len(), self.ids.clone());
        for intent in intents {
            if let Err(reason) = self.approve(intent) {
                self.placed.truncate(before.0);
                *self.ids = before.1;
                let OrderIntent {
                    instrument,
                    side,
                    qty,
                    ..
                } = *intent;
                self.refusals.push(Refusal {
                    instrument,
                    side,
                    qty,
                    reason: Text::new(reason),
                });
                return None;
            }
        }
        let approved = &self.placed[before.0..];
        self.outgoing
            .extend(approved.iter().cloned().map(Outgoing::Place));
        Some(approved.iter().map(|place| place.get().order).collect())
    }

    fn approve(&mut self, intent: &OrderIntent) -> Result<(), &'static str> {
        let order = self.ids.take().ok_or("out_of_order_ids")?;
        let place = Place {
            order,
            task: self.task,
            instrument: intent.instrument,
            side: intent.side,
            qty: intent.qty,
            limit: intent.limit,
            time_in_force: intent.time_in_force,
            reduce_only: intent.reduce_only,
            tag: intent.tag,
        };
        let approved = self.gate.approve(place, &self.view, self.placed)?;
        self.placed.push(approved);
        Ok(())
    }

    /// Takes an order back. Its news tells what came of it. One that is not known is left alone.
    pub fn cancel(&mut self, order: OrderId) {
        let known = self.view.orders.get(order).map(|known| &known.place);
        let mut placed = self.placed.iter().map(Approved::get);
        if let Some(place) = known.or_else(|| placed.find(|place| place.order == order)) {
            let instrument = place.instrument;
            self.outgoing.push(Outgoing::Cancel { order, instrument });
        }
    }

    /// Tells people.
    pub fn alert(&mut self, words: impl Into<Text>) {
        self.outgoing.push(Outgoing::Alert(words.into()));
    }

    /// Asks for a timer event with the task's own number `id`. Asking twice for the same is asking once.
    pub fn wake_at(&mut self, at: Ts, id: u32) {
        self.timers.insert((at.max(self.view.now), self.task, id));
    }

    /// Says why the task does or does not act. Recorded when it changes.
    pub fn reason(&mut self, reason: &'static str) {
        let in_force = self.reason.as_str();
        // The same words from the same place: the common case, without comparing them.
        if !core::ptr::eq(in_force, reason) && in_force != reason {
            let before = core::mem::replace(self.reason, Text::new(reason));
            self.before.get_or_insert(before);
        }
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
