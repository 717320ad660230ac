//! The writing half: records go in, frames come out, and a token proves that they were kept.

use alloc::vec::Vec;

use super::codec::{CodecError, Encode};
use super::frame::{self, Kind};
use super::hash::DecisionsHash;
use super::record::Record;
use super::segment::chain_start;
use super::store::{Batch, MemoryStore, Store};
use crate::decision::Decision;
use crate::event::{Event, Seq};
use crate::marks::Marks;

/// Frames are handed to the store when this many bytes wait, committed or not.
const BUFFER_LEN: usize = 64 * 1024;

/// What is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Decisions and every event that is not the market's: the market is recorded by reference.
    #[default]
    Decisions,
    /// Decisions and every event.
    Full,
    /// Nothing; decisions are still encoded and hashed.
    None,
}

/// What a commit waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The bytes survive the end of the process.
    Process,
    /// The bytes survive the end of power.
    Disk,
    /// Nothing before the run has ended: for simulations, whose orders go nowhere. What a run is cut short of can
    /// be simulated again.
    Run,
}

/// Proof that everything journaled before was kept as the policy asks. Orders are sent for one of these; only
/// [`Journal::commit`] makes them, and each is good once.
#[derive(Debug)]
#[must_use = "orders are sent for this"]
pub struct Committed(());

impl Committed {
    /// For what [`Durability::Run`] asks, which is nothing.
    pub(super) const fn unkept() -> Self {
        Self(())
    }
}

/// Why a record was not journaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError<E> {
    /// The store could not take or keep it. Final: nothing is journaled after this.
    #[error("{0}")]
    Store(E),
    /// The record does not encode. Final.
    #[error(transparent)]
    Encode(#[from] CodecError),
    /// The sequence number is below that of the record before. Final.
    #[error("event {seq} comes after event {last} in the journal", seq = seq.0, last = last.0)]
    Backward {
        /// The record's.
        seq: Seq,
        /// The one before.
        last: Seq,
    },
    /// An earlier call failed, so what is in the journal is not known to be all that happened.
    #[error("the journal stopped at its first error; nothing was journaled after it")]
    Stopped,
}

/// Where a journal that was read to its end goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The run.
    pub run_id: [u8; 16],
    /// CRC of the last frame.
    pub chain: u32,
    /// Sequence number of the last frame.
    pub last: Seq,
    /// How many decisions there are.
    pub decisions: u64,
    /// The hash over their payloads so far.
    pub hash: DecisionsHash,
}

/// Writes a run's journal.
pub struct Journal<S: Store> {
    store: S,
    mode: Mode,
    run_id: [u8; 16],
    buffer: Vec<u8>,
    /// CRC of the last frame in the buffer or before it.
    chain: u32,
    /// CRC of the frame before the buffer.
    buffer_chain: u32,
    /// Sequence number of the first frame in the buffer.
    buffer_first: Seq,
    last: Seq,
    unsynced: bool,
    stopped: bool,
    decisions: u64,
    hash: DecisionsHash,
}

impl<S: Store> Journal<S> {
    /// An empty journal of a run.
    pub fn new(store: S, run_id: [u8; 16], mode: Mode) -> Self {
        let chain = chain_start(&run_id);
        // Of one that is not written only a decision at a time is made, for the hash; a sweep has a thousand of them.
        let room = match mode {
            Mode::None => 0,
            Mode::Decisions | Mode::Full => BUFFER_LEN * 2,
        };
        Self {
            store,
            mode,
            run_id,
            buffer: Vec::with_capacity(room),
            chain,
            buffer_chain: chain,
            buffer_first: Seq(0),
            last: Seq(0),
            unsynced: false,
            stopped: false,
            decisions: 0,
            hash: DecisionsHash::new(),
        }
    }

    /// Goes on with a journal of an earlier life of the process. The store must begin a new segment.
    pub fn resume(store: S, mode: Mode, from: Resume) -> Self {
        Self {
            chain: from.chain,
            buffer_chain: from.chain,
            last: from.last,
            decisions: from.decisions,
            hash: from.hash,
            ..Self::new(store, from.run_id, mode)
        }
    }

    /// Journals an event, if the mode has it written.
    ///
    /// # Errors
    /// The first error is final: every later call fails with [`JournalError::Stopped`].
    #[inline]
    pub fn event(&mut self, seq: Seq, event: &Event) -> Result<(), JournalError<S::Error>> {
        let written = match self.mode {
            Mode::Full => true,
            Mode::Decisions => !event.body.is_market(),
            Mode::None => false,
        };
        if !written && !self.stopped && seq >= self.last {
            self.last = seq;
            return Ok(());
        }
        self.event_with(seq, event, written)
    }

    fn event_with(
        &mut self,
        seq: Seq,
        event: &Event,
        written: bool,
    ) -> Result<(), JournalError<S::Error>> {
        self.guarded(|journal| {
            journal.step_to(seq)?;
            if written {
                journal.append(seq, Kind::Event, event)?;
            }
            Ok(())
        })
    }

