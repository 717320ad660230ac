//! Orders that are taken back or changed.

use onetape_adapters::gate::{Market as GateMarket, server as gate};
use onetape_adapters::server::call::{Change, LooseChange, Which};
use onetape_adapters::server::filters;
use onetape_adapters::server::state::{FillState, Happened, OrderState, OrderStatus};
use onetape_adapters::server::wrong::{Filter, Wrong};
use onetape_core::command::{Amend, Place, TimeInForce};
use onetape_core::event::Level;
use onetape_core::instrument::{InstrumentKind, Side};
use onetape_core::names::{InstrumentId, TaskId};
use onetape_core::num::Qty;

use super::orders::sim_rule;
use super::seat::{Record, order_id};
use super::{Exchange, Told};

impl Exchange {
    /// The open order that is meant.
    fn open_one(&self, at: usize, which: &Which) -> Result<&Record, Wrong> {
        let record = self.seats[at].find(which).ok_or(Wrong::NotOpen)?;
        let untouched = record.state.filled.is_zero();
        if !record.state.status.is_open() {
            return Err(Wrong::NotOpen);
        }
        match which.untouched.is_some_and(|wanted| wanted != untouched) {
            true => Err(Wrong::Restricted),
            false => Ok(record),
        }
    }

    /// Takes an order back.
    pub(super) fn cancel(
        &mut self,
        at: usize,
        which: &Which,
        out: &mut Vec<Told>,
    ) -> Result<OrderState, Wrong> {
        let id = self.open_one(at, which)?.state.id;
        self.cancel_one(at, id, out);
        self.state(at, id).ok_or(Wrong::NotOpen)
    }

    fn cancel_one(&mut self, at: usize, id: u64, out: &mut Vec<Told>) {
        if self.seats[at].get(id).is_some_and(|record| record.waits) {
            let what = Happened::Cancelled(None);
            return self.ends(at, id, OrderStatus::Cancelled, what, out);
        }
        let mut bodies = Vec::new();
        self.lend(at, |venue, _| venue.cancel(order_id(id), &mut bodies));
        let digest = self.digest(at, &bodies, None, &[], out);
        self.touch(at, &digest.moved);
    }

    /// Ends an order whose time is over.
    pub(super) fn expire_one(&mut self, at: usize, id: u64, out: &mut Vec<Told>) {
        if self.seats[at].get(id).is_some_and(|record| record.waits) {
            return self.ends(at, id, OrderStatus::Expired, Happened::Expired, out);
        }
        let mut bodies = Vec::new();
        self.lend(at, |venue, _| venue.expire(order_id(id), &mut bodies));
        let digest = self.digest(at, &bodies, None, &[], out);
        self.touch(at, &digest.moved);
    }

    /// Takes all orders back that `is_meant`, the oldest first.
    pub(super) fn cancel_all(
        &mut self,
        at: usize,
        is_meant: impl Fn(InstrumentId, Side) -> bool,
        out: &mut Vec<Told>,
    ) -> Vec<OrderState> {
        let open = self.seats[at].open();
        let meant = open.filter(|it| is_meant(it.state.instrument, it.state.side));
        let ids: Vec<u64> = meant.map(|it| it.state.id).collect();
        for id in &ids {
            self.cancel_one(at, *id, out);
        }
        ids.iter().filter_map(|id| self.state(at, *id)).collect()
    }

    /// Changes an order whose instrument only its own record tells.
    pub(super) fn amend_loose(
        &mut self,
        at: usize,
        loose: &LooseChange,
        out: &mut Vec<Told>,
    ) -> Result<(OrderState, Vec<FillState>), Wrong> {
        let id = self.open_one(at, &loose.which)?.state.instrument;
        let listed = self.directory.get(id).ok_or(Wrong::Symbol)?;
        let market = match listed.instrument.kind {
            InstrumentKind::Spot => GateMarket::Spot,
            InstrumentKind::Linear => GateMarket::Usdt,
            InstrumentKind::Inverse => GateMarket::Btc,
        };
        let change = gate::settle(market, loose.clone(), listed)?;
        self.amend(at, &change, out)
    }

