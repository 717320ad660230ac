//! Who takes down what happens: the journal itself, or notes that a journal is written from elsewhere.

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

/// Why notes do not vouch for anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("notes are not kept before the run has ended; they are for simulations")]
pub struct NotKept;

/// One thing that was noted.
#[derive(Clone, Copy, Debug)]
pub enum Noted<'a> {
    /// Something happened.
    Event(Seq, &'a Event),
    /// Something was decided.
    Decision(&'a Decision),
    /// Tops of book were seen.
    Marks(Seq, &'a Marks),
}

#[derive(Clone, Debug)]
enum Line {
    Event(Seq, Event),
    /// The next decision.
    Decision,
    Marks(Seq, Marks),
}

/// What is to be journaled, in order, for a journal that somebody else writes: another thread, while the simulation
/// goes on. Only [`Durability::Run`] can be asked of it.
///
/// It notes what a journal of its mode writes, and every event that is not the market's, for those who follow a run.
#[derive(Clone, Debug)]
pub struct Notes {
    mode: Mode,
    lines: Vec<Line>,
    /// The first `decided` of them are noted, the others have room to be used again.
    decisions: Vec<Decision>,
    decided: usize,
}

impl Notes {
    /// Nothing noted, for a journal of this mode.
    pub const fn new(mode: Mode) -> Self {
        Self {
            mode,
            lines: Vec::new(),
            decisions: Vec::new(),
            decided: 0,
        }
    }

    /// How many things are noted.
    pub const fn len(&self) -> usize {
        self.lines.len()
    }

    /// True when nothing is noted.
    pub const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// What is noted, in order.
    pub fn iter(&self) -> impl Iterator<Item = Noted<'_>> {
        let mut decisions = self.decisions.iter();
        self.lines.iter().filter_map(move |line| match line {
            Line::Event(seq, event) => Some(Noted::Event(*seq, event)),
            Line::Decision => decisions.next().map(Noted::Decision),
            Line::Marks(seq, marks) => Some(Noted::Marks(*seq, marks)),
        })
    }

    /// Forgets everything, to be used again.
    pub fn clear(&mut self) {
        self.lines.clear();
        self.decided = 0;
    }
}

impl Scribe for Notes {
    type Error = NotKept;

    #[inline]
    fn event(&mut self, seq: Seq, event: &Event) -> Result<(), NotKept> {
        if self.mode == Mode::Full || !event.body.is_market() {
            self.lines.push(Line::Event(seq, event.clone()));
        }
        Ok(())
    }

    fn decided(
        &mut self,
        decided: &mut Vec<Decision>,
        spent: &mut Vec<Decision>,
    ) -> Result<(), NotKept> {
        for decision in decided.drain(..) {
            match self.decisions.get_mut(self.decided) {
                Some(room) => spent.push(core::mem::replace(room, decision)),
                None => self.decisions.push(decision),
            }
            self.decided += 1;
            self.lines.push(Line::Decision);
        }
        Ok(())
    }

    fn wants_marks(&self) -> bool {
        true
    }

    fn marks(&mut self, seq: Seq, marks: &Marks) -> Result<(), NotKept> {
        self.lines.push(Line::Marks(seq, marks.clone()));
        Ok(())
    }

    fn commit(&mut self, durability: Durability) -> Result<Committed, NotKept> {
        if durability == Durability::Run {
            Ok(Committed::unkept())
        } else {
            Err(NotKept)
        }
    }
}
