//! Legs: several orders on several venues are never atomic, so one saga owns them until they balance again.
//!
//! ```text
//! Flat -> LegsSent -> Hedged -> LegsSent (closing) -> Flat
//!             |          ^
//!             v          |
//!          Repairing ----+--> Flat | Quarantined
//! ```
//!
//! The hedge follows fills, never orders. A repair always strictly reduces the delta: it first completes the leg
//! that lags, then unwinds the one that leads, each time conceding more, the last time at any price; when
//! nothing helps, the saga is quarantined and people are told. No new entry while a leg is open.

use alloc::vec::Vec;

use rust_decimal::Decimal;

use crate::command::{LegRole, LegTag, TimeInForce};
use crate::event::{AccountEvent, Body, OrderEvent, OrderEventKind};
use crate::instrument::{Instrument, InstrumentKind, Side};
use crate::names::InstrumentId;
use crate::num::{Bps, Money, Price, Qty};
use crate::position::Position;
use crate::strategy::{Context, Intents, OrderIntent};
use crate::time::Span;

/// The timer id that the saga uses; a strategy's own ids start above it.
pub const SAGA_TIMER: u32 = 0;

/// Where the legs stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SagaState {
    /// Every leg is flat and no order is alive.
    Flat,
    /// Orders are out.
    LegsSent,
    /// The legs do not balance and orders are out, or due, to mend that.
    Repairing,
    /// The legs balance.
    Hedged,
    /// Repair failed; a person is needed.
    Quarantined,
}

/// One leg as it should be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegPlan {
    /// What to trade.
    pub instrument: InstrumentId,
    /// Which way to enter.
    pub side: Side,
    /// How much.
    pub qty: Qty,
    /// Worst acceptable price, on the grid.
    pub limit: Price,
}

/// How hard the saga tries to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepairRules {
    /// What the first attempt concedes from the touch; the n-th concedes n times that.
    pub slippage: Bps,
    /// Attempts to complete before unwinding, and to unwind before the quarantine.
    pub attempts: u8,
    /// Wait after an attempt that brought nothing.
    pub delay: Span,
}

/// One leg as it stands.
#[derive(Clone, Copy, Debug)]
pub struct Leg {
    /// What it trades.
    pub instrument: InstrumentId,
    /// The side that entered.
    pub side: Side,
    /// What its fills made.
    pub position: Position,
}

/// The saga of one task.
#[derive(Clone, Debug)]
pub struct Saga {
    rules: RepairRules,
    state: SagaState,
    legs: Vec<Leg>,
    trip: u32,
    closing: bool,
    attempts: u8,
}

impl Saga {
    /// A flat saga.
    pub const fn new(rules: RepairRules) -> Self {
        Self {
            rules,
            state: SagaState::Flat,
            legs: Vec::new(),
            trip: 0,
            closing: false,
            attempts: 0,
        }
    }

    /// Where the legs stand.
    pub const fn state(&self) -> SagaState {
        self.state
    }

    /// The legs of the trip that is open, or of the last one: first those that it entered, in the order of their plans.
    pub fn legs(&self) -> &[Leg] {
        &self.legs
    }

    /// Number of the trip that is open, or of the last one.
    pub const fn trip(&self) -> u32 {
        self.trip
    }

    /// Opens a trip: all legs at once, immediate or cancel. False when the gate refuses, or unless flat.
    pub fn enter(&mut self, plans: &[LegPlan], out: &mut Intents<'_>) -> bool {
        if self.state != SagaState::Flat {
            return false;
        }
        let trip = self.trip + 1;
        let intent = |(at, plan): (usize, &LegPlan)| OrderIntent {
            instrument: plan.instrument,
            side: plan.side,
            qty: plan.qty,
            limit: Some(plan.limit),
            time_in_force: TimeInForce::ImmediateOrCancel,
            reduce_only: false,
            tag: LegTag {
                trip,
                leg: at as u8,
                role: LegRole::Entry,
            },
        };
        let intents: Vec<_> = plans.iter().enumerate().map(intent).collect();
        if out.place_all(&intents).is_none() {
            return false;
        }
        let leg = |plan: &LegPlan| Leg {
            instrument: plan.instrument,
            side: plan.side,
            position: self.carried(plan.instrument),
        };
        let mut legs: Vec<Leg> = plans.iter().map(leg).collect();
        legs.extend(self.left_elsewhere(plans));
        self.legs = legs;
        (self.trip, self.closing, self.attempts, self.state) =
            (trip, false, 0, SagaState::LegsSent);
        true
    }

