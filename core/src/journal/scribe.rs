//! Who takes down what happens: the journal itself, or notes that a journal is written from elsewhere
//! (see [`Notes`](super::Notes)).

use alloc::vec::Vec;

use super::store::Store;
use super::writer::{Committed, Durability, Journal, JournalError, Mode};
use crate::decision::Decision;
use crate::event::{Event, Seq};
use crate::marks::Marks;

/// Takes down what happened and what was decided on it, in order, and vouches for it before orders leave.
pub trait Scribe {
    /// Why it could not.
    type Error;

    /// Takes an event down.
    ///
    /// # Errors
    /// When it could not. Nothing can be taken down after that.
    fn event(&mut self, seq: Seq, event: &Event) -> Result<(), Self::Error>;

    /// Takes decisions down. It may keep them, and then leaves `decided` empty and puts as many whose room can be used
    /// again to `spent`.
    ///
    /// # Errors
    /// As [`Scribe::event`].
    fn decided(
        &mut self,
        decided: &mut Vec<Decision>,
        spent: &mut Vec<Decision>,
    ) -> Result<(), Self::Error>;

    /// True when tops of book are to be noted.
    fn wants_marks(&self) -> bool {
        false
    }

    /// Takes tops of book down: those before the event `seq`, or those that were decided on after it.
    ///
    /// # Errors
    /// As [`Scribe::event`].
    fn marks(&mut self, seq: Seq, marks: &Marks) -> Result<(), Self::Error> {
        let _ = (seq, marks);
        Ok(())
    }

    /// Waits as `durability` asks.
    ///
    /// # Errors
    /// As [`Scribe::event`].
    fn commit(&mut self, durability: Durability) -> Result<Committed, Self::Error>;
}

impl<S: Store> Scribe for Journal<S> {
    type Error = JournalError<S::Error>;

    #[inline]
    fn event(&mut self, seq: Seq, event: &Event) -> Result<(), Self::Error> {
        Journal::event(self, seq, event)
    }

    fn decided(
        &mut self,
        decided: &mut Vec<Decision>,
        _: &mut Vec<Decision>,
    ) -> Result<(), Self::Error> {
        decided
            .iter()
            .try_for_each(|decision| self.decision(decision))
    }

    fn wants_marks(&self) -> bool {
        self.mode() != Mode::None
    }

    fn marks(&mut self, seq: Seq, marks: &Marks) -> Result<(), Self::Error> {
        Journal::marks(self, seq, marks)
    }

    fn commit(&mut self, durability: Durability) -> Result<Committed, Self::Error> {
        Journal::commit(self, durability)
    }
}
