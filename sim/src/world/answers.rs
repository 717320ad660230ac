//! Answers on their way from the venues to the desk.

use std::collections::VecDeque;

use onetape_core::event::Body;
use onetape_core::names::VenueId;
use onetape_core::time::{Span, Ts};

use super::NEVER;
use crate::config::Delay;
use crate::faults::Pace;
use crate::latency::{Draws, Stream};

struct Answer {
    at: i64,
    sent: i64,
    body: Body,
}

/// The way from one venue. What is sent first arrives first.
struct Road {
    delay: Delay,
    draws: Draws,
    sent: u64,
    last: i64,
    queue: VecDeque<Answer>,
}

/// When an answer reaches the desk, when it was sent, and which road it is on: what comes first is the least.
type Place = (i64, i64, usize);

const NOTHING: Place = (NEVER, NEVER, usize::MAX);

/// Everything that the desk has yet to hear of its orders and accounts.
pub(crate) struct Answers {
    roads: Vec<Road>,
    next: Place,
}

impl Answers {
    /// `delays` by venue.
    pub(crate) fn new(seed: u64, delays: Vec<(VenueId, Delay)>) -> Self {
        let road = |(venue, delay)| Road {
            delay,
            draws: Draws::new(seed, venue, Stream::Answer),
            sent: 0,
            last: i64::MIN,
            queue: VecDeque::new(),
        };
        let mut roads: Vec<Road> = delays.into_iter().map(road).collect();
        // The last road is of what is ordered by people: it begins at no venue.
        roads.push(road((VenueId(u16::MAX), Delay::Constant(Span::ZERO))));
        Self {
            roads,
            next: NOTHING,
        }
    }

    /// Has an order of a person reach the desk at a moment, each no earlier than the one before.
    pub(super) fn schedule(&mut self, at: i64, body: Body) {
        let last = self.roads.len() - 1;
        self.deliver(last, Ts::from_nanos(at), at, &mut vec![body]);
    }

    /// Forgets the orders of people that have not reached the desk yet.
    pub(super) fn forget_scheduled(&mut self) {
        if let Some(road) = self.roads.last_mut() {
            road.queue.clear();
        }
        self.find_next();
    }

    fn find_next(&mut self) {
        self.next = NOTHING;
        for (venue, road) in self.roads.iter().enumerate() {
            if let Some(head) = road.queue.front() {
                self.next = self.next.min((head.at, head.sent, venue));
            }
        }
    }

    /// When the next answer reaches the desk.
    #[inline]
    pub(crate) const fn next_at(&self) -> i64 {
        self.next.0
    }

    /// Sends what a venue said at one moment: it arrives together.
    pub(crate) fn send(&mut self, venue: usize, now: Ts, bodies: &mut Vec<Body>) {
        if bodies.is_empty() {
            return;
        }
        let pace = Pace {
            times: 1,
            late: Span::ZERO,
        };
        self.send_at_pace(venue, now, pace, bodies);
    }

    /// The same, on a way that takes as long as `pace` says.
    pub(super) fn send_at_pace(
        &mut self,
        venue: usize,
        now: Ts,
        pace: Pace,
        bodies: &mut Vec<Body>,
    ) {
        if bodies.is_empty() {
            return;
        }
        let road = &mut self.roads[venue];
        let delay = road.draws.draw(&road.delay, road.sent).nanos();
        road.sent += 1;
        let delay = delay.saturating_mul(i64::from(pace.times));
        let delay = delay.saturating_add(pace.late.nanos());
        self.deliver(venue, now, now.nanos().saturating_add(delay), bodies);
    }

    /// Has a venue's word arrive at a moment.
    pub(crate) fn deliver(&mut self, venue: usize, now: Ts, at: i64, bodies: &mut Vec<Body>) {
        let road = &mut self.roads[venue];
        let (at, sent) = (road.last.max(at), now.nanos());
        road.last = at;
        // Behind another one it is not the next.
        if road.queue.is_empty() && !bodies.is_empty() {
            self.next = self.next.min((at, sent, venue));
        }
        for body in bodies.drain(..) {
            road.queue.push_back(Answer { at, sent, body });
        }
    }

    /// The next answer. At one moment what was sent first comes first, then the venues' order decides.
    pub(crate) fn pop(&mut self) -> Option<(Ts, Body)> {
        let (_, _, venue) = self.next;
        let answer = self.roads.get_mut(venue)?.queue.pop_front()?;
        self.find_next();
        Some((Ts::from_nanos(answer.at), answer.body))
    }
}
