//! Every reason code that the gate can give, each reached.

use alloc::collections::BTreeSet;

use rust_decimal::Decimal;

use super::tree::tree;
use super::*;
use crate::event::{FeedEvent, FeedNews};
use crate::num::Bps;
use crate::order::OrderIds;
use crate::risk::{
    Action, Bands, BreakerKind, BreakerRule, Code, FundsRules, Guards, LevelLimits, LimitKind,
    Rate, ReconcileRule, Scope, ScopeKind, TaskBands, Trigger,
};

fn plain() -> Bench {
    Bench::new(RiskLimits::default())
}

fn guarded(guards: Guards) -> Bench {
    Bench::new(RiskLimits {
        guards,
        ..RiskLimits::default()
    })
}

fn one_coin() -> OrderIntent {
    take(SPOT, Side::Buy, 1_000)
}

fn of_qty(qty: i64) -> OrderIntent {
    take(SPOT, Side::Buy, qty)
}

/// What a code refuses, asked for where it does.
fn refused(code: Code) -> String {
    match code {
        Code::Limit(scope, limit) => limited(scope, limit),
        Code::Breaker(kind) => tripped(kind),
        Code::OrderEnded | Code::NotALimitOrder => changed(code),
        Code::LegsSkewed => skewed(),
        Code::NotOwnOrder => anothers(),
        _ => {
            let (mut bench, intent) = standing(code);
            bench.refusal(FIRST, intent).unwrap()
        }
    }
}

fn anothers() -> String {
    let mut bench = plain();
    let order = bench.placed(FIRST, one_coin());
    bench.take_back(SECOND, order).unwrap_err()
}

fn changed(code: Code) -> String {
    let mut bench = plain();
    let intent = OrderIntent {
        limit: (code == Code::OrderEnded).then_some(Price::new(10_000)),
        ..one_coin()
    };
    let order = bench.placed(FIRST, intent);
    if code == Code::OrderEnded {
        bench.news(order, OrderEventKind::Expired);
    }
    bench.amend(order, 500, 10_000).unwrap_err()
}

fn skewed() -> String {
    let mut bench = guarded(Guards {
        max_leg_skew: Some(Span::ZERO),
        ..Guards::default()
    });
    bench.wait(1);
    bench.quote(SPOT, 9_990, 10_010);
    let legs = [one_coin(), take(FUTURE, Side::Sell, 1_000)];
    bench.ask(FIRST, &legs).unwrap_err()
}

fn limited(scope: ScopeKind, limit: LimitKind) -> String {
    let covers = match scope {
        ScopeKind::Account => Scope::Account,
        ScopeKind::Venue => Scope::Venue(VenueId(0)),
        ScopeKind::Strategy => Scope::Strategy(vec![FIRST]),
        ScopeKind::Task => Scope::Task(FIRST),
        ScopeKind::Symbol => Scope::Instrument(SPOT),
        ScopeKind::Leg => Scope::Leg(FIRST, SPOT),
    };
    let mut limits = LevelLimits::default();
    match limit {
        LimitKind::OrderNotional => limits.max_order_notional = Some(money("50")),
        LimitKind::PositionNotional => limits.max_position_notional = Some(money("50")),
        LimitKind::Exposure => limits.max_exposure = Some(money("50")),
        LimitKind::OpenOrders => limits.max_open_orders = Some(0),
        LimitKind::OrderRate => {
            limits.max_order_rate = Some(Rate {
                count: 0,
                per: Span::from_millis(1),
            });
        }
        LimitKind::Leverage => limits.max_leverage = Some(Decimal::new(1, 3)),
        LimitKind::CapitalShare => limits.max_capital_share = Some(Bps::from_millionths(1_000_000)),
    }
    tree(&[(covers, limits)])
        .refusal(FIRST, one_coin())
        .unwrap()
}

fn tripped(kind: BreakerKind) -> String {
    let rate = Rate {
        count: 3,
        per: Span::from_millis(10_000),
    };
    let trigger = match kind {
        BreakerKind::StaleData => Trigger::StaleData(Span::from_millis(1_000)),
        BreakerKind::DailyLoss => Trigger::DailyLoss(money("100")),
        BreakerKind::Drawdown => Trigger::Drawdown(Bps::from_millionths(50_000_000)),
        BreakerKind::TripLoss => Trigger::TripLoss {
            expected: Bps::from_millionths(1_000_000),
            times: Decimal::ONE,
        },
        BreakerKind::PriceJump => Trigger::PriceJump {
            jump: Bps::from_millionths(100_000_000),
            within: Span::from_millis(5_000),
        },
        BreakerKind::RejectRate => Trigger::RejectRate(rate),
        BreakerKind::OrderRate => Trigger::OrderRate(rate),
    };
    let mut bench = Bench::new(RiskLimits {
        breakers: vec![BreakerRule {
            trigger,
            action: Action::Reduce,
            reset_after: None,
        }],
        ..RiskLimits::default()
    });
    bench.cause(kind);
    bench.refusal(FIRST, one_coin()).unwrap()
}

