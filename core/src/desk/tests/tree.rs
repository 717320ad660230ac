//! The limit tree: every level holds, in the worst case.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::num::Bps;
use crate::risk::{Level, LevelLimits, Rate, Scope};

pub(super) fn tree(all: &[(Scope, LevelLimits)]) -> Bench {
    Bench::new(levels(all))
}

/// Limits with nothing but these levels.
pub(super) fn levels(all: &[(Scope, LevelLimits)]) -> RiskLimits {
    let level = |(scope, limits): &(Scope, LevelLimits)| Level {
        scope: scope.clone(),
        limits: *limits,
    };
    RiskLimits {
        levels: all.iter().map(level).collect(),
        ..RiskLimits::default()
    }
}

fn exposure(limit: &str) -> LevelLimits {
    LevelLimits {
        max_exposure: Some(money(limit)),
        ..LevelLimits::default()
    }
}

/// A buyer at 100.00 that rests, of whole coins.
fn coins(instrument: InstrumentId, count: i64) -> OrderIntent {
    rest(instrument, Side::Buy, count * 1_000, 10_000)
}

// RK1: by operation (the order) and by symbol, whoever trades it.
#[test]
fn rk1_orders_and_positions_of_a_symbol_are_bounded() {
    let mut bench = tree(&[(
        Scope::Pair(BTC, USDT),
        LevelLimits {
            max_order_notional: Some(money("501")),
            max_position_notional: Some(money("1001")),
            ..LevelLimits::default()
        },
    )]);
    let order = Some("symbol_max_order_notional".to_string());
    let position = Some("symbol_max_position_notional".to_string());
    assert_eq!(bench.refusal(FIRST, coins(SPOT, 6)), order);
    bench.rests(FIRST, coins(SPOT, 5));
    bench.rests(SECOND, coins(SPOT, 4));
    assert_eq!(bench.refusal(FIRST, coins(SPOT, 2)), position);
    // The position is one instrument's; another pair is none of it.
    assert_eq!(bench.refusal(FIRST, coins(FUTURE, 2)), None);
    assert_eq!(bench.refusal(FIRST, coins(ETH, 6)), None);
}

// RK2: the sum over tasks and venues, hedged or not.
#[test]
fn rk2_exposure_is_the_sum_of_all_positions_across_tasks_and_venues() {
    let mut bench = tree(&[(Scope::Account, exposure("2003"))]);
    bench.traded(FIRST, take(SPOT, Side::Buy, 8_000));
    bench.traded(FIRST, take(FUTURE, Side::Sell, 8_000));
    let refused = Some("max_exposure".to_string());
    // 16 coins are out at 100.10, whichever way: 1601.60. Four more are 2002.
    assert_eq!(bench.refusal(SECOND, coins(ETH, 4)), None);
    assert_eq!(bench.refusal(SECOND, coins(ETH, 5)), refused);
    // An order that is unknown may have filled.
    let lost = bench.placed(SECOND, coins(ETH, 4));
    bench.news(lost, OrderEventKind::Unknown);
    assert_eq!(bench.refusal(FIRST, take(FUTURE, Side::Sell, 100)), refused);
    // Closing is always let through.
    let close = take(FUTURE, Side::Buy, 8_000);
    assert_eq!(bench.refusal(FIRST, close), None);
    bench.news(lost, OrderEventKind::NotSent);
    assert_eq!(bench.refusal(FIRST, take(FUTURE, Side::Sell, 100)), None);
}

// RK3: idem for a venue.
#[test]
fn rk3_a_venue_has_its_own_limits() {
    let mut bench = tree(&[(Scope::Venue(VenueId(0)), exposure("1002"))]);
    bench.rests(FIRST, coins(SPOT, 6));
    let refused = Some("venue_max_exposure".to_string());
    assert_eq!(bench.refusal(SECOND, coins(ETH, 5)), refused);
    assert_eq!(bench.refusal(SECOND, coins(ETH, 4)), None);
    assert_eq!(bench.refusal(SECOND, coins(FUTURE, 50)), None);
}

