//! The ramp of tasks, and what waits for a person.

use super::*;
use crate::approval::{Item, Verdict};
use crate::notice::{Notice, NoticeKind};
use crate::num::Bps;
use crate::ramp::RampRule;
use crate::risk::{Action, BreakerKind, BreakerRule, Trigger};
use crate::task::{Ending, TaskAction, TaskOrder};

fn ramped() -> RiskLimits {
    RiskLimits {
        ramp: Some(RampRule {
            trips: 2,
            ..RampRule::default()
        }),
        breakers: vec![BreakerRule {
            trigger: Trigger::Drawdown(Bps::from_millionths(100_000_000)),
            action: Action::Reduce,
            reset_after: None,
        }],
        ..RiskLimits::default()
    }
}

impl Bench {
    /// One round trip that gains 0.80 a coin.
    fn trip(&mut self, task: TaskId) {
        self.traded(task, take(SPOT, Side::Buy, 100));
        let order = self.placed(task, take(SPOT, Side::Sell, 100));
        self.fill(order, 100, 10_090);
    }

    fn lots(&self, task: TaskId) -> Option<u32> {
        self.desk.ramp(task).unwrap().lots
    }

    fn waits(&self) -> Vec<String> {
        let all = self.desk.waiting(self.now, &self.market);
        all.iter().map(|it| it.item.id(self.desk.names())).collect()
    }

    fn say(&mut self, item: Item, approved: bool) {
        self.control(Control::Verdict(Box::new(Verdict {
            item,
            approved,
            who: "ann".to_string(),
            why: None,
        })));
    }
}

#[test]
fn a_ramp_follows_the_fills_of_its_task_and_a_breaker_ends_it() {
    let mut bench = Bench::new(ramped());
    assert_eq!(bench.lots(FIRST), Some(1));
    bench.trip(FIRST);
    assert_eq!(bench.lots(FIRST), Some(1));
    bench.trip(FIRST);
    bench.trip(FIRST);
    assert_eq!((bench.lots(FIRST), bench.lots(SECOND)), (Some(2), Some(1)));
    assert_eq!(bench.account_reasons(), ["ramp_raised"]);
    assert!(
        bench.alerts()[0].contains("first enters up to 2 lots"),
        "{:?}",
        bench.alerts()
    );
    // A restart keeps the step, and what counts toward the next.
    let again = bench.folded(ramped());
    assert_eq!(again.desk.ramp(FIRST), bench.desk.ramp(FIRST));
    assert_eq!(again.desk.ramp(FIRST).unwrap().good, 1);
    assert_eq!(again.decisions, bench.decisions);
    // Equity falls by a tenth on the market's word alone.
    bench.traded(FIRST, take(SPOT, Side::Buy, 50_000));
    bench.quote(SPOT, 5_000, 5_010);
    assert_eq!(bench.lots(FIRST), Some(1));
    let said = ["ramp_raised", "tripped_drawdown", "ramp_fell"];
    assert_eq!(bench.account_reasons(), said);
    bench.quote(SPOT, 5_000, 5_020);
    assert_eq!(bench.account_reasons(), said, "once an episode");
    assert_eq!(bench.waits(), ["breaker:drawdown"]);
    bench.say(Item::Breaker(BreakerKind::Drawdown), true);
    assert!(bench.waits().is_empty());
    assert_eq!(bench.folded(ramped()).decisions, bench.decisions);
}

fn flatten(task: TaskId) -> Control {
    Control::Task(Box::new(TaskOrder {
        task: Some(task),
        action: TaskAction::Stop(Ending::Unwind),
    }))
}

