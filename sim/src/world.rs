//! Virtual time: recorded market data, simulated venues and the distance between them and the desk.
//!
//! Order of things, by time and, at one time: orders that arrive at a venue, answers that arrive at the desk,
//! market events at the desk, market events at a venue, timers. So with no latency an order meets the book that
//! its decision saw, its answer is back before the next market event, even one of the same stamp, and nothing
//! ever trades on a book that is not there yet.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use onetape_core::command::{Amend, Place};
use onetape_core::engine::{Gateway, Source, Tape};
use onetape_core::event::{Body, Event, TapeRow, Timer};
use onetape_core::journal::Committed;
use onetape_core::market::Market;
use onetape_core::names::{InstrumentId, Names};
use onetape_core::order::OrderId;
use onetape_core::strategy::Outgoing;
use onetape_core::time::{Span, Ts};

use crate::config::{Delay, FeedDelay, Latency, Liquidity, SimConfig};
use crate::venue::{Floor, Venue};

enum Request {
    Place(Box<Place>),
    Cancel(OrderId),
    Amend(Amend),
}

/// Something on its way, ordered by arrival and then by departure.
struct InFlight<T> {
    at: Ts,
    order: u64,
    what: T,
}

impl<T> PartialEq for InFlight<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}
impl<T> Eq for InFlight<T> {}
impl<T> PartialOrd for InFlight<T> {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for InFlight<T> {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

type Queue<T> = BinaryHeap<Reverse<InFlight<T>>>;

/// What happens next, in the order that ties are broken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Arrival,
    Answer,
    DeskRow,
    VenueRow(usize),
    Timer,
}

/// A tape with simulated venues behind it: the source and the gateway of a backtest.
pub struct World<T> {
    names: Arc<Names>,
    liquidity: Liquidity,
    tape: T,
    tape_ended: bool,
    /// The market as the venues see it, each instrument at its venue's own time.
    floor: Market,
    venues: Vec<Venue>,
    /// By venue id: place in `venues`.
    places: Vec<Option<usize>>,
    /// Market events that the desk has not seen, with whether their venue has.
    rows: VecDeque<(Event, bool)>,
    /// Number of rows that left `rows`, so that absolute row numbers can be kept.
    gone: u64,
    /// By venue: numbers of the rows that it has not seen.
    unseen: Vec<VecDeque<u64>>,
    longest_feed: Span,
    block: std::vec::IntoIter<TapeRow>,
    requests: Queue<(usize, Request)>,
    answers: Queue<Body>,
    departures: u64,
    opened: bool,
    now: Ts,
}

impl<T: Tape> World<T> {
    /// Venues in front of a tape. `floor` is an empty market with the feeds of the scenario.
    pub fn new(names: Arc<Names>, config: SimConfig, floor: Market, tape: T) -> Self {
        let mut places = vec![None; names.venues.len()];
        for (at, venue) in config.venues.iter().enumerate() {
            places[venue.venue.index()] = Some(at);
        }
        let count = names.instruments.len();
        Self {
            liquidity: config.liquidity,
            tape,
            tape_ended: false,
            floor,
            places,
            rows: VecDeque::new(),
            gone: 0,
            unseen: vec![VecDeque::new(); config.venues.len()],
            longest_feed: config
                .venues
                .iter()
                .map(|venue| feed_of(&venue.latency))
                .max()
                .unwrap_or_default(),
            block: Vec::new().into_iter(),
            requests: BinaryHeap::new(),
            answers: BinaryHeap::new(),
            departures: 0,
            opened: false,
            now: Ts::default(),
            venues: config
                .venues
                .into_iter()
                .map(|venue| Venue::new(venue, config.queue, count))
                .collect(),
            names,
        }
    }

    /// The tape.
    pub const fn tape(&self) -> &T {
        &self.tape
    }

    /// The venues.
    pub fn venues(&self) -> &[Venue] {
        &self.venues
    }

