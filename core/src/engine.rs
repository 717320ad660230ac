//! The loop body that a backtest, a paper run and a live run share, and the two ends it hangs between.

use alloc::vec::Vec;

use crate::decision::Decision;
use crate::desk::{Desk, Outbox};
use crate::event::{Event, Seq, TapeRow, Timer};
use crate::journal::{Committed, Durability, Journal, JournalError, Scribe, Store};
use crate::market::Market;
use crate::marks::{Marker, Marks};
use crate::state::{Loader, RestoreError, Saver, State as _, Value as _};
use crate::strategy::Outgoing;
use crate::stretch::{Mark, Outlook, Stretch};
use crate::time::Ts;

/// Rows of a stretch that are dearer to fold one by one than to begin at a mark after them.
const WORTH_A_COPY: usize = 32;

/// Rows that come together. Empty when it is made by default.
pub trait Block: AsRef<[TapeRow]> + Default {
    /// How far prices go on these rows and the next ones, where that was worked out.
    fn outlook(&self) -> Option<&Outlook> {
        None
    }
}

impl Block for Vec<TapeRow> {}

/// Market data in total order: a catalogue's merge, or a test's list.
pub trait Tape {
    /// Why it could not be read.
    type Error;
    /// Rows that come together.
    type Block: Block;

    /// The next market events, each at or after the one before; none at the end. `spent` is a block that is not
    /// needed any more, to be filled again.
    ///
    /// # Errors
    /// When the data behind it cannot be read.
    fn next_block(&mut self, spent: Self::Block) -> Result<Self::Block, Self::Error>;
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// On to the next event.
    Go,
    /// No further event is wanted.
    Stop,
}

/// What events are fed to: an engine with whatever watches it.
pub trait Machine {
    /// Why it cannot go on.
    type Error;
    /// The blocks that its rows come in.
    type Block;

    /// Passes over rows of a block, from one on, that it would do nothing on, and none at `stop` or later: how many.
    /// Where it ends at a row that it would act on, its market has all rows before that one; else only after
    /// [`Machine::catch_up`].
    fn pass_over(&mut self, block: &Self::Block, from: usize, stop: Ts) -> usize {
        let _ = (block, from, stop);
        0
    }

    /// Takes one event, and hands what it wants sent to the gateway.
    ///
    /// # Errors
    /// When it cannot go on.
    fn step(&mut self, event: &Event, gateway: &mut impl Gateway) -> Result<Flow, Self::Error>;

    /// Takes market events from the first on, up to one that it acts on, and none at `stop` or later; how many it took.
    /// One is taken when there is one, unless no further event is wanted.
    ///
    /// # Errors
    /// When it cannot go on.
    fn take_rows(
        &mut self,
        rows: &[TapeRow],
        stop: Ts,
        gateway: &mut impl Gateway,
    ) -> Result<(usize, Flow), Self::Error> {
        match rows.first().filter(|row| row.event.ts < stop) {
            Some(row) => Ok((1, self.step(&row.event, gateway)?)),
            None => Ok((0, Flow::Go)),
        }
    }

    /// Has its market as it is before a row of a block, whatever it passed over; that row is the next that it is shown.
    fn catch_up(&mut self, block: &Self::Block, to: usize) {
        let _ = (block, to);
    }

    /// The earliest timer that it asked for.
    fn deadline(&self) -> Option<(Ts, Timer)>;

    /// The market as it stands.
    fn market(&self) -> &Market;
}

/// Where approved orders go. Nothing else is taken, and nothing before the journal holds it.
pub trait Gateway {
    /// Sends what was decided at `now`. `proof` is the journal's word that it is recorded.
    fn send(&mut self, now: Ts, outgoing: Outgoing, proof: &Committed);
}

/// A gateway that sends nothing: for replay and recovery.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nowhere;

impl Gateway for Nowhere {
    fn send(&mut self, _: Ts, _: Outgoing, _: &Committed) {}
}

/// Market, desk and journal, stepped together.
pub struct Engine<J> {
    market: Market,
    desk: Desk,
    journal: J,
    durability: Durability,
    outbox: Outbox,
    next: Seq,
    behind: Behind,
    marker: Marker,
}

/// Rows that were passed over and that the market does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    /// None.
    Nothing,
    /// Those of the running stretch from one on.
    From(usize),
    /// Some of a stretch before the running one.
    Stretches,
}

