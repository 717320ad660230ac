//! What an account can no longer carry.
//!
//! When the margin balance is no more than the maintenance margin, of a settlement asset's whole wallet with cross
//! margin, of one position with isolated margin, the venue
//!
//! 1. ends the resting orders (cross: of everything that settles in the asset or locks it; isolated: of that
//!    instrument),
//! 2. closes the positions at the book, taking what is there, but nothing worse than the bankruptcy price, at which
//!    nothing would be left behind the position; what the book does not take at that price or better, the insurance
//!    fund takes over at it,
//! 3. takes its liquidation fee of what was closed, as far as something is left.
//!
//! So no balance is ever reported below zero, and an isolated position loses no more than what stood behind it. A
//! position is closed as a whole: venues that first close a part of a large one are not modelled.

use onetape_core::event::{AccountEvent, Body, OrderEventKind};
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::names::{AssetId, InstrumentId};
use onetape_core::num::{Money, Qty};

use super::orders::{Resting, Slot};
use super::{Floor, Venue};
use crate::account::MarginState;
use crate::config::MarginMode;
use crate::fees::in_steps;
use crate::liquidity::executions;

/// A position that the venue closed.
struct Closed {
    instrument: InstrumentId,
    qty: Qty,
    realised: Money,
    fee: Money,
}

impl Venue {
    /// Closes what cannot be carried and drops resting orders that cannot be paid. To be called after anything
    /// that moves prices, balances or positions; it returns at once when nothing can have come of that.
    #[inline]
    pub(super) fn guard(&mut self, floor: Floor<'_>, out: &mut Vec<Body>) {
        if !self.account.is_quiet(floor.market) {
            self.check_margins(floor, out);
        }
    }

    #[inline(never)]
    fn check_margins(&mut self, floor: Floor<'_>, out: &mut Vec<Body>) {
        let mut at = 0;
        while let Some(asset) = self.account.settlement_asset(at) {
            at += 1;
            let state = match self.account.mode() {
                MarginMode::Cross => self.check_cross(floor, asset, out),
                MarginMode::Isolated => {
                    self.check_isolated(floor, asset, out);
                    None
                }
            };
            if self.account.free(asset).is_negative() {
                self.end_orders(|order| order.locks(asset), out);
            }
            self.account
                .settle_bands(asset, state, floor.names, floor.market);
        }
        self.account.settled();
    }

    /// What stands behind the positions of an asset, when nothing had to be closed.
    fn check_cross(
        &mut self,
        floor: Floor<'_>,
        asset: AssetId,
        out: &mut Vec<Body>,
    ) -> Option<MarginState> {
        let state = self.account.cross_margin(asset, floor.names, floor.market);
        if !state.is_spent() && !self.account.total(asset).is_negative() {
            return Some(state);
        }
        if state.open > 0 {
            let settles = |order: &Resting| {
                let instrument = floor.names.instrument(order.place.instrument);
                instrument.kind != InstrumentKind::Spot && instrument.settle() == asset
            };
            self.end_orders(|order| order.locks(asset) || settles(order), out);
        }
        let mut closed = Vec::new();
        for id in self.account.open_in(asset) {
            let instrument = floor.names.instrument(id);
            let budget = self
                .account
                .cross_budget(instrument, floor.names, floor.market);
            closed.push(self.close_at_book(floor, instrument, budget));
        }
        // Fees come last: what they take is not there for the loss of another position.
        for one in &mut closed {
            let left = self.account.total(asset);
            self.charge_closing(asset, one, left);
        }
        self.bear(floor, asset, &mut closed);
        tell(closed, out);
        None
    }

    fn check_isolated(&mut self, floor: Floor<'_>, asset: AssetId, out: &mut Vec<Body>) {
        // Fees that the free balance could not pay.
        if self.account.free(asset).is_negative() {
            self.end_orders(|order| order.locks(asset), out);
            self.account.draw_on_margins(asset);
        }
        let mut closed: Vec<Closed> = Vec::new();
        for id in self.account.open_in(asset) {
            let state = self.account.isolated_state(id, floor.names, floor.market);
            let margin = self.account.isolated_margin(id);
            if state.is_spent() || margin <= Money::ZERO {
                self.end_orders(|order| order.place.instrument == id, out);
                let instrument = floor.names.instrument(id);
                let mut one = self.close_at_book(floor, instrument, margin);
                let left = (margin + one.realised).min(self.account.total(asset));
                self.charge_closing(asset, &mut one, left);
                closed.push(one);
            }
        }
        for (id, borne) in self.account.take_borne() {
            match closed.iter_mut().find(|closed| closed.instrument == id) {
                Some(known) => known.realised += borne,
                None => closed.push(Closed::nothing(id, borne)),
            }
        }
        self.bear(floor, asset, &mut closed);
        tell(closed, out);
    }

