//! Journals that are changed on purpose, with their checksums made right.

use std::fs;
use std::path::Path;

use onetape_core::decision::Decision;
use onetape_core::event::Seq;
use onetape_core::journal::Record;
use onetape_data::journal::{JournalFile, journal_dir, write_records};

use super::copy_tree;

/// Every record of a run's journal.
pub(crate) fn records_of(run: &Path) -> Vec<(Seq, Record)> {
    JournalFile::open(run)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.seq, entry.body))
        .collect()
}

/// The decisions of a run's journal.
pub(crate) fn decisions_of(run: &Path) -> Vec<Decision> {
    let decisions = records_of(run)
        .into_iter()
        .filter_map(|(_, record)| match record {
            Record::Decision(decision) => Some(decision),
            Record::Event(_) | Record::Marks(_) => None,
        });
    decisions.collect()
}

/// Copies a run's folder to `to`, where there is nothing yet.
pub(crate) fn copy_run(run: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    copy_tree(run, to);
}

/// Copies a run to `to` and writes its journal anew with what `change` makes of its records.
pub(crate) fn rewrite(run: &Path, to: &Path, change: impl FnOnce(&mut Vec<(Seq, Record)>)) {
    copy_run(run, to);
    let id = JournalFile::open(run).unwrap().run_id();
    let mut records = records_of(run);
    change(&mut records);
    fs::remove_dir_all(journal_dir(to)).unwrap();
    write_records(to, id, records.iter().map(|(seq, record)| (*seq, record))).unwrap();
}
