//! A task that gives up.

use onetape_core::desk::TaskTerms;
use onetape_core::names::TaskId;
use onetape_core::strategy::stage::Stage;
use onetape_core::task::{Ending, TaskAction, TaskState};
use onetape_core::time::Span;

use super::{SECOND, change, rester, state};

/// One that gives up below 99, and one that does not.
fn two() -> Stage {
    let brittle: &[(&str, &str)] = &[("fails_below", "99")];
    let sturdy: &[(&str, &str)] = &[];
    let spec = &rester::SPEC;
    let mut stage = Stage::of(&[(spec, brittle), (spec, sturdy)]).unwrap();
    stage.quote("spot", "100.00", "100.01").unwrap();
    assert_eq!(stage.alive().len(), 2);
    stage
}

#[test]
fn st11_a_task_that_fails_stops_alone() {
    let mut stage = two();
    stage.quote("spot", "98.00", "98.01").unwrap();
    assert_eq!(state(&stage, 0), TaskState::Failed);
    assert_eq!(stage.reason_of(0), "bid_too_low");
    assert_eq!(stage.alerts(), ["task rester-0 failed: bid_too_low"]);
    // Its order is gone, the other's rests, and the other goes on.
    let tasks: Vec<_> = stage.alive().iter().map(|order| order.place.task).collect();
    assert_eq!(tasks, [TaskId(1)]);
    stage.expire();
    stage.quote("spot", "97.00", "97.01").unwrap();
    assert_eq!(
        (stage.alive().len(), state(&stage, 1)),
        (1, TaskState::Running)
    );
    assert_eq!(stage.alerts().len(), 1);
    // A person can mend it and let it go on.
    stage.order(Some(0), change("fails_below", "99", "0"));
    stage.order(Some(0), TaskAction::Resume);
    stage.quote("spot", "97.00", "97.01").unwrap();
    assert_eq!(
        (stage.alive().len(), state(&stage, 0)),
        (2, TaskState::Running)
    );
}

#[test]
fn rc10_a_failed_task_returns_after_a_wait_that_grows() {
    let mut stage = two();
    let params = stage.desk().params(TaskId(0)).unwrap().clone();
    stage.set_terms(
        0,
        TaskTerms {
            card: Some(rester::SPEC.card),
            params,
            waits: false,
            started_by: None,
            archive_after: None,
            retry_after: Some(SECOND),
        },
    );
    let low = |stage: &mut Stage| stage.quote("spot", "98.00", "98.01").unwrap();
    low(&mut stage);
    for wait in [1_u32, 2, 4] {
        let wait = i64::from(wait) * SECOND.nanos();
        assert_eq!(state(&stage, 0), TaskState::Failed);
        stage.pass(Span::from_nanos(wait - 100_000_000));
        assert_eq!(state(&stage, 0), TaskState::Failed);
        stage.pass(Span::from_nanos(200_000_000));
        assert_eq!(state(&stage, 0), TaskState::Running);
        low(&mut stage);
    }
    assert_eq!(stage.status(0).unwrap().failures, 4);
    stage.pass(Span::from_nanos(9 * SECOND.nanos()));
    // Once it holds out, it is as if it had never failed.
    stage.quote("spot", "100.00", "100.01").unwrap();
    assert_eq!(stage.alive().len(), 2);
    stage.pass(Span::from_nanos(20 * SECOND.nanos()));
    low(&mut stage);
    assert_eq!(stage.status(0).unwrap().failures, 1);
}

#[test]
fn a_failed_task_can_be_put_away_or_stopped() {
    let mut stage = two();
    stage.quote("spot", "98.00", "98.01").unwrap();
    stage.order(Some(0), TaskAction::Archive);
    assert_eq!(state(&stage, 0), TaskState::Archived);
    let mut stage = two();
    stage.quote("spot", "98.00", "98.01").unwrap();
    stage.order(Some(0), TaskAction::Stop(Ending::Complete));
    assert_eq!(state(&stage, 0), TaskState::Done);
}
