//! Tasks with legs: what a pause, a stop and an update do to a position of two.

use onetape_core::desk::TaskTerms;
use onetape_core::names::TaskId;
use onetape_core::strategies::spot_futures;
use onetape_core::strategy::stage::Stage;
use onetape_core::task::{Ending, Standing, TaskAction, TaskState};
use rust_decimal::Decimal;

use super::{SECOND, change, state};

const GIVEN: &[(&str, &str)] = &[
    ("quantity", "1"),
    ("min_entry_edge_bps", "30"),
    ("exit.edge_bps", "4"),
];

fn entering() -> Stage {
    let mut stage = Stage::new(&spot_futures::SPEC, GIVEN).unwrap();
    stage.quote("spot", "99.99", "100.00").unwrap();
    stage.quote("futures", "100.50", "100.51").unwrap();
    assert_eq!(
        (stage.reason().as_str(), stage.alive().len()),
        ("enter_long_spot", 2)
    );
    stage
}

fn held() -> Stage {
    let mut stage = entering();
    stage.fill();
    assert_eq!(stage.reason(), "holding");
    stage
}

fn delta(stage: &Stage) -> [Decimal; 2] {
    ["spot", "futures"].map(|leg| stage.position(leg).unwrap())
}

#[test]
fn a_position_is_kept_through_a_pause_and_closed_after_it() {
    let mut stage = held();
    stage.order(Some(0), TaskAction::Pause);
    assert_eq!(state(&stage, 0), TaskState::Paused);
    // The exit's edge is there, and not taken.
    stage.quote("futures", "99.00", "99.01").unwrap();
    assert_eq!(
        (delta(&stage), stage.alive().len()),
        ([Decimal::ONE, -Decimal::ONE], 0)
    );
    stage.order(Some(0), TaskAction::Resume);
    stage.quote("futures", "99.00", "99.01").unwrap();
    stage.fill();
    assert_eq!(
        (stage.reason().as_str(), delta(&stage)),
        ("closed", [Decimal::ZERO; 2])
    );
}

/// One leg filled before it could be taken back: it is mended, and only then is the task paused.
#[test]
fn a_pause_amid_an_entry_ends_in_balance_and_with_no_order() {
    let mut stage = entering();
    stage.leave_cancels(true);
    stage.order(Some(0), TaskAction::Pause);
    assert_eq!(state(&stage, 0), TaskState::Pausing);
    stage.fill_leg("spot").unwrap();
    assert_eq!(state(&stage, 0), TaskState::Pausing);
    // The future's order is gone by its own terms; the saga mends what filled.
    stage.expire();
    assert_eq!(stage.status(0).unwrap().standing, Standing::Repairing);
    assert_eq!(stage.alive().len(), 1);
    stage.fill();
    assert_eq!(
        (state(&stage, 0), stage.alive().len()),
        (TaskState::Paused, 0)
    );
    let [spot, futures] = delta(&stage);
    assert_eq!(spot, -futures);
}

#[test]
fn a_stop_closes_or_keeps_the_legs_as_it_is_told() {
    let mut stage = held();
    stage.order(Some(0), TaskAction::Stop(Ending::Complete));
    assert_eq!(
        (state(&stage, 0), delta(&stage)),
        (TaskState::Done, [Decimal::ONE, -Decimal::ONE])
    );

    let mut stage = held();
    stage.order(Some(0), TaskAction::Stop(Ending::Unwind));
    assert_eq!(
        (state(&stage, 0), stage.alive().len()),
        (TaskState::Stopping, 2)
    );
    stage.fill();
    assert_eq!(
        (state(&stage, 0), delta(&stage)),
        (TaskState::Done, [Decimal::ZERO; 2])
    );

    // Where the close is missed the saga goes on until it is made.
    let mut stage = held();
    stage.order(Some(0), TaskAction::Stop(Ending::Unwind));
    stage.expire();
    stage.pass(SECOND);
    assert_eq!(state(&stage, 0), TaskState::Stopping);
    stage.fill();
    assert_eq!(
        (state(&stage, 0), delta(&stage)),
        (TaskState::Done, [Decimal::ZERO; 2])
    );
}

