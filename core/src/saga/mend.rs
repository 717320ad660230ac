//! Mending: the trade that brings the legs nearer to balance without crossing it.

use alloc::vec::Vec;

use super::leg::{Leg, is_tradable};
use super::table::{Phase, Rung};
use super::{Saga, SagaState};
use crate::command::LegRole;
use crate::instrument::{InstrumentKind, Side};
use crate::names::InstrumentId;
use crate::num::{Bps, Qty};
use crate::planted::{Bug, planted};
use crate::strategy::{Context, Intents, OrderIntent};
use crate::time::{Span, Ts};

/// Wait after the gate held an attempt back, whatever the rules: it would be held back again at the same moment.
const AT_LEAST: Span = Span::from_millis(1);

impl Saga {
    /// The trade of one leg that makes what is out of balance smaller, and never turns it: on its way to its target
    /// to complete, back to where it came from to unwind. `None` when no tradable quantity would.
    pub(super) fn find<S>(
        &self,
        cx: &Context<'_, S>,
        rung: Rung,
        may: fn(&Leg, Ts) -> bool,
    ) -> Option<(usize, Side, Qty)> {
        let goal = |leg: &Leg| match rung {
            Rung::Complete => leg.target,
            Rung::Elsewhere | Rung::Unwind | Rung::Spent => leg.origin,
        };
        let room = |leg: &Leg, side| {
            if leg.stands && planted(Bug::SwitchMovesFuture) {
                return Qty::new(i64::MAX);
            }
            leg.room(side, goal(leg))
        };
        let found = self.find_within(cx, room, may);
        // What earlier trips left is hedged with this one, by the leg that hedges it.
        let is_open = self.legs.iter().any(|leg| !leg.target.is_zero());
        let more = |leg: &Leg, side| {
            if side == leg.side {
                Qty::new(i64::MAX)
            } else {
                Qty::ZERO
            }
        };
        let extends = rung == Rung::Complete && is_open;
        found.or_else(|| extends.then(|| self.find_within(cx, more, may)).flatten())
    }

    /// The first leg that may trade as much of what is out of balance as its venue takes.
    fn find_within<S>(
        &self,
        cx: &Context<'_, S>,
        room: impl Fn(&Leg, Side) -> Qty,
        may: fn(&Leg, Ts) -> bool,
    ) -> Option<(usize, Side, Qty)> {
        let exposures = self.exposures(cx);
        exposures.open().find_map(|(asset, amount)| {
            let legs = self.legs.iter().enumerate();
            let stands = |leg: &Leg| leg.stands && !planted(Bug::SwitchMovesFuture);
            let mut legs = legs.filter(|(_, leg)| !stands(leg) && may(leg, cx.now));
            legs.find_map(|(at, leg)| {
                let instrument = cx.names.instrument(leg.instrument);
                let (side, qty) = self.home.way(instrument, cx.market, asset, amount)?;
                // What passes through a cycle is not held: any leg that takes it home may trade all of it.
                let qty = match self.is_cycling() {
                    true => qty,
                    false => qty.min(instrument.floor_lots(room(leg, side))),
                };
                is_tradable(cx.market, instrument, side, qty).then_some((at, side, qty))
            })
        })
    }

    fn is_cycling(&self) -> bool {
        self.home != super::Home::Quotes
    }

    /// The trade of another instrument that stands in for the leg that lags: at the best price of those that take it, the
    /// first of equal ones. The leg that lags is none of them: that was tried.
    fn find_elsewhere<S>(&self, cx: &Context<'_, S>) -> Option<(InstrumentId, Side, Qty)> {
        let exposures = self.exposures(cx);
        exposures.open().find_map(|(asset, amount)| {
            let ways = self.standby.iter().filter_map(|&id| {
                let instrument = cx.names.instrument(id);
                let (side, qty) = self.home.way(instrument, cx.market, asset, amount)?;
                let held = self.legs.iter().find(|leg| leg.instrument == id);
                let lags =
                    |leg: &Leg| !leg.room(side, leg.target).is_zero() || !leg.is_open_at(cx.now);
                if held.is_some_and(lags) {
                    return None;
                }
                // Spot is sold where it lies.
                let qty = match (instrument.kind, side) {
                    (InstrumentKind::Spot, Side::Sell) => {
                        let held = held.map_or(Qty::ZERO, |leg| leg.position.qty);
                        qty.min(instrument.floor_lots(held.max(Qty::ZERO)))
                    }
                    _ => qty,
                };
                let touch = cx.market.instrument(id).touch(side)?;
                let price = instrument.price_decimal(touch.price);
                let cost = if side == Side::Buy { price } else { -price };
                let fits = is_tradable(cx.market, instrument, side, qty);
                fits.then_some((cost, (id, side, qty)))
            });
            ways.min_by_key(|(cost, _)| *cost).map(|(_, way)| way)
        })
    }

