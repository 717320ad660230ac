//! The timelines of single round trips: what was decided on which numbers, what was sent, and what came back.
//!
//! A report is folded first and says which round trips there are. A second pass over the same journal then collects
//! the events of some of them, so that memory is bounded whatever the length of the journal.

mod pick;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use onetape_core::command::{Command, LegRole, Place, TimeInForce};
use onetape_core::decision::{Decision, Value};
use onetape_core::event::{
    Body, Event, Fill, Level, OrderEvent, OrderEventKind, Quote, RunEvent, Seq,
};
use onetape_core::marks::Marks;
use onetape_core::names::{InstrumentId, Names, TaskId};
use onetape_core::num::{Money, Price, Qty};
use onetape_core::order::{Kept, OrderId};
use onetape_core::time::Ts;
use serde::Serialize;

use crate::report::{Report, moment, seq};

/// Notes of one round trip that are kept; the last then says how many more there were.
const NOTES_MAX: usize = 400;

/// One thing that happened to a round trip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// When.
    #[serde(serialize_with = "moment")]
    pub at: Ts,
    /// Place in the run; of a decision, that of the event that caused it.
    #[serde(serialize_with = "seq")]
    pub seq: Seq,
    /// What: `decided`, `sent`, `accepted`, `filled` and the like.
    pub what: String,
    /// The particulars in words.
    pub text: String,
    /// The numbers that a decision looked at, books among them; empty for the rest.
    #[serde(serialize_with = "pairs")]
    pub numbers: Vec<(String, String)>,
}

