//! The opportunity rule: when money goes round, and which way.

use alloc::string::String;

use super::cycle::{Product, Step};
use super::signals::CycleSignals;
use super::sizing::Sizing;
use crate::event::{Body, Event};
use crate::names::AssetId;
use crate::num::{Bps, Money, Ratio};
use crate::saga::{SAGA_TIMER, Saga, SagaState};
use crate::state::{Loader, RestoreError, Saver, State};
use crate::strategies::pair::params::share_of_depth;
use crate::strategies::pair::wakes::just_below;
use crate::strategies::saga_params::saga;
use crate::strategy::{Context, Intents, Level, Numbers, Params, Setup, Strategy, Wake};
use crate::task::Standing;
use crate::time::{Span, Ts};

/// The timer that ends the pause after a cycle.
const PAUSE_TIMER: u32 = SAGA_TIMER + 1;

/// Reasons of an entry, by direction.
const ENTER: [&str; 2] = ["enter_forward", "enter_backward"];

/// Names of the edges, by direction.
const EDGES: [&str; 2] = ["forward_edge_bps", "backward_edge_bps"];

/// What it goes by.
#[derive(Clone, Debug)]
struct Rules {
    allowed: [bool; 2],
    min_edge: Bps,
    sizing: Sizing,
    cooldown: Span,
}

impl Rules {
    fn of(params: &Params) -> Self {
        let direction = params.choice("direction").unwrap_or("both");
        Self {
            allowed: ["backward", "forward"].map(|other| direction != other),
            min_edge: params.bps("min_edge_bps").unwrap_or_default(),
            sizing: Sizing {
                notional: params.decimal("notional").unwrap_or_default(),
                depth: share_of_depth(params),
                max_slippage: params.bps("max_slippage_bps").unwrap_or_default(),
            },
            cooldown: params.span("cooldown").unwrap_or_default(),
        }
    }
}

/// Three instruments of one venue that trade three assets for one another.
#[derive(Clone, Debug)]
pub struct Triangular {
    /// The trades of both cycles, each beginning with the asset that both begin with.
    steps: [[Step; 3]; 2],
    /// Taker fees, by direction in the order of its trades.
    fees: [[Bps; 3]; 2],
    rules: Rules,
    saga: Saga,
    /// No cycle begins before.
    rests_until: Ts,
    /// When it looked last no edge sufficed, so only an edge is worth waking for.
    idle: bool,
}

crate::state!(Triangular { saga, rests_until, idle } fixed { steps, fees, rules });

impl Triangular {
    /// From a set-up whose parameters were read by the card and whose legs are a triangle around `home`.
    pub(super) fn new(setup: &Setup<'_>, home: AssetId, steps: [[Step; 3]; 2]) -> Self {
        let [first, second, third] = [0, 1, 2].map(|at| setup.taker_fees[at]);
        Self {
            steps,
            fees: [[first, second, third], [third, second, first]],
            rules: Rules::of(&setup.params),
            saga: saga(&setup.params).cycling(home),
            rests_until: Ts::default(),
            idle: false,
        }
    }

    /// What a cycle gains of what goes in, three fees paid.
    fn edge(&self, cx: &Context<'_, CycleSignals>, direction: usize) -> Option<Ratio> {
        let product = cx.signals.product(direction)?;
        product
            .after_fees(&self.fees[direction])
            .and_then(Product::edge)
    }

    fn directions(&self) -> impl Iterator<Item = usize> + use<> {
        let allowed = self.rules.allowed;
        (0..2).filter(move |&direction| allowed[direction])
    }

    fn look(&mut self, cx: &Context<'_, CycleSignals>, out: &mut Intents<'_>) {
        let (mut best, mut ready): (Option<(usize, Ratio)>, bool) = (None, false);
        for direction in self.directions() {
            let Some(edge) = self.edge(cx, direction) else {
                continue;
            };
            ready = true;
            let better = best.is_none_or(|(_, known)| edge.to_bps_f64() > known.to_bps_f64());
            if better && edge.reaches(self.rules.min_edge) {
                best = Some((direction, edge));
            }
        }
        // Edges that are there again are an alarm.
        self.idle = best.is_none();
        let reason = match best {
            None if ready => "edge_below_entry",
            None => "book_not_ready",
            Some(_) if cx.now < self.rests_until => "cooling_down",
            Some((direction, _)) => self.enter(cx, direction, out),
        };
        out.reason(reason);
    }