    /// Closes a position, with no more lost than `budget`; its fee is what is due.
    fn close_at_book(
        &mut self,
        floor: Floor<'_>,
        instrument: &Instrument,
        budget: Money,
    ) -> Closed {
        let position = self.account.position(instrument.id);
        let realised = self.realise(floor, instrument, budget);
        self.account.close(instrument, realised);
        // What went out is what came in and what closing brought.
        let value = (position.cost + realised).abs();
        Closed {
            instrument: instrument.id,
            qty: position.qty,
            realised,
            fee: in_steps(value.times(self.config.liquidation_fee.to_decimal())),
        }
    }

    /// Takes the fee of a closed position, as far as something is left to pay it.
    fn charge_closing(&mut self, asset: AssetId, closed: &mut Closed, left: Money) {
        closed.fee = closed.fee.min(left).max(Money::ZERO);
        self.account.credit(asset, -closed.fee);
    }

    /// What closing a position at the book brings: levels no worse than the bankruptcy price are taken, and the rest
    /// goes at that price.
    fn realise(&mut self, floor: Floor<'_>, instrument: &Instrument, budget: Money) -> Money {
        let id = instrument.id;
        let mut left = self.account.position(id);
        let (whole, side) = match left.qty > Qty::ZERO {
            true => (left.qty.abs(), Side::Sell),
            false => (left.qty.abs(), Side::Buy),
        };
        // No price is below zero: where that is all that a position can lose, it loses no more.
        let most = match left.cost > Money::ZERO {
            true => budget.min(left.cost),
            false => budget,
        };
        let share = |qty: Qty| {
            let (part, whole) = (instrument.qty_decimal(qty), instrument.qty_decimal(whole));
            let share = most.decimal().saturating_mul(part).checked_div(whole);
            in_steps(Money::new(share.unwrap_or_default()))
        };
        let mut levels = Vec::new();
        executions(
            floor.market.instrument(id),
            &self.taken[id.index()],
            floor.liquidity,
            side,
            None,
            whole,
            &mut levels,
        );
        let (mut realised, mut spent) = (Money::ZERO, Money::ZERO);
        for level in levels {
            let before = left;
            let brought = left.fill(instrument, side, level.price, level.qty);
            let allowed = share(level.qty);
            if brought < -allowed {
                left = before;
                break;
            }
            self.taken[id.index()].take(side, level.price, level.qty);
            realised += brought;
            spent += allowed;
        }
        if left.qty.is_zero() {
            realised
        } else {
            realised - (most - spent)
        }
    }

    /// The venue pays what a wallet lacks after all.
    fn bear(&mut self, floor: Floor<'_>, asset: AssetId, closed: &mut Vec<Closed>) {
        let short = -self.account.total(asset);
        if short <= Money::ZERO {
            return;
        }
        if closed.is_empty() {
            // The first one that was traded stands in, flat as it is.
            let id = self.account.first_in(asset);
            closed.extend(id.map(|id| Closed::nothing(id, Money::ZERO)));
        }
        if let Some(last) = closed.last_mut() {
            debug_assert_eq!(floor.names.instrument(last.instrument).settle(), asset);
            last.realised += short;
            self.account.credit(asset, short);
        }
    }

    /// Ends the resting orders that `which` says.
    fn end_orders(&mut self, which: impl Fn(&Resting) -> bool, out: &mut Vec<Body>) {
        let said = |slot: &Slot| which(&self.orders[*slot]);
        let ended: Vec<Slot> = self.orders.in_order().filter(said).collect();
        for slot in ended {
            self.end(slot, OrderEventKind::Expired, out);
        }
    }
}

impl Closed {
    const fn nothing(instrument: InstrumentId, realised: Money) -> Self {
        Self {
            instrument,
            qty: Qty::ZERO,
            realised,
            fee: Money::ZERO,
        }
    }
}

fn tell(closed: Vec<Closed>, out: &mut Vec<Body>) {
    for one in closed {
        let instrument = one.instrument;
        if !one.fee.is_zero() {
            out.push(Body::Account(AccountEvent::LiquidationFee {
                instrument,
                amount: one.fee,
            }));
        }
        out.push(Body::Account(AccountEvent::Liquidated {
            instrument,
            qty: one.qty,
            realised: one.realised,
        }));
    }
}
