//! An extra call changes nothing: every trading strategy decides the same with its own wakes and without any. And nobody
//! else does: it decides the same where its rows and its signals are shared with others, and it passes over what it
//! need not look at.

mod common;

use common::*;
use onetape_core::event::{Body, Event, FundingRate};
use onetape_core::names::InstrumentId;
use onetape_core::num::Bps;
use onetape_core::risk::RiskLimits;
use onetape_core::strategies::{
    ALL, funding_carry, market_maker, multi_spot, spot_futures, spot_spot,
};
use onetape_core::strategy::{Setup, Solo, Task};
use onetape_core::time::Ts;
use proptest::prelude::*;

type Params = &'static [(&'static str, &'static str)];

const SETS: [Params; 5] = [
    &[
        ("quantity", "0.02"),
        ("min_entry_edge_bps", "8"),
        ("exit.edge_bps", "-4"),
    ],
    &[
        ("notional", "40"),
        ("min_entry_edge_bps", "3.5"),
        ("exit.profit_bps", "-30"),
        ("direction", "long_spot"),
    ],
    &[
        ("notional", "40"),
        ("min_entry_edge_bps", "0"),
        ("exit.max_age", "20ms"),
        ("direction", "short_spot"),
    ],
    &[
        ("quantity", "0.5"),
        ("min_entry_edge_bps", "5"),
        ("exit.edge_bps", "5"),
        ("exit.max_age", "50ms"),
        ("cap_to_depth", "false"),
        ("repair.attempts", "1"),
        ("repair.delay", "3ms"),
    ],
    &[
        ("quantity", "0.003"),
        ("min_entry_edge_bps", "-20"),
        ("exit.edge_bps", "-20"),
        ("max_slippage_bps", "0"),
    ],
];

fn task(params: Params, always: bool) -> Box<dyn Task> {
    let names = names();
    let legs = vec![SPOT, FUTURES];
    let setup = Setup {
        names: &names,
        legs: legs.clone(),
        taker_fees: vec![Bps::parse("10").unwrap(); 2],
        params: spot_futures::SPEC
            .card
            .read(params.iter().copied())
            .unwrap(),
    };
    let solo = Solo::new(spot_futures::checked(&setup).unwrap(), legs);
    Box::new(if always { solo.always() } else { solo })
}

const MAKERS: [Params; 4] = [
    &[("quantity", "0.002"), ("max_inventory", "0.004")],
    &[
        ("quantity", "0.001"),
        ("max_inventory", "0.05"),
        ("offset_ticks", "1"),
        ("requote_ticks", "2"),
    ],
    &[
        ("quantity", "0.003"),
        ("max_inventory", "0.02"),
        ("skew_ticks", "6"),
    ],
    // More than the wallet bears: the venue rejects, and so does the gate with the tighter limits below.
    &[("quantity", "0.9"), ("max_inventory", "3")],
];

fn maker(params: Params, instrument: InstrumentId, always: bool) -> Box<dyn Task> {
    let names = names();
    let legs = vec![instrument];
    let setup = Setup {
        names: &names,
        legs: legs.clone(),
        taker_fees: vec![Bps::parse("10").unwrap()],
        params: market_maker::SPEC
            .card
            .read(params.iter().copied())
            .unwrap(),
    };
    let solo = Solo::new(market_maker::checked(&setup).unwrap(), legs);
    Box::new(if always { solo.always() } else { solo })
}

/// Settlements are 40 ms apart on the drawn tapes, so that a horizon of a second holds 25.
const CARRIES: [Params; 6] = [
    &[
        ("quantity", "0.02"),
        ("rates", "2"),
        ("horizon", "1s"),
        ("min_net_bps", "0"),
        ("slippage_allowance_bps", "0"),
    ],
    &[
        ("notional", "40"),
        ("rates", "1"),
        ("horizon", "1s"),
        ("min_net_bps", "20"),
        ("direction", "both"),
        ("exit_bps", "-10"),
        ("max_age", "30ms"),
    ],
    &[
        ("notional", "40"),
        ("rates", "3"),
        ("horizon", "2s"),
        ("min_net_bps", "5"),
        ("direction", "short_spot"),
        ("max_skew", "3ms"),
    ],
    &[
        ("quantity", "0.5"),
        ("rates", "1"),
        ("horizon", "1s"),
        ("min_net_bps", "0"),
        ("exit_bps", "20"),
        ("entry_edge", "ignored"),
        ("cap_to_depth", "false"),
        ("repair.attempts", "1"),
        ("repair.delay", "3ms"),
    ],
    &[
        ("quantity", "0.003"),
        ("rates", "1"),
        ("horizon", "1s"),
        ("min_net_bps", "0"),
        ("max_slippage_bps", "0"),
        ("max_skew", "1ms"),
        ("max_age", "7ms"),
    ],
    // Funding alone hardly pays: the edge decides when it is entered.
    &[
        ("quantity", "0.02"),
        ("rates", "2"),
        ("horizon", "400ms"),
        ("min_net_bps", "2"),
        ("direction", "both"),
        ("exit_bps", "-20"),
        ("max_age", "25ms"),
    ],
];

