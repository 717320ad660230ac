//! A strategy for the tests: rests one bid below the touch, counts its looks, and gives up when it is told to.

use onetape_core::command::{LegRole, LegTag, TimeInForce};
use onetape_core::event::Event;
use onetape_core::instrument::{InstrumentKind, Side};
use onetape_core::names::InstrumentId;
use onetape_core::num::Price;
use onetape_core::strategy::params::{LegPart, LegSpec, ParamKind, ParamSpec, Params, Presence};
use onetape_core::strategy::{
    Context, Intents, NoSignals, Numbers, OrderIntent, Setup, Solo, Strategy, StrategyCard,
    StrategySpec, Task,
};

static CARD: StrategyCard = StrategyCard {
    name: "rester",
    summary: "Rests one bid below the touch.",
    legs: &[LegSpec {
        name: "spot",
        part: LegPart::Always,
        kinds: &[InstrumentKind::Spot],
        doc: "Where it rests.",
    }],
    params: &[
        ParamSpec::new(
            "ticks",
            ParamKind::Integer,
            "ticks",
            Presence::Default("10"),
            "How far below the bid.",
        )
        .at_least("1")
        .at_most("100"),
        ParamSpec::new(
            "quantity",
            ParamKind::Quantity,
            "base units",
            Presence::Default("1"),
            "How much.",
        ),
        ParamSpec::new(
            "fails_below",
            ParamKind::Quantity,
            "quote units",
            Presence::Default("0"),
            "Gives up when the bid is below this.",
        ),
    ],
    one_of: &[],
    any_of: &[],
    reasons: &[],
    captures: |_| Vec::new(),
    rests_orders: true,
};

pub(crate) const SPEC: StrategySpec = StrategySpec { card: &CARD, build };

struct Rester {
    spot: InstrumentId,
    params: Params,
    looks: i64,
}

fn build(setup: &Setup<'_>) -> Result<Box<dyn Task>, String> {
    let rule = Rester {
        spot: setup.legs[0],
        params: setup.params.clone(),
        looks: 0,
    };
    Ok(Box::new(Solo::new(rule, setup.legs.clone())))
}

impl Strategy for Rester {
    type Signals = NoSignals;

    fn signals(&self) -> NoSignals {
        NoSignals
    }

    fn on_event(&mut self, cx: &Context<'_, NoSignals>, event: &Event, out: &mut Intents<'_>) {
        if !cx.market.is_moved_by(&event.body) {
            return;
        }
        self.looks += 1;
        let instrument = cx.names.instrument(self.spot);
        let Some(touch) = cx.market.instrument(self.spot).touch(Side::Sell) else {
            return;
        };
        let limit = self.params.decimal("fails_below").unwrap_or_default();
        if instrument.price_decimal(touch.price) < limit {
            return out.fail("bid_too_low");
        }
        let own = |task| move |order: &&onetape_core::order::Order| order.place.task == task;
        if cx
            .orders
            .alive_in(self.spot)
            .any(|order| own(out.task())(&order))
        {
            return;
        }
        let ticks = self.params.integer("ticks").unwrap_or_default();
        let quantity = self.params.decimal("quantity").unwrap_or_default();
        let placed = out.place(OrderIntent {
            instrument: self.spot,
            side: Side::Buy,
            qty: instrument.floor_qty(quantity),
            limit: Some(Price::new(touch.price.mantissa() - ticks)),
            time_in_force: TimeInForce::GoodTillCancelled,
            reduce_only: false,
            tag: LegTag {
                trip: 0,
                leg: 0,
                role: LegRole::Entry,
            },
        });
        if placed.is_some() {
            out.reason("resting");
        }
    }

    fn explain(&self, _: &Context<'_, NoSignals>, numbers: &mut Numbers) {
        numbers.signal("looks", self.looks as f64);
    }

    fn update(&mut self, params: &Params) -> Result<(), String> {
        self.params = params.clone();
        Ok(())
    }
}
