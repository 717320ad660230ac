//! Journal and report of a simulation, made by a thread of their own from the notes that the engine takes.
//!
//! A simulation sends nothing anywhere, so it need not wait until what it decided is written. The same notes make the
//! same bytes and the same report, whenever the thread gets to them; where it falls behind, the simulation waits.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{Builder, JoinHandle};

use anyhow::Context as _;
use onetape_core::journal::{Journal, JournalError, Mode, Noted, Notes, Store};
use onetape_reports::{Fold, Report};

/// Lines of a batch of notes. Waking the thread costs the simulation some 20 us: in batches of 512 a tenth of a run that
/// quotes without end.
const BATCH: usize = 2_048;
/// Batches that wait to be written, at most.
const WAITING: usize = 2;

/// What was made of a run's notes.
pub(super) struct Written {
    pub(super) report: Report,
    pub(super) decisions_hash: u128,
}

/// The thread, and the way of notes to it and back.
pub(super) struct Recorder {
    mode: Mode,
    notes: SyncSender<Notes>,
    spent: Receiver<Notes>,
    thread: JoinHandle<anyhow::Result<Written>>,
}

impl Recorder {
    /// Starts to write a journal.
    pub(super) fn start<S>(journal: Journal<S>) -> anyhow::Result<Self>
    where
        S: Store + Send + 'static,
        S::Error: std::error::Error + Send + Sync + 'static,
    {
        let mode = journal.mode();
        let (notes, filled) = sync_channel(WAITING);
        let (cleared, spent) = channel();
        let thread = Builder::new()
            .name("recorder".into())
            .spawn(move || write(journal, &filled, &cleared))
            .context("no thread can be started for the journal")?;
        Ok(Self {
            mode,
            notes,
            spent,
            thread,
        })
    }

    /// Takes notes that are long enough, and leaves empty ones.
    #[inline]
    pub(super) fn take(&self, notes: &mut Notes) -> anyhow::Result<()> {
        if notes.len() < BATCH {
            return Ok(());
        }
        self.take_all(notes)
    }

    fn take_all(&self, notes: &mut Notes) -> anyhow::Result<()> {
        let blank = self.spent.try_recv();
        let blank = blank.unwrap_or_else(|_| Notes::new(self.mode));
        let full = std::mem::replace(notes, blank);
        // The thread has gone only when it could not write; it tells why at the end.
        self.notes
            .send(full)
            .context("the journal cannot be written")
    }

    /// Writes the rest and ends the journal. An error of the thread comes before one of those who fed it.
    pub(super) fn finish(
        self,
        notes: &mut Notes,
        fed: anyhow::Result<()>,
    ) -> anyhow::Result<Written> {
        let fed = fed.and_then(|()| self.take_all(notes));
        drop(self.notes);
        let written = self
            .thread
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic))?;
        fed.map(|()| written)
    }
}

fn write<S>(
    mut journal: Journal<S>,
    filled: &Receiver<Notes>,
    cleared: &Sender<Notes>,
) -> anyhow::Result<Written>
where
    S: Store,
    S::Error: std::error::Error + Send + Sync + 'static,
{
    let mut fold = Fold::new();
    for mut notes in filled {
        notes
            .take(|noted| take_down(&mut journal, &mut fold, noted))
            .context("the journal cannot be written")?;
        // Nobody takes the last ones back.
        let _ = cleared.send(notes);
    }
    let decisions_hash = journal.decisions_hash();
    journal.finish()?;
    Ok(Written {
        report: fold.finish(),
        decisions_hash,
    })
}

fn take_down<S: Store>(
    journal: &mut Journal<S>,
    fold: &mut Fold,
    noted: Noted<'_>,
) -> Result<(), JournalError<S::Error>> {
    match noted {
        Noted::Event(seq, event) => {
            journal.event(seq, event)?;
            fold.event(seq, event);
        }
        Noted::Marks(seq, marks) => {
            journal.marks(seq, marks)?;
            fold.marks(marks);
        }
        Noted::Decision(decision) => {
            journal.decision(decision)?;
            fold.decision(decision);
        }
    }
    Ok(())
}
