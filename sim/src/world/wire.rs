//! Orders on their way from the desk to the venues.

use std::collections::VecDeque;

use onetape_core::command::Place;
use onetape_core::engine::Gateway;
use onetape_core::journal::Committed;
use onetape_core::names::{InstrumentId, VenueId};
use onetape_core::order::OrderId;
use onetape_core::strategy::Outgoing;
use onetape_core::time::Ts;

use super::NEVER;
use super::draws::{Draws, Stream};
use crate::config::Delay;

/// What a venue is asked to do.
#[derive(Debug)]
pub(super) enum Request {
    Place(Place),
    Cancel(OrderId),
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
pub(super) struct Wire {
    roads: Vec<Road>,
    /// By instrument: the road to its venue.
    road_of: Vec<Option<u8>>,
}

impl Wire {
    /// `delays` by venue, and by instrument the place of its venue among them.
    pub(super) fn new(seed: u64, delays: Vec<(VenueId, Delay)>, road_of: Vec<Option<u8>>) -> Self {
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
        }
    }

    /// When the next request reaches a venue.
    #[inline]
    pub(super) fn next_at(&self, venue: usize) -> i64 {
        self.roads[venue].queue.front().map_or(NEVER, |(at, _)| *at)
    }

    /// Takes the next request of a venue.
    pub(super) fn pop(&mut self, venue: usize) -> Option<(Ts, Request)> {
        let (at, request) = self.roads[venue].queue.pop_front()?;
        Some((Ts::from_nanos(at), request))
    }

    /// True when something is under way.
    pub(super) fn is_busy(&self) -> bool {
        self.roads.iter().any(|road| !road.queue.is_empty())
    }

    fn road(&mut self, instrument: InstrumentId) -> Option<&mut Road> {
        let road = (*self.road_of.get(instrument.index())?)?;
        self.roads.get_mut(usize::from(road))
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
            Outgoing::Alert(_) => return,
        };
        let Some(road) = self.road(instrument) else {
            return;
        };
        let delay = road.draws.draw(&road.delay, road.sent);
        road.sent += 1;
        road.last = road.last.max(now.nanos().saturating_add(delay.nanos()));
        road.queue.push_back((road.last, request));
    }
}