impl<J: Scribe> Engine<J> {
    /// An engine before its first event.
    pub fn new(market: Market, desk: Desk, journal: J, durability: Durability) -> Self {
        Self {
            market,
            desk,
            journal,
            durability,
            outbox: Outbox::default(),
            next: Seq(0),
            behind: Behind::Nothing,
            marker: Marker::default(),
        }
    }

    /// Folds one event in: journal, market, desk, and, once what was decided is journaled, the gateway.
    ///
    /// # Errors
    /// When the journal cannot be written; nothing is sent then, now or later.
    pub fn step(&mut self, event: &Event, gateway: &mut impl Gateway) -> Result<Seq, J::Error> {
        let seq = self.next;
        if !event.body.is_market() && self.journal.wants_marks() {
            self.mark_news(event)?;
        }
        self.fold(event, gateway)?;
        Ok(seq)
    }

    /// Folds market events in, from the first on, up to one on which something is decided or a timer asked for, and
    /// none at `stop` or later; how many.
    ///
    /// # Errors
    /// As [`Engine::step`].
    pub fn take_rows(
        &mut self,
        rows: &[TapeRow],
        stop: Ts,
        gateway: &mut impl Gateway,
    ) -> Result<usize, J::Error> {
        for (at, row) in rows.iter().enumerate() {
            if row.event.ts >= stop {
                return Ok(at);
            }
            if self.fold(&row.event, gateway)? {
                return Ok(at + 1);
            }
        }
        Ok(rows.len())
    }

    /// Passes over rows of a stretch, from one on, that no task has to be told of, and none at `stop` or later: how many.
    /// They count as events and are not journaled, so the journal must be one that holds the market by reference. Where it
    /// ends at a row that a task has to be told of, market and signals are as before that row; elsewhere they stay behind
    /// until [`Engine::catch_up`].
    pub fn pass_over(&mut self, stretch: &Stretch, from: usize, stop: Ts) -> usize {
        let rows = stretch.as_ref();
        let stop = stop.min(self.desk.day_ends());
        let before = |row: &TapeRow| row.event.ts < stop;
        let to = if rows.last().is_some_and(before) {
            rows.len()
        } else {
            from + rows[from..].partition_point(before)
        };
        let call = self.desk.first_call(stretch.tracks(), from, to);
        self.next = Seq(self.next.0 + (call - from) as u64);
        self.behind = match self.behind {
            Behind::Nothing if call > from => Behind::From(from),
            behind => behind,
        };
        if call < to {
            self.catch_up(stretch, call);
        } else if call == rows.len() && self.behind != Behind::Nothing {
            self.behind = Behind::Stretches;
        }
        call - from
    }

    /// Brings market and signals to where they are before row `to`, which is the next that is folded in.
    pub fn catch_up(&mut self, stretch: &Stretch, to: usize) {
        let from = match core::mem::replace(&mut self.behind, Behind::Nothing) {
            Behind::Nothing => return,
            Behind::From(from) => Some(from),
            Behind::Stretches => None,
        };
        let mark = stretch.mark(to);
        let mark = mark.filter(|mark| from.is_none_or(|from| mark.row() > from + WORTH_A_COPY));
        if let Some(mark) = mark {
            self.market.clone_from(mark.market());
            self.desk.take_over(mark.lookouts());
        }
        let from = mark.map(Mark::row).or(from).unwrap_or(to);
        for row in &stretch.as_ref()[from..to] {
            self.market.apply(&row.event);
            self.desk.overhear(&row.event, &self.market);
        }
    }

    /// Folds one event in. True when something came of it.
    #[inline(always)]
    fn fold(&mut self, event: &Event, gateway: &mut impl Gateway) -> Result<bool, J::Error> {
        let seq = self.next;
        self.next = Seq(seq.0 + 1);
        self.outbox.clear();
        if self.desk.turn_day(event.ts, &self.market) && self.journal.wants_marks() {
            self.mark_day(event.ts)?;
        }
        self.journal.event(seq, event)?;
        self.market.apply(event);
        self.desk
            .on_event(seq, event, &self.market, &mut self.outbox);
        let decided = !self.outbox.decisions.is_empty();
        if decided {
            self.hand_over(seq, event.ts, gateway)?;
        }
        Ok(decided | self.desk.has_new_timers())
    }

