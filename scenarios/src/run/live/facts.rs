//! What stands beside the journal of a live run: `run.json`, `scenario.toml`, `report.html`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use onetape_core::journal::Record;
use onetape_data::journal::{JournalFile, JournalFileError};
use onetape_reports::{Fold, Report, RunFacts, Timelines};

use crate::run::{BUILD, RunRecord, headless};

/// A new `run.json`; `decisions_hash` and `wall_s` are known at the end.
pub(super) fn record(run_id: &str, name: &str, catalog: Option<&Path>) -> RunRecord {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let began = jiff::Timestamp::now();
    let catalog = catalog.map(|path| std::path::absolute(path).unwrap_or_else(|_| path.into()));
    RunRecord {
        run_id: run_id.to_string(),
        name: name.to_string(),
        build: BUILD.to_string(),
        host: format!("{} {}", std::env::consts::OS, host.trim()),
        began: began.to_string(),
        wall_s: 0.0,
        decisions_hash: String::new(),
        decisions_so_far: None,
        catalog: catalog.unwrap_or_else(|| PathBuf::from("catalog")),
        venues: BTreeMap::new(),
        tape: Vec::new(),
    }
}

/// Writes a file of the folder, for its owner alone.
pub(super) fn write(place: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = place.join(name);
    let written = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("{}: cannot be written", path.display()))
}

/// What a journal that is closed tells.
pub(super) struct Told {
    /// Its report, written as a page too; none where its first segments were dropped.
    pub(super) report: Option<Report>,
    /// The hash over its decisions.
    pub(super) hash: String,
    /// Its events, dropped ones among them.
    pub(super) events: u64,
}

/// Reads a journal that is closed.
pub(super) fn report(
    place: &Path,
    run_id: [u8; 16],
    record: &RunRecord,
    scenario: &str,
) -> anyhow::Result<Told> {
    let journal = match JournalFile::open(place) {
        Err(JournalFileError::HeadDropped { .. }) => return rest(place, run_id),
        opened => opened?,
    };
    let mut journal = journal.with_marks();
    let mut fold = Fold::new();
    let mut events = 0;
    for entry in journal.by_ref() {
        let entry = entry?;
        match &entry.body {
            Record::Event(event) => {
                events += 1;
                fold.event(entry.seq, event);
            }
            Record::Decision(decision) => fold.decision(decision),
            Record::Marks(marks) => fold.marks(marks),
        }
    }
    let hash = format!("{:032x}", journal.decisions_hash());
    let report = fold.finish();
    let facts = RunFacts {
        run_id: record.run_id.clone(),
        build: record.build.clone(),
        name: record.name.clone(),
        decisions_hash: hash.clone(),
        scenario: scenario.to_string(),
        events: Some(events),
        wall_s: Some(record.wall_s),
        ..RunFacts::default()
    };
    let timelines = crate::commands::report::timelines(place, Timelines::of(&report))?;
    let page = onetape_reports::to_html(&report, &facts, &timelines)?;
    write(place, "report.html", &page)?;
    Ok(Told {
        report: Some(report),
        hash,
        events,
    })
}

/// What is known of a journal without its first segments.
fn rest(place: &Path, run_id: [u8; 16]) -> anyhow::Result<Told> {
    let (mut journal, snapshot) = headless(place, run_id)?;
    let mut last = snapshot.place.resume.last;
    for entry in journal.by_ref() {
        last = entry?.seq;
    }
    tracing::warn!(
        "there is no report: segments before event {} were dropped ([live] keep_segments)",
        snapshot.place.resume.last.0
    );
    Ok(Told {
        report: None,
        hash: format!("{:032x}", journal.decisions_hash()),
        events: last.0 + 1,
    })
}
