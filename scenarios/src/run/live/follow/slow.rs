//! Slow answers of a venue: told once an episode, which ends after so many quick ones in a row.

use onetape_core::names::VenueId;
use onetape_core::time::Span;

/// An answer that takes longer is slow.
const SLOW: Span = Span::from_millis(50);
/// Quick answers in a row that end an episode.
const QUICK: u32 = 10;

#[derive(Clone, Debug)]
pub(super) struct Slow {
    /// By venue: quick answers that are missing until its episode is over.
    left: Vec<u32>,
}

impl Slow {
    pub(super) fn new(venues: usize) -> Self {
        Self {
            left: vec![0; venues],
        }
    }

    /// True when an answer begins an episode.
    pub(super) fn answered(&mut self, venue: VenueId, took: Span) -> bool {
        let Some(left) = self.left.get_mut(venue.index()) else {
            return false;
        };
        if took <= SLOW {
            *left = left.saturating_sub(1);
            return false;
        }
        std::mem::replace(left, QUICK) == 0
    }
}
