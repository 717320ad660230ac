//! What is written, when, and what happens after the first error.

use alloc::vec;
use alloc::vec::Vec;
use std::println;

use super::sample::{RUN, decision, event, every_kind};
use crate::event::{Body, Control, Seq};
use crate::journal::{
    Batch, Durability, End, Frames, Journal, JournalError, Kind, MemoryStore, Mode, NotKept, Noted,
    Notes, NullStore, Record, Scribe, Store,
};

fn written<S: Store>(store: S, mode: Mode) -> (S, u128)
where
    S::Error: core::fmt::Debug,
{
    let mut journal = Journal::new(store, RUN, mode);
    for (seq, record) in every_kind() {
        match record {
            Record::Event(event) => journal.event(seq, &event).unwrap(),
            Record::Decision(decision) => journal.decision(&decision).unwrap(),
            Record::Marks(marks) => journal.marks(seq, &marks).unwrap(),
        }
    }
    let hash = journal.decisions_hash();
    assert_eq!(journal.decisions(), 1);
    (journal.finish().unwrap(), hash)
}

fn records(segment: &[u8]) -> Vec<(Seq, Record)> {
    let mut frames = Frames::open(segment).unwrap();
    let read = frames
        .by_ref()
        .map(|frame| frame.map(|frame| (frame.seq, frame.record().unwrap())))
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(frames.end(), Some(End::Clean { zeros: 0 }));
    read
}

#[test]
fn modes_write_what_they_say_and_hash_alike() {
    let (full, hash) = written(MemoryStore::default(), Mode::Full);
    let (own, own_hash) = written(MemoryStore::default(), Mode::Decisions);
    let (_, none_hash) = written(NullStore, Mode::None);
    assert_eq!((hash, hash), (own_hash, none_hash));
    assert_eq!(records(full.bytes()), every_kind());

    let own_records: Vec<_> = every_kind()
        .into_iter()
        .filter(|(_, record)| match record {
            Record::Event(event) => !event.body.is_market(),
            Record::Decision(_) | Record::Marks(_) => true,
        })
        .collect();
    assert!(own_records.len() < every_kind().len());
    assert_eq!(records(own.bytes()), own_records);
}

#[test]
fn the_hash_is_over_decision_payloads_alone() {
    let mut other_run = Journal::new(NullStore, [9; 16], Mode::None);
    other_run.decision(&decision(1)).unwrap();
    let (_, hash) = written(MemoryStore::default(), Mode::Full);
    assert_eq!(other_run.decisions_hash(), hash);

    let mut payload = Vec::new();
    crate::journal::codec::encode(&decision(1), &mut payload).unwrap();
    assert_eq!(xxhash_rust::xxh3::xxh3_128(&payload), hash);
    other_run.decision(&decision(2)).unwrap();
    assert_ne!(other_run.decisions_hash(), hash);
}

#[test]
fn a_commit_hands_everything_over_and_syncs_when_asked() {
    let mut journal = Journal::new(MemoryStore::default(), RUN, Mode::Decisions);
    let _ = journal.commit(Durability::Process).unwrap();
    assert!(journal.store().bytes().is_empty(), "nothing to write yet");
    journal.decision(&decision(1)).unwrap();
    assert!(
        journal.store().bytes().is_empty(),
        "frames wait for the commit"
    );
    let _ = journal.commit(Durability::Process).unwrap();
    assert_eq!(records(journal.store().bytes()).len(), 1);
    assert!(journal.store().synced().is_empty());
    let _ = journal.commit(Durability::Disk).unwrap();
    assert_eq!(journal.store().synced(), journal.store().bytes());
}

#[test]
fn a_simulations_commit_waits_for_nothing_and_the_end_writes_all() {
    let mut journal = Journal::new(MemoryStore::default(), RUN, Mode::Decisions);
    journal.decision(&decision(1)).unwrap();
    let _ = journal.commit(Durability::Run).unwrap();
    assert!(journal.store().bytes().is_empty());
    let store = journal.finish().unwrap();
    assert_eq!(records(store.bytes()).len(), 1);
}

#[test]
fn frames_are_written_without_a_commit_when_many_wait() {
    let mut journal = Journal::new(MemoryStore::default(), RUN, Mode::Full);
    for n in 0..4_000 {
        journal.decision(&decision(n)).unwrap();
    }
    let early = journal.store().bytes().len();
    assert!(early > 64 * 1024, "{early}");
    let segment = journal.finish().unwrap().into_bytes();
    assert!(segment.len() > early);
    assert_eq!(records(&segment).len(), 4_000);
    println!("4,000 decisions are {} bytes", segment.len());
}

/// Fails at one call.
struct Failing {
    calls: u32,
    at: u32,
}

