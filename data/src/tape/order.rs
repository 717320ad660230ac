//! The order of events, and stretches of them that one stream gives.

use onetape_core::event::TapeRow;
use onetape_core::names::InstrumentId;

/// What orders events. Derived comparison goes by the fields in their order; streams stand in order of leg, then
/// kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) ts: i64,
    pub(super) leg: usize,
    pub(super) place: i64,
    pub(super) stream: usize,
}

impl Key {
    /// After everything.
    pub(super) const END: Self = Self {
        ts: i64::MAX,
        leg: usize::MAX,
        place: i64::MAX,
        stream: usize::MAX,
    };
}

/// A run: what one stream gives before another one's turn comes or the block is full.
pub(super) struct Run {
    pub(super) instrument: InstrumentId,
    pub(super) leg: usize,
    pub(super) stream: usize,
    /// The first event of the other streams.
    pub(super) limit: Key,
    /// Rows of a full block.
    pub(super) most: usize,
}

impl Run {
    /// True when an event with this stamp and place comes before the limit.
    #[inline]
    pub(super) fn takes(&self, ts: i64, place: i64) -> bool {
        ts < self.limit.ts || (ts == self.limit.ts && self.wins_tie(place))
    }

    #[inline(never)]
    fn wins_tie(&self, place: i64) -> bool {
        let Key { leg, stream, .. } = self.limit;
        (self.leg, place, self.stream) < (leg, self.limit.place, stream)
    }

    /// How many rows a block has room for.
    #[inline]
    pub(super) fn room(&self, block: &[TapeRow]) -> usize {
        self.most.saturating_sub(block.len())
    }
}
