//! The proof that a run's decisions come of its market and its account events alone.
//!
//! A run that was recorded has its market in a catalogue and everything else that it folded in its account files. Here
//! the two are joined by time and folded again, through the catalogue's own merge that a backtest reads too. Nothing of
//! the run's `journal` folder is opened: the proof holds with the folder gone.

mod join;
mod lives;
mod market;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use onetape_core::engine::{Engine, Nowhere};
use onetape_core::event::{Body, Event, RunEvent, RunStarted};
use onetape_core::journal::{Durability, Journal, Mode, NullStore};
use onetape_core::strategy::{StrategyCard, StrategySpec};
use onetape_data::account::AccountRecord;
use onetape_data::catalog::Catalog;

use super::holdings::Holdings;
use super::prepare::Prepared;
use crate::scenario::{Loaded, Options, parse};
use join::Joined;
use lives::Lives;

/// What folding a recorded run again came to.
#[derive(Clone, Debug)]
pub struct Proved {
    /// Events that were folded.
    pub events: u64,
    /// Of them, from the catalogue.
    pub market_rows: u64,
    /// Lives of the process that they are from.
    pub lives: usize,
    /// Decisions that were made on them.
    pub decisions: u64,
    /// The hash over these.
    pub decisions_hash: String,
    /// True when the last of them is the run's end.
    pub ended: bool,
}

/// Folds the recorded run in `folder` again, with its market from the catalogue at `market`.
///
/// # Errors
/// When the run was not recorded, the recording is not whole, or catalogue and account files do not fit together.
pub fn prove(
    folder: &Path,
    market: &Path,
    registry: &[StrategySpec],
    cards: &[StrategyCard],
) -> anyhow::Result<Proved> {
    let lives = Lives::open(folder)?;
    let started = started(&lives)?;
    let loaded = scenario(folder, &started, cards)?;
    let prepared = Prepared::with_names(
        &loaded.scenario,
        started.names.clone(),
        &Holdings::recorded(&[], None),
        registry,
    )?;
    let catalog = Catalog::open(market)?;
    let tape = market::tape(&catalog, &started.names, lives.first(), lives.last())?;
    let journal = Journal::new(NullStore, started.run_id, Mode::None);
    let (seen, desk) = (prepared.market(), prepared.desk()?);
    let mut engine = Engine::new(seen, desk, journal, Durability::Process);
    let count = lives.count();
    let mut joined = Joined::new(lives, tape)?;
    let mut ended = false;
    while let Some(event) = joined.next(engine.next_seq())? {
        ensure!(!ended, "something comes after the run's end");
        ended = is_end(&event);
        let folded = engine.step(&event, &mut Nowhere);
        folded.context("a decision cannot be encoded")?;
    }
    Ok(Proved {
        events: engine.next_seq().0,
        market_rows: joined.rows(),
        lives: count,
        decisions: engine.journal().decisions(),
        decisions_hash: format!("{:032x}", engine.journal().decisions_hash()),
        ended,
    })
}

/// What the run started from, which is its first event.
fn started(lives: &Lives) -> anyhow::Result<RunStarted> {
    let first = lives.first_record()?;
    if let Some((seq, AccountRecord::Event(event))) = first
        && seq.0 == 0
        && let Body::Run(run) = event.body
        && let RunEvent::Started(started) = *run
    {
        return Ok(started);
    }
    bail!(
        "{}: does not begin with the start of the run, so that a life before it was not recorded; record a run from \
         its start on",
        lives.first_path().display()
    )
}

/// The scenario that the run started with, which its folder must still have.
fn scenario(folder: &Path, started: &RunStarted, cards: &[StrategyCard]) -> anyhow::Result<Loaded> {
    let path = folder.join("scenario.toml");
    let text = fs::read_to_string(&path);
    let text = text.with_context(|| format!("{}: cannot be read", path.display()))?;
    ensure!(
        text == started.scenario,
        "{}: is not the scenario that the run was started with; restore it from a copy",
        path.display()
    );
    let options = Options::default();
    parse(&text, &path.display().to_string(), folder, &options, cards).map_err(anyhow::Error::from)
}

fn is_end(event: &Event) -> bool {
    matches!(&event.body, Body::Run(run) if matches!(**run, RunEvent::Ended(_)))
}
