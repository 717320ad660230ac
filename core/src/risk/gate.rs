//! Approval of orders.
//!
//! [`Approved`] has a private field and no other constructor than [`RiskGate::approve`]; the gateway takes
//! nothing else, so an order that passed no gate does not compile:
//!
//! ```compile_fail
//! use onetape_core::risk::Approved;
//! fn forge<T>(order: T) -> Approved<T> {
//!     Approved { item: order, until: onetape_core::time::Ts::MAX }
//! }
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::code::{Code, LimitKind, ScopeKind};
use super::funds::Ahead;
use super::limits::{RiskLimits, SelfTradeRule};
use super::more::More;
use super::self_trade::meets_own;
use super::view::{RiskView, TradingState};
use super::worst::{exposure, worst_case};
use crate::command::{Amend, Place};
use crate::instrument::{Instrument, Side};
use crate::market::TopState;
use crate::names::{InstrumentId, Names, TaskId, VenueId};
use crate::num::{Bps, Money, Price, Qty};
use crate::order::Order;
use crate::planted::{Bug, planted};
use crate::state::{Loader, RestoreError, Saver, State, Value};
use crate::time::Ts;

/// Something that passed the gate, and until when it may leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved<T> {
    item: T,
    until: Ts,
}

impl<T> Approved<T> {
    const fn new(item: T, until: Ts) -> Self {
        Self { item, until }
    }

    /// What was approved.
    pub const fn get(&self) -> &T {
        &self.item
    }

    /// What was approved, to send it.
    pub fn into_inner(self) -> T {
        self.item
    }

    /// True while the data that it was approved on is not too old: whoever sends it later than it was decided asks
    /// this again, and reports an order that came too late as never sent.
    pub fn is_valid_at(&self, now: Ts) -> bool {
        now <= self.until
    }
}

/// An order as it is judged.
#[derive(Clone, Copy)]
pub(super) struct Judged<'a> {
    pub(super) place: &'a Place,
    /// What of it may trade as it is asked for.
    pub(super) left: Qty,
    /// What of it may trade with every change that is on its way.
    pub(super) most: Qty,
    /// The position that it may lead to.
    worst: Qty,
    /// The order that is changed; none for a new one.
    pub(super) amended: Option<&'a Order>,
    /// The last moment at which the venue's feed counts as heard, where that matters.
    feed_ends: Option<Ts>,
}

/// What was approved on the event that is being answered. The tables do not know of it yet.
#[derive(Clone, Debug, Default)]
pub struct Pending<'a> {
    /// New orders.
    pub placed: &'a [Approved<Place>],
    /// Changes.
    pub amends: Vec<Amend>,
    /// The order that is judged leaves when others brought what it needs: its funds are not asked for.
    pub is_paid: bool,
}

/// The gate of one run.
#[derive(Clone, Debug, Default)]
pub struct RiskGate {
    limits: RiskLimits,
    state: TradingState,
    /// Which orders an order must not meet.
    meets: SelfTradeRule,
    pub(super) more: Option<Box<More>>,
    /// It must see every market event.
    watches: bool,
}

impl State for RiskGate {
    fn save(&self, out: &mut Saver) {
        let Self {
            state,
            more,
            limits: _,
            meets: _,
            watches: _,
        } = self;
        state.save(out);
        more.is_some().save(out);
        if let Some(more) = more {
            more.as_ref().save(out);
        }
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        self.state.restore(from)?;
        match (bool::get(from)?, &mut self.more) {
            (false, None) => Ok(()),
            (true, Some(more)) => more.as_mut().restore(from),
            _ => Err(RestoreError::Malformed("risk limits")),
        }
    }
}

impl RiskGate {
    /// A gate that is open within `limits`, for a run of these names.
    pub fn new(limits: RiskLimits, names: &Names) -> Self {
        let more = limits.has_more();
        let more = more.then(|| Box::new(More::new(&limits, names)));
        // One task cannot meet another.
        let alone = names.tasks.len() < 2 && limits.self_trade == SelfTradeRule::AcrossTasks;
        let meets = if alone {
            SelfTradeRule::Venue
        } else {
            limits.self_trade
        };
        Self {
            limits,
            state: TradingState::Active,
            meets,
            watches: more.as_ref().is_some_and(|more| more.watches_market()),
            more,
        }
    }

    /// Its limits.
    pub(super) const fn limits(&self) -> &RiskLimits {
        &self.limits
    }

    /// What closing may lose before a person is asked.
    pub(crate) const fn max_single_loss(&self) -> Option<Money> {
        self.limits.max_single_loss
    }

    /// The rate that a venue charges who takes, as far as it is known.
    pub(crate) fn taker_fee(&self, venue: VenueId) -> Bps {
        let funds = self.limits.funds.as_ref();
        let mut terms = funds.map_or(&[][..], |rules| &rules.venues).iter();
        let terms = terms.find(|terms| terms.venue == venue);
        terms.map_or(Bps::default(), |terms| terms.fee)
    }