fn carry(params: Params, always: bool) -> Box<dyn Task> {
    let names = names();
    let legs = vec![SPOT, FUTURES];
    let setup = Setup {
        names: &names,
        legs: legs.clone(),
        taker_fees: vec![Bps::parse("10").unwrap(); 2],
        params: funding_carry::SPEC
            .card
            .read(params.iter().copied())
            .unwrap(),
    };
    let solo = Solo::new(funding_carry::checked(&setup).unwrap(), legs);
    Box::new(if always { solo.always() } else { solo })
}

/// Three spot venues and the future. The fees that it reckons with are around 10 bps, so that touches that meet net some
/// -20.
const SEVERAL: [Params; 5] = [
    &[
        ("quantity", "0.02"),
        ("min_entry_net_bps", "-6"),
        ("exit.net_bps", "-25"),
    ],
    &[
        ("notional", "40"),
        ("min_entry_net_bps", "-10"),
        ("exit.profit_bps", "-40"),
    ],
    &[
        ("notional", "40"),
        ("min_entry_net_bps", "-15"),
        ("exit.max_age", "20ms"),
    ],
    &[
        ("quantity", "0.5"),
        ("min_entry_net_bps", "-8"),
        ("exit.net_bps", "-15"),
        ("exit.max_age", "50ms"),
        ("cap_to_depth", "false"),
        ("repair.attempts", "1"),
        ("repair.delay", "3ms"),
    ],
    &[
        ("quantity", "0.003"),
        ("min_entry_net_bps", "-40"),
        ("exit.net_bps", "-40"),
        ("max_slippage_bps", "0"),
    ],
];

const SPOTS_AND_FUTURES: [InstrumentId; 4] = [SPOT, SPOT_B, SPOT_C, FUTURES];

fn several(params: Params, always: bool) -> Box<dyn Task> {
    let names = names();
    let legs = SPOTS_AND_FUTURES.to_vec();
    let fee = |text: &str| Bps::parse(text).unwrap();
    let setup = Setup {
        names: &names,
        legs: legs.clone(),
        taker_fees: vec![fee("10"), fee("7.5"), fee("12"), fee("10")],
        params: multi_spot::SPEC.card.read(params.iter().copied()).unwrap(),
    };
    let solo = Solo::new(multi_spot::checked(&setup).unwrap(), legs);
    Box::new(if always { solo.always() } else { solo })
}

/// Steps of four legs. Now and then a touch shows nothing.
fn legs_steps() -> impl Strategy<Value = Vec<(usize, i64, i64, i64, i64)>> {
    let spread = prop_oneof![9 => 1i64..4, 1 => Just(0i64)];
    let qty = prop_oneof![6 => 1i64..60, 1 => Just(0i64)];
    proptest::collection::vec((0usize..4, -9i64..10, qty, 0i64..5, spread), 4..200)
}

/// Four legs that wander around 1000.0.
fn legs_tape(steps: &[(usize, i64, i64, i64, i64)]) -> Vec<Event> {
    let mut middles = [10_000; 4];
    let mut ms = 1_000;
    let row = |&(at, step, qty, gap, spread): &(usize, i64, i64, i64, i64)| {
        middles[at] = (middles[at] + step).clamp(9_960, 10_040);
        ms += gap;
        let (bid, ask) = (middles[at], middles[at] + spread);
        quote(ms, SPOTS_AND_FUTURES[at], (bid, qty), (ask, qty))
    };
    steps.iter().map(row).collect()
}

