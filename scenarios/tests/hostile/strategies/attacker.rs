//! Asks for what limits forbid, over and over, and at the end for one order that they allow.

use onetape_core::command::LegRole;
use onetape_core::event::Event;
use onetape_core::instrument::Side;
use onetape_core::names::InstrumentId;
use onetape_core::num::{Price, Qty};
use onetape_core::strategy::{
    Context, Intents, NoSignals, OrderIntent, Setup, Solo, Strategy, StrategyCard, StrategySpec,
    Task,
};

/// Rounds of attacks.
pub(crate) const ROUNDS: usize = 20;

static CARD: StrategyCard = super::card(
    "attacker",
    &[
        ("attacking", "it asks for what is forbidden"),
        ("attacking_on", "it asks again"),
        ("through", "something forbidden was let through"),
        ("done", "its one allowed order was asked for"),
    ],
);

pub(crate) const SPEC: StrategySpec = StrategySpec { card: &CARD, build };

struct Attacker {
    legs: [InstrumentId; 2],
    rounds: usize,
}

fn build(setup: &Setup<'_>) -> Result<Box<dyn Task>, String> {
    let rule = Attacker {
        legs: [setup.legs[0], setup.legs[1]],
        rounds: 0,
    };
    Ok(Box::new(Solo::new(rule, setup.legs.clone())))
}

/// All that it tries, out of an order that would be allowed.
fn attacks(allowed: OrderIntent, other: InstrumentId) -> Vec<OrderIntent> {
    let price = allowed.limit.map_or(1, Price::mantissa);
    let of = |qty| OrderIntent {
        qty: Qty::new(qty),
        ..allowed
    };
    let at = |side, price| OrderIntent {
        side,
        limit: Some(Price::new(price)),
        ..allowed
    };
    vec![
        // What is not on the list.
        OrderIntent {
            instrument: other,
            ..allowed
        },
        // Too much, with and without a price, and as if it only closed something.
        of(allowed.qty.mantissa() * 1_000),
        OrderIntent {
            limit: None,
            ..of(allowed.qty.mantissa() * 1_000)
        },
        OrderIntent {
            reduce_only: true,
            ..of(allowed.qty.mantissa() * 1_000)
        },
        // No numbers of an order.
        of(-allowed.qty.mantissa()),
        of(0),
        of(i64::MIN),
        of(i64::MAX),
        at(Side::Buy, 0),
        at(Side::Buy, -price),
        // Any price.
        at(Side::Buy, price * 2),
        at(Side::Sell, price / 2 - price / 2 % 1_000),
    ]
}

impl Strategy for Attacker {
    type Signals = NoSignals;

    fn signals(&self) -> NoSignals {
        NoSignals
    }

    fn on_event(&mut self, cx: &Context<'_, NoSignals>, event: &Event, out: &mut Intents<'_>) {
        let is_market = self
            .legs
            .contains(&event.body.instrument().unwrap_or(InstrumentId(999)));
        let Some(allowed) = super::bid(cx, self.legs[0], 99) else {
            return;
        };
        if !is_market || self.rounds > ROUNDS || super::bid(cx, self.legs[1], 99).is_none() {
            return;
        }
        self.rounds += 1;
        if self.rounds > ROUNDS {
            out.place(allowed);
            out.reason("done");
            return;
        }
        out.reason(if self.rounds.is_multiple_of(2) {
            "attacking"
        } else {
            "attacking_on"
        });
        for mut intent in attacks(allowed, self.legs[1]) {
            for role in [
                LegRole::Entry,
                LegRole::Exit,
                LegRole::Repair,
                LegRole::Switch,
            ] {
                intent.tag.role = role;
                if out.place(intent).is_some() {
                    out.reason("through");
                }
            }
        }
    }
}
