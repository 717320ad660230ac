//! Faults between simulated venues and a desk.
//!
//! A [`FaultPlan`] says which kinds come and how often, or at which moments. What comes over a venue by time (its feed or
//! its account channel is down, it is slow, refuses everything, halts an instrument, closes a position, pays another
//! funding rate) begins at moments drawn for the venue. What comes over an order is drawn as the order is sent, arrives,
//! or is told of.
//!
//! An order without a word is [`OrderEventKind::Unknown`] after the client's timeout, as is one of which a word is known
//! to be missing. Then the venue is asked. What it knows is told: the missed fills by their trade ids, and what became of
//! the order. What it does not know may still be on its way; when the fence is over it is not taken any more, and the
//! order was never sent.
//!
//! One in three of what is drawn by time waits until the desk hears of an order at that venue that is filled in part, so
//! that such orders are met as well.
//!
//! Every injection is an event. Nothing here reads a clock, and no draw depends on what was drawn before.
//!
//! The clock of a venue is not among the faults: a simulation has one axis of time, orders carry no stamp of their own,
//! and a venue's stamps only order its rows, where the scenario says that both are of one clock.

mod aim;
mod course;
mod draw;
mod fate;
mod plan;
mod swarm;
mod words;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use onetape_core::event::{Body, OrderEvent, OrderEventKind};
use onetape_core::fault::{FaultEvent, FaultKind, FaultPhase};
use onetape_core::names::{InstrumentId, Names, VenueId};
use onetape_core::num::Qty;
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};

use crate::config::VenueConfig;
use aim::Aimed;
use draw::{Lane, Part, draw, span_between};
pub use plan::{FaultPlan, FaultRates, Scheduled};
pub use swarm::ceiling;

pub(crate) use course::{Bend, Doing};
pub(crate) use fate::{Fate, Sent, SentKind, part_of_position};
pub(crate) use words::Pace;

const NEVER: i64 = i64::MAX;

/// What is known here of an order: what the venue said of it and the desk was not told.
#[derive(Debug)]
struct Track {
    instrument: InstrumentId,
    qty: Qty,
    filled: Qty,
    /// Words that the venue said of it.
    words: u64,
    /// Cancels of it that were sent, and that reached the venue.
    cancels_sent: u32,
    cancels_met: u32,
    /// It reached the venue.
    arrived: bool,
    /// The venue does not take it any more.
    void: bool,
    /// The venue's last word on it was said.
    ended: bool,
    /// The desk heard of it.
    told: bool,
    /// The desk heard how it ended.
    end_told: bool,
    /// Its fills that the desk heard of, and how much they make.
    fills_told: (BTreeSet<u64>, Qty),
    /// Answers to its cancels that the desk heard.
    cancels_told: u32,
    /// Nothing is told of it until somebody asks.
    withheld: bool,
    /// The question what became of it is under way.
    asked: bool,
    /// What was said and not told, in the venue's order.
    missed: Vec<Body>,
    /// What was said and is under way.
    under_way: VecDeque<Body>,
}

/// The way of answers of one venue.
#[derive(Debug, Default)]
struct Channel {
    down: bool,
    /// What was said while it was down.
    held: Vec<Body>,
    /// How many times slower everything is, where it is.
    slow: Option<u32>,
    banned: bool,
    /// Answers that were sent together so far.
    sent: u64,
}

/// Why an order may turn out to be unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    /// No word of it came.
    Silence,
    /// A word of it is missing.
    Gap,
    /// No word came of its cancel of this number.
    Cancel(u32),
}

/// What is due at a moment.
#[derive(Debug)]
enum Due {
    /// The desk is told.
    Tell(Body),
    /// The desk is told what it missed of an order.
    Catch(OrderId),
    /// The client's timeout of an order.
    Timeout(OrderId, Doubt),
    /// The venue says what became of an order.
    Query(OrderId, Doubt),
    /// What is not at the venue by now never was.
    Fence(OrderId),
    /// Something comes over a venue; with its number where it was drawn.
    Comes(Box<Scheduled>, Option<u64>),
    /// What waited for an order comes, if it still waits: of this kind at this venue, by its number.
    Strikes(FaultKind, usize, u64),
    /// Something is over.
    Ends(FaultKind, usize, Option<InstrumentId>),
}

impl Due {
    /// True for what must come whether or not anything else does.
    const fn is_owed(&self) -> bool {
        !matches!(self, Self::Comes(..) | Self::Strikes(..))
    }
}

/// The faults of one run.
#[derive(Debug)]
pub(crate) struct Faults {
    plan: FaultPlan,
    names: Arc<Names>,
    venues: Vec<VenueId>,
    /// The longest way of an answer, by venue.
    answers: Vec<Span>,
    channels: Vec<Channel>,
    tracks: BTreeMap<OrderId, Track>,
    due: BTreeMap<(i64, u64), Due>,
    next: u64,
    /// What is scheduled for the next order that it can come over.
    armed: Vec<Scheduled>,
    /// What is drawn and waits for an order that it can meet.
    aimed: Vec<Aimed>,
}

