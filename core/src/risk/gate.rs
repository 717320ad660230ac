//! Approval of orders.
//!
//! [`Approved`] has a private field and no other constructor than [`RiskGate::approve`]; the gateway takes
//! nothing else, so an order that passed no gate does not compile:
//!
//! ```compile_fail
//! use onetape_core::risk::Approved;
//! fn forge<T>(order: T) -> Approved<T> {
//!     Approved(order)
//! }
//! ```

use alloc::vec::Vec;

use super::worst::{exposure, worst_case};
use crate::command::{Amend, LegRole, Place};
use crate::instrument::{Instrument, Side};
use crate::market::{Market, TopState};
use crate::names::Names;
use crate::num::{Money, Price, Qty};
use crate::order::{Order, OrderTable};
use crate::position::Position;
use crate::risk::RiskLimits;
use crate::time::Ts;

/// Something that passed the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved<T>(T);

impl<T> Approved<T> {
    /// What was approved.
    pub const fn get(&self) -> &T {
        &self.0
    }

    /// What was approved, to send it.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// What a run may do at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TradingState {
    /// Everything.
    #[default]
    Active,
    /// Close and repair, open nothing.
    Paused,
    /// Nothing.
    Halted,
}

/// What the gate looks at.
#[derive(Clone, Copy)]
pub struct RiskView<'a> {
    /// Time of the event.
    pub now: Ts,
    /// Names and instruments.
    pub names: &'a Names,
    /// The market.
    pub market: &'a Market,
    /// The orders of the run.
    pub orders: &'a OrderTable,
    /// Positions by instrument.
    pub positions: &'a [Position],
    /// Result of this UTC day so far, without what open positions made or lost since it began.
    pub day_realised: Money,
    /// What open positions would have brought when the day began.
    pub day_opening_unrealised: Money,
}

impl RiskView<'_> {
    /// Result of this UTC day, open positions at what closing would bring.
    pub fn day_result(&self) -> Money {
        self.day_realised + self.unrealised() - self.day_opening_unrealised
    }

    /// What closing every position at the touch would realise. While a book is not live its last good touch
    /// stands: a gap makes no loss go away, and none come back on another day.
    pub fn unrealised(&self) -> Money {
        let open = self
            .positions
            .iter()
            .enumerate()
            .filter(|(_, position)| !position.qty.is_zero());
        open.filter_map(|(at, position)| {
            let instrument = &self.names.instruments[at];
            let top = self.market.instrument(instrument.id).last_top()?;
            let exit = if position.qty > Qty::ZERO {
                top.bid.price
            } else {
                top.ask.price
            };
            Some(position.unrealised(instrument, exit))
        })
        .sum()
    }
}

/// What was approved on the event that is being answered. The tables do not know of it yet.
#[derive(Clone, Debug, Default)]
pub struct Pending<'a> {
    /// New orders.
    pub placed: &'a [Approved<Place>],
    /// Changes.
    pub amends: Vec<Amend>,
}

/// The gate of one run.
#[derive(Clone, Debug, Default)]
pub struct RiskGate {
    limits: RiskLimits,
    state: TradingState,
}

impl RiskGate {
    /// A gate that is open within `limits`.
    pub const fn new(limits: RiskLimits) -> Self {
        Self {
            limits,
            state: TradingState::Active,
        }
    }

    /// What the run may do.
    pub const fn state(&self) -> TradingState {
        self.state
    }

    /// Changes what the run may do.
    pub const fn set_state(&mut self, state: TradingState) {
        self.state = state;
    }

