//! `onetape report RUN --trade N`: one round trip, with the books, reasons and events behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use onetape_core::command::Command;
use onetape_core::event::{AccountEvent, Body, Event, Quote, RunEvent};
use onetape_core::journal::Record;
use onetape_core::names::{InstrumentId, Names, TaskId};
use onetape_core::order::OrderId;
use onetape_data::journal::{Entry, JournalFile};
use onetape_reports::{Attribution, Report, RoundTrip};
use serde_json::{Value, json};

use super::journal::{Known, Line};

/// Which round trip: its number within its task, with the task's name where several have one of that number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trade {
    task: Option<String>,
    trip: u32,
}

impl FromStr for Trade {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (task, number) = match text.rsplit_once(':') {
            Some((task, number)) => (Some(task.to_owned()), number),
            None => (None, text),
        };
        let trip = number
            .parse()
            .map_err(|_| "is no round trip; write its number, or TASK:NUMBER".to_owned())?;
        Ok(Self { task, trip })
    }
}

/// Prints the round trip.
pub(super) fn run(
    folder: &Path,
    report: &Report,
    wanted: &Trade,
    as_json: bool,
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let trip = find(report, wanted)?;
    let steps = Timeline::of(trip).read(folder)?;
    if as_json {
        let steps: Vec<Value> = steps.into_iter().map(|step| step.json).collect();
        let document = json!({ "round_trip": serde_json::to_value(trip)?, "timeline": steps });
        writeln!(out, "{document:#}")?;
    } else {
        write!(out, "{}", summary(trip))?;
        for step in steps {
            writeln!(out, "{}", step.text)?;
        }
    }
    Ok(0)
}

fn find<'a>(report: &'a Report, wanted: &Trade) -> anyhow::Result<&'a RoundTrip> {
    let is = |trip: &&RoundTrip| {
        let task = wanted.task.as_ref();
        trip.trip == wanted.trip && task.is_none_or(|task| **task == *trip.task)
    };
    let found: Vec<&RoundTrip> = report.round_trips.iter().filter(is).collect();
    match found.as_slice() {
        [trip] => Ok(trip),
        [] => bail!(
            "no round trip {} with a fill; the run has {} of them, listed by `onetape report RUN --json`",
            wanted.trip,
            report.round_trips.len()
        ),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|trip| format!("{}:{}", trip.task, trip.trip))
                .collect();
            bail!(
                "several tasks have a round trip {}; name one of {}",
                wanted.trip,
                names.join(", ")
            )
        }
    }
}

/// One entry of the journal that belongs to the trip, and before an order the books.
struct Step {
    text: String,
    json: Value,
}

/// Reads a journal for one trip.
struct Timeline<'a> {
    trip: &'a RoundTrip,
    known: Known,
    names: Names,
    task: Option<TaskId>,
    instruments: BTreeSet<InstrumentId>,
    orders: BTreeSet<OrderId>,
    tops: BTreeMap<InstrumentId, Quote>,
    steps: Vec<Step>,
}

impl<'a> Timeline<'a> {
    fn of(trip: &'a RoundTrip) -> Self {
        Self {
            trip,
            known: Known::default(),
            names: Names::default(),
            task: None,
            instruments: BTreeSet::new(),
            orders: BTreeSet::new(),
            tops: BTreeMap::new(),
            steps: Vec::new(),
        }
    }

    fn read(mut self, folder: &Path) -> anyhow::Result<Vec<Step>> {
        for entry in JournalFile::open(folder)?.with_marks() {
            let entry = entry.with_context(|| format!("{}: the journal", folder.display()))?;
            self.known.learn(&entry.body);
            self.take(&entry);
        }
        Ok(self.steps)
    }

    fn take(&mut self, entry: &Entry) {
        match &entry.body {
            Record::Marks(marks) => {
                self.tops
                    .extend(marks.tops.iter().map(|top| (top.instrument, *top)));
            }
            Record::Decision(decision) => {
                let before = self.orders.len();
                let ours = self.task == Some(decision.task)
                    && decision
                        .commands
                        .iter()
                        .fold(false, |any, command| any | self.is_ours(command));
                if self.orders.len() > before {
                    self.books(entry);
                }
                if ours {
                    self.step(entry);
                }
            }
            Record::Event(event) => {
                if self.concerns(entry, event) {
                    self.step(entry);
                }
            }
        }
    }

    /// True for a command of the trip, whose orders are known from then on.
    fn is_ours(&mut self, command: &Command) -> bool {
        match command {
            Command::Place(place) if place.tag.trip == self.trip.trip => {
                self.orders.insert(place.order);
                true
            }
            Command::Cancel(order) => self.orders.contains(order),
            Command::Amend(amend) => self.orders.contains(&amend.order),
            _ => false,
        }
    }

