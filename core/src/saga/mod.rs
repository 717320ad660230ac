//! Legs: several orders on several venues are never atomic, so one saga owns them until they balance again.
//!
//! ```text
//! Flat -> LegsSent -> Hedged -> LegsSent (closing, or moving a leg) -> Flat | Hedged
//!             |          ^
//!             v          |
//!          Repairing ----+--> Flat | Quarantined
//! ```
//!
//! The hedge follows fills, never orders. What is done where the legs stand is one table ([`table`]). A repair always
//! strictly reduces what is out of balance: it first completes the leg that lags, then hedges elsewhere where that is
//! allowed, then unwinds the leg that leads, each time conceding more, the last time at any price; when nothing helps,
//! the saga is quarantined and people are told. An order that never reached its venue is no attempt: the leg is left
//! alone for longer each time, the others mend in its stead, and what closed is opened again while the rest cannot
//! close. No new entry while a leg is open. What is too little to trade is not
//! forgotten: it stays in the legs, and for cycles by asset, and goes with what is traded next.

mod exposure;
mod leg;
mod limits;
mod mend;
mod plan;
mod sending;
pub mod table;

use alloc::vec::Vec;

use rust_decimal::Decimal;

use crate::command::LegRole;
use crate::event::{AccountEvent, Body, Control, Fill, OrderEvent, OrderEventKind, RejectReason};
use crate::instrument::{Instrument, InstrumentKind, Side};
use crate::names::{AssetId, InstrumentId};
use crate::num::{Bps, Money, Price, Qty};
use crate::order::OrderState;
use crate::planted::{Bug, planted};
use crate::strategy::{Context, Intents};
use crate::task::Standing;
use crate::time::{Span, Ts};

use exposure::Exposures;
use table::{Action, Balance, Phase, Rung, Situation, Working, action};

pub use exposure::Home;
pub use leg::Leg;
pub use limits::marketable_limit;
pub use plan::{Deadlines, Dispatch, LegPlan, RepairRules};

/// The timer id of the saga's next attempt; a strategy's own ids start above it.
pub const SAGA_TIMER: u32 = 0;
/// The timer id of the time that an order has; a strategy's own ids stay below it.
const FILL_TIMER: u32 = 1 << 31;
/// The timer id of the time that legs may be out of balance.
const HEDGE_TIMER: u32 = FILL_TIMER + 1;

/// How long a leg is left alone after its venue took no orders at all: another one may mend in its stead.
const BARRED: Span = Span::from_millis(1_000);

/// How long it is left alone after its venue said that there is less than what was told.
const IN_DOUBT: Span = Span::from_millis(250);

/// So many of its orders in a row may be lost on their way before that means anything.
const BAD_LUCK: u8 = 1;
/// How long it is left alone after one more never was at the venue; twice as long after each further one.
const STUCK: Span = Span::from_millis(250);
/// The longest that it is left alone for that: 16 s.
const STUCK_DOUBLINGS: u8 = 6;

/// Where the legs stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SagaState {
    /// Every leg is flat and no order is alive.
    Flat,
    /// Orders are out, or due as soon as those that are out have ended.
    LegsSent,
    /// The legs do not balance and orders are out, or due, to mend that.
    Repairing,
    /// The legs balance.
    Hedged,
    /// Repair failed; a person is needed.
    Quarantined,
}

crate::value!(
    enum SagaState {
        Flat,
        LegsSent,
        Repairing,
        Hedged,
        Quarantined,
    }
);

/// The saga of one task.
#[derive(Clone, Debug)]
pub struct Saga {
    rules: RepairRules,
    deadlines: Deadlines,
    dispatch: Dispatch,
    home: Home,
    /// Other instruments that may hedge what a leg cannot.
    standby: Vec<InstrumentId>,
    state: SagaState,
    phase: Phase,
    legs: Vec<Leg>,
    /// What earlier cycles left, by asset.
    left: Exposures,
    /// What the last cycle brought, in home money.
    result: Money,
    /// The rate at which buyers were last charged in what they paid with.
    fee_on_top: Decimal,
    trip: u32,
    /// The wave that was sent last.
    wave: u8,
    slippage: Bps,
    attempts: u8,
    sent_at: Ts,
    /// Since when the legs are out of balance.
    off_since: Option<Ts>,
    /// People were told of that.
    told: bool,
}

