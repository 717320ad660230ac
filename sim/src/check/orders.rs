//! Orders as the news of them makes them, beside the desk's.

use std::collections::{BTreeMap, BTreeSet};

use onetape_core::command::{Command, LegRole, Place};
use onetape_core::decision::Decision;
use onetape_core::desk::Desk;
use onetape_core::event::{OrderEvent, OrderEventKind, Seq};
use onetape_core::market::{Market, TopState};
use onetape_core::names::TaskId;
use onetape_core::num::Qty;
use onetape_core::order::{OrderId, OrderState};
use onetape_core::time::Ts;
use rust_decimal::Decimal;

use super::{Checker, Rule};

/// An order as it was asked for, and what was told of it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) place: Place,
    pub(super) state: OrderState,
    pub(super) filled: Qty,
    trades: BTreeSet<u64>,
    /// The largest quantity that was ever asked for.
    pub(super) most: Qty,
}

impl Seen {
    pub(super) const fn new(place: Place) -> Self {
        Self {
            state: OrderState::Sent,
            filled: Qty::ZERO,
            trades: BTreeSet::new(),
            most: place.qty,
            place,
        }
    }

    pub(super) const fn is_alive(&self) -> bool {
        !self.state.is_terminal()
    }

    /// What may still trade.
    pub(super) fn left(&self) -> Qty {
        self.most - self.filled
    }
}

/// All orders ever placed, and which of them may still trade: those are few however long a run is.
#[derive(Clone, Debug, Default)]
pub(super) struct Orders {
    all: BTreeMap<OrderId, Seen>,
    alive: BTreeSet<OrderId>,
}

impl Orders {
    /// Enters an order; false when there was one of that id.
    pub(super) fn enter(&mut self, place: Place) -> bool {
        self.alive.insert(place.order);
        self.all.insert(place.order, Seen::new(place)).is_none()
    }

    pub(super) fn get(&self, order: OrderId) -> Option<&Seen> {
        self.all.get(&order)
    }

    /// For all but its state: see [`Self::move_to`].
    pub(super) fn get_mut(&mut self, order: OrderId) -> Option<&mut Seen> {
        self.all.get_mut(&order)
    }

