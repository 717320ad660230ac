//! One seed, run and judged: by the checker beside it, by a replay of what happened, and by a run that is called for
//! everything.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};

use onetape_core::desk::Desk;
use onetape_core::engine::{Engine, Flow, Gateway, Machine, Nowhere};
use onetape_core::event::{Event, TapeRow, Timer};
use onetape_core::journal::{Durability, Journal, JournalError, Mode, NullStore};
use onetape_core::market::Market;
use onetape_core::time::Ts;
use onetape_sim::World;
use onetape_sim::check::{Checked, Checker};

use crate::cases::{Case, case};
use crate::common::List;
use crate::markets::tape;

/// Draws of a seed's rates until something goes wrong, as the fuzz of a scenario has them.
const DRAWS: u32 = 6;

struct Watched {
    engine: Engine<Journal<NullStore>>,
    checker: Checker,
    events: Vec<Event>,
}

impl Machine for Watched {
    type Error = JournalError<Infallible>;
    type Block = Vec<TapeRow>;

    fn step(&mut self, event: &Event, gateway: &mut impl Gateway) -> Result<Flow, Self::Error> {
        self.events.push(event.clone());
        let seq = self.engine.step(event, gateway)?;
        let (decisions, desk) = (self.engine.decisions(), self.engine.desk());
        self.checker
            .event(seq, event, decisions, desk, self.engine.market());
        Ok(Flow::Go)
    }

    fn deadline(&self) -> Option<(Ts, Timer)> {
        self.engine.desk().next_deadline()
    }

    fn market(&self) -> &Market {
        self.engine.market()
    }
}

/// What came of a run.
struct Ran {
    checked: Checked,
    events: Vec<Event>,
    hash: u128,
    orders: usize,
}

fn engine(case: &Case, always: bool) -> Engine<Journal<NullStore>> {
    let market = Market::new(&case.names.instruments, &case.top_feeds());
    let limits = case.plan.limits.clone();
    let desk = Desk::new(case.names.clone(), limits, 1, case.tasks(always));
    let journal = Journal::new(NullStore, [7; 16], Mode::None);
    Engine::new(market, desk, journal, Durability::Process)
}

fn run(case: &Case, rows: &[Event], always: bool) -> Ran {
    let floor = Market::new(&case.names.instruments, &case.top_feeds());
    let world = World::new(case.names.clone(), case.plan.sim(), floor, List::new(rows));
    let mut world = world.with_controls(case.plan.controls.clone());
    let checker = Checker::new(
        case.names.clone(),
        case.legs.iter().cloned().map(Into::into).collect(),
    );
    let mut watched = Watched {
        engine: engine(case, always),
        checker: checker
            .within(&case.plan.limits)
            .patient_for(&case.patience),
        events: Vec::new(),
    };
    world.run(&mut watched).unwrap();
    let Watched {
        engine,
        checker,
        events,
    } = watched;
    let (desk, market) = (engine.desk(), engine.market());
    Ran {
        hash: engine.journal().decisions_hash(),
        orders: desk.orders().len(),
        checked: checker.finish(engine.next_seq(), desk, market, world.venues()),
        events,
    }
}

/// What a seed came to where nothing is wrong with it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sound {
    pub(crate) orders: usize,
    pub(crate) injected: u64,
}

/// Who found that something is wrong, and what.
pub(crate) type Found = (String, String);

/// Judges a seed.
pub(crate) fn judge(seed: u64) -> Result<Sound, Found> {
    match catch_unwind(AssertUnwindSafe(|| judge_run(seed))) {
        Ok(judged) => judged,
        Err(panic) => {
            let words = panic.downcast_ref::<String>().cloned();
            let words = words.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            Err(("assertion".into(), words.unwrap_or_default()))
        }
    }
}

fn judge_run(seed: u64) -> Result<Sound, Found> {
    let mut redraw = 0;
    let (case, rows, ran) = loop {
        let case = case(seed, redraw);
        let rows = tape(seed, &case.feeds);
        let ran = run(&case, &rows, false);
        redraw += 1;
        if ran.checked.injected > 0 || redraw == DRAWS {
            break (case, rows, ran);
        }
    };
    if let Some(broken) = ran.checked.violations.first() {
        let words = format!("event {}: {}", broken.seq.0, broken.what);
        return Err((format!("rule `{}`", broken.rule.name()), words));
    }
    let mut again = engine(&case, false);
    for event in &ran.events {
        again.step(event, &mut Nowhere).unwrap();
    }
    if again.journal().decisions_hash() != ran.hash {
        return Err((
            "replay".into(),
            "it decides otherwise when it is replayed".into(),
        ));
    }
    if run(&case, &rows, true).hash != ran.hash {
        let words = "it decides otherwise when it is called for everything";
        return Err(("wakes".into(), words.into()));
    }
    Ok(Sound {
        orders: ran.orders,
        injected: ran.checked.injected,
    })
}
