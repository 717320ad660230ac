//! Rests an order at each leg, and panics when both are taken: with words from its environment.

use onetape_core::event::{Body, Event, OrderEventKind};
use onetape_core::names::InstrumentId;
use onetape_core::strategy::{
    Context, Intents, NoSignals, Setup, Solo, Strategy, StrategyCard, StrategySpec, Task,
};

/// Where its words are.
pub(crate) const WORDS: &str = "ONETAPE_HOSTILE_WORDS";

static CARD: StrategyCard = super::card("panicking", &[("resting", "its orders are out")]);

pub(crate) const SPEC: StrategySpec = StrategySpec { card: &CARD, build };

struct Panicking {
    legs: [InstrumentId; 2],
    placed: usize,
    taken: usize,
}

fn build(setup: &Setup<'_>) -> Result<Box<dyn Task>, String> {
    let rule = Panicking {
        legs: [setup.legs[0], setup.legs[1]],
        placed: 0,
        taken: 0,
    };
    Ok(Box::new(Solo::new(rule, setup.legs.clone())))
}

impl Strategy for Panicking {
    type Signals = NoSignals;

    fn signals(&self) -> NoSignals {
        NoSignals
    }

    fn on_event(&mut self, cx: &Context<'_, NoSignals>, event: &Event, out: &mut Intents<'_>) {
        if let Body::Order(news) = &event.body {
            self.taken += usize::from(news.kind == OrderEventKind::Accepted);
        }
        if self.taken == self.legs.len() {
            panic!("{}", std::env::var(WORDS).unwrap_or_default());
        }
        let next = self.legs.get(self.placed).copied();
        let intent = next.and_then(|id| super::bid(cx, id, 80));
        if intent.is_some_and(|intent| out.place(intent).is_some()) {
            self.placed += 1;
            out.reason("resting");
        }
    }
}