    fn concerns(&mut self, entry: &Entry, event: &Event) -> bool {
        let open = entry.seq >= self.trip.opened_seq
            && self
                .trip
                .closed_seq
                .is_none_or(|closed| entry.seq <= closed);
        match &event.body {
            Body::Run(news) => {
                if let RunEvent::Started(started) = &**news {
                    self.learn(&started.names);
                }
                false
            }
            Body::Order(news) => self.orders.contains(&news.order),
            Body::Account(
                AccountEvent::Funding { instrument, .. }
                | AccountEvent::Liquidated { instrument, .. }
                | AccountEvent::LiquidationFee { instrument, .. }
                | AccountEvent::Deleveraged { instrument, .. }
                | AccountEvent::Foreign { instrument, .. },
            ) => open && self.instruments.contains(instrument),
            _ => false,
        }
    }

    fn learn(&mut self, names: &Names) {
        self.names = names.clone();
        let task = names
            .tasks
            .iter()
            .position(|name| **name == *self.trip.task);
        self.task = task.map(|at| TaskId(at as u16));
        let legs = self.trip.legs.iter();
        self.instruments = legs
            .filter_map(|leg| names.find_instrument(&leg.instrument))
            .collect();
    }

    fn step(&mut self, entry: &Entry) {
        let line = Line::new(entry, &self.known);
        self.steps.push(Step {
            text: line.text(),
            json: line.json(),
        });
    }

    /// What was seen of the trip's instruments when an order was decided on.
    fn books(&mut self, entry: &Entry) {
        for (id, top) in self
            .tops
            .iter()
            .filter(|(id, _)| self.instruments.contains(id))
        {
            let name = &self.names.instrument(*id).name;
            let level = |level: onetape_core::event::Level| {
                let id = Some(*id);
                (
                    self.known.price(id, level.price),
                    self.known.qty(id, level.qty),
                )
            };
            let ((bid, bid_qty), (ask, ask_qty)) = (level(top.bid), level(top.ask));
            let time = super::time_text(entry.ts());
            self.steps.push(Step {
                text: format!(
                    "{time} {:>8} book     {name} bid={bid} qty={bid_qty} ask={ask} qty={ask_qty}",
                    entry.seq.0
                ),
                json: json!({
                    "time": time,
                    "seq": entry.seq.0,
                    "kind": "book",
                    "what": name,
                    "bid": bid,
                    "bid_qty": bid_qty,
                    "ask": ask,
                    "ask_qty": ask_qty,
                }),
            });
        }
    }
}

/// The trip in lines.
fn summary(trip: &RoundTrip) -> String {
    let mut text = String::new();
    let why = |reason: &Option<Arc<str>>| reason.as_deref().unwrap_or("-").to_owned();
    let _ = writeln!(
        text,
        "round trip {} of {}: {} to {}, in by {}, out by {}",
        trip.trip,
        trip.task,
        super::time_text(trip.opened_at),
        trip.closed_at
            .map_or_else(|| "now".into(), super::time_text),
        why(&trip.entry_reason),
        why(&trip.exit_reason)
    );
    for leg in &trip.legs {
        let _ = write!(text, "  leg {} {}", leg.leg, leg.instrument);
        for (name, fills) in [
            ("entry", &leg.entry),
            ("exit", &leg.exit),
            ("repair", &leg.repair),
        ] {
            if let Some(price) = fills.price {
                let _ = write!(text, "  {name} {} at {price}", fills.qty);
            }
        }
        let _ = writeln!(text, "  net {}", leg.pnl.net);
    }
    for (name, amount) in trip.attribution.as_deref().into_iter().flat_map(parts) {
        if !amount.is_zero() {
            let _ = writeln!(text, "  {name:<20} {amount}");
        }
    }
    let _ = writeln!(text, "  {:<20} {}\n", "net", trip.pnl.net);
    text
}

fn parts(made: &Attribution) -> [(&'static str, &onetape_reports::Amount); 13] {
    [
        ("decision edge", &made.decision_edge),
        ("delay", &made.delay),
        ("legging", &made.legging),
        ("slippage", &made.slippage),
        ("spread capture", &made.spread_capture),
        ("repair", &made.repair),
        ("closed by the venue", &made.venue_closings),
        ("fees", &made.fees),
        ("rebates", &made.rebates),
        ("funding", &made.funding),
        ("residual basis", &made.residual_basis),
        ("residual delta", &made.residual_delta),
        ("dust and rounding", &made.dust_and_rounding),
    ]
}
