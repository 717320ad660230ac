//! Orders are payable before they leave, nothing is spent twice, and the books agree with what venues say.

use proptest::prelude::*;
use proptest::strategy::Strategy;

use super::*;
use crate::num::Bps;
use crate::risk::{AlertRule, Balance, FeeIn, FundsRules, ReconcileRule, VenueTerms};

fn terms(venue: u16, leverage: u32) -> VenueTerms {
    VenueTerms {
        venue: VenueId(venue),
        fee: Bps::from_millionths(10_000_000),
        charged: FeeIn::Quote,
        leverage,
    }
}

pub(super) fn checked() -> RiskLimits {
    RiskLimits {
        funds: Some(FundsRules {
            check: true,
            venues: vec![terms(0, 1), terms(1, 2)],
            reconcile: None,
        }),
        ..RiskLimits::default()
    }
}

fn insufficient() -> Option<String> {
    Some("balance_insufficient".to_string())
}

/// A buyer at 100.00 that rests.
fn buy(instrument: InstrumentId, thousandths: i64) -> OrderIntent {
    rest(instrument, Side::Buy, thousandths, 10_000)
}

impl Bench {
    fn balance_of(&self, venue: u16, asset: AssetId) -> Balance {
        let status = self.desk.risk_status(self.now, &self.market);
        let mut balances = status.balances.into_iter();
        let of_it = |one: &Balance| (one.venue, one.asset) == (VenueId(venue), asset);
        balances.find(of_it).unwrap()
    }
}

// BA1: total, locked, reserved and free by venue and asset, with the age of the venue's word.
#[test]
fn ba1_balances_are_known_by_venue_and_asset_with_their_age() {
    let mut bench = Bench::new(checked());
    bench.wait(700);
    let resting = bench.rests(FIRST, buy(SPOT, 10_000));
    bench.placed(SECOND, buy(SPOT, 5_000));
    let usdt = bench.balance_of(0, USDT);
    // 1000 and 500, and 10 bps of fees.
    assert_eq!(
        (usdt.locked, usdt.reserved),
        (money("1001"), money("500.5"))
    );
    assert_eq!(usdt.told, Some(money("10000")));
    assert_eq!(usdt.free(), money("8498.5"));
    assert_eq!(bench.now.since(usdt.as_of.unwrap()), Span::from_millis(700));
    bench.fill(resting, 4_000, 10_000);
    let usdt = bench.balance_of(0, USDT);
    assert_eq!((usdt.total, usdt.locked), (money("9600"), money("600.6")));
    assert_eq!(usdt.told, Some(money("10000")));
    assert_eq!(bench.balance_of(0, BTC).total, money("14"));
    bench.news(resting, OrderEventKind::Cancelled);
    assert_eq!(bench.balance_of(0, USDT).locked, Money::ZERO);
    // A future: margin of the position, and what it has lost.
    bench.traded(FIRST, take(FUTURE, Side::Buy, 10_000));
    bench.quote(FUTURE, 9_910, 9_930);
    let usdt = bench.balance_of(1, USDT);
    assert_eq!(
        (usdt.margin, usdt.free()),
        (money("510.5"), money("9489.5"))
    );
}

// BA2, 3.2-1: insufficient on leg 2, leg 1 is not sent; fees and margin counted.
#[test]
fn ba2_no_leg_leaves_when_another_cannot_be_paid() {
    let mut bench = Bench::new(checked());
    let legs = |qty| [buy(SPOT, qty), rest(FUTURE, Side::Sell, qty, 10_000)];
    // Spot: 10,010 of 10,000 with the fee. The other way round the second leg is the one that fails.
    assert_eq!(
        bench.ask(FIRST, &legs(100_000)).map(|_| ()),
        Err("balance_insufficient".to_string())
    );
    let mut turned = legs(100_000);
    turned.reverse();
    assert_eq!(
        bench.ask(FIRST, &turned).map(|_| ()),
        Err("balance_insufficient".to_string())
    );
    assert_eq!(bench.desk.orders().len(), 0);
    // Two legs of one venue share its balance: 60 and 60 coins are too much together.
    let both = [buy(SPOT, 60_000), buy(ETH, 60_000)];
    assert_eq!(
        bench.ask(FIRST, &both).map(|_| ()),
        Err("balance_insufficient".to_string())
    );
    assert!(bench.ask(FIRST, &both[..1]).is_ok());
    // A future of twice the leverage: half its value, and the fee on all of it, at the touch of 100.10 that a market
    // order pays.
    let future = |qty| OrderIntent {
        limit: None,
        ..take(FUTURE, Side::Buy, qty)
    };
    assert_eq!(bench.refusal(FIRST, future(199_500)), insufficient());
    assert_eq!(bench.refusal(FIRST, future(199_000)), None);
}