    fn hand_over(&mut self, seq: Seq, now: Ts, gateway: &mut impl Gateway) -> Result<(), J::Error> {
        if !self.outbox.outgoing.is_empty() && self.journal.wants_marks() {
            let (desk, market, outgoing) = (&self.desk, &self.market, &self.outbox.outgoing);
            if let Some(marks) = self.marker.at_orders(now, outgoing, desk, market) {
                self.journal.marks(seq, marks)?;
            }
        }
        let Outbox {
            decisions, spent, ..
        } = &mut self.outbox;
        self.journal.decided(decisions, spent)?;
        if self.outbox.outgoing.is_empty() {
            return Ok(());
        }
        let proof = self.journal.commit(self.durability)?;
        for outgoing in self.outbox.outgoing.drain(..) {
            gateway.send(now, outgoing, &proof);
        }
        Ok(())
    }

    /// Notes tops of book for own news, before it is folded in.
    fn mark_news(&mut self, event: &Event) -> Result<(), J::Error> {
        match self.marker.at_news(event, &self.desk, &self.market) {
            Some(marks) => self.journal.marks(self.next, marks),
            None => Ok(()),
        }
    }

    /// Notes tops of book at the end of a day.
    #[cold]
    fn mark_day(&mut self, now: Ts) -> Result<(), J::Error> {
        let next = Seq(self.next.0.saturating_sub(1));
        match self.marker.at_midnight(now, &self.desk, &self.market) {
            Some(marks) => self.journal.marks(next, marks),
            None => Ok(()),
        }
    }

    /// Has everything that happened so far kept as well as what orders wait for: for events after which nothing left and
    /// which somebody relies on all the same, such as an order of a person.
    ///
    /// # Errors
    /// When the journal cannot keep it.
    pub fn keep(&mut self) -> Result<(), J::Error> {
        self.journal.commit(self.durability).map(drop)
    }

    /// Takes up which tops of book an earlier life noted, so that they are not noted again.
    pub fn noted(&mut self, marks: &Marks) {
        self.marker.noted(marks);
    }

    /// Goes on with another journal: after what an earlier life journaled was folded again.
    pub fn onto<K: Scribe>(self, journal: K, durability: Durability) -> Engine<K> {
        Engine {
            market: self.market,
            desk: self.desk,
            journal,
            durability,
            outbox: self.outbox,
            next: self.next,
            behind: self.behind,
            marker: self.marker,
        }
    }

    /// Writes down where the fold is, between two events, into room that was used before: equal histories give equal bytes.
    ///
    /// # Errors
    /// What cannot be written down.
    pub fn save(&self, room: Vec<u8>) -> Result<Vec<u8>, &'static str> {
        let mut out = Saver::on(room);
        if self.behind != Behind::Nothing {
            out.refuse("rows that were passed over");
        }
        self.next.0.put(&mut out);
        self.market.save(&mut out);
        self.desk.save(&mut out);
        self.marker.save(&mut out);
        out.finish()
    }

    /// Takes up what was written down, in an engine that was made from the same configuration and has folded nothing.
    /// After an error it is of no use any more.
    ///
    /// # Errors
    /// When the bytes are not of such an engine.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        let mut from = Loader::new(bytes);
        self.next = Seq(u64::get(&mut from)?);
        self.market.restore(&mut from)?;
        self.desk.restore(&mut from)?;
        self.marker.restore(&mut from)?;
        from.finish()
    }

    /// What was decided on the last event, unless the journal keeps it.
    pub fn decisions(&self) -> &[Decision] {
        &self.outbox.decisions
    }

    /// Sequence number of the next event.
    pub const fn next_seq(&self) -> Seq {
        self.next
    }

    /// The market.
    pub const fn market(&self) -> &Market {
        &self.market
    }

    /// The desk.
    pub const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The journal so far.
    pub const fn journal(&self) -> &J {
        &self.journal
    }

    /// The journal, to take from it what it keeps.
    pub const fn journal_mut(&mut self) -> &mut J {
        &mut self.journal
    }
}

impl<S: Store> Engine<Journal<S>> {
    /// Ends the run and its journal.
    ///
    /// # Errors
    /// When the journal cannot be completed.
    pub fn finish(self) -> Result<S, JournalError<S::Error>> {
        self.journal.finish()
    }
}
