//! What went wrong on the way to venues and what became of it: gaps and lost connections of feeds, account streams that were
//! down, bans, orders that nobody knew of, and orders that mend legs. Each counts as mended by the event that ends it.

use std::collections::BTreeMap;

use onetape_core::command::{LegRole, Place};
use onetape_core::event::{Body, FeedNews, OrderEventKind};
use onetape_core::fault::{FaultEvent, FaultKind, FaultPhase};
use onetape_core::names::{InstrumentId, Names, VenueId};
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};
use serde_json::{Map, Value, json};

/// What can be wrong, each until it is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wrong {
    /// A feed has no connection.
    Feed(InstrumentId),
    /// Messages of a feed are missing: its book begins anew.
    Gap(InstrumentId),
    /// The stream of an account is down.
    Account(VenueId),
    /// A venue answers nothing.
    Ban(VenueId),
    /// Nobody knows how an order stands.
    Order(OrderId),
}

impl Wrong {
    const NAMES: [&'static str; 5] = [
        "feed_disconnects",
        "feed_gaps",
        "account_disconnects",
        "bans",
        "unknown_orders",
    ];

    const fn index(self) -> usize {
        match self {
            Self::Feed(_) => 0,
            Self::Gap(_) => 1,
            Self::Account(_) => 2,
            Self::Ban(_) => 3,
            Self::Order(_) => 4,
        }
    }
}

/// How often something was wrong at a venue, and how long it took until it was not.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    begun: u64,
    mended: u64,
    spent_ns: i128,
    longest: Span,
}

impl Tally {
    fn document(&self) -> Value {
        let mean = (self.mended > 0).then(|| self.spent_ns as f64 / 1e6 / self.mended as f64);
        json!({
            "count": self.begun,
            "mended": self.mended,
            "avg_ms": mean,
            "longest_ms": self.longest.nanos() as f64 / 1e6,
        })
    }
}

/// Orders of a task that mend its legs.
#[derive(Clone, Copy, Debug, Default)]
struct Repairs {
    sent: u64,
    filled: u64,
    in_part: u64,
    missed: u64,
}

/// The fold.
#[derive(Clone, Debug)]
pub(super) struct Mending {
    venues: Vec<[Tally; 5]>,
    tasks: Vec<Repairs>,
    open: BTreeMap<Wrong, (VenueId, Ts)>,
}

impl Mending {
    pub(super) fn new(names: &Names) -> Self {
        Self {
            venues: vec![[Tally::default(); 5]; names.venues.len()],
            tasks: vec![Repairs::default(); names.tasks.len()],
            open: BTreeMap::new(),
        }
    }

    /// Takes what is no news of an order.
    pub(super) fn take(&mut self, now: Ts, body: &Body, names: &Names) {
        match body {
            Body::Feed(news) => {
                let venue = names.instrument(news.instrument).venue;
                match news.state {
                    FeedNews::Disconnected => self.begins(Wrong::Feed(news.instrument), venue, now),
                    FeedNews::Gap => self.begins(Wrong::Gap(news.instrument), venue, now),
                    FeedNews::Connected | FeedNews::Conflated => {}
                }
            }
            // A feed is mended when its book can be had again, and not before.
            Body::Quote(quote) => self.has_book(quote.instrument, now),
            Body::Depth(depth) if depth.snapshot => self.has_book(depth.instrument, now),
            Body::Fault(FaultEvent {
                kind, phase, venue, ..
            }) => {
                let wrong = match kind {
                    FaultKind::AccountDown => Wrong::Account(*venue),
                    FaultKind::Ban => Wrong::Ban(*venue),
                    _ => return,
                };
                match phase {
                    FaultPhase::Begins => self.begins(wrong, *venue, now),
                    FaultPhase::Ends => self.ends(wrong, now),
                    FaultPhase::Once => {}
                }
            }
            _ => {}
        }
    }

    fn has_book(&mut self, instrument: InstrumentId, now: Ts) {
        // Nearly always nothing is wrong.
        if !self.open.is_empty() {
            self.ends(Wrong::Feed(instrument), now);
            self.ends(Wrong::Gap(instrument), now);
        }
    }

    /// An order of a task left.
    pub(super) fn sent(&mut self, place: &Place) {
        if let Some(repairs) = self.repairs(place) {
            repairs.sent += 1;
        }
    }

    /// News of an order: any word of the venue, and the proof that it never was, ends that nobody knows of it.
    pub(super) fn news(&mut self, id: OrderId, venue: VenueId, kind: &OrderEventKind, now: Ts) {
        match kind {
            OrderEventKind::Unknown => self.begins(Wrong::Order(id), venue, now),
            _ => self.ends(Wrong::Order(id), now),
        }
    }

    /// An order ended with so much of it traded.
    pub(super) fn ended(&mut self, place: &Place, filled: i64) {
        let whole = filled >= place.qty.mantissa();
        let Some(repairs) = self.repairs(place) else {
            return;
        };
        match filled {
            _ if whole => repairs.filled += 1,
            0 => repairs.missed += 1,
            _ => repairs.in_part += 1,
        }
    }

    fn repairs(&mut self, place: &Place) -> Option<&mut Repairs> {
        let is_one = place.tag.role == LegRole::Repair;
        self.tasks.get_mut(place.task.index()).filter(|_| is_one)
    }

    fn begins(&mut self, wrong: Wrong, venue: VenueId, now: Ts) {
        if self.open.contains_key(&wrong) {
            return;
        }
        self.open.insert(wrong, (venue, now));
        if let Some(tallies) = self.venues.get_mut(venue.index()) {
            tallies[wrong.index()].begun += 1;
        }
    }

    fn ends(&mut self, wrong: Wrong, now: Ts) {
        let Some((venue, since)) = self.open.remove(&wrong) else {
            return;
        };
        if let Some(tallies) = self.venues.get_mut(venue.index()) {
            let tally = &mut tallies[wrong.index()];
            let took = now.since(since);
            tally.mended += 1;
            tally.spent_ns += i128::from(took.nanos());
            tally.longest = tally.longest.max(took);
        }
    }

    /// All of it, as JSON.
    pub(super) fn document(&self, names: &Names) -> Value {
        let venue = |(name, tallies): (&String, &[Tally; 5])| {
            let named = Wrong::NAMES.iter().zip(tallies);
            let mut told: Map<String, Value> = named
                .map(|(kind, tally)| ((*kind).to_string(), tally.document()))
                .collect();
            told.insert("venue".to_string(), json!(name));
            Value::Object(told)
        };
        let task = |(name, it): (&String, &Repairs)| {
            json!({
                "id": name,
                "repair_orders": it.sent,
                "filled": it.filled,
                "filled_in_part": it.in_part,
                "missed": it.missed,
            })
        };
        json!({
            "venues": names.venues.iter().zip(&self.venues).map(venue).collect::<Vec<_>>(),
            "tasks": names.tasks.iter().zip(&self.tasks).map(task).collect::<Vec<_>>(),
            "open": self.open.len(),
        })
    }
}
