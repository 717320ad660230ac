//! Also where things go wrong the strategies decide the same, whatever wakes them.

use onetape_core::event::Event;
use onetape_core::fault::FaultKind;
use onetape_core::strategy::Task;
use onetape_core::time::Span;
use onetape_sim::{FaultPlan, FaultRates};
use proptest::prelude::*;

use crate::common::*;
use crate::tapes::*;
use crate::tasks::*;

/// Everything goes wrong that can go wrong with an order, at the pace of the drawn tapes. Ledgers are not compared: a fill
/// that is told after a close gives the close another average than the venue has.
fn decides_the_same(
    seed: u64,
    rows: &[Event],
    task: impl Fn(bool) -> Box<dyn Task>,
) -> Result<(), TestCaseError> {
    let mut rates = FaultRates::swarm(seed, 3);
    // What comes over a venue lasts for longer than a whole tape.
    for kind in FaultKind::ALL.into_iter().filter(|kind| kind.is_by_time()) {
        rates.set(kind, 0);
    }
    let faults = FaultPlan {
        rates,
        until: rows.last().map(|row| row.ts),
        unknown_after: Span::from_millis(9),
        query: Span::from_millis(2),
        fence: Span::from_millis(12),
        ..FaultPlan::new(seed)
    };
    let plan = Plan {
        latency: [latency(1, 2, 1), latency(0, 1, 2)],
        faults: Some(faults),
        ..Plan::default()
    };
    let woken = run(&plan, rows, task(false));
    let called = run(&plan, rows, task(true));
    prop_assert_eq!(&woken.decisions, &called.decisions);
    prop_assert_eq!(woken.hash, called.hash);
    let restored = run_restored(&plan, rows, || task(false), 1 + (seed % 4) as usize);
    prop_assert!(woken.journal == restored.journal, "the same journal");
    prop_assert!(
        !woken.state.is_empty() && woken.state == restored.state,
        "the same state"
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn a_pair_decides_the_same_where_things_go_wrong(
        steps in steps(), set in 0..SETS.len(), spot in 0..SPOTS.len(), seed in any::<u64>(),
    ) {
        decides_the_same(seed, &tape(&steps), |always| task(SETS[set], always))?;
        let rows = tape_of(&steps, OTHER_SPOT);
        decides_the_same(seed, &rows, |always| spots(SPOTS[spot], always))?;
    }

    #[test]
    fn several_venues_decide_the_same_where_things_go_wrong(
        steps in legs_steps(), set in 0..SEVERAL.len(), three_set in 0..THREES.len(), seed in any::<u64>(),
    ) {
        decides_the_same(seed, &legs_tape(&steps), |always| several(SEVERAL[set], always))?;
        let rows = tape_over(&THREE_VENUES, &steps);
        decides_the_same(seed, &rows, |always| three(THREES[three_set], always))?;
    }

    #[test]
    fn cycles_and_slices_decide_the_same_where_things_go_wrong(
        steps in legs_steps(), set in 0..CYCLES.len(), slice in 0..SLICES.len(), seed in any::<u64>(),
    ) {
        let rows = tape_over(&TRIANGLE, &steps);
        decides_the_same(seed, &rows, |always| cycle(CYCLES[set], always))?;
        let rows = tape_over(&[SPOT, FUTURES], &steps);
        decides_the_same(seed, &rows, |always| slices(SLICES[slice], false, always))?;
    }

    #[test]
    fn makers_decide_the_same_where_things_go_wrong(
        steps in steps(), set in 0..MAKERS.len(), seed in any::<u64>(),
    ) {
        decides_the_same(seed, &tape(&steps), |always| maker(MAKERS[set], SPOT, always))?;
    }
}
