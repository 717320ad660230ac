//! The times of a connection.

use onetape_core::time::Span;

use super::Backoff;

/// When a [`super::Link`] does what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkOptions {
    /// Waits between attempts.
    pub backoff: Backoff,
    /// For a connection to be made.
    pub open_max: Span,
    /// A connection that stood this long has proven itself: after it waits begin small again.
    pub settled: Span,
    /// Between pings.
    pub ping_every: Span,
    /// Without a byte for this long, a connection is given up; more than `ping_every`.
    pub stale_after: Span,
    /// With bytes but without data for this long, it is given up too; `None` where a stream may be quiet.
    pub quiet_max: Option<Span>,
    /// Age at which the next connection is opened, before the venue cuts this one.
    pub life: Span,
    /// The next one is opened up to this much earlier, so that not all are at once.
    pub life_spread: Span,
    /// How long the next one runs beside this one before it takes over, once data came.
    pub overlap: Span,
    /// Without data for this long, somebody should ask by REST; at most two seconds.
    pub fallback_after: Span,
}

impl LinkOptions {
    /// What suits a venue that cuts after a day, with waits of its own by `key`.
    pub const fn daily(key: u64) -> Self {
        Self {
            backoff: Backoff {
                first: Span::from_millis(200),
                most: Span::from_millis(30_000),
                key,
            },
            open_max: Span::from_millis(5_000),
            settled: Span::from_millis(10_000),
            ping_every: Span::from_millis(15_000),
            stale_after: Span::from_millis(40_000),
            quiet_max: None,
            life: Span::from_millis(23 * 3_600_000),
            life_spread: Span::from_millis(1_800_000),
            overlap: Span::from_millis(2_000),
            fallback_after: Span::from_millis(1_500),
        }
    }
}
