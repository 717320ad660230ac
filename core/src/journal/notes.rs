//! What is to be journaled, in order, for a journal that somebody else writes: another thread, while a simulation goes on.
//!
//! What a note owns is laid out flat, by kind, in the order of the notes: whoever notes writes one list after the other
//! and never looks at what came back from the other thread, and nothing is allocated for a note that the other thread
//! would have to free.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::scribe::Scribe;
use super::writer::{Committed, Durability, Mode};
use crate::command::Command;
use crate::decision::{Decision, Number, Reason, Refusal};
use crate::event::{Body, Event, Fill, OrderEvent, OrderEventKind, Quote, Seq};
use crate::marks::Marks;
use crate::names::TaskId;
use crate::order::OrderId;
use crate::time::Ts;

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

/// One note; how many of each list are its own.
#[derive(Clone, Debug)]
enum Line {
    Event(Seq, Event),
    /// An order traded: the next fill.
    Fill(Seq, Ts, OrderId),
    Decision(Head),
    Marks {
        seq: Seq,
        ts: Ts,
        tops: u32,
    },
}

/// A decision without its lists.
#[derive(Clone, Debug)]
struct Head {
    cause: Seq,
    ts: Ts,
    task: TaskId,
    reason: Reason,
    digest: u64,
    numbers: u32,
    commands: u32,
    refusals: u32,
}

/// Notes for a journal. Only [`Durability::Run`] can be asked of them.
///
/// They hold what a journal of their mode writes, and every event that is not the market's, for those who follow a run.
#[derive(Clone, Debug)]
pub struct Notes {
    mode: Mode,
    lines: Vec<Line>,
    fills: Vec<Fill>,
    tops: Vec<Quote>,
    numbers: Vec<Number>,
    commands: Vec<Command>,
    refusals: Vec<Refusal>,
    /// Room in which one note after the other is put together again.
    decision: Decision,
    marks: Marks,
}

impl Notes {
    /// Nothing noted, for a journal of this mode.
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            lines: Vec::new(),
            fills: Vec::new(),
            tops: Vec::new(),
            numbers: Vec::new(),
            commands: Vec::new(),
            refusals: Vec::new(),
            decision: Decision::default(),
            marks: Marks::default(),
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

    /// Shows everything that is noted, in order, and forgets it: they can be used again.
    ///
    /// # Errors
    /// The first of `see`; what follows it is forgotten too.
    pub fn take<E>(&mut self, mut see: impl FnMut(Noted<'_>) -> Result<(), E>) -> Result<(), E> {
        let Self {
            mode: _,
            lines,
            fills,
            tops,
            numbers,
            commands,
            refusals,
            decision,
            marks,
        } = self;
        let (mut fills, mut tops) = (fills.drain(..), tops.drain(..));
        let (mut numbers, mut commands) = (numbers.drain(..), commands.drain(..));
        let mut refusals = refusals.drain(..);
        for line in lines.drain(..) {
            match line {
                Line::Event(seq, event) => see(Noted::Event(seq, &event))?,
                Line::Fill(seq, ts, order) => {
                    if let Some(fill) = fills.next() {
                        let kind = OrderEventKind::Filled(Box::new(fill));
                        let body = Body::Order(OrderEvent { order, kind });
                        see(Noted::Event(seq, &Event { ts, body }))?;
                    }
                }
                Line::Decision(head) => {
                    (decision.cause, decision.ts) = (head.cause, head.ts);
                    (decision.task, decision.digest) = (head.task, head.digest);
                    decision.reason = head.reason;
                    refill(&mut decision.numbers, &mut numbers, head.numbers);
                    refill(&mut decision.commands, &mut commands, head.commands);
                    refill(&mut decision.refusals, &mut refusals, head.refusals);
                    see(Noted::Decision(decision))?;
                }
                Line::Marks { seq, ts, tops: own } => {
                    marks.ts = ts;
                    refill(&mut marks.tops, &mut tops, own);
                    see(Noted::Marks(seq, marks))?;
                }
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn note(&mut self, seq: Seq, event: &Event) {
        let line = match &event.body {
            Body::Order(OrderEvent {
                order,
                kind: OrderEventKind::Filled(fill),
            }) => {
                self.fills.push(**fill);
                Line::Fill(seq, event.ts, *order)
            }
            _ => Line::Event(seq, event.clone()),
        };
        self.lines.push(line);
    }
}

/// Puts the next ones of a list in the place of what was there.
fn refill<T>(room: &mut Vec<T>, from: &mut impl Iterator<Item = T>, count: u32) {
    room.clear();
    room.extend(from.take(count as usize));
}

impl Scribe for Notes {
    type Error = NotKept;

    #[inline(always)]
    fn event(&mut self, seq: Seq, event: &Event) -> Result<(), NotKept> {
        if self.mode == Mode::Full || !event.body.is_market() {
            self.note(seq, event);
        }
        Ok(())
    }

    fn decided(
        &mut self,
        decided: &mut Vec<Decision>,
        spent: &mut Vec<Decision>,
    ) -> Result<(), NotKept> {
        for decision in &mut *decided {
            self.lines.push(Line::Decision(Head {
                cause: decision.cause,
                ts: decision.ts,
                task: decision.task,
                reason: core::mem::take(&mut decision.reason),
                digest: decision.digest,
                numbers: decision.numbers.len() as u32,
                commands: decision.commands.len() as u32,
                refusals: decision.refusals.len() as u32,
            }));
            self.numbers.append(&mut decision.numbers);
            self.commands.append(&mut decision.commands);
            self.refusals.append(&mut decision.refusals);
        }
        spent.append(decided);
        Ok(())
    }

    fn wants_marks(&self) -> bool {
        true
    }

    fn marks(&mut self, seq: Seq, marks: &Marks) -> Result<(), NotKept> {
        self.tops.extend_from_slice(&marks.tops);
        self.lines.push(Line::Marks {
            seq,
            ts: marks.ts,
            tops: marks.tops.len() as u32,
        });
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