// RK6: blocked beyond the leverage, on equity with what is open.
#[test]
fn rk6_leverage_is_bounded() {
    let mut bench = tree(&[(
        Scope::Account,
        LevelLimits {
            max_leverage: Some(Decimal::from(3)),
            ..LevelLimits::default()
        },
    )]);
    // Equity is 20,000 and 10 coins at 99.90: 20,999. Three times that are 62,997: 629 coins at 100.10.
    let refused = Some("max_leverage".to_string());
    assert_eq!(bench.refusal(FIRST, coins(FUTURE, 630)), refused);
    assert_eq!(bench.refusal(FIRST, coins(FUTURE, 629)), None);
}

// RK15: at most 5 % of the capital in a strategy, 10 % in a symbol.
#[test]
fn rk15_shares_of_capital_are_bounded_by_strategy_and_symbol() {
    let share = |percent: i64| LevelLimits {
        max_capital_share: Some(Bps::from_millionths(percent * 100 * 1_000_000)),
        ..LevelLimits::default()
    };
    let mut bench = tree(&[
        (Scope::Strategy(vec![FIRST]), share(5)),
        (Scope::Pair(BTC, USDT), share(10)),
    ]);
    // 5 % and 10 % of 20,999: 10 and 20 coins at 100.10.
    let strategy = Some("strategy_max_capital_share".to_string());
    assert_eq!(bench.refusal(FIRST, coins(SPOT, 11)), strategy);
    bench.rests(FIRST, coins(SPOT, 10));
    assert_eq!(bench.refusal(FIRST, coins(ETH, 1)), strategy);
    let symbol = Some("symbol_max_capital_share".to_string());
    assert_eq!(bench.refusal(SECOND, coins(FUTURE, 11)), symbol);
    assert_eq!(bench.refusal(SECOND, coins(ETH, 11)), None);
}

#[test]
fn tasks_and_legs_have_limits_of_their_own() {
    let mut bench = tree(&[
        (Scope::Task(FIRST), exposure("1002")),
        (Scope::Leg(SECOND, FUTURE), exposure("501")),
        (Scope::Instrument(ETH), exposure("301")),
    ]);
    let is = |code: &str| Some(code.to_string());
    bench.rests(FIRST, coins(SPOT, 9));
    assert_eq!(
        bench.refusal(FIRST, coins(FUTURE, 2)),
        is("task_max_exposure")
    );
    assert_eq!(
        bench.refusal(SECOND, coins(FUTURE, 6)),
        is("leg_max_exposure")
    );
    assert_eq!(
        bench.refusal(SECOND, coins(ETH, 4)),
        is("symbol_max_exposure")
    );
    assert_eq!(bench.refusal(SECOND, coins(SPOT, 50)), None);
}

#[test]
fn open_orders_are_counted_with_those_that_leave_together() {
    let mut bench = tree(&[(
        Scope::Account,
        LevelLimits {
            max_open_orders: Some(2),
            ..LevelLimits::default()
        },
    )]);
    let refused = "max_open_orders".to_string();
    let pair = [coins(SPOT, 1), coins(FUTURE, 1)];
    let first = bench.rests(FIRST, coins(ETH, 1));
    assert_eq!(bench.ask(FIRST, &pair), Err(refused.clone()));
    bench.rests(SECOND, coins(ETH, 1));
    assert_eq!(bench.refusal(FIRST, coins(SPOT, 1)), Some(refused));
    bench.news(first, OrderEventKind::Cancelled);
    assert_eq!(bench.refusal(FIRST, coins(SPOT, 1)), None);
}

#[test]
fn the_rate_counts_orders_and_changes_of_every_kind() {
    let mut bench = tree(&[(
        Scope::Account,
        LevelLimits {
            max_order_rate: Some(Rate {
                count: 3,
                per: Span::from_millis(1_000),
            }),
            ..LevelLimits::default()
        },
    )]);
    let refused = Err("max_order_rate".to_string());
    let order = bench.rests(FIRST, rest(SPOT, Side::Buy, 500, 9_990));
    bench.wait(400);
    assert_eq!(bench.amend(order, 400, 9_990), Ok(()));
    bench.news(
        order,
        OrderEventKind::Amended {
            qty: Qty::new(400),
            limit: Price::new(9_990),
        },
    );
    // Two would be one too many, and none of them leaves.
    let pair = [coins(SPOT, 1), coins(FUTURE, 1)].map(|one| with_role(one, LegRole::Repair, 1));
    assert_eq!(bench.ask(SECOND, &pair).map(|_| ()), refused);
    bench.rests(SECOND, pair[0]);
    assert_eq!(bench.amend(order, 300, 9_990), refused);
    bench.wait(599);
    assert_eq!(bench.ask(SECOND, &pair[..1]).map(|_| ()), refused);
    bench.wait(1);
    assert!(bench.ask(SECOND, &pair[..1]).is_ok());
}

