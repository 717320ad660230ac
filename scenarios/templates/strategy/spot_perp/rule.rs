//! my_rule: buys spot and sells the perpetual when the perpetual has been dear for a while, closes when it no longer is.

use onetape_core::event::Event;
use onetape_core::instrument::{Instrument, InstrumentKind, Side};
use onetape_core::num::{Bps, Qty};
use onetape_core::saga::{LegPlan, RepairRules, Saga, SagaState, marketable_limit};
use onetape_core::state::{Loader, RestoreError, Saver, State};
use onetape_core::strategy::params::{Capture, LegPart, LegSpec, ParamKind, ParamSpec, Presence};
use onetape_core::strategy::{
    Context, Intents, NoSignals, Numbers, Params, Setup, Solo, Strategy, StrategyCard,
    StrategySpec, Task,
};
use onetape_core::task::Standing;
use onetape_core::time::{Span, Ts};

/// What scenarios can say to it. A sweep varies within the ranges that stand here.
static CARD: StrategyCard = StrategyCard {
    name: "my_rule",
    summary: "Buys spot and sells the perpetual when that has been dear for a while.",
    legs: &[
        LegSpec {
            name: "spot",
            part: LegPart::Always,
            kinds: &[InstrumentKind::Spot],
            doc: "What is bought.",
        },
        LegSpec {
            name: "perp",
            part: LegPart::Always,
            kinds: &[InstrumentKind::Linear],
            doc: "What is sold against it.",
        },
    ],
    params: &[
        ParamSpec::new(
            "quantity",
            ParamKind::Quantity,
            "base units",
            Presence::Default("0.01"),
            "Size of each leg.",
        )
        .at_least("0.0001")
        .at_most("10"),
        ParamSpec::new(
            "min_entry_edge_bps",
            ParamKind::Bps,
            "bps of the spot ask",
            Presence::Default("36"),
            "Enters when (perpetual bid - spot ask) / spot ask is at least this.",
        )
        .at_least("0")
        .at_most("1000"),
        ParamSpec::new(
            "exit.edge_bps",
            ParamKind::Bps,
            "bps of the perpetual ask",
            Presence::Default("1"),
            "Closes when (spot bid - perpetual ask) / perpetual ask is at least this.",
        )
        .at_least("-1000")
        .at_most("1000"),
        ParamSpec::new(
            "exit.max_age",
            ParamKind::Span,
            "",
            Presence::Default("30s"),
            "Closes a position that is this old.",
        )
        .at_least("1ms")
        .at_most("30d"),
        ParamSpec::new(
            "confirm",
            ParamKind::Span,
            "",
            Presence::Default("0ms"),
            "How long the edge must have stood before it is believed.",
        )
        .at_least("0ms")
        .at_most("1h"),
        ParamSpec::new(
            "cool_down",
            ParamKind::Span,
            "",
            Presence::Default("1s"),
            "How long nothing is entered after a round trip.",
        )
        .at_least("0ms")
        .at_most("1d"),
        ParamSpec::new(
            "max_slippage_bps",
            ParamKind::Bps,
            "bps of the touch",
            Presence::Default("5"),
            "How far beyond the touch an order may trade.",
        )
        .at_least("0")
        .at_most("100"),
    ],
    one_of: &[],
    any_of: &[],
    reasons: &[
        ("starting", "nothing was seen yet"),
        ("watching", "the edge is below min_entry_edge_bps"),
        ("confirming", "the edge suffices, but not for long enough yet"),
        ("trading", "orders are out, or the legs are being mended"),
        ("holding", "the legs balance"),
        ("cooling", "a round trip ended a moment ago"),
        ("quarantined", "the legs cannot be balanced; a person is needed"),
    ],
    captures,
    rests_orders: false,
};

/// The strategy as scenarios name it.
pub const SPEC: StrategySpec = StrategySpec { card: &CARD, build };

/// What a round trip takes before fees: a scenario that cannot pay its fees is refused.
fn captures(params: &Params) -> Vec<Capture> {
    let capture = || {
        Some(Capture {
            entry: "min_entry_edge_bps",
            entry_bps: params.bps("min_entry_edge_bps")?,
            exit: "exit.edge_bps",
            exit_bps: params.bps("exit.edge_bps")?,
            after_costs: false,
        })
    };
    capture().into_iter().collect()
}

/// The parameters, typed.
#[derive(Clone, Copy, Debug)]
struct Settings {
    entry_edge: f64,
    exit_edge: f64,
    max_age: Span,
    confirm: Span,
    cool_down: Span,
    max_slippage: Bps,
    /// The same amount in each leg's own lots.
    quantities: [Qty; 2],
}

impl Settings {
    fn of(params: &Params, legs: &[Instrument; 2]) -> Self {
        let bps = |name| params.bps(name).unwrap_or_default();
        let span = |name| params.span(name).unwrap_or_default();
        let mut quantity = params.decimal("quantity").unwrap_or_default();
        for leg in legs {
            quantity = leg.qty_decimal(leg.floor_lots(leg.floor_qty(quantity)));
        }
        Self {
            entry_edge: bps("min_entry_edge_bps").to_f64(),
            exit_edge: bps("exit.edge_bps").to_f64(),
            max_age: span("exit.max_age"),
            confirm: span("confirm"),
            cool_down: span("cool_down"),
            max_slippage: bps("max_slippage_bps"),
            quantities: [0, 1].map(|at: usize| legs[at].floor_qty(quantity)),
        }
    }
}

