//! The tape's rows on their way to the venues and to the desk.
//!
//! Rows come in blocks. Every venue has a list of the rows that it has yet to see, with the time at which it sees
//! them; the desk reads the blocks in order. A venue sees a row no later than the desk, so a block that the desk is
//! done with is done with, and is given back to be filled again.

use std::collections::VecDeque;

use onetape_core::engine::Tape;
use onetape_core::event::{Event, TapeRow};
use onetape_core::names::VenueId;
use onetape_core::time::Span;

use super::NEVER;
use crate::config::{Delay, FeedDelay};
use crate::latency::{Draws, Stream};

/// A row that a venue has yet to see.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    /// When it sees it.
    pub(super) at: i64,
    /// Where the row is.
    pub(super) place: Place,
}

/// Where a row is: number of its block, and its place in there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    block: u32,
    row: u32,
}

/// How rows get to one venue.
struct Road {
    feed: FeedDelay,
    draws: Draws,
    seen: u64,
    /// Time of the last row that was put on the way.
    last: i64,
    sights: VecDeque<Sight>,
}

impl Road {
    /// When the venue sees a row.
    fn sees(&mut self, row: &TapeRow) -> i64 {
        let received = row.event.ts.nanos();
        let at = match &self.feed {
            FeedDelay::Modelled(Delay::Constant(span)) => received.saturating_sub(span.nanos()),
            FeedDelay::Modelled(delay) => {
                let span = self.draws.draw(delay, self.seen);
                // Messages of one feed do not overtake each other.
                received.saturating_sub(span.nanos()).max(self.last)
            }
            FeedDelay::Recorded { most, .. } => {
                let told = if row.ts_venue.is_known() {
                    row.ts_venue.nanos()
                } else {
                    received
                };
                told.clamp(received.saturating_sub(most.nanos()), received)
            }
        };
        self.seen += 1;
        self.last = at;
        at
    }

    #[inline]
    fn push(&mut self, sight: Sight) {
        // Recorded stamps need not be in the order of receipt; all others are.
        let mut at = self.sights.len();
        while at > 0 && self.sights[at - 1].at > sight.at {
            at -= 1;
        }
        if at == self.sights.len() {
            self.sights.push_back(sight);
        } else {
            self.sights.insert(at, sight);
        }
    }
}

/// Rows between a tape and those who see them.
pub(super) struct Rows<T> {
    tape: T,
    ended: bool,
    blocks: VecDeque<Vec<TapeRow>>,
    /// Number of the first block, the one that the desk is in.
    first: u32,
    /// The desk's place in the first block.
    at: usize,
    spare: Vec<Vec<TapeRow>>,
    roads: Vec<Road>,
    /// By instrument: the road of its venue.
    road_of: Vec<Option<u8>>,
    /// Latest receive time that was read.
    horizon: i64,
    /// How much later than at a venue a row is received, at most.
    longest: Span,
    /// False while no venue looks: its sights are then made when one does.
    watched: bool,
}

impl<T: Tape> Rows<T> {
    /// `feeds` by venue, and by instrument the place of its venue among them.
    pub(super) fn new(
        tape: T,
        seed: u64,
        feeds: Vec<(VenueId, FeedDelay)>,
        road_of: Vec<Option<u8>>,
    ) -> Self {
        let longest = feeds.iter().map(|(_, feed)| feed.most()).max();
        let road = |(venue, feed)| Road {
            feed,
            draws: Draws::new(seed, venue, Stream::Feed),
            seen: 0,
            last: i64::MIN,
            sights: VecDeque::new(),
        };
        Self {
            tape,
            ended: false,
            blocks: VecDeque::new(),
            first: 0,
            at: 0,
            spare: Vec::new(),
            roads: feeds.into_iter().map(road).collect(),
            road_of,
            horizon: i64::MIN,
            longest: longest.unwrap_or_default(),
            watched: true,
        }
    }

    /// True when what a venue has seen at a moment follows from that moment alone.
    pub(super) fn keeps_order(&self) -> bool {
        self.roads.iter().all(|road| road.feed.keeps_order())
    }

    /// No venue looks any more.
    pub(super) fn unwatch(&mut self) {
        self.watched = false;
        for road in &mut self.roads {
            road.sights.clear();
        }
    }

    /// Venues look again: they have seen what the desk has, and are shown what comes after.
    pub(super) fn watch(&mut self) {
        self.watched = true;
        let blocks = std::mem::take(&mut self.blocks);
        for (number, block) in (self.first..).zip(&blocks) {
            let from = if number == self.first { self.at } else { 0 };
            self.put_on_the_way(number, block, from);
        }
        self.blocks = blocks;
    }

    /// Shows the venues the rows of a block from a place on.
    fn put_on_the_way(&mut self, block: u32, rows: &[TapeRow], from: usize) {
        for (at, row) in rows.iter().enumerate().skip(from) {
            let instrument = row.event.body.instrument();
            let road = instrument.and_then(|id| self.road_of[id.index()]);
            if let Some(road) = road.and_then(|road| self.roads.get_mut(usize::from(road))) {
                let place = Place {
                    block,
                    row: at as u32,
                };
                let at = road.sees(row);
                road.push(Sight { at, place });
            }
        }
    }