#[test]
fn st16_an_update_keeps_the_position_and_decides_by_the_new_parameters() {
    let mut stage = held();
    // Closing earns nothing yet.
    stage.quote("futures", "100.20", "100.21").unwrap();
    assert_eq!(stage.reason(), "holding");
    stage.order(Some(0), change("exit.edge_bps", "4", "-25"));
    assert_eq!(
        (stage.reason().as_str(), delta(&stage)),
        ("task_updated", [Decimal::ONE, -Decimal::ONE])
    );
    stage.quote("futures", "100.20", "100.21").unwrap();
    assert_eq!(
        (stage.reason().as_str(), stage.alive().len()),
        ("exit_edge", 2)
    );
    stage.fill();
    // Half the size, sized otherwise than before: of two ways to say it the new one holds.
    stage.order(Some(0), change("notional", "", "50"));
    stage.quote("futures", "100.50", "100.51").unwrap();
    let quantities: Vec<_> = stage
        .alive()
        .iter()
        .map(|order| order.place.qty.mantissa())
        .collect();
    assert_eq!(quantities, [5_000, 5_000]);
}

#[test]
fn a_task_that_waits_begins_when_it_is_told_to() {
    let mut stage = Stage::new(&spot_futures::SPEC, GIVEN).unwrap();
    let params = stage.desk().params(TaskId(0)).unwrap().clone();
    let terms = TaskTerms {
        card: Some(spot_futures::SPEC.card),
        params,
        waits: true,
        started_by: None,
        archive_after: None,
        retry_after: None,
    };
    stage.set_terms(0, terms);
    stage.quote("spot", "99.99", "100.00").unwrap();
    stage.quote("futures", "100.50", "100.51").unwrap();
    assert_eq!(
        (stage.reason().as_str(), stage.alive().len()),
        ("task_ready", 0)
    );
    stage.order(Some(0), TaskAction::Start);
    stage.quote("futures", "100.50", "100.51").unwrap();
    assert_eq!(
        (stage.reason().as_str(), stage.alive().len()),
        ("enter_long_spot", 2)
    );
}

#[test]
fn what_each_task_made_adds_up_to_the_account() {
    let mut stage =
        Stage::of(&[(&spot_futures::SPEC, GIVEN), (&spot_futures::SPEC, GIVEN)]).unwrap();
    stage.quote("spot", "99.99", "100.00").unwrap();
    stage.quote("futures", "100.50", "100.51").unwrap();
    stage.fill();
    stage.order(Some(0), TaskAction::Stop(Ending::Unwind));
    stage.fill();
    assert_eq!(delta(&stage), [Decimal::ONE, -Decimal::ONE]);
    for (at, account) in stage.desk().positions().iter().enumerate() {
        let tasks = [0, 1].map(|task| stage.status(task).unwrap().holdings[at].position);
        let quantity = tasks[0].qty + tasks[1].qty;
        let realised = tasks[0].realised + tasks[1].realised;
        assert_eq!(quantity, account.qty);
        // Costs are averaged over the account, and each task's are its own.
        let cost = tasks[0].cost + tasks[1].cost;
        assert_eq!(realised - cost, account.realised - account.cost);
    }
}

/// Repair was given up: a person who resumes the one task has its legs mended again, and nothing else of the run changes.
#[test]
fn ex20_a_resume_releases_a_running_task_that_is_quarantined() {
    let more = [("repair.attempts", "1"), ("repair.delay", "10ms")];
    let given = [GIVEN, &more[..]].concat();
    let mut stage = Stage::new(&spot_futures::SPEC, &given).unwrap();
    stage.quote("spot", "99.99", "100.00").unwrap();
    stage.quote("futures", "100.50", "100.51").unwrap();
    stage.fill_leg("spot").unwrap();
    for _ in 0..20 {
        stage.expire();
        stage.pass(SECOND);
    }
    let standing = |stage: &Stage| stage.status(0).unwrap().standing;
    assert_eq!(
        (standing(&stage), state(&stage, 0), stage.alive().len()),
        (Standing::Quarantined, TaskState::Running, 0)
    );
    let told = stage.alerts().len();
    assert!(told > 0);

    stage.order(Some(0), TaskAction::Resume);
    assert_eq!(
        (standing(&stage), stage.alive().len()),
        (Standing::Repairing, 1)
    );
    stage.fill();
    let [spot, futures] = delta(&stage);
    assert_eq!((spot, state(&stage, 0)), (-futures, TaskState::Running));
    assert_eq!(
        stage.alerts().len(),
        told,
        "it was no order that does not fit"
    );
    // Where nothing is quarantined it is refused as ever.
    stage.order(Some(0), TaskAction::Resume);
    assert!(
        stage
            .alerts()
            .last()
            .unwrap()
            .contains("resume is refused, it is running")
    );
}
