//! A world in which things go wrong: one thing happens after the other, and what is due of faults among them.

use onetape_core::engine::{Flow, Machine, Tape};
use onetape_core::event::{Body, Event};
use onetape_core::fault::FaultKind;
use onetape_core::names::InstrumentId;
use onetape_core::time::Ts;
use rust_decimal::Decimal;

use super::wire::Request;
use super::{NEVER, World, floor, take};
use crate::faults::{Bend, Doing, Fate, Faults, part_of_position};
use crate::venue::{Floor, Venue};

impl<T: Tape> World<T> {
    /// When something is due of faults. Once nothing else happens any more, that is what is owed to the desk.
    pub(super) fn fault_at(&mut self, pending: bool) -> i64 {
        let Some(faults) = &mut self.faults else {
            return NEVER;
        };
        if !pending {
            faults.calm_down();
        }
        faults.next_at()
    }

    /// Does what is due of faults.
    pub(super) fn act<M: Machine<Block = T::Block>>(
        &mut self,
        machine: &mut M,
    ) -> Result<Flow, M::Error> {
        let Some((at, doing)) = self.faults.as_mut().and_then(|faults| faults.pop()) else {
            return Ok(Flow::Go);
        };
        self.now = self.now.max(at);
        let at = self.now;
        match doing {
            Doing::Nothing => Ok(Flow::Go),
            Doing::Tell(body) => self.tell(machine, body),
            Doing::Show(body) => {
                // A venue sees its own halts, and its books whatever the desk's feed does.
                let event = Event { ts: at, body };
                if let Body::Fault(fault) = &event.body
                    && fault.kind == FaultKind::Halt
                {
                    self.floor.apply(&event);
                }
                self.tell(machine, event.body)
            }
            Doing::Release {
                venue,
                event,
                mut held,
            } => {
                self.answers.deliver(venue, at, at.nanos(), &mut held);
                self.tell(machine, event)
            }
            Doing::Deleverage {
                venue,
                instrument,
                part,
                which,
            } => {
                self.deleverage(venue, instrument, part, which);
                Ok(Flow::Go)
            }
            Doing::Bend {
                venue,
                instrument,
                rate,
                which,
                nudges,
            } => {
                self.bend(venue, instrument, (rate, nudges), which);
                Ok(Flow::Go)
            }
        }
    }

    fn tell<M: Machine<Block = T::Block>>(
        &mut self,
        machine: &mut M,
        body: Body,
    ) -> Result<Flow, M::Error> {
        machine.step(&Event { ts: self.now, body }, &mut self.wire)
    }

    /// Takes what was just sent to the faults, which may have it arrive later.
    pub(super) fn follow_sent(&mut self) {
        let Some(faults) = &mut self.faults else {
            return;
        };
        let log = self.wire.take_log();
        for (at, sent) in log.iter().enumerate() {
            let until = faults.sent(sent);
            let same = |other: &&crate::faults::Sent| other.venue == sent.venue;
            let behind = log[at + 1..].iter().filter(same).count();
            self.wire.postpone(sent.venue, behind, until);
        }
    }

    /// A venue closes a part of one of its open positions.
    fn deleverage(
        &mut self,
        venue: usize,
        instrument: Option<InstrumentId>,
        part: Decimal,
        which: u64,
    ) {
        let Some(faults) = &self.faults else {
            return;
        };
        let held = |id: &InstrumentId| self.venues[venue].account().position(*id).qty;
        let mut open = faults.futures(venue);
        open.retain(|id| !held(id).is_zero() && instrument.is_none_or(|only| only == *id));
        let Some(&id) = open.get(which as usize % open.len().max(1)) else {
            return;
        };
        let closed = part_of_position(self.names.instrument(id), held(&id), part);
        let floor = floor(&self.names, &self.floor, self.liquidity, self.now);
        self.venues[venue].deleverage(floor, id, closed, &mut self.said);
        self.answer(venue, self.now);
    }

    /// The next settlement of one of a venue's futures is of another rate.
    fn bend(
        &mut self,
        venue: usize,
        instrument: Option<InstrumentId>,
        (rate, nudges): (Bend, bool),
        which: u64,
    ) {
        let Some(faults) = &self.faults else {
            return;
        };
        let mut futures = faults.futures(venue);
        futures.retain(|id| instrument.is_none_or(|only| only == *id));
        if let Some(&id) = futures.get(which as usize % futures.len().max(1)) {
            self.venues[venue].bend_funding(id, rate, nudges);
        }
    }
}

/// A request meets its fate at a venue.
pub(super) fn meet(
    faults: &mut Faults,
    here: &mut Venue,
    venue: usize,
    floor: Floor<'_>,
    request: &Request,
    said: &mut Vec<Body>,
) {
    let at: Ts = floor.now;
    let fate = match request {
        Request::Place(place) => faults.fate_of_place(venue, at, place),
        Request::Cancel(order) => faults.fate_of_cancel(venue, at, *order),
        Request::Amend(amend) => faults.fate_of_amend(venue, at, amend.order),
    };
    match fate {
        Fate::Lost => {}
        Fate::Refused(body) => said.push(body),
        Fate::Cut(most) => {
            here.cut(Some(most));
            take(here, floor, request, said);
            here.cut(None);
        }
        Fate::Raced(qty) => {
            if let Request::Cancel(order) = request {
                here.race(floor, *order, qty, said);
            }
            take(here, floor, request, said);
        }
        Fate::Taken => take(here, floor, request, said),
    }
}
