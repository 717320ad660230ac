//! The opportunity rule: when to enter, when to leave.

use alloc::string::String;

use super::are_apart;
use super::direction::Direction;
use super::formulas::RoundTrip;
use super::inventory::{affordable, covers};
use super::net::is_paid_soon;
use super::rules::{Habits, Rules};
use super::signals::PairSignals;
use super::spread::Compressed;
use crate::event::{Body, Event, FundingRate};
use crate::instrument::{Instrument, Side};
use crate::num::{Bps, Money, Qty, Ratio};
use crate::planted::{Bug, planted};
use crate::saga::{Leg, LegPlan, SAGA_TIMER, Saga, SagaState};
use crate::state::{Loader, RestoreError, Saver, State};
use crate::strategies::saga_params::saga;
use crate::strategy::{Context, Intents, Numbers, Params, Setup, Strategy, Wake};
use crate::task::Standing;
use crate::time::Ts;

/// The timer that ends a position's age.
const AGE_TIMER: u32 = SAGA_TIMER + 1;

/// One pair.
#[derive(Clone, Debug)]
pub struct Pair {
    pub(super) legs: [Instrument; 2],
    fees: [Bps; 2],
    pub(super) habits: &'static Habits,
    pub(super) rules: Rules,
    pub(super) saga: Saga,
    pub(super) direction: Direction,
    pub(super) entered_at: Ts,
    pub(super) compressed: Compressed,
    /// Nothing is entered before: a stop closed the last position.
    pub(super) stopped_until: Ts,
    /// When it looked last no edge sufficed, to enter or to leave, so only an edge is worth waking for.
    pub(super) idle: bool,
}

crate::state!(Pair { saga, direction, entered_at, compressed, stopped_until, idle } fixed {
    legs, fees, habits, rules
});

impl Pair {
    /// From a set-up whose parameters were read by the card and whose legs belong together.
    pub(in crate::strategies) fn new(setup: &Setup<'_>, habits: &'static Habits) -> Self {
        let fees = [setup.taker_fees[0], setup.taker_fees[1]];
        Self {
            legs: [0, 1].map(|at| setup.names.instrument(setup.legs[at]).clone()),
            fees,
            habits,
            rules: Rules::of(&setup.params, habits, fees),
            saga: saga(&setup.params),
            direction: Direction::LongFirst,
            entered_at: Ts::default(),
            compressed: Compressed::default(),
            stopped_until: Ts::default(),
            idle: false,
        }
    }

    fn on_market(&mut self, cx: &Context<'_, PairSignals>, out: &mut Intents<'_>) {
        match self.saga.state() {
            SagaState::Flat => self.look_for_entry(cx, out),
            SagaState::Hedged => self.look_for_exit(cx, out),
            SagaState::Repairing if planted(Bug::EnterOnOpenLeg) => self.look_for_entry(cx, out),
            SagaState::LegsSent | SagaState::Repairing | SagaState::Quarantined => {}
        }
    }

    fn look_for_entry(&mut self, cx: &Context<'_, PairSignals>, out: &mut Intents<'_>) {
        self.idle = false;
        if cx.now < self.stopped_until {
            return out.reason("stopped");
        }
        let (mut ready, mut short) = (false, false);
        for direction in self.rules.directions() {
            let Some(edge) = direction.edge(cx.signals) else {
                continue;
            };
            ready = true;
            if edge.reaches(self.rules.min_entry_edge) {
                if !self.leaves_enough(cx, direction, edge) {
                    short = true;
                    continue;
                }
                let reason = self.enter(cx, direction, out);
                return out.reason(reason);
            }
        }
        // Edges that are there again are an alarm. What funding adds is none.
        self.idle = !short;
        out.reason(if short {
            "net_edge_below_entry"
        } else if ready {
            "edge_below_entry"
        } else {
            "book_not_ready"
        });
    }

    /// True when an edge is expected to leave what is asked for after all costs.
    fn leaves_enough(
        &self,
        cx: &Context<'_, PairSignals>,
        direction: Direction,
        edge: Ratio,
    ) -> bool {
        let funding = self.funding(cx);
        let net = self.rules.net.as_ref();
        net.is_none_or(|net| net.is_reached(edge, direction, funding, cx.now))
    }

    /// True when what is to be sent is expected to leave the profit that is asked for.
    fn is_worth(
        &self,
        cx: &Context<'_, PairSignals>,
        plans: &[LegPlan; 2],
        direction: Direction,
    ) -> bool {
        let Some(net) = self.rules.net.as_ref() else {
            return true;
        };
        // An edge is of the bought leg's ask.
        let bought = usize::from(direction == Direction::LongSecond);
        let leg = &self.legs[bought];
        let touch = cx.market.instrument(leg.id).touch(Side::Buy);
        let value = touch.map(|touch| leg.notional(touch.price, plans[bought].qty));
        let funding = self.funding(cx);
        value
            .zip(direction.edge(cx.signals))
            .is_some_and(|(value, edge)| net.is_worth(value, edge, direction, funding, cx.now))
    }