/// A tape with word of a funding rate after some of its rows: of the settlement that is due next, or, as files of past
/// rates do, of the one just past.
fn funded(steps: &[(bool, i64, i64, i64, i64)], rates: &[i64], past: bool) -> Vec<Event> {
    let rows = tape(steps);
    let mut told = Vec::new();
    let mut rates = rates.iter().cycle();
    for row in rows {
        let ts = row.ts;
        let is_futures = row.body.instrument() == Some(FUTURES);
        told.push(row);
        if !is_futures {
            continue;
        }
        let due = ts.nanos().div_euclid(40 * MS) + i64::from(!past);
        let mantissa = rates.next().copied().unwrap_or_default();
        let rate = FundingRate {
            instrument: FUTURES,
            rate: onetape_core::num::Money::scaled(i128::from(mantissa), 5).unwrap(),
            settles_at: Ts::from_nanos(due * 40 * MS),
        };
        told.push(Event {
            ts,
            body: Body::Funding(rate),
        });
    }
    told
}

const SPOTS: [Params; 6] = [
    &[("quantity", "0.02"), ("min_entry_edge_bps", "6")],
    &[
        ("quantity", "0.02"),
        ("min_entry_edge_bps", "8"),
        ("exit.edge_bps", "-4"),
        ("max_skew", "4ms"),
    ],
    &[
        ("notional", "40"),
        ("min_entry_edge_bps", "3.5"),
        ("exit.profit_bps", "-30"),
        ("direction", "buy_first"),
    ],
    &[
        ("notional", "40"),
        ("min_entry_edge_bps", "0"),
        ("exit.max_age", "20ms"),
        ("direction", "buy_second"),
        ("max_skew", "1ms"),
    ],
    // More than lies at the venues: what is free bounds it, and at times there is too little to close.
    &[
        ("quantity", "5"),
        ("min_entry_edge_bps", "4"),
        ("exit.edge_bps", "2"),
        ("exit.max_age", "50ms"),
        ("cap_to_depth", "false"),
        ("repair.attempts", "1"),
        ("repair.delay", "3ms"),
    ],
    &[
        ("quantity", "0.003"),
        ("min_entry_edge_bps", "-20"),
        ("exit.edge_bps", "-20"),
        ("max_slippage_bps", "0"),
    ],
];

fn spots(params: Params, always: bool) -> Box<dyn Task> {
    let names = names();
    let legs = vec![SPOT, OTHER_SPOT];
    let setup = Setup {
        names: &names,
        legs: legs.clone(),
        taker_fees: vec![Bps::parse("10").unwrap(); 2],
        params: spot_spot::SPEC.card.read(params.iter().copied()).unwrap(),
    };
    let solo = Solo::new(spot_spot::checked(&setup).unwrap(), legs);
    Box::new(if always { solo.always() } else { solo })
}

/// Plenty, little, and too little to sell anything.
const COINS: [&str; 3] = ["5", "0.011", "0.0004"];

/// Two legs that wander around 1000.0, where a tick of 0.1 is a basis point.
fn tape(steps: &[(bool, i64, i64, i64, i64)]) -> Vec<Event> {
    tape_of(steps, FUTURES)
}

/// The same with any second leg.
fn tape_of(steps: &[(bool, i64, i64, i64, i64)], second: InstrumentId) -> Vec<Event> {
    let mut middles = [10_000, 10_000];
    let mut ms = 1_000;
    let row = |&(futures, step, qty, gap, spread): &(bool, i64, i64, i64, i64)| {
        let at = usize::from(futures);
        middles[at] = (middles[at] + step).clamp(9_960, 10_040);
        ms += gap;
        let id = if futures { second } else { SPOT };
        // Now and then a book that nobody can act on.
        let ask = if spread == 0 {
            middles[at]
        } else {
            middles[at] + spread
        };
        quote(ms, id, (middles[at], qty), (ask, qty))
    };
    steps.iter().map(row).collect()
}