    /// The tape.
    pub(super) const fn tape(&self) -> &T {
        &self.tape
    }

    /// Reads until every row is known that a venue sees before `end`, and at least one row that the desk has not.
    pub(super) fn read(&mut self, end: i64) -> Result<(), T::Error> {
        let needed = end.saturating_add(self.longest.nanos());
        while !self.ended && (self.horizon < needed || self.desk_rows().is_empty()) {
            self.read_block()?;
        }
        Ok(())
    }

    fn read_block(&mut self) -> Result<(), T::Error> {
        let block = self.tape.next_block(self.spare.pop().unwrap_or_default())?;
        let Some(last) = block.last() else {
            self.ended = true;
            return Ok(());
        };
        self.horizon = last.event.ts.nanos();
        if self.watched {
            let number = self.first + self.blocks.len() as u32;
            self.put_on_the_way(number, &block, 0);
        }
        self.blocks.push_back(block);
        Ok(())
    }

    /// The rows of one block that the desk has not seen. Empty when there are none that were read.
    #[inline]
    pub(super) fn desk_rows(&self) -> &[TapeRow] {
        self.blocks
            .front()
            .map_or(&[], |block| block.get(self.at..).unwrap_or_default())
    }

    /// The desk has seen so many more.
    #[inline]
    pub(super) fn seen_by_desk(&mut self, rows: usize) {
        self.at += rows;
        if self
            .blocks
            .front()
            .is_some_and(|block| self.at >= block.len())
        {
            self.spare.extend(self.blocks.pop_front());
            self.first += 1;
            self.at = 0;
        }
    }

    /// When the desk sees its next row.
    #[inline]
    pub(super) fn desk_at(&self) -> i64 {
        self.desk_rows()
            .first()
            .map_or(NEVER, |row| row.event.ts.nanos())
    }

    /// True when the venue of the desk's next row has seen that row.
    pub(super) fn is_seen_by_venue(&self) -> bool {
        let Some(row) = self.desk_rows().first() else {
            return false;
        };
        let road = row
            .event
            .body
            .instrument()
            .and_then(|id| self.road_of[id.index()]);
        let Some(road) = road.and_then(|road| self.roads.get(usize::from(road))) else {
            return true;
        };
        let here = Place {
            block: self.first,
            row: self.at as u32,
        };
        let unseen = |sight: &Sight| {
            sight.at < row.event.ts.nanos()
                || (sight.at == row.event.ts.nanos() && sight.place <= here)
        };
        !road.sights.front().is_some_and(unseen)
    }

    /// The next row that a venue sees.
    #[inline]
    pub(super) fn sight(&self, venue: usize) -> Option<Sight> {
        self.roads[venue].sights.front().copied()
    }

    /// A venue has seen its next row.
    #[inline]
    pub(super) fn seen_by_venue(&mut self, venue: usize) {
        self.roads[venue].sights.pop_front();
    }

    /// The event of a row.
    #[inline]
    pub(super) fn event(&self, place: Place) -> &Event {
        &self.blocks[(place.block - self.first) as usize][place.row as usize].event
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::convert::Infallible;
    use onetape_core::event::{Body, Mark};
    use onetape_core::names::InstrumentId;
    use onetape_core::num::Money;
    use onetape_core::time::Ts;

    struct List(Vec<Vec<TapeRow>>);

    impl Tape for List {
        type Error = Infallible;

        fn next_block(&mut self, _: Vec<TapeRow>) -> Result<Vec<TapeRow>, Infallible> {
            Ok(if self.0.is_empty() {
                Vec::new()
            } else {
                self.0.remove(0)
            })
        }
    }

    fn row(ts: i64, ts_venue: i64) -> TapeRow {
        let mark = Mark {
            instrument: InstrumentId(0),
            mark: Money::ZERO,
            index: None,
        };
        TapeRow {
            event: Event {
                ts: Ts::from_nanos(ts),
                body: Body::Mark(mark),
            },
            ts_venue: Ts::from_nanos(ts_venue),
        }
    }

    #[test]
    fn recorded_stamps_are_seen_in_the_venues_order_and_never_after_receipt() {
        // The third was the first at the venue; the fourth's stamp is from a clock that is ahead.
        let tape = List(vec![
            vec![row(100, 97), row(101, 98)],
            vec![row(102, 95), row(103, 200)],
        ]);
        let feed = FeedDelay::Recorded {
            most: Span::from_nanos(10),
            ordered: false,
        };
        let mut rows = Rows::new(tape, 1, vec![(VenueId(0), feed)], vec![Some(0)]);
        rows.read(120).unwrap();
        let mut seen = Vec::new();
        while let Some(sight) = rows.sight(0) {
            seen.push((sight.at, rows.event(sight.place).ts.nanos()));
            rows.seen_by_venue(0);
        }
        assert_eq!(seen, [(95, 102), (97, 100), (98, 101), (103, 103)]);
    }
}
