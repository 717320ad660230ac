//! Simulated venues behind a market that is live: an order meets the book as it is when it arrives there.
//!
//! A venue's time is the receive time less the modelled feed latency, as in a [`World`](crate::World). What a venue saw at
//! a moment is therefore known one feed latency later, and only then an order that arrived at that moment is met. Its
//! answer reaches the desk one answer latency after the order arrived; where that is shorter than the feed's, as soon as
//! it is known.
//!
//! There is no clock here: who has one says what time it is.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use onetape_core::engine::Gateway;
use onetape_core::event::{Body, Event};
use onetape_core::journal::Committed;
use onetape_core::market::Market;
use onetape_core::names::Names;
use onetape_core::strategy::Outgoing;
use onetape_core::time::{Span, Ts};

use crate::config::{Delay, FeedDelay, Liquidity, SimConfig};
use crate::latency::{Draws, Stream};
use crate::venue::{Floor, Venue};
use crate::world::{Answers, NEVER, Wire, take};

/// How the market gets to one venue.
struct Road {
    delay: Delay,
    longest: Span,
    draws: Draws,
    seen: u64,
    last: i64,
    /// What the venue has yet to see, by its time.
    sights: VecDeque<(i64, Event)>,
}

impl Road {
    /// When the venue saw what is received at a moment. Messages of one feed do not overtake each other.
    fn seen_at(&mut self, received: Ts) -> i64 {
        let span = self.draws.draw(&self.delay, self.seen);
        self.seen += 1;
        self.last = received.nanos().saturating_sub(span.nanos()).max(self.last);
        self.last
    }

    fn next_at(&self) -> i64 {
        self.sights.front().map_or(NEVER, |(at, _)| *at)
    }
}

/// A scenario that cannot be traded on paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperError {
    /// The venue's clock is not ours.
    RecordedFeed,
}

impl fmt::Display for PaperError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RecordedFeed => f.write_str(
                "latency.feed = \"recorded\" is for tapes whose stamps are of one clock; give a feed latency, such \
                 as \"2ms\"",
            ),
        }
    }
}

impl std::error::Error for PaperError {}

/// The venues of a run on paper: its gateway, and what they answer.
pub struct Paper {
    names: Arc<Names>,
    liquidity: Liquidity,
    floor: Market,
    venues: Vec<Venue>,
    roads: Vec<Road>,
    /// By instrument: the place of its venue.
    road_of: Vec<Option<u8>>,
    wire: Wire,
    answers: Answers,
    opened: bool,
    said: Vec<Body>,
}

impl Paper {
    /// Venues before the first event. `floor` is an empty market with the feeds of the scenario. Faults of the scenario
    /// are not drawn: a live feed has its own.
    ///
    /// # Errors
    /// [`PaperError::RecordedFeed`] where a venue's time is to be that of its own stamps.
    pub fn new(names: Arc<Names>, config: SimConfig, floor: Market) -> Result<Self, PaperError> {
        let place_of = |venue| {
            let at = config.venues.iter().position(|it| it.venue == venue)?;
            u8::try_from(at).ok()
        };
        let road_of: Vec<Option<u8>> = (names.instruments.iter())
            .map(|instrument| place_of(instrument.venue))
            .collect();
        let mut roads = Vec::with_capacity(config.venues.len());
        for venue in &config.venues {
            let FeedDelay::Modelled(delay) = &venue.latency.feed else {
                return Err(PaperError::RecordedFeed);
            };
            roads.push(Road {
                delay: delay.clone(),
                longest: delay.most(),
                draws: Draws::new(config.seed, venue.venue, Stream::Feed),
                seen: 0,
                last: i64::MIN,
                sights: VecDeque::new(),
            });
        }
        let orders = config.venues.iter();
        let orders = orders.map(|venue| (venue.venue, venue.latency.order.clone()));
        let answers = config.venues.iter();
        let answers = answers.map(|venue| (venue.venue, venue.latency.answer.clone()));
        let count = names.instruments.len();
        Ok(Self {
            liquidity: config.liquidity,
            floor,
            wire: Wire::new(config.seed, orders.collect(), road_of.clone()),
            answers: Answers::new(config.seed, answers.collect()),
            roads,
            road_of,
            venues: (config.venues.into_iter())
                .map(|venue| Venue::new(venue, config.queue, count))
                .collect(),
            names,
            opened: false,
            said: Vec::new(),
        })
    }

    /// The venues.
    pub fn venues(&self) -> &[Venue] {
        &self.venues
    }