/// A desk and an order that it refuses for a reason of its own.
fn standing(code: Code) -> (Bench, OrderIntent) {
    let collar = Some(Bps::from_millionths(1_000_000));
    let guards = Guards::default();
    match code {
        Code::CollarMid => (
            guarded(Guards {
                collar_mid: collar,
                ..guards
            }),
            one_coin(),
        ),
        Code::CollarLast => {
            let mut bench = guarded(Guards {
                collar_last: collar,
                ..guards
            });
            bench.trade(SPOT, 9_000);
            (bench, one_coin())
        }
        Code::InstrumentNotAllowed => {
            let allowed = Some(vec![FUTURE]);
            (guarded(Guards { allowed, ..guards }), one_coin())
        }
        Code::FeedSilent => {
            let max_feed_age = Some(Span::from_millis(1));
            let mut bench = guarded(Guards {
                max_feed_age,
                ..guards
            });
            bench.wait(2);
            (bench, one_coin())
        }
        Code::MaxDrawdown => {
            let max_drawdown = Some(Bps::from_millionths(1_000_000));
            let mut bench = guarded(Guards {
                max_drawdown,
                ..guards
            });
            bench.cause(BreakerKind::Drawdown);
            (bench, one_coin())
        }
        Code::SelfTrade => {
            let mut bench = plain();
            bench.rests(SECOND, rest(SPOT, Side::Sell, 100, 10_000));
            (bench, one_coin())
        }
        Code::DeltaCritical
        | Code::BalanceUnknown
        | Code::BalanceInsufficient
        | Code::BalanceUnreconciled => of_account(code),
        _ => of_book(code),
    }
}

fn of_account(code: Code) -> (Bench, OrderIntent) {
    match code {
        Code::DeltaCritical => {
            let whole = |coins: i64| Decimal::from(coins);
            let mut bench = Bench::new(RiskLimits {
                bands: vec![TaskBands {
                    task: FIRST,
                    base: BTC,
                    bands: Bands::new(whole(1), whole(2), whole(3), whole(1)).unwrap(),
                    patience: Span::ZERO,
                }],
                ..RiskLimits::default()
            });
            bench.traded(FIRST, of_qty(4_000));
            (bench, one_coin())
        }
        Code::BalanceUnknown => (
            Bench::new(super::funds::checked()),
            take(ETH, Side::Sell, 1_000),
        ),
        Code::BalanceInsufficient => (Bench::new(super::funds::checked()), of_qty(900_000)),
        _ => {
            let mut bench = Bench::new(RiskLimits {
                funds: Some(FundsRules {
                    reconcile: Some(ReconcileRule::default()),
                    ..FundsRules::default()
                }),
                ..RiskLimits::default()
            });
            bench.balance(0, BTC, "3");
            (bench, one_coin())
        }
    }
}

fn of_book(code: Code) -> (Bench, OrderIntent) {
    let feed = |state| {
        Body::Feed(FeedEvent {
            instrument: SPOT,
            state,
        })
    };
    let mut bench = match code {
        Code::BookStale => Bench::new(RiskLimits {
            max_book_age: Some(Span::from_millis(1)),
            ..RiskLimits::default()
        }),
        Code::MaxDailyLoss => Bench::new(RiskLimits {
            max_daily_loss: Some(money("100")),
            ..RiskLimits::default()
        }),
        _ => plain(),
    };
    let at = |price| OrderIntent {
        limit: Some(Price::new(price)),
        ..one_coin()
    };
    let mut intent = one_coin();
    match code {
        Code::Halted => bench.control(Control::Halt),
        Code::Paused => bench.control(Control::Pause),
        Code::OutOfOrderIds => bench.desk.draft.ids = OrderIds::spent(1),
        Code::BookMissing => bench.step(feed(FeedNews::Disconnected)),
        Code::BookGapped => bench.step(feed(FeedNews::Gap)),
        Code::BookCrossed => bench.quote(SPOT, 10_000, 10_000),
        Code::BookStale => bench.wait(2),
        Code::MaxDailyLoss => bench.cause(BreakerKind::DailyLoss),
        Code::QuantityOffLot => intent = of_qty(-5),
        Code::PriceOffTick => intent = at(0),
        Code::BelowMinQuantity => intent = of_qty(1),
        Code::AboveMaxQuantity => intent = of_qty(1_000_001),
        Code::BelowMinNotional => intent = of_qty(2),
        other => panic!("{other:?} has no case"),
    }
    (bench, intent)
}

#[test]
fn every_reason_code_is_reached() {
    let mut names = BTreeSet::new();
    for code in Code::all() {
        assert_eq!(refused(code), code.name(), "{code:?}");
        assert!(names.insert(code.name()), "{code:?} shares its word");
    }
    assert_eq!(names.len(), 27 + 42 + 7);
}
