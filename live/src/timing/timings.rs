//! What passed between moments, added up.

use onetape_core::time::Ts;

use super::Moments;
use super::figures::{Figures, Spread, Step};
use super::moments::Departure;
use crate::stamp::SteadyClock;

/// An arrival on its way through the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trip {
    /// When its frame was read.
    pub read: Ts,
    /// When it was put into the queue: it was decoded then.
    pub queued: Ts,
    /// When the loop took it.
    pub taken: Ts,
}

/// How long things took since the run began.
#[derive(Clone, Debug)]
pub struct Timings {
    moments: Moments,
    /// From a frame to the loop, of everything that arrived.
    arrivals: Spread,
    /// From a frame to the last byte of the orders that it led to.
    orders: Spread,
    /// From a frame of an account, or a timer's time, to the last byte of the orders that it led to.
    repairs: Spread,
    /// From the last byte of a decision's first order to that of its last.
    dispatch: Spread,
    steps: [Spread; Step::ALL.len()],
    /// Decisions on market data whose orders left by a connection's own task.
    unmeasured: u64,
    /// The same of what accounts and timers led to.
    repairs_unmeasured: u64,
    /// When this life began: what was due before did not wait for it to work.
    began: Ts,
    departures: Vec<Departure>,
}

impl Timings {
    /// Of what those moments are told to, in a life that begins now.
    pub fn new(moments: Moments) -> Self {
        Self::begun(moments, SteadyClock::read())
    }

    pub(super) fn begun(moments: Moments, began: Ts) -> Self {
        Self {
            moments,
            arrivals: Spread::default(),
            orders: Spread::default(),
            repairs: Spread::default(),
            dispatch: Spread::default(),
            steps: Step::ALL.map(|_| Spread::default()),
            unmeasured: 0,
            repairs_unmeasured: 0,
            began,
            departures: Vec::new(),
        }
    }

    /// The loop took something.
    #[inline]
    pub fn arrived(&mut self, trip: &Trip) {
        self.arrivals.add(trip.read, trip.taken);
    }

    /// Something else made orders leave, such as a person: nothing is to be told of it.
    pub fn pass_over(&mut self) {
        self.moments.take(&mut self.departures);
    }

    /// News of an account that were read at a moment, or a timer that was due then, made so many orders leave.
    pub fn followed(&mut self, from: Ts, orders: u64) {
        match self.last_of(orders) {
            Some(last) => self.repairs.add(from.max(self.began), last),
            None => self.repairs_unmeasured += 1,
        }
    }

    /// An arrival of the market made so many orders leave.
    pub fn decided(&mut self, trip: &Trip, orders: u64) {
        let Some(last) = self.last_of(orders) else {
            self.unmeasured += 1;
            return;
        };
        let (began, ended) = self.moments.write();
        let between = |from: Ts, to: Ts| to.since(from).nanos();
        // The first order finds nothing of its way in the caches, those after it do.
        let (mut signing, mut writing, mut from) = ([0; 2], [0; 2], ended);
        for (at, it) in self.departures.iter().enumerate() {
            signing[at.min(1)] += between(from, it.signed);
            writing[at.min(1)] += between(it.signed, it.written);
            from = it.written;
        }
        let took = [
            between(trip.read, trip.queued),
            between(trip.queued, trip.taken),
            between(trip.taken, began),
            between(began, ended),
            signing[0],
            writing[0],
            signing[1],
            writing[1],
        ];
        for (spread, nanos) in self.steps.iter_mut().zip(took) {
            spread.add_nanos(nanos);
        }
        self.orders.add(trip.read, last);
    }

    /// When the last of so many orders of one event left, where that is known of each of them; then also how far apart they
    /// left.
    fn last_of(&mut self, orders: u64) -> Option<Ts> {
        self.moments.take(&mut self.departures);
        let all = u64::try_from(self.departures.len()).is_ok_and(|left| left == orders);
        let (first, last) = (self.departures.first()?, self.departures.last()?);
        if !all {
            return None;
        }
        if orders > 1 {
            self.dispatch.add(first.written, last.written);
        }
        Some(last.written)
    }

    /// Orders that were handed to a connection's own task.
    pub fn handed_over(&self) -> u64 {
        self.moments.handed_over()
    }

    /// What is told of them.
    pub fn figures(&self) -> Figures {
        Figures {
            arrivals: self.arrivals.clone(),
            orders: self.orders.clone(),
            repairs: self.repairs.clone(),
            dispatch: self.dispatch.clone(),
            steps: self.steps.clone(),
            unmeasured: self.unmeasured,
            repairs_unmeasured: self.repairs_unmeasured,
        }
    }
}
