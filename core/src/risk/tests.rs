//! The gate, refusal by refusal.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::command::{Amend, LegRole, LegTag, Place, TimeInForce};
use crate::event::{Body, Event, FeedEvent, FeedNews, Level, OrderEvent, OrderEventKind, Quote};
use crate::instrument::{InstrumentKind, Side, fixtures::instrument};
use crate::ledger::Ledger;
use crate::market::{Market, TopFeed};
use crate::names::{InstrumentId, Names, TaskId};
use crate::num::{Money, Price, Qty};
use crate::order::{OrderId, OrderTable};
use crate::position::Position;
use crate::time::{Span, Ts};

/// A gate with what it looks at: one linear future with a tick of 0.10, lots of 0.005 and 0.005 to 100 at
/// least 5, quoted 99.90 / 100.00.
struct Desk {
    gate: RiskGate,
    names: Arc<Names>,
    market: Market,
    orders: OrderTable,
    positions: Vec<Position>,
    ledger: Ledger,
    day_realised: Money,
    day_opening_unrealised: Money,
    now: Ts,
}

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn desk(limits: RiskLimits) -> Desk {
    let mut future = instrument(0, InstrumentKind::Linear);
    future.max_qty = Qty::new(100_000);
    let names = Names {
        instruments: vec![future],
        ..Names::default()
    };
    let mut desk = Desk {
        gate: RiskGate::new(limits, &names),
        market: Market::new(&names.instruments, &[TopFeed::Quote]),
        names: Arc::new(names),
        orders: OrderTable::new(1),
        positions: vec![Position::default()],
        ledger: Ledger::default(),
        day_realised: Money::ZERO,
        day_opening_unrealised: Money::ZERO,
        now: Ts::from_nanos(0),
    };
    desk.quote(9_990, 10_000);
    desk
}

fn place(side: Side, qty: i64, limit: Option<i64>) -> Place {
    Place {
        order: OrderId { epoch: 1, n: 0 },
        task: TaskId(0),
        instrument: InstrumentId(0),
        side,
        qty: Qty::new(qty),
        limit: limit.map(Price::new),
        time_in_force: TimeInForce::ImmediateOrCancel,
        reduce_only: false,
        tag: LegTag::default(),
    }
}

impl Desk {
    fn quote(&mut self, bid: i64, ask: i64) {
        let level = |price| Level {
            price: Price::new(price),
            qty: Qty::new(1_000),
        };
        self.apply(Body::Quote(Quote {
            instrument: InstrumentId(0),
            bid: level(bid),
            ask: level(ask),
        }));
    }

    fn apply(&mut self, body: Body) {
        self.market.apply(&Event { ts: self.now, body });
    }

    fn hold(&mut self, qty: i64, price: i64) {
        let side = if qty > 0 { Side::Buy } else { Side::Sell };
        self.positions[0] = Position::default();
        self.positions[0].fill(
            &self.names.instruments[0],
            side,
            Price::new(price),
            Qty::new(qty.abs()),
        );
    }

    fn send(&mut self, mut order: Place) -> OrderId {
        order.order.n = self.orders.len() as u32;
        self.orders.enter(order);
        order.order
    }

    fn judge(&self, order: Place) -> Result<(), &'static str> {
        self.judge_with(order, &[]).map(|_| ())
    }

    fn judge_with(
        &self,
        order: Place,
        pending: &[Approved<Place>],
    ) -> Result<Approved<Place>, &'static str> {
        let judged = self.gate.approve(order, &self.view(), pending);
        judged.map_err(Code::name)
    }

    fn view(&self) -> RiskView<'_> {
        RiskView {
            now: self.now,
            names: &self.names,
            market: &self.market,
            orders: &self.orders,
            positions: &self.positions,
            ledger: &self.ledger,
            day_realised: self.day_realised,
            day_opening_unrealised: self.day_opening_unrealised,
        }
    }
}

fn at_most_position(value: &str) -> RiskLimits {
    RiskLimits {
        max_position_notional: Some(money(value)),
        ..RiskLimits::default()
    }
}