/// Where it stands: its own states, over those of the saga that owns its legs.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// Looks for an edge.
    Watching,
    /// There is one since then.
    Confirming { since: Ts },
    /// Orders are out, to enter, to leave or to mend.
    Trading,
    /// In balance since then.
    Holding { since: Ts },
    /// Does nothing until then.
    Cooling { until: Ts },
    /// A person is needed.
    Quarantined,
}

onetape_core::value!(enum Phase { Watching, Confirming { since }, Trading, Holding { since }, Cooling { until }, Quarantined });

impl Phase {
    const fn reason(self) -> &'static str {
        match self {
            Self::Watching => "watching",
            Self::Confirming { .. } => "confirming",
            Self::Trading => "trading",
            Self::Holding { .. } => "holding",
            Self::Cooling { .. } => "cooling",
            Self::Quarantined => "quarantined",
        }
    }
}

struct Rule {
    legs: [Instrument; 2],
    settings: Settings,
    saga: Saga,
    phase: Phase,
}

// What a restart goes on with. A field that is in neither list does not compile.
onetape_core::state!(Rule { saga, phase } fixed { legs, settings });

fn build(setup: &Setup<'_>) -> Result<Box<dyn Task>, String> {
    let legs = [0, 1].map(|at| setup.names.instrument(setup.legs[at]).clone());
    if legs[0].base != legs[1].base {
        return Err(format!(
            "{} and {} are in different coins; name legs in the same one",
            legs[0].name, legs[1].name
        ));
    }
    let settings = Settings::of(&setup.params, &legs);
    let rule = Rule {
        saga: Saga::new(RepairRules {
            slippage: settings.max_slippage,
            attempts: 3,
            delay: Span::from_nanos(100_000_000),
        }),
        legs,
        settings,
        phase: Phase::Watching,
    };
    Ok(Box::new(Solo::new(rule, setup.legs.clone())))
}

impl Rule {
    /// `(bid of the sold leg - ask of the bought leg) / that ask` in basis points; none without live books.
    fn edge(&self, cx: &Context<'_, NoSignals>, bought: usize, sold: usize) -> Option<f64> {
        let touch = |at: usize, side| {
            let leg = &self.legs[at];
            let touch = cx.market.instrument(leg.id).touch(side)?;
            leg.price_decimal(touch.price).try_into().ok()
        };
        let (ask, bid): (f64, f64) = (touch(bought, Side::Buy)?, touch(sold, Side::Sell)?);
        Some((bid - ask) / ask * 10_000.0)
    }

    fn look_for_entry(
        &mut self,
        cx: &Context<'_, NoSignals>,
        out: &mut Intents<'_>,
    ) -> Option<Phase> {
        if self.edge(cx, 0, 1)? < self.settings.entry_edge {
            return Some(Phase::Watching);
        }
        let since = match self.phase {
            Phase::Confirming { since } => since,
            _ => cx.now,
        };
        if cx.now.since(since) < self.settings.confirm {
            return Some(Phase::Confirming { since });
        }
        let quantities = self.quantities(cx);
        let plan = |at: usize, side| {
            let instrument = self.legs[at].id;
            Some(LegPlan {
                instrument,
                side,
                qty: quantities[at],
                limit: marketable_limit(cx, instrument, side, self.settings.max_slippage)?,
            })
        };
        let plans = [plan(0, Side::Buy)?, plan(1, Side::Sell)?];
        let sent = self.saga.enter(&plans, out);
        Some(if sent { Phase::Trading } else { self.phase })
    }

    /// No more than the ramp of a live run allows: it begins with one lot.
    fn quantities(&self, cx: &Context<'_, NoSignals>) -> [Qty; 2] {
        let most = cx.most_base(&[self.legs[0].id, self.legs[1].id]);
        [0, 1].map(|at: usize| {
            let (leg, whole) = (&self.legs[at], self.settings.quantities[at]);
            if leg.qty_decimal(whole) <= most {
                whole
            } else {
                leg.floor_qty(most)
            }
        })
    }

    fn look_for_exit(&mut self, cx: &Context<'_, NoSignals>, out: &mut Intents<'_>, since: Ts) {
        let old = cx.now.since(since) >= self.settings.max_age;
        let earns = self.edge(cx, 1, 0);
        let earns = earns.is_some_and(|edge| edge >= self.settings.exit_edge);
        if (old || earns) && self.saga.exit(cx, self.settings.max_slippage, out) {
            self.phase = Phase::Trading;
        }
    }