    /// Opening balances, due at once.
    pub fn open(&mut self, now: Ts) {
        if std::mem::replace(&mut self.opened, true) {
            return;
        }
        for (at, venue) in self.venues.iter_mut().enumerate() {
            venue.report(&mut self.said);
            self.answers.deliver(at, now, now.nanos(), &mut self.said);
        }
    }

    /// Takes a market event as the desk sees it; the venue saw it before.
    pub fn see(&mut self, event: &Event) {
        let instrument = event.body.instrument();
        let Some(at) = instrument.and_then(|id| self.road_of.get(id.index()).copied().flatten())
        else {
            return;
        };
        let Some(road) = self.roads.get_mut(usize::from(at)) else {
            return;
        };
        let seen_at = road.seen_at(event.ts);
        road.sights.push_back((seen_at, event.clone()));
    }

    /// Lets happen at the venues what is known by now: everything up to now less the feed's latency.
    pub fn pass(&mut self, now: Ts) {
        loop {
            let venues = 0..self.venues.len();
            let next = venues.map(|at| (self.next_at(at), at)).min();
            let Some((at, venue)) = next else {
                return;
            };
            if at == NEVER || self.known_at(venue, at) > now.nanos() {
                return;
            }
            // A row at a venue comes after the orders that arrive with it, as in a world.
            if self.wire.next_at(venue) <= at {
                self.arrive(venue);
            } else {
                self.show(venue);
            }
        }
    }

    /// The next answer that has reached the desk by now.
    pub fn answer(&mut self, now: Ts) -> Option<Body> {
        if self.answers.next_at() > now.nanos() {
            return None;
        }
        self.answers.pop().map(|(_, body)| body)
    }

    /// When there is something to do again, if nothing comes before: an order arrived, or an answer is due. The market
    /// alone is no reason to wake: what it does while nothing rests is let happen with what comes next.
    pub fn wakes_at(&self) -> Option<Ts> {
        let venues = 0..self.venues.len();
        let arrivals = venues.map(|at| match self.wire.next_at(at) {
            NEVER => NEVER,
            arrives => self.known_at(at, arrives),
        });
        let resting = (0..self.venues.len())
            .filter(|&at| !self.venues[at].is_quiet())
            .map(|at| match self.roads[at].next_at() {
                NEVER => NEVER,
                seen => self.known_at(at, seen),
            });
        let next = arrivals.chain(resting).min().unwrap_or(NEVER);
        let next = next.min(self.answers.next_at());
        (next != NEVER).then_some(Ts::from_nanos(next))
    }

    /// When something next happens at a venue, by its time.
    fn next_at(&self, venue: usize) -> i64 {
        self.wire.next_at(venue).min(self.roads[venue].next_at())
    }

    /// When everything is received that a venue saw at a moment.
    fn known_at(&self, venue: usize, at: i64) -> i64 {
        at.saturating_add(self.roads[venue].longest.nanos())
    }

    fn arrive(&mut self, venue: usize) {
        let Some((at, request)) = self.wire.pop(venue) else {
            return;
        };
        let floor = floor(&self.names, &self.floor, self.liquidity, at);
        let here = &mut self.venues[venue];
        here.settle_funding(floor, at, &mut self.said);
        take(here, floor, &request, &mut self.said);
        self.answers.send(venue, at, &mut self.said);
    }

    fn show(&mut self, venue: usize) {
        let Some((at, event)) = self.roads[venue].sights.pop_front() else {
            return;
        };
        let at = Ts::from_nanos(at);
        let here = &mut self.venues[venue];
        if here.next_funding() <= at {
            let floor = floor(&self.names, &self.floor, self.liquidity, at);
            here.settle_funding(floor, at, &mut self.said);
        }
        let moved = self.floor.apply(&event);
        if !here.is_quiet() || matches!(event.body, Body::Funding(_)) {
            let floor = floor(&self.names, &self.floor, self.liquidity, at);
            here.on_market(floor, &event, moved, &mut self.said);
        }
        self.answers.send(venue, at, &mut self.said);
    }
}

impl Gateway for Paper {
    fn send(&mut self, now: Ts, outgoing: Outgoing, proof: &Committed) {
        self.wire.send(now, outgoing, proof);
    }
}

fn floor<'a>(names: &'a Names, market: &'a Market, liquidity: Liquidity, now: Ts) -> Floor<'a> {
    Floor {
        names,
        market,
        liquidity,
        now,
    }
}