    /// Lets an order through or names the reason why not. `pending` are orders approved on the same event.
    ///
    /// # Errors
    /// The reason code of the refusal.
    pub fn approve(
        &self,
        place: Place,
        view: &RiskView<'_>,
        pending: &[Approved<Place>],
    ) -> Result<Approved<Place>, &'static str> {
        let amends = Vec::new();
        self.approve_after(
            place,
            view,
            Pending {
                placed: pending,
                amends,
            },
        )
    }

    /// [`RiskGate::approve`], with changes approved on the same event as well.
    pub(crate) fn approve_after(
        &self,
        place: Place,
        view: &RiskView<'_>,
        pending: Pending<'_>,
    ) -> Result<Approved<Place>, &'static str> {
        let worst = worst_case(&place, place.qty, None, view, &pending);
        self.check(&place, place.qty, worst, view)?;
        Ok(Approved(place))
    }

    /// Lets a change of an order through or names the reason why not. A change that makes the order no larger, at
    /// no worse a price, passes like a cancel; any other is judged like a new order of what it leaves to trade, at
    /// its new price, with the larger of the old and the new quantity filled.
    ///
    /// # Errors
    /// The reason code of the refusal.
    pub fn approve_amend(
        &self,
        amend: Amend,
        order: &Order,
        view: &RiskView<'_>,
        pending: Pending<'_>,
    ) -> Result<Approved<Amend>, &'static str> {
        let known = order.place;
        if order.state.is_terminal() {
            return Err("order_ended");
        }
        let before = known.limit.ok_or("not_a_limit_order")?;
        if amend.qty <= order.filled {
            return Ok(Approved(amend));
        }
        let changed = Place {
            qty: amend.qty,
            limit: Some(amend.limit),
            ..known
        };
        let worse = match known.side {
            Side::Buy => amend.limit > before,
            Side::Sell => amend.limit < before,
        };
        let instrument = view.names.instrument(known.instrument);
        if worse || amend.qty > known.qty {
            let left = amend.qty - order.filled;
            let most = exposure(order, &pending).max(left);
            let worst = worst_case(&changed, most, Some(amend.order), view, &pending);
            self.check(&changed, left, worst, view)?;
        } else {
            check_filters(&changed, instrument, amend.limit)?;
        }
        Ok(Approved(amend))
    }

    /// Judges an order of which `left` may trade, and the position that it may lead to.
    fn check(
        &self,
        place: &Place,
        left: Qty,
        worst: Qty,
        view: &RiskView<'_>,
    ) -> Result<(), &'static str> {
        let instrument = view.names.instrument(place.instrument);
        let held = view.positions[place.instrument.index()].qty;
        // With all that is out filled as well, it must still only make the position smaller.
        let reduces = worst.abs() < held.abs()
            && (worst.is_zero() || (worst > Qty::ZERO) == (held > Qty::ZERO));
        self.check_state(place)?;
        let touch = self.check_book(place, view)?;
        check_filters(place, instrument, place.limit.unwrap_or(touch))?;
        if !reduces {
            // A seller's limit is the least that it takes: the order is worth the touch where that is more.
            let price = place.limit.map_or(touch, |limit| match place.side {
                Side::Buy => limit,
                Side::Sell => limit.max(touch),
            });
            self.check_order(left, instrument, price)?;
            self.check_position(instrument, price.max(touch), worst)?;
        }
        self.check_day(place, view)
    }

    fn check_state(&self, place: &Place) -> Result<(), &'static str> {
        match self.state {
            TradingState::Halted => Err("halted"),
            TradingState::Paused if opens(place.tag.role) => Err("paused"),
            TradingState::Paused | TradingState::Active => Ok(()),
        }
    }

    /// The touch that the order would take, when the book can be acted on.
    fn check_book(&self, place: &Place, view: &RiskView<'_>) -> Result<Price, &'static str> {
        let known = view.market.instrument(place.instrument);
        match known.state() {
            TopState::Missing => return Err("book_missing"),
            TopState::Gapped => return Err("book_gapped"),
            TopState::Crossed => return Err("book_crossed"),
            TopState::Live => {}
        }
        if self
            .limits
            .max_book_age
            .is_some_and(|limit| known.age(view.now) > limit)
        {
            return Err("book_stale");
        }
        let touch = known.touch(place.side).ok_or("book_missing")?;
        Ok(touch.price)
    }

    fn check_order(
        &self,
        left: Qty,
        instrument: &Instrument,
        price: Price,
    ) -> Result<(), &'static str> {
        match self.limits.max_order_notional {
            Some(limit) if instrument.compare_notional(price, left, limit).is_gt() => {
                Err("max_order_notional")
            }
            _ => Ok(()),
        }
    }

    fn check_position(
        &self,
        instrument: &Instrument,
        price: Price,
        worst: Qty,
    ) -> Result<(), &'static str> {
        match self.limits.max_position_notional {
            Some(limit)
                if instrument
                    .compare_notional(price, worst.abs(), limit)
                    .is_gt() =>
            {
                Err("max_position_notional")
            }
            _ => Ok(()),
        }
    }

    fn check_day(&self, place: &Place, view: &RiskView<'_>) -> Result<(), &'static str> {
        match self.limits.max_daily_loss {
            Some(limit) if opens(place.tag.role) && -view.day_result() >= limit => {
                Err("max_daily_loss")
            }
            _ => Ok(()),
        }
    }
}

/// True for orders that nothing that is held asks for.
const fn opens(role: LegRole) -> bool {
    matches!(role, LegRole::Entry | LegRole::Switch)
}

fn check_filters(place: &Place, instrument: &Instrument, price: Price) -> Result<(), &'static str> {
    if place.qty <= Qty::ZERO || instrument.floor_lots(place.qty) != place.qty {
        return Err("quantity_off_lot");
    }
    if place.limit.is_some_and(|limit| {
        limit.mantissa() <= 0 || limit.mantissa() % instrument.tick.mantissa().max(1) != 0
    }) {
        return Err("price_off_tick");
    }
    if place.qty < instrument.min_qty {
        return Err("below_min_quantity");
    }
    if !instrument.max_qty.is_zero() && place.qty > instrument.max_qty {
        return Err("above_max_quantity");
    }
    // Nothing is worth less than nothing: neither price nor quantity is negative here.
    let least = instrument.min_notional;
    if !place.reduce_only
        && !least.is_zero()
        && instrument.compare_notional(price, place.qty, least).is_lt()
    {
        return Err("below_min_notional");
    }
    Ok(())
}
