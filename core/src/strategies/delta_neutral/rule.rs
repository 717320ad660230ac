//! The loop: take news in, see which side lags, then correct it, or rest the next slices.

use super::amount::Amount;
use super::course::{Course, Rein, Why};
use super::leg::{Leg, Trouble, Waits};
use super::look::{Access, Seen};
use super::signals::Touches;
use super::state::State;
use crate::command::{LegRole, LegTag, TimeInForce};
use crate::event::{AccountEvent, Body, Control, Event, OrderEvent, OrderEventKind};
use crate::names::InstrumentId;
use crate::num::{Bps, Price, Qty};
use crate::saga::marketable_limit;
use crate::state::{self, Loader, RestoreError, Saver};
use crate::strategy::{Context, Intents, Numbers, OrderIntent, Strategy, Wake};
use crate::task::Standing;
use crate::time::Ts;

/// What a correction may concede, and how hard it is tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) total: Amount,
    /// How far one side may be ahead before the other is corrected; a side's smallest order where that is more.
    pub(super) max_imbalance: Amount,
    pub(super) slippage: Bps,
    pub(super) waits: Waits,
}

impl Rules {
    /// What the n-th correction in a row that brings nothing concedes, from 0.
    pub(super) fn concession(&self, attempts: u8) -> Bps {
        let times = attempts.saturating_add(1).min(self.waits.attempts);
        Bps::from_millionths(self.slippage.millionths().saturating_mul(times.into()))
    }
}

/// Two sides that are brought to one total in slices.
#[derive(Clone, Debug)]
pub struct DeltaNeutral {
    /// The buying side, then the selling one.
    pub(super) legs: [Leg; 2],
    pub(super) rules: Rules,
    state: State,
    rein: Rein,
    /// Both sides were there once. What was too little then is not traded later because a price moved.
    done: bool,
    /// The venue closed a position: a person is needed, who says so by resuming.
    quarantined: bool,
    /// People were told that a lag is not taken.
    alerted: bool,
    /// Something is due then.
    waits_until: Option<Ts>,
}

crate::state!(DeltaNeutral { state, rein, done, quarantined, alerted, waits_until } each { legs } fixed { rules });

impl DeltaNeutral {
    pub(super) const fn new(legs: [Leg; 2], rules: Rules) -> Self {
        Self {
            legs,
            rules,
            state: State::Idle,
            rein: Rein::Free,
            done: false,
            quarantined: false,
            alerted: false,
            waits_until: None,
        }
    }

    /// Where the task stands.
    pub const fn state(&self) -> State {
        self.state
    }

    /// How much more the buying side has filled than the selling one.
    pub(super) const fn imbalance(&self) -> Amount {
        self.legs[0].filled - self.legs[1].filled
    }

    const fn remaining(&self, at: usize) -> Amount {
        self.rules.total - self.legs[at].filled
    }

    /// How much less one side has filled than the other.
    const fn lag(&self, at: usize) -> Amount {
        self.legs[1 - at].filled - self.legs[at].filled
    }

    /// From which lag on a side is corrected: no less than it can trade.
    fn band(&self, at: usize, seen: &[Seen; 2]) -> Amount {
        self.rules.max_imbalance.max(seen[at].minimum)
    }

    fn is_one_book(&self) -> bool {
        self.legs[0].instrument == self.legs[1].instrument
    }

    /// The venue closed a position: filling it up again would open what the account could not carry.
    fn liquidated(&mut self, instrument: InstrumentId, out: &mut Intents<'_>) {
        let held = self.held(instrument).unwrap_or(0);
        self.closed(held);
        if held != 0 {
            self.quarantined = true;
            out.alert("the venue closed the position of one side; a person is needed");
        }
    }

