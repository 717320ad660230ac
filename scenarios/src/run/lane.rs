//! One run among many that go through the same rows together.

use std::sync::Arc;

use anyhow::Context as _;
use onetape_core::engine::{Engine, Flow, Gateway, Machine, Nowhere};
use onetape_core::event::{Body, Event, RunEnded, RunEvent, TapeFile, TapeRow, Timer};
use onetape_core::journal::{Durability, Journal, Mode, NullStore};
use onetape_core::market::Market;
use onetape_core::stretch::Stretch;
use onetape_core::time::Ts;
use onetape_reports::{Fold, Report};
use onetape_sim::{Given, Shared, Stopped, World};

use super::backtest::{run_id, started};
use super::prepare::Prepared;

/// Windows after which the venues of a run are left alone: rows that are passed over cost next to nothing.
const PATIENCE: u32 = 0;

/// A run that is given its tape stretch by stretch. It keeps no journal; its decisions are hashed.
pub(super) struct Lane<'a> {
    prepared: &'a Prepared<'a>,
    files: &'a [TapeFile],
    /// The scenario as it is resolved.
    scenario: String,
    run_id: [u8; 16],
    world: World<Given>,
    run: Run,
}

/// What a lane came to.
pub(super) struct Arrived {
    pub(super) run_id: [u8; 16],
    pub(super) report: Report,
    pub(super) decisions_hash: u128,
    pub(super) events: u64,
    pub(super) passed: u64,
}

struct Run {
    engine: Engine<Journal<NullStore>>,
    fold: Fold,
    market_events: u64,
    passed: u64,
    last: Option<Ts>,
}

impl<'a> Lane<'a> {
    /// A run before its first row.
    pub(super) fn new(prepared: &'a Prepared<'a>, files: &'a [TapeFile]) -> anyhow::Result<Self> {
        let scenario = prepared.scenario.resolved_toml();
        let run_id = run_id(&scenario, files);
        let journal = Journal::new(NullStore, run_id, Mode::None);
        let world = World::new(
            prepared.names.clone(),
            prepared.sim.clone(),
            prepared.market(),
            Given::default(),
        )
        .with_patience(PATIENCE)
        .with_controls(prepared.controls.clone());
        let (market, desk) = (prepared.market(), prepared.desk()?);
        Ok(Self {
            prepared,
            files,
            scenario,
            run_id,
            world,
            run: Run {
                engine: Engine::new(market, desk, journal, Durability::Run),
                fold: Fold::brief(),
                market_events: 0,
                passed: 0,
                last: None,
            },
        })
    }

    /// Goes through one more stretch.
    pub(super) fn advance(&mut self, stretch: Arc<Stretch>) -> anyhow::Result<()> {
        let first = stretch.as_ref().as_ref().first().map(|row| row.event.ts);
        self.world.tape_mut().give(stretch);
        if let (None, Some(first)) = (self.run.last, first) {
            self.run.last = Some(first);
            let (prepared, scenario) = (self.prepared, &self.scenario);
            let started = started(prepared, self.run_id, scenario, self.files, first);
            self.run.take(&started, &mut Nowhere)?;
        }
        match self.world.run(&mut self.run) {
            Ok(()) | Err(Stopped::Tape(_)) => Ok(()),
            Err(Stopped::Machine(why)) => Err(why),
        }
    }

    /// Ends with the last stretch.
    pub(super) fn finish(mut self) -> anyhow::Result<Arrived> {
        self.world.tape_mut().end();
        match self.world.run(&mut self.run) {
            Ok(()) | Err(Stopped::Tape(_)) => {}
            Err(Stopped::Machine(why)) => return Err(why),
        }
        if let Some(last) = self.world.tape().last() {
            let rows = last.as_ref().as_ref().len();
            self.run.engine.catch_up(last, rows);
        }
        self.run.end()?;
        let Run {
            engine,
            fold,
            passed,
            ..
        } = self.run;
        let (events, decisions_hash) = (engine.next_seq().0, engine.journal().decisions_hash());
        Ok(Arrived {
            run_id: self.run_id,
            report: fold.finish(),
            decisions_hash,
            events,
            passed,
        })
    }
}

impl Run {
    #[inline]
    fn take(&mut self, event: &Event, gateway: &mut impl Gateway) -> anyhow::Result<()> {
        let seq = self.engine.step(event, gateway)?;
        if !event.body.is_market() {
            self.fold.event(seq, event);
        }
        self.note_decisions();
        Ok(())
    }

    fn note_decisions(&mut self) {
        for decision in self.engine.decisions() {
            self.fold.decision(decision);
        }
    }

    fn end(&mut self) -> anyhow::Result<()> {
        let ended = RunEnded {
            market_events: self.market_events,
            tops: self.engine.market().tops(),
        };
        let ts = self.last.context(
            "no market events between from and to; `onetape data info` tells what the catalogue has",
        )?;
        let body = Body::Run(Box::new(RunEvent::Ended(ended)));
        self.take(&Event { ts, body }, &mut Nowhere)
    }

    fn saw(&mut self, rows: &[TapeRow]) {
        self.market_events += rows.len() as u64;
        self.last = rows.last().map(|row| row.event.ts).or(self.last);
    }
}

impl Machine for Run {
    type Error = anyhow::Error;
    type Block = Shared;

    fn step(&mut self, event: &Event, gateway: &mut impl Gateway) -> anyhow::Result<Flow> {
        self.market_events += u64::from(event.body.is_market());
        self.last = Some(event.ts);
        self.take(event, gateway)?;
        Ok(Flow::Go)
    }

    fn take_rows(
        &mut self,
        rows: &[TapeRow],
        stop: Ts,
        gateway: &mut impl Gateway,
    ) -> anyhow::Result<(usize, Flow)> {
        let seen = self.engine.take_rows(rows, stop, gateway)?;
        self.saw(&rows[..seen]);
        self.note_decisions();
        Ok((seen, Flow::Go))
    }

    fn pass_over(&mut self, block: &Shared, from: usize, stop: Ts) -> usize {
        let Some(stretch) = block.stretch() else {
            return 0;
        };
        let passed = self.engine.pass_over(stretch, from, stop);
        self.saw(&stretch.as_ref()[from..from + passed]);
        self.passed += passed as u64;
        passed
    }

    fn catch_up(&mut self, block: &Shared, to: usize) {
        if let Some(stretch) = block.stretch() {
            self.engine.catch_up(stretch, to);
        }
    }

    fn deadline(&self) -> Option<(Ts, Timer)> {
        self.engine.desk().next_deadline()
    }

    fn market(&self) -> &Market {
        self.engine.market()
    }
}
