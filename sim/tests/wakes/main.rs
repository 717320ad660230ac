//! An extra call changes nothing: every trading strategy decides the same with its own wakes and without any. And nobody
//! else does: it decides the same where its rows and its signals are shared with others, and it passes over what it
//! need not look at.

#[path = "../common/mod.rs"]
mod common;
mod controls;
mod faulty;
mod tapes;
mod tasks;

use common::*;
use onetape_core::event::Event;
use onetape_core::risk::RiskLimits;
use onetape_core::strategies::ALL;
use onetape_core::strategy::Task;
use proptest::prelude::*;
use tapes::*;
use tasks::*;

/// Woken by its own wakes or called for everything, alone or in stretches with others, by windows or one thing after the
/// other: the same decisions, and a ledger that adds up.
fn decides_the_same(
    plan: &Plan,
    rows: &[Event],
    task: impl Fn(bool) -> Box<dyn Task>,
    stretch: usize,
) -> Result<(), TestCaseError> {
    let woken = run(plan, rows, task(false));
    let called = run(plan, rows, task(true));
    let (decisions, hash, _) = run_in_stretches(plan, rows, task(false), stretch);
    prop_assert_eq!(&woken.decisions, &decisions);
    prop_assert_eq!(woken.hash, hash);
    let windows = false;
    let in_turn = run(
        &Plan {
            windows,
            ..plan.clone()
        },
        rows,
        task(false),
    );
    prop_assert_eq!(woken.hash, in_turn.hash);
    prop_assert_eq!(&woken.decisions, &called.decisions);
    prop_assert_eq!(woken.hash, called.hash);
    prop_assert_eq!(woken.ledger.worst_residual(), money("0"));
    // And where it is restored from what was written down of it, after each event or some.
    let restored = run_restored(plan, rows, || task(false), 1 + stretch % 4);
    prop_assert_eq!(woken.hash, restored.hash);
    prop_assert!(woken.journal == restored.journal, "the same journal");
    prop_assert!(
        !woken.state.is_empty() && woken.state == restored.state,
        "the same state"
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn spot_futures_decides_the_same_whatever_wakes_it(
        steps in steps(), set in 0..SETS.len(), lag in (0i64..4, 0i64..4, 0i64..4),
        stretch in 1usize..60,
    ) {
        let plan = Plan { latency: [latency(lag.0, lag.1, lag.2), latency(lag.2, lag.0, lag.1)], ..Plan::default() };
        let rows = tape(&steps);
        decides_the_same(&plan, &rows, |always| task(SETS[set], always), stretch)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn market_maker_decides_the_same_whatever_wakes_it(
        steps in steps(), set in 0..MAKERS.len(), lag in (0i64..4, 0i64..4, 0i64..4), future in any::<bool>(),
        stale in any::<bool>(), stretch in 1usize..60,
    ) {
        let limits = RiskLimits {
            max_book_age: stale.then_some(onetape_core::time::Span::from_millis(2)),
            max_order_notional: stale.then_some(money("899")),
            ..RiskLimits::default()
        };
        let plan = Plan { latency: [latency(lag.0, lag.1, lag.2), latency(lag.2, lag.0, lag.1)], limits, ..Plan::default() };
        let rows = tape(&steps);
        let instrument = if future { FUTURES } else { SPOT };
        decides_the_same(&plan, &rows, |always| maker(MAKERS[set], instrument, always), stretch)?;
    }
}

/// A maker sleeps through a block with a position, sends an order there and is filled: the venues stay awake, though the
/// block was found to be safe for what was held before. Found by the test above.
#[test]
fn a_block_that_was_safe_is_looked_at_again_when_more_is_held() {
    let steps = [
        (true, 0, 1, 0, 1),
        (false, 0, 1, 3, 1),
        (true, -1, 1, 0, 1),
        (false, 0, 1, 2, 1),
        (true, -5, 1, 2, 1),
        (false, 0, 1, 2, 1),
        (false, 0, 1, 1, 1),
        (true, 1, 1, 2, 1),
        (false, 0, 1, 2, 1),
        (false, 0, 1, 3, 1),
        (true, -1, 1, 1, 1),
        (false, 0, 1, 1, 1),
        (true, -1, 1, 0, 2),
        (false, 0, 1, 4, 1),
        (true, 1, 1, 1, 2),
        (true, 1, 3, 1, 1),
        (false, 0, 1, 2, 1),
        (true, 1, 1, 2, 1),
        (true, 1, 1, 3, 1),
        (false, 0, 1, 1, 1),
        (false, 0, 1, 1, 1),
        (true, 1, 1, 2, 1),
        (false, 0, 1, 1, 1),
        (true, 0, 1, 1, 0),
        (true, 0, 1, 2, 1),
        (true, 1, 1, 3, 1),
        (true, 1, 1, 3, 2),
        (false, 0, 1, 1, 1),
        (false, 0, 1, 4, 1),
        (false, 0, 1, 2, 1),
        (true, 0, 1, 0, 1),
        (true, -1, 1, 2, 1),
        (false, 0, 1, 2, 1),
        (false, 0, 1, 4, 1),
        (true, -1, 1, 2, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 2, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 0, 1),
        (false, 0, 1, 4, 1),
    ];
    let plan = Plan {
        latency: [latency(2, 1, 3), latency(3, 2, 1)],
        ..Plan::default()
    };
    let rows = tape(&steps);
    let alone = run(&plan, &rows, maker(MAKERS[3], FUTURES, false));
    for stretch in [7, steps.len(), 56] {
        let (decisions, hash, _) =
            run_in_stretches(&plan, &rows, maker(MAKERS[3], FUTURES, false), stretch);
        assert_eq!(alone.decisions, decisions, "{stretch}");
        assert_eq!(alone.hash, hash, "{stretch}");
    }
    assert!(alone.fills().len() > 3, "{:?}", alone.fills());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn funding_carry_decides_the_same_whatever_wakes_it(
        steps in steps(), set in 0..CARRIES.len(), lag in (0i64..4, 0i64..4, 0i64..4),
        rates in proptest::collection::vec(-40i64..60, 1..12), past in any::<bool>(), stretch in 1usize..60,
    ) {
        let plan = Plan { latency: [latency(lag.0, lag.1, lag.2), latency(lag.2, lag.0, lag.1)], ..Plan::default() };
        let rows = funded(&steps, &rates, past);
        decides_the_same(&plan, &rows, |always| carry(CARRIES[set], always), stretch)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn spot_spot_decides_the_same_whatever_wakes_it(
        steps in steps(), set in 0..SPOTS.len(), lag in (0i64..4, 0i64..4, 0i64..4), coins in 0..COINS.len(),
        stretch in 1usize..60,
    ) {
        let plan = Plan {
            latency: [latency(lag.0, lag.1, lag.2), latency(lag.2, lag.0, lag.1)],
            coins: COINS[coins],
            ..Plan::default()
        };
        let rows = tape_of(&steps, OTHER_SPOT);
        decides_the_same(&plan, &rows, |always| spots(SPOTS[set], always), stretch)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn multi_spot_decides_the_same_whatever_wakes_it(
        steps in legs_steps(), set in 0..SEVERAL.len(), lag in (0i64..4, 0i64..4, 0i64..4), stretch in 1usize..60,
    ) {
        let plan = Plan { latency: [latency(lag.0, lag.1, lag.2), latency(lag.2, lag.0, lag.1)], ..Plan::default() };
        let rows = legs_tape(&steps);
        decides_the_same(&plan, &rows, |always| several(SEVERAL[set], always), stretch)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn delta_neutral_3x_decides_the_same_whatever_wakes_it(
        steps in legs_steps(), set in 0..THREES.len(), lag in (0i64..4, 0i64..4, 0i64..4), stretch in 1usize..60,
    ) {
        let plan = Plan { latency: [latency(lag.0, lag.1, lag.2), latency(lag.2, lag.0, lag.1)], ..Plan::default() };
        let rows = tape_over(&THREE_VENUES, &steps);
        decides_the_same(&plan, &rows, |always| three(THREES[set], always), stretch)?;
    }

    #[test]
    fn triangular_decides_the_same_whatever_wakes_it(
        steps in legs_steps(), set in 0..CYCLES.len(), lag in (0i64..4, 0i64..4, 0i64..4), stretch in 1usize..60,
    ) {
        let plan = Plan { latency: [latency(lag.0, lag.1, lag.2), latency(lag.2, lag.0, lag.1)], ..Plan::default() };
        let rows = tape_over(&TRIANGLE, &steps);
        decides_the_same(&plan, &rows, |always| cycle(CYCLES[set], always), stretch)?;
    }
}

/// Every set of three venues is built, moved and left, and every cycle goes round, on the drawn paths.
#[test]
fn every_set_of_three_venues_and_every_cycle_trades() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut count = |legs: &[onetape_core::names::InstrumentId],
                     task: &dyn Fn() -> Box<dyn onetape_core::strategy::Task>,
                     reason: &str| {
        let mut told = 0;
        for _ in 0..60 {
            let rows = tape_over(legs, &legs_steps().new_tree(&mut runner).unwrap().current());
            let ran = run(&Plan::default(), &rows, task());
            let same = |it: &&onetape_core::decision::Decision| it.reason.as_str() == reason;
            told += ran.decisions.iter().filter(same).count();
        }
        told
    };
    for params in THREES {
        for reason in ["closed", "shifting"] {
            let told = count(&THREE_VENUES, &|| three(params, false), reason);
            assert!(told > 5, "{params:?}: {reason} {told} times");
        }
    }
    for params in CYCLES {
        let told = count(&TRIANGLE, &|| cycle(params, false), "closed");
        assert!(told > 5, "{params:?} closed {told} times");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn delta_neutral_decides_the_same_whatever_wakes_it(
        steps in steps(), set in 0..SLICES.len(), lag in (0i64..4, 0i64..4, 0i64..4), one_book in any::<bool>(),
        stale in any::<bool>(), stretch in 1usize..60,
    ) {
        let limits = RiskLimits {
            max_book_age: stale.then_some(onetape_core::time::Span::from_millis(2)),
            max_order_notional: stale.then_some(money("899")),
            ..RiskLimits::default()
        };
        let plan = Plan { latency: [latency(lag.0, lag.1, lag.2), latency(lag.2, lag.0, lag.1)], limits, ..Plan::default() };
        let rows = tape(&steps);
        decides_the_same(&plan, &rows, |always| slices(SLICES[set], one_book, always), stretch)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn scanner_decides_the_same_whatever_wakes_it(
        steps in legs_steps(), set in 0..HUNTS.len(), lag in (0i64..4, 0i64..4, 0i64..4), coins in 0..COINS.len(),
        stretch in 1usize..60,
    ) {
        let plan = Plan {
            latency: [latency(lag.0, lag.1, lag.2), latency(lag.2, lag.0, lag.1)],
            coins: COINS[coins],
            ..Plan::default()
        };
        let rows = legs_tape(&steps);
        decides_the_same(&plan, &rows, |always| hunter(HUNTS[set], always), stretch)?;
    }
}

/// A strategy that is added to the list and trades must be added here.
#[test]
fn every_trading_strategy_is_tested_here() {
    let names: Vec<&str> = ALL.iter().map(|spec| spec.card.name).collect();
    assert_eq!(
        names,
        [
            "delta_neutral",
            "delta_neutral_3x",
            "funding_carry",
            "market_maker",
            "multi_spot",
            "noop",
            "scanner",
            "spot_futures",
            "spot_spot",
            "triangular",
            "watch"
        ]
    );
}

/// Every set of parameters enters and leaves on the drawn paths, so the comparison is not of idle runs.
#[test]
fn every_set_of_parameters_trades() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    for params in SETS {
        let mut runner = TestRunner::deterministic();
        let mut closed = 0;
        for _ in 0..60 {
            let rows = tape(&steps().new_tree(&mut runner).unwrap().current());
            let ran = run(&Plan::default(), &rows, task(params, false));
            let of_closed =
                |decision: &&onetape_core::decision::Decision| decision.reason.as_str() == "closed";
            closed += ran.decisions.iter().filter(of_closed).count();
        }
        assert!(closed > 5, "{params:?} closed {closed} times");
    }
}

/// Every pair of spots enters and leaves on the drawn paths, with plenty and with little.
#[test]
fn every_pair_of_spots_trades() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    for (params, coins) in SPOTS.into_iter().zip(COINS[..2].iter().cycle()) {
        let mut runner = TestRunner::deterministic();
        let plan = Plan {
            coins,
            ..Plan::default()
        };
        let mut closed = 0;
        for _ in 0..60 {
            let rows = tape_of(
                &steps().new_tree(&mut runner).unwrap().current(),
                OTHER_SPOT,
            );
            let ran = run(&plan, &rows, spots(params, false));
            let of_closed =
                |decision: &&onetape_core::decision::Decision| decision.reason.as_str() == "closed";
            closed += ran.decisions.iter().filter(of_closed).count();
        }
        assert!(closed > 5, "{params:?} closed {closed} times");
    }
}

/// Every carry enters and leaves on the drawn paths.
#[test]
fn every_carry_trades() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    for params in CARRIES {
        let mut runner = TestRunner::deterministic();
        let rates = proptest::collection::vec(-40i64..60, 1..12);
        let mut closed = 0;
        for _ in 0..60 {
            let steps = steps().new_tree(&mut runner).unwrap().current();
            let rates = rates.new_tree(&mut runner).unwrap().current();
            let rows = funded(&steps, &rates, false);
            let ran = run(&Plan::default(), &rows, carry(params, false));
            let of_closed =
                |decision: &&onetape_core::decision::Decision| decision.reason.as_str() == "closed";
            closed += ran.decisions.iter().filter(of_closed).count();
        }
        assert!(closed > 5, "{params:?} closed {closed} times");
    }
}

/// Every set of several spot venues enters and leaves on the drawn paths, by each of the venues, and passes over rows.
#[test]
fn every_set_of_several_venues_trades() {
    use onetape_core::command::Command;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    use std::collections::BTreeSet;
    for params in SEVERAL {
        let mut runner = TestRunner::deterministic();
        let (mut closed, mut passed, mut bought) = (0, 0, BTreeSet::new());
        for _ in 0..60 {
            let rows = legs_tape(&legs_steps().new_tree(&mut runner).unwrap().current());
            let ran = run(&Plan::default(), &rows, several(params, false));
            for decision in &ran.decisions {
                closed += usize::from(decision.reason.as_str() == "closed");
                if let ("enter_long_spot", Some(Command::Place(first))) =
                    (decision.reason.as_str(), decision.commands.first())
                {
                    // A hedge that leaves first is no purchase.
                    if first.instrument != FUTURES {
                        bought.insert(first.instrument);
                    }
                }
            }
            let slow = Plan {
                latency: [latency(1, 2, 2), latency(2, 2, 1)],
                ..Plan::default()
            };
            passed += run_in_stretches(&slow, &rows, several(params, false), 25).2;
        }
        assert!(closed > 5, "{params:?} closed {closed} times");
        assert_eq!(bought, [SPOT, SPOT_B, SPOT_C].into(), "{params:?}");
        assert!(passed > 60, "{params:?} passed over {passed}");
    }
}

/// Every hunt enters and ends what it entered on the drawn paths.
#[test]
fn every_hunt_trades() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    for params in HUNTS {
        let mut runner = TestRunner::deterministic();
        let mut closed = 0;
        for _ in 0..60 {
            let rows = legs_tape(&legs_steps().new_tree(&mut runner).unwrap().current());
            let ran = run(&Plan::default(), &rows, hunter(params, false));
            let of_closed =
                |decision: &&onetape_core::decision::Decision| decision.reason.as_str() == "closed";
            closed += ran.decisions.iter().filter(of_closed).count();
        }
        assert!(closed > 5, "{params:?} closed {closed} times");
    }
}

/// Every maker is filled and follows the touch on the drawn paths, but the one that is too large for its wallet.
#[test]
fn every_maker_trades() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    for params in MAKERS {
        let mut runner = TestRunner::deterministic();
        let (mut fills, mut orders) = (0, 0);
        for _ in 0..60 {
            let rows = tape(&steps().new_tree(&mut runner).unwrap().current());
            let ran = run(&Plan::default(), &rows, maker(params, SPOT, false));
            fills += ran.fills().len();
            orders += ran.orders;
        }
        assert!(
            fills > 50 && orders > 2 * fills / 3,
            "{params:?}: {fills} fills of {orders} orders"
        );
    }
}

/// Every set of slices is filled on both sides, and rows are passed over.
#[test]
fn every_set_of_slices_trades() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    for (at, params) in SLICES.into_iter().enumerate() {
        for one_book in [false, true] {
            let mut runner = TestRunner::deterministic();
            let (mut fills, mut completed, mut passed) = (0, 0, 0);
            for _ in 0..60 {
                let rows = tape(&steps().new_tree(&mut runner).unwrap().current());
                let ran = run(&Plan::default(), &rows, slices(params, one_book, false));
                fills += ran.fills().len();
                let last = ran.decisions.last().map_or("", |last| last.reason.as_str());
                completed += usize::from(last == "completed");
                let slow = Plan {
                    latency: [latency(1, 2, 2), latency(2, 2, 1)],
                    ..Plan::default()
                };
                passed += run_in_stretches(&slow, &rows, slices(params, one_book, false), 25).2;
            }
            let what =
                format!("{at} {one_book}: {fills} fills, {completed} ended, {passed} passed over");
            assert!(fills > 50 || at == 4, "{what}");
            assert!(completed > 5 || at >= 4, "{what}");
            assert!(passed > 60, "{what}");
        }
    }
}

