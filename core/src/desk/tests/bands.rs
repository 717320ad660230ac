//! Deltas of tasks by their fills, and what a critical one stops.

use rust_decimal::Decimal;

use super::*;
use crate::risk::{Band, Bands, TaskBands};

fn banded(patience_ms: i64) -> Bench {
    let decimal = |thousandths: i64| Decimal::new(thousandths, 3);
    let bands = Bands::new(decimal(10), decimal(100), decimal(500), decimal(1)).unwrap();
    Bench::new(RiskLimits {
        bands: vec![TaskBands {
            task: FIRST,
            base: BTC,
            bands,
            patience: Span::from_millis(patience_ms),
        }],
        ..RiskLimits::default()
    })
}

fn delta(bench: &Bench) -> (Money, Band, bool) {
    let status = bench.desk.risk_status(bench.now, &bench.market);
    let delta = status.deltas[0];
    (delta.delta, delta.band, delta.pauses_entries)
}

// RK10: by fills, over all legs of the asset, contracts and coins alike; other tasks and assets are none of it.
#[test]
fn rk10_the_desk_keeps_each_tasks_delta_by_fills() {
    let mut bench = banded(0);
    bench.rests(FIRST, rest(SPOT, Side::Buy, 5_000, 9_000));
    bench.traded(SECOND, take(SPOT, Side::Buy, 3_000));
    bench.traded(FIRST, take(ETH, Side::Buy, 3_000));
    assert_eq!(delta(&bench), (Money::ZERO, Band::Target, false));
    bench.traded(FIRST, take(SPOT, Side::Buy, 400));
    assert_eq!(delta(&bench), (money("0.4"), Band::Rebalance, false));
    bench.traded(FIRST, take(FUTURE, Side::Sell, 350));
    assert_eq!(delta(&bench), (money("0.05"), Band::Watched, false));
    // A venue closed the hedge: that counts too.
    bench.step(Body::Account(AccountEvent::Liquidated {
        instrument: FUTURE,
        qty: Qty::new(-350),
        realised: Money::ZERO,
    }));
    assert_eq!(delta(&bench).0, money("0.4"));
}

// 2.2-G, MO6: critical stops the task's entries and tells people once.
#[test]
fn a_critical_delta_stops_entries_of_the_task_and_is_told_of_once() {
    let mut bench = banded(0);
    let quote = bench.rests(FIRST, rest(SPOT, Side::Buy, 100, 9_000));
    bench.traded(FIRST, take(SPOT, Side::Buy, 501));
    assert_eq!(delta(&bench), (money("0.501"), Band::Critical, true));
    assert_eq!(bench.account_reasons(), ["delta_critical"]);
    assert_eq!(
        bench.alerts(),
        [
            "the legs of task first are 0.501 BTC from balance, beyond 0.5: it opens nothing until they are back"
        ]
    );
    // What rests to open is taken back, so that it cannot fill meanwhile.
    let account = bench
        .decisions
        .iter()
        .find(|made| made.task == TaskId::ACCOUNT);
    assert_eq!(account.unwrap().commands[0], Command::Cancel(quote));
    let refused = Some("delta_critical".to_string());
    assert_eq!(bench.refusal(FIRST, take(FUTURE, Side::Sell, 500)), refused);
    assert_eq!(bench.refusal(SECOND, take(FUTURE, Side::Sell, 500)), None);
    let mend = |qty| with_role(take(FUTURE, Side::Sell, qty), LegRole::Repair, 1);
    // Better is not good: entries come back when the legs balance.
    bench.traded(FIRST, mend(300));
    assert_eq!(delta(&bench), (money("0.201"), Band::Rebalance, true));
    assert_eq!(bench.refusal(FIRST, take(FUTURE, Side::Sell, 500)), refused);
    bench.traded(FIRST, mend(195));
    assert_eq!(delta(&bench), (money("0.006"), Band::Target, false));
    assert_eq!(
        bench.account_reasons(),
        ["delta_critical", "delta_restored"]
    );
    assert_eq!(bench.refusal(FIRST, take(FUTURE, Side::Sell, 500)), None);
    assert_eq!(bench.alerts().len(), 1);
}

#[test]
fn a_delta_between_two_fills_is_not_told_of() {
    let mut bench = banded(3_000);
    let trip = |bench: &mut Bench, gap: i64| {
        bench.traded(FIRST, take(SPOT, Side::Buy, 1_000));
        assert!(delta(bench).2);
        bench.wait(gap);
        bench.quote(ETH, 9_990, 10_010);
        let hedge = with_role(take(FUTURE, Side::Sell, 1_000), LegRole::Repair, 1);
        bench.traded(FIRST, hedge);
        assert!(!delta(bench).2);
    };
    trip(&mut bench, 2_999);
    assert_eq!(bench.alerts().len(), 0);
    assert!(bench.account_reasons().is_empty());
    trip(&mut bench, 3_000);
    assert_eq!(bench.alerts().len(), 1);
    assert_eq!(
        bench.account_reasons(),
        ["delta_critical", "delta_restored"]
    );
}
