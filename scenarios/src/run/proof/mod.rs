//! The proof that a run's decisions come of its market and its account events alone.
//!
//! A run that was recorded has its market in a catalogue and everything else that it folded in its account files. Here
//! the two are joined by time and folded again, through the catalogue's own merge that a backtest reads too. Nothing of
//! the run's `journal` folder is opened: the proof holds with the folder gone.

mod join;
mod lives;
mod market;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use onetape_core::engine::{Engine, Nowhere};
use onetape_core::event::{Body, Event, RunEvent, RunStarted, Seq};
use onetape_core::journal::{Durability, Journal, Mode, NullStore};
use onetape_core::strategy::{StrategyCard, StrategySpec};
use onetape_core::time::Ts;
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
    /// Where the recording is not whole any more, so that nothing follows of what came later.
    pub cut: Option<ProvedTo>,
}

/// Until where a recording that is not whole proves something.
#[derive(Clone, Debug)]
pub struct ProvedTo {
    /// The first event that is not proved.
    pub next: Seq,
    /// Time of the last one that is.
    pub until: Ts,
    /// The account file that is not whole.
    pub path: PathBuf,
    /// Why it is not, for people.
    pub why: String,
    /// Lives of the process after that one.
    pub later_lives: usize,
}

/// Folds the recorded run in `folder` again, with its market from the catalogue at `market`. With `to_end_of_record` a
/// recording that breaks off, as when the process was killed, proves what its account file and its market both have.
///
/// # Errors
/// When the run was not recorded, the recording is not whole, or catalogue and account files do not fit together.
pub fn prove(
    folder: &Path,
    market: &Path,
    to_end_of_record: bool,
    registry: &[StrategySpec],
    cards: &[StrategyCard],
) -> anyhow::Result<Proved> {
    let lives = Lives::open(folder, to_end_of_record)?;
    let started = started(&lives)?;
    let loaded = scenario(folder, &started, cards)?;
    let prepared = Prepared::with_names(
        &loaded.scenario,
        started.names.clone(),
        &Holdings::recorded(&[], None),
        registry,
    )?;
    let catalog = Catalog::open(market)?;
    let joined = || {
        let (first, last) = (lives.first(), lives.last());
        let tape = market::tape(&catalog, &started.names, first, last)?;
        Joined::new(lives.heads(), tape)
    };
    let until = match lives.cut() {
        Some(_) => Some(certain(joined()?)?),
        None => None,
    };
    let journal = Journal::new(NullStore, started.run_id, Mode::None);
    let (seen, desk) = (prepared.market(), prepared.desk()?);
    let mut engine = Engine::new(seen, desk, journal, Durability::Process);
    let mut joined = joined()?;
    let (mut ended, mut last) = (false, Ts::UNKNOWN);
    while until != Some(engine.next_seq())
        && let Some(event) = joined.next(engine.next_seq())?
    {
        ensure!(!ended, "something comes after the run's end");
        (ended, last) = (is_end(&event), event.ts);
        let folded = engine.step(&event, &mut Nowhere);
        folded.context("a decision cannot be encoded")?;
    }
    Ok(Proved {
        events: engine.next_seq().0,
        market_rows: joined.rows(),
        lives: lives.count(),
        decisions: engine.journal().decisions(),
        decisions_hash: format!("{:032x}", engine.journal().decisions_hash()),
        ended,
        cut: lives.cut().map(|cut| ProvedTo {
            next: engine.next_seq(),
            until: last,
            path: cut.path.clone(),
            why: cut.why.clone(),
            later_lives: cut.later,
        }),
    })
}

/// Until which place a recording that is cut has everything that came.
fn certain(mut joined: Joined) -> anyhow::Result<Seq> {
    let mut at = Seq(0);
    while joined.next(at)?.is_some() {
        at = Seq(at.0 + 1);
    }
    Ok(joined.certain())
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