    /// Takes in what is not the market's.
    fn listen<S>(&mut self, cx: &Context<'_, S>, event: &Event, out: &mut Intents<'_>) {
        match &event.body {
            Body::Order(news) => self.order_news(cx, news, out),
            Body::Account(AccountEvent::Liquidated {
                instrument, qty, ..
            }) if !qty.is_zero() => self.liquidated(*instrument, out),
            // The account could carry it: what the other side is ahead by now is taken like any other lag.
            Body::Account(AccountEvent::Deleveraged { instrument, .. }) => {
                let mut legs = self.legs.iter();
                if let Some(leg) = legs.find(|leg| leg.instrument == *instrument) {
                    self.closed(leg.scale.of(out.share_closed()));
                }
            }
            Body::Control(control) => {
                self.rein = match control {
                    Control::Pause => Rein::Paused,
                    Control::Halt => Rein::Halted,
                    Control::Resume => Rein::Free,
                    Control::ResetBreaker(_)
                    | Control::AcceptBalances
                    | Control::Task(_)
                    | Control::Verdict(_) => self.rein,
                };
                if *control == Control::Resume && self.quarantined {
                    (self.quarantined, self.done) = (false, false);
                }
            }
            _ => {}
        }
    }

    /// What is held in an instrument, if one of the sides trades it.
    fn held(&self, instrument: InstrumentId) -> Option<Amount> {
        let of_it = self.legs.iter().filter(|leg| leg.instrument == instrument);
        of_it.map(Leg::held).reduce(|one, other| one + other)
    }

    /// The venue closed a signed part of what is held: that side has filled so much less.
    fn closed(&mut self, share: Amount) {
        if share != 0 {
            self.legs[usize::from(share < 0)].closed(share.abs());
            // What is missing now may be enough to be traded.
            self.done = false;
        }
    }

    fn order_news<S>(&mut self, cx: &Context<'_, S>, news: &OrderEvent, out: &mut Intents<'_>) {
        let Some(order) = cx.orders.get(news.order) else {
            return;
        };
        let leg = &mut self.legs[order.place.side as usize];
        // A fill counts whenever it comes: also of an order that was given up.
        if let OrderEventKind::Filled(fill) = &news.kind {
            let instrument = cx.names.instrument(leg.instrument);
            leg.fill(fill, instrument.notional(fill.price, fill.qty));
        }
        if leg.is(news.order) {
            leg.news(&news.kind, cx.now, self.rules.waits);
        } else if news.kind == OrderEventKind::Accepted && !order.state.is_terminal() {
            // It was thought never to have been there.
            out.cancel(news.order);
        }
    }

    fn course(&self, seen: &[Seen; 2]) -> Course {
        let wait = |withdraw, why| Course::Wait { withdraw, why };
        if self.quarantined {
            return wait(true, Why::Quarantined);
        }
        if self.rein == Rein::Halted {
            return wait(true, Why::Paused);
        }
        if let Some(at) = [0, 1]
            .into_iter()
            .find(|&at| self.lag(at) >= self.band(at, seen))
        {
            return Course::Rebalance(at);
        }
        let is_there = |at: usize| self.remaining(at) < seen[at].minimum;
        if self.done || (is_there(0) && is_there(1)) {
            return Course::Complete;
        }
        if self.rein == Rein::Paused {
            return wait(true, Why::Paused);
        }
        match seen.iter().map(|seen| seen.access).max() {
            // A fill of either side could not be hedged.
            Some(Access::Gone) => wait(true, Why::BookNotReady),
            Some(Access::Blurred) => wait(false, Why::BookNotReady),
            Some(Access::Good) | None => Course::Manage,
        }
    }

    /// One round of the loop. Doing it twice does nothing more.
    fn round<S>(&mut self, cx: &Context<'_, S>, out: &mut Intents<'_>) {
        let seen = [0, 1].map(|at| self.look(cx, at));
        let why = match self.course(&seen) {
            Course::Wait { withdraw, why } => {
                for at in [0, 1] {
                    if withdraw {
                        self.withdraw(at, cx.now, out);
                    }
                }
                why
            }
            Course::Complete => {
                self.done = true;
                for at in [0, 1] {
                    self.withdraw(at, cx.now, out);
                }
                Why::Completed
            }
            Course::Rebalance(at) => self.rebalance(at, &seen, cx, out),
            Course::Manage => self.manage_both(&seen, cx.now, out),
        };
        self.enter(why, out);
        out.reason(why.code());
        self.set_alarms(cx.now, out);
    }

