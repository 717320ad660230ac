//! Orders that arrive: whether they are taken, what they take, and what becomes of the rest.

use onetape_core::command::{Place, TimeInForce};
use onetape_core::event::{Body, Level, OrderEventKind, RejectReason, Status};
use onetape_core::num::Qty;

use super::filters::check_filters;
use super::orders::Slot;
use super::{Floor, Venue, news};
use crate::liquidity::executions;

impl Venue {
    /// An order arrives.
    pub(crate) fn on_place(&mut self, floor: Floor<'_>, place: &Place, out: &mut Vec<Body>) {
        self.tariff.bring_to(floor.now);
        let taken = if self.rates.admit(floor.now) {
            self.accept(floor, place, place.qty, OrderEventKind::Accepted, out)
        } else {
            Err(RejectReason::RateLimit)
        };
        if let Err(reason) = taken {
            out.push(news(place.order, OrderEventKind::Rejected(reason)));
        }
        self.guard(floor, out);
        self.report(out);
    }

    /// Takes an order of which `wanted` is to trade, with the news `welcome`, or changes nothing. Of an amended
    /// order the rest traded before.
    pub(super) fn accept(
        &mut self,
        floor: Floor<'_>,
        place: &Place,
        wanted: Qty,
        welcome: OrderEventKind,
        out: &mut Vec<Body>,
    ) -> Result<(), RejectReason> {
        let mut got = std::mem::take(&mut self.got);
        let mut from = Vec::new();
        let judged = self.judge(floor, place, wanted, &mut got, &mut from);
        if let Some(hall) = &mut self.hall {
            hall.from = from;
        }
        let taken = judged.map(|met| {
            if let Some(most) = self.most {
                super::faulty::cut(&mut got, most);
            }
            out.push(news(place.order, welcome));
            let total = total(&got);
            let is_whole = total >= wanted && !self.meets_its_end(met);
            if place.time_in_force == TimeInForce::FillOrKill && !is_whole {
                out.push(news(place.order, OrderEventKind::Expired));
                return;
            }
            let ended = self.prevent(place, wanted, met, &mut got, out);
            self.take(floor, place, wanted, ended, &got, out);
        });
        self.got = got;
        taken
    }

    /// Whether an order is taken; what it would get goes to `got`, the own order that it would meet is given.
    fn judge(
        &self,
        floor: Floor<'_>,
        place: &Place,
        wanted: Qty,
        got: &mut Vec<Level>,
        from: &mut Vec<Option<usize>>,
    ) -> Result<Option<Slot>, RejectReason> {
        let instrument = floor.names.instrument(place.instrument);
        let market = floor.market.instrument(place.instrument);
        if market.status() == Status::Halted {
            return Err(RejectReason::Halted);
        }
        let touch = market.touch(place.side).ok_or(RejectReason::NoMarket)?;
        if self.hall.is_none() {
            check_filters(instrument, place, touch.price)?;
        }
        let part = Place {
            qty: wanted,
            ..*place
        };
        self.check_reduces(instrument, &part)?;
        executions(
            market,
            &self.taken[place.instrument.index()],
            floor.liquidity,
            place.side,
            place.limit,
            wanted,
            got,
        );
        if let Some(hall) = &self.hall {
            hall.mix_in(place, wanted, got, from);
        }
        let met = self.meets(place, wanted, got);
        if place.time_in_force == TimeInForce::PostOnly && (!got.is_empty() || met.is_some()) {
            return Err(RejectReason::WouldTake);
        }
        self.check_self_trade(met)?;
        self.check_funds(floor, instrument, &part, got, touch)?;
        Ok(met)
    }

    /// Trades what an order gets, and lets the rest rest or go.
    fn take(
        &mut self,
        floor: Floor<'_>,
        place: &Place,
        wanted: Qty,
        ended: bool,
        got: &[Level],
        out: &mut Vec<Body>,
    ) {
        let instrument = floor.names.instrument(place.instrument);
        for (at, &level) in got.iter().enumerate() {
            if !self.hits_offer(at, level.qty) {
                self.taken[place.instrument.index()].take(place.side, level.price, level.qty);
            }
            self.execute(floor, instrument, place, level, false, out);
        }
        let left = wanted - total(got);
        if left.is_zero() {
            return;
        }
        let rests = matches!(
            place.time_in_force,
            TimeInForce::GoodTillCancelled | TimeInForce::PostOnly
        );
        match place.limit {
            Some(price) if rests && !ended => self.rest(floor, place, price, left),
            _ => out.push(news(place.order, OrderEventKind::Expired)),
        }
    }
}

pub(super) fn total(levels: &[Level]) -> Qty {
    levels.iter().fold(Qty::ZERO, |sum, level| sum + level.qty)
}