#[test]
fn each_filter_has_its_reason() {
    let desk = desk(RiskLimits::default());
    let cases = [
        (1_000, Some(10_000), Ok(())),
        (1_000, None, Ok(())),
        (0, None, Err("quantity_off_lot")),
        (-5, None, Err("quantity_off_lot")),
        (1_001, None, Err("quantity_off_lot")),
        (1_000, Some(10_005), Err("price_off_tick")),
        (1_000, Some(0), Err("price_off_tick")),
        (100_005, None, Err("above_max_quantity")),
        // 0.045 * 100 = 4.5.
        (45, None, Err("below_min_notional")),
        (50, None, Ok(())),
    ];
    for (qty, limit, expected) in cases {
        assert_eq!(desk.judge(place(Side::Buy, qty, limit)), expected, "{qty}");
    }
    let mut least = desk;
    let names = Arc::get_mut(&mut least.names).unwrap();
    names.instruments[0].min_qty = Qty::new(100);
    assert_eq!(
        least.judge(place(Side::Buy, 95, None)),
        Err("below_min_quantity")
    );
}

#[test]
fn nothing_is_sent_on_a_book_that_cannot_be_acted_on() {
    let limits = RiskLimits {
        max_book_age: Some(Span::from_millis(1_000)),
        ..RiskLimits::default()
    };
    let mut desk = desk(limits);
    let order = place(Side::Buy, 1_000, None);
    desk.now = Ts::from_nanos(1_000_000_000);
    assert_eq!(desk.judge(order), Ok(()));
    desk.now = Ts::from_nanos(1_000_000_001);
    assert_eq!(desk.judge(order), Err("book_stale"));
    desk.quote(10_000, 10_000);
    assert_eq!(desk.judge(order), Err("book_crossed"));
    for (state, reason) in [
        (FeedNews::Gap, "book_gapped"),
        (FeedNews::Disconnected, "book_missing"),
    ] {
        desk.quote(9_990, 10_000);
        assert_eq!(desk.judge(order), Ok(()));
        desk.apply(Body::Feed(FeedEvent {
            instrument: InstrumentId(0),
            state,
        }));
        assert_eq!(desk.judge(order), Err(reason));
    }
}

#[test]
fn an_order_is_worth_what_it_may_cost_and_a_sale_what_the_touch_brings() {
    let limits = RiskLimits {
        max_order_notional: Some(money("1000")),
        ..RiskLimits::default()
    };
    let desk = desk(limits);
    let refused = Err("max_order_notional");
    assert_eq!(desk.judge(place(Side::Buy, 10_000, Some(10_000))), Ok(()));
    assert_eq!(desk.judge(place(Side::Buy, 10_000, Some(10_010))), refused);
    // 10 * 99.9 = 999 passes; 10.01 * 99.9 = 1000.0 does not, whatever little its limit would take.
    assert_eq!(desk.judge(place(Side::Sell, 10_000, Some(100))), Ok(()));
    assert_eq!(desk.judge(place(Side::Sell, 10_015, Some(100))), refused);
    assert_eq!(desk.judge(place(Side::Sell, 10_015, None)), refused);
}

#[test]
fn the_worst_case_counts_open_unknown_and_just_approved_orders() {
    let mut desk = desk(at_most_position("1000"));
    let refused = Err("max_position_notional");
    desk.hold(4_000, 9_000);
    // 4 held, 3 open of which 1 traded already, and 2 unknown: 6 * 100 and 2 * 100 leave room for 2.
    let open = desk.send(place(Side::Buy, 3_000, None));
    let unknown = desk.send(place(Side::Buy, 2_000, None));
    for (order, kind) in [
        (open, OrderEventKind::Accepted),
        (unknown, OrderEventKind::Unknown),
    ] {
        desk.orders.apply(&OrderEvent { order, kind });
    }
    assert_eq!(desk.judge(place(Side::Buy, 1_005, None)), refused);
    let first = desk.judge_with(place(Side::Buy, 500, None), &[]).unwrap();
    assert_eq!(
        desk.judge_with(place(Side::Buy, 505, None), std::slice::from_ref(&first))
            .map(|_| ()),
        refused
    );
    assert!(
        desk.judge_with(place(Side::Buy, 500, None), &[first])
            .is_ok()
    );
    // Orders of the other side may not fill and make no room; ended ones count no more.
    desk.send(place(Side::Sell, 9_000, None));
    assert_eq!(desk.judge(place(Side::Buy, 1_005, None)), refused);
    desk.orders.apply(&OrderEvent {
        order: open,
        kind: OrderEventKind::Cancelled,
    });
    assert_eq!(desk.judge(place(Side::Buy, 4_000, None)), Ok(()));
    // The value of what is held does not shrink by a low limit.
    assert_eq!(desk.judge(place(Side::Buy, 4_005, Some(1_000))), refused);
}

