//! Draws by what they are for.

use onetape_core::fault::FaultKind;
use onetape_core::names::VenueId;
use onetape_core::time::Span;

use crate::latency::{Draw, Draws};

/// What is drawn.
#[derive(Clone, Copy)]
pub(super) enum Lane {
    /// Something of a kind at a venue: whether it comes, or a part of what it is.
    Fault(VenueId, FaultKind, Part),
    /// A rate.
    Swarm(FaultKind),
    /// The one kind that is on.
    Only,
}

/// What of a fault is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Whether, or when, it comes.
    Comes,
    /// How long it takes.
    Length,
    /// Its size.
    Size,
    /// Which of several.
    Which,
    /// Whether it waits for something.
    Aim,
}

/// The draw with this number.
pub(super) const fn draw(seed: u64, lane: Lane, number: u64) -> Draw {
    // Latencies have the lanes below 2^24.
    let lane = match lane {
        Lane::Fault(venue, kind, part) => {
            1 << 32 | (venue.0 as u64) << 16 | (kind as u64) << 8 | part as u64
        }
        Lane::Swarm(kind) => 2 << 32 | kind as u64,
        Lane::Only => 3 << 32,
    };
    Draws::lane(seed, lane).at(number)
}

/// A span from one to another, all alike.
pub(super) const fn span_between(draw: Draw, least: Span, most: Span) -> Span {
    let width = (most.nanos() - least.nanos()) as u64;
    Span::from_nanos(least.nanos() + draw.below(width + 1) as i64)
}
