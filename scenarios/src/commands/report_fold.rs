//! A run's journal as a report: it is decoded by a thread of its own, ahead of the fold, and two fold it and work out what
//! the fold leaves. The report is the same as that of one thread.

use std::io::Write;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{self, Builder};

use anyhow::Context as _;
use onetape_core::journal::Record;
use onetape_data::journal::{Entry, JournalFile, JournalFileError};
use onetape_reports::stats::Assumptions;
use onetape_reports::{Fold, Report};

use crate::two::Two;

/// Entries that are handed over at a time, a decision as as many as it has numbers and commands.
const BATCH: usize = 2_048;
/// Batches that wait to be folded, at most: a journal may be larger than the memory.
const WAITING: usize = 2;

/// Folds the journal of a run's folder. A torn end is told on stderr: what was cut is in no number.
pub(super) fn read(
    run: &Path,
    assume: Assumptions,
    two: &Two,
    err: &mut dyn Write,
) -> anyhow::Result<Report> {
    let mut journal = JournalFile::open(run)?.with_marks();
    let report = two.run(|| {
        let fold = fold(&mut journal, two)?;
        anyhow::Ok(fold.finish_beside(assume, two))
    })?;
    if let Some(tail) = journal.tail() {
        let (path, offset, bytes) = (tail.path.display(), tail.offset, tail.bytes);
        writeln!(
            err,
            "warning: {path}: the last {bytes} bytes, from byte {offset} on, are a torn record and are left out"
        )?;
    }
    Ok(report)
}

fn fold(journal: &mut JournalFile, two: &Two) -> anyhow::Result<Fold> {
    thread::scope(|scope| {
        let (filled, batches) = sync_channel(WAITING);
        let (folded, spent) = channel();
        let decoder = Builder::new()
            .name("decoder".into())
            .spawn_scoped(scope, move || decode(journal, filled, spent))
            .context("no thread can be started for the journal")?;
        let mut fold = Fold::new();
        for batch in batches {
            fold.beside(two, |fold| take(fold, &batch));
            // Whoever made entries gives them back, and makes the next ones in their place; it may be through.
            let _ = folded.send(batch);
        }
        decoder
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic))?;
        Ok(fold)
    })
}

/// Hands over what the journal has, up to its end or its first error.
fn decode(
    journal: &mut JournalFile,
    filled: SyncSender<Vec<Entry>>,
    spent: Receiver<Vec<Entry>>,
) -> Result<(), JournalFileError> {
    let mut is_over = false;
    while !is_over {
        let mut batch = spent.try_recv().unwrap_or_default();
        batch.clear();
        let (mut weight, mut failed) = (0, None);
        while weight < BATCH && !is_over {
            match journal.next() {
                Some(Ok(entry)) => {
                    weight += weight_of(&entry);
                    batch.push(entry);
                }
                Some(Err(why)) => (failed, is_over) = (Some(why), true),
                None => is_over = true,
            }
        }
        // Whoever folds goes on to the end; it is gone only when it panicked.
        is_over |= filled.send(batch).is_err();
        if let Some(failed) = failed {
            return Err(failed);
        }
    }
    Ok(())
}

fn weight_of(entry: &Entry) -> usize {
    match &entry.body {
        Record::Decision(decision) => 1 + decision.numbers.len() + decision.commands.len(),
        Record::Event(_) | Record::Marks(_) => 1,
    }
}

fn take(fold: &mut Fold, batch: &[Entry]) {
    for entry in batch {
        match &entry.body {
            Record::Event(event) => fold.event(entry.seq, event),
            Record::Decision(decision) => fold.decision(decision),
            Record::Marks(marks) => fold.marks(marks),
        }
    }
}
