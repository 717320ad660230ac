//! Sending the orders of a trip: to enter, to leave, to move a leg, and what waited for the fills of others.

use alloc::vec::Vec;

use super::leg::{Leg, is_tradable};
use super::limits::marketable_limit;
use super::plan::{Dispatch, LegPlan};
use super::table::Phase;
use super::{Home, Saga, SagaState};
use crate::command::{LegRole, LegTag, TimeInForce};
use crate::instrument::{InstrumentKind, Side};
use crate::names::{InstrumentId, Names};
use crate::num::{Bps, Money, Price, Qty};
use crate::planted::{Bug, planted};
use crate::position::Position;
use crate::strategy::{Context, Intents, OrderIntent};
use crate::time::{Span, Ts};

impl Dispatch {
    /// The wave that a leg leaves with.
    fn wave(self, at: usize, kind: InstrumentKind) -> u8 {
        match self {
            Self::Parallel => 0,
            Self::Sequential => at as u8,
            Self::HedgeFirst => u8::from(kind == InstrumentKind::Spot),
        }
    }
}

impl Saga {
    /// Opens a trip, immediate or cancel. Every leg passes the gate before the first one leaves: false when it refuses
    /// one, or unless flat.
    pub fn enter(&mut self, plans: &[LegPlan], out: &mut Intents<'_>) -> bool {
        let is_free = self.state == SagaState::Flat || planted(Bug::EnterOnOpenLeg);
        if !is_free || plans.is_empty() {
            return false;
        }
        let names = out.names();
        let mut legs: Vec<Leg> = plans.iter().map(|plan| self.planned(plan)).collect();
        if is_barred(&legs, out.now()) {
            return false;
        }
        self.line_up(&mut legs, names);
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
        let intents: Vec<OrderIntent> = plans.iter().enumerate().map(intent).collect();
        if !self.leave(&legs, &intents, out) {
            return false;
        }
        legs.extend(self.left_elsewhere(plans));
        self.legs = legs;
        (self.trip, self.phase) = (trip, Phase::Entering);
        self.begin(out);
        true
    }

    /// Closes the trip: every leg at its own touch less `slippage`. False when the gate refuses, or unless hedged.
    pub fn exit<S>(&mut self, cx: &Context<'_, S>, slippage: Bps, out: &mut Intents<'_>) -> bool {
        if self.state != SagaState::Hedged || is_barred(&self.legs, cx.now) {
            return false;
        }
        let mut legs = self.legs.clone();
        let mut open = Vec::new();
        for (at, leg) in legs.iter_mut().enumerate() {
            let instrument = cx.names.instrument(leg.instrument);
            (leg.wave, leg.limit, leg.waits) = (0, None, Qty::ZERO);
            if !leg.is_dust(instrument, cx.market) {
                leg.waits = instrument.floor_lots(leg.position.qty.abs());
                open.push(at);
            }
        }
        self.line_up(&mut legs, cx.names);
        let before = self.phase;
        self.phase = Phase::Closing;
        let order = |at: &usize| {
            let leg = &legs[*at];
            self.order(
                cx,
                *at,
                leg.closing_side(),
                leg.waits,
                Some(slippage),
                LegRole::Exit,
            )
        };
        let intents: Vec<OrderIntent> = open.iter().map(order).collect();
        let first: Vec<Leg> = open.iter().map(|&at| legs[at]).collect();
        if intents.is_empty() || !self.leave(&first, &intents, out) {
            self.phase = before;
            return false;
        }
        (self.legs, self.slippage) = (legs, slippage);
        self.begin_closing();
        self.begin(out);
        true
    }

    /// Makes the legs of an open trip larger or smaller: they balance again when all of it filled. False when the gate
    /// refuses, or unless hedged. Of an order that closes, `role` says so.
    pub fn adjust<S>(
        &mut self,
        cx: &Context<'_, S>,
        plans: &[LegPlan],
        role: LegRole,
        out: &mut Intents<'_>,
    ) -> bool {
        if self.state != SagaState::Hedged || plans.is_empty() {
            return false;
        }
        let mut next = self.clone();
        next.legs.iter_mut().for_each(Leg::rest);
        let at: Vec<usize> = plans
            .iter()
            .map(|plan| next.leg_of(plan.instrument, plan.side))
            .collect();
        if at.iter().any(|&at| !next.legs[at].is_open_at(cx.now)) {
            return false;
        }
        for (&at, plan) in at.iter().zip(plans) {
            let leg = &mut next.legs[at];
            leg.target = leg.position.qty + plan.side.signed(plan.qty);
        }
        let order = |(&at, plan): (&usize, &LegPlan)| OrderIntent {
            limit: Some(plan.limit),
            ..next.order(cx, at, plan.side, plan.qty, None, role)
        };
        let intents: Vec<OrderIntent> = at.iter().zip(plans).map(order).collect();
        if out.place_all(&intents).is_none() {
            return false;
        }
        *self = next;
        self.phase = Phase::Entering;
        self.begin(out);
        true
    }