crate::state!(Saga {
    state, phase, legs, left, result, fee_on_top, trip, wave, slippage, attempts, sent_at, off_since, told
} fixed { rules, deadlines, dispatch, home, standby });

impl Saga {
    /// A flat saga that sends all legs at once and waits for the venues.
    pub fn new(rules: RepairRules) -> Self {
        Self {
            rules,
            deadlines: Deadlines::default(),
            dispatch: Dispatch::Parallel,
            home: Home::Quotes,
            standby: Vec::new(),
            state: SagaState::Flat,
            phase: Phase::Entering,
            legs: Vec::new(),
            left: Exposures::default(),
            result: Money::ZERO,
            fee_on_top: Decimal::ZERO,
            trip: 0,
            wave: 0,
            slippage: Bps::default(),
            attempts: 0,
            sent_at: Ts::default(),
            off_since: None,
            told: false,
        }
    }

    /// Sends the legs in another order.
    pub const fn dispatched(mut self, dispatch: Dispatch) -> Self {
        self.dispatch = dispatch;
        self
    }

    /// Waits no longer than this.
    pub const fn within(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = deadlines;
        self
    }

    /// Trips are cycles that begin and end in one asset: nothing is held between two.
    pub const fn cycling(mut self, home: AssetId) -> Self {
        self.home = Home::Asset(home);
        self
    }

    /// These instruments may hedge what a leg cannot.
    pub fn with_standby(mut self, instruments: Vec<InstrumentId>) -> Self {
        self.standby = instruments;
        self
    }

    /// Where the legs stand.
    pub const fn state(&self) -> SagaState {
        self.state
    }

    /// What it is at, for a task that has to settle.
    pub fn standing(&self) -> Standing {
        match self.state {
            SagaState::Flat => Standing::Watching,
            SagaState::LegsSent if self.phase == Phase::Closing => Standing::Closing,
            SagaState::LegsSent => Standing::Entering,
            SagaState::Repairing => Standing::Repairing,
            SagaState::Hedged => Standing::Holding,
            SagaState::Quarantined => Standing::Quarantined,
        }
    }

    /// Goes by the rules and deadlines of another one from now on.
    pub const fn take_rules(&mut self, other: &Self) {
        (self.rules, self.deadlines, self.dispatch) =
            (other.rules, other.deadlines, other.dispatch);
    }

    /// The legs of the trip that is open, or of the last one: first those that it entered, in the order of their plans.
    pub fn legs(&self) -> &[Leg] {
        &self.legs
    }

    /// Number of the trip that is open, or of the last one.
    pub const fn trip(&self) -> u32 {
        self.trip
    }

    /// Counts trips on from a number: several sagas of one task share its count, so that every trip has its own.
    pub const fn count_from(&mut self, trip: u32) {
        self.trip = trip;
    }

    /// What the last cycle brought in the asset that it began with, fees in it paid.
    pub const fn result(&self) -> Money {
        self.result
    }

    /// Takes news in that is the saga's own: of an order, of its timers, of a liquidation, of a person who lets a
    /// quarantined saga go on. False for all other.
    pub fn on_news<S>(&mut self, cx: &Context<'_, S>, news: &Body, out: &mut Intents<'_>) -> bool {
        match news {
            Body::Order(news) => self.on_order(cx, news, out),
            Body::Timer(timer) if timer.id == SAGA_TIMER => self.on_timer(cx, out),
            Body::Timer(timer) if timer.id == FILL_TIMER => self.take_back_late(cx, out),
            Body::Timer(timer) if timer.id == HEDGE_TIMER => self.on_hedge_deadline(cx, out),
            Body::Account(AccountEvent::Liquidated { instrument, .. }) => {
                self.on_liquidation(cx, *instrument, out);
            }
            Body::Account(AccountEvent::Deleveraged {
                instrument, price, ..
            }) => self.on_deleveraging(cx, (*instrument, *price), out),
            Body::Control(Control::Resume) if self.state == SagaState::Quarantined => {
                (self.state, self.attempts, self.told) = (SagaState::Repairing, 0, false);
                self.off_since = None;
                self.advance(cx, out);
            }
            _ => return false,
        }
        true
    }

