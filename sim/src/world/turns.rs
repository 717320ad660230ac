//! One thing after the other: for ways that take no time, and to prove that windows change nothing.

use onetape_core::engine::{Flow, Machine, Tape};

use super::{NEVER, Stopped, World};

/// What happens next, in the order that ties are broken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Fault,
    Arrival(usize),
    Answer,
    DeskRow,
    VenueRow(usize),
    Timer,
}

impl<T: Tape> World<T> {
    pub(super) fn run_in_turn<M: Machine<Block = T::Block>>(
        &mut self,
        machine: &mut M,
    ) -> Result<(), Stopped<T::Error, M::Error>> {
        loop {
            self.rows.read(i64::MIN).map_err(Stopped::Tape)?;
            self.end_orders();
            let ahead = self.rows.desk_at();
            if ahead != NEVER {
                self.rows
                    .read(ahead.saturating_add(1))
                    .map_err(Stopped::Tape)?;
            }
            let Some(next) = self.choose(machine) else {
                return Ok(());
            };
            let flow = match next {
                Next::Fault => self.act(machine),
                Next::Arrival(venue) => {
                    self.arrive(venue);
                    Ok(Flow::Go)
                }
                Next::VenueRow(venue) => {
                    self.show(venue, 1, NEVER);
                    Ok(Flow::Go)
                }
                Next::Answer => self.hear(machine),
                Next::DeskRow => self.read_one(machine),
                Next::Timer => self.ring(machine),
            };
            if flow.map_err(Stopped::Machine)? == Flow::Stop {
                return Ok(());
            }
            self.follow_sent();
        }
    }

    /// The earliest thing; timers only while something else is still to come.
    fn choose<M: Machine<Block = T::Block>>(&mut self, machine: &M) -> Option<Next> {
        let mut best = (NEVER, Next::Timer);
        let mut offer = |at: i64, next: Next| {
            if (at, next) < best {
                best = (at, next);
            }
        };
        for venue in 0..self.venues.len() {
            offer(self.wire.next_at(venue), Next::Arrival(venue));
            if let Some(sight) = self.rows.sights(venue).first() {
                offer(sight.at, Next::VenueRow(venue));
            }
        }
        offer(self.answers.next_at(), Next::Answer);
        if self.rows.is_seen_by_venue() {
            offer(self.rows.desk_at(), Next::DeskRow);
        }
        let fault = (self.fault_at(best.0 != NEVER), Next::Fault);
        best = best.min(fault);
        if best.0 == NEVER {
            return None;
        }
        let due = machine.deadline().map_or(NEVER, |(at, _)| at.nanos());
        Some(if due < best.0 { Next::Timer } else { best.1 })
    }

    fn read_one<M: Machine<Block = T::Block>>(
        &mut self,
        machine: &mut M,
    ) -> Result<Flow, M::Error> {
        let Some(row) = self.rows.desk_rows().first() else {
            return Ok(Flow::Go);
        };
        self.now = row.event.ts;
        let flow = machine.step(&row.event, &mut self.wire)?;
        self.rows.seen_by_desk(1);
        Ok(flow)
    }
}
