//! The life of tasks on a desk: what orders to them do, and that one which fails stops alone.
#![allow(missing_docs)]

mod fails;
mod kept;
mod legs;
mod rester;
mod spawned;

use onetape_core::command::Command;
use onetape_core::decision::Decision;
pub(crate) use onetape_core::desk::TaskTerms;
use onetape_core::strategies::noop;
use onetape_core::strategy::stage::Stage;
use onetape_core::task::{Ending, ParamChange, TaskAction, TaskState};
use onetape_core::time::Span;

pub(crate) const SECOND: Span = Span::from_nanos(1_000_000_000);

pub(crate) fn change(name: &str, old: &str, new: &str) -> TaskAction {
    TaskAction::Update(vec![ParamChange {
        name: name.into(),
        old: Some(old.into()),
        new: new.into(),
    }])
}

pub(crate) fn state(stage: &Stage, task: u16) -> TaskState {
    stage.status(task).unwrap().state
}

fn cancels(decisions: &[Decision]) -> usize {
    let commands = decisions.iter().flat_map(|decision| &decision.commands);
    commands
        .filter(|command| matches!(command, Command::Cancel(_)))
        .count()
}

fn limits(stage: &Stage) -> Vec<i64> {
    let orders = stage.alive();
    let limits = orders.iter().map(|order| order.place.limit.unwrap());
    limits.map(|limit| limit.mantissa()).collect()
}

fn resting() -> Stage {
    let mut stage = Stage::new(&rester::SPEC, &[]).unwrap();
    stage.quote("spot", "100.00", "100.01").unwrap();
    assert_eq!(
        (stage.reason(), limits(&stage)),
        ("resting".into(), vec![9_990])
    );
    stage
}

#[test]
fn ex20_a_pause_leaves_no_working_order_and_a_resume_goes_on() {
    let mut stage = resting();
    let decided = stage.order(Some(0), TaskAction::Pause);
    assert_eq!(cancels(&decided), 1);
    assert_eq!(decided[0].reason.as_str(), "task_pausing");
    assert_eq!(decided.last().unwrap().reason.as_str(), "task_paused");
    assert_eq!(
        (stage.alive().len(), state(&stage, 0)),
        (0, TaskState::Paused)
    );
    // It is not asked while it is paused.
    for _ in 0..5 {
        assert!(stage.quote("spot", "101.00", "101.01").unwrap().is_empty());
    }
    stage.order(Some(0), TaskAction::Resume);
    assert_eq!(state(&stage, 0), TaskState::Running);
    assert!(stage.alive().is_empty());
    let decided = stage.quote("spot", "102.00", "102.01").unwrap();
    assert_eq!(decided[0].reason.as_str(), "resting");
    assert_eq!(limits(&stage), [10_190]);
    // What it knew it still knows: it looked once before the pause and once after it.
    let looks = format!("{:?}", decided[0].numbers);
    assert!(looks.contains("Signal(2.0)"), "{looks}");
}

#[test]
fn ex20_the_same_orders_lead_to_the_same_decisions() {
    let run = || {
        let mut stage = resting();
        let mut all = stage.order(Some(0), TaskAction::Pause);
        all.extend(stage.order(Some(0), change("ticks", "10", "20")));
        all.extend(stage.order(Some(0), TaskAction::Resume));
        all.extend(stage.quote("spot", "102.00", "102.01").unwrap());
        all.extend(stage.order(Some(0), TaskAction::Stop(Ending::Complete)));
        all
    };
    let decided = run();
    assert!(decided.len() >= 5, "{decided:#?}");
    assert_eq!(decided, run());
}

#[test]
fn st16_an_update_takes_orders_back_before_it_applies() {
    let mut stage = resting();
    stage.leave_cancels(true);
    let decided = stage.order(Some(0), change("ticks", "10", "20"));
    assert_eq!(
        (cancels(&decided), state(&stage, 0)),
        (1, TaskState::Updating)
    );
    // Until its order is gone it has the old parameters and sends nothing.
    stage.quote("spot", "102.00", "102.01").unwrap();
    let params = |stage: &Stage| {
        stage
            .desk()
            .params(onetape_core::names::TaskId(0))
            .unwrap()
            .integer("ticks")
    };
    assert_eq!((params(&stage), limits(&stage)), (Some(10), vec![9_990]));
    let decided = stage.expire();
    assert_eq!(decided.last().unwrap().reason.as_str(), "task_updated");
    assert_eq!(
        (params(&stage), state(&stage, 0)),
        (Some(20), TaskState::Running)
    );
    stage.quote("spot", "102.00", "102.01").unwrap();
    assert_eq!(limits(&stage), [10_180]);
}