    fn move_to(&mut self, order: OrderId, state: OrderState) {
        let Some(seen) = self.all.get_mut(&order) else {
            return;
        };
        seen.state = state;
        if seen.is_alive() {
            self.alive.insert(order);
        } else {
            self.alive.remove(&order);
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Seen> {
        self.all.values()
    }

    /// Those that may still trade.
    pub(super) fn alive(&self) -> impl Iterator<Item = &Seen> {
        self.alive.iter().filter_map(|order| self.all.get(order))
    }
}

/// Whether news may lead from one state to another: what ended stays ended but for an order that was thought never to
/// have been sent, and nothing but what the venue says leads out of doubt.
fn is_legal(before: OrderState, kind: &OrderEventKind, after: OrderState) -> bool {
    use OrderState as S;
    if before == after {
        return true;
    }
    if before.is_terminal() {
        let revives = matches!(
            kind,
            OrderEventKind::Accepted | OrderEventKind::Amended { .. }
        );
        return before == S::NotSent && revives && after == S::Open;
    }
    let is_there = matches!(before, S::Open | S::PartiallyFilled);
    match kind {
        OrderEventKind::Accepted => !is_there && after == S::Open,
        OrderEventKind::Amended { .. } => after == S::Filled || (!is_there && after == S::Open),
        OrderEventKind::Filled(_) => matches!(after, S::PartiallyFilled | S::Filled),
        OrderEventKind::Cancelled => after == S::Cancelled,
        OrderEventKind::Expired => after == S::Expired,
        // What the venue has it cannot have refused, nor never have got.
        OrderEventKind::Rejected(_) => !is_there && after == S::Rejected,
        OrderEventKind::Unknown => after == S::Unknown,
        OrderEventKind::NotSent => !is_there && after == S::NotSent,
        OrderEventKind::CancelRejected => false,
        OrderEventKind::AmendRejected(_) => after == S::Filled,
    }
}

impl Checker {
    pub(super) fn order_news(&mut self, at: (Seq, Ts), news: &OrderEvent, desk: &Desk) {
        self.on_word(at.1, news.order, &news.kind);
        let Some(seen) = self.orders.get_mut(news.order) else {
            return;
        };
        let (place, before) = (seen.place, seen.state);
        if let OrderEventKind::Amended { qty, limit } = news.kind {
            (seen.most, seen.place.limit) = (qty, Some(limit));
        }
        let mut new = None;
        if let OrderEventKind::Filled(fill) = &news.kind
            && seen.trades.insert(fill.trade_id)
        {
            seen.filled += fill.qty;
            new = Some(**fill);
        }
        let (filled, most) = (seen.filled, seen.most);
        if let Some(fill) = new {
            let instrument = self.names.instrument(place.instrument);
            let held = self.held.entry((place.task, place.instrument)).or_default();
            held.book(instrument, place.side, &fill);
            if filled < most {
                self.found
                    .matrix
                    .fills_in_part(place.tag.leg, place.tag.role);
            }
            self.compare_position(at, place.instrument, desk);
        }
        let text = place.order.client_text();
        if filled > most {
            let (filled, most) = (filled.mantissa(), most.mantissa());
            self.broke(
                Rule::NotOverfilled,
                at,
                format!("{text} traded {filled} of {most}"),
            );
        }
        let Some(order) = desk.orders().get(news.order) else {
            return;
        };
        if order.filled != filled {
            let (ours, theirs) = (filled.mantissa(), order.filled.mantissa());
            let what = format!("the desk has {theirs} of {text} filled, its fills are {ours}");
            self.broke(Rule::FillsOnce, at, what);
        }
        let after = order.state;
        if !is_legal(before, &news.kind, after) {
            let what = format!("{text} went from {} to {}", before.name(), after.name());
            self.broke(Rule::LegalStates, at, what);
        }
        self.orders.move_to(news.order, after);
    }

    /// Judges the orders that a decision places, before they are entered.
    pub(super) fn judge_placing(&mut self, at: (Seq, Ts), decision: &Decision, market: &Market) {
        let places: Vec<Place> = decision
            .commands
            .iter()
            .filter_map(|command| match command {
                Command::Place(place) => Some(*place),
                _ => None,
            })
            .collect();
        for place in &places {
            self.judge_gate(at, place, market);
            self.judge_resend(at, place);
        }
        let has = |role| places.iter().any(|place| place.tag.role == role);
        if !self.keeps_balance(decision) {
            return;
        }
        if has(LegRole::Entry) && self.is_outside(decision.task, market) {
            let what = format!(
                "task {} enters while its legs do not balance",
                decision.task.0
            );
            self.broke(Rule::NoNakedEntry, at, what);
        }
        if has(LegRole::Repair) {
            self.judge_repair(at, decision, &places, market);
        }
    }

    fn keeps_balance(&self, decision: &Decision) -> bool {
        let band = self.tasks.get(decision.task.index());
        band.is_some_and(super::Band::is_kept)
    }

    fn judge_gate(&mut self, at: (Seq, Ts), place: &Place, market: &Market) {
        let text = place.order.client_text();
        if self.halted || (self.paused && place.tag.role == LegRole::Entry) {
            self.broke(Rule::NotHalted, at, format!("{text} was placed"));
        }
        let instrument = self.names.instrument(place.instrument).clone();
        let down = self.feeds_down.contains(&instrument.venue);
        let known = market.instrument(place.instrument);
        let state = known.state();
        if let Some(what) = self.books.fault(place.instrument, known.feed()) {
            self.broke(Rule::LiveBook, at, format!("{text} was placed on {what}"));
        }
        if down || state != TopState::Live {
            let what = format!(
                "{text} was placed on {}, whose book is {state:?}",
                instrument.name
            );
            self.broke(Rule::LiveBook, at, what);
        }
    }

    fn judge_resend(&mut self, at: (Seq, Ts), place: &Place) {
        let same = |seen: &&Seen| {
            seen.state == OrderState::Unknown
                && (seen.place.task, seen.place.instrument, seen.place.side)
                    == (place.task, place.instrument, place.side)
        };
        let unknown = self.orders.alive().find(same);
        if let Some(unknown) = unknown {
            let (new, old) = (place.order.client_text(), unknown.place.order.client_text());
            self.broke(
                Rule::NoResend,
                at,
                format!("{new} was placed while {old} is unknown"),
            );
        }
    }

    /// With everything that is out filled, a repair must not have turned the delta.
    fn judge_repair(
        &mut self,
        at: (Seq, Ts),
        decision: &Decision,
        places: &[Place],
        market: &Market,
    ) {
        let task = decision.task;
        let Some(first) = places.first() else {
            return;
        };
        let new: Decimal = places
            .iter()
            .map(|place| self.base_qty(place, place.qty, market))
            .sum();
        let (delta, width) = self.delta(task, market);
        let grows = |of: Decimal| new.abs() > width && (of + new).abs() > of.abs();
        let unclear = self.tasks[task.index()].unclear;
        // Of several sagas of one task each mends its own: what another has half done is none of its delta.
        let of_trips = || self.filled_in_base(task, &self.trips_like(first), market);
        if grows(delta) && !unclear && grows(of_trips()) {
            let what = format!("task {} repairs a delta of {delta} by {new}", task.0);
            self.broke(Rule::RepairReduces, at, what);
        }
        if let Some(after) = self.turned_by(first, (delta, new, width), market) {
            let what = format!(
                "task {} repairs a delta of {delta} to {after} with what is out, beyond its band of {width}",
                task.0
            );
            self.broke(Rule::NoDoubleHedge, at, what);
        }
    }

    /// What a delta comes to by a repair of `new` when all that is out fills, where that turned it by more than its
    /// band. What trips over other instruments have out is no part of it, and of sagas that work at once each answers
    /// for what it holds itself: one that closes its own in full has hedged nothing twice, whatever another has still to
    /// close on the other side.
    fn turned_by(
        &self,
        place: &Place,
        (delta, new, width): (Decimal, Decimal, Decimal),
        market: &Market,
    ) -> Option<Decimal> {
        let task = place.task;
        let turns = |held: Decimal, after: Decimal| {
            after.abs() > width
                && (held.is_zero() || (after > Decimal::ZERO) != (held > Decimal::ZERO))
        };
        if !turns(delta, delta + self.out_in_base(task, None, market) + new) {
            return None;
        }
        let alike = self.trips_like(place);
        let by = self.out_in_base(task, Some(&alike), market) + new;
        let own = self.filled_in_base(task, &alike, market);
        let turned =
            turns(delta, delta + by) && (!self.works_at_once(place) || turns(own, own + by));
        turned.then_some(delta + by)
    }

    /// True when a task goes on with a trip after it began a later one: several of its sagas work at once.
    fn works_at_once(&self, place: &Place) -> bool {
        let of_task = self
            .orders
            .all()
            .filter(|seen| seen.place.task == place.task);
        let trips = of_task.map(|seen| seen.place.tag.trip);
        !trips.chain([place.tag.trip]).is_sorted()
    }

    fn base_qty(&self, place: &Place, qty: Qty, market: &Market) -> Decimal {
        self.base_of(place.instrument, place.side.signed(qty), market)
    }

    /// What these trips of a task traded, in base units.
    fn filled_in_base(&self, task: TaskId, trips: &BTreeSet<u32>, market: &Market) -> Decimal {
        let of_it = self
            .orders
            .all()
            .filter(|seen| seen.place.task == task && trips.contains(&seen.place.tag.trip));
        of_it
            .map(|seen| self.base_qty(&seen.place, seen.filled, market))
            .sum()
    }

    /// What a task has out, of these trips alone where some are given, in base units.
    fn out_in_base(&self, task: TaskId, trips: Option<&BTreeSet<u32>>, market: &Market) -> Decimal {
        let alive = self.orders.alive();
        let of_it = alive.filter(|seen| {
            let place = &seen.place;
            place.task == task && trips.is_none_or(|trips| trips.contains(&place.tag.trip))
        });
        of_it
            .map(|seen| self.base_qty(&seen.place, seen.left(), market))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkers_own_table_agrees_with_the_desks_in_every_row() {
        use onetape_core::event::RejectReason;
        use onetape_core::order::{Message, Step, step};
        let kinds = [
            (Message::Accepted, OrderEventKind::Accepted),
            (Message::Cancelled, OrderEventKind::Cancelled),
            (Message::Expired, OrderEventKind::Expired),
            (
                Message::Rejected,
                OrderEventKind::Rejected(RejectReason::Balance),
            ),
            (Message::Unknown, OrderEventKind::Unknown),
            (Message::NotSent, OrderEventKind::NotSent),
            (Message::CancelRejected, OrderEventKind::CancelRejected),
        ];
        for before in OrderState::ALL {
            for (message, kind) in &kinds {
                let after = match step(before, *message) {
                    Step::To(after) => after,
                    _ => before,
                };
                for other in OrderState::ALL {
                    let legal = is_legal(before, kind, other);
                    assert_eq!(
                        legal,
                        other == before || other == after,
                        "{before:?} {kind:?} {other:?}"
                    );
                }
            }
        }
    }
}
