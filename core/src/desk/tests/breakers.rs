//! Every breaker trips and resets; halts outlive a restart.

use rust_decimal::Decimal;

use super::*;
use crate::num::Bps;
use crate::risk::{Action, AlertRule, BreakerKind, BreakerRule, Rate, TradingState, Trigger};

const QUIET_MS: i64 = 60_000;

fn rule(kind: BreakerKind) -> Trigger {
    let rate = Rate {
        count: 3,
        per: Span::from_millis(10_000),
    };
    match kind {
        BreakerKind::StaleData => Trigger::StaleData(Span::from_millis(1_000)),
        BreakerKind::DailyLoss => Trigger::DailyLoss(money("100")),
        BreakerKind::Drawdown => Trigger::Drawdown(Bps::from_millionths(100_000_000)),
        BreakerKind::TripLoss => Trigger::TripLoss {
            expected: Bps::from_millionths(40_000_000),
            times: Decimal::from(2),
        },
        BreakerKind::PriceJump => Trigger::PriceJump {
            jump: Bps::from_millionths(200_000_000),
            within: Span::from_millis(5_000),
        },
        BreakerKind::RejectRate => Trigger::RejectRate(rate),
        BreakerKind::OrderRate => Trigger::OrderRate(rate),
    }
}

fn broken(kind: BreakerKind, action: Action, resets: bool) -> RiskLimits {
    RiskLimits {
        breakers: vec![BreakerRule {
            trigger: rule(kind),
            action,
            reset_after: resets.then_some(Span::from_millis(QUIET_MS)),
        }],
        ..RiskLimits::default()
    }
}

impl Bench {
    /// Brings about what a breaker watches for.
    pub(super) fn cause(&mut self, kind: BreakerKind) {
        match kind {
            BreakerKind::StaleData => {
                self.quote(ETH, 9_990, 10_010);
                self.wait(1_001);
                self.quote(ETH, 9_990, 10_010);
            }
            BreakerKind::DailyLoss | BreakerKind::Drawdown => {
                self.traded(FIRST, take(FUTURE, Side::Buy, 25_000));
                self.quote(FUTURE, 9_000, 9_010);
            }
            BreakerKind::TripLoss => {
                // 1,001 entered: 8.008 may be lost, and 8.1 are.
                let enter = with_role(take(FUTURE, Side::Buy, 10_000), LegRole::Entry, 1);
                self.traded(FIRST, enter);
                let order = self.placed(
                    FIRST,
                    with_role(take(FUTURE, Side::Sell, 10_000), LegRole::Exit, 1),
                );
                self.fill(order, 10_000, 9_929);
            }
            BreakerKind::PriceJump => {
                self.quote(FUTURE, 9_990, 10_010);
                self.wait(5_000);
                self.quote(FUTURE, 9_780, 9_800);
            }
            BreakerKind::RejectRate => {
                (0..3).for_each(|_| self.rejected(SECOND, take(ETH, Side::Buy, 100)))
            }
            BreakerKind::OrderRate => (0..3).for_each(|_| {
                let order = self.placed(SECOND, take(ETH, Side::Buy, 100));
                self.news(order, OrderEventKind::Expired);
            }),
        }
    }

    /// Takes away what a breaker watches for, where that does not go by itself.
    fn mend(&mut self, kind: BreakerKind) {
        if matches!(kind, BreakerKind::DailyLoss | BreakerKind::Drawdown) {
            self.quote(FUTURE, 9_990, 10_010);
        }
    }

    /// Lets time pass with all feeds alive.
    fn pass(&mut self, ms: i64) {
        for _ in 0..ms / 500 {
            self.wait(500);
            let quotes =
                [SPOT, FUTURE, ETH].map(|id| *self.market.instrument(id).last_top().unwrap());
            for quote in quotes {
                self.step(Body::Quote(quote));
            }
        }
    }

    fn state(&self) -> TradingState {
        self.desk.gate().effective_state()
    }
}