    /// What the run may do, by a person's word.
    pub const fn state(&self) -> TradingState {
        self.state
    }

    /// What the run may do, by a person's word and by the breakers that are tripped.
    pub fn effective_state(&self) -> TradingState {
        match (&self.more, self.state) {
            (Some(more), TradingState::Active | TradingState::Paused) if more.halts() => {
                TradingState::Halted
            }
            (Some(more), TradingState::Active) if more.tripped().next().is_some() => {
                TradingState::Paused
            }
            (_, state) => state,
        }
    }

    /// What is kept beyond the plain limits.
    #[inline]
    pub(crate) fn more(&self) -> Option<&More> {
        self.more.as_deref()
    }

    /// The same, to change.
    pub(crate) fn more_mut(&mut self) -> Option<&mut More> {
        self.more.as_deref_mut()
    }

    /// Takes that out, to be put back.
    pub(crate) const fn take_more(&mut self) -> Option<Box<More>> {
        self.more.take()
    }

    /// Puts it back.
    pub(crate) fn put_more(&mut self, more: Box<More>) {
        self.more = Some(more);
    }

    /// True when it must see every market event.
    #[inline]
    pub(crate) const fn watches_market(&self) -> bool {
        self.watches
    }

    /// Puts what a task reserved ahead in place.
    pub(crate) fn reserve(&mut self, task: TaskId, ahead: Ahead, now: Ts) {
        if let Some(more) = &mut self.more {
            more.reserve(task, ahead, now);
        }
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
    ) -> Result<Approved<Place>, Code> {
        let amends = Vec::new();
        self.approve_after(
            place,
            view,
            Pending {
                placed: pending,
                amends,
                is_paid: false,
            },
        )
    }

    /// [`RiskGate::approve`], with changes approved on the same event as well.
    pub(crate) fn approve_after(
        &self,
        place: Place,
        view: &RiskView<'_>,
        pending: Pending<'_>,
    ) -> Result<Approved<Place>, Code> {
        let worst = worst_case(&place, place.qty, None, view, &pending);
        let order = Judged {
            place: &place,
            left: place.qty,
            most: place.qty,
            worst,
            amended: None,
            feed_ends: self.feed_ends(&place, view),
        };
        self.check(&order, view, &pending)?;
        let until = self.valid_until(&place, order.feed_ends, view);
        Ok(Approved::new(place, until))
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
    ) -> Result<Approved<Amend>, Code> {
        let known = order.place;
        if order.state.is_terminal() {
            return Err(Code::OrderEnded);
        }
        let before = known.limit.ok_or(Code::NotALimitOrder)?;
        let feed_ends = self.feed_ends(&known, view);
        let until = self.valid_until(&known, feed_ends, view);
        if amend.qty <= order.filled {
            return Ok(Approved::new(amend, Ts::MAX));
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
            let judged = Judged {
                place: &changed,
                left,
                most,
                worst,
                amended: Some(order),
                feed_ends,
            };
            self.check(&judged, view, &pending)?;
        } else {
            check_filters(&changed, instrument, amend.limit)?;
            if let Some(more) = &self.more {
                more.check_rate(&changed, view, &pending)?;
            }
        }
        Ok(Approved::new(amend, until))
    }

    fn feed_ends(&self, place: &Place, view: &RiskView<'_>) -> Option<Ts> {
        self.more.as_ref()?.feed_ends(place.instrument, view)
    }

    /// The last moment at which what an order was approved on is not too old.
    fn valid_until(&self, place: &Place, feed_ends: Option<Ts>, view: &RiskView<'_>) -> Ts {
        let updated = |most| view.market.instrument(place.instrument).updated() + most;
        let book = self.limits.max_book_age.map_or(Ts::MAX, updated);
        feed_ends.map_or(book, |feed| book.min(feed))
    }

    /// What orders that are placed together must have in common.
    pub(crate) fn check_together(
        &self,
        legs: impl Iterator<Item = InstrumentId> + Clone,
        view: &RiskView<'_>,
    ) -> Result<(), Code> {
        match &self.more {
            Some(more) => more.check_skew(legs, view),
            None => Ok(()),
        }
    }

    /// What a task reserves ahead when it wants to send these orders later; which of them cannot be paid, and why.
    pub(crate) fn ahead(
        &self,
        places: &[Place],
        until: Ts,
        view: &RiskView<'_>,
        pending: &Pending<'_>,
    ) -> Result<Ahead, (usize, Code)> {
        let needs = match &self.more {
            Some(more) => more.ahead(places, view, pending)?,
            None => Vec::new(),
        };
        Ok(Ahead { needs, until })
    }

