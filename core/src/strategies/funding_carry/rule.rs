//! The opportunity rule: when to enter, when to hold, when to leave.

use rust_decimal::Decimal;

use super::outlook::Outlook;
use super::signals::CarrySignals;
use crate::event::{AccountEvent, Body, Event};
use crate::instrument::{Instrument, Side};
use crate::num::{Bps, Money, Ratio};
use crate::saga::{RepairRules, SAGA_TIMER, Saga, SagaState};
use crate::strategies::spot_futures::sizing::Sizing;
use crate::strategies::spot_futures::{CARRY, REVERSE};
use crate::strategy::{Context, Intents, Level, Numbers, Setup, Strategy, Wake};
use crate::time::{Span, Ts};

/// The timer that ends a position's age.
const AGE_TIMER: u32 = SAGA_TIMER + 1;

/// Which leg is bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    LongSpot,
    ShortSpot,
}

impl Direction {
    const ALL: [Self; 2] = [Self::LongSpot, Self::ShortSpot];

    const fn spot_side(self) -> Side {
        match self {
            Self::LongSpot => Side::Buy,
            Self::ShortSpot => Side::Sell,
        }
    }

    /// What this side of the perpetual is to expect.
    const fn of(self, outlook: Outlook) -> Outlook {
        match self {
            Self::LongSpot => outlook,
            Self::ShortSpot => outlook.reversed(),
        }
    }

    const fn edge(self, signals: &CarrySignals) -> Option<Ratio> {
        match self {
            Self::LongSpot => signals.pair.carry(),
            Self::ShortSpot => signals.pair.reverse(),
        }
    }

    const fn signal(self) -> u8 {
        match self {
            Self::LongSpot => CARRY,
            Self::ShortSpot => REVERSE,
        }
    }
}

#[derive(Clone, Debug)]
struct Rules {
    sizing: Sizing,
    long_spot: bool,
    short_spot: bool,
    rates: u32,
    horizon: Span,
    count_edge: bool,
    /// Four taker fees and the slippage allowance.
    cost: Bps,
    min_net: Bps,
    exit: Bps,
    max_age: Option<Span>,
    max_skew: Span,
}

impl Rules {
    fn of(setup: &Setup<'_>) -> Self {
        let params = &setup.params;
        let direction = params.choice("direction").unwrap_or("long_spot");
        let fees = setup.taker_fees.iter();
        let allowance = params.bps("slippage_allowance_bps").unwrap_or_default();
        Self {
            sizing: Sizing::of(params),
            long_spot: direction != "short_spot",
            short_spot: direction != "long_spot",
            rates: params
                .integer("rates")
                .map_or(1, |rates| rates.clamp(1, 270) as u32),
            horizon: params.span("horizon").unwrap_or_default(),
            count_edge: params.choice("entry_edge") != Some("ignored"),
            cost: fees.fold(allowance, |cost, fee| cost + *fee + *fee),
            min_net: params.bps("min_net_bps").unwrap_or_default(),
            exit: params.bps("exit_bps").unwrap_or_default(),
            max_age: params.span("max_age"),
            max_skew: params.span("max_skew").unwrap_or_default(),
        }
    }

    const fn allows(&self, direction: Direction) -> bool {
        match direction {
            Direction::LongSpot => self.long_spot,
            Direction::ShortSpot => self.short_spot,
        }
    }
}

/// One carry.
#[derive(Clone, Debug)]
pub struct FundingCarry {
    spot: Instrument,
    futures: Instrument,
    rules: Rules,
    saga: Saga,
    direction: Direction,
    entered_at: Ts,
    /// The trip was hedged once, so that its end is a close.
    was_hedged: bool,
    /// What market event is worth a call.
    watch: Wake,
}

