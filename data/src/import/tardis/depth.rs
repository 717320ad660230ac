//! Levels gathered into messages: the rows of one book with one receive time, as the files mean it.

use onetape_core::event::Level;
use onetape_core::instrument::Side;
use onetape_core::time::Ts;

use crate::catalog::DepthRow;

/// More levels than this come in no message.
pub(super) const LEVELS_MAX: usize = 1_000_000;

/// A book's state between its messages.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// True once a snapshot came: changes before it are of a book that is not known.
    known: bool,
    /// True while the rows of a snapshot go on.
    in_snapshot: bool,
}

/// A message in the making.
#[derive(Debug)]
pub(super) struct Message {
    /// Whose it is, by its place among the series of the file.
    pub(super) at: usize,
    pub(super) row: DepthRow,
    /// What its rows say; a snapshot that goes on under another stamp is no new one.
    is_snapshot: bool,
}

/// The start of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub(super) at: usize,
    pub(super) ts: Ts,
    pub(super) ts_venue: Option<Ts>,
    pub(super) place: u64,
    pub(super) is_snapshot: bool,
}

impl Message {
    /// True when a row is part of this message.
    pub(super) fn takes(&self, start: Start) -> bool {
        (self.at, self.row.ts, self.is_snapshot) == (start.at, start.ts, start.is_snapshot)
    }

    /// A message that starts with a row; `None` while the book is not known.
    pub(super) fn start(start: Start, book: &mut Book) -> Option<Self> {
        let snapshot = start.is_snapshot && !book.in_snapshot;
        book.in_snapshot = start.is_snapshot;
        book.known |= start.is_snapshot;
        book.known.then(|| Self {
            at: start.at,
            is_snapshot: start.is_snapshot,
            row: DepthRow {
                ts: start.ts,
                ts_venue: start.ts_venue,
                place: start.place,
                snapshot,
                first: 0,
                last: 0,
                prev: None,
                bids: Vec::new(),
                asks: Vec::new(),
            },
        })
    }

    /// Adds a level.
    pub(super) fn push(&mut self, side: Side, level: Level) {
        match side {
            Side::Buy => self.row.bids.push(level),
            Side::Sell => self.row.asks.push(level),
        }
    }

    /// How many levels it has.
    pub(super) fn len(&self) -> usize {
        self.row.bids.len() + self.row.asks.len()
    }
}