    /// Journals a decision and hashes it.
    ///
    /// # Errors
    /// As [`Journal::event`].
    pub fn decision(&mut self, decision: &Decision) -> Result<(), JournalError<S::Error>> {
        self.guarded(|journal| {
            journal.step_to(decision.cause)?;
            journal.append(decision.cause, Kind::Decision, decision)?;
            journal.decisions += 1;
            Ok(())
        })
    }

    /// Journals tops of book, in every mode that writes anything. They are in no hash.
    ///
    /// # Errors
    /// As [`Journal::event`].
    pub fn marks(&mut self, seq: Seq, marks: &Marks) -> Result<(), JournalError<S::Error>> {
        if self.mode == Mode::None {
            return Ok(());
        }
        self.guarded(|journal| {
            journal.step_to(seq)?;
            journal.append(seq, Kind::Marks, marks)
        })
    }

    /// Journals a record of any kind, whatever the mode says of events.
    ///
    /// # Errors
    /// As [`Journal::event`].
    pub fn record(&mut self, seq: Seq, record: &Record) -> Result<(), JournalError<S::Error>> {
        match record {
            Record::Decision(decision) => self.decision(decision),
            Record::Marks(marks) => self.marks(seq, marks),
            Record::Event(event) => self.guarded(|journal| {
                journal.step_to(seq)?;
                journal.append(seq, Kind::Event, event)
            }),
        }
    }

    /// Hands everything to the store and waits as `durability` asks.
    ///
    /// # Errors
    /// As [`Journal::event`]. There is no second try: after a failed sync the system may have dropped the bytes.
    pub fn commit(&mut self, durability: Durability) -> Result<Committed, JournalError<S::Error>> {
        self.guarded(|journal| {
            if durability == Durability::Run {
                return Ok(Committed(()));
            }
            journal.flush()?;
            if durability == Durability::Disk && journal.unsynced {
                journal.store.sync().map_err(JournalError::Store)?;
                journal.unsynced = false;
            }
            Ok(Committed(()))
        })
    }

    /// Ends the journal: everything is on disk and the store is closed.
    ///
    /// # Errors
    /// As [`Journal::event`].
    pub fn finish(mut self) -> Result<S, JournalError<S::Error>> {
        self.guarded(|journal| {
            journal.flush()?;
            journal.store.finish().map_err(JournalError::Store)
        })?;
        Ok(self.store)
    }

    /// XXH3-128 over the payloads of all decisions so far: the same in every mode, and nothing of build, host,
    /// run id or epoch is in it.
    pub fn decisions_hash(&self) -> u128 {
        self.hash.digest128()
    }

    /// How many decisions were journaled.
    pub const fn decisions(&self) -> u64 {
        self.decisions
    }

    /// Where the journal can be gone on with once everything so far is kept.
    pub fn resume_from(&self) -> Resume {
        Resume {
            run_id: self.run_id,
            chain: self.chain,
            last: self.last,
            decisions: self.decisions,
            hash: self.hash.clone(),
        }
    }

    /// What is written.
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The store.
    pub const fn store(&self) -> &S {
        &self.store
    }

    fn guarded<T>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<T, JournalError<S::Error>>,
    ) -> Result<T, JournalError<S::Error>> {
        if self.stopped {
            return Err(JournalError::Stopped);
        }
        let done = act(self);
        self.stopped = done.is_err();
        done
    }

    fn step_to(&mut self, seq: Seq) -> Result<(), JournalError<S::Error>> {
        let last = self.last;
        if seq < last {
            return Err(JournalError::Backward { seq, last });
        }
        self.last = seq;
        Ok(())
    }

    fn append<T: Encode>(
        &mut self,
        seq: Seq,
        kind: Kind,
        value: &T,
    ) -> Result<(), JournalError<S::Error>> {
        let start = self.buffer.len();
        if start == 0 {
            self.buffer_first = seq;
            self.buffer_chain = self.chain;
        }
        self.chain = frame::push(&mut self.buffer, self.chain, seq, kind, value)?;
        if kind == Kind::Decision {
            self.hash.update(frame::payload_from(&self.buffer, start));
        }
        if self.mode == Mode::None {
            self.buffer.clear();
        } else if self.buffer.len() >= BUFFER_LEN {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), JournalError<S::Error>> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let batch = Batch {
            run_id: self.run_id,
            first: self.buffer_first,
            chain: self.buffer_chain,
            bytes: &self.buffer,
        };
        self.unsynced = true;
        self.store.write(batch).map_err(JournalError::Store)?;
        self.buffer.clear();
        Ok(())
    }
}

/// A journal of one segment with these records, checksums and all: for a journal that is changed on purpose,
/// such as one without its decisions.
///
/// # Errors
/// When a record is too large or sequence numbers go back.
pub fn reframe<'a>(
    run_id: [u8; 16],
    records: impl IntoIterator<Item = (Seq, &'a Record)>,
) -> Result<Vec<u8>, JournalError<core::convert::Infallible>> {
    let mut journal = Journal::new(MemoryStore::default(), run_id, Mode::Full);
    for (seq, record) in records {
        journal.record(seq, record)?;
    }
    Ok(journal.finish()?.into_bytes())
}
