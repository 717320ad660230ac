//! The table by hand, and against a plain list of every order that ever was.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::table::message_of;
use super::*;
use crate::command::{Amend, LegTag, Place, TimeInForce};
use crate::event::{Fee, Fill, OrderEvent, OrderEventKind, RejectReason};
use crate::instrument::Side;
use crate::names::{AssetId, InstrumentId, TaskId};
use crate::num::{Money, Price, Qty};

const ID: OrderId = OrderId { epoch: 1, n: 0 };

fn ten() -> OrderTable {
    let mut table = OrderTable::new(1);
    table.enter(place(0, 0, Side::Buy, 10));
    table
}

fn place(n: u32, instrument: u16, side: Side, qty: i64) -> Place {
    Place {
        order: OrderId { epoch: 1, n },
        task: TaskId(0),
        instrument: InstrumentId(instrument),
        side,
        qty: Qty::new(qty),
        limit: Some(Price::new(100)),
        time_in_force: TimeInForce::GoodTillCancelled,
        reduce_only: false,
        tag: LegTag::default(),
    }
}

fn tell(table: &mut OrderTable, kind: OrderEventKind) -> OrderState {
    table.apply(&OrderEvent { order: ID, kind });
    table.get(ID).unwrap().state
}

fn fill(trade_id: u64, qty: i64) -> OrderEventKind {
    OrderEventKind::Filled(alloc::boxed::Box::new(Fill {
        trade_id,
        price: Price::new(100),
        qty: Qty::new(qty),
        fee: Fee {
            asset: AssetId(0),
            amount: Money::ZERO,
            value: Money::ZERO,
        },
        maker: true,
    }))
}

fn amended(qty: i64) -> OrderEventKind {
    OrderEventKind::Amended {
        qty: Qty::new(qty),
        limit: Price::new(101),
    }
}

fn ask(table: &mut OrderTable, qty: i64) {
    table.amending(&Amend {
        order: ID,
        instrument: InstrumentId(0),
        qty: Qty::new(qty),
        limit: Price::new(101),
    });
}

#[test]
fn client_texts_fit_every_venue() {
    assert_eq!(OrderId { epoch: 1, n: 36 }.client_text(), "ot1-10");
    let longest = OrderId {
        epoch: u32::MAX,
        n: u32::MAX,
    }
    .client_text();
    assert!(longest.len() <= 17, "{longest}");
}

#[test]
fn a_change_moves_what_is_left() {
    let mut table = ten();
    tell(&mut table, fill(1, 4));
    assert_eq!(tell(&mut table, amended(6)), OrderState::PartiallyFilled);
    let order = table.get(ID).unwrap();
    assert_eq!(order.remaining(), Qty::new(2));
    assert_eq!(order.place.limit, Some(Price::new(101)));
    assert_eq!(tell(&mut table, fill(2, 2)), OrderState::Filled);
    assert_eq!((table.alive().count(), table.surprises), (0, 0));
}

#[test]
fn fills_that_overtake_the_word_of_a_change_end_the_order_with_it() {
    // Down to 5: the fills of 5 come first.
    let mut table = ten();
    ask(&mut table, 5);
    assert_eq!(tell(&mut table, fill(1, 5)), OrderState::PartiallyFilled);
    assert_eq!(tell(&mut table, amended(5)), OrderState::Filled);
    // Up to 20: 10 and then 10 more; the first 10 end nothing while the change is on its way.
    let mut table = ten();
    ask(&mut table, 20);
    assert_eq!(tell(&mut table, fill(1, 10)), OrderState::PartiallyFilled);
    assert_eq!(table.get(ID).unwrap().exposure(), Qty::new(10));
    assert_eq!(tell(&mut table, amended(20)), OrderState::PartiallyFilled);
    assert_eq!(tell(&mut table, fill(2, 10)), OrderState::Filled);
    // The same, but the venue had nothing left to change.
    let mut table = ten();
    ask(&mut table, 20);
    tell(&mut table, fill(1, 10));
    let refused = OrderEventKind::AmendRejected(RejectReason::NotResting);
    assert_eq!(tell(&mut table, refused), OrderState::Filled);
    // Word that comes after the end is none of a fill.
    assert_eq!(tell(&mut table, amended(10)), OrderState::Filled);
    assert_eq!((table.alive().count(), table.surprises), (0, 0));
}