    fn enter(
        &mut self,
        cx: &Context<'_, CycleSignals>,
        direction: usize,
        out: &mut Intents<'_>,
    ) -> &'static str {
        let steps = &self.steps[direction];
        let Some(plans) = self.rules.sizing.plan(cx, steps, &self.fees[direction]) else {
            return "size_below_minimum";
        };
        if !self.saga.enter(&plans, out) {
            return "entry_refused";
        }
        ENTER[direction]
    }

    /// The reason that the saga's new state gives after its news.
    fn after_news(
        &mut self,
        cx: &Context<'_, CycleSignals>,
        before: SagaState,
        out: &mut Intents<'_>,
    ) {
        match self.saga.state() {
            SagaState::Flat if before != SagaState::Flat => {
                self.idle = false;
                self.rests_until = cx.now + self.rules.cooldown;
                // Without a pause the next market event is soon enough: what a venue refuses at once must not be sent
                // again at the same moment, forever.
                if self.rules.cooldown > Span::ZERO {
                    out.wake_at(self.rests_until, PAUSE_TIMER);
                }
                let missed = self.saga.result().is_zero();
                out.reason(if missed { "entry_missed" } else { "closed" });
            }
            SagaState::Repairing => out.reason("repairing"),
            SagaState::Quarantined => out.reason("quarantined"),
            SagaState::Flat | SagaState::Hedged | SagaState::LegsSent => {}
        }
    }

    /// The edge before fees at which three fees leave the edge that is asked for.
    fn level(&self, direction: usize) -> f64 {
        let kept = self.fees[direction]
            .iter()
            .fold(1.0, |kept, fee| kept * (1.0 - fee.to_f64() / 10_000.0));
        let before = ((1.0 + self.rules.min_edge.to_f64() / 10_000.0) / kept - 1.0) * 10_000.0;
        let hint = Bps::from_millionths((before * 1.0e6) as i64);
        just_below(hint) - 1e-6
    }
}

impl Strategy for Triangular {
    type Signals = CycleSignals;

    fn signals(&self) -> CycleSignals {
        CycleSignals::new(self.steps)
    }

    fn on_event(&mut self, cx: &Context<'_, CycleSignals>, event: &Event, out: &mut Intents<'_>) {
        let before = self.saga.state();
        if self.saga.on_news(cx, &event.body, out) {
            return self.after_news(cx, before, out);
        }
        let looks = match &event.body {
            Body::Timer(_) => true,
            body => cx.market.is_moved_by(body),
        };
        if looks && self.saga.state() == SagaState::Flat {
            self.look(cx, out);
        }
    }

    fn wake(&self) -> Wake {
        match self.saga.state() {
            SagaState::Flat if self.idle => self.directions().fold(Wake::OWN, |wake, direction| {
                wake.level(Level::AtOrAbove(direction as u8, self.level(direction)))
            }),
            SagaState::Flat => Wake::ALWAYS,
            // The saga acts on its orders and its timers alone.
            _ => Wake::OWN,
        }
    }

    fn explain(&self, cx: &Context<'_, CycleSignals>, numbers: &mut Numbers) {
        for direction in self.directions() {
            if let Some(edge) = self.edge(cx, direction) {
                numbers.signal(EDGES[direction], edge.to_bps_f64());
            }
        }
        let bps = rust_decimal::Decimal::new(self.rules.min_edge.millionths(), 6);
        numbers.exact("min_edge_bps", Money::new(bps));
        let tops = [
            ["first_bid", "first_ask"],
            ["second_bid", "second_ask"],
            ["third_bid", "third_ask"],
        ];
        for (step, [bid, ask]) in self.steps[0].iter().zip(tops) {
            let Some(top) = cx.market.instrument(step.instrument).top() else {
                continue;
            };
            let instrument = cx.names.instrument(step.instrument);
            numbers.exact(bid, Money::new(instrument.price_decimal(top.bid.price)));
            numbers.exact(ask, Money::new(instrument.price_decimal(top.ask.price)));
        }
        if self.saga.state() == SagaState::Flat && self.saga.trip() > 0 {
            numbers.exact("last_result", self.saga.result());
        }
    }

    fn ramps(&self) -> bool {
        true
    }

    fn standing(&self) -> Standing {
        self.saga.standing()
    }

    fn update(&mut self, params: &Params) -> Result<(), String> {
        self.rules = Rules::of(params);
        self.saga.take_rules(&saga(params));
        self.idle = false;
        Ok(())
    }

    fn save(&self, out: &mut Saver) {
        State::save(self, out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        State::restore(self, from)
    }
}
