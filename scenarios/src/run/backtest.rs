//! One backtest: the loop between a tape with simulated venues and the engine.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use onetape_core::engine::{Engine, Flow, Gateway, Machine, Nowhere};
use onetape_core::event::{
    Body, Control, Event, RunEnded, RunEvent, RunStarted, TapeFile, TapeRow, Timer,
};
use onetape_core::journal::{Durability, Journal, Mode, Notes, Store};
use onetape_core::market::Market;
use onetape_core::time::Ts;
use onetape_data::catalog::Catalog;
use onetape_data::tape::{Ahead, Tape};
use onetape_reports::Report;
use onetape_sim::{Stopped, World};
use xxhash_rust::xxh3::Xxh3;

use super::prepare::Prepared;
use super::recorder::Recorder;
use super::{BUILD, Progress};

/// A backtest that is ready to run.
pub struct Backtest<'a> {
    prepared: &'a Prepared<'a>,
    world: World<Ahead>,
    scenario: String,
    files: Vec<TapeFile>,
    run_id: [u8; 16],
    quiet: bool,
}

/// What a run came to.
pub struct Outcome {
    /// Hash of build, configuration, data and seed.
    pub run_id: [u8; 16],
    /// The report.
    pub report: Report,
    /// Hash over the decisions.
    pub decisions_hash: u128,
    /// Market events that were read.
    pub rows: u64,
    /// Events that were folded.
    pub events: u64,
    /// How long it took.
    pub wall: Duration,
    /// How long of it the tape was decoded.
    pub decode: Duration,
}

impl<'a> Backtest<'a> {
    /// Opens the tape: every file that is needed is checked.
    ///
    /// # Errors
    /// When data is missing or not what the catalogue says.
    pub fn open(prepared: &'a Prepared<'a>, catalog: &Catalog) -> anyhow::Result<Self> {
        Ok(Self::on(prepared, Tape::open(catalog, &prepared.request)?))
    }

    /// On a tape that is open.
    pub fn on(prepared: &'a Prepared<'a>, tape: Tape) -> Self {
        let files = tape.files().to_vec();
        let scenario = prepared.scenario.resolved_toml();
        let run_id = run_id(&scenario, &files);
        // Decoding runs ahead on a core of its own.
        let tape = Ahead::new(tape);
        let world = World::new(
            prepared.names.clone(),
            prepared.sim.clone(),
            prepared.market(),
            tape,
        )
        .with_controls(prepared.controls.clone());
        Self {
            prepared,
            world,
            scenario,
            files,
            run_id,
            quiet: false,
        }
    }

    /// Without a progress bar of its own, for one of many.
    #[must_use]
    pub const fn quietly(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Hash of build, configuration, data and seed.
    pub const fn run_id(&self) -> [u8; 16] {
        self.run_id
    }

    /// The files that are read, by content.
    pub fn files(&self) -> &[TapeFile] {
        &self.files
    }

    /// The resolved scenario.
    pub fn scenario(&self) -> &str {
        &self.scenario
    }

    /// Runs to the end of the tape, or to `until`.
    ///
    /// # Errors
    /// When the tape cannot be read or the journal not be written.
    pub fn run<S>(self, store: S, mode: Mode, until: Option<Ts>) -> anyhow::Result<Outcome>
    where
        S: Store + Send + 'static,
        S::Error: std::error::Error + Send + Sync + 'static,
    {
        self.run_entering(store, mode, until, None)
    }

    /// As [`Backtest::run`]; nothing is entered before `enter_from`, as if a person had paused the desk until then.
    fn run_entering<S>(
        mut self,
        store: S,
        mode: Mode,
        until: Option<Ts>,
        enter_from: Option<Ts>,
    ) -> anyhow::Result<Outcome>
    where
        S: Store + Send + 'static,
        S::Error: std::error::Error + Send + Sync + 'static,
    {
        let began = Instant::now();
        let first = self.world.first_ts()?.context(
            "no market events between from and to; `onetape data info` tells what the catalogue has",
        )?;
        let (market, desk) = (self.prepared.market(), self.prepared.desk()?);
        let mut run = Run {
            engine: Engine::new(market, desk, Notes::new(mode), Durability::Run),
            recorder: Recorder::start(Journal::new(store, self.run_id, mode))?,
            progress: if self.quiet {
                Progress::none()
            } else {
                Progress::of(self.world.tape().total_rows())
            },
            until,
            enter_from,
            market_events: 0,
            last: first,
        };
        let ran = self.feed(&mut run, first, mode);
        let events = run.engine.next_seq().0;
        let written = run.recorder.finish(run.engine.journal_mut(), ran)?;
        Ok(Outcome {
            run_id: self.run_id,
            report: written.report,
            decisions_hash: written.decisions_hash,
            rows: self.world.tape().rows(),
            events,
            wall: began.elapsed(),
            decode: self.world.tape().decode_time(),
        })
    }

    fn feed(&mut self, run: &mut Run, first: Ts, mode: Mode) -> anyhow::Result<()> {
        // A journal that holds the market by value names no files.
        let files: &[TapeFile] = if mode == Mode::Full { &[] } else { &self.files };
        let started = started(self.prepared, self.run_id, &self.scenario, files, first);
        run.take(&started, &mut Nowhere)?;
        if run.enter_from.is_some() {
            run.control(first, Control::Pause)?;
        }
        self.world.run(run).map_err(|stopped| match stopped {
            Stopped::Tape(why) => anyhow::Error::from(why),
            Stopped::Machine(why) => why,
        })?;
        run.end()
    }
}

/// The first event of a run.
pub(super) fn started(
    prepared: &Prepared<'_>,
    run_id: [u8; 16],
    scenario: &str,
    files: &[TapeFile],
    ts: Ts,
) -> Event {
    let started = RunStarted {
        run_id,
        scenario: scenario.to_owned(),
        names: (*prepared.names).clone(),
        seed: prepared.scenario.sim.seed,
        epoch: prepared.epoch(),
        tape: files.to_vec(),
    };
    Event {
        ts,
        body: Body::Run(Box::new(RunEvent::Started(started))),
    }
}

/// An engine and those who watch it.
struct Run {
    engine: Engine<Notes>,
    recorder: Recorder,
    progress: Progress,
    until: Option<Ts>,
    /// The desk is paused until then.
    enter_from: Option<Ts>,
    market_events: u64,
    last: Ts,
}

impl Run {
    #[inline]
    fn take(&mut self, event: &Event, gateway: &mut impl Gateway) -> anyhow::Result<()> {
        self.engine.step(event, gateway)?;
        self.recorder.take(self.engine.journal_mut())
    }

