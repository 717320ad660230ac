//! my_rule: waits a while after the first price, buys once, and is done.

use onetape_core::command::{LegRole, LegTag, TimeInForce};
use onetape_core::event::{Body, Event};
use onetape_core::instrument::{InstrumentKind, Side};
use onetape_core::names::InstrumentId;
use onetape_core::num::{Bps, Qty};
use onetape_core::saga::marketable_limit;
use onetape_core::state::{Loader, RestoreError, Saver, State};
use onetape_core::strategy::params::{LegPart, LegSpec, ParamKind, ParamSpec, Presence};
use onetape_core::strategy::{
    Context, Intents, NoSignals, Numbers, OrderIntent, Setup, Solo, Strategy, StrategyCard,
    StrategySpec, Task,
};
use onetape_core::time::{Span, Ts};

/// What scenarios can say to it.
static CARD: StrategyCard = StrategyCard {
    name: "my_rule",
    summary: "Waits, buys once, and is done.",
    legs: &[LegSpec {
        name: "instrument",
        part: LegPart::Always,
        kinds: &[InstrumentKind::Spot, InstrumentKind::Linear],
        doc: "What is bought.",
    }],
    params: &[
        ParamSpec::new(
            "quantity",
            ParamKind::Quantity,
            "base units",
            Presence::Default("0.001"),
            "How much is bought.",
        )
        .at_least("0.0001")
        .at_most("10"),
        ParamSpec::new(
            "wait",
            ParamKind::Span,
            "",
            Presence::Default("10s"),
            "How long it waits after the first price.",
        )
        .at_least("0ms")
        .at_most("1d"),
        ParamSpec::new(
            "max_slippage_bps",
            ParamKind::Bps,
            "bps of the touch",
            Presence::Default("5"),
            "How far beyond the touch the order may trade.",
        )
        .at_least("0")
        .at_most("100"),
    ],
    one_of: &[],
    any_of: &[],
    reasons: &[
        ("starting", "there was no price yet"),
        ("waiting", "the wait is not over"),
        ("buying", "the order is out"),
        ("bought", "it traded, wholly or in part"),
        ("missed", "the order traded nothing, or the gate refused it"),
    ],
    captures: |_| Vec::new(),
    rests_orders: false,
};

/// The strategy as scenarios name it.
pub const SPEC: StrategySpec = StrategySpec { card: &CARD, build };

/// The parameters, typed.
#[derive(Clone, Copy, Debug)]
struct Settings {
    quantity: Qty,
    wait: Span,
    max_slippage: Bps,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// There was no price yet.
    Starting,
    /// Until then.
    Waiting { until: Ts },
    /// The order is out.
    Buying,
    /// It traded.
    Bought,
    /// It did not.
    Missed,
}

onetape_core::value!(enum Phase { Starting, Waiting { until }, Buying, Bought, Missed });

impl Phase {
    const fn reason(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Waiting { .. } => "waiting",
            Self::Buying => "buying",
            Self::Bought => "bought",
            Self::Missed => "missed",
        }
    }
}

struct Rule {
    instrument: InstrumentId,
    settings: Settings,
    phase: Phase,
}

// What a restart goes on with. A field that is in neither list does not compile.
onetape_core::state!(Rule { phase } fixed { instrument, settings });

fn build(setup: &Setup<'_>) -> Result<Box<dyn Task>, String> {
    let (instrument, params) = (setup.legs[0], &setup.params);
    let quantity = params.decimal("quantity").unwrap_or_default();
    let rule = Rule {
        instrument,
        settings: Settings {
            quantity: setup.names.instrument(instrument).floor_qty(quantity),
            wait: params.span("wait").unwrap_or_default(),
            max_slippage: params.bps("max_slippage_bps").unwrap_or_default(),
        },
        phase: Phase::Starting,
    };
    Ok(Box::new(Solo::new(rule, setup.legs.clone())))
}

impl Rule {
    /// Sends the order; the phase that follows.
    fn buy(&self, cx: &Context<'_, NoSignals>, out: &mut Intents<'_>) -> Phase {
        let slippage = self.settings.max_slippage;
        let Some(limit) = marketable_limit(cx, self.instrument, Side::Buy, slippage) else {
            return self.phase;
        };
        let sent = out.place(OrderIntent {
            instrument: self.instrument,
            side: Side::Buy,
            qty: self.settings.quantity,
            limit: Some(limit),
            time_in_force: TimeInForce::ImmediateOrCancel,
            reduce_only: false,
            tag: LegTag {
                trip: 1,
                leg: 0,
                role: LegRole::Entry,
            },
        });
        sent.map_or(Phase::Missed, |_| Phase::Buying)
    }

    /// What the order's news leads to.
    fn after_order(&self, cx: &Context<'_, NoSignals>) -> Phase {
        if cx.orders.alive_in(self.instrument).next().is_some() {
            return Phase::Buying;
        }
        if cx.positions[self.instrument.index()].qty.is_zero() {
            Phase::Missed
        } else {
            Phase::Bought
        }
    }
}

impl Strategy for Rule {
    type Signals = NoSignals;

    fn signals(&self) -> NoSignals {
        NoSignals
    }

    fn on_event(&mut self, cx: &Context<'_, NoSignals>, event: &Event, out: &mut Intents<'_>) {
        self.phase = match (self.phase, &event.body) {
            (Phase::Starting, body) if cx.market.is_moved_by(body) => Phase::Waiting {
                until: cx.now + self.settings.wait,
            },
            (Phase::Waiting { until }, body) if cx.market.is_moved_by(body) && cx.now >= until => {
                self.buy(cx, out)
            }
            (Phase::Buying, Body::Order(_)) => self.after_order(cx),
            (phase, _) => phase,
        };
        out.reason(self.phase.reason());
    }

    fn explain(&self, cx: &Context<'_, NoSignals>, numbers: &mut Numbers) {
        if let Phase::Waiting { until } = self.phase {
            numbers.signal("wait_left_s", until.since(cx.now).nanos() as f64 / 1e9);
        }
    }

    /// For snapshots: what it holds and knows, without what it is made from.
    fn save(&self, out: &mut Saver) {
        State::save(self, out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        State::restore(self, from)
    }
}

#[cfg(test)]
mod tests {
    use onetape_core::strategy::stage::Stage;

    use super::*;

    #[test]
    fn waits_and_buys_once() -> Result<(), String> {
        let mut stage = Stage::new(&SPEC, &[("quantity", "0.5"), ("wait", "10s")])?;
        stage.quote("instrument", "99.99", "100.00")?;
        assert_eq!(stage.reason(), "waiting");
        stage.restart()?;
        stage.pass(Span::from_nanos(11_000_000_000));
        stage.quote("instrument", "99.99", "100.00")?;
        assert_eq!(stage.reason(), "buying");
        stage.fill();
        stage.quote("instrument", "99.99", "100.00")?;
        assert_eq!(stage.reason(), "bought");
        assert_eq!(stage.position("instrument"), "0.5".parse().ok());
        Ok(())
    }

    #[test]
    fn an_order_that_trades_nothing_is_missed() -> Result<(), String> {
        let mut stage = Stage::new(&SPEC, &[("wait", "0ms")])?;
        stage.quote("instrument", "99.99", "100.00")?;
        stage.quote("instrument", "99.99", "100.00")?;
        stage.expire();
        assert_eq!(stage.reason(), "missed");
        Ok(())
    }
}