    /// The running funding rate of the second leg, where it has one.
    pub(super) fn funding<'a>(&self, cx: &Context<'a, PairSignals>) -> Option<&'a FundingRate> {
        cx.market.instrument(self.legs[1].id).funding()
    }

    /// Sends the entry, and says what came of that.
    fn enter(
        &mut self,
        cx: &Context<'_, PairSignals>,
        direction: Direction,
        out: &mut Intents<'_>,
    ) -> &'static str {
        if self.are_apart(cx) {
            return "legs_apart";
        }
        let plans = match self.plan(cx, direction.sides()) {
            Ok(plans) => plans,
            Err(reason) => return reason,
        };
        if !self.is_worth(cx, &plans, direction) {
            return "profit_below_minimum";
        }
        if !self.saga.enter(&plans, out) {
            return "entry_refused";
        }
        self.direction = direction;
        self.habits.words.enter[direction.index()]
    }

    /// What to send to enter, or the reason why there is nothing.
    fn plan(
        &self,
        cx: &Context<'_, PairSignals>,
        sides: [Side; 2],
    ) -> Result<[LegPlan; 2], &'static str> {
        let legs = [0, 1].map(|at| (&self.legs[at], sides[at]));
        let sizing = &self.rules.sizing;
        let plans = sizing.plan(cx, legs).ok_or("size_below_minimum")?;
        if !self.habits.funded {
            return Ok(plans);
        }
        let fees = legs.into_iter().zip(self.fees);
        let most = fees.filter_map(|(leg, fee)| affordable(cx, leg, fee, sizing.max_slippage));
        // More would do for the venues' minima, so it is what lies there that does not.
        most.min()
            .map_or(Some(plans), |most| sizing.plan_entry(cx, legs, most))
            .ok_or("no_inventory")
    }

    fn are_apart(&self, cx: &Context<'_, PairSignals>) -> bool {
        let most = self.rules.max_skew;
        most.is_some_and(|most| are_apart(cx, self.legs.each_ref(), most))
    }

    /// Tells people once a trip that much of its spread is gone.
    fn tell_compression(&mut self, cx: &Context<'_, PairSignals>, out: &mut Intents<'_>) {
        let edge = self.direction.opposite().edge(cx.signals);
        let Some((alert, edge)) = self.compressed.alert.zip(edge) else {
            return;
        };
        if edge.reaches(alert) {
            self.compressed.alert = None;
            out.alert("WARNING: the spread has compressed by alert_compression_pct or more");
        }
    }

    fn look_for_exit(&mut self, cx: &Context<'_, PairSignals>, out: &mut Intents<'_>) {
        self.tell_compression(cx, out);
        let reason = self.exit_reason(cx);
        self.idle = reason.is_none();
        let Some(reason) = reason else {
            return out.reason("holding");
        };
        if self.are_apart(cx) {
            return out.reason("legs_apart");
        }
        if self.habits.funded && !self.can_close(cx) {
            return out.reason("no_inventory");
        }
        let left = self.saga.exit(cx, self.rules.sizing.max_slippage, out);
        if left && reason == "exit_stop" {
            self.stopped_until = cx.now + self.rules.stop.wait;
        }
        out.reason(if left { reason } else { "exit_refused" });
    }

    /// True when what lies at both venues pays for closing both legs.
    fn can_close(&self, cx: &Context<'_, PairSignals>) -> bool {
        let legs = self.saga.legs().iter().zip(&self.legs).zip(self.fees);
        legs.into_iter().all(|((leg, instrument), fee)| {
            let held = leg.position.qty;
            let side = if held > Qty::ZERO {
                Side::Sell
            } else {
                Side::Buy
            };
            let slippage = self.rules.sizing.max_slippage;
            covers(cx, (instrument, side), held.abs(), fee, slippage)
        })
    }

    fn exit_reason(&self, cx: &Context<'_, PairSignals>) -> Option<&'static str> {
        let edge = self.direction.opposite().edge(cx.signals);
        let earns = |least: Option<Bps>| {
            least.is_some_and(|least| edge.is_some_and(|edge| edge.reaches(least)))
        };
        let waits = self
            .rules
            .funding_wait
            .is_some_and(|wait| is_paid_soon(self.direction, self.funding(cx), cx.now, wait));
        if !waits && earns(self.rules.exit_edge) {
            return Some("exit_edge");
        }
        if !waits && earns(self.rules.turn_edge) {
            return Some("exit_turned");
        }
        if !waits && earns(self.compressed.exit) {
            return Some("exit_compressed");
        }
        if self.rules.follows_every_touch()
            && let Some(net) = self.net_pct(cx)
        {
            let net_bps = net * 100.0;
            let profit = self.rules.exit_profit.filter(|_| !waits);
            if profit.is_some_and(|least| net_bps >= least.to_f64()) {
                return Some("exit_profit");
            }
            // No payment is waited for while a loss grows.
            if self.rules.stop.is_hit(net_bps) {
                return Some("exit_stop");
            }
        }
        self.rules
            .max_age
            .is_some_and(|limit| cx.now.since(self.entered_at) >= limit)
            .then_some("exit_age")
    }

    /// What closing at the touch would net, in percent of the long leg's outlay.
    pub(super) fn net_pct(&self, cx: &Context<'_, PairSignals>) -> Option<f64> {
        let [first, second] = self.saga.legs() else {
            return None;
        };
        let fee = |at: usize| self.fees[at].to_f64() / 10_000.0;
        let (first, second) = (
            (first, &self.legs[0], fee(0)),
            (second, &self.legs[1], fee(1)),
        );
        let (long, short) = match self.direction {
            Direction::LongFirst => (first, second),
            Direction::LongSecond => (second, first),
        };
        let touch = |(leg, instrument, _): (&Leg, &Instrument, f64)| {
            let touch = cx
                .market
                .instrument(instrument.id)
                .touch(leg.side.opposite())?;
            Some(Money::new(instrument.price_decimal(touch.price)).to_f64())
        };
        let trip = RoundTrip {
            long_in: average_price(long.0, long.1)?,
            long_out: touch(long)?,
            long_fee: long.2,
            short_in: average_price(short.0, short.1)?,
            short_out: touch(short)?,
            short_fee: short.2,
        };
        Some(trip.net_pct())
    }

    /// The reason that the saga's new state gives after news of an order.
    fn after_order(
        &mut self,
        cx: &Context<'_, PairSignals>,
        before: SagaState,
        out: &mut Intents<'_>,
    ) {
        // What it looked for when it fell asleep may not be what it has to look for now.
        self.idle = false;
        let was_open = matches!(
            out.reason_in_force(),
            "exit_edge"
                | "exit_turned"
                | "exit_compressed"
                | "exit_profit"
                | "exit_stop"
                | "exit_age"
        );
        match self.saga.state() {
            SagaState::Hedged if before != SagaState::Hedged => {
                self.entered_at = cx.now;
                self.compressed = self.compressed();
                if let Some(limit) = self.rules.max_age {
                    out.wake_at(cx.now + limit, AGE_TIMER);
                }
                out.reason("holding");
            }
            SagaState::Flat if before != SagaState::Flat => {
                let mut legs = self.saga.legs().iter();
                let traded = was_open || legs.any(|leg| !leg.position.realised.is_zero());
                out.reason(if traded { "closed" } else { "entry_missed" });
            }
            SagaState::Repairing => out.reason("repairing"),
            SagaState::Quarantined => out.reason("quarantined"),
            SagaState::Flat | SagaState::Hedged | SagaState::LegsSent => {}
        }
    }
}

