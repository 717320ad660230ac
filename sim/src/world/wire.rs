//! Orders on their way from the desk to the venues.

use std::collections::VecDeque;

use onetape_core::command::{Amend, Place};
use onetape_core::engine::Gateway;
use onetape_core::journal::Committed;
use onetape_core::names::VenueId;
use onetape_core::order::OrderId;
use onetape_core::strategy::Outgoing;
use onetape_core::time::Ts;

use super::NEVER;
use crate::config::Delay;
use crate::faults::{Sent, SentKind};
use crate::latency::{Draws, Stream};

/// What a venue is asked to do.
#[derive(Debug)]
pub(crate) enum Request {
    Place(Place),
    Cancel(OrderId),
    Amend(Amend),
}

impl Request {
    const fn order(&self) -> OrderId {
        match self {
            Self::Place(place) => place.order,
            Self::Cancel(order) => *order,
            Self::Amend(amend) => amend.order,
        }
    }

    const fn kind(&self) -> SentKind {
        match self {
            Self::Place(place) => SentKind::Place(place.qty),
            Self::Cancel(_) => SentKind::Cancel,
            Self::Amend(amend) => SentKind::Amend(amend.qty),
        }
    }
}

/// The way to one venue. What is sent first arrives first.
struct Road {
    delay: Delay,
    draws: Draws,
    sent: u64,
    last: i64,
    queue: VecDeque<(i64, Request)>,
}

/// The gateway of a simulation.
pub(crate) struct Wire {
    roads: Vec<Road>,
    /// By instrument: the road to its venue.
    road_of: Vec<Option<u8>>,
    /// What was sent since the last look, where anybody looks.
    log: Option<Vec<Sent>>,
}

impl Wire {
    /// `delays` by venue, and by instrument the place of its venue among them.
    pub(crate) fn new(seed: u64, delays: Vec<(VenueId, Delay)>, road_of: Vec<Option<u8>>) -> Self {
        let road = |(venue, delay)| Road {
            delay,
            draws: Draws::new(seed, venue, Stream::Order),
            sent: 0,
            last: i64::MIN,
            queue: VecDeque::new(),
        };
        Self {
            roads: delays.into_iter().map(road).collect(),
            road_of,
            log: None,
        }
    }

    /// Keeps a log of what is sent from now on.
    pub(super) fn keep_log(&mut self) {
        self.log = Some(Vec::new());
    }

    /// What was sent since the last call, in order.
    pub(super) fn take_log(&mut self) -> Vec<Sent> {
        self.log.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Has the last request of a road but so many arrive no sooner than at a moment, nor one that was sent after it.
    pub(super) fn postpone(&mut self, venue: usize, behind: usize, until: Ts) {
        let road = &mut self.roads[venue];
        let Some(at) = road.queue.len().checked_sub(behind + 1) else {
            return;
        };
        let mut least = until.nanos();
        for (arrives, _) in road.queue.iter_mut().skip(at) {
            *arrives = (*arrives).max(least);
            least = *arrives;
        }
        road.last = road.last.max(least);
    }

    /// When the next request reaches a venue.
    #[inline]
    pub(crate) fn next_at(&self, venue: usize) -> i64 {
        self.roads[venue].queue.front().map_or(NEVER, |(at, _)| *at)
    }

    /// Takes the next request of a venue.
    pub(crate) fn pop(&mut self, venue: usize) -> Option<(Ts, Request)> {
        let (at, request) = self.roads[venue].queue.pop_front()?;
        Some((Ts::from_nanos(at), request))
    }

    /// True when something is under way.
    pub(super) fn is_busy(&self) -> bool {
        self.roads.iter().any(|road| !road.queue.is_empty())
    }
}

impl Gateway for Wire {
    fn send(&mut self, now: Ts, outgoing: Outgoing, _: &Committed) {
        let (instrument, request) = match outgoing {
            Outgoing::Place(place) => {
                let place = place.into_inner();
                (place.instrument, Request::Place(place))
            }
            Outgoing::Cancel { order, instrument } => (instrument, Request::Cancel(order)),
            Outgoing::Amend(amend) => {
                let amend = amend.into_inner();
                (amend.instrument, Request::Amend(amend))
            }
            Outgoing::Alert(_) => return,
        };
        let Some(venue) = self.road_of.get(instrument.index()).copied().flatten() else {
            return;
        };
        let Some(road) = self.roads.get_mut(usize::from(venue)) else {
            return;
        };
        let delay = road.draws.draw(&road.delay, road.sent);
        road.sent += 1;
        road.last = road.last.max(now.nanos().saturating_add(delay.nanos()));
        let arrives = road.last;
        if let Some(log) = &mut self.log {
            log.push(Sent {
                venue: usize::from(venue),
                order: request.order(),
                instrument,
                kind: request.kind(),
                now,
                way: delay,
            });
        }
        road.queue.push_back((arrives, request));
    }
}
