//! What the desk tells the risk gate, and what the gate finds in the stream.

use alloc::vec::Vec;

use super::{Desk, Outbox, Own};
use crate::command::{Amend, LegRole, Place, TimeInForce};
use crate::decision::{Number, Value};
use crate::event::{Body, Event, Fill, Seq};
use crate::market::Market;
use crate::names::TaskId;
use crate::num::Qty;
use crate::order::OrderId;
use crate::risk::{Alive, Finding, More, Recall, RiskGate, RiskStatus};
use crate::strategy::Outgoing;
use crate::text::Text;
use crate::time::Ts;

impl Own {
    /// Lets what the gate keeps look at the rest.
    fn with_more(&mut self, look: impl FnOnce(&mut More, &Self)) {
        // Taken out meanwhile, so that it can look at what it stands beside: moving a box costs nothing.
        if let Some(mut more) = self.gate.take_more() {
            look(&mut more, self);
            self.gate.put_more(more);
        }
    }
}

/// Tells the gate of an order that leaves.
pub(super) fn tell_sent(own: &mut Own, order: OrderId, now: Ts, market: &Market) {
    own.with_more(|more, own| {
        if let Some(order) = own.orders.get(order) {
            more.sent(order, &own.view(now, market));
        }
    });
}

/// Notes a change that leaves, and tells the gate of it.
pub(super) fn send_change(own: &mut Own, amend: &Amend, now: Ts, market: &Market) {
    let before = own.gate.more().and_then(|_| own.orders.get(amend.order));
    let before = before.map(Alive::of);
    own.orders.amending(amend);
    if let Some(before) = before {
        own.with_more(|more, own| {
            if let Some(order) = own.orders.get(amend.order) {
                more.amended(order, before, amend, &own.view(now, market));
            }
        });
    }
}

impl Desk {
    /// Tells the gate of news of an order, with what it traded.
    pub(super) fn tell_gate(
        &mut self,
        order: OrderId,
        before: Option<Alive>,
        fill: Option<(&Fill, Qty)>,
        now: Ts,
        market: &Market,
    ) {
        if let Some(before) = before {
            self.own.with_more(|more, own| {
                if let Some(order) = own.orders.get(order) {
                    more.news(order, before, fill, &own.view(now, market));
                }
            });
        }
    }

    /// Lets the gate look at an event, and records what it finds as decisions of the account.
    pub(super) fn watch(&mut self, seq: Seq, event: &Event, market: &Market, out: &mut Outbox) {
        if self.own.gate.more().is_some() {
            self.look(seq, event, market, out);
        }
    }

    #[inline(never)]
    fn look(&mut self, seq: Seq, event: &Event, market: &Market, out: &mut Outbox) {
        let mut found = Vec::new();
        self.own.with_more(|more, own| {
            let view = own.view(event.ts, market);
            if let Body::Control(control) = &event.body {
                more.control(control, &view, &mut found);
            }
            more.look(event, &view, &mut found);
        });
        let turned = !found.is_empty();
        for finding in found {
            self.record_finding(&finding, seq, event.ts, out);
        }
        // What is not of the market is overseen when it is done with.
        if turned && event.body.is_market() {
            self.oversee(seq, event.ts, out);
        }
    }

    fn record_finding(&mut self, finding: &Finding, seq: Seq, now: Ts, out: &mut Outbox) {
        let first = out.outgoing.len();
        self.recall(finding.recall, out);
        if let Some(words) = &finding.words {
            out.outgoing.push(Outgoing::Alert(words.clone().into()));
        }
        let mut decision = out.blank_decision();
        (decision.cause, decision.ts, decision.task) = (seq, now, TaskId::ACCOUNT);
        decision.reason = Text::new(finding.reason);
        for &(name, value) in &finding.numbers {
            self.digest.mix_money(value);
            decision.numbers.push(Number {
                name: Text::new(name),
                value: Value::Exact(value),
            });
        }
        let commands = out.outgoing[first..].iter().map(Outgoing::command);
        decision.commands.extend(commands);
        self.digest.mix(decision.commands.len() as u64);
        decision.digest = self.digest.value();
        out.decisions.push(decision);
    }

    /// Takes resting entries back: what must not be opened any more must not fill either.
    fn recall(&self, recall: Recall, out: &mut Outbox) {
        let covered = |place: &Place| match recall {
            Recall::Nothing => false,
            Recall::All => true,
            Recall::Task(task) => place.task == task,
            Recall::Venue(venue) => self.own.names.instrument(place.instrument).venue == venue,
        };
        let rests = |place: &Place| {
            place.tag.role == LegRole::Entry
                && matches!(
                    place.time_in_force,
                    TimeInForce::GoodTillCancelled | TimeInForce::PostOnly
                )
        };
        let alive = self.own.orders.alive().map(|order| &order.place);
        for place in alive.filter(|place| covered(place) && rests(place)) {
            out.outgoing.push(Outgoing::Cancel {
                order: place.order,
                instrument: place.instrument,
            });
        }
    }

    /// The risk gate.
    pub const fn gate(&self) -> &RiskGate {
        &self.own.gate
    }

    /// How the gate stands: its state, breakers, deltas and balances.
    pub fn risk_status(&self, now: Ts, market: &Market) -> RiskStatus {
        self.own.gate.status(&self.own.view(now, market))
    }
}