    /// The phase that the saga's state leads to.
    fn after_news(&self, cx: &Context<'_, NoSignals>) -> Phase {
        match (self.saga.state(), self.phase) {
            (SagaState::Hedged, Phase::Holding { since }) => Phase::Holding { since },
            (SagaState::Hedged, _) => Phase::Holding { since: cx.now },
            (SagaState::Flat, Phase::Trading | Phase::Holding { .. }) => Phase::Cooling {
                until: cx.now + self.settings.cool_down,
            },
            (SagaState::Flat, phase) => phase,
            (SagaState::Quarantined, _) => Phase::Quarantined,
            _ => Phase::Trading,
        }
    }

    fn on_market(&mut self, cx: &Context<'_, NoSignals>, out: &mut Intents<'_>) {
        if matches!(self.phase, Phase::Cooling { until } if cx.now >= until) {
            self.phase = Phase::Watching;
        }
        match self.phase {
            Phase::Watching | Phase::Confirming { .. } => {
                self.phase = self.look_for_entry(cx, out).unwrap_or(Phase::Watching);
            }
            Phase::Holding { since } => self.look_for_exit(cx, out, since),
            Phase::Trading | Phase::Cooling { .. } | Phase::Quarantined => {}
        }
    }
}

impl Strategy for Rule {
    type Signals = NoSignals;

    fn signals(&self) -> NoSignals {
        NoSignals
    }

    fn on_event(&mut self, cx: &Context<'_, NoSignals>, event: &Event, out: &mut Intents<'_>) {
        if self.saga.on_news(cx, &event.body, out) {
            self.phase = self.after_news(cx);
        } else if cx.market.is_moved_by(&event.body) {
            self.on_market(cx, out);
        } else {
            return;
        }
        out.reason(self.phase.reason());
    }

    fn explain(&self, cx: &Context<'_, NoSignals>, numbers: &mut Numbers) {
        for (name, bought, sold) in [("entry_edge_bps", 0, 1), ("exit_edge_bps", 1, 0)] {
            if let Some(edge) = self.edge(cx, bought, sold) {
                numbers.signal(name, edge);
            }
        }
        let since = match self.phase {
            Phase::Confirming { since } | Phase::Holding { since } => since,
            _ => return,
        };
        numbers.signal("phase_s", cx.now.since(since).nanos() as f64 / 1e9);
    }

    /// What the saga is at: a task that pauses or stops waits until its legs balance.
    fn ramps(&self) -> bool {
        true
    }

    fn standing(&self) -> Standing {
        self.saga.standing()
    }

    /// Other parameters while it runs: what it holds and knows stays.
    fn update(&mut self, params: &Params) -> Result<(), String> {
        self.settings = Settings::of(params, &self.legs);
        Ok(())
    }

    /// Closes both legs, because the task is stopped.
    fn unwind(&mut self, cx: &Context<'_, NoSignals>, out: &mut Intents<'_>) {
        if self.saga.exit(cx, self.settings.max_slippage, out) {
            self.phase = Phase::Trading;
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
    use onetape_core::task::{Ending, TaskAction};

    use super::*;

    const GIVEN: [(&str, &str); 4] = [
        ("quantity", "0.5"),
        ("min_entry_edge_bps", "30"),
        ("confirm", "10ms"),
        ("cool_down", "1s"),
    ];

    #[test]
    fn an_edge_is_confirmed_traded_and_closed() -> Result<(), String> {
        let mut stage = Stage::new(&SPEC, &GIVEN)?;
        stage.quote("spot", "99.99", "100.00")?;
        stage.quote("perp", "100.50", "100.51")?;
        assert_eq!(stage.reason(), "confirming");
        stage.pass(Span::from_nanos(20_000_000));
        stage.quote("perp", "100.50", "100.51")?;
        assert_eq!((stage.reason(), stage.alive().len()), ("trading".into(), 2));
        stage.restart()?;
        stage.fill();
        assert_eq!(stage.reason(), "holding");
        stage.restart()?;
        assert_eq!(stage.position("spot"), "0.5".parse().ok());
        assert_eq!(stage.position("perp"), "-0.5".parse().ok());
        stage.quote("perp", "99.90", "99.91")?;
        stage.fill();
        assert_eq!(stage.reason(), "cooling");
        assert_eq!(stage.position("perp"), "0".parse().ok());
        Ok(())
    }

    #[test]
    fn a_stop_closes_what_is_held() -> Result<(), String> {
        let mut stage = Stage::new(&SPEC, &GIVEN[..2])?;
        stage.quote("spot", "99.99", "100.00")?;
        stage.quote("perp", "100.50", "100.51")?;
        stage.fill();
        stage.order(Some(0), TaskAction::Stop(Ending::Unwind));
        stage.fill();
        assert_eq!(stage.reason(), "task_done");
        assert_eq!(stage.position("spot"), "0".parse().ok());
        Ok(())
    }

    #[test]
    fn an_edge_that_goes_is_not_traded() -> Result<(), String> {
        let mut stage = Stage::new(&SPEC, &GIVEN)?;
        stage.quote("spot", "99.99", "100.00")?;
        stage.quote("perp", "100.50", "100.51")?;
        stage.quote("perp", "100.00", "100.01")?;
        assert_eq!((stage.reason(), stage.alive().len()), ("watching".into(), 0));
        Ok(())
    }
}
