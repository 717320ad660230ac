//! When there is something to look at: the touch moved, or what may be done with it changed.

use crate::event::{Event, Status};
use crate::market::{Market, TopState};
use crate::names::InstrumentId;
use crate::num::Price;
use crate::strategy::Signals;

/// The touch of one instrument, as an alarm.
#[derive(Clone, Debug)]
pub struct TouchSignals {
    instrument: InstrumentId,
    state: TopState,
    status: Status,
    bid: Price,
    ask: Price,
    alarm: u32,
}

impl TouchSignals {
    /// Nothing was seen yet.
    pub(super) const fn new(instrument: InstrumentId) -> Self {
        Self {
            instrument,
            state: TopState::Missing,
            status: Status::Trading,
            bid: Price::new(0),
            ask: Price::new(0),
            alarm: 0,
        }
    }
}

impl Signals for TouchSignals {
    fn update(&mut self, _: &Event, market: &Market) {
        let known = market.instrument(self.instrument);
        let (bid, ask) = known
            .top()
            .map_or((self.bid, self.ask), |top| (top.bid.price, top.ask.price));
        let same = bid == self.bid
            && ask == self.ask
            && known.state() == self.state
            && known.status() == self.status;
        if !same {
            self.alarm = self.alarm.wrapping_add(1);
            (self.bid, self.ask) = (bid, ask);
            (self.state, self.status) = (known.state(), known.status());
        }
    }

    fn level(&self, _: u8) -> f64 {
        0.0
    }

    fn alarm(&self) -> u32 {
        self.alarm
    }
}
