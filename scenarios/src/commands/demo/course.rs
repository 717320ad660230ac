//! What happened to each trip of a pair, told from its journal alone.

use std::collections::BTreeMap;
use std::path::Path;

use onetape_core::command::Command;
use onetape_core::decision::Decision;
use onetape_core::event::{Body, Event, OrderEventKind, RejectReason};
use onetape_core::fault::{FaultKind, FaultPhase};
use onetape_core::journal::Record;
use onetape_core::time::{Span, Ts};
use onetape_data::journal::JournalFile;
use serde_json::{Value, json};

use crate::commands::time_text;

/// How a trip came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// Entered, held and closed.
    Completed,
    /// The same, after its legs were mended.
    Mended,
    /// What filled was taken back.
    Unwound,
    /// Nothing filled.
    Missed,
    /// A person is needed.
    Quarantined,
    /// Not over when the run was.
    Open,
}

impl Outcome {
    pub(super) const ALL: [Self; 6] = [
        Self::Completed,
        Self::Mended,
        Self::Unwound,
        Self::Missed,
        Self::Quarantined,
        Self::Open,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Mended => "mended and completed",
            Self::Unwound => "unwound",
            Self::Missed => "missed",
            Self::Quarantined => "quarantined",
            Self::Open => "open",
        }
    }
}

/// One trip.
#[derive(Clone, Debug)]
pub(super) struct Trip {
    pub(super) at: Ts,
    pub(super) outcome: Outcome,
    /// How long its legs were out of balance.
    off: Span,
    off_since: Option<Ts>,
    held: bool,
    /// Faults that were injected meanwhile, by kind.
    faults: BTreeMap<FaultKind, u64>,
    unknown: u64,
    refused: BTreeMap<&'static str, u64>,
}

impl Trip {
    const fn new(at: Ts) -> Self {
        Self {
            at,
            outcome: Outcome::Open,
            off: Span::ZERO,
            off_since: None,
            held: false,
            faults: BTreeMap::new(),
            unknown: 0,
            refused: BTreeMap::new(),
        }
    }

    fn balance(&mut self, now: Ts) {
        if let Some(since) = self.off_since.take() {
            let more = now.since(since).nanos();
            self.off = Span::from_nanos(self.off.nanos() + more);
        }
    }

    /// What went wrong in it, in words.
    fn troubles(&self) -> String {
        let faults = self.faults.iter();
        let mut words: Vec<String> = faults
            .map(|(kind, count)| counted(kind.name(), *count))
            .collect();
        if self.unknown > 0 {
            words.push(counted("unknown order", self.unknown));
        }
        let refused = self.refused.iter();
        words.extend(refused.map(|(reason, count)| counted(&format!("refused: {reason}"), *count)));
        if words.is_empty() {
            "nothing went wrong".into()
        } else {
            words.join(", ")
        }
    }

    pub(super) fn words(&self) -> String {
        let off = match self.off.nanos() / 1_000_000 {
            0 => String::new(),
            millis => format!(", out of balance for {millis} ms"),
        };
        let (at, outcome) = (time_text(self.at), self.outcome.name());
        format!(
            "{} {outcome}{off}: {}",
            &at[11..23.min(at.len())],
            self.troubles()
        )
    }

    fn json(&self) -> Value {
        let faults = self.faults.iter();
        let faults: BTreeMap<_, _> = faults.map(|(kind, count)| (kind.name(), count)).collect();
        json!({
            "at": time_text(self.at),
            "outcome": self.outcome.name(),
            "out_of_balance_ms": self.off.nanos() / 1_000_000,
            "faults": faults,
            "unknown_orders": self.unknown,
            "refused": self.refused,
        })
    }
}

fn counted(what: &str, count: u64) -> String {
    match count {
        1 => what.to_string(),
        more => format!("{more} x {what}"),
    }
}

/// Every trip of a run, in their order, and what people were told.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    pub(super) trips: Vec<Trip>,
    pub(super) alerts: Vec<(Ts, String)>,
    reason: String,
    /// Faults since the last trip: the next one meets what lasts of them.
    before: BTreeMap<FaultKind, u64>,
}

impl Course {
    /// Reads the journal in a run's folder.
    ///
    /// # Errors
    /// When it is damaged.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut course = Self::default();
        for entry in JournalFile::open(folder)? {
            match entry?.body {
                Record::Event(event) => course.event(&event),
                Record::Decision(decision) => course.decision(&decision),
                Record::Marks(_) => {}
            }
        }
        Ok(course)
    }

    /// The trip that is under way.
    fn trip(&mut self) -> Option<&mut Trip> {
        let trip = self.trips.last_mut();
        trip.filter(|trip| matches!(trip.outcome, Outcome::Open | Outcome::Quarantined))
    }

    fn event(&mut self, event: &Event) {
        let Some(trip) = self.trip() else {
            if let Body::Fault(fault) = &event.body
                && fault.phase != FaultPhase::Ends
            {
                *self.before.entry(fault.kind).or_default() += 1;
            }
            return;
        };
        match &event.body {
            Body::Fault(fault) if fault.phase != FaultPhase::Ends => {
                *trip.faults.entry(fault.kind).or_default() += 1;
            }
            Body::Order(news) => match news.kind {
                OrderEventKind::Unknown => trip.unknown += 1,
                OrderEventKind::Rejected(reason) => trip.refuse(reason),
                _ => {}
            },
            _ => {}
        }
    }

    fn decision(&mut self, decision: &Decision) {
        let now = decision.ts;
        for command in &decision.commands {
            if let Command::Alert(text) = command {
                self.alerts.push((now, text.as_str().to_string()));
            }
        }
        let reason = decision.reason.as_str();
        if reason == self.reason {
            return;
        }
        self.reason = reason.to_string();
        if reason.starts_with("enter_") {
            self.trips.push(Trip {
                faults: std::mem::take(&mut self.before),
                ..Trip::new(now)
            });
        }
        let Some(trip) = self.trip() else { return };
        match reason {
            "repairing" => trip.off_since = trip.off_since.or(Some(now)),
            "holding" => {
                trip.balance(now);
                trip.held = true;
            }
            "closed" => {
                trip.balance(now);
                trip.outcome = match (trip.held, trip.off > Span::ZERO) {
                    (false, _) => Outcome::Unwound,
                    (true, true) => Outcome::Mended,
                    (true, false) => Outcome::Completed,
                };
            }
            "entry_missed" => trip.outcome = Outcome::Missed,
            "quarantined" => {
                trip.balance(now);
                trip.outcome = Outcome::Quarantined;
            }
            _ => {}
        }
    }

    /// How many trips came out so.
    pub(super) fn count(&self, outcome: Outcome) -> usize {
        let trips = self.trips.iter();
        trips.filter(|trip| trip.outcome == outcome).count()
    }

    pub(super) fn json(&self) -> Value {
        let counts = Outcome::ALL.map(|outcome| (outcome.name(), self.count(outcome)));
        let alerts = self.alerts.iter();
        let alerts = alerts.map(|(at, text)| json!({"at": time_text(*at), "text": text}));
        json!({
            "trips": self.trips.iter().map(Trip::json).collect::<Vec<_>>(),
            "outcomes": BTreeMap::from(counts),
            "alerts": alerts.collect::<Vec<_>>(),
        })
    }
}

impl Trip {
    fn refuse(&mut self, reason: RejectReason) {
        *self.refused.entry(reason.name()).or_default() += 1;
    }
}