    fn control(&mut self, ts: Ts, control: Control) -> anyhow::Result<()> {
        let body = Body::Control(control);
        self.take(&Event { ts, body }, &mut Nowhere)
    }

    /// Lets the desk enter when it is time.
    fn enter_at(&mut self, now: Ts) -> anyhow::Result<()> {
        if self.enter_from.is_some_and(|from| now >= from) {
            self.enter_from = None;
            self.control(now, Control::Resume)?;
        }
        Ok(())
    }

    fn end(&mut self) -> anyhow::Result<()> {
        let ended = RunEnded {
            market_events: self.market_events,
            tops: self.engine.market().tops(),
        };
        let ended = Event {
            ts: self.last,
            body: Body::Run(Box::new(RunEvent::Ended(ended))),
        };
        self.take(&ended, &mut Nowhere)
    }
}

impl Machine for Run {
    type Error = anyhow::Error;
    type Block = Vec<TapeRow>;

    #[inline]
    fn step(&mut self, event: &Event, gateway: &mut impl Gateway) -> anyhow::Result<Flow> {
        if self.until.is_some_and(|until| event.ts > until) {
            return Ok(Flow::Stop);
        }
        self.enter_at(event.ts)?;
        if event.body.is_market() {
            self.market_events += 1;
            self.progress.rows(1);
        }
        self.last = event.ts;
        self.take(event, gateway)?;
        Ok(Flow::Go)
    }

    fn take_rows(
        &mut self,
        rows: &[TapeRow],
        stop: Ts,
        gateway: &mut impl Gateway,
    ) -> anyhow::Result<(usize, Flow)> {
        if let Some(first) = rows.first() {
            self.enter_at(first.event.ts)?;
        }
        let wanted = match (self.until, self.enter_from) {
            (None, None) => rows.len(),
            (until, from) => rows.partition_point(|row| {
                let ts = row.event.ts;
                until.is_none_or(|until| ts <= until) && from.is_none_or(|from| ts < from)
            }),
        };
        let seen = self.engine.take_rows(&rows[..wanted], stop, gateway)?;
        let Some(last) = rows[..seen].last() else {
            return Ok((0, Flow::Stop));
        };
        self.last = last.event.ts;
        self.market_events += seen as u64;
        self.progress.rows(seen as u64);
        self.recorder.take(self.engine.journal_mut())?;
        Ok((seen, Flow::Go))
    }

    #[inline]
    fn deadline(&self) -> Option<(Ts, Timer)> {
        self.engine.desk().next_deadline()
    }

    fn market(&self) -> &Market {
        self.engine.market()
    }
}

/// Equal builds, scenarios and data give equal ids; the seed is in the scenario.
pub(super) fn run_id(scenario: &str, files: &[TapeFile]) -> [u8; 16] {
    let mut hash = Xxh3::new();
    for part in [BUILD, scenario] {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    for file in files {
        hash.update(&file.hash);
    }
    hash.digest128().to_be_bytes()
}

/// Simulates a prepared scenario without keeping a journal.
///
/// # Errors
/// As [`Backtest::run`].
pub fn simulate(prepared: &Prepared<'_>, tape: Tape, until: Option<Ts>) -> anyhow::Result<Outcome> {
    Backtest::on(prepared, tape).run(onetape_core::journal::NullStore, Mode::None, until)
}

/// As [`simulate`] to the end of the tape, but nothing is entered before `enter_from`: what a strategy learns from the
/// market it has learnt by then.
///
/// # Errors
/// As [`Backtest::run`].
pub fn simulate_entering(
    prepared: &Prepared<'_>,
    tape: Tape,
    enter_from: Ts,
) -> anyhow::Result<Outcome> {
    let store = onetape_core::journal::NullStore;
    Backtest::on(prepared, tape).run_entering(store, Mode::None, None, Some(enter_from))
}
