//! How orders and round trips went: counts, delays and time apart.

use std::collections::BTreeMap;

use onetape_core::command::{Place, TimeInForce};
use onetape_core::decision::Decision;
use onetape_core::event::{Control, OrderEventKind};
use onetape_core::fault::FaultPhase;
use onetape_core::instrument::Side;
use onetape_core::names::{InstrumentId, TaskId, VenueId};
use onetape_core::num::Qty;
use onetape_core::time::Ts;

use super::feeds::FeedSums;
use super::live::{Apart, Live};
use crate::fold::few::Few;

/// Orders of one instrument, side and kind.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::fold) struct Sent {
    pub(in crate::fold) orders: u64,
    pub(in crate::fold) with_fill: u64,
    pub(in crate::fold) qty: Qty,
    pub(in crate::fold) filled: Qty,
}

/// What orders of a kind are told apart by.
pub(in crate::fold) type SentKey = (InstrumentId, Side, Kind);

/// Times in force by name, and so in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::fold) enum Kind {
    FillOrKill,
    GoodTillCancelled,
    ImmediateOrCancel,
    PostOnly,
}

/// Nanoseconds from decisions to news of a venue.
#[derive(Clone, Debug, Default)]
pub(in crate::fold) struct Delays {
    pub(in crate::fold) first_word: Vec<i64>,
    pub(in crate::fold) first_fill: Vec<i64>,
}

/// What happened to the run itself.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::fold) struct Incidents {
    pub(in crate::fold) amends: u64,
    pub(in crate::fold) cancels: u64,
    pub(in crate::fold) cancels_refused: u64,
    pub(in crate::fold) amends_refused: u64,
    pub(in crate::fold) alerts: u64,
    pub(in crate::fold) liquidations: u64,
    pub(in crate::fold) deleveragings: u64,
    pub(in crate::fold) halts: u64,
    pub(in crate::fold) breaker_resets: u64,
    pub(in crate::fold) faults: u64,
}

/// Everything that is counted.
#[derive(Clone, Debug, Default)]
pub(in crate::fold) struct Work {
    pub(in crate::fold) sent: Few<SentKey, Sent>,
    pub(in crate::fold) delays: Few<VenueId, Delays>,
    /// Nanoseconds that legs were apart until they were hedged.
    pub(in crate::fold) hedges: Vec<i64>,
    pub(in crate::fold) apart: Apart,
    /// Trips with orders for several legs; those of them that were hedged once; those that were apart too long.
    pub(in crate::fold) hedged_trips: [u64; 3],
    pub(in crate::fold) incidents: Incidents,
    pub(in crate::fold) feeds: FeedSums,
    /// Decisions that opened nothing while nothing was open, by reason.
    pub(in crate::fold) waited: BTreeMap<String, u64>,
    /// Entries that the gate refused, by its reason.
    pub(in crate::fold) refused: BTreeMap<String, u64>,
    pub(in crate::fold) attempted: u64,
    last_trip: Few<TaskId, u32>,
}

/// Seconds apart from which a trip counts as legged.
pub(in crate::fold) const LEGGED_S: f64 = 1.0;

impl Kind {
    const fn of(time: TimeInForce) -> Self {
        match time {
            TimeInForce::GoodTillCancelled => Self::GoodTillCancelled,
            TimeInForce::ImmediateOrCancel => Self::ImmediateOrCancel,
            TimeInForce::FillOrKill => Self::FillOrKill,
            TimeInForce::PostOnly => Self::PostOnly,
        }
    }

    pub(in crate::fold) const fn name(self) -> &'static str {
        match self {
            Self::FillOrKill => "fill_or_kill",
            Self::GoodTillCancelled => "good_till_cancelled",
            Self::ImmediateOrCancel => "immediate_or_cancel",
            Self::PostOnly => "post_only",
        }
    }
}

impl Work {
    fn key(place: &Place) -> SentKey {
        (place.instrument, place.side, Kind::of(place.time_in_force))
    }

    /// An order leaves.
    pub(in crate::fold) fn placed(&mut self, place: &Place) {
        let sent = self.sent.of(Self::key(place));
        sent.orders += 1;
        sent.qty += place.qty;
        let last = self.last_trip.of(place.task);
        if place.tag.trip > *last && place.tag.role.opens() {
            *last = place.tag.trip;
            self.attempted += 1;
        }
    }

    /// An order traded.
    pub(in crate::fold) fn filled(&mut self, place: &Place, qty: Qty, is_first: bool) {
        let sent = self.sent.of(Self::key(place));
        sent.filled += qty;
        sent.with_fill += u64::from(is_first);
    }

    /// Word of a venue came.
    pub(in crate::fold) fn heard(
        &mut self,
        venue: VenueId,
        decided: Ts,
        now: Ts,
        (word, fill): (bool, bool),
    ) {
        let delays = self.delays.of(venue);
        let passed = now.since(decided).nanos();
        if word {
            delays.first_word.push(passed);
        }
        if fill {
            delays.first_fill.push(passed);
        }
    }

    /// Something was decided; `idle` when the task had nothing open.
    pub(in crate::fold) fn decided(&mut self, decision: &Decision, idle: bool) {
        for refusal in &decision.refusals {
            if idle {
                count(&mut self.refused, refusal.reason.as_str());
            }
        }
        if idle && decision.refusals.is_empty() && decision.commands.is_empty() {
            count(&mut self.waited, decision.reason.as_str());
        }
    }

    pub(in crate::fold) fn news(&mut self, kind: &OrderEventKind) {
        match kind {
            OrderEventKind::CancelRejected => self.incidents.cancels_refused += 1,
            OrderEventKind::AmendRejected(_) => self.incidents.amends_refused += 1,
            OrderEventKind::Amended { .. } => self.incidents.amends += 1,
            OrderEventKind::Cancelled => self.incidents.cancels += 1,
            _ => {}
        }
    }

    pub(in crate::fold) fn control(&mut self, control: &Control) {
        match control {
            Control::Halt => self.incidents.halts += 1,
            Control::ResetBreaker(_) => self.incidents.breaker_resets += 1,
            _ => {}
        }
    }

    pub(in crate::fold) fn fault(&mut self, phase: FaultPhase) {
        self.incidents.faults += u64::from(phase != FaultPhase::Ends);
    }

    /// A trip is over, or the run is.
    pub(super) fn ended(&mut self, live: &Live) {
        if live.sent.len() < 2 {
            return;
        }
        let [all, complete, legged] = &mut self.hedged_trips;
        *all += 1;
        *complete += u64::from(live.complete);
        *legged += u64::from(live.apart.seconds > LEGGED_S);
        self.apart.value_s += live.apart.value_s;
        self.apart.seconds += live.apart.seconds;
        self.apart.most = self.apart.most.max(live.apart.most);
    }
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(known) => *known += 1,
        None => _ = counts.insert(name.to_owned(), 1),
    }
}

/// The number of a sorted list at a part of it, by nearest rank.
pub(in crate::fold) fn ranked(sorted: &[i64], percent: usize) -> Option<i64> {
    let at = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(at).copied()
}