#[test]
fn orders_that_ended_long_ago_are_dropped_and_alive_ones_never() {
    let mut table = OrderTable::new(1);
    let ended = ENDED_KEPT as u32 + 100;
    for n in 0..=ended {
        table.enter(place(n, 0, Side::Buy, 10));
        if n > 0 {
            let order = OrderId { epoch: 1, n };
            let kind = OrderEventKind::Cancelled;
            assert!(table.apply(&OrderEvent { order, kind }).unwrap().ended);
        }
    }
    assert!(table.get(ID).is_some());
    let id = |n| OrderId { epoch: 1, n };
    assert!(table.get(id(100)).is_none() && table.get(id(101)).is_some());
    assert_eq!(table.len(), ended as usize + 1);
    assert_eq!((table.alive_count(), table.surprises), (1, 0));
    // Word of a dropped one is a surprise, and moves nothing.
    let late = OrderEvent {
        order: id(100),
        kind: fill(1, 10),
    };
    assert_eq!(table.apply(&late), None);
    assert_eq!(table.surprises, 1);
    assert_eq!(table.open(InstrumentId(0), Side::Buy), Qty::new(10));
}

/// A plain list of every order, walked for every answer.
struct Twin {
    orders: Vec<Known>,
    alive: Vec<usize>,
    ended: Vec<usize>,
    dropped: Vec<usize>,
    surprises: u64,
}

struct Known {
    place: Place,
    state: OrderState,
    filled: i64,
    trades: Vec<u64>,
    asked: Vec<i64>,
}

impl Known {
    fn exposure(&self) -> i64 {
        let asked = self.asked.iter().copied().max().unwrap_or(0);
        let most = self.place.qty.mantissa().max(asked);
        if self.state.is_terminal() {
            0
        } else {
            most - self.filled
        }
    }
}

const KEPT: usize = 3;

impl Twin {
    fn known(&self, n: usize) -> bool {
        n < self.orders.len() && !self.dropped.contains(&n)
    }

    /// The changes that are on their way are answered together: the most that any of them asks for stands until
    /// the last answer.
    fn apply(&mut self, n: usize, kind: &OrderEventKind, open_changes: &mut [u32]) {
        if !self.known(n) {
            self.surprises += 1;
            return;
        }
        let order = &mut self.orders[n];
        match kind {
            OrderEventKind::Filled(fill) if order.trades.contains(&fill.trade_id) => return,
            OrderEventKind::Filled(fill) => {
                order.trades.push(fill.trade_id);
                order.filled += fill.qty.mantissa();
            }
            OrderEventKind::Amended { qty, .. } => order.place.qty = *qty,
            _ => {}
        }
        if matches!(
            kind,
            OrderEventKind::Amended { .. } | OrderEventKind::AmendRejected(_)
        ) {
            open_changes[n] = open_changes[n].saturating_sub(1);
            if open_changes[n] == 0 {
                order.asked.clear();
            }
        }
        let was_terminal = order.state.is_terminal();
        let asked = order.asked.iter().copied().max().unwrap_or(0);
        let complete = order.filled >= order.place.qty.mantissa().max(asked);
        match step(order.state, message_of(kind, complete, was_terminal)) {
            Step::To(state) => order.state = state,
            Step::Stay => {}
            Step::LateFill | Step::Contradiction => self.surprises += 1,
        }
        if order.state.is_terminal() != was_terminal {
            let (from, to) = if was_terminal {
                (&mut self.ended, &mut self.alive)
            } else {
                (&mut self.alive, &mut self.ended)
            };
            from.retain(|&other| other != n);
            to.push(n);
            if self.ended.len() > KEPT {
                self.dropped.push(self.ended.remove(0));
            }
        }
    }
}

