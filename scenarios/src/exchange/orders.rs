//! Orders that come, and what they meet.

use onetape_adapters::server::call::{NewOrder, SelfTrade};
use onetape_adapters::server::state::{FillState, Happened, OrderState, OrderStatus};
use onetape_adapters::server::wrong::Wrong;
use onetape_core::command::{Place, TimeInForce};
use onetape_core::event::Level;
use onetape_core::instrument::Side;
use onetape_core::names::{InstrumentId, TaskId};
use onetape_core::num::{Money, Price, Qty};
use onetape_sim as sim;
use std::collections::BTreeMap;

use super::checks::Checked;
use super::seat::{Record, order_id};
use super::trade::Digest;
use super::{Exchange, Told};

/// A resting order that one that comes may meet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    seat: usize,
    order: u64,
    level: Level,
}

/// What was taken of a resting order, and in which print.
struct Hit {
    order: u64,
    qty: Qty,
    print: u64,
}

impl Offer {
    /// Its price and quantity.
    pub(super) const fn level(&self) -> Level {
        self.level
    }
}

impl Exchange {
    /// What becomes of own orders that meet, where an order does not say: as the venue's answers tell it.
    pub(super) const fn rule_of(&self, asked: SelfTrade) -> SelfTrade {
        match asked {
            SelfTrade::Unsaid if self.traits.expires_maker => SelfTrade::ExpireMaker,
            SelfTrade::Unsaid => SelfTrade::Allow,
            other => other,
        }
    }

    /// Takes a new order.
    pub(super) fn place(
        &mut self,
        at: usize,
        asked: &NewOrder,
        out: &mut Vec<Told>,
    ) -> Result<(OrderState, Vec<FillState>), Wrong> {
        let checked = self.check(at, asked)?;
        let id = self.enter(at, asked, checked);
        if asked.trigger.is_some() {
            self.came(at, id, out);
            let state = self.state(at, id).ok_or(Wrong::NoOrder)?;
            return Ok((state, Vec::new()));
        }
        let told = out.len();
        let fills = match self.submit(at, id, out) {
            Ok(fills) => fills,
            Err(wrong) => {
                out.truncate(told);
                self.seats[at].forget(id);
                return Err(wrong);
            }
        };
        Ok((self.state(at, id).ok_or(Wrong::NoOrder)?, fills))
    }

    /// A place in queues behind all that came before.
    pub(super) const fn take_arrival(&mut self) -> u64 {
        self.arrivals += 1;
        self.arrivals
    }

    pub(super) fn state(&self, at: usize, id: u64) -> Option<OrderState> {
        self.seats[at].get(id).map(|record| record.state.clone())
    }

    /// Enters an order into the account's list.
    fn enter(&mut self, at: usize, asked: &NewOrder, checked: Checked) -> u64 {
        let id = self.next_order;
        self.next_order += 1;
        let arrival = self.take_arrival();
        let made_up = asked.client.is_empty() && self.traits.names_orders;
        let client = match made_up {
            true => format!("x-{id:020}"),
            false => asked.client.clone(),
        };
        let state = OrderState {
            id,
            client,
            instrument: asked.instrument,
            side: checked.side,
            limit: asked.limit,
            time_in_force: asked.time_in_force,
            qty: checked.qty,
            quote_size: checked.quote_size,
            filled: Qty::ZERO,
            filled_quote: Money::ZERO,
            status: OrderStatus::New,
            reduce_only: checked.reduce_only,
            position: asked.position,
            until: asked.until,
            trigger: asked.trigger,
            self_trade: asked.self_trade,
            fees: Vec::new(),
            created: self.now,
            updated: self.now,
        };
        self.seats[at].enter(Record {
            state,
            asked: asked.clone(),
            waits: asked.trigger.is_some(),
            stands: None,
            amends: 0,
            arrival,
            told: false,
        });
        id
    }

    /// Brings an order that was entered to the market.
    pub(super) fn submit(
        &mut self,
        at: usize,
        id: u64,
        out: &mut Vec<Told>,
    ) -> Result<Vec<FillState>, Wrong> {
        let state = self.state(at, id).ok_or(Wrong::NoOrder)?;
        let arrival = self.take_arrival();
        if let Some(record) = self.seats[at].get_mut(id) {
            record.waits = false;
            record.arrival = arrival;
        }
        let place = Place {
            order: order_id(id),
            task: TaskId(0),
            instrument: state.instrument,
            side: state.side,
            qty: state.qty,
            limit: state.limit,
            time_in_force: match state.limit {
                // What takes any price never rests.
                None if state.time_in_force != TimeInForce::FillOrKill => {
                    TimeInForce::ImmediateOrCancel
                }
                _ => state.time_in_force,
            },
            reduce_only: state.reduce_only,
            tag: Default::default(),
        };
        let rule = self.rule_of(state.self_trade);
        let offers = self.offers(at, &place, place.qty, rule);
        let levels: Vec<Level> = offers.iter().map(|offer| offer.level).collect();
        let mut bodies = Vec::new();
        self.mark_taken();
        let hits = self.lend(at, |venue, floor| {
            venue.set_self_trade(sim_rule(rule));
            venue.place(floor, &place, &levels, &mut bodies)
        });
        let digest = self.digest(at, &bodies, Some(id), &[], out);
        if let Some(wrong) = digest.wrong {
            return match wrong {
                // It is taken and ends at once.
                Wrong::SelfTrade if self.traits.ends_self_trades => {
                    self.came(at, id, out);
                    self.ends(at, id, OrderStatus::SelfTrade, Happened::Expired, out);
                    Ok(Vec::new())
                }
                wrong => Err(wrong),
            };
        }
        let killed = place.time_in_force == TimeInForce::FillOrKill && digest.fills.is_empty();
        if killed && self.traits.refuses_killed {
            return Err(Wrong::WouldRest);
        }
        Ok(self.settle(at, &offers, &hits, digest, out))
    }