// RK12: each has a trip and a reset by quiet time; the status says since when and by what numbers.
#[test]
fn rk12_every_breaker_trips_and_resets_by_quiet_time() {
    for kind in BreakerKind::ALL {
        let mut bench = Bench::new(broken(kind, Action::Reduce, true));
        assert_eq!(bench.state(), TradingState::Active, "{kind:?}");
        bench.cause(kind);
        let status = bench.desk.risk_status(bench.now, &bench.market);
        assert_eq!(status.state, TradingState::Paused, "{kind:?}");
        let tripped = status.breakers[0].tripped.unwrap();
        assert_eq!(tripped.since, bench.now, "{kind:?}");
        assert!(tripped.value >= tripped.limit, "{tripped:?}");
        assert_eq!(bench.account_reasons(), [kind.tripped()]);
        // It is a decision with its numbers and one alert.
        let made = bench
            .decisions
            .iter()
            .find(|made| made.task == TaskId::ACCOUNT)
            .unwrap();
        assert_eq!(made.numbers[0].name.as_str(), kind.numbers()[0]);
        assert_eq!(bench.alerts().len(), 1, "{kind:?}");
        let refused = Some(kind.refusal().to_string());
        assert_eq!(bench.refusal(SECOND, take(SPOT, Side::Buy, 100)), refused);
        let repair = with_role(take(SPOT, Side::Buy, 100), LegRole::Repair, 1);
        assert_eq!(bench.refusal(SECOND, repair), None);
        bench.mend(kind);
        bench.pass(QUIET_MS - 500);
        assert_eq!(bench.state(), TradingState::Paused, "{kind:?}");
        // A stretch of quiet longer, for windows that still hold what was seen.
        bench.pass(11_000);
        assert_eq!(bench.state(), TradingState::Active, "{kind:?}");
        assert_eq!(bench.account_reasons(), [kind.tripped(), kind.reset()]);
        assert_eq!(bench.refusal(SECOND, take(SPOT, Side::Buy, 100)), None);
    }
}

// RK12: manual override. Without a quiet time only a person's word resets, and it takes a new cause to trip again.
#[test]
fn rk12_every_breaker_resets_by_a_persons_word() {
    for kind in BreakerKind::ALL {
        let mut bench = Bench::new(broken(kind, Action::Reduce, false));
        bench.cause(kind);
        bench.pass(2 * QUIET_MS);
        assert_eq!(bench.state(), TradingState::Paused, "{kind:?}");
        // Another breaker's reset is none of it, and trading goes on by no other word.
        let other = BreakerKind::ALL[(kind as usize + 1) % BreakerKind::ALL.len()];
        bench.control(Control::ResetBreaker(other));
        bench.control(Control::Resume);
        assert_eq!(bench.state(), TradingState::Paused, "{kind:?}");
        bench.control(Control::ResetBreaker(kind));
        assert_eq!(bench.state(), TradingState::Active, "{kind:?}");
        bench.pass(1_000);
        assert_eq!(bench.account_reasons(), [kind.tripped(), kind.reset()]);
    }
}

// RK12, 3.2-24: one alert an episode, and active, reducing, halted by what is configured.
#[test]
fn a_breaker_that_halts_lets_nothing_leave() {
    let mut bench = Bench::new(broken(BreakerKind::RejectRate, Action::Halt, false));
    bench.cause(BreakerKind::RejectRate);
    assert_eq!(bench.state(), TradingState::Halted);
    let refused = Some("breaker_reject_rate".to_string());
    for role in [LegRole::Entry, LegRole::Exit, LegRole::Repair] {
        let order = with_role(take(SPOT, Side::Buy, 100), role, 1);
        assert_eq!(bench.refusal(FIRST, order), refused);
    }
    assert_eq!(bench.alerts().len(), 1);
}

#[test]
fn what_rests_to_open_is_taken_back_when_a_breaker_trips() {
    let mut bench = Bench::new(broken(BreakerKind::PriceJump, Action::Reduce, false));
    let entry = bench.rests(FIRST, rest(SPOT, Side::Buy, 100, 9_000));
    let exit = with_role(rest(SPOT, Side::Sell, 100, 11_000), LegRole::Exit, 1);
    bench.rests(FIRST, exit);
    bench.cause(BreakerKind::PriceJump);
    let commands = &bench.decisions.last().unwrap().commands;
    assert_eq!(commands[0], Command::Cancel(entry));
    assert_eq!(commands.len(), 2);
}

