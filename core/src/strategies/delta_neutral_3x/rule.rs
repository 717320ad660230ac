//! When to build, to move spot, and to close.

use alloc::string::String;

use rust_decimal::Decimal;

use super::slices::Wanted;
use crate::command::LegRole;
use crate::event::{Body, Event};
use crate::instrument::Instrument;
use crate::num::{Bps, Money, Ratio};
use crate::saga::{SAGA_TIMER, Saga, SagaState};
use crate::state::{Loader, RestoreError, Saver, State, Value};
use crate::strategies::multi_spot::SpotEdges;
use crate::strategies::multi_spot::signals::{ENTRY, SWITCH, exit_of};
use crate::strategies::pair::wakes::just_below;
use crate::strategies::saga_params::saga;
use crate::strategy::{Context, Intents, Level, Numbers, Params, Setup, Strategy, Wake};
use crate::task::Standing;
use crate::text::Text;
use crate::time::{Span, Ts};

/// The timer that ends a position's age.
const AGE_TIMER: u32 = SAGA_TIMER + 1;

/// Wait after a slice that brought nothing.
const RETRY: Span = Span::from_millis(100);

/// Why a position is closed.
const LEAVING: [&str; 3] = [EXIT_EDGE, EXIT_AGE, STOPPING];
const EXIT_EDGE: &str = "exit_edge";
const EXIT_AGE: &str = "exit_age";
const STOPPING: &str = "stopping";

#[derive(Clone, Debug)]
struct Rules {
    min_entry: Bps,
    exit: Option<Bps>,
    max_age: Option<Span>,
    min_shift: Bps,
    shift_cooldown: Span,
}

impl Rules {
    fn of(params: &Params) -> Self {
        Self {
            min_entry: params.bps("min_entry_net_bps").unwrap_or_default(),
            exit: params.bps("exit.net_bps"),
            max_age: params.span("exit.max_age"),
            min_shift: params.bps("shift.min_net_bps").unwrap_or_default(),
            shift_cooldown: params.span("shift.cooldown").unwrap_or_default(),
        }
    }
}

/// Spot at two venues against the perpetual at a third.
#[derive(Clone, Debug)]
pub struct ThreeVenues {
    pub(super) spots: [Instrument; 2],
    pub(super) futures: Instrument,
    pub(super) fees: [Bps; 2],
    /// The signals before the first event.
    fresh: SpotEdges,
    rules: Rules,
    pub(super) wanted: Wanted,
    pub(super) saga: Saga,
    entered_at: Ts,
    was_held: bool,
    /// It is being closed, for this reason, until nothing is left.
    leaving: Option<&'static str>,
    /// What was held when the last slice of that left.
    left_with: Decimal,
    /// No spot moves before.
    shifts_from: Ts,
    /// When it looked last no edge sufficed, so only an edge is worth waking for.
    idle: bool,
}

impl State for ThreeVenues {
    fn save(&self, out: &mut Saver) {
        let Self {
            saga,
            entered_at,
            was_held,
            leaving,
            left_with,
            shifts_from,
            idle,
            spots: _,
            futures: _,
            fees: _,
            fresh: _,
            rules: _,
            wanted: _,
        } = self;
        saga.save(out);
        leaving.map(Text::new).save(out);
        (*entered_at, *left_with, *shifts_from).save(out);
        (*was_held, *idle).save(out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        self.saga.restore(from)?;
        let leaving = Option::<Text>::get(from)?;
        let known = |word: &Text| LEAVING.into_iter().find(|known| *known == word.as_str());
        self.leaving = match &leaving {
            None => None,
            Some(word) => Some(known(word).ok_or(RestoreError::Malformed("reasons"))?),
        };
        (self.entered_at, self.left_with, self.shifts_from) = Value::get(from)?;
        (self.was_held, self.idle) = Value::get(from)?;
        Ok(())
    }
}

impl ThreeVenues {
    /// From a set-up whose parameters were read by the card and whose legs belong together.
    pub(super) fn new(setup: &Setup<'_>) -> Self {
        let params = &setup.params;
        let of = |at: usize| setup.names.instrument(setup.legs[at]).clone();
        let (spots, futures) = ([of(0), of(1)], of(2));
        // Spot that cannot be had at one venue hedges the future as well from the other.
        let spot_ids = spots.iter().map(|spot| spot.id).collect();
        Self {
            fresh: SpotEdges::new(&spots, &futures, setup),
            spots,
            futures,
            fees: [setup.taker_fees[0], setup.taker_fees[1]],
            rules: Rules::of(params),
            wanted: Wanted::of(params),
            saga: saga(params).with_standby(spot_ids),
            entered_at: Ts::default(),
            was_held: false,
            leaving: None,
            left_with: Decimal::ZERO,
            shifts_from: Ts::default(),
            idle: false,
        }
    }

