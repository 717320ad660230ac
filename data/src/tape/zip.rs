//! Streams zipped into a block.
//!
//! Runs of one stream are short where several are mixed, and a change of stream is a branch that no processor
//! foresees. So the order of what is decoded is found first, without such branches, and each stream then puts its rows
//! where they belong, in a loop of its own.

use onetape_core::event::TapeRow;
use onetape_core::names::InstrumentId;

use super::stream::Stream;
use crate::error::Result;

/// More streams than this are given by runs.
pub(super) const LANES: usize = 8;

/// A stream, and what breaks ties between equal stamps.
pub(super) struct Lane {
    pub(super) leg: usize,
    pub(super) instrument: InstrumentId,
    pub(super) stream: Stream,
}

/// Stamps and places of what a stream has decoded.
#[derive(Clone, Copy, Default)]
pub(super) struct Decoded<'a> {
    pub(super) ts: &'a [i64],
    pub(super) place: &'a [i64],
}

/// Where in the block the next rows of each stream go; kept between blocks for its memory.
#[derive(Default)]
pub(super) struct Zip {
    to: [Vec<u32>; LANES],
}

impl Zip {
    /// Puts rows into `block` from `filled` on, until it is full or a stream has to decode; says how many rows it
    /// then has, as many as before where nothing can be zipped. An error is of what comes after these rows.
    pub(super) fn fill(
        &mut self,
        lanes: &mut [Lane],
        block: &mut [TapeRow],
        filled: usize,
    ) -> (usize, Result<()>) {
        if lanes.is_empty() || lanes.len() > LANES {
            return (filled, Ok(()));
        }
        let mut decoded = [Decoded::default(); LANES];
        let mut rows = 0;
        for (known, lane) in decoded.iter_mut().zip(lanes.iter()) {
            let Some(here) = lane.stream.decoded() else {
                return (filled, Ok(()));
            };
            rows += here.ts.len();
            *known = here;
        }
        if rows == 0 {
            return (filled, Ok(()));
        }
        let end = self.order(lanes, &decoded, filled, block.len());
        let mut result = Ok(());
        for (lane, to) in lanes.iter_mut().zip(&self.to) {
            result = result.and(lane.stream.put(lane.instrument, to, block));
        }
        (end, result)
    }

    /// Finds the places of the rows that come first, until the block is full or one stream's decoded rows end.
    fn order(
        &mut self,
        lanes: &[Lane],
        decoded: &[Decoded<'_>; LANES],
        filled: usize,
        room: usize,
    ) -> usize {
        let mut heads = [i64::MAX; LANES];
        for (at, to) in self.to.iter_mut().enumerate() {
            to.clear();
            heads[at] = decoded[at].ts.first().copied().unwrap_or(i64::MAX);
        }
        let heads = &mut heads[..lanes.len()];
        for place in filled..room {
            let mut first = 0;
            for other in 1..heads.len() {
                let earlier = heads[other] < heads[first]
                    || (heads[other] == heads[first]
                        && self.wins_tie(lanes, decoded, other, first));
                first = if earlier { other } else { first };
            }
            let to = &mut self.to[first];
            to.push(place as u32);
            match decoded[first].ts.get(to.len()) {
                Some(&next) => heads[first] = next,
                None => return place + 1,
            }
        }
        room
    }

    #[cold]
    fn wins_tie(
        &self,
        lanes: &[Lane],
        decoded: &[Decoded<'_>; LANES],
        one: usize,
        other: usize,
    ) -> bool {
        // Streams that have ended stand at the same stamp, after everything.
        let place = |at: usize| decoded[at].place.get(self.to[at].len()).copied();
        let key = |at: usize| (lanes[at].leg, place(at), at);
        key(one) < key(other)
    }
}
