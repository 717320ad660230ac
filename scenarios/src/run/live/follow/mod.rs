//! What is told of a run while it goes on, beside its statistics: a log of every order with the round trip that it belongs
//! to, how long each phase took, and the figures that people steer by. All of it is made from what stands in the journal,
//! on the core of who looks on.

mod kpi;
mod mending;
mod phases;
mod skew;
mod slow;
mod trace;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use onetape_core::command::{Command, Place};
use onetape_core::event::{Body, OrderEventKind};
use onetape_core::names::Names;
use onetape_core::order::OrderId;
use onetape_core::time::Ts;
use onetape_live::run::Tapped;
use serde_json::{Value, json};

use kpi::Kpis;
use mending::Mending;
use phases::Phases;
use skew::Skew;
use slow::Slow;

/// An order that has not ended.
#[derive(Clone, Debug)]
struct Sent {
    place: Place,
    at: Ts,
    answered: bool,
    filled: i64,
}

/// The fold.
#[derive(Clone, Debug)]
pub(super) struct Follow {
    names: Arc<Names>,
    open: BTreeMap<OrderId, Sent>,
    reasons: Vec<String>,
    phases: Phases,
    kpis: Kpis,
    slow: Slow,
    mending: Mending,
    skew: Skew,
}

/// What news did to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    phase: &'static str,
    ends: bool,
}

impl Follow {
    /// Before the first event.
    pub(super) fn new(names: Arc<Names>) -> Self {
        Self {
            reasons: vec![String::new(); names.tasks.len()],
            kpis: Kpis::new(names.tasks.len()),
            slow: Slow::new(names.venues.len()),
            phases: Phases::default(),
            mending: Mending::new(&names),
            skew: Skew::new(&names),
            open: BTreeMap::new(),
            names,
        }
    }

    /// Takes an event and what was decided on it.
    pub(super) fn take(&mut self, tapped: &Tapped) {
        if let Body::Order(news) = &tapped.event.body {
            self.news(news.order, &news.kind, tapped.event.ts);
        }
        let event = &tapped.event;
        self.mending.take(event.ts, &event.body, &self.names);
        self.skew.take(event.ts, &event.body);
        for decision in &tapped.decisions {
            self.skew.decided(decision);
            trace::decided(decision, &self.names, &mut self.reasons);
            for command in &decision.commands {
                if let Command::Place(place) = command {
                    let sent = Sent {
                        place: *place,
                        at: decision.ts,
                        answered: false,
                        filled: 0,
                    };
                    trace::sent(&sent, &self.names);
                    self.phases.sent(place, decision.ts);
                    self.kpis.sent(place.task);
                    self.mending.sent(place);
                    self.open.insert(place.order, sent);
                }
            }
        }
    }

    fn news(&mut self, id: OrderId, kind: &OrderEventKind, now: Ts) {
        let Some(sent) = self.open.get_mut(&id) else {
            return;
        };
        let instrument = self.names.instrument(sent.place.instrument);
        let took = now.since(sent.at);
        self.mending.news(id, instrument.venue, kind, now);
        let by_venue = !matches!(kind, OrderEventKind::Unknown | OrderEventKind::NotSent);
        if by_venue && !std::mem::replace(&mut sent.answered, true) {
            self.phases.answered(sent.place.task, took);
            if self.slow.answered(instrument.venue, took) {
                trace::slow(instrument.venue, took, &self.names);
            }
        }
        if let OrderEventKind::Filled(fill) = kind {
            sent.filled = sent.filled.saturating_add(fill.qty.mantissa());
            self.kpis.filled(&sent.place, fill, instrument);
        }
        let step = step(kind, sent);
        trace::news(sent, kind, step, took, &self.names);
        if !step.ends {
            return;
        }
        if let Some(sent) = self.open.remove(&id) {
            let whole = sent.filled >= sent.place.qty.mantissa();
            let rejected = matches!(kind, OrderEventKind::Rejected(_));
            self.kpis.ended(sent.place.task, whole, rejected);
            let place = &sent.place;
            self.mending.ended(place, sent.filled);
            let same = |other: &&Sent| {
                (other.place.task, other.place.tag.trip) == (place.task, place.tag.trip)
            };
            let is_last = self.open.values().find(same).is_none();
            if let Some((role, took)) = self.phases.ended(place, now, is_last) {
                trace::phase(place, role, took, &self.names);
            }
        }
    }

    /// What went wrong and was mended, as JSON.
    pub(super) fn mending(&self) -> Value {
        self.mending.document(&self.names)
    }

    /// Phases and figures, as JSON.
    pub(super) fn document(&self) -> Value {
        let tasks = self.names.tasks.iter().enumerate();
        let tasks = tasks.map(|(at, name)| {
            json!({
                "id": name,
                "kpi": self.kpis.document(at, &self.names),
                "phases": self.phases.document(at),
                "skew": self.skew.document(at),
            })
        });
        Value::Array(tasks.collect())
    }
}

fn step(kind: &OrderEventKind, sent: &Sent) -> Step {
    let (phase, ends) = match kind {
        OrderEventKind::Accepted => ("accepted", false),
        OrderEventKind::Rejected(_) => ("rejected", true),
        OrderEventKind::Filled(_) => ("filled", sent.filled >= sent.place.qty.mantissa()),
        OrderEventKind::Cancelled => ("cancelled", true),
        OrderEventKind::Expired => ("expired", true),
        OrderEventKind::Unknown => ("unknown", false),
        OrderEventKind::CancelRejected => ("cancel_rejected", false),
        OrderEventKind::NotSent => ("not_sent", true),
        OrderEventKind::Amended { .. } => ("amended", false),
        OrderEventKind::AmendRejected(_) => ("amend_rejected", false),
    };
    Step { phase, ends }
}
