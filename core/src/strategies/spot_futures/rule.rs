//! The opportunity rule: when to enter, when to leave.

use rust_decimal::Decimal;

use super::formulas::RoundTrip;
use super::signals::{CARRY, PairSignals, REVERSE};
use super::sizing::Sizing;
use crate::event::{AccountEvent, Body, Event};
use crate::instrument::{Instrument, Side};
use crate::num::{Bps, Money, Ratio};
use crate::saga::{Leg, RepairRules, SAGA_TIMER, Saga, SagaState};
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
    const fn spot_side(self) -> Side {
        match self {
            Self::LongSpot => Side::Buy,
            Self::ShortSpot => Side::Sell,
        }
    }

    /// The edge of entering; the edge of closing is the other direction's.
    const fn edge(self, signals: &PairSignals) -> Option<Ratio> {
        match self {
            Self::LongSpot => signals.carry(),
            Self::ShortSpot => signals.reverse(),
        }
    }

    const fn opposite(self) -> Self {
        match self {
            Self::LongSpot => Self::ShortSpot,
            Self::ShortSpot => Self::LongSpot,
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
    min_entry_edge: Bps,
    exit_edge: Option<Bps>,
    exit_profit: Option<Bps>,
    max_age: Option<Span>,
}

/// One spot-futures pair.
#[derive(Clone, Debug)]
pub struct SpotFutures {
    spot: Instrument,
    futures: Instrument,
    fees: [f64; 2],
    rules: Rules,
    saga: Saga,
    direction: Direction,
    entered_at: Ts,
    /// When it looked last no edge sufficed, to enter or to leave, so only an edge is worth waking for.
    idle: bool,
}

impl SpotFutures {
    /// From a set-up whose parameters were read by the card and whose legs belong together.
    pub(super) fn new(setup: &Setup<'_>) -> Self {
        let params = &setup.params;
        let direction = params.choice("direction").unwrap_or("both");
        let rules = Rules {
            sizing: Sizing::of(params),
            long_spot: direction != "short_spot",
            short_spot: direction != "long_spot",
            min_entry_edge: params.bps("min_entry_edge_bps").unwrap_or_default(),
            exit_edge: params.bps("exit.edge_bps"),
            exit_profit: params.bps("exit.profit_bps"),
            max_age: params.span("exit.max_age"),
        };
        let repair = RepairRules {
            slippage: params.bps("repair.slippage_bps").unwrap_or_default(),
            attempts: params
                .integer("repair.attempts")
                .map_or(1, |attempts| attempts.clamp(1, 20) as u8),
            delay: params.span("repair.delay").unwrap_or_default(),
        };
        let fee = |leg: usize| setup.taker_fees[leg].to_f64() / 10_000.0;
        Self {
            spot: setup.names.instrument(setup.legs[0]).clone(),
            futures: setup.names.instrument(setup.legs[1]).clone(),
            fees: [fee(0), fee(1)],
            rules,
            saga: Saga::new(repair),
            direction: Direction::LongSpot,
            entered_at: Ts::default(),
            idle: false,
        }
    }

    fn on_market(&mut self, cx: &Context<'_, PairSignals>, out: &mut Intents<'_>) {
        match self.saga.state() {
            SagaState::Flat => self.look_for_entry(cx, out),
            SagaState::Hedged => self.look_for_exit(cx, out),
            SagaState::LegsSent | SagaState::Repairing | SagaState::Quarantined => {}
        }
    }

    fn look_for_entry(&mut self, cx: &Context<'_, PairSignals>, out: &mut Intents<'_>) {
        self.idle = false;
        let wanted = [
            (self.rules.long_spot, Direction::LongSpot),
            (self.rules.short_spot, Direction::ShortSpot),
        ];
        let mut ready = false;
        for (_, direction) in wanted.into_iter().filter(|(allowed, _)| *allowed) {
            let Some(edge) = direction.edge(cx.signals) else {
                continue;
            };
            ready = true;
            if edge.reaches(self.rules.min_entry_edge) {
                return self.enter(cx, direction, out);
            }
        }
        // Edges that are there again are an alarm.
        self.idle = true;
        out.reason(if ready {
            "edge_below_entry"
        } else {
            "book_not_ready"
        });
    }

    fn enter(
        &mut self,
        cx: &Context<'_, PairSignals>,
        direction: Direction,
        out: &mut Intents<'_>,
    ) {
        let sides = [direction.spot_side(), direction.spot_side().opposite()];
        let legs = [(&self.spot, sides[0]), (&self.futures, sides[1])];
        let Some(plans) = self.rules.sizing.plan(cx, legs) else {
            return out.reason("size_below_minimum");
        };
        if !self.saga.enter(&plans, out) {
            return out.reason("entry_refused");
        }
        self.direction = direction;
        out.reason(match direction {
            Direction::LongSpot => "enter_long_spot",
            Direction::ShortSpot => "enter_short_spot",
        });
    }

    fn look_for_exit(&mut self, cx: &Context<'_, PairSignals>, out: &mut Intents<'_>) {
        let reason = self.exit_reason(cx);
        self.idle = reason.is_none();
        let Some(reason) = reason else {
            return out.reason("holding");
        };
        let left = self.saga.exit(cx, self.rules.sizing.max_slippage, out);
        out.reason(if left { reason } else { "exit_refused" });
    }

    fn exit_reason(&self, cx: &Context<'_, PairSignals>) -> Option<&'static str> {
        let edge = self.direction.opposite().edge(cx.signals);
        if self
            .rules
            .exit_edge
            .is_some_and(|least| edge.is_some_and(|edge| edge.reaches(least)))
        {
            return Some("exit_edge");
        }
        let profit = self.rules.exit_profit.zip(self.net_pct(cx));
        if profit.is_some_and(|(least, net)| net * 100.0 >= least.to_f64()) {
            return Some("exit_profit");
        }
        self.rules
            .max_age
            .is_some_and(|limit| cx.now.since(self.entered_at) >= limit)
            .then_some("exit_age")
    }

    /// What closing at the touch would net, in percent of the long leg's outlay.
    fn net_pct(&self, cx: &Context<'_, PairSignals>) -> Option<f64> {
        let [spot, futures] = self.saga.legs() else {
            return None;
        };
        let (spot, futures) = (
            (spot, &self.spot, self.fees[0]),
            (futures, &self.futures, self.fees[1]),
        );
        let (long, short) = match self.direction {
            Direction::LongSpot => (spot, futures),
            Direction::ShortSpot => (futures, spot),
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
        let was_open = matches!(
            out.reason_in_force(),
            "exit_edge" | "exit_profit" | "exit_age"
        );
        match self.saga.state() {
            SagaState::Hedged if before != SagaState::Hedged => {
                self.entered_at = cx.now;
                if let Some(limit) = self.rules.max_age {
                    out.wake_at(cx.now + limit, AGE_TIMER);
                }
                out.reason("holding");
            }
            SagaState::Flat if before != SagaState::Flat => {
                let traded = was_open
                    || self
                        .saga
                        .legs()
                        .iter()
                        .any(|leg| !leg.position.realised.is_zero());
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

/// A hair below a threshold: floats only say when to look, the exact comparison decides.
pub(in crate::strategies) fn just_below(threshold: Bps) -> f64 {
    let threshold = threshold.to_f64();
    threshold - 1e-6 - threshold.abs() * 1e-9
}

impl SpotFutures {
    fn wake_to_enter(&self) -> Wake {
        let level = just_below(self.rules.min_entry_edge);
        let mut wake = Wake::OWN;
        for (allowed, direction) in [
            (self.rules.long_spot, Direction::LongSpot),
            (self.rules.short_spot, Direction::ShortSpot),
        ] {
            if allowed {
                wake = wake.level(Level::AtOrAbove(direction.signal(), level));
            }
        }
        wake
    }

    fn wake_to_leave(&self) -> Wake {
        let signal = self.direction.opposite().signal();
        let edge = self.rules.exit_edge.map(just_below);
        let wake = edge.map_or(Wake::OWN, |edge| {
            Wake::OWN.level(Level::AtOrAbove(signal, edge))
        });
        match self.rules.max_age {
            Some(limit) => wake.at(self.entered_at + limit),
            None => wake,
        }
    }
}

impl Strategy for SpotFutures {
    type Signals = PairSignals;

    fn signals(&self) -> PairSignals {
        PairSignals::new(&self.spot, &self.futures)
    }

    fn on_event(&mut self, cx: &Context<'_, PairSignals>, event: &Event, out: &mut Intents<'_>) {
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
            SagaState::Flat if self.idle => self.wake_to_enter(),
            // A profit moves with every touch.
            SagaState::Hedged if self.idle && self.rules.exit_profit.is_none() => {
                self.wake_to_leave()
            }
            SagaState::Flat | SagaState::Hedged => Wake::ALWAYS,
            // The saga acts on its orders and its timers alone.
            SagaState::LegsSent | SagaState::Repairing | SagaState::Quarantined => Wake::OWN,
        }
    }

    fn explain(&self, cx: &Context<'_, PairSignals>, numbers: &mut Numbers) {
        for (name, edge) in [
            ("carry_edge_bps", cx.signals.carry()),
            ("reverse_edge_bps", cx.signals.reverse()),
        ] {
            if let Some(edge) = edge {
                numbers.signal(name, edge.to_bps_f64());
            }
        }
        numbers.exact("min_entry_edge_bps", bps(self.rules.min_entry_edge));
        if let Some(edge) = self.rules.exit_edge {
            numbers.exact("exit_edge_bps", bps(edge));
        }
        let tops = [
            (
                &self.spot,
                ["spot_bid", "spot_ask", "spot_bid_qty", "spot_ask_qty"],
            ),
            (
                &self.futures,
                [
                    "futures_bid",
                    "futures_ask",
                    "futures_bid_qty",
                    "futures_ask_qty",
                ],
            ),
        ];
        for (instrument, names) in tops {
            let Some(top) = cx.market.instrument(instrument.id).top() else {
                continue;
            };
            numbers.exact(
                names[0],
                Money::new(instrument.price_decimal(top.bid.price)),
            );
            numbers.exact(
                names[1],
                Money::new(instrument.price_decimal(top.ask.price)),
            );
            numbers.exact(names[2], Money::new(instrument.qty_decimal(top.bid.qty)));
            numbers.exact(names[3], Money::new(instrument.qty_decimal(top.ask.qty)));
        }
        if self.saga.state() == SagaState::Hedged {
            if let Some(net) = self.net_pct(cx) {
                numbers.signal("net_if_closed_bps", net * 100.0);
            }
            numbers.exact(
                "age_s",
                Money::new(Decimal::new(cx.now.since(self.entered_at).nanos(), 9)),
            );
        }
    }
}

fn bps(value: Bps) -> Money {
    Money::new(Decimal::new(value.millionths(), 6))
}
