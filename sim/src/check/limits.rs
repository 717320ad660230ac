//! What leaves, against the limits of the gate: its age, its price, what it may lead to, and whether it can be paid.

use onetape_core::command::{Command, Place, TimeInForce};
use onetape_core::decision::{Decision, Refusal};
use onetape_core::desk::Desk;
use onetape_core::event::Seq;
use onetape_core::instrument::{InstrumentKind, Side};
use onetape_core::market::Market;
use onetape_core::names::{AssetId, InstrumentId, VenueId};
use onetape_core::num::{Price, Qty};
use onetape_core::risk::SelfTradeRule;
use onetape_core::time::Ts;
use rust_decimal::Decimal;

use super::{Checker, Rule};

/// So many times what is needed, and what is out already, is surely enough.
const PLENTY: Decimal = Decimal::from_parts(8, 0, 0, false, 0);

/// Price and quantity of what is placed on one side of an instrument.
type Out = (InstrumentId, Side, Qty, Option<Price>);

impl Checker {
    pub(super) fn judge_limits(
        &mut self,
        at: (Seq, Ts),
        decision: &Decision,
        desk: &Desk,
        market: &Market,
    ) {
        let places = decision
            .commands
            .iter()
            .filter_map(|command| match command {
                Command::Place(place) => Some(*place),
                _ => None,
            });
        let places: Vec<Place> = places.collect();
        for (n, place) in places.iter().enumerate() {
            self.judge_age(at, place);
            self.judge_collar(at, place, market);
            self.judge_worst_case(at, place, &places[..n], market);
            self.judge_self_trade(at, place);
            self.judge_payable(at, place, &places[..n], desk);
        }
        for refusal in &decision.refusals {
            self.judge_gates_refusal(at, refusal, &places, desk, market);
        }
    }

    fn judge_age(&mut self, at: (Seq, Ts), place: &Place) {
        let told = self.books.told(place.instrument);
        let age = told.map(|told| at.1.since(told));
        if let (Some(most), Some(age)) = (self.limits.max_book_age, age)
            && age > most
        {
            let text = place.order.client_text();
            let millis = age.nanos() / 1_000_000;
            self.broke(
                Rule::FreshBook,
                at,
                format!("{text} was placed on a top of {millis} ms ago"),
            );
        }
    }

    fn judge_collar(&mut self, at: (Seq, Ts), place: &Place, market: &Market) {
        let top = market.instrument(place.instrument).top();
        let Some((most, top)) = self.limits.guards.collar_mid.zip(top) else {
            return;
        };
        let decimal = |price: Price| Decimal::from(price.mantissa());
        let middle = (decimal(top.bid.price) + decimal(top.ask.price)) / Decimal::TWO;
        let (touch, sign) = match place.side {
            Side::Buy => (top.ask.price, Decimal::ONE),
            Side::Sell => (top.bid.price, Decimal::NEGATIVE_ONE),
        };
        let given = (decimal(place.limit.unwrap_or(touch)) - middle) * sign;
        if given > middle * most.to_decimal() {
            let text = place.order.client_text();
            let what = format!("{text} gives {given} ticks from a middle of {middle}");
            self.broke(Rule::Collar, at, what);
        }
    }

    /// What is out of an instrument's side, what is just placed with it.
    fn out(&self, earlier: &[Place]) -> Vec<Out> {
        let of = |place: &Place, qty| (place.instrument, place.side, qty, place.limit);
        let alive = self.orders.alive();
        let alive = alive.map(|seen| of(&seen.place, seen.left()));
        alive
            .chain(earlier.iter().map(|place| of(place, place.qty)))
            .collect()
    }

    fn judge_worst_case(
        &mut self,
        at: (Seq, Ts),
        place: &Place,
        earlier: &[Place],
        market: &Market,
    ) {
        let Some(most) = self.limits.max_position_notional else {
            return;
        };
        let holders = self
            .held
            .iter()
            .filter(|((_, id), _)| *id == place.instrument);
        let held: i64 = holders.map(|(_, held)| held.qty.mantissa()).sum();
        let out = self.out(earlier);
        let same = out
            .iter()
            .filter(|(id, side, ..)| (*id, *side) == (place.instrument, place.side));
        let out: Qty = same.fold(place.qty, |sum, (_, _, qty, _)| sum + *qty);
        let held = Qty::new(held);
        let worst = held + place.side.signed(out);
        let reduces = worst.abs() < held.abs()
            && (worst.is_zero() || (worst > Qty::ZERO) == (held > Qty::ZERO));
        let touch = market.instrument(place.instrument).touch(place.side);
        let touch = touch.map_or(Price::new(0), |touch| touch.price);
        let price = place.limit.unwrap_or(touch).max(touch);
        let instrument = self.names.instrument(place.instrument);
        if !reduces && instrument.notional(price, worst.abs()) > most {
            let text = place.order.client_text();
            let what = format!(
                "{text} may lead to {} of {}",
                worst.mantissa(),
                instrument.name
            );
            self.broke(Rule::WorstCase, at, what);
        }
    }