// R7: the state is a fold of what the journal holds; a restart comes up as it went down.
#[test]
fn r7_halts_and_trips_survive_a_fold_of_the_journal() {
    let limits = broken(BreakerKind::DailyLoss, Action::Halt, true);
    let mut bench = Bench::new(limits.clone());
    bench.cause(BreakerKind::DailyLoss);
    bench.control(Control::Pause);
    bench.control(Control::Halt);
    let status = bench.desk.risk_status(bench.now, &bench.market);
    assert_eq!(bench.desk.gate().state(), TradingState::Halted);
    let mut again = bench.folded(limits);
    assert_eq!(again.decisions, bench.decisions);
    assert_eq!(again.desk.gate().state(), TradingState::Halted);
    assert_eq!(again.state(), TradingState::Halted);
    let folded = again.desk.risk_status(again.now, &again.market).breakers;
    assert_eq!(folded, status.breakers);
    // No order but a person's word leads out.
    again.control(Control::ResetBreaker(BreakerKind::DailyLoss));
    let repair = with_role(take(SPOT, Side::Buy, 100), LegRole::Repair, 1);
    assert_eq!(again.refusal(FIRST, repair), Some("halted".to_string()));
    again.control(Control::Resume);
    assert_eq!(again.refusal(FIRST, repair), None);
}

#[test]
fn a_loss_that_a_person_has_seen_trips_nothing_until_it_grows_or_the_day_turns() {
    let mut bench = Bench::new(broken(BreakerKind::DailyLoss, Action::Reduce, false));
    bench.cause(BreakerKind::DailyLoss);
    bench.control(Control::ResetBreaker(BreakerKind::DailyLoss));
    bench.quote(FUTURE, 8_700, 8_710);
    assert_eq!(bench.state(), TradingState::Active);
    bench.quote(FUTURE, 8_590, 8_600);
    assert_eq!(bench.state(), TradingState::Paused);
    bench.control(Control::ResetBreaker(BreakerKind::DailyLoss));
    bench.wait(24 * 3_600_000);
    bench.quote(FUTURE, 8_590, 8_600);
    assert_eq!(bench.state(), TradingState::Active);
    bench.quote(FUTURE, 8_190, 8_200);
    assert_eq!(bench.state(), TradingState::Paused);
}

// 3.2-3: fees drained by orders without end. 3.2-22: stuck on a stale book.
#[test]
fn a_trip_within_its_multiple_and_a_slow_move_trip_nothing() {
    let mut bench = Bench::new(broken(BreakerKind::TripLoss, Action::Reduce, false));
    let enter = with_role(take(FUTURE, Side::Buy, 10_000), LegRole::Entry, 1);
    bench.traded(FIRST, enter);
    let order = bench.placed(
        FIRST,
        with_role(take(FUTURE, Side::Sell, 10_000), LegRole::Exit, 1),
    );
    bench.fill(order, 10_000, 9_930);
    assert_eq!(bench.state(), TradingState::Active);
    let mut bench = Bench::new(broken(BreakerKind::PriceJump, Action::Reduce, false));
    for step in 1..=40 {
        bench.wait(1_000);
        bench.quote(FUTURE, 9_990 - 20 * step, 10_010 - 20 * step);
    }
    assert_eq!(bench.state(), TradingState::Active);
}

// RK16: alert rules of the configuration, each once an episode.
#[test]
fn rk16_alert_rules_tell_people_once_an_episode() {
    let mut bench = Bench::new(RiskLimits {
        alerts: vec![
            AlertRule::Exposure(money("1000")),
            AlertRule::OpenOrders(1),
            AlertRule::DayLoss(money("50")),
            AlertRule::Leverage(Decimal::ONE),
            AlertRule::Drawdown(Bps::from_millionths(50_000_000)),
        ],
        ..RiskLimits::default()
    });
    bench.traded(FIRST, take(FUTURE, Side::Buy, 9_000));
    bench.rests(FIRST, rest(SPOT, Side::Buy, 100, 9_000));
    assert!(bench.alerts().is_empty());
    bench.traded(FIRST, take(FUTURE, Side::Buy, 2_000));
    bench.rests(FIRST, rest(SPOT, Side::Buy, 100, 9_000));
    bench.quote(FUTURE, 9_990, 10_010);
    assert_eq!(
        bench.account_reasons(),
        ["alert_exposure", "alert_open_orders"]
    );
    assert_eq!(
        bench.alerts()[0],
        "exposure_quote is 1101.1, the bound max_exposure_quote is 1000"
    );
    bench.quote(FUTURE, 9_500, 9_510);
    bench.quote(FUTURE, 9_400, 9_410);
    bench.traded(FIRST, take(FUTURE, Side::Buy, 250_000));
    bench.quote(FUTURE, 9_400, 9_410);
    assert_eq!(
        bench.account_reasons()[2..],
        ["alert_day_loss", "alert_leverage", "alert_drawdown"]
    );
}