    /// What the last trip left that was too little to trade: it is carried until it can be.
    fn carried(&self, instrument: InstrumentId) -> Position {
        let left = self.legs.iter().find(|leg| leg.instrument == instrument);
        left.map_or_else(Position::default, |leg| Position {
            realised: Money::ZERO,
            ..leg.position
        })
    }

    /// What earlier trips left on instruments that this one does not enter: it counts, and goes when it can be traded.
    fn left_elsewhere(&self, plans: &[LegPlan]) -> impl Iterator<Item = Leg> {
        let left = self.legs.iter().filter(|leg| {
            let entered = plans.iter().any(|plan| plan.instrument == leg.instrument);
            !entered && !leg.position.qty.is_zero()
        });
        left.map(|leg| Leg {
            position: self.carried(leg.instrument),
            ..*leg
        })
    }

    /// Closes the trip: every leg at its own touch less `slippage`. False when the gate refuses, or unless hedged.
    pub fn exit<S>(&mut self, cx: &Context<'_, S>, slippage: Bps, out: &mut Intents<'_>) -> bool {
        if self.state != SagaState::Hedged {
            return false;
        }
        let closes = self.closing_orders(cx, Some(slippage), LegRole::Exit);
        if closes.is_empty() || out.place_all(&closes).is_none() {
            return false;
        }
        (self.closing, self.attempts, self.state) = (true, 0, SagaState::LegsSent);
        true
    }

    /// Takes news of one of the task's orders in.
    pub fn on_order<S>(&mut self, cx: &Context<'_, S>, news: &OrderEvent, out: &mut Intents<'_>) {
        let Some(order) = cx.orders.get(news.order) else {
            return;
        };
        if let (OrderEventKind::Filled(fill), Some(leg)) = (
            &news.kind,
            self.legs.get_mut(usize::from(order.place.tag.leg)),
        ) {
            leg.position
                .book(cx.names.instrument(leg.instrument), order.place.side, fill);
        }
        if !self.is_waiting(cx, out) {
            self.settle(cx, out);
        }
    }

    /// The venue closed a position: the leg is flat, and what hedged it has to go.
    pub fn on_liquidation<S>(
        &mut self,
        cx: &Context<'_, S>,
        instrument: InstrumentId,
        out: &mut Intents<'_>,
    ) {
        for leg in &mut self.legs {
            if leg.instrument == instrument {
                leg.position.close_for(Money::ZERO);
                // Completing the leg would open again what the venue just closed: the trip is over.
                (self.closing, self.attempts) = (true, 0);
            }
        }
        if !self.is_waiting(cx, out) {
            self.settle(cx, out);
        }
    }

    /// The venue closed a part of a position: each leg bears its share of it, and the trip is over, for to complete the
    /// leg would open again what the venue just closed.
    fn on_deleveraging<S>(
        &mut self,
        cx: &Context<'_, S>,
        (instrument, closed, price): (InstrumentId, Qty, Price),
        out: &mut Intents<'_>,
    ) {
        let known = cx.names.instrument(instrument);
        let before = cx.positions[instrument.index()].qty + closed;
        for leg in &mut self.legs {
            if leg.instrument == instrument && !leg.position.qty.is_zero() {
                let share = share_of(closed, leg.position.qty, before);
                leg.position.deleverage(known, share, price);
                (self.closing, self.attempts) = (true, 0);
            }
        }
        if !self.is_waiting(cx, out) {
            self.settle(cx, out);
        }
    }

    /// Takes news in that is the saga's own: of an order, of its timer, of a liquidation. False for all other.
    pub fn on_news<S>(&mut self, cx: &Context<'_, S>, news: &Body, out: &mut Intents<'_>) -> bool {
        match news {
            Body::Order(news) => self.on_order(cx, news, out),
            Body::Timer(timer) if timer.id == SAGA_TIMER => self.on_timer(cx, out),
            Body::Account(AccountEvent::Liquidated { instrument, .. }) => {
                self.on_liquidation(cx, *instrument, out);
            }
            Body::Account(AccountEvent::Deleveraged {
                instrument,
                qty,
                price,
            }) => self.on_deleveraging(cx, (*instrument, *qty, *price), out),
            _ => return false,
        }
        true
    }