    fn on_market(&mut self, cx: &Context<'_, SpotEdges>, out: &mut Intents<'_>) {
        let reason = match self.saga.state() {
            SagaState::Flat => self.build(cx, out),
            SagaState::Hedged => self
                .leave(cx, out)
                .or_else(|| self.shift(cx, out))
                .or_else(|| self.build(cx, out)),
            SagaState::LegsSent | SagaState::Repairing | SagaState::Quarantined => return,
        };
        self.idle = reason.is_none();
        let flat = self.saga.state() == SagaState::Flat;
        out.reason(match reason {
            Some(reason) => reason,
            None if !flat => "holding",
            // Legs that can be acted on again are an alarm.
            None if cx.signals.cheapest().is_none() => "book_not_ready",
            None => "edge_below_entry",
        });
    }

    /// Adds a slice at the spot venue that is further from what it is to hold. None when no edge suffices.
    fn build(
        &mut self,
        cx: &Context<'_, SpotEdges>,
        out: &mut Intents<'_>,
    ) -> Option<&'static str> {
        let reaches = |edge: Option<Ratio>| edge.is_some_and(|it| it.reaches(self.rules.min_entry));
        let mut spots = [0, 1];
        let missing = |spot: &usize| core::cmp::Reverse(self.missing(*spot));
        spots.sort_by_key(missing);
        let earns = |spot: &usize| reaches(cx.signals.entry(*spot)) && self.has_room(cx, *spot);
        let spot = spots.into_iter().find(earns)?;
        let Some(plans) = self.plan_build(cx, spot) else {
            return Some("slice_below_minimum");
        };
        let sent = match self.saga.state() {
            SagaState::Flat => self.saga.enter(&plans, out),
            _ => self.saga.adjust(cx, &plans, LegRole::Entry, out),
        };
        Some(if sent { "building" } else { "refused" })
    }

    /// Moves a slice of spot to the venue where it is cheap. None when that does not gain enough, or not yet.
    fn shift(
        &mut self,
        cx: &Context<'_, SpotEdges>,
        out: &mut Intents<'_>,
    ) -> Option<&'static str> {
        let gains = |from: &usize| {
            let gain = cx.signals.switch(*from, 1 - *from);
            gain.is_some_and(|gain| gain.reaches(self.rules.min_shift))
        };
        let from = [0, 1].into_iter().find(gains)?;
        if cx.now < self.shifts_from {
            return Some("holding");
        }
        let (qty, to) = self.plan_shift(cx, from)?;
        let slippage = self.wanted.sizing.max_slippage;
        let sold = (self.spots[from].id, qty);
        if !self.saga.switch(cx, sold, &to, slippage, out) {
            return Some("refused");
        }
        self.shifts_from = cx.now + self.rules.shift_cooldown;
        Some("shifting")
    }

    /// Closes a slice when the position is to be left. None when it is not.
    fn leave(
        &mut self,
        cx: &Context<'_, SpotEdges>,
        out: &mut Intents<'_>,
    ) -> Option<&'static str> {
        let reason = self.leaving.or_else(|| self.exit_reason(cx))?;
        let slippage = self.wanted.sizing.max_slippage;
        let sent = if self.is_last_slice() {
            self.saga.exit(cx, slippage, out)
        } else {
            let Some(plans) = self.plan_close(cx) else {
                return Some("slice_below_minimum");
            };
            self.saga.adjust(cx, &plans, LegRole::Exit, out)
        };
        if !sent {
            return Some("refused");
        }
        self.leaving = Some(reason);
        self.left_with = self.held(0) + self.held(1);
        Some(reason)
    }

    fn exit_reason(&self, cx: &Context<'_, SpotEdges>) -> Option<&'static str> {
        let earns = |least: Bps| {
            let held = (0..2).filter(|&spot| !self.held(spot).is_zero());
            let mut edges = held.map(|spot| cx.signals.exit(spot));
            edges.all(|edge| edge.is_some_and(|edge| edge.reaches(least)))
        };
        if self.rules.exit.is_some_and(earns) {
            return Some(EXIT_EDGE);
        }
        let old = |limit| cx.now.since(self.entered_at) >= limit;
        self.rules.max_age.is_some_and(old).then_some(EXIT_AGE)
    }

    /// The reason that the saga's new state gives after its news.
    fn after_news(
        &mut self,
        cx: &Context<'_, SpotEdges>,
        before: SagaState,
        out: &mut Intents<'_>,
    ) {
        match self.saga.state() {
            SagaState::Hedged if before != SagaState::Hedged => {
                self.idle = false;
                if !self.was_held {
                    (self.was_held, self.entered_at) = (true, cx.now);
                    if let Some(limit) = self.rules.max_age {
                        out.wake_at(cx.now + limit, AGE_TIMER);
                    }
                }
                // What is to be left is left whether prices move or not; what brought nothing is tried again later.
                if self.leaving.is_some() {
                    if self.held(0) + self.held(1) < self.left_with {
                        return self.on_market(cx, out);
                    }
                    out.wake_at(cx.now + RETRY, AGE_TIMER);
                }
                out.reason("holding");
            }
            SagaState::Flat if before != SagaState::Flat => {
                let held = self.was_held;
                (self.idle, self.was_held, self.leaving) = (false, false, None);
                out.reason(if held { "closed" } else { "entry_missed" });
            }
            SagaState::Repairing => out.reason("repairing"),
            SagaState::Quarantined => out.reason("quarantined"),
            SagaState::Flat | SagaState::Hedged | SagaState::LegsSent => {}
        }
    }

    fn wake_while_held(&self) -> Wake {
        let wake = Wake::OWN.level(Level::AtOrAbove(SWITCH, just_below(self.rules.min_shift)));
        // All that hold something must earn: one of them is enough to wake for.
        let holds = usize::from(self.held(0).is_zero());
        let wake = self.rules.exit.map_or(wake, |least| {
            wake.level(Level::AtOrAbove(exit_of(holds), just_below(least)))
        });
        match self.rules.max_age {
            Some(limit) => wake.at(self.entered_at + limit),
            None => wake,
        }
    }

    /// True when nothing is left to build.
    fn is_built(&self) -> bool {
        let missing = |spot: usize| {
            let lots = self.spots[spot].floor_qty(self.missing(spot));
            lots.mantissa() > 0
        };
        !(missing(0) || missing(1))
    }
}

