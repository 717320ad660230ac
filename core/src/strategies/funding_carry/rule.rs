//! The opportunity rule: when to enter, when to hold, when to leave.

use alloc::string::String;
use alloc::vec::Vec;

use super::outlook::Outlook;
use super::rules::{Direction, Rules};
use super::signals::CarrySignals;
use crate::event::{Body, Event};
use crate::instrument::Instrument;
use crate::num::Bps;
use crate::saga::{SAGA_TIMER, Saga, SagaState};
use crate::state::{Loader, RestoreError, Saver, State};
use crate::strategies::pair::are_apart;
use crate::strategies::saga_params::saga;
use crate::strategy::{Context, Intents, Level, Numbers, Params, Setup, Strategy, Wake};
use crate::task::Standing;
use crate::time::Ts;

/// The timer that ends a position's age.
const AGE_TIMER: u32 = SAGA_TIMER + 1;

/// One carry.
#[derive(Clone, Debug)]
pub struct FundingCarry {
    spot: Instrument,
    futures: Instrument,
    fees: Vec<Bps>,
    pub(super) rules: Rules,
    pub(super) saga: Saga,
    pub(super) direction: Direction,
    pub(super) entered_at: Ts,
    /// The trip was hedged once, so that its end is a close.
    was_hedged: bool,
    /// What market event is worth a call.
    watch: Wake,
}

crate::state!(FundingCarry { saga, direction, entered_at, was_hedged, watch } fixed { spot, futures, fees, rules });

impl FundingCarry {
    /// From a set-up whose parameters were read by the card and whose legs belong together.
    pub(super) fn new(setup: &Setup<'_>) -> Self {
        Self {
            spot: setup.names.instrument(setup.legs[0]).clone(),
            futures: setup.names.instrument(setup.legs[1]).clone(),
            rules: Rules::of(&setup.params, &setup.taker_fees),
            fees: setup.taker_fees.clone(),
            saga: saga(&setup.params),
            direction: Direction::LongSpot,
            entered_at: Ts::default(),
            was_hedged: false,
            watch: Wake::ALWAYS,
        }
    }

    /// The expected funding at which a position without an edge is entered.
    pub(super) fn entry_funding(&self) -> Bps {
        self.rules.min_net + self.rules.cost
    }

    /// The expected funding below which a position is left.
    pub(super) const fn exit_funding(&self) -> Bps {
        self.rules.exit
    }

    fn on_market(&mut self, cx: &Context<'_, CarrySignals>, out: &mut Intents<'_>) {
        match self.saga.state() {
            SagaState::Flat => self.look_for_entry(cx, out),
            SagaState::Hedged => self.look_for_exit(cx, out),
            SagaState::LegsSent | SagaState::Repairing | SagaState::Quarantined => {}
        }
    }

    fn look_for_entry(&mut self, cx: &Context<'_, CarrySignals>, out: &mut Intents<'_>) {
        // Until something below says otherwise, news of rates or a book that gets ready is worth a call, no more.
        self.watch = Wake::OWN;
        let Some(outlook) = self.outlook(cx) else {
            return out.reason("rates_missing");
        };
        let allowed = Direction::ALL.into_iter();
        for direction in allowed.filter(|direction| self.rules.allows(*direction)) {
            let Some(edge) = direction.edge(cx.signals) else {
                return out.reason("book_not_ready");
            };
            let outlook = direction.of(outlook);
            // What would be left at once is not entered, whatever the edge.
            if !outlook.reaches(self.rules.exit) {
                continue;
            }
            let edge = self.rules.count_edge.then_some(edge);
            if outlook.nets(edge, self.rules.cost, self.rules.min_net) {
                self.watch = Wake::ALWAYS;
                return self.try_to_enter(cx, direction, out);
            }
            if self.rules.count_edge {
                self.watch = self.watch.level(self.entry_level(direction, outlook));
            }
        }
        out.reason("net_below_entry");
    }

    /// A hair below the edge that would do: floats only say when to look, the exact comparison decides.
    fn entry_level(&self, direction: Direction, outlook: Outlook) -> Level {
        let needed = self.entry_funding().to_f64() - outlook.to_bps_f64();
        Level::AtOrAbove(direction.signal(), needed - 1e-6 - needed.abs() * 1e-9)
    }

    fn try_to_enter(
        &mut self,
        cx: &Context<'_, CarrySignals>,
        direction: Direction,
        out: &mut Intents<'_>,
    ) {
        if cx.signals.rates.are_stale(cx.now, self.rules.interval) {
            return out.reason("rates_stale");
        }
        if self.are_apart(cx) {
            return out.reason("legs_apart");
        }
        let sides = [direction.spot_side(), direction.spot_side().opposite()];
        let legs = [(&self.spot, sides[0]), (&self.futures, sides[1])];
        let Some(plans) = self.rules.sizing.plan(cx, legs) else {
            return out.reason("size_below_minimum");
        };
        if !self.saga.enter(&plans, out) {
            return out.reason("entry_refused");
        }
        (self.direction, self.was_hedged) = (direction, false);
        out.reason(match direction {
            Direction::LongSpot => "enter_long_spot",
            Direction::ShortSpot => "enter_short_spot",
        });
    }

