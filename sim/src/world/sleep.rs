//! Venues that sleep: the desk runs alone while nothing can happen at any of them.

use onetape_core::engine::{Block as _, Flow, Machine, Tape};

use super::{NEVER, Stopped, World, floor};
use crate::venue::Venue;

impl<T: Tape> World<T> {
    /// True when nothing is under way and no venue has anything that the market could move.
    pub(super) fn is_idle(&mut self) -> bool {
        // What is held may be something else than when a block was last found to be safe.
        self.safe = None;
        !self.wire.is_busy() && self.answers.next_at() == NEVER && self.can_sleep()
    }

    /// True when nothing can matter at a venue while the desk is in its block and a venue's way ahead of it: nothing is
    /// held, or the block's outlook tells that what is held is safe.
    pub(super) fn can_sleep(&mut self) -> bool {
        if self.venues.iter().all(Venue::is_quiet) {
            return true;
        }
        let number = self.rows.desk_block_number();
        if self.safe == Some(number) {
            return true;
        }
        let Some((block, _)) = self.rows.desk_block() else {
            return false;
        };
        let (Some(outlook), Some(last)) = (block.outlook(), block.as_ref().last()) else {
            return false;
        };
        // As far as a venue sees while an order that is sent from this block is on its way.
        let ahead = self
            .rows
            .longest()
            .nanos()
            .saturating_add(self.fastest.order.nanos());
        let needed = last.event.ts.nanos().saturating_add(ahead);
        let safe = outlook.until().nanos() >= needed
            && self.venues.iter().all(|venue| venue.can_doze(outlook));
        self.safe = safe.then_some(number);
        safe
    }

    pub(super) fn fall_asleep(&mut self) {
        self.asleep = true;
        self.idle = 0;
        self.safe = None;
        self.rows.unwatch();
    }

    /// Runs the desk alone until it sends something, and to the end of the window of that moment; then the floor is
    /// made to be what the venues have seen by then: what the desk has, and the rows that it has yet to receive.
    pub(super) fn dream<M: Machine<Block = T::Block>>(
        &mut self,
        machine: &mut M,
    ) -> Result<Flow, Stopped<T::Error, M::Error>> {
        if self.waking.is_none() {
            if self.run_desk(machine, NEVER)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
            if !self.wire.is_busy() {
                if self.rows.desk_at() != NEVER && !self.can_sleep() {
                    // They cannot sleep through the block that begins.
                    self.catch_up(machine);
                    self.wake(machine);
                }
                return Ok(Flow::Go);
            }
        }
        let end = self.now.nanos().saturating_add(self.fastest.order.nanos());
        let end = *self.waking.get_or_insert(end);
        if self.run_desk(machine, end)? == Flow::Stop {
            return Ok(Flow::Stop);
        }
        self.rows.read(end).map_err(Stopped::Tape)?;
        self.catch_up(machine);
        self.wake(machine);
        self.rows.read(end).map_err(Stopped::Tape)?;
        self.run_venues(end);
        Ok(Flow::Go)
    }

    /// The floor becomes what the venues have seen when the desk has seen what it has.
    fn wake<M: Machine<Block = T::Block>>(&mut self, machine: &M) {
        (self.waking, self.asleep, self.safe) = (None, false, None);
        self.floor.clone_from(machine.market());
        self.rows.watch();
        for venue in &mut self.venues {
            venue.catch_up(floor(&self.names, &self.floor, self.liquidity, self.now));
        }
    }
}
