//! How long a restart takes: the journal of a recorded run is written again as a live run writes it, with snapshots, and
//! taken up without them and with them.
//!
//!     cargo run --release -p onetape --example recovery -- RUN FOLDER EVENTS EVERY
//!
//! `RUN` is a folder that `onetape backtest --journal full` wrote, `FOLDER` a new one. The first `EVENTS` events are taken,
//! with a snapshot after each `EVERY`. It fails where a restart takes longer than is asked: 10 s without a snapshot, 1 s with.

use std::fs;
use std::num::NonZeroU64;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use onetape::builtin;
use onetape::run::{Prepared, Refold, open_recorded};
use onetape_core::engine::{Engine, Nowhere};
use onetape_core::event::{Body, Event, RunEvent};
use onetape_core::journal::{Durability, Mode, Record};
use onetape_core::strategy::StrategyCard;
use onetape_core::time::Ts;
use onetape_data::journal::{JournalFile, SegmentOptions, journal_dir, snapshots};
use onetape_live::journal::{Life, SnapshotOptions, Snapshots, SyncOptions, begin};
use onetape_live::run::{Blank, Recovery};

/// Events that a live loop takes before it looks whether a snapshot is due.
const TURN: usize = 32;

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [run, folder, events, every] = &words[..] else {
        anyhow::bail!("recovery: RUN FOLDER EVENTS EVERY");
    };
    let (run, folder) = (Path::new(run), Path::new(folder));
    let (events, every): (usize, NonZeroU64) = (events.parse()?, every.parse()?);
    ensure!(!folder.exists(), "{}: is there already", folder.display());
    let registry = builtin();
    let cards: Vec<StrategyCard> = registry.iter().map(|spec| *spec.card).collect();
    let recorded = open_recorded(run, None, &[], &cards)?;
    let prepared = recorded.prepare(&registry)?;
    let run_id = recorded.started.run_id;
    let blank = || fresh(&prepared, run_id);
    let names = &recorded.started.names;
    println!(
        "{} venues, {} instruments, {} tasks",
        names.venues.len(),
        names.instruments.len(),
        names.tasks.len()
    );
    live(run, folder, (events, every), &recorded.started, &blank)?;
    let with = restart(folder, run_id, &blank)?;
    for path in snapshots(folder)? {
        fs::remove_file(path)?;
    }
    let without = restart(folder, run_id, &blank)?;
    ensure!(with.1 == without.1, "both come to the same state");
    ensure!(
        without.0 < Duration::from_secs(10),
        "10 s without a snapshot"
    );
    ensure!(with.0 < Duration::from_secs(1), "1 s with a snapshot");
    Ok(())
}

fn fresh(prepared: &Prepared<'_>, run_id: [u8; 16]) -> Result<Blank, String> {
    let desk = prepared.desk().map_err(|error| format!("{error:#}"))?;
    let (market, journal) = (prepared.market(), Refold::journal(run_id));
    Ok(Engine::new(market, desk, journal, Durability::Process))
}

/// What happened in a run, up to so many events, without its end.
fn happened(run: &Path, most: usize) -> anyhow::Result<Vec<Event>> {
    let mut events = Vec::new();
    for entry in JournalFile::open(run)? {
        if events.len() == most {
            break;
        }
        match entry?.body {
            Record::Event(event) if is_end(&event) => break,
            Record::Event(event) => events.push(event),
            Record::Decision(_) | Record::Marks(_) => {}
        }
    }
    Ok(events)
}

fn is_end(event: &Event) -> bool {
    matches!(&event.body, Body::Run(run) if matches!(**run, RunEvent::Ended(_)))
}

/// Journals them as a live run does.
fn live(
    run: &Path,
    folder: &Path,
    (most, every): (usize, NonZeroU64),
    started: &onetape_core::event::RunStarted,
    blank: &dyn Fn() -> Result<Blank, String>,
) -> anyhow::Result<()> {
    let events = happened(run, most)?;
    ensure!(
        events.len() == most,
        "the run has only {} events",
        events.len()
    );
    let segments = SegmentOptions {
        reserve: true,
        ..SegmentOptions::default()
    };
    let syncs = SyncOptions::default();
    let begun = begin(
        folder,
        started.run_id,
        Mode::Full,
        segments,
        syncs,
        &mut |_| {},
    )?;
    let engine = blank().map_err(anyhow::Error::msg)?;
    let mut engine = engine.onto(begun.journal, Durability::Process);
    let options = SnapshotOptions {
        every: Some(every),
        keep_segments: None,
    };
    let first = events.first().map_or(Ts::UNKNOWN, |event| event.ts);
    let first = (first, started.clone());
    let mut keeper = Snapshots::start(folder.into(), options, first, engine.next_seq())?;
    let began = Instant::now();
    for turn in events.chunks(TURN) {
        for event in turn {
            engine.step(event, &mut Nowhere)?;
        }
        let _ = engine.journal_mut().commit(Durability::Process)?;
        let last = turn.last().map_or(Ts::UNKNOWN, |event| event.ts);
        if let Some(words) = keeper.look(&engine, last) {
            anyhow::bail!(words);
        }
    }
    let (wall, longest) = (began.elapsed(), keeper.longest());
    drop(keeper);
    let decisions = engine.journal().decisions();
    let orders = engine.desk().orders();
    println!(
        "{most} events, {decisions} decisions, {} orders, {} alive, journaled in {wall:.2?}",
        orders.len(),
        orders.alive().count(),
    );
    // As a kill leaves it.
    drop(engine);
    let (mut bytes, mut snapshot) = (0, 0);
    for file in fs::read_dir(journal_dir(folder))? {
        let (path, about) = file.map(|file| (file.path(), file.metadata()))?;
        match path.extension().and_then(|it| it.to_str()) {
            Some("seg") => bytes += about?.len(),
            _ => snapshot = about?.len(),
        }
    }
    println!(
        "journal {} MiB, snapshot {} KiB, the loop held up for {longest:.2?} at most",
        bytes >> 20,
        snapshot >> 10,
    );
    Ok(())
}

/// How long it takes until the next life could begin, and the state then.
fn restart(
    folder: &Path,
    run_id: [u8; 16],
    blank: &dyn Fn() -> Result<Blank, String>,
) -> anyhow::Result<(Duration, Vec<u8>)> {
    let began = Instant::now();
    let mut recovery = Recovery::new(blank)?;
    let segments = SegmentOptions {
        reserve: true,
        ..SegmentOptions::default()
    };
    let syncs = SyncOptions::default();
    let begun = begin(folder, run_id, Mode::Full, segments, syncs, &mut recovery)?;
    let recovered = recovery.finish()?;
    let wall = began.elapsed();
    let Life::Again {
        records, snapshot, ..
    } = begun.life
    else {
        anyhow::bail!("{}: nothing was recovered", folder.display());
    };
    let from = snapshot.map_or("without a snapshot".into(), |last| {
        format!("from the snapshot of event {}", last.0)
    });
    println!("recovered {from}: {records} records in {wall:.3?}");
    let state = recovered.engine.save(Vec::new());
    Ok((
        wall,
        state.map_err(anyhow::Error::msg).context("the state")?,
    ))
}