// 2.1: manual approval where the estimated loss is above max_single_loss.
#[test]
fn rc7_closing_at_too_much_loss_waits_for_a_person() {
    let limits = || RiskLimits {
        max_single_loss: Some(money("5")),
        ..RiskLimits::default()
    };
    let mut bench = Bench::new(limits());
    bench.traded(FIRST, take(SPOT, Side::Buy, 10_000));
    // Bought at 100.10: at 99.90 ten coins lose 2, at 99 they lose 11.
    bench.quote(SPOT, 9_900, 9_920);
    bench.control(flatten(FIRST));
    assert_eq!(bench.waits(), ["unwind:first"]);
    let waiting = bench.desk.waiting(bench.now, &bench.market);
    assert_eq!(waiting[0].loss, Some(money("11")));
    assert!(
        bench.alerts()[0].contains("would lose about 11"),
        "{:?}",
        bench.alerts()
    );
    let state = |bench: &Bench| bench.desk.status(FIRST).unwrap().state;
    assert_eq!(state(&bench), TaskState::Running);
    bench.say(Item::Unwind(FIRST), false);
    assert!(bench.waits().is_empty());
    assert_eq!(state(&bench), TaskState::Running);
    bench.say(Item::Unwind(FIRST), true);
    assert_eq!(state(&bench), TaskState::Running, "nothing waited");
    bench.control(flatten(FIRST));
    bench.say(Item::Unwind(FIRST), true);
    assert_ne!(state(&bench), TaskState::Running);
    assert!(bench.waits().is_empty());
    assert_eq!(bench.folded(limits()).decisions, bench.decisions);
    // What loses less is closed at once.
    let mut bench = Bench::new(limits());
    bench.traded(FIRST, take(SPOT, Side::Buy, 10_000));
    bench.control(flatten(FIRST));
    assert_ne!(state(&bench), TaskState::Running);
    assert!(bench.waits().is_empty());
}

#[test]
fn rc7_what_is_not_the_run_s_own_waits_and_a_no_pauses() {
    let mut bench = Bench::new(RiskLimits::default());
    let notice = |kind| {
        let text = "somebody traded".to_string();
        Body::Notice(Box::new(Notice { kind, text }))
    };
    bench.step(notice(NoticeKind::Venue));
    assert!(bench.waits().is_empty(), "nobody has to act");
    let (first, second) = (Seq(bench.seq), Seq(bench.seq + 1));
    bench.step(notice(NoticeKind::Foreign));
    bench.step(notice(NoticeKind::Foreign));
    assert_eq!(bench.waits().len(), 2);
    bench.say(Item::Foreign(first), true);
    assert_eq!(bench.desk.gate().state(), TradingState::Active);
    bench.say(Item::Foreign(second), false);
    assert_eq!(bench.desk.gate().state(), TradingState::Paused);
    assert!(bench.waits().is_empty());
}

#[test]
fn rc7_a_halt_waits_and_a_no_is_kept_with_who_said_it() {
    let mut bench = Bench::new(RiskLimits::default());
    bench.wait(10);
    bench.control(Control::Halt);
    bench.wait(10);
    assert_eq!(bench.waits(), ["halt"]);
    bench.say(Item::Halt, false);
    let waiting = bench.desk.waiting(bench.now, &bench.market);
    assert_eq!(waiting[0].since, Ts::from_nanos(10_000_000));
    let denied = waiting[0].denied.as_ref().unwrap();
    assert_eq!(
        (&*denied.who, denied.at),
        ("ann", Ts::from_nanos(20_000_000))
    );
    assert_eq!(bench.desk.gate().state(), TradingState::Halted);
    bench.say(Item::Halt, true);
    assert_eq!(bench.desk.gate().state(), TradingState::Active);
    assert!(bench.waits().is_empty());
    // Another halt is another matter.
    bench.control(Control::Halt);
    assert_eq!(bench.desk.waiting(bench.now, &bench.market)[0].denied, None);
}

#[test]
fn rc7_a_quarantined_task_waits_and_is_released() {
    let mut bench = Bench::new(ramped());
    bench.trip(FIRST);
    bench.trip(FIRST);
    assert_eq!(bench.lots(FIRST), Some(2));
    bench.traded(FIRST, take(SPOT, Side::Buy, 1_000));
    bench.scripts[0].borrow_mut().quarantined = true;
    bench.wait(5);
    bench.quote(SPOT, 9_990, 10_010);
    bench.balance(0, USDT, "10000");
    assert_eq!(bench.waits(), ["quarantine:first"]);
    assert_eq!(bench.lots(FIRST), Some(1), "back at one lot");
    let waiting = bench.desk.waiting(bench.now, &bench.market);
    assert_eq!(waiting[0].since, bench.now);
    assert_eq!(waiting[0].loss, Some(money("0.2")));
    bench.say(Item::Quarantine(FIRST), true);
    assert!(bench.scripts[0].borrow().resumed, "its strategy was told");
    bench.scripts[0].borrow_mut().quarantined = false;
    bench.balance(0, USDT, "10000");
    assert!(bench.waits().is_empty());
}