#[test]
fn what_reduces_passes_the_position_limits_and_what_turns_does_not() {
    let limits = RiskLimits {
        max_order_notional: Some(money("100")),
        ..at_most_position("100")
    };
    let mut desk = desk(limits);
    desk.hold(5_000, 9_000);
    assert_eq!(desk.judge(place(Side::Sell, 5_000, None)), Ok(()));
    assert_eq!(
        desk.judge(place(Side::Sell, 5_005, None)),
        Err("max_order_notional")
    );
    assert_eq!(
        desk.judge(place(Side::Buy, 500, None)),
        Err("max_position_notional")
    );
    // With 3 on their way out only 2 are left to close: the same order again would turn the position.
    desk.send(place(Side::Sell, 3_000, None));
    assert_eq!(desk.judge(place(Side::Sell, 2_000, None)), Ok(()));
    assert_eq!(
        desk.judge(place(Side::Sell, 5_000, None)),
        Err("max_order_notional")
    );
}

#[test]
fn a_days_loss_stops_entries_and_nothing_else() {
    let limits = RiskLimits {
        max_daily_loss: Some(money("10")),
        ..RiskLimits::default()
    };
    let mut desk = desk(limits);
    let entry = place(Side::Buy, 100, None);
    let role = |role| Place {
        tag: LegTag {
            role,
            ..LegTag::default()
        },
        ..entry
    };
    desk.day_realised = money("-9.99");
    assert_eq!(desk.judge(entry), Ok(()));
    desk.day_realised = money("-10");
    assert_eq!(desk.judge(entry), Err("max_daily_loss"));
    assert_eq!(desk.judge(role(LegRole::Exit)), Ok(()));
    assert_eq!(desk.judge(role(LegRole::Repair)), Ok(()));
    // Unrealised counts from where the day began: 1 bought at 109.9 would lose 10 at the bid of 99.9, of which
    // 1 was lost the day before.
    desk.day_realised = Money::ZERO;
    desk.hold(1_000, 10_990);
    assert_eq!(desk.judge(entry), Err("max_daily_loss"));
    desk.day_opening_unrealised = money("-1");
    assert_eq!(desk.judge(entry), Ok(()));
}

#[test]
fn paused_lets_out_and_halted_nothing() {
    let mut desk = desk(RiskLimits::default());
    let by_role = |desk: &Desk| {
        [LegRole::Entry, LegRole::Exit, LegRole::Repair].map(|role| {
            let mut order = place(Side::Buy, 100, None);
            order.tag.role = role;
            desk.judge(order)
        })
    };
    assert_eq!(by_role(&desk), [Ok(()); 3]);
    desk.gate.set_state(TradingState::Paused);
    assert_eq!(by_role(&desk), [Err("paused"), Ok(()), Ok(())]);
    desk.gate.set_state(TradingState::Halted);
    assert_eq!(by_role(&desk), [Err("halted"); 3]);
    desk.gate.set_state(TradingState::Active);
    assert_eq!(by_role(&desk), [Ok(()); 3]);
}

#[test]
fn a_gap_makes_no_open_loss_go_away() {
    let mut desk = desk(RiskLimits {
        max_daily_loss: Some(money("1")),
        ..RiskLimits::default()
    });
    desk.hold(1_000, 20_000);
    let entry = place(Side::Buy, 100, Some(10_000));
    assert_eq!(desk.judge(entry), Err("max_daily_loss"));
    let before = desk.view().unrealised();
    assert!(before.is_negative());
    desk.apply(Body::Feed(FeedEvent {
        instrument: InstrumentId(0),
        state: FeedNews::Gap,
    }));
    assert_eq!(desk.view().unrealised(), before);
    // Nor does a quote that cannot be acted on value anything.
    desk.quote(30_000, 10_000);
    assert_eq!(desk.view().unrealised(), before);
}

