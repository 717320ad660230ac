//! Moving the spot leg to another venue while the future stands.
//!
//! Selling the leg where it is held and buying it elsewhere gains, for every unit,
//! `(bid held x (1 - its fee) - ask other x (1 + its fee)) / (ask other x (1 + its fee))`: both fees are paid in it.

use super::rule::MultiSpot;
use super::signals::SpotEdges;
use crate::instrument::Side;
use crate::num::{Bps, Money, Ratio};
use crate::saga::{LegPlan, marketable_limit};
use crate::strategy::{Context, Intents, Params};
use crate::time::{Span, Ts};

/// When the spot leg moves.
#[derive(Clone, Copy, Debug)]
pub(super) struct SwitchRules {
    /// Least gain, both fees paid, with what slippage may take on top.
    pub(super) min_net: Bps,
    /// Least difference of the prices alone, where one is asked for.
    min_gross: Option<Bps>,
    /// What going back to the venue that was left last has to gain on top.
    hysteresis: Bps,
    /// How long a move rules out the next one.
    cooldown: Span,
    /// Age of a book beyond which it does not count.
    max_book_age: Span,
}

impl SwitchRules {
    /// By the parameters; none in a mode that keeps the leg where it is.
    pub(super) fn of(params: &Params) -> Option<Self> {
        (params.choice("mode") == Some("spot_switching")).then(|| Self {
            min_net: params.bps("switch.min_net_bps").unwrap_or_default()
                + params.bps("switch.slippage_bps").unwrap_or_default(),
            min_gross: params.bps("switch.min_gross_bps"),
            hysteresis: params.bps("switch.hysteresis_bps").unwrap_or_default(),
            cooldown: params.span("switch.cooldown").unwrap_or_default(),
            max_book_age: params.span("switch.max_book_age").unwrap_or_default(),
        })
    }
}

/// A move that is under way, or was the last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    pub(super) from: usize,
    /// Units that move, what one had cost on average, and what the leg had realised.
    units: f64,
    cost: f64,
    realised: f64,
    /// When the next one may begin; not before this one has ended.
    pub(super) next_from: Option<Ts>,
}

crate::value!(struct Move { from, units, cost, realised, next_from });

impl MultiSpot {
    /// The gain that a move to a spot leg has to bring.
    fn switch_threshold(&self, rules: &SwitchRules, to: usize) -> Bps {
        let back = self.moved.is_some_and(|last| last.from == to);
        rules.min_net
            + if back {
                rules.hysteresis
            } else {
                Bps::default()
            }
    }

    /// True when a move to a spot leg gains enough.
    fn pays_to_switch(&self, cx: &Context<'_, SpotEdges>, rules: &SwitchRules, to: usize) -> bool {
        let reaches = |gain: Option<Ratio>, least| gain.is_some_and(|gain| gain.reaches(least));
        reaches(
            cx.signals.switch(self.held, to),
            self.switch_threshold(rules, to),
        ) && rules
            .min_gross
            .is_none_or(|least| reaches(cx.signals.switch_gross(self.held, to), least))
    }