    /// Changes an order.
    pub(super) fn amend(
        &mut self,
        at: usize,
        change: &Change,
        out: &mut Vec<Told>,
    ) -> Result<(OrderState, Vec<FillState>), Wrong> {
        let record = self.open_one(at, &change.which)?;
        let before = record.state.clone();
        let (waits, id) = (record.waits, before.id);
        let (qty, limit) = self.check_change(at, record, change)?;
        if let Some(client) = &change.client {
            self.seats[at].rename(id, client);
        }
        if waits {
            let now = self.now;
            if let Some(record) = self.seats[at].get_mut(id) {
                record.state.qty = qty;
                record.state.limit = limit;
                record.state.updated = now;
                record.amends += 1;
            }
            self.tell_order(at, id, Happened::Amended, out);
            return Ok((self.state(at, id).ok_or(Wrong::NotOpen)?, Vec::new()));
        }
        let limit = limit.ok_or(Wrong::Unsupported("a change of a market order"))?;
        let told = out.len();
        let place = Place {
            order: order_id(id),
            task: TaskId(0),
            instrument: before.instrument,
            side: before.side,
            qty,
            limit: Some(limit),
            time_in_force: TimeInForce::GoodTillCancelled,
            reduce_only: before.reduce_only,
            tag: Default::default(),
        };
        let amend = Amend {
            order: order_id(id),
            instrument: before.instrument,
            qty,
            limit,
        };
        let rule = self.rule_of(before.self_trade);
        let moves = Some(limit) != before.limit || qty > before.qty;
        let offers = match moves {
            true => self.offers(at, &place, qty - before.filled, rule),
            false => Vec::new(),
        };
        let levels: Vec<Level> = offers.iter().map(|offer| offer.level()).collect();
        let mut bodies = Vec::new();
        self.mark_taken();
        let hits = self.lend(at, |venue, floor| {
            venue.set_self_trade(sim_rule(rule));
            venue.amend_among(floor, &amend, &levels, &mut bodies)
        });
        let digest = self.digest(at, &bodies, Some(id), &[], out);
        if let Some(wrong) = digest.wrong {
            out.truncate(told);
            if change.client.is_some() {
                self.seats[at].rename(id, &before.client);
            }
            return Err(wrong);
        }
        let fills = self.settle(at, &offers, &hits, digest, out);
        Ok((self.state(at, id).ok_or(Wrong::NotOpen)?, fills))
    }

    /// What an order becomes, if it may.
    fn check_change(
        &self,
        at: usize,
        record: &Record,
        change: &Change,
    ) -> Result<(Qty, Option<onetape_core::num::Price>), Wrong> {
        let state = &record.state;
        let of = self.of(state.instrument)?;
        let rules = self.rules.get(&state.instrument);
        let limits = rules.map(|rules| rules.limits.clone()).unwrap_or_default();
        if change.side.is_some_and(|side| side != state.side) {
            return Err(Wrong::Bad("side"));
        }
        if limits.max_amends.is_some_and(|most| record.amends >= most) {
            return Err(Wrong::Filter(Filter::Orders));
        }
        let taken = |client: &String| *client != state.client && self.seats[at].has_open(client);
        if change.client.as_ref().is_some_and(taken) {
            return Err(Wrong::Duplicate);
        }
        let (qty, limit) = (
            change.qty.unwrap_or(state.qty),
            change.limit.or(state.limit),
        );
        if (qty, limit) == (state.qty, state.limit) && change.client.is_none() {
            return Err(Wrong::Same);
        }
        if let Some(limit) = limit {
            let measure = self.measure(state.instrument);
            filters::price(limit, state.side, of, &limits, measure).map_err(Wrong::Filter)?;
        }
        if qty > state.filled {
            filters::quantity(qty, limit.is_none(), of, &limits).map_err(Wrong::Filter)?;
            let small =
                limit.is_some_and(|limit| of.compare_notional(limit, qty, of.min_notional).is_lt());
            let exempt = state.reduce_only && of.kind != InstrumentKind::Spot;
            if small && !exempt {
                return Err(Wrong::Filter(Filter::Notional));
            }
        }
        Ok((qty, limit))
    }
}