#[test]
fn an_update_that_is_wrong_changes_nothing_and_is_told() {
    let mut stage = resting();
    for (name, new, says) in [
        ("ticks", "1000", "ticks"),
        ("ticks", "many", "ticks"),
        ("tocks", "1", "tocks"),
    ] {
        stage.order(Some(0), change(name, "10", new));
        let told = stage.alerts().last().unwrap();
        assert!(
            told.contains("the update is refused") && told.contains(says),
            "{told}"
        );
        assert_eq!(state(&stage, 0), TaskState::Running);
    }
    stage.quote("spot", "102.00", "102.01").unwrap();
    assert_eq!(limits(&stage), [10_190]);
    // A strategy takes other parameters only when it says so.
    let mut stage = Stage::new(&noop::SPEC, &[]).unwrap();
    stage.order(Some(0), change("ticks", "10", "20"));
    assert_eq!(stage.alerts().len(), 1);
}

#[test]
fn tm4_a_stop_leaves_no_order_and_ends_the_task() {
    let mut stage = resting();
    let decided = stage.order(Some(0), TaskAction::Stop(Ending::Complete));
    assert_eq!(cancels(&decided), 1);
    assert_eq!(
        (stage.alive().len(), state(&stage, 0)),
        (0, TaskState::Done)
    );
    assert!(stage.quote("spot", "90.00", "90.01").unwrap().is_empty());
    // Its record stays, also when it is put away.
    let executions = stage.status(0).unwrap().executions;
    stage.order(Some(0), TaskAction::Archive);
    let status = stage.status(0).unwrap();
    assert_eq!(
        (status.state, executions, status.executions),
        (TaskState::Archived, 1, 1)
    );
}

#[test]
fn tm4_people_are_told_of_a_stop_that_takes_longer_than_five_seconds() {
    let mut stage = resting();
    stage.leave_cancels(true);
    stage.order(Some(0), TaskAction::Stop(Ending::Complete));
    let again = stage.pass(Span::from_nanos(4_500_000_000));
    assert_eq!((cancels(&again), stage.alerts().len()), (4, 0));
    stage.pass(SECOND);
    assert_eq!(
        stage.alerts(),
        ["task rester-0 is still stopping: watching, orders at work: 1"]
    );
    stage.pass(SECOND);
    assert_eq!(stage.alerts().len(), 1, "one alert an episode");
    stage.expire();
    assert_eq!(state(&stage, 0), TaskState::Done);
    assert!(stage.pass(Span::from_nanos(60_000_000_000)).is_empty());
}

#[test]
fn ex1_an_order_that_does_not_fit_is_refused_and_recorded() {
    let mut stage = resting();
    for (action, says) in [
        (
            TaskAction::Start,
            "task rester-0 start is refused, it is running",
        ),
        (
            TaskAction::Resume,
            "task rester-0 resume is refused, it is running",
        ),
        (
            TaskAction::Archive,
            "task rester-0 archive is refused, it is running",
        ),
    ] {
        let decided = stage.order(Some(0), action);
        let [Command::Alert(words)] = decided[0].commands.as_slice() else {
            panic!("{decided:?}");
        };
        assert_eq!(words.as_str(), says);
        assert_eq!(state(&stage, 0), TaskState::Running);
    }
    // Of nobody's task nothing comes.
    assert!(stage.order(Some(9), TaskAction::Pause).is_empty());
}

#[test]
fn an_order_to_all_reaches_those_that_can_obey() {
    let given: &[(&str, &str)] = &[];
    let spec = &rester::SPEC;
    let mut stage = Stage::of(&[(spec, given), (spec, given), (spec, given)]).unwrap();
    stage.quote("spot", "100.00", "100.01").unwrap();
    assert_eq!(stage.alive().len(), 3);
    stage.order(Some(1), TaskAction::Stop(Ending::Complete));
    let decided = stage.order(None, TaskAction::Pause);
    assert_eq!(cancels(&decided), 2);
    let states = [0, 1, 2].map(|task| state(&stage, task));
    assert_eq!(
        states,
        [TaskState::Paused, TaskState::Done, TaskState::Paused]
    );
    assert!(stage.alerts().is_empty());
    stage.order(None, TaskAction::Resume);
    stage.quote("spot", "100.00", "100.01").unwrap();
    assert_eq!(stage.alive().len(), 2);
}

/// One event is answered by one task after the other, and each decision says which event it answers: none is made while
/// another is under way.
#[test]
fn tm2_decisions_of_one_symbol_do_not_interleave() {
    let given: &[(&str, &str)] = &[];
    let spec = &rester::SPEC;
    let mut stage = Stage::of(&[(spec, given), (spec, given), (spec, given)]).unwrap();
    let mut last = None;
    for price in ["100", "101", "102"] {
        let mut decided = stage.quote("spot", price, "103").unwrap();
        decided.extend(stage.expire());
        for decision in decided {
            let key = (decision.cause, decision.task);
            assert!(last < Some(key), "{last:?} {key:?}");
            last = Some(key);
        }
    }
    assert!(last.is_some());
}