/// Of a quiet stretch nothing is looked at, and a desk that trades passes over some rows too.
#[test]
fn rows_that_matter_to_nobody_are_passed_over() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let plan = Plan {
        latency: [latency(1, 2, 2), latency(2, 2, 1)],
        ..Plan::default()
    };
    let rows: Vec<Event> = (0..400)
        .map(|at| {
            quote(
                1_000 + at,
                if at % 2 == 0 { SPOT } else { FUTURES },
                (10_000, 9),
                (10_001, 9),
            )
        })
        .collect();
    let idle = run_in_stretches(&plan, &rows, task(SETS[0], false), 50).2;
    assert!(idle > 380, "{idle} of 400");
    let mut runner = TestRunner::deterministic();
    let mut passed = 0;
    for _ in 0..60 {
        let rows = tape(&steps().new_tree(&mut runner).unwrap().current());
        passed += run_in_stretches(&plan, &rows, task(SETS[0], false), 25).2;
    }
    assert!(passed > 60, "{passed}");
}

/// A pair that is held through quiet rows is not looked at either, and its venues sleep: what is held is safe.
#[test]
fn rows_that_leave_what_is_held_alone_are_passed_over() {
    let plan = Plan {
        latency: [latency(1, 2, 2), latency(2, 2, 1)],
        ..Plan::default()
    };
    let at = |ms, id, bid| quote(ms, id, (bid, 900), (bid + 1, 900));
    let mut rows = vec![at(1_000, SPOT, 10_000), at(1_001, FUTURES, 10_020)];
    for n in 0..300 {
        let (id, bid) = if n % 2 == 0 {
            (SPOT, 10_000)
        } else {
            (FUTURES, 10_020)
        };
        rows.push(at(1_010 + n, id, bid + n % 3));
    }
    let held = task(SETS[0], false);
    let alone = run(&plan, &rows, task(SETS[0], false));
    let (decisions, hash, passed) = run_in_stretches(&plan, &rows, held, 20);
    assert_eq!((&alone.decisions, alone.hash), (&decisions, hash));
    assert_eq!(alone.fills().len(), 2, "entered and held");
    assert!(passed > 220, "{passed} of 300");
}
