//! Tasks that are ordered about decide the same, whatever wakes them and whoever they share their rows with.

use onetape_core::desk::TaskTerms;
use onetape_core::event::{Control, Event};
use onetape_core::names::TaskId;
use onetape_core::strategies::{market_maker, spot_futures};
use onetape_core::strategy::StrategyCard;
use onetape_core::task::{Ending, ParamChange, TaskAction, TaskOrder, TaskState};
use onetape_core::time::Ts;
use proptest::prelude::*;

use super::{Params, decides_the_same};
use crate::common::*;
use crate::tapes::*;
use crate::tasks::*;

/// An order as it is drawn: how far into the tape, in thousandths, and what.
type Drawn = (i64, u8);

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    proptest::collection::vec((-50i64..1_100, 0u8..7), 1..8)
}

/// Orders on the tape of these rows. An update changes one parameter.
fn orders(drawn: &[Drawn], rows: &[Event], update: (&str, &str)) -> Vec<(Ts, Control)> {
    let (first, last) = (rows[0].ts.nanos(), rows[rows.len() - 1].ts.nanos());
    let order = |&(thousandths, what): &Drawn| {
        let at = first + (last - first) * thousandths / 1_000;
        let action = match what {
            0 | 1 => TaskAction::Pause,
            2 | 3 => TaskAction::Resume,
            4 => TaskAction::Update(vec![ParamChange {
                name: update.0.into(),
                old: None,
                new: update.1.into(),
            }]),
            5 => TaskAction::Stop(Ending::Unwind),
            _ => TaskAction::Stop(Ending::Complete),
        };
        let task = Some(TaskId(0));
        let order = Control::Task(Box::new(TaskOrder { task, action }));
        (Ts::from_nanos(at.max(0)), order)
    };
    drawn.iter().map(order).collect()
}

fn terms(card: &'static StrategyCard, params: Params) -> TaskTerms {
    TaskTerms {
        card: Some(card),
        params: card.read(params.iter().copied()).unwrap(),
        ..TaskTerms::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn a_pair_that_is_ordered_about_decides_the_same(
        steps in steps(), set in 0..SETS.len(), lag in (0i64..4, 0i64..4, 0i64..4), stretch in 1usize..60,
        drawn in drawn(),
    ) {
        let rows = tape(&steps);
        let plan = Plan {
            latency: [latency(lag.0, lag.1, lag.2), latency(lag.2, lag.0, lag.1)],
            controls: orders(&drawn, &rows, ("min_entry_edge_bps", "2")),
            terms: terms(spot_futures::SPEC.card, SETS[set]),
            ..Plan::default()
        };
        decides_the_same(&plan, &rows, |always| task(SETS[set], always), stretch)?;
    }

    #[test]
    fn a_maker_that_is_ordered_about_decides_the_same(
        steps in steps(), set in 0..MAKERS.len(), lag in (0i64..4, 0i64..4, 0i64..4), stretch in 1usize..60,
        drawn in drawn(),
    ) {
        let rows = tape(&steps);
        let plan = Plan {
            latency: [latency(lag.0, lag.1, lag.2), latency(lag.2, lag.0, lag.1)],
            controls: orders(&drawn, &rows, ("offset_ticks", "2")),
            terms: terms(market_maker::SPEC.card, MAKERS[set]),
            ..Plan::default()
        };
        decides_the_same(&plan, &rows, |always| maker(MAKERS[set], SPOT, always), stretch)?;
    }
}

/// Orders reach every state on the drawn tapes, so that the comparison is not of tasks that are left alone.
#[test]
fn the_drawn_orders_reach_every_state() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..200 {
        let rows = tape(&steps().new_tree(&mut runner).unwrap().current());
        let drawn = drawn().new_tree(&mut runner).unwrap().current();
        let plan = Plan {
            latency: [latency(1, 2, 2), latency(2, 2, 1)],
            controls: orders(&drawn, &rows, ("offset_ticks", "2")),
            terms: terms(market_maker::SPEC.card, MAKERS[0]),
            ..Plan::default()
        };
        let ran = run(&plan, &rows, maker(MAKERS[0], SPOT, false));
        seen.extend(
            ran.decisions
                .iter()
                .map(|decision| decision.reason.to_string()),
        );
    }
    for state in [
        TaskState::Pausing,
        TaskState::Paused,
        TaskState::Stopping,
        TaskState::Done,
    ] {
        assert!(seen.contains(state.reason()), "{state:?}: {seen:?}");
    }
    assert!(seen.contains("task_updated"), "{seen:?}");
}
