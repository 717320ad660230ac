//! The tape's rows on their way to the venues and to the desk.
//!
//! Rows come in blocks. Every venue has a list of the rows that it has yet to see, with the time at which it sees
//! them; the desk reads the blocks in order. A block that all of them are done with is given back to be filled again.

use std::collections::VecDeque;

use onetape_core::engine::Tape;
use onetape_core::event::TapeRow;
use onetape_core::names::VenueId;
use onetape_core::time::Span;

use super::NEVER;
use crate::config::{Delay, FeedDelay};
use crate::latency::{Draws, Stream};

/// Rows that are put on the way to the venues at a time: venues that wake for an order see a few.
const SENT_TOGETHER: usize = 64;

/// A row that a venue has yet to see.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    /// When it sees it.
    pub(super) at: i64,
    /// Number of the row's block.
    pub(super) block: u32,
    /// Its place in there.
    pub(super) row: u32,
}

impl Sight {
    const fn place(self) -> (u32, u32) {
        (self.block, self.row)
    }
}

/// How rows get to one venue.
struct Road {
    feed: FeedDelay,
    draws: Draws,
    seen: u64,
    /// Time of the last row that was put on the way.
    last: i64,
    /// By the time of seeing; those before `head` are seen.
    sights: Vec<Sight>,
    head: usize,
}

impl Road {
    /// The rows that are still to be seen.
    #[inline]
    fn ahead(&self) -> &[Sight] {
        &self.sights[self.head..]
    }

    /// Drops what is seen, and makes room for so many more.
    fn make_room(&mut self, rows: usize) {
        self.sights.drain(..self.head);
        self.head = 0;
        self.sights.reserve(rows);
    }

    /// Puts rows of this venue on the way, in the order of receipt.
    fn put<'a>(&mut self, block: u32, rows: impl Iterator<Item = (u32, &'a TapeRow)>) {
        let first = self.sights.len();
        let put = |(row, at)| Sight { at, block, row };
        match self.feed {
            FeedDelay::Modelled(Delay::Constant(span)) => {
                let at = |row: &TapeRow| row.event.ts.nanos().saturating_sub(span.nanos());
                self.sights.extend(rows.map(|(row, it)| put((row, at(it)))));
            }
            FeedDelay::Modelled(ref delay) => {
                let (draws, seen, last) = (self.draws, &mut self.seen, &mut self.last);
                self.sights.extend(rows.map(|(row, it)| {
                    let span = draws.draw(delay, *seen);
                    *seen += 1;
                    // Messages of one feed do not overtake each other.
                    *last = it.event.ts.nanos().saturating_sub(span.nanos()).max(*last);
                    put((row, *last))
                }));
            }
            FeedDelay::Recorded { most, .. } => {
                self.sights
                    .extend(rows.map(|(row, it)| put((row, seen_at_stamp(it, most)))));
            }
        }
        // Recorded stamps need not be in the order of receipt; all others are.
        let from = first.saturating_sub(1).max(self.head);
        if !self.sights[from..].is_sorted_by_key(|sight| sight.at) {
            self.sights[self.head..].sort_by_key(|sight| sight.at);
        }
    }
}

/// When a venue sees a row by the venue's own stamp: not after its receipt, and no longer before than `most`.
fn seen_at_stamp(row: &TapeRow, most: Span) -> i64 {
    let received = row.event.ts.nanos();
    let told = if row.ts_venue.is_known() {
        row.ts_venue.nanos()
    } else {
        received
    };
    told.clamp(received.saturating_sub(most.nanos()), received)
}

