//! A recorded run, folded again: the market from its files, answers and timers from the journal.

use anyhow::{Context as _, bail};
use onetape_core::decision::Decision;
use onetape_core::engine::{Engine, Nowhere};
use onetape_core::event::{Body, Event, RunEvent, Seq};
use onetape_core::journal::{Journal, NullStore, Record, codec};
use onetape_core::time::Ts;
use onetape_data::journal::{Entry, JournalFile, JournalFileError, TornTail};
use onetape_data::tape::Tape;

/// How far to fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// To the end of the journal.
    End,
    /// Up to a moment, events of that stamp included.
    At(Ts),
}

/// The first decision that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The event that it answers.
    pub seq: Seq,
    /// That event's time.
    pub ts: Ts,
    /// What the journal says.
    pub recorded: Option<Decision>,
    /// What was decided now.
    pub made: Option<Decision>,
}

/// A recorded run on its way through the engine again.
pub struct Refold {
    engine: Engine<Journal<NullStore>>,
    journal: JournalFile,
    /// The entry after those that were taken.
    head: Option<Result<Entry, JournalFileError>>,
    /// Where the market comes from; the journal itself when it has it by value.
    tape: Option<Tape>,
    last: Ts,
    compared: u64,
    ended: bool,
}

impl Refold {
    /// Before the first event.
    pub fn new(
        engine: Engine<Journal<NullStore>>,
        mut journal: JournalFile,
        tape: Option<Tape>,
    ) -> Self {
        Self {
            engine,
            head: journal.next(),
            journal,
            tape,
            last: Ts::default(),
            compared: 0,
            ended: false,
        }
    }

    /// Folds, comparing each decision with the recorded one when `compare` says so; stops at the first that
    /// differs.
    ///
    /// # Errors
    /// When the journal is damaged or the tape is not the one that was recorded.
    pub fn run(&mut self, stop: Stop, compare: bool) -> anyhow::Result<Option<Difference>> {
        while let Some(event) = self.next_event()? {
            if matches!(stop, Stop::At(at) if event.ts > at) {
                break;
            }
            self.last = event.ts;
            self.ended = is_end(&event);
            let seq = self
                .engine
                .step(&event, &mut Nowhere)
                .context("a decision cannot be encoded")?;
            let recorded = self.recorded_decisions(seq)?;
            if !compare {
                continue;
            }
            self.compared += recorded.len() as u64;
            let mut made = self.engine.decisions();
            if self.head.is_none() && !self.ended {
                // The journal breaks off here: what was decided on its last event may be lost.
                made = &made[..made.len().min(recorded.len())];
            }
            if let Some((recorded, made)) = first_difference(&recorded, made) {
                return Ok(Some(Difference {
                    seq,
                    ts: event.ts,
                    recorded,
                    made,
                }));
            }
        }
        Ok(None)
    }

    fn next_event(&mut self) -> anyhow::Result<Option<Event>> {
        let next = self.engine.next_seq();
        let recorded = match &self.head {
            None => return Ok(None),
            Some(Err(_)) => next,
            Some(Ok(entry)) if entry.seq < next => bail!(
                "segment {:05}.seg at byte {}: a record of event {} comes after event {}",
                entry.segment,
                entry.offset,
                entry.seq.0,
                next.0.saturating_sub(1),
            ),
            // A decision comes right after its event: one that comes without is of a market event on the tape.
            Some(Ok(entry)) if matches!(entry.body, Record::Decision(_)) => {
                return self.take_from_tape(next).map(Some);
            }
            Some(Ok(entry)) => entry.seq,
        };
        if recorded > next {
            return self.take_from_tape(next).map(Some);
        }
        let Some(entry) = self.take().transpose()? else {
            return Ok(None);
        };
        match entry.body {
            Record::Event(event) => Ok(Some(event)),
            Record::Decision(_) | Record::Marks(_) => Ok(None),
        }
    }

    fn take(&mut self) -> Option<Result<Entry, JournalFileError>> {
        std::mem::replace(&mut self.head, self.journal.next())
    }

    fn take_from_tape(&mut self, wanted: Seq) -> anyhow::Result<Event> {
        let tape = self.tape.as_mut().context(
            "the journal holds market events by value and some are missing; it is not complete",
        )?;
        tape.next_event()?.with_context(|| {
            format!(
                "the tape ends before event {}; it is not the one that was recorded",
                wanted.0
            )
        })
    }

    /// The recorded decisions on the event that was folded last.
    fn recorded_decisions(&mut self, seq: Seq) -> anyhow::Result<Vec<Decision>> {
        let mut decisions = Vec::new();
        while self
            .head
            .as_ref()
            .is_some_and(|head| is_decision_on(head, seq))
        {
            if let Some(Record::Decision(decision)) =
                self.take().transpose()?.map(|entry| entry.body)
            {
                decisions.push(decision);
            }
        }
        // A damaged record may have been a decision: damage is not a difference.
        if let Some(Err(_)) = &self.head {
            self.take().transpose()?;
        }
        Ok(decisions)
    }

    /// The engine as it stands.
    pub const fn engine(&self) -> &Engine<Journal<NullStore>> {
        &self.engine
    }

    /// The time of the last event.
    pub const fn last(&self) -> Ts {
        self.last
    }

    /// True when the event that was folded last is the run's end.
    pub const fn ended(&self) -> bool {
        self.ended
    }

    /// What was cut off at the end of the journal, once it is read to there.
    pub const fn tail(&self) -> Option<&TornTail> {
        self.journal.tail()
    }

    /// True when the last event of the run was folded.
    pub const fn is_over(&self) -> bool {
        self.ended
    }

    /// Decisions that were compared.
    pub const fn compared(&self) -> u64 {
        self.compared
    }

    /// A journal that keeps nothing: for folding again.
    pub fn journal(run_id: [u8; 16]) -> Journal<NullStore> {
        Journal::new(NullStore, run_id, onetape_core::journal::Mode::None)
    }
}

fn is_end(event: &Event) -> bool {
    matches!(&event.body, Body::Run(run) if matches!(**run, RunEvent::Ended(_)))
}

fn is_decision_on(entry: &Result<Entry, JournalFileError>, seq: Seq) -> bool {
    matches!(entry, Ok(entry) if entry.seq == seq && matches!(entry.body, Record::Decision(_)))
}

/// The first pair that is not the same bytes.
fn first_difference(
    recorded: &[Decision],
    made: &[Decision],
) -> Option<(Option<Decision>, Option<Decision>)> {
    let longest = recorded.len().max(made.len());
    (0..longest)
        .map(|at| (recorded.get(at), made.get(at)))
        .find_map(|(recorded, made)| {
            let same = match (recorded, made) {
                (Some(recorded), Some(made)) => bytes(recorded) == bytes(made),
                _ => false,
            };
            (!same).then(|| (recorded.cloned(), made.cloned()))
        })
}

fn bytes(decision: &Decision) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    codec::encode(decision, &mut bytes).ok()?;
    Some(bytes)
}