    /// Tries once to mend; where a rung has nothing to trade, or the gate refuses it, the others do.
    pub(super) fn mend<S>(&mut self, cx: &Context<'_, S>, rung: Rung, out: &mut Intents<'_>) {
        self.attempts = self.attempts.saturating_add(1);
        let slippage = self.conceded();
        let rungs = match rung {
            Rung::Elsewhere => [Rung::Elsewhere, Rung::Complete, Rung::Unwind],
            Rung::Unwind => [Rung::Unwind, Rung::Complete, Rung::Elsewhere],
            Rung::Complete | Rung::Spent => [Rung::Complete, Rung::Elsewhere, Rung::Unwind],
        };
        for rung in rungs {
            let found = match rung {
                Rung::Elsewhere => {
                    let found = self.find_elsewhere(cx);
                    found.map(|(id, side, qty)| (self.leg_of(id, side), side, qty))
                }
                _ => self.find(cx, rung, Leg::is_open_at),
            };
            let Some((at, side, qty)) = found else {
                continue;
            };
            let wrong = planted(Bug::RepairWrongWay);
            let side = if wrong { side.opposite() } else { side };
            let order = self.order(cx, at, side, qty, slippage, LegRole::Repair);
            if out.place_all(&[order]).is_some() {
                self.state = SagaState::Repairing;
                return self.sent(cx.now, out);
            }
            // A gap may be over in a moment: only what lasts is worth the other leg's costs.
            if self
                .off_since
                .is_none_or(|since| cx.now < since + self.rules.delay)
            {
                break;
            }
        }
        self.hold_back(cx, out);
    }

    /// Tries once to close what is left of every leg. While a venue takes no orders, the others close no more than what
    /// is out of balance.
    pub(super) fn close<S>(&mut self, cx: &Context<'_, S>, out: &mut Intents<'_>) {
        self.attempts = self.attempts.saturating_add(1);
        let slippage = self.conceded();
        let open: Vec<usize> = (0..self.legs.len())
            .filter(|&at| {
                let leg = &self.legs[at];
                !leg.is_dust(cx.names.instrument(leg.instrument), cx.market)
            })
            .collect();
        let orders: Vec<OrderIntent> = if open.iter().all(|&at| self.legs[at].is_open_at(cx.now)) {
            let whole = |&at: &usize| {
                let leg = &self.legs[at];
                let instrument = cx.names.instrument(leg.instrument);
                let qty = instrument.floor_lots(leg.position.qty.abs());
                self.order(cx, at, leg.closing_side(), qty, slippage, LegRole::Repair)
            };
            open.iter().map(whole).collect()
        } else {
            let found = self.find(cx, Rung::Complete, Leg::is_open_at);
            let order = found
                .map(|(at, side, qty)| self.order(cx, at, side, qty, slippage, LegRole::Repair));
            order.into_iter().collect()
        };
        if orders.is_empty() || out.place_all(&orders).is_none() {
            return self.hold_back(cx, out);
        }
        self.state = SagaState::Repairing;
        self.sent(cx.now, out);
    }

    /// What is left cannot be closed for now: holds what was held before, until all of it can go.
    pub(super) fn reopen<S>(&mut self, cx: &Context<'_, S>, out: &mut Intents<'_>) {
        (self.phase, self.attempts) = (Phase::Entering, 0);
        for leg in &mut self.legs {
            (leg.origin, leg.target) = (leg.target, leg.origin);
        }
        self.act(cx, out);
    }

    /// What the present attempt concedes: more each time, the last one any price.
    fn conceded(&self) -> Option<Bps> {
        let conceded = self.rules.slippage.millionths();
        (self.attempts < self.attempts_in_all())
            .then(|| Bps::from_millionths(conceded.saturating_mul(i64::from(self.attempts))))
    }

    /// What nobody takes now (a gap, a stale book, a limit, a halt) was no attempt: it is made when somebody does.
    fn hold_back<S>(&mut self, cx: &Context<'_, S>, out: &mut Intents<'_>) {
        self.state = SagaState::Repairing;
        self.attempts -= 1;
        out.wake_at(cx.now + self.rules.delay.max(AT_LEAST), super::SAGA_TIMER);
    }
}