    fn judge_self_trade(&mut self, at: (Seq, Ts), place: &Place) {
        let rule = self.limits.self_trade;
        if rule == SelfTradeRule::Venue {
            return;
        }
        let rests = |place: &Place| {
            matches!(
                place.time_in_force,
                TimeInForce::GoodTillCancelled | TimeInForce::PostOnly
            )
        };
        let reaches = |other: &Place| match (place.limit, other.limit, place.side) {
            (Some(own), Some(other), Side::Buy) => own >= other,
            (Some(own), Some(other), Side::Sell) => own <= other,
            _ => true,
        };
        let meets = |other: &Place| {
            other.instrument == place.instrument
                && other.side != place.side
                && (rule == SelfTradeRule::Always || other.task != place.task)
                && (rests(place) || rests(other))
                && reaches(other)
        };
        let alive = self.orders.alive();
        let met = alive.map(|seen| &seen.place).find(|other| meets(other));
        if let Some(met) = met {
            let (new, old) = (place.order.client_text(), met.order.client_text());
            self.broke(
                Rule::NoSelfTrade,
                at,
                format!("{new} could trade with {old}"),
            );
        }
    }

    /// Where and of what an order takes something, and how much; futures take margin, which is told by their value.
    fn need(&self, (id, side, qty, limit): Out, price: Price) -> (VenueId, AssetId, Decimal) {
        let instrument = self.names.instrument(id);
        let value = instrument.notional(limit.unwrap_or(price), qty).decimal();
        match (instrument.kind, side) {
            (InstrumentKind::Spot, Side::Buy) => (instrument.venue, instrument.quote, value.abs()),
            (InstrumentKind::Spot, Side::Sell) => {
                let base = instrument.qty_decimal(qty);
                (instrument.venue, instrument.base, base)
            }
            (_, _) => (instrument.venue, instrument.settle(), value.abs()),
        }
    }

    /// Spot that is out never takes more than the books have.
    fn judge_payable(&mut self, at: (Seq, Ts), place: &Place, earlier: &[Place], desk: &Desk) {
        let checked = self.limits.funds.as_ref().is_some_and(|funds| funds.check);
        let is_spot = |id| self.names.instrument(id).kind == InstrumentKind::Spot;
        if !checked || !is_spot(place.instrument) || place.limit.is_none() {
            return;
        }
        let own = (place.instrument, place.side, place.qty, place.limit);
        let (venue, asset, need) = self.need(own, Price::new(0));
        let mut sum = need;
        for out in self.out(earlier) {
            let known = out.3.is_some() || out.1 == Side::Sell;
            let (where_, of, amount) = self.need(out, Price::new(0));
            if is_spot(out.0) && known && (where_, of) == (venue, asset) {
                sum += amount;
            }
        }
        let total = desk.ledger().row(venue, asset);
        let total = total.map_or(Decimal::ZERO, |row| row.expected().decimal());
        if sum > total {
            let text = place.order.client_text();
            self.broke(
                Rule::Payable,
                at,
                format!("with {text} {sum} is out of {total}"),
            );
        }
    }

    /// A refusal for want of money of what is there many times over.
    fn judge_gates_refusal(
        &mut self,
        at: (Seq, Ts),
        refusal: &Refusal,
        places: &[Place],
        desk: &Desk,
        market: &Market,
    ) {
        if refusal.reason.as_str() != "balance_insufficient" {
            return;
        }
        let price = |id: InstrumentId| {
            let top = market.instrument(id).last_top();
            top.map_or(Price::new(0), |top| top.ask.price)
        };
        let asked = (refusal.instrument, refusal.side, refusal.qty, None);
        let (venue, asset, need) = self.need(asked, price(refusal.instrument));
        let mut sum = need;
        for out in self.out(places) {
            let (where_, of, amount) = self.need(out, price(out.0));
            if (where_, of) == (venue, asset) {
                sum += amount;
            }
        }
        for (known, position) in self.names.instruments.iter().zip(desk.positions()) {
            let future = known.kind != InstrumentKind::Spot;
            if future && (known.venue, known.settle()) == (venue, asset) {
                sum += position.cost.decimal().abs();
            }
        }
        let total = desk.ledger().row(venue, asset);
        let total = total.map_or(Decimal::ZERO, |row| row.expected().decimal());
        if sum.saturating_mul(PLENTY) <= total {
            let what = format!("{need} was refused, {sum} of {total} are in use with it");
            self.broke(Rule::NoNeedlessRefusal, at, what);
        }
    }
}