impl Failing {
    fn call(&mut self) -> Result<(), &'static str> {
        self.calls += 1;
        if self.calls == self.at {
            return Err("no space left");
        }
        Ok(())
    }
}

impl Store for Failing {
    type Error = &'static str;

    fn write(&mut self, _: Batch<'_>) -> Result<(), &'static str> {
        self.call()
    }

    fn sync(&mut self) -> Result<(), &'static str> {
        self.call()
    }

    fn finish(&mut self) -> Result<(), &'static str> {
        self.call()
    }
}

#[test]
fn the_first_store_error_is_final() {
    // Calls in turn: write, sync, write, sync, finish.
    for at in 1..=4 {
        let mut journal = Journal::new(Failing { calls: 0, at }, RUN, Mode::Full);
        let mut failures = 0;
        for n in 0..2 {
            let done = journal.decision(&decision(n));
            if failures > 0 {
                assert_eq!(done, Err(JournalError::Stopped));
            }
            match journal.commit(Durability::Disk) {
                Ok(_) => assert_eq!(failures, 0, "a token after an error"),
                Err(JournalError::Store(_)) => failures += 1,
                Err(error) => {
                    assert_eq!(error, JournalError::Stopped);
                    assert_eq!(failures, 1);
                }
            }
        }
        assert_eq!(failures, 1, "at call {at}");
        let quiet = event(9, Body::Control(Control::Resume));
        assert_eq!(journal.event(Seq(9), &quiet), Err(JournalError::Stopped));
        assert_eq!(journal.store().calls, at, "the store was used again");
        assert!(matches!(journal.finish(), Err(JournalError::Stopped)));
    }
    let mut journal = Journal::new(Failing { calls: 0, at: 2 }, RUN, Mode::Full);
    journal.decision(&decision(1)).unwrap();
    assert!(matches!(journal.finish(), Err(JournalError::Store(_))));
}

#[test]
fn sequence_numbers_do_not_go_back() {
    let mut journal = Journal::new(MemoryStore::default(), RUN, Mode::Decisions);
    journal.decision(&decision(5)).unwrap();
    journal.decision(&decision(5)).unwrap();
    let back = JournalError::Backward {
        seq: Seq(4),
        last: Seq(5),
    };
    assert_eq!(journal.decision(&decision(4)), Err(back));
    assert_eq!(journal.decision(&decision(6)), Err(JournalError::Stopped));
}

#[test]
fn a_journal_can_be_changed_on_purpose() {
    let mut altered = every_kind();
    altered.retain(|(_, record)| record.kind() == Kind::Event);
    assert_eq!(records(&super::sample::segment(&altered)), altered);
}

/// A journal that is written from notes has the bytes of the one that was written at once, whatever was noted before in
/// the lists that are used again.
#[test]
fn notes_make_the_same_bytes() {
    for mode in [Mode::Decisions, Mode::Full] {
        let (direct, hash) = written(MemoryStore::default(), mode);
        let mut journal = Journal::new(MemoryStore::default(), RUN, mode);
        let (mut notes, mut spent) = (Notes::new(mode), Vec::new());
        notes
            .decided(&mut vec![decision(1), decision(2)], &mut spent)
            .unwrap();
        assert_eq!(spent.len(), 2, "the room of decisions came back");
        assert_eq!(notes.take(|_| Err("enough")), Err("enough"));
        assert!(notes.is_empty(), "what was not looked at is gone as well");
        for (seq, record) in every_kind() {
            match record {
                Record::Event(event) => notes.event(seq, &event).unwrap(),
                Record::Decision(decision) => {
                    notes.decided(&mut vec![decision], &mut spent).unwrap();
                }
                Record::Marks(marks) => notes.marks(seq, &marks).unwrap(),
            }
        }
        assert!(notes.len() >= records(direct.bytes()).len());
        let taken = notes.take(|noted| match noted {
            Noted::Event(seq, event) => journal.event(seq, event),
            Noted::Decision(decision) => journal.decision(decision),
            Noted::Marks(seq, marks) => journal.marks(seq, marks),
        });
        taken.unwrap();
        assert_eq!(journal.decisions_hash(), hash);
        assert_eq!(journal.finish().unwrap().bytes(), direct.bytes());
        assert!(notes.is_empty());
        assert_eq!(notes.take(|_| Err("nothing is left")), Ok(()));
    }
}

#[test]
fn notes_vouch_for_a_simulation_alone() {
    let mut notes = Notes::new(Mode::Decisions);
    assert!(notes.commit(Durability::Run).is_ok());
    for kept in [Durability::Process, Durability::Disk] {
        assert_eq!(notes.commit(kept).unwrap_err(), NotKept);
    }
}