    /// Takes news of one of the task's orders in.
    pub fn on_order<S>(&mut self, cx: &Context<'_, S>, news: &OrderEvent, out: &mut Intents<'_>) {
        let Some(order) = cx.orders.get(news.order) else {
            return;
        };
        if let OrderEventKind::Filled(fill) = &news.kind {
            let instrument = cx.names.instrument(order.place.instrument);
            let side = order.place.side;
            if side == Side::Buy && fill.fee.asset == instrument.quote {
                let value = instrument.notional(fill.price, fill.qty).decimal();
                let rate = fill.fee.amount.decimal().checked_div(value);
                self.fee_on_top = rate.unwrap_or(Decimal::ZERO).max(Decimal::ZERO);
            }
            // By its instrument: it may be late news of an order of an earlier trip.
            let at = self.leg_of(order.place.instrument, side);
            let traded = if planted(Bug::HedgeByOrder) {
                order.place.qty
            } else {
                fill.qty
            };
            let fill = Fill {
                qty: traded,
                ..**fill
            };
            self.legs[at].book(instrument, side, &fill);
        }
        let (instrument, side) = (order.place.instrument, order.place.side);
        let is_repair = order.place.tag.role == LegRole::Repair;
        match news.kind {
            // Nobody could have traded there: that was no attempt.
            OrderEventKind::Rejected(reason) if takes_no_orders(reason) => {
                self.bar(instrument, cx.now + BARRED);
                self.attempts = self.attempts.saturating_sub(u8::from(is_repair));
            }
            // The venue has less than was told: what is missing is on its way, and comes before the next attempt.
            OrderEventKind::Rejected(reason)
                if is_repair && holds_less(cx.names.instrument(instrument), side, reason) =>
            {
                self.bar(instrument, cx.now + IN_DOUBT);
            }
            // It was on its way for too long, and so would be what is sent after it: that was no attempt either.
            OrderEventKind::NotSent => {
                self.lose(instrument, cx.now);
                self.attempts = self.attempts.saturating_sub(u8::from(is_repair));
            }
            _ => {}
        }
        if reached_its_venue(&news.kind)
            && let Some(leg) = self.leg_on(instrument)
        {
            leg.lost = 0;
        }
        self.advance(cx, out);
    }

    /// Leaves a leg alone until then.
    fn bar(&mut self, instrument: InstrumentId, until: Ts) {
        if let Some(leg) = self.leg_on(instrument) {
            leg.barred_until = until;
        }
    }

    /// An order of a leg never was at its venue.
    fn lose(&mut self, instrument: InstrumentId, now: Ts) {
        let Some(leg) = self.leg_on(instrument) else {
            return;
        };
        leg.lost = leg.lost.saturating_add(1);
        if leg.lost > BAD_LUCK {
            let more = leg.lost - BAD_LUCK - 1;
            let doubled = STUCK.nanos() << more.min(STUCK_DOUBLINGS);
            leg.barred_until = now + Span::from_nanos(doubled);
        }
    }

    fn leg_on(&mut self, instrument: InstrumentId) -> Option<&mut Leg> {
        let mut legs = self.legs.iter_mut();
        legs.find(|leg| leg.instrument == instrument)
    }

    /// The leg that trades an instrument, made when there is none.
    fn leg_of(&mut self, instrument: InstrumentId, side: Side) -> usize {
        let known = self.legs.iter();
        let known = known.map(|leg| leg.instrument);
        known
            .into_iter()
            .position(|it| it == instrument)
            .unwrap_or_else(|| {
                self.legs.push(Leg::new(instrument, side));
                self.legs.len() - 1
            })
    }

