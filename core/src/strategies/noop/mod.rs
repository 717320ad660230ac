//! Does nothing: the yardstick of what the machine itself costs.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::event::Event;
use crate::instrument::InstrumentKind;
use crate::state::{Loader, RestoreError, Saver};
use crate::strategy::params::{LegPart, LegSpec};
use crate::strategy::{
    Context, Intents, NoSignals, Setup, Solo, Strategy, StrategyCard, StrategySpec, Task,
};

const ANY: &[InstrumentKind] = &[
    InstrumentKind::Spot,
    InstrumentKind::Linear,
    InstrumentKind::Inverse,
];

static CARD: StrategyCard = StrategyCard {
    name: "noop",
    summary: "Watches two legs and never trades; measures the machine.",
    legs: &[
        LegSpec {
            name: "spot",
            part: LegPart::Always,
            kinds: ANY,
            doc: "The first instrument to watch.",
        },
        LegSpec {
            name: "futures",
            part: LegPart::Always,
            kinds: ANY,
            doc: "The second instrument to watch.",
        },
    ],
    params: &[],
    one_of: &[],
    any_of: &[],
    reasons: &[("watching", "it never trades")],
    captures: |_| Vec::new(),
    rests_orders: false,
};

/// The strategy as scenarios name it.
pub const SPEC: StrategySpec = StrategySpec { card: &CARD, build };

struct Noop;

impl Strategy for Noop {
    type Signals = NoSignals;

    fn signals(&self) -> NoSignals {
        NoSignals
    }

    fn ramps(&self) -> bool {
        true
    }

    fn on_event(&mut self, _: &Context<'_, NoSignals>, _: &Event, out: &mut Intents<'_>) {
        out.reason("watching");
    }

    fn save(&self, _: &mut Saver) {}

    fn restore(&mut self, _: &mut Loader<'_>) -> Result<(), RestoreError> {
        Ok(())
    }
}

fn build(setup: &Setup<'_>) -> Result<Box<dyn Task>, String> {
    Ok(Box::new(Solo::new(Noop, setup.legs.clone())))
}