    /// Gives the owners of resting orders what was taken of them, and closes a turn.
    pub(super) fn settle(
        &mut self,
        at: usize,
        offers: &[Offer],
        hits: &[(usize, Qty)],
        digest: Digest,
        out: &mut Vec<Told>,
    ) -> Vec<FillState> {
        self.aggregate(&digest.prints, out);
        // By owner, in the order in which they were met.
        let mut makers: Vec<(usize, Vec<Hit>)> = Vec::new();
        let mut used = vec![false; digest.fills.len()];
        for (offer, qty) in hits {
            let Some(offer) = offers.get(*offer) else {
                continue;
            };
            let mut fills = digest.fills.iter().zip(&mut used);
            let same = fills.find(|(fill, used)| {
                !**used && (fill.price, fill.qty) == (offer.level.price, *qty) && !fill.maker
            });
            let Some((fill, used)) = same else {
                continue;
            };
            *used = true;
            let hit = Hit {
                order: offer.order,
                qty: *qty,
                print: fill.id,
            };
            match makers.iter_mut().find(|(seat, _)| *seat == offer.seat) {
                Some((_, list)) => list.push(hit),
                None => makers.push((offer.seat, vec![hit])),
            }
        }
        self.touch(at, &digest.moved);
        for (seat, list) in makers {
            let hits: Vec<_> = list
                .iter()
                .map(|hit| (order_id(hit.order), hit.qty))
                .collect();
            let prints: Vec<_> = list.iter().map(|hit| hit.print).collect();
            let mut bodies = Vec::new();
            self.lend(seat, |venue, floor| venue.give(floor, &hits, &mut bodies));
            let given = self.digest(seat, &bodies, None, &prints, out);
            self.aggregate(&given.prints, out);
            self.touch(seat, &given.moved);
        }
        digest.fills
    }

    /// The resting orders that an order may meet, the best first, as much as it wants: those of others, and its owner's
    /// where those may trade with it.
    pub(super) fn offers(
        &self,
        at: usize,
        place: &Place,
        wanted: Qty,
        rule: SelfTrade,
    ) -> Vec<Offer> {
        let side = place.side.opposite();
        let mut held: BTreeMap<usize, Qty> = BTreeMap::new();
        let (mut all, mut sum) = (Vec::new(), Qty::ZERO);
        for standing in self.pits[place.instrument.index()].line(side) {
            let order = standing.order;
            if sum >= wanted || !reaches(place.side, place.limit, standing.price) {
                break;
            }
            let seat = usize::from(standing.account.0);
            if order_id(order) == place.order || (seat == at && rule != SelfTrade::Allow) {
                continue;
            }
            let held = held.entry(seat).or_insert_with(|| {
                let account = self.seats[seat].venue.account();
                account.position(place.instrument).qty
            });
            let opposite = !held.is_zero() && (*held > Qty::ZERO) == (side == Side::Sell);
            let qty = match (standing.reduce_only, opposite) {
                (false, _) => standing.left,
                (true, true) => standing.left.min(held.abs()),
                (true, false) => Qty::ZERO,
            };
            if qty > Qty::ZERO {
                *held += side.signed(qty);
                sum += qty;
                let level = Level {
                    price: standing.price,
                    qty,
                };
                all.push(Offer { seat, order, level });
            }
        }
        all
    }

    /// How much an order gets for an amount of quote, at the book as it stands.
    pub(super) fn qty_for(&self, id: InstrumentId, side: Side, quote: Money) -> Qty {
        let of = self.names.instrument(id);
        let pit = &self.pits[id.index()];
        let (mut left, mut sum) = (quote, Qty::ZERO);
        for level in pit.levels(side.opposite(), usize::MAX) {
            let value = of.notional(level.price, level.qty);
            if value <= left {
                left -= value;
                sum += level.qty;
                continue;
            }
            let base = left.decimal().checked_div(of.price_decimal(level.price));
            // One step less where cutting the division made it too dear.
            let mut part = of.floor_qty(base.unwrap_or_default());
            while part > Qty::ZERO && of.notional(level.price, part) > left {
                part -= of.lot;
            }
            sum += part.max(Qty::ZERO).min(level.qty);
            break;
        }
        of.floor_lots(sum)
    }
}

fn reaches(side: Side, limit: Option<Price>, price: Price) -> bool {
    limit.is_none_or(|limit| match side {
        Side::Buy => price <= limit,
        Side::Sell => price >= limit,
    })
}

/// `None` lets them trade.
pub(super) const fn sim_rule(rule: SelfTrade) -> Option<sim::SelfTrade> {
    match rule {
        SelfTrade::Unsaid | SelfTrade::Allow => None,
        SelfTrade::ExpireTaker => Some(sim::SelfTrade::ExpireTaker),
        SelfTrade::ExpireMaker => Some(sim::SelfTrade::ExpireMaker),
        SelfTrade::ExpireBoth => Some(sim::SelfTrade::ExpireBoth),
    }
}