fn amend(order: OrderId, qty: i64, limit: i64) -> Amend {
    Amend {
        order,
        instrument: InstrumentId(0),
        qty: Qty::new(qty),
        limit: Price::new(limit),
    }
}

#[test]
fn a_change_is_judged_by_what_it_adds() {
    let limits = RiskLimits {
        max_order_notional: Some(money("200")),
        ..at_most_position("400")
    };
    let mut desk = desk(limits);
    let order = desk.send(place(Side::Buy, 1_000, Some(9_900)));
    let judge = |desk: &Desk, qty, limit, amends: Vec<Amend>| {
        let pending = Pending {
            placed: &[],
            amends,
            is_paid: false,
        };
        let known = desk.orders.get(order).unwrap();
        let asked = amend(order, qty, limit);
        desk.gate
            .approve_amend(asked, known, &desk.view(), pending)
            .map(|_| ())
            .map_err(Code::name)
    };
    // 2 * 99 is within 200, 2.05 * 99 = 202.95 is not, nor is 2 at 100.1.
    assert_eq!(judge(&desk, 2_000, 9_900, vec![]), Ok(()));
    assert_eq!(
        judge(&desk, 2_050, 9_900, vec![]),
        Err("max_order_notional")
    );
    assert_eq!(
        judge(&desk, 2_000, 10_010, vec![]),
        Err("max_order_notional")
    );
    // Another 3 at 100 leave room for 1 of this order: only one that is no larger and no dearer passes.
    desk.send(place(Side::Buy, 3_000, Some(9_900)));
    let refused = Err("max_position_notional");
    assert_eq!(judge(&desk, 1_050, 9_900, vec![]), refused);
    assert_eq!(judge(&desk, 500, 9_850, vec![]), Ok(()));
    assert_eq!(judge(&desk, 1_000, 9_895, vec![]), Err("price_off_tick"));
    // In a halt that is still so, as a cancel is.
    desk.gate.set_state(TradingState::Halted);
    assert_eq!(judge(&desk, 500, 9_900, vec![]), Ok(()));
    assert_eq!(judge(&desk, 500, 9_910, vec![]), Err("halted"));
    assert_eq!(judge(&desk, 0, 9_910, vec![]), Ok(()));
    desk.orders.apply(&OrderEvent {
        order,
        kind: OrderEventKind::Cancelled,
    });
    assert_eq!(judge(&desk, 500, 9_900, vec![]), Err("order_ended"));
}

#[test]
fn a_change_on_its_way_counts_as_granted_until_it_is_answered() {
    let mut desk = desk(at_most_position("400"));
    let order = desk.send(place(Side::Buy, 1_000, Some(9_900)));
    assert_eq!(desk.judge(place(Side::Buy, 3_000, None)), Ok(()));
    // Approved on the same event: 4 * 99 + 0.05.
    let pending = Pending {
        placed: &[],
        amends: vec![amend(order, 4_000, 9_900)],
        is_paid: false,
    };
    let refused = Err("max_position_notional");
    let judged = desk
        .gate
        .approve_after(place(Side::Buy, 50, None), &desk.view(), pending);
    assert_eq!(judged.map(|_| ()).map_err(Code::name), refused);
    // Sent, and then answered.
    desk.orders.amending(&amend(order, 4_000, 9_900));
    assert_eq!(desk.judge(place(Side::Buy, 50, None)), refused);
    desk.orders.apply(&OrderEvent {
        order,
        kind: OrderEventKind::AmendRejected(crate::event::RejectReason::Balance),
    });
    assert_eq!(desk.judge(place(Side::Buy, 3_000, None)), Ok(()));
    desk.orders.amending(&amend(order, 4_000, 9_900));
    desk.orders.apply(&OrderEvent {
        order,
        kind: OrderEventKind::Amended {
            qty: Qty::new(4_000),
            limit: Price::new(9_900),
        },
    });
    assert_eq!(desk.judge(place(Side::Buy, 50, None)), refused);
    assert_eq!(desk.orders.get(order).unwrap().place.qty, Qty::new(4_000));
}