impl FundingCarry {
    /// From a set-up whose parameters were read by the card and whose legs belong together.
    pub(super) fn new(setup: &Setup<'_>) -> Self {
        let params = &setup.params;
        let repair = RepairRules {
            slippage: params.bps("repair.slippage_bps").unwrap_or_default(),
            attempts: params
                .integer("repair.attempts")
                .map_or(1, |attempts| attempts.clamp(1, 20) as u8),
            delay: params.span("repair.delay").unwrap_or_default(),
        };
        Self {
            spot: setup.names.instrument(setup.legs[0]).clone(),
            futures: setup.names.instrument(setup.legs[1]).clone(),
            rules: Rules::of(setup),
            saga: Saga::new(repair),
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
        if cx.signals.rates.are_stale(cx.now) {
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

    fn outlook(&self, cx: &Context<'_, CarrySignals>) -> Option<Outlook> {
        cx.signals
            .rates
            .outlook(self.rules.rates, self.rules.horizon)
    }

    /// True when the two tops are of moments too far apart to be one market: an edge between them may be but time.
    fn are_apart(&self, cx: &Context<'_, CarrySignals>) -> bool {
        let age = |instrument: &Instrument| cx.market.instrument(instrument.id).age(cx.now).nanos();
        age(&self.spot).abs_diff(age(&self.futures)) > self.rules.max_skew.nanos().unsigned_abs()
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
        match &event.body {
            Body::Order(news) => {
                self.saga.on_order(cx, news, out);
                self.after_order(cx, before, out);
            }
            Body::Timer(timer) if timer.id == SAGA_TIMER => {
                self.saga.on_timer(cx, out);
                self.after_order(cx, before, out);
            }
            Body::Account(AccountEvent::Liquidated { instrument, .. }) => {
                self.saga.on_liquidation(cx, *instrument, out);
                self.after_order(cx, before, out);
            }
            Body::Timer(_) if before == SagaState::Hedged => self.look_for_exit(cx, out),
            Body::Funding(rate) if rate.instrument == self.futures.id => self.on_market(cx, out),
            body => {
                let moves = body
                    .instrument()
                    .is_some_and(|leg| cx.market.instrument(leg).is_moved_by(body));
                if moves {
                    self.on_market(cx, out);
                }
            }
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
        if let Some(outlook) = self.outlook(cx) {
            self.explain_outlook(cx, outlook, numbers);
        }
        let rates = &cx.signals.rates;
        numbers.exact("rates_seen", Money::new(Decimal::from(rates.seen())));
        if let Some(rate) = rates.newest() {
            numbers.exact("newest_rate", rate);
        }
        numbers.exact("round_trip_cost_bps", bps(self.rules.cost));
        numbers.exact("min_net_bps", bps(self.rules.min_net));
        numbers.exact("exit_bps", bps(self.rules.exit));
        if self.saga.state() == SagaState::Hedged {
            numbers.exact(
                "age_s",
                Money::new(Decimal::new(cx.now.since(self.entered_at).nanos(), 9)),
            );
        }
    }
}

impl FundingCarry {
    /// What is expected of the direction that is held, or of the allowed one that earns by the mean rate.
    fn explain_outlook(
        &self,
        cx: &Context<'_, CarrySignals>,
        outlook: Outlook,
        numbers: &mut Numbers,
    ) {
        let direction = match self.saga.state() {
            SagaState::Flat if !self.rules.long_spot => Direction::ShortSpot,
            SagaState::Flat if self.rules.short_spot && outlook.to_bps_f64() < 0.0 => {
                Direction::ShortSpot
            }
            SagaState::Flat => Direction::LongSpot,
            _ => self.direction,
        };
        let expected = direction.of(outlook).to_bps_f64();
        numbers.signal("expected_funding_bps", expected);
        numbers.exact(
            "settlements",
            Money::new(Decimal::from(outlook.settlements())),
        );
        let Some(edge) = direction.edge(cx.signals).map(Ratio::to_bps_f64) else {
            return;
        };
        numbers.signal("edge_bps", edge);
        let counted = if self.rules.count_edge { edge } else { 0.0 };
        numbers.signal("net_bps", expected + counted - self.rules.cost.to_f64());
    }
}

fn bps(value: Bps) -> Money {
    Money::new(Decimal::new(value.millionths(), 6))
}