    /// Goes to where the task rests, by the ways that the table has.
    fn enter(&mut self, why: Why, out: &mut Intents<'_>) {
        let to = why.state();
        self.go(State::Syncing, out);
        match to {
            State::Syncing => {}
            State::Error if why == Why::Quarantined => self.go(to, out),
            _ => {
                self.go(State::Analyzing, out);
                self.go(to, out);
            }
        }
    }

    fn go(&mut self, to: State, out: &mut Intents<'_>) {
        if self.state == to {
            return;
        }
        if self.state.may_go(to) {
            self.state = to;
        } else {
            out.alert("a change of state that the table does not have was refused");
        }
    }

    /// Brings a side up that lags: what rests of it is taken back first, then the lag is taken.
    fn rebalance<S>(
        &mut self,
        at: usize,
        seen: &[Seen; 2],
        cx: &Context<'_, S>,
        out: &mut Intents<'_>,
    ) -> Why {
        let ahead = 1 - at;
        let keeps = self.rein == Rein::Free && seen[ahead].access != Access::Gone;
        if keeps && !self.is_one_book() {
            self.manage(ahead, false, seen, cx.now, out);
        } else {
            // In one book the correction could meet what rests there.
            self.withdraw(ahead, cx.now, out);
        }
        self.withdraw(at, cx.now, out);
        let clear = !self.is_one_book() || self.legs[ahead].is_idle();
        let can_act = seen[at].access == Access::Good;
        if self.legs[at].is_idle() && self.legs[at].may_correct(cx.now) && clear && can_act {
            self.correct(at, seen[at].minimum, cx, out);
        }
        let leg = &self.legs[at];
        let stuck = leg.attempts >= self.rules.waits.attempts;
        if stuck && !self.alerted {
            self.alerted = true;
            out.alert("one side lags and every attempt to correct it brought nothing");
        }
        self.alerted &= stuck;
        if leg.is_unknown() {
            Why::UnknownOrder
        } else if stuck {
            Why::LagNotTaken
        } else if !can_act {
            Why::LagWaits
        } else {
            trouble(leg).unwrap_or(Why::Rebalancing)
        }
    }

    /// Takes the lag, and never more, at the touch with what may be conceded.
    fn correct<S>(
        &mut self,
        at: usize,
        minimum: Amount,
        cx: &Context<'_, S>,
        out: &mut Intents<'_>,
    ) {
        let lag = self.lag(at);
        let leg = &self.legs[at];
        let slippage = self.rules.concession(leg.attempts);
        let Some(limit) = marketable_limit(cx, leg.instrument, leg.side, slippage) else {
            return;
        };
        let qty = leg.portion_of(lag, minimum);
        let style = (TimeInForce::ImmediateOrCancel, LegRole::Repair);
        self.place(at, limit, qty, style, cx.now, out);
    }

    fn manage_both(&mut self, seen: &[Seen; 2], now: Ts, out: &mut Intents<'_>) -> Why {
        let mut why = Why::Managing;
        for at in [0, 1] {
            // A side that is ahead waits for the other: no slice may bring it further than one from there.
            let may_place = -self.lag(at) < self.band(1 - at, seen);
            if !self.manage(at, may_place, seen, now, out) {
                why = Why::SizeBelowMinimum;
            }
        }
        self.alerted = false;
        for leg in &mut self.legs {
            leg.forget_portion();
        }
        let [buy, sell] = &self.legs;
        if buy.is_unknown() || sell.is_unknown() {
            return Why::UnknownOrder;
        }
        trouble(buy).or_else(|| trouble(sell)).unwrap_or(why)
    }

