//! Times and settings of the account side.

use onetape_adapters::ask::MarginMode;
use onetape_core::names::InstrumentId;
use onetape_core::time::Span;

use crate::timing::Moments;

/// How orders are sent and followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountOptions {
    /// Without a word for so long an order is told to be unknown, and asked about.
    pub unknown_after: Span,
    /// After it was sent, until a venue can do nothing more about a request: the venue's window, and how long its servers may
    /// still work on it. Only what is asked after this proves that an order never was.
    pub fence: Span,
    /// Between two questions about the same order.
    pub query_every: Span,
    /// How long fills may come after the word that their order ended, before they are asked for.
    pub fills_grace: Span,
    /// Venues that can are to cancel everything when they hear nothing for so long; renewed three times in it.
    pub dead_man: Option<Span>,
    /// Between two looks at a venue's clock, by which requests are signed.
    pub clock_every: Span,
    /// Orders go by WebSocket where the venue has that; by REST while that connection is down.
    pub frames: bool,
    /// Settings of futures that must hold before trading begins.
    pub settings: Vec<WantedSettings>,
    /// Told of when orders leave.
    pub moments: Moments,
}

impl Default for AccountOptions {
    fn default() -> Self {
        Self {
            unknown_after: Span::from_millis(1_000),
            fence: Span::from_millis(15_000),
            query_every: Span::from_millis(500),
            fills_grace: Span::from_millis(250),
            dead_man: None,
            clock_every: Span::from_millis(60_000),
            frames: true,
            settings: Vec::new(),
            moments: Moments::default(),
        }
    }
}

/// Settings of one future. What is `None` is left as it is. Positions are always one an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedSettings {
    /// Whose.
    pub instrument: InstrumentId,
    /// Leverage.
    pub leverage: Option<u32>,
    /// Margin mode.
    pub margin_mode: Option<MarginMode>,
}