    /// Moves a quantity of what `from` holds to another instrument: sells the one and buys the other at once, the other
    /// legs stand. False when the gate refuses, or unless hedged and both are spot.
    pub fn switch<S>(
        &mut self,
        cx: &Context<'_, S>,
        (from, qty): (InstrumentId, Qty),
        to: &LegPlan,
        slippage: Bps,
        out: &mut Intents<'_>,
    ) -> bool {
        let of = |id| cx.names.instrument(id);
        let spot = |id| of(id).kind == InstrumentKind::Spot;
        let fits = from != to.instrument && spot(from) && spot(to.instrument);
        let held = self.legs.iter().position(|leg| leg.instrument == from);
        let Some(held) = held.filter(|_| fits && self.state == SagaState::Hedged) else {
            return false;
        };
        let side = self.legs[held].closing_side();
        let qty = qty.min(of(from).floor_lots(self.legs[held].position.qty.abs()));
        let known = self.legs.len();
        let new = self.leg_of(to.instrument, to.side);
        let open = |at: usize| self.legs[at].is_open_at(cx.now);
        if !open(held) || !open(new) {
            self.legs.truncate(known);
            return false;
        }
        let intents = [
            self.order(cx, held, side, qty, Some(slippage), LegRole::Switch),
            OrderIntent {
                limit: Some(to.limit),
                ..self.order(cx, new, to.side, to.qty, None, LegRole::Switch)
            },
        ];
        if out.place_all(&intents).is_none() {
            self.legs.truncate(known);
            return false;
        }
        for (at, leg) in self.legs.iter_mut().enumerate() {
            leg.rest();
            leg.stands = at != held && at != new;
        }
        self.legs[held].target = self.legs[held].position.qty + side.signed(qty);
        self.legs[new].target = self.legs[new].position.qty + to.side.signed(to.qty);
        self.phase = Phase::Switching;
        self.begin(out);
        true
    }

    /// A leg as it is planned. Its way leads from nothing to the plan: what is carried goes when it can be traded.
    fn planned(&self, plan: &LegPlan) -> Leg {
        Leg {
            position: self.carried(plan.instrument),
            target: plan.side.signed(plan.qty),
            limit: Some(plan.limit),
            waits: plan.qty,
            ..self.fresh(plan.instrument, plan.side)
        }
    }

    /// A leg that holds nothing, with what is known of its venue.
    fn fresh(&self, instrument: InstrumentId, side: Side) -> Leg {
        let known = self.legs.iter().find(|leg| leg.instrument == instrument);
        let known = known.map_or_else(|| Leg::new(instrument, side), Leg::emptied);
        Leg { side, ..known }
    }

    /// Says which legs leave with which wave, the first being 0.
    fn line_up(&self, legs: &mut [Leg], names: &Names) {
        for (at, leg) in legs.iter_mut().enumerate() {
            leg.wave = self
                .dispatch
                .wave(at, names.instrument(leg.instrument).kind);
        }
        let going = legs.iter().filter(|leg| !leg.waits.is_zero());
        let first = going.map(|leg| leg.wave).min().unwrap_or(0);
        for leg in legs {
            leg.wave = leg.wave.saturating_sub(first);
        }
    }

    /// Sends the first wave when the gate lets all of them through. What the later ones need is set aside; in a cycle the
    /// earlier ones bring it.
    fn leave(&self, legs: &[Leg], intents: &[OrderIntent], out: &mut Intents<'_>) -> bool {
        let of = |waits: bool| -> Vec<OrderIntent> {
            let pairs = legs.iter().zip(intents);
            let pairs = pairs.filter(|(leg, _)| (leg.wave > 0) == waits);
            pairs.map(|(_, intent)| *intent).collect()
        };
        let (first, later) = (of(false), of(true));
        if later.is_empty() {
            return out.place_all(&first).is_some();
        }
        let in_order = [&first[..], &later[..]].concat();
        let paid = match self.home {
            Home::Quotes => in_order.len(),
            Home::Asset(_) => first.len(),
        };
        if !out.permits_all(&in_order, paid) || out.place_all(&first).is_none() {
            return false;
        }
        if self.home == Home::Quotes {
            let waves = legs.iter().map(|leg| leg.wave).max().unwrap_or(0);
            let until = self.deadlines.leg_fill.map(|limit| {
                let all = limit.nanos().saturating_mul(i64::from(waves) + 1);
                out.now() + Span::from_nanos(all)
            });
            out.reserve(&later, until.unwrap_or(Ts::MAX));
        }
        true
    }