    /// The venue closed a position: the leg is flat, and what hedged it has to go. Completing the leg would open
    /// again what the venue just closed.
    pub fn on_liquidation<S>(
        &mut self,
        cx: &Context<'_, S>,
        instrument: InstrumentId,
        out: &mut Intents<'_>,
    ) {
        let Some(leg) = self.leg_on(instrument) else {
            return;
        };
        leg.position.close_for(Money::ZERO);
        self.begin_closing();
        (self.wave, self.slippage) = (u8::MAX, self.rules.slippage);
        self.advance(cx, out);
    }

    /// The venue closed a part of a position: the leg bears the task's share of it, and the trip is over, for to complete the
    /// leg would open again what the venue just closed.
    fn on_deleveraging<S>(
        &mut self,
        cx: &Context<'_, S>,
        (instrument, price): (InstrumentId, Price),
        out: &mut Intents<'_>,
    ) {
        let share = out.share_closed();
        if share.is_zero() {
            return;
        }
        // By its instrument: the trip that the venue met may be over by now.
        let side = if share > Qty::ZERO {
            Side::Buy
        } else {
            Side::Sell
        };
        let at = self.leg_of(instrument, side);
        let known = cx.names.instrument(instrument);
        self.legs[at].position.deleverage(known, share, price);
        self.begin_closing();
        (self.wave, self.slippage) = (u8::MAX, self.rules.slippage);
        self.advance(cx, out);
    }

    /// From here on every leg is to hold nothing.
    fn begin_closing(&mut self) {
        self.phase = Phase::Closing;
        self.attempts = 0;
        for leg in &mut self.legs {
            (leg.origin, leg.target, leg.stands) = (leg.position.qty, Qty::ZERO, false);
        }
    }

    /// Takes the saga's own timer in: the next attempt to mend is due. While an order is out the legs are not
    /// known, and mending what it may mend too would overshoot; its end brings the saga on.
    pub fn on_timer<S>(&mut self, cx: &Context<'_, S>, out: &mut Intents<'_>) {
        if self.state == SagaState::Repairing {
            self.act(cx, out);
        }
    }

    /// Goes on after news. After an attempt that did not do, the next one waits for its time.
    fn advance<S>(&mut self, cx: &Context<'_, S>, out: &mut Intents<'_>) {
        if self.state == SagaState::Quarantined {
            // A person was asked for; late news does not take that back.
            return;
        }
        let situation = self.situation(cx, out);
        let rests = matches!(
            action(situation),
            Action::BeFlat | Action::BeHedged | Action::SendNext | Action::Wait
        );
        if self.attempts > 0 && !rests {
            self.state = SagaState::Repairing;
            out.wake_at(cx.now + self.rules.delay, SAGA_TIMER);
            return;
        }
        self.act_on(situation, cx, out);
    }

    /// Does what the table says.
    fn act<S>(&mut self, cx: &Context<'_, S>, out: &mut Intents<'_>) {
        let situation = self.situation(cx, out);
        self.act_on(situation, cx, out);
    }

    fn act_on<S>(&mut self, situation: Situation, cx: &Context<'_, S>, out: &mut Intents<'_>) {
        self.watch_balance(cx, situation.balance, out);
        match action(situation) {
            Action::Wait => {}
            Action::SendNext => self.send_next(cx, out),
            Action::BeFlat => self.rest(cx, SagaState::Flat),
            Action::BeHedged => self.rest(cx, SagaState::Hedged),
            Action::Complete => self.mend(cx, Rung::Complete, out),
            Action::HedgeElsewhere => self.mend(cx, Rung::Elsewhere, out),
            Action::Unwind => self.mend(cx, Rung::Unwind, out),
            Action::Close => self.close(cx, out),
            Action::Reopen => self.reopen(cx, out),
            Action::Abandon => {
                (self.phase, self.attempts, self.off_since) = (Phase::Entering, 0, None);
                for leg in &mut self.legs {
                    leg.stands = false;
                }
                self.act(cx, out);
            }
            Action::Quarantine => {
                self.state = SagaState::Quarantined;
                if planted(Bug::QuarantineSilently) {
                    return;
                }
                out.alert("legs do not balance and every repair failed; a person is needed");
            }
        }
    }