#[test]
fn what_is_sold_must_be_there_and_what_closes_needs_no_margin() {
    let mut bench = Bench::new(checked());
    assert_eq!(
        bench.refusal(FIRST, take(SPOT, Side::Sell, 10_001)),
        insufficient()
    );
    bench.rests(FIRST, rest(SPOT, Side::Sell, 6_000, 10_500));
    assert_eq!(
        bench.refusal(SECOND, take(SPOT, Side::Sell, 4_001)),
        insufficient()
    );
    assert_eq!(bench.refusal(SECOND, take(SPOT, Side::Sell, 4_000)), None);
    bench.traded(FIRST, take(FUTURE, Side::Buy, 190_000));
    let close = with_role(take(FUTURE, Side::Sell, 190_000), LegRole::Exit, 1);
    assert_eq!(bench.refusal(FIRST, close), None);
    assert_eq!(
        bench.refusal(FIRST, take(FUTURE, Side::Buy, 20_000)),
        insufficient()
    );
}

// A balance that the venue never told is unknown, not zero.
#[test]
fn what_nobody_told_of_is_unknown_and_not_spent() {
    let mut bench = Bench::new(checked());
    let unknown = Some("balance_unknown".to_string());
    assert_eq!(bench.refusal(FIRST, take(ETH, Side::Sell, 100)), unknown);
    // What own fills brought is known to be there.
    bench.traded(FIRST, take(ETH, Side::Buy, 300));
    assert_eq!(
        bench.refusal(FIRST, take(ETH, Side::Sell, 301)),
        insufficient()
    );
    assert_eq!(bench.refusal(FIRST, take(ETH, Side::Sell, 300)), None);
    let eth = bench.balance_of(0, AssetId(2));
    assert_eq!((eth.told, eth.as_of, eth.total), (None, None, money("0.3")));
}

#[test]
fn a_change_needs_what_it_adds() {
    let mut bench = Bench::new(checked());
    let order = bench.rests(FIRST, buy(SPOT, 90_000));
    assert_eq!(bench.amend(order, 100_000, 10_000).err(), insufficient());
    assert_eq!(bench.amend(order, 99_000, 10_000), Ok(()));
    // Until it is answered the larger is held.
    assert_eq!(bench.refusal(SECOND, buy(ETH, 1_000)), insufficient());
    bench.news(order, OrderEventKind::AmendRejected(RejectReason::Balance));
    bench.news(order, OrderEventKind::Cancelled);
    assert_eq!(bench.refusal(SECOND, buy(ETH, 99_000)), None);
}

// BA3, 3.2-9: what a task reserved ahead is nobody else's until it lapses or is given back.
#[test]
fn ba3_reservations_are_held_used_released_and_lapse() {
    let mut bench = Bench::new(checked());
    let until = bench.now + Span::from_millis(1_000);
    assert_eq!(bench.reserve(FIRST, &[buy(SPOT, 60_000)], until), Ok(()));
    assert_eq!(bench.balance_of(0, USDT).reserved, money("6006"));
    assert_eq!(bench.refusal(SECOND, buy(SPOT, 40_000)), insufficient());
    assert_eq!(
        bench.reserve(SECOND, &[buy(SPOT, 40_000)], until).err(),
        insufficient()
    );
    assert_eq!(bench.refusal(SECOND, buy(SPOT, 39_000)), None);
    // The task's own orders use it up.
    let leg = bench.rests(FIRST, buy(SPOT, 20_000));
    let usdt = bench.balance_of(0, USDT);
    assert_eq!((usdt.locked, usdt.reserved), (money("2002"), money("4004")));
    // What was taken does not come back to the reservation, but it is free again.
    bench.news(leg, OrderEventKind::Cancelled);
    assert_eq!(bench.balance_of(0, USDT).free(), money("5996"));
    bench.wait(999);
    assert_eq!(bench.refusal(SECOND, buy(SPOT, 60_000)), insufficient());
    bench.wait(1);
    assert_eq!(bench.refusal(SECOND, buy(SPOT, 60_000)), None);
    // Given back before it lapses.
    let until = bench.now + Span::from_millis(1_000);
    assert_eq!(bench.reserve(FIRST, &[buy(SPOT, 60_000)], until), Ok(()));
    assert_eq!(bench.reserve(FIRST, &[], until), Ok(()));
    assert_eq!(bench.balance_of(0, USDT).reserved, Money::ZERO);
}

