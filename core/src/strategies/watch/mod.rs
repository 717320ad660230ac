//! Follows one instrument and never trades: the yardstick of what reading and following a tape costs.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::event::Event;
use crate::instrument::InstrumentKind;
use crate::state::{Loader, RestoreError, Saver};
use crate::strategy::params::{LegPart, LegSpec};
use crate::strategy::{
    Context, Intents, NoSignals, Setup, Solo, Strategy, StrategyCard, StrategySpec, Task, Wake,
};

static CARD: StrategyCard = StrategyCard {
    name: "watch",
    summary: "Follows one instrument, sleeps through its events and never trades; measures the machine.",
    legs: &[LegSpec {
        name: "instrument",
        part: LegPart::Always,
        kinds: &[
            InstrumentKind::Spot,
            InstrumentKind::Linear,
            InstrumentKind::Inverse,
        ],
        doc: "What is followed.",
    }],
    params: &[],
    one_of: &[],
    any_of: &[],
    reasons: &[
        ("starting", "nothing was seen yet"),
        ("watching", "it never trades"),
    ],
    captures: |_| Vec::new(),
    rests_orders: false,
};

/// The strategy as scenarios name it.
pub const SPEC: StrategySpec = StrategySpec { card: &CARD, build };

struct Watch;

impl Strategy for Watch {
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

    fn wake(&self) -> Wake {
        Wake::OWN
    }

    fn save(&self, _: &mut Saver) {}

    fn restore(&mut self, _: &mut Loader<'_>) -> Result<(), RestoreError> {
        Ok(())
    }
}

fn build(setup: &Setup<'_>) -> Result<Box<dyn Task>, String> {
    Ok(Box::new(Solo::new(Watch, setup.legs.clone())))
}