fn steps() -> impl Strategy<Value = Vec<(bool, i64, i64, i64, i64)>> {
    let spread = prop_oneof![9 => 1i64..4, 1 => Just(0i64)];
    proptest::collection::vec(
        (any::<bool>(), -9i64..10, 1i64..60, 0i64..5, spread),
        2..160,
    )
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
        let woken = run(&plan, &rows, task(SETS[set], false));
        let called = run(&plan, &rows, task(SETS[set], true));
        let (decisions, hash, _) = run_in_stretches(&plan, &rows, task(SETS[set], false), stretch);
        prop_assert_eq!(&woken.decisions, &decisions);
        prop_assert_eq!(woken.hash, hash);
        let in_turn = run(&Plan { windows: false, ..plan.clone() }, &rows, task(SETS[set], false));
        prop_assert_eq!(woken.hash, in_turn.hash);
        prop_assert_eq!(&woken.decisions, &called.decisions);
        prop_assert_eq!(woken.hash, called.hash);
        prop_assert_eq!(woken.ledger.worst_residual(), money("0"));
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
        let woken = run(&plan, &rows, maker(MAKERS[set], instrument, false));
        let called = run(&plan, &rows, maker(MAKERS[set], instrument, true));
        let (decisions, hash, _) = run_in_stretches(&plan, &rows, maker(MAKERS[set], instrument, false), stretch);
        prop_assert_eq!(&woken.decisions, &decisions);
        prop_assert_eq!(woken.hash, hash);
        let in_turn = run(&Plan { windows: false, ..plan.clone() }, &rows, maker(MAKERS[set], instrument, false));
        prop_assert_eq!(woken.hash, in_turn.hash);
        prop_assert_eq!(&woken.decisions, &called.decisions);
        prop_assert_eq!(woken.hash, called.hash);
        prop_assert_eq!(woken.ledger.worst_residual(), money("0"));
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
        let woken = run(&plan, &rows, carry(CARRIES[set], false));
        let called = run(&plan, &rows, carry(CARRIES[set], true));
        let (decisions, hash, _) = run_in_stretches(&plan, &rows, carry(CARRIES[set], false), stretch);
        prop_assert_eq!(&woken.decisions, &decisions);
        prop_assert_eq!(woken.hash, hash);
        let in_turn = run(&Plan { windows: false, ..plan.clone() }, &rows, carry(CARRIES[set], false));
        prop_assert_eq!(woken.hash, in_turn.hash);
        prop_assert_eq!(&woken.decisions, &called.decisions);
        prop_assert_eq!(woken.hash, called.hash);
        prop_assert_eq!(woken.ledger.worst_residual(), money("0"));
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
        let woken = run(&plan, &rows, spots(SPOTS[set], false));
        let called = run(&plan, &rows, spots(SPOTS[set], true));
        let (decisions, hash, _) = run_in_stretches(&plan, &rows, spots(SPOTS[set], false), stretch);
        prop_assert_eq!(&woken.decisions, &decisions);
        prop_assert_eq!(woken.hash, hash);
        let in_turn = run(&Plan { windows: false, ..plan.clone() }, &rows, spots(SPOTS[set], false));
        prop_assert_eq!(woken.hash, in_turn.hash);
        prop_assert_eq!(&woken.decisions, &called.decisions);
        prop_assert_eq!(woken.hash, called.hash);
        prop_assert_eq!(woken.ledger.worst_residual(), money("0"));
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
        let woken = run(&plan, &rows, several(SEVERAL[set], false));
        let called = run(&plan, &rows, several(SEVERAL[set], true));
        let (decisions, hash, _) = run_in_stretches(&plan, &rows, several(SEVERAL[set], false), stretch);
        prop_assert_eq!(&woken.decisions, &decisions);
        prop_assert_eq!(woken.hash, hash);
        let in_turn = run(&Plan { windows: false, ..plan.clone() }, &rows, several(SEVERAL[set], false));
        prop_assert_eq!(woken.hash, in_turn.hash);
        prop_assert_eq!(&woken.decisions, &called.decisions);
        prop_assert_eq!(woken.hash, called.hash);
        prop_assert_eq!(woken.ledger.worst_residual(), money("0"));
    }
}

/// A strategy that is added to the list and trades must be added here.
#[test]
fn every_trading_strategy_is_tested_here() {
    let names: Vec<&str> = ALL.iter().map(|spec| spec.card.name).collect();
    assert_eq!(
        names,
        [
            "funding_carry",
            "market_maker",
            "multi_spot",
            "noop",
            "spot_futures",
            "spot_spot",
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
                    bought.insert(first.instrument);
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