fn kind(draw: u32, trade: u64, qty: i64) -> OrderEventKind {
    match draw {
        0..=2 => OrderEventKind::Accepted,
        3..=7 => fill(trade, qty),
        8 => OrderEventKind::Cancelled,
        9 => OrderEventKind::Expired,
        10 => OrderEventKind::Rejected(RejectReason::Balance),
        11 => OrderEventKind::Unknown,
        12 => OrderEventKind::NotSent,
        13 => OrderEventKind::CancelRejected,
        14 => OrderEventKind::AmendRejected(RejectReason::NotResting),
        _ => amended(qty),
    }
}

proptest! {
    #[test]
    fn the_table_is_a_plain_list_with_its_old_ones_dropped(
        steps in proptest::collection::vec((0u32..24, 0usize..30, 1u64..9, 1i64..30, 0u16..2, any::<bool>()), 1..250),
    ) {
        let mut table = OrderTable::keeping(1, KEPT);
        let mut twin = Twin { orders: Vec::new(), alive: Vec::new(), ended: Vec::new(), dropped: Vec::new(), surprises: 0 };
        let mut open_changes = Vec::new();
        for (draw, back, trade, qty, instrument, buys) in steps {
            let side = if buys { Side::Buy } else { Side::Sell };
            let entered = twin.orders.len();
            let n = entered.wrapping_sub(back);
            let order = OrderId { epoch: 1, n: n as u32 };
            match draw {
                16..=20 => {
                    let place = place(entered as u32, instrument, side, qty);
                    table.enter(place);
                    open_changes.push(0);
                    twin.alive.push(entered);
                    twin.orders.push(Known {
                        place, state: OrderState::Sent, filled: 0, trades: Vec::new(), asked: Vec::new(),
                    });
                }
                21.. => {
                    table.amending(&Amend {
                        order, instrument: InstrumentId(instrument), qty: Qty::new(qty), limit: Price::new(99),
                    });
                    if twin.known(n) {
                        open_changes[n] += 1;
                        twin.orders[n].asked.push(qty);
                    }
                }
                draw => {
                    let kind = kind(draw, trade, qty);
                    table.apply(&OrderEvent { order, kind: kind.clone() });
                    twin.apply(n, &kind, &mut open_changes);
                }
            }
            prop_assert_eq!(table.surprises, twin.surprises);
            let ours: Vec<u32> = table.alive().map(|order| order.place.order.n).collect();
            let theirs: Vec<u32> = twin.alive.iter().map(|&n| n as u32).collect();
            prop_assert_eq!(table.alive_count(), ours.len());
            prop_assert_eq!(ours, theirs);
            for instrument in 0..3 {
                for side in [Side::Buy, Side::Sell] {
                    let of = |known: &&Known| {
                        known.place.instrument == InstrumentId(instrument) && known.place.side == side
                    };
                    let sum: i64 = twin.orders.iter().filter(of).map(Known::exposure).sum();
                    prop_assert_eq!(table.open(InstrumentId(instrument), side), Qty::new(sum));
                }
            }
        }
        prop_assert_eq!(table.len(), twin.orders.len());
        for (n, known) in twin.orders.iter().enumerate() {
            let ours = table.get(OrderId { epoch: 1, n: n as u32 });
            prop_assert_eq!(ours.is_some(), twin.known(n));
            if let Some(ours) = ours {
                prop_assert_eq!((ours.state, ours.filled.mantissa()), (known.state, known.filled));
                prop_assert_eq!((ours.place.qty, ours.exposure().mantissa()), (known.place.qty, known.exposure()));
            }
        }
    }
}