    /// Judges an order, and the position that it may lead to.
    fn check(
        &self,
        judged: &Judged<'_>,
        view: &RiskView<'_>,
        pending: &Pending<'_>,
    ) -> Result<(), Code> {
        let Judged {
            place, left, worst, ..
        } = *judged;
        let instrument = view.names.instrument(place.instrument);
        let held = view.positions[place.instrument.index()].qty;
        // With all that is out filled as well, it must still only make the position smaller.
        let reduces = worst.abs() < held.abs()
            && (worst.is_zero() || (worst > Qty::ZERO) == (held > Qty::ZERO));
        self.check_state(place)?;
        if let Some(more) = &self.more {
            more.check_standing(place, view)?;
        }
        let touch = self.check_book(place, view)?;
        check_filters(place, instrument, place.limit.unwrap_or(touch))?;
        // A seller's limit is the least that it takes: the order is worth the touch where that is more.
        let price = place.limit.map_or(touch, |limit| match place.side {
            Side::Buy => limit,
            Side::Sell => limit.max(touch),
        });
        if !reduces {
            self.check_order(left, instrument, price)?;
            self.check_position(instrument, price.max(touch), worst)?;
        }
        self.check_day(place, view)?;
        let is_judged = self.meets != SelfTradeRule::Venue && !planted(Bug::TradeWithOneself);
        if is_judged && meets_own(place, self.meets, view, pending) {
            return Err(Code::SelfTrade);
        }
        let Some(more) = &self.more else {
            return Ok(());
        };
        if judged.feed_ends.is_some_and(|end| view.now > end) {
            return Err(Code::FeedSilent);
        }
        more.check_collar(place, touch, view)?;
        more.check_size(judged, price.max(touch), view, pending)
    }

    fn check_state(&self, place: &Place) -> Result<(), Code> {
        match self.state {
            TradingState::Halted if planted(Bug::HaltLetsRepairs) && !place.tag.role.opens() => {
                Ok(())
            }
            TradingState::Halted => Err(Code::Halted),
            TradingState::Paused if planted(Bug::PauseLetsEntries) => Ok(()),
            TradingState::Paused if place.tag.role.opens() => Err(Code::Paused),
            TradingState::Paused | TradingState::Active => Ok(()),
        }
    }

    /// The touch that the order would take, when the book can be acted on.
    fn check_book(&self, place: &Place, view: &RiskView<'_>) -> Result<Price, Code> {
        let known = view.market.instrument(place.instrument);
        match known.state() {
            TopState::Missing => return Err(Code::BookMissing),
            TopState::Gapped => return Err(Code::BookGapped),
            TopState::Crossed => return Err(Code::BookCrossed),
            TopState::Live => {}
        }
        if self
            .limits
            .max_book_age
            .is_some_and(|limit| known.age(view.now) > limit && !planted(Bug::DropStaleCheck))
        {
            return Err(Code::BookStale);
        }
        let touch = known.touch(place.side).ok_or(Code::BookMissing)?;
        Ok(touch.price)
    }

    fn check_order(&self, left: Qty, instrument: &Instrument, price: Price) -> Result<(), Code> {
        match self.limits.max_order_notional {
            Some(limit) if instrument.compare_notional(price, left, limit).is_gt() => {
                Err(Code::Limit(ScopeKind::Account, LimitKind::OrderNotional))
            }
            _ => Ok(()),
        }
    }

    fn check_position(
        &self,
        instrument: &Instrument,
        price: Price,
        worst: Qty,
    ) -> Result<(), Code> {
        match self.limits.max_position_notional {
            Some(limit)
                if instrument
                    .compare_notional(price, worst.abs(), limit)
                    .is_gt() =>
            {
                Err(Code::Limit(ScopeKind::Account, LimitKind::PositionNotional))
            }
            _ => Ok(()),
        }
    }

    fn check_day(&self, place: &Place, view: &RiskView<'_>) -> Result<(), Code> {
        match self.limits.max_daily_loss {
            Some(limit) if place.tag.role.opens() && -view.day_result() >= limit => {
                Err(Code::MaxDailyLoss)
            }
            _ => Ok(()),
        }
    }
}

fn check_filters(place: &Place, instrument: &Instrument, price: Price) -> Result<(), Code> {
    if place.qty <= Qty::ZERO || instrument.floor_lots(place.qty) != place.qty {
        return Err(Code::QuantityOffLot);
    }
    if place.limit.is_some_and(|limit| {
        limit.mantissa() <= 0 || limit.mantissa() % instrument.tick.mantissa().max(1) != 0
    }) {
        return Err(Code::PriceOffTick);
    }
    if place.qty < instrument.min_qty {
        return Err(Code::BelowMinQuantity);
    }
    if !instrument.max_qty.is_zero() && place.qty > instrument.max_qty {
        return Err(Code::AboveMaxQuantity);
    }
    // Nothing is worth less than nothing: neither price nor quantity is negative here.
    let least = instrument.min_notional;
    if !place.reduce_only
        && !least.is_zero()
        && instrument.compare_notional(price, place.qty, least).is_lt()
    {
        return Err(Code::BelowMinNotional);
    }
    Ok(())
}
