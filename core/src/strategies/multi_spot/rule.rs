//! The opportunity rule: when to enter and where, when to leave.

use alloc::string::String;
use alloc::vec::Vec;

use super::shared::{RoundTrip, Sizing, average_price, just_below};
use super::signals::{ENTRY, SWITCH, SpotEdges, exit_of};
use super::switching::{Move, SwitchRules};
use crate::event::{Body, Event};
use crate::instrument::{Instrument, Side};
use crate::num::{Bps, Money};
use crate::saga::{SAGA_TIMER, Saga, SagaState};
use crate::state::{Loader, RestoreError, Saver, State};
use crate::strategies::pair::stop::Stop;
use crate::strategies::saga_params::saga;
use crate::strategy::{Context, Intents, Level, Numbers, Params, Setup, Strategy, Wake};
use crate::task::Standing;
use crate::time::{Span, Ts};

/// The timer that ends a position's age.
const AGE_TIMER: u32 = SAGA_TIMER + 1;

#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) sizing: Sizing,
    pub(super) min_entry: Bps,
    pub(super) exit: Option<Bps>,
    exit_profit: Option<Bps>,
    max_age: Option<Span>,
    stop: Stop,
    /// Where the spot leg may move.
    pub(super) switch: Option<SwitchRules>,
}

impl Rules {
    fn of(params: &Params) -> Self {
        Self {
            sizing: Sizing::of(params),
            min_entry: params.bps("min_entry_net_bps").unwrap_or_default(),
            exit: params.bps("exit.net_bps"),
            exit_profit: params.bps("exit.profit_bps"),
            max_age: params.span("exit.max_age"),
            stop: Stop::of(params),
            switch: SwitchRules::of(params),
        }
    }

    /// True when what is won or lost decides: it moves with every touch.
    const fn follows_every_touch(&self) -> bool {
        self.exit_profit.is_some() || self.stop.is_set()
    }
}

/// Several spot legs and one future.
#[derive(Clone, Debug)]
pub struct MultiSpot {
    pub(super) spots: Vec<Instrument>,
    pub(super) futures: Instrument,
    /// Taker fee rates, that of the future last.
    pub(super) fees: Vec<f64>,
    /// The signals before the first event.
    fresh: SpotEdges,
    pub(super) rules: Rules,
    pub(super) saga: Saga,
    /// The spot leg that was bought last.
    pub(super) held: usize,
    pub(super) entered_at: Ts,
    /// What a unit of the spot leg has cost, fees paid, less what moves of it gained.
    pub(super) outlay: f64,
    pub(super) moved: Option<Move>,
    was_hedged: bool,
    /// Nothing is entered before: a stop closed the last position.
    stopped_until: Ts,
    /// When it looked last no edge sufficed, to enter or to leave, so only an edge is worth waking for.
    idle: bool,
}

crate::state!(MultiSpot {
    saga, held, entered_at, outlay, moved, was_hedged, stopped_until, idle
} fixed { spots, futures, fees, fresh, rules });

impl MultiSpot {
    /// From a set-up whose parameters were read by the card and whose legs belong together, the future last.
    pub(super) fn new(setup: &Setup<'_>) -> Self {
        let params = &setup.params;
        let of = |id| setup.names.instrument(id).clone();
        let last = setup.legs.len() - 1;
        let spots: Vec<Instrument> = setup.legs[..last].iter().map(|id| of(*id)).collect();
        let futures = of(setup.legs[last]);
        let fees = setup.taker_fees.iter();
        // Spot that cannot be had at one venue hedges the future as well from another.
        let spot_ids = spots.iter().map(|spot| spot.id).collect();
        Self {
            fees: fees.map(|fee| fee.to_f64() / 10_000.0).collect(),
            fresh: SpotEdges::new(&spots, &futures, setup),
            spots,
            futures,
            rules: Rules::of(params),
            saga: saga(params).with_standby(spot_ids),
            held: 0,
            entered_at: Ts::default(),
            outlay: 0.0,
            moved: None,
            was_hedged: false,
            stopped_until: Ts::default(),
            idle: false,
        }
    }

    fn on_market(&mut self, cx: &Context<'_, SpotEdges>, out: &mut Intents<'_>) {
        match self.saga.state() {
            SagaState::Flat => self.look_for_entry(cx, out),
            SagaState::Hedged => self.look_for_exit(cx, out),
            SagaState::LegsSent | SagaState::Repairing | SagaState::Quarantined => {}
        }
    }