/// What a unit of a leg cost on average; `None` when it is flat.
pub(in crate::strategies) fn average_price(leg: &Leg, instrument: &Instrument) -> Option<f64> {
    let held = instrument.qty_decimal(leg.position.qty);
    leg.position
        .cost
        .decimal()
        .checked_div(held)
        .map(|price| Money::new(price).to_f64())
}

impl Strategy for Pair {
    type Signals = PairSignals;

    fn signals(&self) -> PairSignals {
        PairSignals::new(&self.legs[0], &self.legs[1])
    }

    fn on_event(&mut self, cx: &Context<'_, PairSignals>, event: &Event, out: &mut Intents<'_>) {
        let before = self.saga.state();
        if self.saga.on_news(cx, &event.body, out) {
            return self.after_order(cx, before, out);
        }
        match &event.body {
            Body::Timer(_) if before == SagaState::Hedged => self.look_for_exit(cx, out),
            body if cx.market.is_moved_by(body) => self.on_market(cx, out),
            _ => {}
        }
    }

    fn wake(&self) -> Wake {
        self.wakes()
    }

    fn explain(&self, cx: &Context<'_, PairSignals>, numbers: &mut Numbers) {
        self.tell(cx, numbers);
    }

    fn standing(&self) -> Standing {
        self.saga.standing()
    }

    fn ramps(&self) -> bool {
        true
    }

    fn update(&mut self, params: &Params) -> Result<(), String> {
        self.rules = Rules::of(params, self.habits, self.fees);
        self.saga.take_rules(&saga(params));
        if self.saga.state() == SagaState::Hedged {
            let told = self.compressed.alert.is_none();
            self.compressed = self.compressed();
            self.compressed.alert = self.compressed.alert.filter(|_| !told);
        }
        self.idle = false;
        Ok(())
    }

    fn unwind(&mut self, cx: &Context<'_, PairSignals>, out: &mut Intents<'_>) {
        self.saga.exit(cx, self.rules.sizing.max_slippage, out);
    }

    fn save(&self, out: &mut Saver) {
        State::save(self, out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        State::restore(self, from)
    }
}
