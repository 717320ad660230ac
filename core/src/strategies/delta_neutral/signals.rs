//! When there is something to look at: a touch moved, or what may be done with it changed.

use crate::event::Event;
use crate::market::Market;
use crate::names::InstrumentId;
use crate::state::{Loader, RestoreError, Saver, State};
use crate::strategy::Signals;

/// The touches of both instruments, as one alarm.
#[derive(Clone, Debug)]
pub struct Touches {
    instruments: [InstrumentId; 2],
    turns: u32,
}

crate::state!(Touches { turns } fixed { instruments });

impl Touches {
    /// Nothing was seen yet.
    pub(super) const fn new(instruments: [InstrumentId; 2]) -> Self {
        Self {
            instruments,
            turns: 0,
        }
    }
}

impl Signals for Touches {
    #[inline]
    fn update(&mut self, _: &Event, market: &Market) {
        let [buy, sell] = self.instruments.map(|id| market.instrument(id).turns());
        // An event turns one of them, so that the sum moves when either does.
        self.turns = buy.wrapping_add(sell);
    }

    fn level(&self, _: u8) -> f64 {
        0.0
    }

    #[inline]
    fn alarm(&self) -> u32 {
        self.turns
    }

    fn save(&self, out: &mut Saver) {
        State::save(self, out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        State::restore(self, from)
    }
}