    /// Moves the spot leg to where it costs least of those that gain enough, are large enough and that the gate lets
    /// through. None when no move gains enough; otherwise what came of it.
    pub(super) fn switch_where_cheapest(
        &mut self,
        cx: &Context<'_, SpotEdges>,
        out: &mut Intents<'_>,
    ) -> Option<&'static str> {
        let rules = self.rules.switch?;
        let mut failed = None;
        for to in cx.signals.by_net_cost() {
            if to == self.held || !self.pays_to_switch(cx, &rules, to) {
                continue;
            }
            let cooling = self.moved.and_then(|last| last.next_from);
            if cooling.is_some_and(|from| cx.now < from) {
                return Some("switch_cooling_down");
            }
            let Some(plan) = self.plan_switch(cx, &rules, to) else {
                failed = failed.or(Some("switch_too_small"));
                continue;
            };
            if self.switch(cx, to, &plan, out) {
                return Some("switching");
            }
            failed = Some("switch_refused");
        }
        failed
    }

    fn switch(
        &mut self,
        cx: &Context<'_, SpotEdges>,
        to: usize,
        plan: &LegPlan,
        out: &mut Intents<'_>,
    ) -> bool {
        let from = self.spots[self.held].id;
        let legs = self.saga.legs().iter();
        let Some(leg) = legs.into_iter().find(|leg| leg.instrument == from).copied() else {
            return false;
        };
        let slippage = self.rules.sizing.max_slippage;
        let all = (from, leg.position.qty);
        if !self.saga.switch(cx, all, plan, slippage, out) {
            return false;
        }
        let units = Money::new(self.spots[self.held].qty_decimal(leg.position.qty)).to_f64();
        self.moved = Some(Move {
            from: self.held,
            units,
            cost: leg.position.cost.to_f64() / units,
            realised: leg.position.realised.to_f64(),
            next_from: None,
        });
        self.held = to;
        true
    }

    /// What to buy: as much as is held, whole at both venues, shown by both books within the slippage, both fresh.
    fn plan_switch(
        &self,
        cx: &Context<'_, SpotEdges>,
        rules: &SwitchRules,
        to: usize,
    ) -> Option<LegPlan> {
        let (from, to) = (&self.spots[self.held], &self.spots[to]);
        let mut legs = self.saga.legs().iter();
        let held = legs.find(|leg| leg.instrument == from.id)?.position.qty;
        let sold = from.floor_lots(held);
        let base = from.qty_decimal(sold);
        let bought = to.floor_qty(base);
        let slippage = self.rules.sizing.max_slippage;
        for (leg, side, qty) in [(from, Side::Sell, sold), (to, Side::Buy, bought)] {
            let market = cx.market.instrument(leg.id);
            let limit = marketable_limit(cx, leg.id, side, slippage)?;
            let shown = market.available(side, limit);
            let large = qty >= leg.min_qty
                && (leg.max_qty.is_zero() || qty <= leg.max_qty)
                && leg.notional(market.top()?.bid.price, qty) >= leg.min_notional;
            let most = |share| leg.qty_decimal(shown).checked_mul(share);
            let depth = self.rules.sizing.depth;
            let seen = depth.is_none_or(|share| most(share) >= Some(leg.qty_decimal(qty)));
            if !large || !seen || market.age(cx.now) > rules.max_book_age {
                return None;
            }
        }
        let whole = !bought.is_zero() && to.qty_decimal(bought) == base;
        let limit = marketable_limit(cx, to.id, Side::Buy, slippage)?;
        whole.then_some(LegPlan {
            instrument: to.id,
            side: Side::Buy,
            qty: bought,
            limit,
        })
    }

    /// A move ended: where the leg is now, and what a unit of it has cost with what the move gained.
    pub(super) fn end_switch(&mut self, now: Ts) {
        let Some(rules) = self.rules.switch else {
            return;
        };
        let Some(mut last) = self.moved.filter(|last| last.next_from.is_none()) else {
            return;
        };
        last.next_from = Some(now + rules.cooldown);
        self.moved = Some(last);
        let (from, to) = (&self.spots[last.from], &self.spots[self.held]);
        let find = |id| self.saga.legs().iter().find(|leg| leg.instrument == id);
        let (Some(left), Some(new)) = (find(from.id), find(to.id)) else {
            return;
        };
        let holds = |units: rust_decimal::Decimal| Money::new(units).to_f64();
        let there = holds(to.qty_decimal(new.position.qty));
        let stays = holds(from.qty_decimal(left.position.qty));
        if there < stays {
            // It did not come about: the leg is where it was.
            self.held = last.from;
            return;
        }
        let sold = last.cost + (left.position.realised.to_f64() - last.realised) / last.units;
        let paid = new.position.cost.to_f64() / there;
        self.outlay += paid * (1.0 + self.fees[self.held]) - sold * (1.0 - self.fees[last.from]);
    }
}
