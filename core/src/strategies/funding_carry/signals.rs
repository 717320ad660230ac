//! What a carry looks at, computed once an event for every parameter set: both edges and the funding rates.

use super::rates::Rates;
use crate::event::{Body, Event};
use crate::instrument::Instrument;
use crate::market::Market;
use crate::names::InstrumentId;
use crate::state::{Loader, RestoreError, Saver, State};
use crate::strategies::pair::PairSignals;
use crate::strategy::Signals;

/// The pair's edges, and the perpetual's funding rates.
#[derive(Clone, Debug)]
pub struct CarrySignals {
    futures: InstrumentId,
    /// Edges of entering; their signal numbers are the pair's.
    pub pair: PairSignals,
    /// Rates as they became known.
    pub rates: Rates,
    /// How often the rates changed.
    news: u32,
}

crate::state!(CarrySignals { pair, rates, news } fixed { futures });

impl CarrySignals {
    /// For a pair of instruments.
    pub fn new(spot: &Instrument, futures: &Instrument) -> Self {
        Self {
            futures: futures.id,
            pair: PairSignals::new(spot, futures),
            rates: Rates::default(),
            news: 0,
        }
    }
}

impl Signals for CarrySignals {
    const LEVELS: u8 = PairSignals::LEVELS;

    #[inline]
    fn update(&mut self, event: &Event, market: &Market) {
        match &event.body {
            Body::Funding(rate) => {
                if rate.instrument == self.futures && self.rates.take(rate) {
                    self.news = self.news.wrapping_add(1);
                }
            }
            _ => self.pair.update(event, market),
        }
    }

    fn level(&self, signal: u8) -> f64 {
        self.pair.level(signal)
    }

    /// Both parts only count up, so their sum changes whenever one does.
    fn alarm(&self) -> u32 {
        self.pair.alarm().wrapping_add(self.news)
    }

    fn save(&self, out: &mut Saver) {
        State::save(self, out);
    }

    fn restore(&mut self, from: &mut Loader<'_>) -> Result<(), RestoreError> {
        State::restore(self, from)
    }
}