    /// Takes the saga's own timer in: the next attempt to mend is due. While an order is out the legs are not
    /// known, and mending what it may mend too would overshoot; its end brings the saga on.
    pub fn on_timer<S>(&mut self, cx: &Context<'_, S>, out: &mut Intents<'_>) {
        if self.state != SagaState::Repairing || self.is_waiting(cx, out) {
            return;
        }
        if self.is_settled(cx) {
            self.settle(cx, out);
        } else {
            self.repair(cx, out);
        }
    }

    /// True while an order of the task on one of the legs is alive.
    fn is_waiting<S>(&self, cx: &Context<'_, S>, out: &Intents<'_>) -> bool {
        let own = |leg: &Leg| {
            cx.orders
                .alive_in(leg.instrument)
                .any(|alive| alive.place.task == out.task())
        };
        self.legs.iter().any(own)
    }

    /// No order is alive: does it balance?
    fn settle<S>(&mut self, cx: &Context<'_, S>, out: &mut Intents<'_>) {
        if self.state == SagaState::Quarantined {
            // A person was asked for; late news does not take that back.
            return;
        }
        if self.is_settled(cx) {
            let flat = self.legs.iter().all(|leg| is_dust(cx, leg));
            self.state = if flat {
                SagaState::Flat
            } else {
                SagaState::Hedged
            };
            self.attempts = 0;
        } else if self.attempts == 0 {
            self.repair(cx, out);
        } else {
            self.state = SagaState::Repairing;
            out.wake_at(cx.now + self.rules.delay, SAGA_TIMER);
        }
    }

    fn is_settled<S>(&self, cx: &Context<'_, S>) -> bool {
        if self.closing {
            return self.legs.iter().all(|leg| is_dust(cx, leg));
        }
        self.mend(cx, false).is_none() && self.mend(cx, true).is_none()
    }

    fn repair<S>(&mut self, cx: &Context<'_, S>, out: &mut Intents<'_>) {
        self.state = SagaState::Repairing;
        if self.attempts >= 2 * self.rules.attempts {
            self.state = SagaState::Quarantined;
            out.alert("legs do not balance and every repair failed; a person is needed");
            return;
        }
        self.attempts += 1;
        let last = self.attempts == 2 * self.rules.attempts;
        let conceded = Bps::from_millionths(
            self.rules
                .slippage
                .millionths()
                .saturating_mul(i64::from(self.attempts)),
        );
        let slippage = if last { None } else { Some(conceded) };
        let orders = if self.closing {
            self.closing_orders(cx, slippage, LegRole::Repair)
        } else {
            let unwind = self.attempts > self.rules.attempts;
            let mend = self.mend(cx, unwind).or_else(|| self.mend(cx, !unwind));
            mend.map(|(at, side, qty)| self.order(cx, at, side, qty, slippage, LegRole::Repair))
                .into_iter()
                .collect()
        };
        if orders.is_empty() || out.place_all(&orders).is_none() {
            // What the gate held back (a gap, a stale book) was no attempt: it is made when the gate lets it.
            self.attempts -= 1;
            out.wake_at(cx.now + self.rules.delay, SAGA_TIMER);
        }
    }

    /// The trade that brings the delta nearest to zero without crossing it: on the leg that lags, or, to
    /// unwind, on the one that leads. `None` when no tradable quantity would reduce it.
    fn mend<S>(&self, cx: &Context<'_, S>, unwind: bool) -> Option<(usize, Side, Qty)> {
        let delta = self.delta(cx);
        let side = if delta > Decimal::ZERO {
            Side::Sell
        } else {
            Side::Buy
        };
        let at = self
            .legs
            .iter()
            .position(|leg| (leg.side == side) != unwind)?;
        let leg = &self.legs[at];
        let instrument = cx.names.instrument(leg.instrument);
        let price = touch_price(cx, leg.instrument, side).unwrap_or_default();
        let mut qty = instrument.qty_from_base(delta.abs(), price);
        if unwind {
            qty = qty.min(instrument.floor_lots(leg.position.qty.abs()));
        }
        is_tradable(cx, instrument, side, qty).then_some((at, side, qty))
    }

    /// Signed base exposure of all legs.
    fn delta<S>(&self, cx: &Context<'_, S>) -> Decimal {
        let base = |leg: &Leg| {
            let instrument = cx.names.instrument(leg.instrument);
            let price = touch_price(cx, leg.instrument, Side::Buy);
            let worth = price.map(|price| instrument.base_value(price, leg.position.qty));
            // Without a book an inverse position is worth what it was entered at; others need no price.
            let entered = || match instrument.kind {
                InstrumentKind::Inverse => -leg.position.cost,
                InstrumentKind::Spot | InstrumentKind::Linear => {
                    Money::new(instrument.qty_decimal(leg.position.qty))
                }
            };
            worth.unwrap_or_else(entered).decimal()
        };
        self.legs.iter().map(base).sum()
    }