/// Numbers as an object, in their order.
fn pairs<S: serde::Serializer>(
    pairs: &[(String, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}

/// An order of a round trip whose timeline is kept.
#[derive(Clone, Copy, Debug)]
struct OrderOf {
    key: (TaskId, u32),
    instrument: InstrumentId,
}

/// Timelines of chosen round trips.
#[derive(Clone, Debug, Default)]
pub struct Timelines {
    chosen: BTreeSet<(String, u32)>,
    names: Names,
    orders: Kept<OrderOf>,
    notes: BTreeMap<(TaskId, u32), Vec<Note>>,
    /// The last top of book that was noted, by instrument.
    tops: BTreeMap<InstrumentId, Quote>,
    /// Notes that were not kept.
    more: BTreeMap<(TaskId, u32), u64>,
}

impl Timelines {
    /// Of all round trips of a report, or where they are many, of the best, the worst, the first and the last.
    pub fn of(report: &Report) -> Self {
        Self {
            chosen: pick::pick(report),
            ..Self::default()
        }
    }

    /// Of one round trip.
    pub fn of_one(task: &str, trip: u32) -> Self {
        Self {
            chosen: BTreeSet::from([(task.to_owned(), trip)]),
            ..Self::default()
        }
    }

    /// Folds an event in.
    pub fn event(&mut self, seq: Seq, event: &Event) {
        match &event.body {
            Body::Order(news) => self.order(event.ts, seq, news),
            Body::Run(news) => {
                if let RunEvent::Started(started) = &**news {
                    self.names = started.names.clone();
                }
            }
            _ => {}
        }
    }

    /// Folds tops of book in that were noted: the books of the decision that follows.
    pub fn marks(&mut self, marks: &Marks) {
        for top in &marks.tops {
            self.tops.insert(top.instrument, *top);
        }
    }

    /// Folds a decision in.
    pub fn decision(&mut self, decision: &Decision) {
        let mut told: Vec<(TaskId, u32)> = Vec::new();
        for command in &decision.commands {
            let (key, sent) = match command {
                Command::Place(place) => ((place.task, place.tag.trip), Some(place)),
                Command::Cancel(order) => match self.order_of(*order) {
                    Some(of) => (of.key, None),
                    None => continue,
                },
                Command::Amend(amend) => match self.order_of(amend.order) {
                    Some(of) => (of.key, None),
                    None => continue,
                },
                Command::Alert(_) => continue,
            };
            if !self.is_chosen(key) {
                continue;
            }
            if !told.contains(&key) {
                told.push(key);
                self.note(key, self.decided(decision));
            }
            let what = match command {
                Command::Place(_) => "sent",
                Command::Cancel(_) => "cancel sent",
                _ => "change sent",
            };
            let text = match (sent, command) {
                (Some(place), _) => self.placed(place),
                (None, Command::Amend(amend)) => {
                    let (qty, price) = (
                        self.qty(amend.instrument, amend.qty),
                        self.price(amend.instrument, amend.limit),
                    );
                    format!("{} to {qty} at {price}", amend.order.client_text())
                }
                (None, Command::Cancel(order)) => order.client_text(),
                _ => String::new(),
            };
            if let Some(place) = sent {
                let of = OrderOf {
                    key,
                    instrument: place.instrument,
                };
                if self.orders.find(place.order).is_none() {
                    self.orders.enter(place.order, of);
                }
            }
            let note = Note {
                at: decision.ts,
                seq: decision.cause,
                what: what.to_owned(),
                text,
                numbers: Vec::new(),
            };
            self.note(key, note);
        }
    }

    /// The notes of a round trip, when it is one of those chosen.
    pub fn of_trip(&self, task: &str, trip: u32) -> Option<Vec<Note>> {
        let id = self.names.tasks.iter().position(|name| name == task)?;
        let key = (TaskId(u16::try_from(id).ok()?), trip);
        let mut notes = self.notes.get(&key)?.clone();
        if let (Some(more), Some(last)) = (self.more.get(&key), notes.last()) {
            notes.push(Note {
                at: last.at,
                seq: last.seq,
                what: "and more".to_owned(),
                text: format!("{more} notes later than these are not kept"),
                numbers: Vec::new(),
            });
        }
        Some(notes)
    }

    fn is_chosen(&self, (task, trip): (TaskId, u32)) -> bool {
        trip != 0
            && self
                .names
                .tasks
                .get(task.index())
                .is_some_and(|name| self.chosen.contains(&(name.clone(), trip)))
    }

    fn order_of(&self, order: OrderId) -> Option<OrderOf> {
        self.orders.find(order).map(|at| *self.orders.item(at))
    }

    fn note(&mut self, key: (TaskId, u32), note: Note) {
        let notes = self.notes.entry(key).or_default();
        if notes.len() < NOTES_MAX {
            notes.push(note);
        } else {
            *self.more.entry(key).or_default() += 1;
        }
    }

    fn decided(&self, decision: &Decision) -> Note {
        let numbers = decision.numbers.iter().map(|number| {
            let value = match number.value {
                Value::Exact(amount) => amount.to_string(),
                Value::Signal(value) => format!("{value:.4}"),
            };
            (number.name.to_string(), value)
        });
        let mut told: Vec<InstrumentId> = Vec::new();
        for command in &decision.commands {
            if let Command::Place(place) = command
                && !told.contains(&place.instrument)
            {
                told.push(place.instrument);
            }
        }
        let tops = told.iter().filter_map(|id| self.tops.get(id));
        let numbers = numbers.chain(tops.flat_map(|top| self.book(top)));
        Note {
            at: decision.ts,
            seq: decision.cause,
            what: "decided".to_owned(),
            text: decision.reason.to_string(),
            numbers: numbers.collect(),
        }
    }

    /// Both sides of a top of book: quantity and price.
    fn book(&self, top: &Quote) -> [(String, String); 2] {
        let (id, name) = (top.instrument, self.instrument(top.instrument));
        let level = |level: Level| {
            format!(
                "{} @ {}",
                self.qty(id, level.qty),
                self.price(id, level.price)
            )
        };
        [
            (format!("{name} bid"), level(top.bid)),
            (format!("{name} ask"), level(top.ask)),
        ]
    }

    fn order(&mut self, ts: Ts, seq: Seq, news: &OrderEvent) {
        let Some(of) = self.order_of(news.order) else {
            return;
        };
        let (what, text) = self.told(of, &news.kind);
        let order = news.order.client_text();
        let instrument = self.instrument(of.instrument);
        let note = Note {
            at: ts,
            seq,
            what: what.to_owned(),
            text: if text.is_empty() {
                format!("{instrument} · {order}")
            } else {
                format!("{instrument} {text} · {order}")
            },
            numbers: Vec::new(),
        };
        self.note(of.key, note);
    }

    fn told(&self, of: OrderOf, kind: &OrderEventKind) -> (&'static str, String) {
        let id = of.instrument;
        match kind {
            OrderEventKind::Accepted => ("accepted", String::new()),
            OrderEventKind::Rejected(reason) => ("rejected", reason.name().to_owned()),
            OrderEventKind::Filled(fill) => ("filled", self.filled(id, fill)),
            OrderEventKind::Cancelled => ("cancelled", String::new()),
            OrderEventKind::Expired => ("expired", String::new()),
            OrderEventKind::Unknown => ("unknown", String::new()),
            OrderEventKind::CancelRejected => ("cancel rejected", String::new()),
            OrderEventKind::NotSent => ("never at the venue", String::new()),
            OrderEventKind::Amended { qty, limit } => {
                let (qty, price) = (self.qty(id, *qty), self.price(id, *limit));
                ("changed", format!("to {qty} at {price}"))
            }
            OrderEventKind::AmendRejected(reason) => ("change rejected", reason.name().to_owned()),
        }
    }

    fn filled(&self, id: InstrumentId, fill: &Fill) -> String {
        let asset = self.names.assets.get(fill.fee.asset.index());
        format!(
            "{} @ {} {}, fee {} {}",
            self.qty(id, fill.qty),
            self.price(id, fill.price),
            if fill.maker { "maker" } else { "taker" },
            fill.fee.amount,
            asset.map_or("", String::as_str),
        )
    }

    fn placed(&self, place: &Place) -> String {
        let id = place.instrument;
        let limit = place
            .limit
            .map_or_else(|| "any price".to_owned(), |limit| self.price(id, limit));
        let life = match place.time_in_force {
            TimeInForce::GoodTillCancelled => "until cancelled",
            TimeInForce::ImmediateOrCancel => "immediate or cancel",
            TimeInForce::FillOrKill => "fill or kill",
            TimeInForce::PostOnly => "post only",
        };
        let role = match place.tag.role {
            LegRole::Entry => "entry",
            LegRole::Exit => "exit",
            LegRole::Repair => "repair",
            LegRole::Switch => "switch",
        };
        format!(
            "{} {} {} at {limit}, {life}, {role} of leg {} · {}",
            self.instrument(id),
            place.side.name(),
            self.qty(id, place.qty),
            place.tag.leg,
            place.order.client_text(),
        )
    }

    fn instrument(&self, id: InstrumentId) -> String {
        let known = self.names.instruments.get(id.index());
        known.map_or_else(|| format!("instrument {}", id.0), |it| it.name.clone())
    }

    fn qty(&self, id: InstrumentId, qty: Qty) -> String {
        let known = self.names.instruments.get(id.index());
        known.map_or_else(String::new, |it| plain(it.qty_decimal(qty)))
    }

    fn price(&self, id: InstrumentId, price: Price) -> String {
        let known = self.names.instruments.get(id.index());
        known.map_or_else(String::new, |it| plain(it.price_decimal(price)))
    }
}

fn plain(value: rust_decimal::Decimal) -> String {
    Money::new(value).to_string()
}