    /// The time of the first market event; `None` on an empty tape.
    ///
    /// # Errors
    /// When the tape cannot be read.
    pub fn first_ts(&mut self) -> Result<Option<Ts>, T::Error> {
        self.fill()?;
        Ok(self.rows.front().map(|(event, _)| event.ts))
    }

    fn venue_of(&self, instrument: InstrumentId) -> Option<usize> {
        let venue = self.names.instrument(instrument).venue;
        self.places[venue.index()]
    }

    /// Reads ahead far enough to know every row that a venue sees before the desk's next one.
    fn fill(&mut self) -> Result<(), T::Error> {
        loop {
            let enough = match (self.rows.front(), self.rows.back()) {
                (Some((front, _)), Some((back, _))) => back.ts > front.ts + self.longest_feed,
                _ => false,
            };
            if enough || self.tape_ended {
                return Ok(());
            }
            let row = match self.block.next() {
                Some(row) => row,
                None => {
                    self.block = self.tape.next_block(Vec::new())?.into_iter();
                    let Some(row) = self.block.next() else {
                        self.tape_ended = true;
                        return Ok(());
                    };
                    row
                }
            };
            let event = row.event;
            let number = self.gone + self.rows.len() as u64;
            let venue = event
                .body
                .instrument()
                .and_then(|instrument| self.venue_of(instrument));
            if let Some(venue) = venue {
                self.unseen[venue].push_back(number);
            }
            self.rows.push_back((event, venue.is_none()));
        }
    }

    /// The earliest thing and its time; timers only while something else is still to come.
    fn choose(&self, deadline: Option<Ts>) -> Option<(Ts, Next)> {
        let mut best: Option<(Ts, Next)> = None;
        let mut offer = |at: Ts, next: Next| {
            if best.is_none_or(|known| (at, next) < known) {
                best = Some((at, next));
            }
        };
        if let Some(Reverse(request)) = self.requests.peek() {
            offer(request.at, Next::Arrival);
        }
        if let Some(Reverse(answer)) = self.answers.peek() {
            offer(answer.at, Next::Answer);
        }
        if let Some((event, true)) = self.rows.front() {
            offer(event.ts, Next::DeskRow);
        }
        for (venue, unseen) in self.unseen.iter().enumerate() {
            if let Some(&number) = unseen.front() {
                let (event, _) = &self.rows[(number - self.gone) as usize];
                offer(
                    event.ts - feed_of(&self.venues[venue].config().latency),
                    Next::VenueRow(venue),
                );
            }
        }
        // A deadline after everything else would keep a finished run alive.
        let due = deadline.zip(best).filter(|(at, known)| *at < known.0);
        due.map(|(at, _)| (at.max(self.now), Next::Timer)).or(best)
    }

    fn arrive(&mut self) {
        let Some(Reverse(InFlight {
            at,
            what: (venue, request),
            ..
        })) = self.requests.pop()
        else {
            return;
        };
        let floor = Floor {
            names: &self.names,
            market: &self.floor,
            liquidity: self.liquidity,
            now: at,
        };
        let mut out = Vec::new();
        self.venues[venue].settle_funding(floor, at, &mut out);
        match request {
            Request::Place(place) => self.venues[venue].on_place(floor, &place, &mut out),
            Request::Cancel(order) => self.venues[venue].on_cancel(order, &mut out),
            Request::Amend(amend) => self.venues[venue].on_amend(floor, &amend, &mut out),
        }
        self.answer(venue, at, out);
    }

    fn show_to_venue(&mut self, venue: usize, at: Ts) {
        let Some(number) = self.unseen[venue].pop_front() else {
            return;
        };
        let (event, seen) = &mut self.rows[(number - self.gone) as usize];
        *seen = true;
        let mut out = Vec::new();
        let due = self.venues[venue]
            .next_funding()
            .is_some_and(|due| due <= at);
        if due {
            let floor = Floor {
                names: &self.names,
                market: &self.floor,
                liquidity: self.liquidity,
                now: at,
            };
            self.venues[venue].settle_funding(floor, at, &mut out);
        }
        self.floor.apply(event);
        let floor = Floor {
            names: &self.names,
            market: &self.floor,
            liquidity: self.liquidity,
            now: at,
        };
        self.venues[venue].on_market(floor, event, &mut out);
        self.answer(venue, at, out);
    }