    /// The trip rests: its legs balance, or nothing is left of it.
    fn rest<S>(&mut self, cx: &Context<'_, S>, state: SagaState) {
        if state == SagaState::Flat && self.home != Home::Quotes {
            self.end_cycle(cx);
        }
        for leg in &mut self.legs {
            leg.rest();
        }
        (self.state, self.phase, self.attempts) = (state, Phase::Entering, 0);
        (self.off_since, self.told) = (None, false);
    }

    /// What a cycle brought is its result; what it left in other assets is carried.
    fn end_cycle<S>(&mut self, cx: &Context<'_, S>) {
        let left = self.exposures(cx);
        let brought = |leg: &Leg| {
            let instrument = cx.names.instrument(leg.instrument);
            match self.home {
                Home::Asset(home) if home == instrument.quote => leg.quote,
                Home::Asset(home) if home == instrument.base => Money::new(leg.base),
                _ => Money::ZERO,
            }
        };
        self.result = self.legs.iter().map(brought).sum();
        self.left = left;
        for leg in &mut self.legs {
            *leg = leg.emptied();
        }
    }

    fn exposures<S>(&self, cx: &Context<'_, S>) -> Exposures {
        Exposures::of_legs(self.home, &self.legs, &self.left, cx.names, cx.market)
    }

    fn situation<S>(&self, cx: &Context<'_, S>, out: &Intents<'_>) -> Situation {
        let balance = self.balance(cx);
        Situation {
            working: self.working(cx, out),
            phase: self.phase,
            due: self.is_due(),
            balance,
            rung: self.rung(cx.now),
            stuck: balance == Balance::Off && self.is_stuck(cx),
        }
    }

    /// True when orders for what is left to close do not reach their venue, and what closed before can balance it.
    fn is_stuck<S>(&self, cx: &Context<'_, S>) -> bool {
        let loses = |leg: &Leg| leg.lost > BAD_LUCK && !leg.is_open_at(cx.now);
        self.phase == Phase::Closing
            && self.legs.iter().any(loses)
            && self.find(cx, Rung::Complete, Leg::is_open_at).is_none()
            && self.find(cx, Rung::Unwind, Leg::is_open_at).is_some()
    }

    /// Of the task's orders on the legs.
    fn working<S>(&self, cx: &Context<'_, S>, out: &Intents<'_>) -> Working {
        let legs = self.legs.iter();
        let alive = legs.flat_map(|leg| cx.orders.alive_in(leg.instrument));
        let own = alive.filter(|order| order.place.task == out.task());
        own.fold(Working::Idle, |working, order| match order.state {
            OrderState::Unknown if planted(Bug::ResendOnTimeout) => working,
            OrderState::Unknown => Working::Unknown,
            _ if working == Working::Unknown => working,
            _ => Working::Out,
        })
    }

    fn balance<S>(&self, cx: &Context<'_, S>) -> Balance {
        let dust = |leg: &Leg| leg.is_dust(cx.names.instrument(leg.instrument), cx.market);
        let holds = self.home == Home::Quotes && !self.legs.iter().all(dust);
        // Also on the way to nothing: for how long one leg may be closed and the other not is bounded too. What is closed
        // is not opened again, though, to balance what several legs leave that is too little to trade.
        let ways = [Rung::Complete, Rung::Unwind].into_iter();
        let closes = self.phase == Phase::Closing;
        let mut ways = ways.filter(|rung| !closes || *rung == Rung::Complete);
        if ways.any(|rung| self.find(cx, rung, |_, _| true).is_some()) {
            Balance::Off
        } else if holds {
            Balance::Even
        } else {
            Balance::Flat
        }
    }

