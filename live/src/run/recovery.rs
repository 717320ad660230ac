//! What an earlier life journaled, folded again with a gateway that sends nothing.

use onetape_core::decision::Decision;
use onetape_core::engine::{Engine, Nowhere};
use onetape_core::event::{Body, RunEvent, Seq};
use onetape_core::journal::{Durability, Journal, NullStore, Record, Scribe};
use onetape_core::time::Ts;
use onetape_data::journal::{Entry, Snapshot};

use crate::journal::Past;

/// Why an earlier life cannot be gone on with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryError {
    /// This build does not decide as the journal says.
    #[error(
        "event {}: this build decides otherwise than the journal says; go on with the build that wrote it, or begin \
         a new run", .0.0
    )]
    Otherwise(Seq),
    /// Records are missing.
    #[error("event {} is missing in the journal; begin a new run", .0.0)]
    Missing(Seq),
    /// It came to its end.
    #[error("the run has come to its end; choose another run folder")]
    Ended,
    /// It cannot be folded.
    #[error("the journal cannot be folded: {0}")]
    Fold(String),
    /// The missing decisions cannot be journaled.
    #[error("the journal cannot be written: {0}")]
    Journal(String),
}

/// The engine of a recovery: its journal keeps nothing.
pub type Blank = Engine<Journal<NullStore>>;

/// An engine on its way through the journal of an earlier life.
pub struct Recovery<'a> {
    engine: Blank,
    /// Makes one that has folded nothing.
    fresh: Box<dyn FnMut() -> Result<Blank, String> + 'a>,
    /// Decisions of the last event that the journal has.
    recorded: usize,
    /// Time of the run's first event.
    began: Option<Ts>,
    last: Ts,
    ended: bool,
    failed: Option<RecoveryError>,
}

/// An earlier life, as far as the journal tells.
pub struct Recovered {
    /// As it was after the last event.
    pub engine: Blank,
    /// What was decided on the last event and did not get into the journal: it never left.
    pub unwritten: Vec<Decision>,
    /// Time of the run's first event; none where it has none.
    pub began: Option<Ts>,
    /// Time of the last event.
    pub last: Ts,
}

impl<'a> Recovery<'a> {
    /// Before the first record. `fresh` makes engines that have folded nothing: one to begin with, and one for each snapshot
    /// that is tried.
    ///
    /// # Errors
    /// Why `fresh` makes none.
    pub fn new(
        mut fresh: impl FnMut() -> Result<Blank, String> + 'a,
    ) -> Result<Self, RecoveryError> {
        Ok(Self {
            engine: fresh().map_err(RecoveryError::Fold)?,
            fresh: Box::new(fresh),
            recorded: 0,
            began: None,
            last: Ts::UNKNOWN,
            ended: false,
            failed: None,
        })
    }

    fn fold(&mut self, entry: Entry) -> Result<(), RecoveryError> {
        match entry.body {
            Record::Event(event) => {
                let next = self.engine.next_seq();
                if entry.seq != next {
                    return Err(RecoveryError::Missing(next));
                }
                if self.recorded < self.engine.decisions().len() {
                    return Err(RecoveryError::Otherwise(Seq(next.0.saturating_sub(1))));
                }
                let folded = self.engine.step(&event, &mut Nowhere);
                folded.map_err(|error| RecoveryError::Fold(error.to_string()))?;
                self.recorded = 0;
                self.last = event.ts;
                self.began.get_or_insert(event.ts);
                self.ended = is_end(&event.body);
            }
            Record::Decision(decision) => {
                if self.engine.decisions().get(self.recorded) != Some(&decision) {
                    return Err(RecoveryError::Otherwise(entry.seq));
                }
                self.recorded += 1;
            }
            Record::Marks(marks) => self.engine.noted(&marks),
        }
        Ok(())
    }

    /// What there is to go on with.
    ///
    /// # Errors
    /// [`RecoveryError`].
    pub fn finish(self) -> Result<Recovered, RecoveryError> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        if self.ended {
            return Err(RecoveryError::Ended);
        }
        let unwritten = self.engine.decisions().get(self.recorded..);
        Ok(Recovered {
            unwritten: unwritten.unwrap_or_default().to_vec(),
            began: self.began,
            last: self.last,
            engine: self.engine,
        })
    }
}

impl Past for Recovery<'_> {
    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), String> {
        let mut engine = (self.fresh)()?;
        let restored = engine.restore(&snapshot.state);
        restored.map_err(|error| error.to_string())?;
        // Another build may read the same bytes as something else: what it reads it writes down as it was.
        if engine.save(Vec::new()).as_ref() != Ok(&snapshot.state) {
            return Err("this build reads it otherwise than it was written".into());
        }
        (self.engine, self.last) = (engine, snapshot.place.ts);
        self.began = Some(snapshot.began);
        Ok(())
    }

    fn take(&mut self, entry: Entry) {
        if self.failed.is_none() {
            self.failed = self.fold(entry).err();
        }
    }
}

impl Recovered {
    /// The engine on the journal that goes on. What was decided on the last event and not written is written first, so that
    /// the journal says what the desk believes; its orders never left, which only the venue's evidence may say.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn onto<J: Scribe>(
        mut self,
        mut journal: J,
        durability: Durability,
    ) -> Result<Engine<J>, RecoveryError>
    where
        J::Error: std::fmt::Display,
    {
        let decided = journal.decided(&mut self.unwritten, &mut Vec::new());
        decided.map_err(|error| RecoveryError::Journal(error.to_string()))?;
        Ok(self.engine.onto(journal, durability))
    }
}

fn is_end(body: &Body) -> bool {
    matches!(body, Body::Run(run) if matches!(**run, RunEvent::Ended(_)))
}
