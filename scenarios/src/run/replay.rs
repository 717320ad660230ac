//! What a recorded run was made from: scenario, names, tape.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use onetape_core::engine::Engine;
use onetape_core::event::{Body, RunEvent, RunStarted};
use onetape_core::journal::{Durability, Journal, Mode, NullStore, Record};
use onetape_core::strategy::{StrategyCard, StrategySpec};
use onetape_data::catalog::{Catalog, FileRecord};
use onetape_data::journal::{JournalFile, JournalFileError, Snapshot};
use onetape_data::tape::Tape;

use super::headless;
use super::holdings::Holdings;
use super::prepare::Prepared;
use super::refold::Refold;
use super::{RunRecord, TapeRecord, hex_id};
use crate::scenario::{Loaded, Options, parse};

/// A recorded run, opened.
pub struct Recorded {
    /// Its folder.
    pub folder: PathBuf,
    /// Its first event.
    pub started: RunStarted,
    /// Its scenario, with what the command line changes.
    pub loaded: Loaded,
    /// What its folder says of it; nothing when the run did not come to its end.
    pub record: Option<RunRecord>,
    /// Where its market data lies now.
    catalog: Option<PathBuf>,
    /// The files of the tape, also when the journal has the market by value.
    tape: Vec<TapeRecord>,
    /// Where what is recorded begins, when the first segments of its journal were dropped.
    pub begins_at: Option<Box<Snapshot>>,
}

const ELSEWHERE: &str = "`--catalog DIR` points to where it is now";

/// Opens a run's folder. `sets` change the recorded scenario.
///
/// # Errors
/// When the folder is no run's, the journal does not begin with its start, or a change is not valid.
pub fn open_recorded(
    folder: &Path,
    catalog: Option<&Path>,
    sets: &[String],
    cards: &[StrategyCard],
) -> anyhow::Result<Recorded> {
    let record = folder.join("run.json").exists();
    let record = record.then(|| RunRecord::read(folder)).transpose()?;
    let (started, begins_at) = beginning(folder, record.as_ref())?;
    anyhow::ensure!(
        begins_at.is_none() || sets.is_empty(),
        "{}: the first segments of the journal were dropped, so that what --set changes cannot be folded from the first \
         event; leave it out, or restore the segments from a copy",
        folder.display()
    );
    // What was allowed then is allowed now; a change may ask for anything.
    let options = Options {
        sets: sets.to_vec(),
        catalog: None,
        allow_negative_edge: !sets.is_empty(),
    };
    let file = folder.join("journal").display().to_string();
    let loaded = parse(&started.scenario, &file, folder, &options, cards)?;
    let catalog = catalog
        .map(Path::to_path_buf)
        .or_else(|| record.as_ref().map(|record| record.catalog_of(folder)));
    let tape = match &record {
        Some(record) if started.tape.is_empty() => record.tape.clone(),
        _ => started.tape.iter().map(TapeRecord::from).collect(),
    };
    Ok(Recorded {
        folder: folder.to_path_buf(),
        started,
        loaded,
        record,
        catalog,
        tape,
        begins_at,
    })
}

/// The first event of a run, and, where that is not in the journal any more, the snapshot that it begins at.
fn beginning(
    folder: &Path,
    record: Option<&RunRecord>,
) -> anyhow::Result<(RunStarted, Option<Box<Snapshot>>)> {
    let mut entries = match JournalFile::open(folder) {
        Err(error @ JournalFileError::HeadDropped { .. }) => {
            let run_id = record.and_then(|record| u128::from_str_radix(&record.run_id, 16).ok());
            let (_, snapshot) = headless(folder, run_id.ok_or(error)?.to_be_bytes())?;
            return Ok(((*snapshot.started).clone(), Some(Box::new(snapshot))));
        }
        opened => opened?,
    };
    let first = entries.next().transpose()?;
    let started = match first.map(|entry| entry.body) {
        Some(Record::Event(event)) => match event.body {
            Body::Run(run) => match *run {
                RunEvent::Started(started) => Some(started),
                RunEvent::Ended(_) | RunEvent::Resumed(_) => None,
            },
            _ => None,
        },
        _ => None,
    };
    let started = started.with_context(|| {
        format!(
            "{}: the journal does not begin with the start of a run",
            folder.display()
        )
    })?;
    Ok((started, None))
}