impl Strategy for ThreeVenues {
    type Signals = SpotEdges;

    fn signals(&self) -> SpotEdges {
        self.fresh.clone()
    }

    fn on_event(&mut self, cx: &Context<'_, SpotEdges>, event: &Event, out: &mut Intents<'_>) {
        let before = self.saga.state();
        if self.saga.on_news(cx, &event.body, out) {
            return self.after_news(cx, before, out);
        }
        match &event.body {
            Body::Timer(_) if before == SagaState::Hedged => self.on_market(cx, out),
            body if cx.market.is_moved_by(body) => self.on_market(cx, out),
            _ => {}
        }
    }

    fn wake(&self) -> Wake {
        match self.saga.state() {
            SagaState::Flat if self.idle => {
                let enough = just_below(self.rules.min_entry);
                Wake::OWN.level(Level::AtOrAbove(ENTRY, enough))
            }
            SagaState::Hedged if self.idle && self.is_built() => self.wake_while_held(),
            SagaState::Flat | SagaState::Hedged => Wake::ALWAYS,
            // The saga acts on its orders and its timers alone.
            SagaState::LegsSent | SagaState::Repairing | SagaState::Quarantined => Wake::OWN,
        }
    }

    fn explain(&self, cx: &Context<'_, SpotEdges>, numbers: &mut Numbers) {
        let names = [
            ["primary_entry_net_bps", "arbitrage_entry_net_bps"],
            ["primary_exit_net_bps", "arbitrage_exit_net_bps"],
            ["gain_from_primary_bps", "gain_from_arbitrage_bps"],
        ];
        for spot in 0..2 {
            let edges = [
                cx.signals.entry(spot),
                cx.signals.exit(spot),
                cx.signals.switch(spot, 1 - spot),
            ];
            for (edge, names) in edges.into_iter().zip(names) {
                if let Some(edge) = edge {
                    numbers.signal(names[spot], edge.to_bps_f64());
                }
            }
        }
        numbers.exact("primary_held", Money::new(self.held(0)));
        numbers.exact("arbitrage_held", Money::new(self.held(1)));
        let mut legs = self.saga.legs().iter();
        let hedge = legs.find(|leg| leg.instrument == self.futures.id);
        let hedged = hedge.map(|leg| self.futures.qty_decimal(leg.position.qty));
        let hedged = hedged.unwrap_or_default();
        numbers.exact("hedge_held", Money::new(hedged));
        numbers.exact("delta", Money::new(self.held(0) + self.held(1) + hedged));
        numbers.exact("band", Money::new(self.wanted.band));
    }

    fn standing(&self) -> Standing {
        self.saga.standing()
    }

    fn ramps(&self) -> bool {
        true
    }

    fn update(&mut self, params: &Params) -> Result<(), String> {
        let wanted = Wanted::of(params);
        let other = (wanted.spots, wanted.band) != (self.wanted.spots, self.wanted.band);
        if other && self.saga.state() != SagaState::Flat {
            return Err("its quantity and its band cannot change while it holds something".into());
        }
        (self.rules, self.wanted) = (Rules::of(params), wanted);
        self.saga.take_rules(&saga(params));
        self.idle = false;
        Ok(())
    }

    fn unwind(&mut self, cx: &Context<'_, SpotEdges>, out: &mut Intents<'_>) {
        self.leaving = self.leaving.or(Some(STOPPING));
        self.leave(cx, out);
    }

    fn save(&self, out: &mut Saver) {
        State::save(self, out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        State::restore(self, from)
    }
}