    fn look_for_entry(&mut self, cx: &Context<'_, SpotEdges>, out: &mut Intents<'_>) {
        if cx.now < self.stopped_until {
            self.idle = false;
            return out.reason("stopped");
        }
        let cheapest = cx.signals.cheapest();
        // Legs that can be acted on again are an alarm.
        self.idle = !cheapest.is_some_and(|spot| self.earns(cx, spot));
        if !self.idle {
            let reason = self.enter_where_cheapest(cx, out);
            return out.reason(reason);
        }
        out.reason(if cheapest.is_some() {
            "edge_below_entry"
        } else {
            "book_not_ready"
        });
    }

    fn earns(&self, cx: &Context<'_, SpotEdges>, spot: usize) -> bool {
        let edge = cx.signals.entry(spot);
        edge.is_some_and(|edge| edge.reaches(self.rules.min_entry))
    }

    /// Enters by the spot leg that costs least of those that are large enough and that the gate lets through.
    fn enter_where_cheapest(
        &mut self,
        cx: &Context<'_, SpotEdges>,
        out: &mut Intents<'_>,
    ) -> &'static str {
        let mut failed = "size_below_minimum";
        for at in cx.signals.by_net_cost() {
            // What costs more earns less.
            if !self.earns(cx, at) {
                break;
            }
            let legs = [(&self.spots[at], Side::Buy), (&self.futures, Side::Sell)];
            let Some(plans) = self.rules.sizing.plan(cx, legs) else {
                continue;
            };
            if self.saga.enter(&plans, out) {
                (self.held, self.was_hedged, self.moved) = (at, false, None);
                return "enter_long_spot";
            }
            failed = "entry_refused";
        }
        failed
    }

    fn look_for_exit(&mut self, cx: &Context<'_, SpotEdges>, out: &mut Intents<'_>) {
        let Some(reason) = self.exit_reason(cx) else {
            let moves = self.switch_where_cheapest(cx, out);
            self.idle = moves.is_none();
            return out.reason(moves.unwrap_or("holding"));
        };
        self.idle = false;
        let left = self.saga.exit(cx, self.rules.sizing.max_slippage, out);
        if left && reason == "exit_stop" {
            self.stopped_until = cx.now + self.rules.stop.wait;
        }
        out.reason(if left { reason } else { "exit_refused" });
    }

    fn exit_reason(&self, cx: &Context<'_, SpotEdges>) -> Option<&'static str> {
        let edge = self.rules.exit.zip(cx.signals.exit(self.held));
        if edge.is_some_and(|(least, edge)| edge.reaches(least)) {
            return Some("exit_edge");
        }
        if self.rules.follows_every_touch()
            && let Some(net) = self.net_pct(cx)
        {
            let net_bps = net * 100.0;
            let least = self.rules.exit_profit;
            if least.is_some_and(|least| net_bps >= least.to_f64()) {
                return Some("exit_profit");
            }
            if self.rules.stop.is_hit(net_bps) {
                return Some("exit_stop");
            }
        }
        self.rules
            .max_age
            .is_some_and(|limit| cx.now.since(self.entered_at) >= limit)
            .then_some("exit_age")
    }

    /// What closing at the touch would net, in percent of the spot leg's outlay.
    pub(super) fn net_pct(&self, cx: &Context<'_, SpotEdges>) -> Option<f64> {
        let mut legs = self.saga.legs().iter();
        let futures = legs.find(|leg| leg.instrument == self.futures.id)?;
        let instrument = &self.spots[self.held];
        let fee = self.fees[self.held];
        let touch = |instrument: &Instrument, side| {
            let touch = cx.market.instrument(instrument.id).touch(side)?;
            Some(Money::new(instrument.price_decimal(touch.price)).to_f64())
        };
        let trip = RoundTrip {
            long_in: self.outlay / (1.0 + fee),
            long_out: touch(instrument, Side::Sell)?,
            long_fee: fee,
            short_in: average_price(futures, &self.futures)?,
            short_out: touch(&self.futures, Side::Buy)?,
            short_fee: self.fees[self.spots.len()],
        };
        Some(trip.net_pct())
    }

    /// The reason that the saga's new state gives after news of an order.
    fn after_order(
        &mut self,
        cx: &Context<'_, SpotEdges>,
        before: SagaState,
        out: &mut Intents<'_>,
    ) {
        match self.saga.state() {
            SagaState::Hedged if before != SagaState::Hedged && self.was_hedged => {
                self.end_switch(cx.now);
                (self.held, self.idle) = (self.holds_most(), false);
                out.reason("holding");
            }
            SagaState::Hedged if before != SagaState::Hedged => {
                (self.entered_at, self.was_hedged, self.idle) = (cx.now, true, false);
                self.held = self.holds_most();
                self.outlay = self.paid();
                if let Some(limit) = self.rules.max_age {
                    out.wake_at(cx.now + limit, AGE_TIMER);
                }
                out.reason("holding");
            }
            SagaState::Flat if before != SagaState::Flat => {
                self.idle = false;
                let mut legs = self.saga.legs().iter();
                let traded = self.was_hedged || legs.any(|leg| !leg.position.realised.is_zero());
                out.reason(if traded { "closed" } else { "entry_missed" });
            }
            SagaState::Repairing => out.reason("repairing"),
            SagaState::Quarantined => out.reason("quarantined"),
            SagaState::Flat | SagaState::Hedged | SagaState::LegsSent => {}
        }
    }

    /// The spot leg that holds most; the one that was meant to where another holds as much. What could not be had there
    /// was hedged at another venue.
    fn holds_most(&self) -> usize {
        let holds = |at: usize| {
            let spot = &self.spots[at];
            let leg = self
                .saga
                .legs()
                .iter()
                .find(|leg| leg.instrument == spot.id);
            leg.map(|leg| spot.qty_decimal(leg.position.qty))
        };
        let more = |most, at| if holds(at) > holds(most) { at } else { most };
        (0..self.spots.len()).fold(self.held, more)
    }

    /// What a unit of the spot leg cost at its entry, fee paid.
    fn paid(&self) -> f64 {
        let spot = &self.spots[self.held];
        let mut legs = self.saga.legs().iter();
        let leg = legs.find(|leg| leg.instrument == spot.id);
        let price = leg.and_then(|leg| average_price(leg, spot));
        price.unwrap_or_default() * (1.0 + self.fees[self.held])
    }

    fn wake_to_leave(&self) -> Wake {
        let wake = self.rules.exit.map_or(Wake::OWN, |least| {
            Wake::OWN.level(Level::AtOrAbove(exit_of(self.held), just_below(least)))
        });
        let wake = self.rules.switch.map_or(wake, |rules| {
            wake.level(Level::AtOrAbove(SWITCH, just_below(rules.min_net)))
        });
        match self.rules.max_age {
            Some(limit) => wake.at(self.entered_at + limit),
            None => wake,
        }
    }
}