// BA4: by asset, at every venue that told of it, once an episode.
#[test]
fn ba4_low_balances_are_told_of_by_asset() {
    let mut bench = Bench::new(RiskLimits {
        alerts: vec![AlertRule::LowBalance {
            venue: None,
            asset: USDT,
            least: money("9000"),
        }],
        ..RiskLimits::default()
    });
    bench.traded(FIRST, take(SPOT, Side::Buy, 9_000));
    assert!(bench.alerts().is_empty());
    bench.traded(FIRST, take(SPOT, Side::Buy, 1_000));
    bench.traded(FIRST, take(SPOT, Side::Buy, 1_000));
    assert_eq!(
        bench.alerts(),
        ["balance is 8999 USDT at spot, the bound min_balance is 9000"]
    );
    bench.balance(1, USDT, "10000");
    assert_eq!(bench.alerts().len(), 1);
}

fn reconciled(patience_ms: i64) -> RiskLimits {
    RiskLimits {
        funds: Some(FundsRules {
            check: false,
            venues: Vec::new(),
            reconcile: Some(ReconcileRule {
                patience: Span::from_millis(patience_ms),
                tolerances: vec![(USDT, money("0.5"))],
            }),
        }),
        ..RiskLimits::default()
    }
}

// BA5: more than one lot, or a stated tolerance, and longer than word may be on its way.
#[test]
fn ba5_a_difference_that_lasts_quarantines_the_venue() {
    let mut bench = Bench::new(reconciled(1_000));
    let refused = Some("balance_unreconciled".to_string());
    // One lot of BTC is 0.001.
    bench.balance(0, BTC, "9.999");
    bench.wait(2_000);
    bench.quote(ETH, 9_990, 10_010);
    assert_eq!(bench.refusal(FIRST, take(SPOT, Side::Buy, 100)), None);
    bench.balance(0, BTC, "9.9989");
    bench.wait(999);
    bench.quote(ETH, 9_990, 10_010);
    assert_eq!(bench.refusal(FIRST, take(SPOT, Side::Buy, 100)), None);
    bench.wait(1);
    bench.quote(ETH, 9_990, 10_010);
    assert_eq!(bench.account_reasons(), ["balance_unreconciled"]);
    assert_eq!(
        bench.alerts(),
        [
            "the books and spot differ by -0.0011 BTC: nothing is opened there until that is explained"
        ]
    );
    assert_eq!(bench.refusal(FIRST, take(ETH, Side::Buy, 100)), refused);
    assert_eq!(bench.refusal(FIRST, take(FUTURE, Side::Buy, 100)), None);
    let repair = with_role(take(SPOT, Side::Sell, 100), LegRole::Repair, 1);
    assert_eq!(bench.refusal(FIRST, repair), None);
    // The venue's later word explains it.
    bench.balance(0, BTC, "10");
    assert_eq!(bench.refusal(FIRST, take(ETH, Side::Buy, 100)), None);
    assert_eq!(bench.account_reasons()[1..], ["balance_reconciled"]);
    assert_eq!(bench.alerts().len(), 1);
}