    fn answer(&mut self, venue: usize, at: Ts, bodies: Vec<Body>) {
        self.deliver(
            at + constant(&self.venues[venue].config().latency.answer),
            bodies,
        );
    }

    fn deliver(&mut self, at: Ts, bodies: Vec<Body>) {
        for body in bodies {
            self.departures += 1;
            self.answers.push(Reverse(InFlight {
                at,
                order: self.departures,
                what: body,
            }));
        }
    }

    /// Opening balances reach the desk with the first stamp, before the first market event.
    fn open(&mut self, at: Ts) {
        self.opened = true;
        for venue in 0..self.venues.len() {
            let mut out = Vec::new();
            self.venues[venue].report(&mut out);
            self.deliver(at, out);
        }
    }

    fn stamped(&mut self, at: Ts, body: Body) -> Event {
        self.now = self.now.max(at);
        Event { ts: self.now, body }
    }
}

impl<T: Tape> Source for World<T> {
    type Error = T::Error;

    fn next(&mut self, deadline: Option<(Ts, Timer)>) -> Result<Option<Event>, T::Error> {
        loop {
            self.fill()?;
            if !self.opened {
                let Some((first, _)) = self.rows.front() else {
                    return Ok(None);
                };
                self.open(first.ts);
            }
            let Some((at, next)) = self.choose(deadline.map(|(at, _)| at)) else {
                return Ok(None);
            };
            match next {
                Next::Arrival => self.arrive(),
                Next::VenueRow(venue) => self.show_to_venue(venue, at),
                Next::Answer => return Ok(self.pop_answer()),
                Next::DeskRow => {
                    let Some((event, _)) = self.rows.pop_front() else {
                        continue;
                    };
                    self.gone += 1;
                    self.now = self.now.max(event.ts);
                    return Ok(Some(event));
                }
                Next::Timer => {
                    let Some((at, timer)) = deadline else {
                        continue;
                    };
                    return Ok(Some(Event {
                        ts: at,
                        body: Body::Timer(timer),
                    }));
                }
            }
        }
    }
}

impl<T: Tape> World<T> {
    fn pop_answer(&mut self) -> Option<Event> {
        let Reverse(InFlight { at, what, .. }) = self.answers.pop()?;
        Some(self.stamped(at, what))
    }
}

impl<T: Tape> Gateway for World<T> {
    fn send(&mut self, now: Ts, outgoing: Outgoing, _: &Committed) {
        let (venue, request) = match outgoing {
            Outgoing::Place(place) => {
                let place = place.into_inner();
                let Some(venue) = self.venue_of(place.instrument) else {
                    return;
                };
                (venue, Request::Place(Box::new(place)))
            }
            Outgoing::Cancel { order, instrument } => {
                let Some(venue) = self.venue_of(instrument) else {
                    return;
                };
                (venue, Request::Cancel(order))
            }
            Outgoing::Amend(amend) => {
                let amend = amend.into_inner();
                let Some(venue) = self.venue_of(amend.instrument) else {
                    return;
                };
                (venue, Request::Amend(amend))
            }
            Outgoing::Alert(_) => return,
        };
        self.departures += 1;
        let at = now + constant(&self.venues[venue].config().latency.order);
        self.requests.push(Reverse(InFlight {
            at,
            order: self.departures,
            what: (venue, request),
        }));
    }
}

fn constant(delay: &Delay) -> Span {
    match delay {
        Delay::Constant(span) | Delay::Uniform(span, _) => *span,
        Delay::LogNormal { median, .. } => *median,
        Delay::Table(table) => table.first().copied().unwrap_or_default(),
    }
}

fn feed_of(latency: &Latency) -> Span {
    match &latency.feed {
        FeedDelay::Modelled(delay) => constant(delay),
        FeedDelay::Recorded => Span::ZERO,
    }
}
