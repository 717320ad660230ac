//! Tasks that begin when another one finds something for them, and what a person has a task execute.

use onetape_core::event::{Body, Event};
use onetape_core::instrument::InstrumentKind;
use onetape_core::names::{InstrumentId, TaskId};
use onetape_core::num::{Money, Price};
use onetape_core::strategies::{noop, spot_futures};
use onetape_core::strategy::params::{LegPart, LegSpec};
use onetape_core::strategy::stage::Stage;
use onetape_core::strategy::{
    Context, Intents, NoSignals, Setup, Solo, Strategy, StrategyCard, StrategySpec, Task,
};
use onetape_core::task::{Ending, Execution, TaskAction, TaskState};

use super::{TaskTerms, state};

/// Says that its two instruments have parted whenever a bid is 100.50 or more.
struct Finder([InstrumentId; 2]);

impl Strategy for Finder {
    type Signals = NoSignals;

    fn signals(&self) -> NoSignals {
        NoSignals
    }

    fn on_event(&mut self, _: &Context<'_, NoSignals>, event: &Event, out: &mut Intents<'_>) {
        if let Body::Quote(quote) = &event.body
            && quote.bid.price >= Price::new(10_050)
        {
            out.found(self.0);
            out.reason("found");
        }
    }
}

const fn leg(name: &'static str, kind: &'static [InstrumentKind]) -> LegSpec {
    LegSpec {
        name,
        part: LegPart::Always,
        kinds: kind,
        doc: "Looked at.",
    }
}

static CARD: StrategyCard = StrategyCard {
    name: "finder",
    summary: "Finds what it looks at.",
    legs: &[
        leg("spot", &[InstrumentKind::Spot]),
        leg("futures", &[InstrumentKind::Linear]),
    ],
    ..*noop::SPEC.card
};

fn build(setup: &Setup<'_>) -> Result<Box<dyn Task>, String> {
    let finder = Finder([setup.legs[0], setup.legs[1]]);
    Ok(Box::new(Solo::new(finder, setup.legs.clone())))
}

const FINDER: StrategySpec = StrategySpec { card: &CARD, build };

const PAIR: [(&str, &str); 3] = [
    ("quantity", "1"),
    ("min_entry_edge_bps", "30"),
    ("exit.edge_bps", "4"),
];

/// A finder at one place and a pair that it starts at the other.
fn stage(finder: u16) -> Stage {
    let pair: (&StrategySpec, &[(&str, &str)]) = (&spot_futures::SPEC, &PAIR);
    let mut tasks = [pair, pair];
    tasks[usize::from(finder)] = (&FINDER, &[]);
    let mut stage = Stage::of(&tasks).unwrap();
    let terms = TaskTerms {
        started_by: Some(TaskId(finder)),
        ..TaskTerms::default()
    };
    stage.set_terms(1 - finder, terms);
    stage
}

#[test]
fn st14_a_found_event_starts_a_task_in_its_own_cycle_and_once() {
    for finder in [0, 1] {
        let mut stage = stage(finder);
        let pair = 1 - finder;
        assert_eq!(state(&stage, pair), TaskState::Ready);
        let decided = stage.quote("futures", "100.50", "100.51").unwrap();
        assert_eq!(state(&stage, pair), TaskState::Running, "{finder}");
        let of_pair = decided.iter().filter(|it| it.task.0 == pair);
        let reasons: Vec<&str> = of_pair.map(|it| it.reason.as_str()).collect();
        assert!(reasons.contains(&"task_running"), "{finder}: {reasons:?}");
        // What it needs to trade is there with the next quote: it decides on that very event.
        let decided = stage.quote("spot", "99.99", "100.00").unwrap();
        let entered: Vec<_> = decided.iter().filter(|it| it.task.0 == pair).collect();
        assert_eq!(entered.len(), 1, "{finder}");
        assert_eq!(entered[0].reason.as_str(), "enter_long_spot");
        assert_eq!(stage.alive().len(), 2);
        // Found again and again, it is the one task with its one trip.
        for _ in 0..3 {
            stage.quote("futures", "100.50", "100.51").unwrap();
        }
        assert_eq!(stage.alive().len(), 2, "{finder}");
        stage.fill();
        assert_eq!(stage.reason_of(pair), "holding");
        let status = stage.status(pair).unwrap();
        assert_eq!((status.executions, status.state), (1, TaskState::Running));
    }
}

#[test]
fn st14_the_event_that_starts_it_is_the_one_that_it_enters_on() {
    for finder in [0, 1] {
        let mut stage = stage(finder);
        let pair = 1 - finder;
        stage.quote("futures", "100.10", "100.11").unwrap();
        stage.quote("spot", "99.99", "100.00").unwrap();
        assert_eq!(state(&stage, pair), TaskState::Ready);
        let decided = stage.quote("futures", "100.50", "100.51").unwrap();
        let causes: Vec<_> = decided.iter().map(|it| it.cause).collect();
        assert!(causes.iter().all(|cause| *cause == causes[0]));
        let last = decided.iter().rfind(|it| it.task.0 == pair).unwrap();
        assert_eq!(last.reason.as_str(), "enter_long_spot", "{finder}");
        assert_eq!(stage.alive().len(), 2, "{finder}");
        stage.fill();
        // A task that is over does not begin again.
        stage.order(Some(pair), TaskAction::Stop(Ending::Unwind));
        stage.fill();
        assert_eq!(state(&stage, pair), TaskState::Done);
        stage.quote("futures", "100.50", "100.51").unwrap();
        assert_eq!(
            (state(&stage, pair), stage.alive().len()),
            (TaskState::Done, 0)
        );
    }
}

#[test]
fn st13_what_a_task_cannot_execute_is_refused_and_told() {
    let mut stage = stage(0);
    let execution = || {
        TaskAction::Execute(Execution {
            buy: 0,
            sell: 1,
            quantity: Money::parse("1").unwrap(),
        })
    };
    stage.order(Some(1), execution());
    assert!(
        stage.alerts()[0].contains("execute is refused, it is ready"),
        "{:?}",
        stage.alerts()
    );
    stage.order(Some(0), execution());
    assert!(
        stage.alerts()[1].contains("this strategy executes nothing by hand"),
        "{:?}",
        stage.alerts()
    );
    assert_eq!(stage.alive().len(), 0);
}