    fn closing_orders<S>(
        &self,
        cx: &Context<'_, S>,
        slippage: Option<Bps>,
        role: LegRole,
    ) -> Vec<OrderIntent> {
        let open = self
            .legs
            .iter()
            .enumerate()
            .filter(|(_, leg)| !is_dust(cx, leg));
        open.map(|(at, leg)| {
            let side = if leg.position.qty > Qty::ZERO {
                Side::Sell
            } else {
                Side::Buy
            };
            let qty = cx
                .names
                .instrument(leg.instrument)
                .floor_lots(leg.position.qty.abs());
            self.order(cx, at, side, qty, slippage, role)
        })
        .collect()
    }

    fn order<S>(
        &self,
        cx: &Context<'_, S>,
        at: usize,
        side: Side,
        qty: Qty,
        slippage: Option<Bps>,
        role: LegRole,
    ) -> OrderIntent {
        let instrument = self.legs[at].instrument;
        OrderIntent {
            instrument,
            side,
            qty,
            limit: slippage.and_then(|bps| marketable_limit(cx, instrument, side, bps)),
            time_in_force: TimeInForce::ImmediateOrCancel,
            reduce_only: self.legs[at].side != side
                && cx.names.instrument(instrument).kind != InstrumentKind::Spot,
            tag: LegTag {
                trip: self.trip,
                leg: at as u8,
                role,
            },
        }
    }
}

/// What a holder of `held` has in a part of a position of `whole`, never more than it holds.
fn share_of(part: Qty, held: Qty, whole: Qty) -> Qty {
    let share = i128::from(part.mantissa()) * i128::from(held.mantissa());
    let share = share.checked_div(i128::from(whole.mantissa()));
    let share = share.and_then(|share| i64::try_from(share).ok());
    let most = part.abs().min(held.abs()).mantissa();
    Qty::new(share.unwrap_or(0).clamp(-most, most))
}

fn touch_price<S>(cx: &Context<'_, S>, instrument: InstrumentId, side: Side) -> Option<Price> {
    let touch = cx.market.instrument(instrument).touch(side);
    touch.map(|touch| touch.price)
}

/// The touch that `side` takes, conceding `slippage`, on the grid. `None` without a live book.
pub fn marketable_limit<S>(
    cx: &Context<'_, S>,
    instrument: InstrumentId,
    side: Side,
    slippage: Bps,
) -> Option<Price> {
    let touch = cx.market.instrument(instrument).touch(side)?.price;
    let conceded =
        i128::from(touch.mantissa()) * i128::from(slippage.millionths()) / 10_000_000_000;
    let conceded = i64::try_from(conceded).unwrap_or(i64::MAX);
    let instrument = cx.names.instrument(instrument);
    let limit = match side {
        Side::Buy => instrument
            .limit_on_grid(touch.shifted(conceded), side)
            .max(touch),
        Side::Sell => instrument
            .limit_on_grid(touch.shifted(-conceded), side)
            .min(touch),
    };
    Some(limit)
}

/// Too little to trade: less than a lot or the smallest quantity, and on spot less than the smallest value
/// (futures take a closing order of any value).
fn is_dust<S>(cx: &Context<'_, S>, leg: &Leg) -> bool {
    let instrument = cx.names.instrument(leg.instrument);
    let side = if leg.position.qty > Qty::ZERO {
        Side::Sell
    } else {
        Side::Buy
    };
    let qty = instrument.floor_lots(leg.position.qty.abs());
    match instrument.kind {
        InstrumentKind::Spot => !is_tradable(cx, instrument, side, qty),
        InstrumentKind::Linear | InstrumentKind::Inverse => {
            qty.is_zero() || qty < instrument.min_qty
        }
    }
}

fn is_tradable<S>(cx: &Context<'_, S>, instrument: &Instrument, side: Side, qty: Qty) -> bool {
    if qty.is_zero() || qty < instrument.min_qty {
        return false;
    }
    // Without a live book the value is unknown; the gate will hold the order back until there is one.
    cx.market
        .instrument(instrument.id)
        .touch(side)
        .is_none_or(|touch| instrument.notional(touch.price, qty) >= instrument.min_notional)
}
