//! What a recorded run was made from: scenario, names, tape.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use onetape_core::engine::Engine;
use onetape_core::event::{Body, RunEvent, RunStarted};
use onetape_core::journal::{Durability, Record};
use onetape_core::strategy::{StrategyCard, StrategySpec};
use onetape_data::catalog::{Catalog, Kind, Series};
use onetape_data::journal::JournalFile;
use onetape_data::tape::Tape;

use super::prepare::Prepared;
use super::refold::Refold;
use super::{RunRecord, hex_id};
use crate::scenario::{Loaded, Options, parse};

/// A recorded run, opened.
pub struct Recorded {
    /// Its folder.
    pub folder: PathBuf,
    /// Its first event.
    pub started: RunStarted,
    /// Its scenario, with what the command line changes.
    pub loaded: Loaded,
    /// Where its market data lies now.
    pub catalog: PathBuf,
}

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
    let mut entries = JournalFile::open(folder)?;
    let first = entries.next().transpose()?;
    let started = match first.map(|entry| entry.body) {
        Some(Record::Event(event)) => match event.body {
            Body::Run(run) => match *run {
                RunEvent::Started(started) => Some(started),
                RunEvent::Ended(_) => None,
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
    // What was allowed then is allowed now; a change may ask for anything.
    let options = Options {
        sets: sets.to_vec(),
        catalog: None,
        allow_negative_edge: !sets.is_empty(),
    };
    let file = folder.join("journal").display().to_string();
    let loaded = parse(&started.scenario, &file, folder, &options, cards)?;
    let catalog = match catalog {
        Some(catalog) => catalog.to_path_buf(),
        None if started.tape.is_empty() => folder.to_path_buf(),
        None => RunRecord::read(folder)?.catalog_of(folder),
    };
    Ok(Recorded {
        folder: folder.to_path_buf(),
        started,
        loaded,
        catalog,
    })
}

impl Recorded {
    /// The run as it is to be folded again.
    ///
    /// # Errors
    /// When the scenario cannot be set up with the recorded names.
    pub fn prepare<'a>(&'a self, registry: &'a [StrategySpec]) -> anyhow::Result<Prepared<'a>> {
        let recorded = |series: &Series| {
            let prefix = format!("{}/{}/", series.venue, series.symbol);
            let has = |kind: &Kind| {
                let folder = format!("{prefix}{}/", kind.name());
                self.started
                    .tape
                    .iter()
                    .any(|file| file.path.starts_with(&folder))
            };
            Kind::ALL.into_iter().filter(has).collect()
        };
        Prepared::with_names(
            &self.loaded.scenario,
            self.started.names.clone(),
            recorded,
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
        let journal = Refold::journal(self.started.run_id);
        let engine = Engine::new(
            prepared.market(),
            prepared.desk()?,
            journal,
            Durability::Process,
        );
        Ok(Refold::new(engine, JournalFile::open(&self.folder)?, tape))
    }

    /// The recorded tape, every file of it with the recorded content.
    fn tape(&self, prepared: &Prepared<'_>) -> anyhow::Result<Tape> {
        let elsewhere = "`--catalog DIR` points to where it is now";
        let catalog = Catalog::open(&self.catalog).with_context(|| {
            format!(
                "the run's market data is not at {}; {elsewhere}",
                self.catalog.display()
            )
        })?;
        let tape = Tape::open(&catalog, &prepared.request).context(elsewhere)?;
        for recorded in &self.started.tape {
            let now = tape.files().iter().find(|file| file.path == recorded.path);
            let found = now.map_or_else(|| "nothing".to_string(), |file| hex_id(&file.hash));
            if found != hex_id(&recorded.hash) {
                bail!(
                    "{}: {}: the run was made from content {}, there is {found} now; {elsewhere}",
                    self.catalog.display(),
                    recorded.path,
                    hex_id(&recorded.hash),
                );
            }
        }
        if tape.files().len() != self.started.tape.len() {
            bail!(
                "{}: has more files of these instruments than the run was made from; {elsewhere}",
                self.catalog.display()
            );
        }
        Ok(tape)
    }
}
