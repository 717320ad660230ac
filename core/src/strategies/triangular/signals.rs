//! What both cycles make of one unit before fees, computed once an event for every parameter set.

use super::cycle::{Product, Step};
use crate::event::Event;
use crate::market::Market;
use crate::num::Ratio;
use crate::state::{Loader, RestoreError, Saver, State};
use crate::strategy::Signals;

/// A level that no threshold reaches.
const NONE: f64 = -1.0e18;

/// Both cycles at the touches, without fees.
#[derive(Clone, Debug)]
pub struct CycleSignals {
    steps: [[Step; 3]; 2],
    products: [Option<Product>; 2],
    levels: [f64; 2],
    alarm: u32,
}

crate::state!(CycleSignals { products, levels, alarm } fixed { steps });

impl CycleSignals {
    pub(super) const fn new(steps: [[Step; 3]; 2]) -> Self {
        Self {
            steps,
            products: [None; 2],
            levels: [NONE; 2],
            alarm: 0,
        }
    }

    /// What a cycle makes of one unit, by the number of its direction.
    pub fn product(&self, direction: usize) -> Option<Product> {
        self.products.get(direction).copied().flatten()
    }
}

impl Signals for CycleSignals {
    const LEVELS: u8 = 2;

    fn update(&mut self, event: &Event, market: &Market) {
        let moved = event.body.instrument().is_some_and(|instrument| {
            let known = market.instrument(instrument);
            let own = self.steps[0]
                .iter()
                .any(|step| step.instrument == instrument);
            own && known.is_moved_by(&event.body)
        });
        if !moved {
            return;
        }
        let was_ready = self.products[0].is_some();
        for (at, steps) in self.steps.iter().enumerate() {
            self.products[at] = Product::of(steps, market);
            let edge = self.products[at].and_then(Product::edge);
            self.levels[at] = edge.map_or(NONE, Ratio::to_bps_f64);
        }
        if self.products[0].is_some() != was_ready {
            self.alarm = self.alarm.wrapping_add(1);
        }
    }

    fn level(&self, signal: u8) -> f64 {
        self.levels[usize::from(signal).min(1)]
    }

    fn alarm(&self) -> u32 {
        self.alarm
    }

    fn save(&self, out: &mut Saver) {
        State::save(self, out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        State::restore(self, from)
    }
}