    /// Begins and ends the time that the legs are out of balance.
    fn watch_balance<S>(&mut self, cx: &Context<'_, S>, balance: Balance, out: &mut Intents<'_>) {
        if balance != Balance::Off {
            self.off_since = None;
        } else if self.off_since.is_none() {
            self.off_since = Some(cx.now);
            if let Some(limit) = self.patience() {
                out.wake_at(cx.now + limit, HEDGE_TIMER);
            }
        }
    }

    /// How long the legs may be out of balance in the present phase.
    fn patience(&self) -> Option<Span> {
        match self.phase {
            Phase::Switching => self.deadlines.switch,
            Phase::Entering | Phase::Closing => self.deadlines.hedge,
        }
    }

    /// True when the legs are out of balance for as long as they may be.
    fn is_overdue(&self, now: Ts) -> bool {
        let since = self.off_since.zip(self.patience());
        since.is_some_and(|(since, limit)| now >= since + limit && !planted(Bug::DropDeadline))
    }

    fn on_hedge_deadline<S>(&mut self, cx: &Context<'_, S>, out: &mut Intents<'_>) {
        if !self.is_overdue(cx.now) || self.state == SagaState::Quarantined {
            return;
        }
        if !self.told && self.phase != Phase::Switching {
            self.told = true;
            out.alert("legs are out of balance for longer than hedge.deadline");
        }
        self.act(cx, out);
    }

    /// How far mending has come. Past the deadline completing is given up.
    fn rung(&self, now: Ts) -> Rung {
        let (tries, done) = (self.rules.attempts, self.attempts);
        let gives_up = self.phase == Phase::Switching && self.is_overdue(now);
        if done >= self.attempts_in_all() || gives_up {
            Rung::Spent
        } else if done >= self.attempts_in_all() - tries || self.is_overdue(now) {
            Rung::Unwind
        } else if done >= tries {
            Rung::Elsewhere
        } else {
            Rung::Complete
        }
    }

    /// How often mending is tried before people are asked.
    const fn attempts_in_all(&self) -> u8 {
        let rungs = if self.standby.is_empty() { 2 } else { 3 };
        self.rules.attempts.saturating_mul(rungs)
    }

    /// Takes orders back that had their time.
    fn take_back_late<S>(&mut self, cx: &Context<'_, S>, out: &mut Intents<'_>) {
        let due = |limit| cx.now >= self.sent_at + limit;
        if !self.deadlines.leg_fill.is_some_and(due) {
            return;
        }
        let task = out.task();
        for leg in &self.legs {
            let alive = cx.orders.alive_in(leg.instrument);
            for order in alive.filter(|order| order.place.task == task) {
                out.cancel(order.place.order);
            }
        }
    }

    /// Notes that orders left, and when they have had their time.
    fn sent(&mut self, now: Ts, out: &mut Intents<'_>) {
        self.sent_at = now;
        if let Some(limit) = self.deadlines.leg_fill {
            out.wake_at(now + limit, FILL_TIMER);
        }
    }

    /// The role of an order that is sent in the present phase and mends nothing.
    const fn role(&self) -> LegRole {
        match self.phase {
            Phase::Entering | Phase::Switching => LegRole::Entry,
            Phase::Closing => LegRole::Exit,
        }
    }
}

/// True when the venue would refuse any order, whatever it asks for.
const fn takes_no_orders(reason: RejectReason) -> bool {
    matches!(
        reason,
        RejectReason::RateLimit | RejectReason::Halted | RejectReason::NoMarket
    )
}

/// True for news that only a venue which has the order can tell.
const fn reached_its_venue(news: &OrderEventKind) -> bool {
    matches!(
        news,
        OrderEventKind::Accepted
            | OrderEventKind::Rejected(_)
            | OrderEventKind::Filled(_)
            | OrderEventKind::Expired
    )
}

/// True when a venue refuses to close what was held by what it was told: it has less.
fn holds_less(instrument: &Instrument, side: Side, reason: RejectReason) -> bool {
    match reason {
        RejectReason::ReduceOnly => true,
        RejectReason::Balance => instrument.kind == InstrumentKind::Spot && side == Side::Sell,
        _ => false,
    }
}