/// Rows between a tape and those who see them.
pub(super) struct Rows<T: Tape> {
    tape: T,
    ended: bool,
    blocks: VecDeque<T::Block>,
    /// Number of the first block.
    first: u32,
    /// The block that the desk is in, among those that are kept, and its place in there.
    block: usize,
    at: usize,
    /// When the desk sees the row there; never when none is there that was read.
    next: i64,
    spare: Vec<T::Block>,
    roads: Vec<Road>,
    /// By instrument: the road of its venue.
    road_of: Vec<Option<u8>>,
    /// Every row goes to the one venue that there is.
    only_road: bool,
    /// Latest receive time that was read, and, while venues look, put on the way to them.
    horizon: i64,
    /// The first row that is not on the way: its block among those that are kept, and its place in there.
    unsent: (usize, usize),
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
            sights: Vec::new(),
            head: 0,
        };
        Self {
            tape,
            ended: false,
            blocks: VecDeque::new(),
            first: 0,
            block: 0,
            at: 0,
            next: NEVER,
            spare: Vec::new(),
            only_road: feeds.len() == 1 && road_of.iter().all(|road| *road == Some(0)),
            roads: feeds.into_iter().map(road).collect(),
            road_of,
            horizon: i64::MIN,
            unsent: (0, 0),
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
        let last = self.blocks.back().and_then(|block| block.as_ref().last());
        self.horizon = last.map_or(self.horizon, |row| row.event.ts.nanos());
        for road in &mut self.roads {
            road.sights.clear();
            road.head = 0;
        }
    }

    /// Venues look again: they have seen what the desk has, and are shown what comes after as it is read.
    pub(super) fn watch(&mut self) {
        self.watched = true;
        self.horizon = i64::MIN;
        self.unsent = (self.block, self.at);
    }

    /// Puts some more rows on the way to the venues; false when there are none.
    fn send(&mut self) -> bool {
        let (number, from) = self.unsent;
        let Some(block) = self.blocks.get(number).filter(|_| self.watched) else {
            return false;
        };
        let rows = block.as_ref();
        let to = rows.len().min(from + SENT_TOGETHER);
        let Some(last) = rows[from..to].last() else {
            return false;
        };
        let placed = (from as u32..).zip(&rows[from..to]);
        let block = self.first + number as u32;
        for (at, road) in self.roads.iter_mut().enumerate() {
            road.make_room(to - from);
            if self.only_road {
                road.put(block, placed.clone());
                continue;
            }
            let (road_of, number) = (&self.road_of, u8::try_from(at).ok());
            let takes = |row: &TapeRow| {
                let instrument = row.event.body.instrument();
                instrument.and_then(|id| road_of[id.index()]) == number
            };
            road.put(block, placed.clone().filter(|(_, row)| takes(row)));
        }
        self.horizon = last.event.ts.nanos();
        self.unsent = if to == rows.len() {
            (number + 1, 0)
        } else {
            (number, to)
        };
        true
    }

    /// The tape.
    pub(super) const fn tape(&self) -> &T {
        &self.tape
    }

    /// The tape, to give it more.
    pub(super) const fn tape_mut(&mut self) -> &mut T {
        &mut self.tape
    }

    /// The number of the block that the desk is in.
    pub(super) const fn desk_block_number(&self) -> u32 {
        self.first + self.block as u32
    }

    /// How much later than at a venue a row is received, at most.
    pub(super) const fn longest(&self) -> Span {
        self.longest
    }

    /// The block that the desk is in and its place there.
    pub(super) fn desk_block(&self) -> Option<(&T::Block, usize)> {
        Some((self.blocks.get(self.block)?, self.at))
    }

    /// Reads until every row is known that a venue sees before `end`, and at least one row that the desk has not.
    #[inline(always)]
    pub(super) fn read(&mut self, end: i64) -> Result<(), T::Error> {
        let needed = end.saturating_add(self.longest.nanos());
        if self.horizon >= needed && self.next != NEVER {
            return Ok(());
        }
        self.read_until(needed)
    }

    /// True when the tape has no more rows and the desk has seen all.
    pub(super) const fn is_over(&self) -> bool {
        self.ended && self.next == NEVER
    }

    #[inline(never)]
    fn read_until(&mut self, needed: i64) -> Result<(), T::Error> {
        while self.horizon < needed || self.next == NEVER {
            if self.send() {
                continue;
            }
            if self.ended {
                break;
            }
            self.read_block()?;
        }
        Ok(())
    }

    fn read_block(&mut self) -> Result<(), T::Error> {
        self.give_back();
        let block = self.tape.next_block(self.spare.pop().unwrap_or_default())?;
        let Some(last) = block.as_ref().last() else {
            self.ended = true;
            return Ok(());
        };
        if !self.watched {
            self.horizon = last.event.ts.nanos();
        }
        self.blocks.push_back(block);
        self.look_ahead();
        Ok(())
    }

    /// Notes when the desk sees its next row.
    #[inline]
    fn look_ahead(&mut self) {
        let row = self.desk_rows().first();
        self.next = row.map_or(NEVER, |row| row.event.ts.nanos());
    }

    /// Gives the blocks back that nobody needs any more.
    fn give_back(&mut self) {
        let sights = self.roads.iter().flat_map(Road::ahead);
        let needed = sights.map(|sight| sight.block).min();
        while self.block > 0
            && needed.is_none_or(|needed| needed > self.first)
            && self.is_first_sent()
        {
            self.spare.extend(self.blocks.pop_front());
            self.first += 1;
            self.block -= 1;
            self.unsent.0 = self.unsent.0.saturating_sub(1);
        }
    }

    const fn is_first_sent(&self) -> bool {
        !self.watched || self.unsent.0 > 0
    }

    /// The rows of one block that the desk has not seen. Empty when there are none that were read.
    #[inline]
    pub(super) fn desk_rows(&self) -> &[TapeRow] {
        self.blocks.get(self.block).map_or(&[], |block| {
            block.as_ref().get(self.at..).unwrap_or_default()
        })
    }

    /// The desk has seen so many more.
    #[inline]
    pub(super) fn seen_by_desk(&mut self, rows: usize) {
        self.at += rows;
        let block = self.blocks.get(self.block);
        if block.is_some_and(|block| self.at >= block.as_ref().len()) {
            self.block += 1;
            self.at = 0;
        }
        self.look_ahead();
    }

    /// When the desk sees its next row.
    #[inline]
    pub(super) const fn desk_at(&self) -> i64 {
        self.next
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
        let here = (self.first + self.block as u32, self.at as u32);
        let unseen = |sight: &Sight| {
            sight.at < row.event.ts.nanos()
                || (sight.at == row.event.ts.nanos() && sight.place() <= here)
        };
        !road.ahead().first().is_some_and(unseen)
    }

    /// The rows that a venue has yet to see, by the time of seeing.
    #[inline]
    pub(super) fn sights(&self, venue: usize) -> &[Sight] {
        self.roads[venue].ahead()
    }

    /// A venue has seen so many more.
    #[inline]
    pub(super) fn seen_by_venue(&mut self, venue: usize, rows: usize) {
        self.roads[venue].head += rows;
    }

    /// A block by its number.
    #[inline]
    pub(super) fn block(&self, number: u32) -> &[TapeRow] {
        self.blocks[(number - self.first) as usize].as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::convert::Infallible;
    use onetape_core::event::{Body, Event, Mark};
    use onetape_core::names::InstrumentId;
    use onetape_core::num::Money;
    use onetape_core::time::Ts;

    struct List(Vec<Vec<TapeRow>>);

    impl Tape for List {
        type Error = Infallible;
        type Block = Vec<TapeRow>;

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
        while let Some(&sight) = rows.sights(0).first() {
            let row = &rows.block(sight.block)[sight.row as usize];
            seen.push((sight.at, row.event.ts.nanos()));
            rows.seen_by_venue(0, 1);
        }
        assert_eq!(seen, [(95, 102), (97, 100), (98, 101), (103, 103)]);
    }
}