impl Strategy for MultiSpot {
    type Signals = SpotEdges;

    fn signals(&self) -> SpotEdges {
        self.fresh.clone()
    }

    fn on_event(&mut self, cx: &Context<'_, SpotEdges>, event: &Event, out: &mut Intents<'_>) {
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
        match self.saga.state() {
            SagaState::Flat if self.idle => {
                let enough = just_below(self.rules.min_entry);
                Wake::OWN.level(Level::AtOrAbove(ENTRY, enough))
            }
            SagaState::Hedged if self.idle && !self.rules.follows_every_touch() => {
                self.wake_to_leave()
            }
            SagaState::Flat | SagaState::Hedged => Wake::ALWAYS,
            // The saga acts on its orders and its timers alone.
            SagaState::LegsSent | SagaState::Repairing | SagaState::Quarantined => Wake::OWN,
        }
    }

    fn explain(&self, cx: &Context<'_, SpotEdges>, numbers: &mut Numbers) {
        self.tell(cx, numbers);
    }

    fn standing(&self) -> Standing {
        self.saga.standing()
    }

    fn ramps(&self) -> bool {
        true
    }

    fn update(&mut self, params: &Params) -> Result<(), String> {
        self.rules = Rules::of(params);
        self.saga.take_rules(&saga(params));
        self.idle = false;
        Ok(())
    }

    fn unwind(&mut self, cx: &Context<'_, SpotEdges>, out: &mut Intents<'_>) {
        self.saga.exit(cx, self.rules.sizing.max_slippage, out);
    }

    fn save(&self, out: &mut Saver) {
        State::save(self, out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        State::restore(self, from)
    }
}