impl Faults {
    /// Before anything happened.
    pub(crate) fn new(plan: FaultPlan, names: Arc<Names>, venues: &[VenueConfig]) -> Self {
        Self {
            channels: venues.iter().map(|_| Channel::default()).collect(),
            answers: venues
                .iter()
                .map(|venue| venue.latency.answer.most())
                .collect(),
            venues: venues.iter().map(|venue| venue.venue).collect(),
            tracks: BTreeMap::new(),
            due: BTreeMap::new(),
            next: 0,
            armed: Vec::new(),
            aimed: Vec::new(),
            plan,
            names,
        }
    }

    /// When something is due next.
    pub(crate) fn next_at(&self) -> i64 {
        self.due.first_key_value().map_or(NEVER, |((at, _), _)| *at)
    }

    /// Nothing comes over a venue any more: the tape is over.
    pub(crate) fn calm_down(&mut self) {
        self.due.retain(|_, due| due.is_owed());
    }

    fn put(&mut self, at: Ts, due: Due) {
        self.due.insert((at.nanos(), self.next), due);
        self.next += 1;
    }

    /// The desk hears of it at a moment.
    fn tell(&mut self, at: Ts, body: Body) {
        self.put(at, Due::Tell(body));
    }

    /// Notes an injection that has no duration.
    fn note(&mut self, at: Ts, kind: FaultKind, venue: usize, order: Option<OrderId>) {
        let instrument = order.and_then(|order| self.tracks.get(&order));
        let body = Body::Fault(FaultEvent {
            kind,
            phase: FaultPhase::Once,
            venue: self.venues[venue],
            instrument: instrument.map(|track| track.instrument),
            order,
        });
        self.tell(at, body);
    }

    /// A draw for something of a kind at a venue.
    fn draw(&self, kind: FaultKind, venue: usize, part: Part, number: u64) -> crate::latency::Draw {
        let lane = Lane::Fault(self.venues[venue], kind, part);
        draw(self.plan.seed, lane, number)
    }

    /// Whether a kind comes over an order, or a word of one, at a moment: because it is scheduled, or drawn for
    /// `number`.
    fn strikes(
        &mut self,
        kind: FaultKind,
        (venue, instrument): (usize, InstrumentId),
        at: Ts,
        number: u64,
    ) -> Option<Strike> {
        let id = self.venues[venue];
        let meets = |armed: &Scheduled| {
            armed.kind == kind
                && armed.venue == id
                && armed.at <= at
                && armed.instrument.is_none_or(|known| known == instrument)
        };
        if let Some(place) = self.armed.iter().position(meets) {
            let scheduled = Some(self.armed.remove(place));
            return Some(Strike { number, scheduled });
        }
        let rate = u64::from(self.plan.rates.of(kind));
        let comes = rate > 0
            && self.plan.until.is_none_or(|until| at < until)
            && self.draw(kind, venue, Part::Comes, number).below(1_000_000) < rate;
        comes.then_some(Strike {
            number,
            scheduled: None,
        })
    }

    /// How long something takes: as scheduled, or drawn.
    fn length(&self, kind: FaultKind, venue: usize, strike: &Strike) -> Span {
        let given = strike.scheduled.as_ref().and_then(|it| it.duration);
        given.unwrap_or_else(|| {
            let (least, most) = lengths(kind);
            let drawn = self.draw(kind, venue, Part::Length, strike.number);
            span_between(drawn, Span::from_millis(least), Span::from_millis(most))
        })
    }

    /// The desk hears news of an order at a moment.
    pub(crate) fn heard(&mut self, body: &Body, now: Ts) {
        self.aim(body, now);
        if let Body::Order(news) = body
            && let Some(track) = self.tracks.get_mut(&news.order)
        {
            // That there is nothing to take back is no word of whether the order is on its way.
            track.told |= !matches!(news.kind, OrderEventKind::CancelRejected);
            track.hear(&news.kind);
            track.under_way.pop_front();
        }
    }
}

/// The longest that an order's message, and those behind it, are held up when that is drawn.
pub(crate) const HELD_UP_MOST: Span = Span::from_millis(5_000);

/// A fault that comes over an order.
#[derive(Debug)]
struct Strike {
    number: u64,
    scheduled: Option<Scheduled>,
}

/// The shortest and the longest that something of a kind takes when it is drawn, in milliseconds.
const fn lengths(kind: FaultKind) -> (i64, i64) {
    match kind {
        FaultKind::FeedDown | FaultKind::AccountDown => (50, 5_000),
        FaultKind::Slow => (1_000, 10_000),
        FaultKind::Ban => (5_000, 120_000),
        FaultKind::Halt => (1_000, 30_000),
        FaultKind::OrderDelayed | FaultKind::AnswerDelayed => (1, HELD_UP_MOST.nanos() / 1_000_000),
        FaultKind::LateFill | FaultKind::Duplicate => (1, 1_000),
        FaultKind::Reorder => (1, 50),
        _ => (0, 0),
    }
}

fn word(order: OrderId, kind: OrderEventKind) -> Body {
    Body::Order(OrderEvent { order, kind })
}