impl Recorded {
    /// The run as it is to be folded again.
    ///
    /// # Errors
    /// When the scenario cannot be set up with the recorded names.
    pub fn prepare<'a>(&'a self, registry: &'a [StrategySpec]) -> anyhow::Result<Prepared<'a>> {
        // Without its catalogue a run can be verified, but not simulated anew: that is refused when its tape is read.
        let catalog = self.catalog.as_deref().map(Catalog::open);
        let catalog = catalog.and_then(Result::ok);
        Prepared::with_names(
            &self.loaded.scenario,
            self.started.names.clone(),
            &Holdings::recorded(&self.tape, catalog.as_ref()),
            registry,
        )
    }

    /// Ready to fold again from the first event.
    ///
    /// # Errors
    /// When the tape is missing or is not the one that was recorded.
    pub fn refold(&self, prepared: &Prepared<'_>) -> anyhow::Result<Refold> {
        let tape = if self.started.tape.is_empty() {
            None
        } else {
            Some(self.tape(prepared)?)
        };
        let journal = match &self.begins_at {
            None => Refold::journal(self.started.run_id),
            // Its hash goes on from what was decided before.
            Some(snapshot) => Journal::resume(NullStore, Mode::None, snapshot.place.resume.clone()),
        };
        let mut engine = Engine::new(
            prepared.market(),
            prepared.desk()?,
            journal,
            Durability::Process,
        );
        let Some(snapshot) = &self.begins_at else {
            return Ok(Refold::new(engine, JournalFile::open(&self.folder)?, tape));
        };
        engine.restore(&snapshot.state).with_context(|| {
            let last = snapshot.place.resume.last.0;
            format!("the snapshot of event {last} is not of this build")
        })?;
        let rest = JournalFile::open_at(&self.folder, &snapshot.place)?;
        Ok(Refold::new(engine, rest, tape))
    }

    /// The recorded tape, every file of it with the recorded content. What the catalogue has got since is left
    /// out.
    ///
    /// # Errors
    /// When a file is missing or is not the one that was recorded.
    pub fn tape(&self, prepared: &Prepared<'_>) -> anyhow::Result<Tape> {
        let Some(place) = &self.catalog else {
            bail!(
                "{}: there is no run.json that says where the market data is; {ELSEWHERE}",
                self.folder.display()
            );
        };
        if self.tape.is_empty() {
            bail!(
                "{}: there is no run.json that says which market data the run was made from; simulate its \
                 scenario with `onetape backtest`",
                self.folder.display()
            );
        }
        let catalog = Catalog::open(place).with_context(|| {
            format!(
                "the run's market data is not at {}; {ELSEWHERE}",
                place.display()
            )
        })?;
        for recorded in &self.tape {
            check(&catalog, recorded)?;
        }
        let among = |file: &FileRecord| self.tape.iter().any(|known| known.path == file.path);
        Tape::open_among(&catalog, &prepared.request, &among).context(ELSEWHERE)
    }
}

/// That the catalogue has a file with the recorded content. Whether the file is what the catalogue says, is
/// checked when it is opened.
fn check(catalog: &Catalog, recorded: &TapeRecord) -> anyhow::Result<()> {
    let mut files = catalog.all_files().iter();
    let now = files.find(|file| file.path == recorded.path);
    let found = now.map_or_else(|| "nothing".to_string(), |file| hex_id(&file.hash_bytes()));
    if found != recorded.hash {
        bail!(
            "{}: {}: the run was made from content {}, there is {found} now; {ELSEWHERE}",
            catalog.root().display(),
            recorded.path,
            recorded.hash,
        );
    }
    Ok(())
}