    fn look_for_exit(&mut self, cx: &Context<'_, CarrySignals>, out: &mut Intents<'_>) {
        let Some(reason) = self.exit_reason(cx) else {
            self.watch = match self.rules.max_age {
                Some(limit) => Wake::OWN.at(self.entered_at + limit),
                None => Wake::OWN,
            };
            return out.reason("holding");
        };
        self.watch = Wake::ALWAYS;
        if self.are_apart(cx) {
            return out.reason("legs_apart");
        }
        let left = self.saga.exit(cx, self.rules.sizing.max_slippage, out);
        out.reason(if left { reason } else { "exit_refused" });
    }

    /// A settlement by itself is none: the rate that was paid stays in the mean that it was in when it was announced.
    fn exit_reason(&self, cx: &Context<'_, CarrySignals>) -> Option<&'static str> {
        let too_old = |limit| cx.now.since(self.entered_at) >= limit;
        if self.rules.max_age.is_some_and(too_old) {
            return Some("exit_age");
        }
        let expected = self.direction.of(self.outlook(cx)?);
        (!expected.reaches(self.rules.exit)).then_some("exit_funding")
    }

    pub(super) fn outlook(&self, cx: &Context<'_, CarrySignals>) -> Option<Outlook> {
        cx.signals
            .rates
            .outlook(self.rules.rates, self.rules.horizon, self.rules.interval)
    }

    fn are_apart(&self, cx: &Context<'_, CarrySignals>) -> bool {
        are_apart(cx, [&self.spot, &self.futures], self.rules.max_skew)
    }

    /// The reason that the saga's new state gives after news of an order.
    fn after_order(
        &mut self,
        cx: &Context<'_, CarrySignals>,
        before: SagaState,
        out: &mut Intents<'_>,
    ) {
        self.watch = Wake::ALWAYS;
        match self.saga.state() {
            SagaState::Hedged if before != SagaState::Hedged => {
                (self.entered_at, self.was_hedged) = (cx.now, true);
                if let Some(limit) = self.rules.max_age {
                    out.wake_at(cx.now + limit, AGE_TIMER);
                }
                out.reason("holding");
            }
            SagaState::Flat if before != SagaState::Flat => {
                let mut legs = self.saga.legs().iter();
                let traded = self.was_hedged || legs.any(|leg| !leg.position.realised.is_zero());
                out.reason(if traded { "closed" } else { "entry_missed" });
            }
            SagaState::Repairing => out.reason("repairing"),
            SagaState::Quarantined => out.reason("quarantined"),
            SagaState::Flat | SagaState::Hedged | SagaState::LegsSent => {}
        }
    }
}

impl Strategy for FundingCarry {
    type Signals = CarrySignals;

    fn signals(&self) -> CarrySignals {
        CarrySignals::new(&self.spot, &self.futures)
    }

    fn on_event(&mut self, cx: &Context<'_, CarrySignals>, event: &Event, out: &mut Intents<'_>) {
        let before = self.saga.state();
        if self.saga.on_news(cx, &event.body, out) {
            return self.after_order(cx, before, out);
        }
        match &event.body {
            Body::Timer(_) if before == SagaState::Hedged => self.look_for_exit(cx, out),
            Body::Funding(rate) if rate.instrument == self.futures.id => self.on_market(cx, out),
            body if cx.market.is_moved_by(body) => self.on_market(cx, out),
            _ => {}
        }
    }

    fn wake(&self) -> Wake {
        match self.saga.state() {
            SagaState::Flat | SagaState::Hedged => self.watch,
            // Only orders and timers lead on from here.
            SagaState::LegsSent | SagaState::Repairing | SagaState::Quarantined => Wake::OWN,
        }
    }

    fn explain(&self, cx: &Context<'_, CarrySignals>, numbers: &mut Numbers) {
        self.tell(cx, numbers);
    }

    fn standing(&self) -> Standing {
        self.saga.standing()
    }

    fn ramps(&self) -> bool {
        true
    }

    fn update(&mut self, params: &Params) -> Result<(), String> {
        self.rules = Rules::of(params, &self.fees);
        self.saga.take_rules(&saga(params));
        self.watch = Wake::ALWAYS;
        Ok(())
    }

    fn unwind(&mut self, cx: &Context<'_, CarrySignals>, out: &mut Intents<'_>) {
        self.saga.exit(cx, self.rules.sizing.max_slippage, out);
    }

    fn save(&self, out: &mut Saver) {
        State::save(self, out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        State::restore(self, from)
    }
}
