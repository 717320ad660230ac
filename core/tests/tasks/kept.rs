//! Tasks that are over are put away: at once when they were to be removed, else after their time.

use onetape_core::desk::TaskTerms;
use onetape_core::strategies::spot_futures;
use onetape_core::strategy::stage::Stage;
use onetape_core::task::{Ending, TaskAction, TaskState};
use onetape_core::time::Span;

use super::{SECOND, rester, state};

const DAY: Span = Span::from_nanos(24 * 3_600 * 1_000_000_000);

fn kept() -> Stage {
    let given = [("fails_below", "99")];
    let mut stage = Stage::new(&rester::SPEC, &given).unwrap();
    let params = stage
        .desk()
        .params(onetape_core::names::TaskId(0))
        .unwrap()
        .clone();
    let terms = TaskTerms {
        card: Some(rester::SPEC.card),
        params,
        archive_after: Some(DAY),
        ..TaskTerms::default()
    };
    stage.set_terms(0, terms);
    stage.quote("spot", "100.00", "100.01").unwrap();
    stage
}

#[test]
fn tm5_what_is_done_is_put_away_after_a_day_and_what_it_did_stays() {
    let mut stage = kept();
    stage.order(Some(0), TaskAction::Stop(Ending::Complete));
    assert_eq!(state(&stage, 0), TaskState::Done);
    let before = stage.status(0).unwrap().decisions;
    stage.pass(Span::from_nanos(DAY.nanos() - SECOND.nanos()));
    assert_eq!(state(&stage, 0), TaskState::Done);
    let decided = stage.pass(SECOND);
    assert_eq!(state(&stage, 0), TaskState::Archived);
    // That is a decision too, and none of the earlier ones went.
    assert_eq!(decided.last().unwrap().reason.as_str(), "task_archived");
    let status = stage.status(0).unwrap();
    assert_eq!((status.decisions, status.next_timer), (before + 1, None));
}

#[test]
fn tm5_what_failed_is_put_away_unless_it_returned_before() {
    let mut stage = kept();
    stage.quote("spot", "98.00", "98.01").unwrap();
    assert_eq!(state(&stage, 0), TaskState::Failed);
    stage.pass(SECOND);
    stage.order(Some(0), TaskAction::Resume);
    assert_eq!(state(&stage, 0), TaskState::Running);
    // Its time is that of the last end, not of the first.
    stage.pass(Span::from_nanos(DAY.nanos() / 2));
    stage.quote("spot", "98.00", "98.01").unwrap();
    assert_eq!(state(&stage, 0), TaskState::Failed);
    stage.pass(Span::from_nanos(DAY.nanos() / 2 + SECOND.nanos()));
    assert_eq!(
        state(&stage, 0),
        TaskState::Failed,
        "a day after the first end"
    );
    stage.pass(DAY);
    assert_eq!(state(&stage, 0), TaskState::Archived);
}

#[test]
fn tm1_a_removed_task_closes_ends_and_is_put_away_at_once() {
    let given = [
        ("quantity", "1"),
        ("min_entry_edge_bps", "30"),
        ("exit.edge_bps", "4"),
    ];
    let mut stage = Stage::new(&spot_futures::SPEC, &given).unwrap();
    stage.quote("spot", "99.99", "100.00").unwrap();
    stage.quote("futures", "100.50", "100.51").unwrap();
    stage.fill();
    assert_eq!(stage.reason(), "holding");
    stage.order(Some(0), TaskAction::Remove(Ending::Unwind));
    assert_eq!(state(&stage, 0), TaskState::Stopping);
    stage.fill();
    assert_eq!(state(&stage, 0), TaskState::Archived);
    for leg in ["spot", "futures"] {
        assert!(stage.position(leg).unwrap().is_zero(), "{leg}");
    }
}