#[test]
fn word_of_a_balance_before_its_fill_is_waited_for_and_a_person_may_accept() {
    let mut bench = Bench::new(reconciled(1_000));
    let order = bench.placed(FIRST, take(SPOT, Side::Buy, 1_000));
    bench.balance(0, USDT, "9899.9");
    bench.balance(0, BTC, "11");
    bench.wait(900);
    bench.fill(order, 1_000, 10_010);
    bench.wait(900);
    bench.quote(ETH, 9_990, 10_010);
    assert!(bench.account_reasons().is_empty());
    // A deposit that nobody announced.
    bench.balance(1, USDT, "12000");
    bench.wait(1_000);
    bench.quote(ETH, 9_990, 10_010);
    let refused = Some("balance_unreconciled".to_string());
    assert_eq!(bench.refusal(FIRST, take(FUTURE, Side::Buy, 100)), refused);
    bench.control(Control::AcceptBalances);
    assert_eq!(bench.refusal(FIRST, take(FUTURE, Side::Buy, 100)), None);
    bench.balance(1, USDT, "12000.4");
    bench.wait(1_000);
    bench.quote(ETH, 9_990, 10_010);
    assert_eq!(
        bench.account_reasons(),
        ["balance_unreconciled", "balances_accepted"]
    );
}

#[derive(Clone, Debug)]
enum Step {
    Order(TaskId, u8, bool, i64),
    Reserve(TaskId, i64, i64),
    Fill(usize, i64),
    Accept(usize),
    Unknown(usize),
    End(usize),
    Amend(usize, i64),
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let task = || (0u16..2).prop_map(TaskId);
    let step = prop_oneof![
        4 => (task(), 0u8..3, any::<bool>(), 1i64..80_000).prop_map(|(t, i, b, q)| Step::Order(t, i, b, q.max(2))),
        1 => (task(), 1i64..80_000, 1i64..500).prop_map(|(t, q, ms)| Step::Reserve(t, q.max(2), ms)),
        2 => (0usize..12, 1i64..30_000).prop_map(|(at, qty)| Step::Fill(at, qty)),
        1 => (0usize..12).prop_map(Step::Accept),
        1 => (0usize..12).prop_map(Step::Unknown),
        1 => (0usize..12).prop_map(Step::End),
        1 => (0usize..12, 1i64..80_000).prop_map(|(at, qty)| Step::Amend(at, qty.max(2))),
        1 => (0i64..400).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..40)
}

impl Bench {
    fn take(&mut self, step: Step, orders: &mut Vec<OrderId>) {
        let order = |bench: &Self, at: usize| {
            let order = bench.desk.own.orders.get(*orders.get(at)?)?;
            (!order.state.is_terminal()).then(|| order.clone())
        };
        match step {
            Step::Order(task, at, buys, qty) => {
                let (side, price) = if buys {
                    (Side::Buy, 9_000)
                } else {
                    (Side::Sell, 11_000)
                };
                let intent = rest(InstrumentId(u16::from(at)), side, qty, price);
                orders.extend(self.ask(task, &[intent]).unwrap_or_default());
            }
            Step::Reserve(task, qty, ms) => {
                let until = self.now + Span::from_millis(ms);
                let _ = self.reserve(task, &[buy(SPOT, qty), buy(FUTURE, qty)], until);
            }
            Step::Fill(at, qty) => {
                if let Some(order) = order(self, at)
                    && order.remaining() > Qty::ZERO
                {
                    let price = order.place.limit.unwrap().mantissa();
                    self.fill(orders[at], qty.min(order.remaining().mantissa()), price);
                }
            }
            Step::Accept(at) if order(self, at).is_some() => {
                self.news(orders[at], OrderEventKind::Accepted)
            }
            Step::Unknown(at) if order(self, at).is_some() => {
                self.news(orders[at], OrderEventKind::Unknown)
            }
            Step::End(at) if order(self, at).is_some() => {
                self.news(orders[at], OrderEventKind::Cancelled)
            }
            Step::Amend(at, qty) => {
                if let Some(order) = order(self, at) {
                    let _ = self.amend(orders[at], qty, order.place.limit.unwrap().mantissa());
                }
            }
            Step::Wait(ms) => self.wait(ms),
            Step::Accept(_) | Step::Unknown(_) | Step::End(_) => {}
        }
    }
}

proptest! {
    // BA3: whatever tasks do at the same time, what is locked and reserved is never more than there is.
    #[test]
    fn ba3_concurrent_tasks_never_reserve_more_than_there_is(steps in steps()) {
        let mut bench = Bench::new(checked());
        let mut orders = Vec::new();
        for step in steps {
            bench.take(step.clone(), &mut orders);
            for balance in bench.desk.risk_status(bench.now, &bench.market).balances {
                prop_assert!(!balance.free().is_negative(), "{:?} {:?}", step, balance);
            }
        }
    }
}
