//! When there is something to look at: the touch moved, or what may be done with it changed.

use crate::event::Event;
use crate::market::Market;
use crate::names::InstrumentId;
use crate::state::{Loader, RestoreError, Saver, State};
use crate::strategy::Signals;

/// The touch of one instrument, as an alarm.
#[derive(Clone, Debug)]
pub struct TouchSignals {
    instrument: InstrumentId,
    turns: u32,
}

crate::state!(TouchSignals { turns } fixed { instrument });

impl TouchSignals {
    /// Nothing was seen yet.
    pub(super) const fn new(instrument: InstrumentId) -> Self {
        Self {
            instrument,
            turns: 0,
        }
    }
}

impl Signals for TouchSignals {
    #[inline]
    fn update(&mut self, _: &Event, market: &Market) {
        self.turns = market.instrument(self.instrument).turns();
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