    /// Keeps a side's slice where it should be. False when its slices are too small to be placed.
    fn manage(
        &mut self,
        at: usize,
        may_place: bool,
        seen: &[Seen; 2],
        now: Ts,
        out: &mut Intents<'_>,
    ) -> bool {
        let Some(top) = &seen[at].top else {
            return true;
        };
        let other = self.legs[1 - at].alive_at();
        let own = other.filter(|_| self.is_one_book());
        let leg = &self.legs[at];
        let wanted = leg.pricing.wanted(top);
        let wanted = wanted.and_then(|price| leg.pricing.clear_of(price, own));
        let remaining = self.remaining(at);
        if let Some((_, price, left)) = leg.resting(now) {
            let stays = wanted.is_some_and(|wanted| leg.pricing.stays(price, wanted));
            if !stays || leg.scale.of(left) > remaining {
                self.withdraw(at, now, out);
            }
            return true;
        }
        let waits = !(leg.is_idle() && leg.is_due(now) && may_place);
        let (false, Some(price)) = (waits || remaining < seen[at].minimum, wanted) else {
            return true;
        };
        if price.mantissa() < self.lowest(at, top) {
            // Only an own order on the other side keeps it as low as that, and goes soon.
            return true;
        }
        let qty = leg.scale.floor(leg.slice.min(remaining));
        if leg.scale.of(qty) < seen[at].minimum {
            return false;
        }
        let lives = if leg.pricing.passive {
            TimeInForce::PostOnly
        } else {
            TimeInForce::GoodTillCancelled
        };
        self.place(at, price, qty, (lives, LegRole::Entry), now, out);
        true
    }

    fn withdraw(&mut self, at: usize, now: Ts, out: &mut Intents<'_>) {
        if let Some((order, ..)) = self.legs[at].resting(now) {
            out.cancel(order);
            self.legs[at].cancelling(now);
        }
    }

    fn place(
        &mut self,
        at: usize,
        price: Price,
        qty: Qty,
        (time_in_force, role): (TimeInForce, LegRole),
        now: Ts,
        out: &mut Intents<'_>,
    ) {
        let one_book = self.is_one_book();
        let leg = &mut self.legs[at];
        let intent = OrderIntent {
            instrument: leg.instrument,
            side: leg.side,
            qty,
            limit: Some(price),
            time_in_force,
            reduce_only: false,
            // Two instruments make one position that is built up; in one book what is bought is sold.
            tag: LegTag {
                trip: u32::from(!one_book),
                leg: if one_book { 0 } else { at as u8 },
                role,
            },
        };
        let corrects = role == LegRole::Repair;
        match out.place(intent) {
            Some(id) => leg.placed(id, price, qty, corrects, now),
            None => leg.refused(qty, corrects, now, self.rules.waits),
        }
    }

    /// Asks to be woken when something that had to wait is due.
    fn set_alarms(&mut self, now: Ts, out: &mut Intents<'_>) {
        self.waits_until = None;
        for leg in &self.legs {
            let Some((due, timed)) = leg.waits(now) else {
                continue;
            };
            if timed {
                out.wake_at(due, leg.side as u32);
            }
            self.waits_until = Some(self.waits_until.map_or(due, |known| known.min(due)));
        }
    }
}

fn trouble(leg: &Leg) -> Option<Why> {
    leg.trouble.map(|trouble| match trouble {
        Trouble::Refused => Why::Refused,
        Trouble::Rejected => Why::Rejected,
    })
}

impl Strategy for DeltaNeutral {
    type Signals = Touches;

    fn signals(&self) -> Touches {
        Touches::new([self.legs[0].instrument, self.legs[1].instrument])
    }

    fn on_event(&mut self, cx: &Context<'_, Touches>, event: &Event, out: &mut Intents<'_>) {
        if !event.body.is_market() {
            self.listen(cx, event, out);
        }
        self.round(cx, out);
    }

    fn wake(&self) -> Wake {
        match self.waits_until {
            Some(until) => Wake::OWN.at(until),
            None => Wake::OWN,
        }
    }

    fn standing(&self) -> Standing {
        if self.quarantined {
            Standing::Quarantined
        } else {
            Standing::Watching
        }
    }

    fn explain(&self, cx: &Context<'_, Touches>, numbers: &mut Numbers) {
        self.tell(cx, numbers);
    }

    fn save(&self, out: &mut Saver) {
        state::State::save(self, out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        state::State::restore(self, from)
    }
}