/// What may be done to orders, drawn.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Order(TaskId, u8, bool, i64),
    Fill(usize, i64),
    End(usize),
    Amend(usize, i64),
    Unknown(usize),
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step =
        prop_oneof![
            (0u16..2, 0u8..3, any::<bool>(), 1i64..40)
                .prop_map(|(task, at, buys, qty)| Step::Order(TaskId(task), at, buys, qty * 1_000)),
            (0usize..12, 1i64..20).prop_map(|(at, qty)| Step::Fill(at, qty * 1_000)),
            (0usize..12).prop_map(Step::End),
            (0usize..12, 1i64..40).prop_map(|(at, qty)| Step::Amend(at, qty * 1_000)),
            (0usize..12).prop_map(Step::Unknown),
        ];
    proptest::collection::vec(step, 1..40)
}

use proptest::strategy::Strategy;

impl Bench {
    pub(super) fn take_step(&mut self, step: Step, orders: &mut Vec<OrderId>) {
        let alive = |bench: &Self, at: usize, orders: &[OrderId]| {
            let order = bench.desk.own.orders.get(*orders.get(at)?)?;
            (!order.state.is_terminal()).then(|| order.clone())
        };
        match step {
            Step::Order(task, at, buys, qty) => {
                let side = if buys { Side::Buy } else { Side::Sell };
                // Apart, so that they do not meet.
                let price = if buys { 9_000 } else { 11_000 };
                let instrument = InstrumentId(u16::from(at));
                if let Ok(made) = self.ask(task, &[rest(instrument, side, qty, price)]) {
                    orders.extend(made);
                }
            }
            Step::Fill(at, qty) => {
                if let Some(order) = alive(self, at, orders) {
                    let qty = qty.min(order.remaining().mantissa());
                    if qty > 0 {
                        self.fill(orders[at], qty, 10_000);
                    }
                }
            }
            Step::End(at) => {
                if alive(self, at, orders).is_some() {
                    self.news(orders[at], OrderEventKind::Cancelled);
                }
            }
            Step::Amend(at, qty) => {
                if let Some(order) = alive(self, at, orders) {
                    let limit = order.place.limit.unwrap();
                    let before = order.exposure();
                    if self.amend(orders[at], qty, limit.mantissa()).is_ok() && qty % 2_000 == 0 {
                        let qty = Qty::new(qty);
                        self.news(orders[at], OrderEventKind::Amended { qty, limit });
                    }
                    let _ = before;
                }
            }
            Step::Unknown(at) => {
                if alive(self, at, orders).is_some() {
                    self.news(orders[at], OrderEventKind::Unknown);
                }
            }
        }
    }

    /// By walking every alive order: the sum of the worst values that may come of it at the ask.
    fn worst_exposure(&self) -> Money {
        let rows = [SPOT, FUTURE, ETH].map(|id| {
            let held = self.desk.positions()[id.index()].qty;
            let alive = self.desk.orders().alive_in(id);
            let (mut most, mut least) = (held, held);
            for order in alive {
                match order.place.side {
                    Side::Buy => most += order.exposure(),
                    Side::Sell => least -= order.exposure(),
                }
            }
            let worst = most.abs().max(least.abs());
            self.desk
                .names()
                .instrument(id)
                .notional(Price::new(10_010), worst)
        });
        rows.into_iter().sum()
    }
}

proptest! {
    // R2: whatever happens to orders, what may come of them stays within the limit, Unknown counted as alive.
    #[test]
    fn r2_the_worst_case_stays_within_the_limit(steps in steps()) {
        let limit = money("9000");
        let mut bench = tree(&[(Scope::Account, exposure("9000"))]);
        let mut orders = Vec::new();
        for step in steps {
            let before = bench.worst_exposure();
            bench.take_step(step, &mut orders);
            let after = bench.worst_exposure();
            // A seller above the ask is worth more than at the ask: what it was let in for is the larger.
            prop_assert!(after <= limit.max(before), "{} {}", before, after);
        }
    }
}