    fn begin(&mut self, out: &mut Intents<'_>) {
        (self.wave, self.attempts, self.state) = (0, 0, SagaState::LegsSent);
        (self.off_since, self.told) = (None, false);
        self.sent(out.now(), out);
    }

    /// True when legs wait for a later wave.
    pub(super) fn is_due(&self) -> bool {
        self.legs.iter().any(|leg| leg.wave > self.wave)
    }

    /// Sends the next wave, as large as what filled before it. What the gate refuses now is mended.
    pub(super) fn send_next<S>(&mut self, cx: &Context<'_, S>, out: &mut Intents<'_>) {
        let later = self.legs.iter().map(|leg| leg.wave);
        let Some(next) = later.filter(|&wave| wave > self.wave).min() else {
            return;
        };
        self.wave = next;
        let waiting = (0..self.legs.len()).filter(|&at| self.legs[at].wave == next);
        let orders: Vec<OrderIntent> = waiting
            .filter_map(|at| self.waiting_order(cx, at))
            .collect();
        if orders.is_empty() || out.place_all(&orders).is_none() {
            return self.act(cx, out);
        }
        self.state = SagaState::LegsSent;
        self.sent(cx.now, out);
    }

    fn waiting_order<S>(&self, cx: &Context<'_, S>, at: usize) -> Option<OrderIntent> {
        let leg = &self.legs[at];
        let instrument = cx.names.instrument(leg.instrument);
        let side = match self.phase {
            Phase::Closing => leg.closing_side(),
            Phase::Entering | Phase::Switching => leg.side,
        };
        let limit = leg
            .limit
            .or_else(|| marketable_limit(cx, leg.instrument, side, self.slippage))?;
        let exposures = self.exposures(cx);
        let covered = self
            .home
            .covered(instrument, side, limit, self.fee_on_top, &exposures);
        let qty = covered.unwrap_or(leg.waits).min(leg.waits);
        let order = self.order(cx, at, side, qty, None, self.role());
        is_tradable(cx.market, instrument, side, qty).then_some(OrderIntent {
            limit: Some(limit),
            ..order
        })
    }

    /// An order on a leg; without `slippage` at any price.
    pub(super) fn order<S>(
        &self,
        cx: &Context<'_, S>,
        at: usize,
        side: Side,
        qty: Qty,
        slippage: Option<Bps>,
        role: LegRole,
    ) -> OrderIntent {
        let leg = &self.legs[at];
        let instrument = leg.instrument;
        let limit = |bps| -> Option<Price> { marketable_limit(cx, instrument, side, bps) };
        let is_future = cx.names.instrument(instrument).kind != InstrumentKind::Spot;
        let reduces = |held: Qty| held.mantissa() != 0 && closes(held, side) && qty <= held.abs();
        // The venue looks at the account: what is one task's to close may be another's to hold against.
        let account = cx.positions[instrument.index()].qty;
        let reduces = reduces(leg.position.qty) && reduces(account);
        OrderIntent {
            instrument,
            side,
            qty,
            limit: slippage.and_then(limit),
            time_in_force: TimeInForce::ImmediateOrCancel,
            reduce_only: is_future && reduces && !planted(Bug::DropReduceOnly),
            tag: LegTag {
                trip: self.trip,
                leg: at as u8,
                role,
            },
        }
    }

    /// What the last trip left that was too little to trade: it is carried until it can be.
    fn carried(&self, instrument: InstrumentId) -> Position {
        let left = self.legs.iter().find(|leg| leg.instrument == instrument);
        left.filter(|_| self.home == Home::Quotes)
            .map_or_else(Position::default, |leg| Position {
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
            ..self.fresh(leg.instrument, leg.side)
        })
    }
}

/// True when a venue of one of the legs takes no orders, as far as is known.
fn is_barred(legs: &[Leg], now: Ts) -> bool {
    legs.iter().any(|leg| !leg.is_open_at(now))
}

/// True when trading on a side makes a position smaller.
fn closes(held: Qty, side: Side) -> bool {
    (held > Qty::ZERO) == (side == Side::Sell)
}
