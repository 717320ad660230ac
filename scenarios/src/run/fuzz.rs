//! A scenario again and again over one tape, each time with other things going wrong, and a checker beside it.

use std::sync::Arc;

use anyhow::Context as _;
use onetape_core::engine::{Engine, Flow, Gateway, Machine, Nowhere, Tape as _};
use onetape_core::event::{Body, Event, RunEnded, RunEvent, TapeRow, Timer};
use onetape_core::journal::{Durability, Journal, Mode, NullStore};
use onetape_core::market::Market;
use onetape_core::time::Ts;
use onetape_data::tape::{Ahead, Tape};
use onetape_sim::check::{Checked, Checker};
use onetape_sim::{Stopped, World};

use super::backtest::started;
use super::prepare::Prepared;
use crate::scenario::Faults;

/// A tape that is read once and held, for many runs.
pub struct Held {
    blocks: Vec<Arc<Vec<TapeRow>>>,
    first: Ts,
    last: Ts,
}

impl Held {
    /// Reads a tape to its end.
    ///
    /// # Errors
    /// When it cannot be read, or has no rows.
    pub fn read(tape: Tape) -> anyhow::Result<Self> {
        let mut tape = Ahead::new(tape);
        let mut blocks = Vec::new();
        loop {
            let block = tape.next_block(Vec::new())?;
            if block.is_empty() {
                break;
            }
            blocks.push(Arc::new(block));
        }
        let rows = || blocks.iter().flat_map(|block| block.iter());
        let nothing = "no market events between from and to; `onetape data info` tells what the catalogue has";
        let first = rows().next().context(nothing)?.event.ts;
        let last = blocks.last().and_then(|block| block.last());
        let last = last.context(nothing)?.event.ts;
        Ok(Self {
            blocks,
            first,
            last,
        })
    }

    /// Time of the first row.
    pub const fn first(&self) -> Ts {
        self.first
    }

    /// Time of the last row.
    pub const fn last(&self) -> Ts {
        self.last
    }
}

/// A block that others read too.
#[derive(Clone, Default)]
struct Piece(Option<Arc<Vec<TapeRow>>>);

impl AsRef<[TapeRow]> for Piece {
    fn as_ref(&self) -> &[TapeRow] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }
}

impl onetape_core::engine::Block for Piece {}

/// The held tape from its start.
struct Pieces<'a> {
    held: &'a Held,
    next: usize,
}

impl onetape_core::engine::Tape for Pieces<'_> {
    type Error = std::convert::Infallible;
    type Block = Piece;

    fn next_block(&mut self, _: Piece) -> Result<Piece, Self::Error> {
        let block = self.held.blocks.get(self.next).cloned();
        self.next += 1;
        Ok(Piece(block))
    }
}

/// What came of one seed.
#[derive(Clone, Debug)]
pub struct Seeded {
    /// The seed.
    pub seed: u64,
    /// Number of the draw of its rates.
    pub redraw: u32,
    /// What the checker found.
    pub checked: Checked,
    /// Hash over the decisions.
    pub decisions_hash: u128,
    /// Events that were folded.
    pub events: u64,
    /// Orders that were sent.
    pub orders: usize,
}

/// Draws of a seed's rates until something goes wrong.
const DRAWS: u32 = 6;

/// A prepared scenario and the tape that its runs share.
pub struct Fuzz<'a> {
    prepared: &'a Prepared<'a>,
    held: &'a Held,
    faults: Faults,
}

impl<'a> Fuzz<'a> {
    /// `faults` with a seed of each run's own.
    pub const fn new(prepared: &'a Prepared<'a>, held: &'a Held, faults: Faults) -> Self {
        Self {
            prepared,
            held,
            faults,
        }
    }

    /// Runs one seed: its rates are drawn again until at least one fault is injected.
    ///
    /// # Errors
    /// When a decision cannot be encoded, or nothing can go wrong in the scenario.
    pub fn run(&self, seed: u64) -> anyhow::Result<Seeded> {
        for redraw in 0..DRAWS {
            let seeded = self.run_once(seed, redraw)?;
            if seeded.checked.injected > 0 {
                return Ok(seeded);
            }
        }
        anyhow::bail!(
            "seed {seed}: nothing went wrong in {DRAWS} draws; the scenario is too short for faults, or ends before \
             faults.until"
        )
    }

    /// Runs one draw of one seed.
    ///
    /// # Errors
    /// When a decision cannot be encoded.
    pub fn run_once(&self, seed: u64, redraw: u32) -> anyhow::Result<Seeded> {
        let prepared = self.prepared;
        let faults = Faults {
            seed,
            redraw,
            ..self.faults.clone()
        };
        let tape = Pieces {
            held: self.held,
            next: 0,
        };
        let sim = prepared.sim_with(&faults)?;
        let mut world = World::new(prepared.names.clone(), sim, prepared.market(), tape)
            .with_controls(prepared.controls.clone());
        let journal = Journal::new(NullStore, [0; 16], Mode::None);
        let (market, desk) = (prepared.market(), prepared.desk()?);
        let mut watched = Watched {
            engine: Engine::new(market, desk, journal, Durability::Run),
            checker: Checker::new(prepared.names.clone(), prepared.balanced()?)
                .within(&prepared.limits),
            market_events: 0,
            last: self.held.first,
        };
        let started = started(prepared, [0; 16], "", &[], self.held.first);
        watched.take(&started, &mut Nowhere)?;
        match world.run(&mut watched) {
            Ok(()) => {}
            Err(Stopped::Tape(never)) => match never {},
            Err(Stopped::Machine(why)) => return Err(why),
        }
        watched.end()?;
        let Watched {
            engine, checker, ..
        } = watched;
        let (desk, market) = (engine.desk(), engine.market());
        Ok(Seeded {
            seed,
            redraw,
            checked: checker.finish(engine.next_seq(), desk, market, world.venues()),
            decisions_hash: engine.journal().decisions_hash(),
            events: engine.next_seq().0,
            orders: desk.orders().len(),
        })
    }
}

/// An engine with a checker beside it.
struct Watched {
    engine: Engine<Journal<NullStore>>,
    checker: Checker,
    market_events: u64,
    last: Ts,
}

impl Watched {
    fn take(&mut self, event: &Event, gateway: &mut impl Gateway) -> anyhow::Result<()> {
        let seq = self.engine.step(event, gateway)?;
        let (decisions, desk) = (self.engine.decisions(), self.engine.desk());
        self.checker
            .event(seq, event, decisions, desk, self.engine.market());
        Ok(())
    }

    fn end(&mut self) -> anyhow::Result<()> {
        let ended = RunEnded {
            market_events: self.market_events,
            tops: self.engine.market().tops(),
        };
        let body = Body::Run(Box::new(RunEvent::Ended(ended)));
        let ts = self.last;
        self.take(&Event { ts, body }, &mut Nowhere)
    }
}

impl Machine for Watched {
    type Error = anyhow::Error;
    type Block = Piece;

    fn step(&mut self, event: &Event, gateway: &mut impl Gateway) -> anyhow::Result<Flow> {
        self.market_events += u64::from(event.body.is_market());
        self.last = event.ts;
        self.take(event, gateway)?;
        Ok(Flow::Go)
    }

    fn deadline(&self) -> Option<(Ts, Timer)> {
        self.engine.desk().next_deadline()
    }

    fn market(&self) -> &Market {
        self.engine.market()
    }
}
