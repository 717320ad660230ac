//! Depth messages as rows of an event array.

use onetape_core::book::{BookState, DepthBook};
use onetape_core::event::{DepthUpdate, Level};
use onetape_core::instrument::Side;

use super::npy::ArrayRow;
use crate::catalog::{DepthRow, InstrumentRecord, QuoteRow};
use crate::import::hftbacktest::flags::{BUY, CLEAR, DEPTH, SELL, SNAPSHOT};

/// Makes rows of messages at an instrument's decimals.
pub(super) struct Shaper {
    price_factor: f64,
    qty_factor: f64,
    /// Tells where a chain of update ids begins and breaks.
    book: DepthBook,
    /// The quote before, where quotes make the book.
    quote: Option<QuoteRow>,
    pub(super) unsynced: u64,
}

/// The stamps of a message: the venue's and the recorder's.
pub(super) type Stamps = (i64, i64);

impl Shaper {
    pub(super) fn new(record: &InstrumentRecord) -> Self {
        // Powers of ten are exact up to 10^22; dividing whole numbers by them gives the float nearest to the decimal.
        let factor = |decimals: u8| 10_u64.saturating_pow(u32::from(decimals)) as f64;
        Self {
            price_factor: factor(record.price_decimals),
            qty_factor: factor(record.qty_decimals),
            book: DepthBook::default(),
            quote: None,
            unsynced: 0,
        }
    }

    /// A row of a level.
    pub(super) fn row(&self, ev: u64, (exch_ts, local_ts): Stamps, level: Level) -> ArrayRow {
        ArrayRow {
            ev,
            exch_ts,
            local_ts,
            px: level.price.mantissa() as f64 / self.price_factor,
            qty: level.qty.mantissa() as f64 / self.qty_factor,
        }
    }

    /// A depth message. Diffs that a snapshot is still awaited for are left out and counted; when it comes, the
    /// book of it and of those diffs is written.
    pub(super) fn depth(&mut self, row: DepthRow, stamps: Stamps, out: &mut Vec<ArrayRow>) {
        let update = DepthUpdate {
            instrument: Default::default(),
            snapshot: row.snapshot,
            first: row.first,
            last: row.last,
            prev: row.prev,
            bids: row.bids,
            asks: row.asks,
        };
        if !update.is_chained() {
            if update.snapshot {
                self.whole(stamps, &update.bids, &update.asks, out);
            } else {
                self.levels(DEPTH, stamps, &update.bids, &update.asks, out);
            }
            return;
        }
        let (was_in_step, before) = (self.in_step(), self.book.last_id());
        self.book.apply(&update);
        if !self.in_step() {
            self.unsynced += 1;
        } else if update.snapshot && !(was_in_step && update.last < before) {
            let bids: Vec<Level> = self.book.bids().iter().collect();
            let asks: Vec<Level> = self.book.asks().iter().collect();
            self.whole(stamps, &bids, &asks, out);
        } else if was_in_step && !update.snapshot && self.book.last_id() != before {
            self.levels(DEPTH, stamps, &update.bids, &update.asks, out);
        }
    }

    fn in_step(&self) -> bool {
        matches!(self.book.state(), BookState::Live | BookState::Crossed)
    }

    fn whole(&self, stamps: Stamps, bids: &[Level], asks: &[Level], out: &mut Vec<ArrayRow>) {
        // Without a side it clears both.
        out.push(self.row(CLEAR, stamps, Level::default()));
        self.levels(SNAPSHOT, stamps, bids, asks, out);
    }

    fn levels(
        &self,
        kind: u64,
        stamps: Stamps,
        bids: &[Level],
        asks: &[Level],
        out: &mut Vec<ArrayRow>,
    ) {
        out.extend(
            bids.iter()
                .map(|level| self.row(kind | BUY, stamps, *level)),
        );
        out.extend(
            asks.iter()
                .map(|level| self.row(kind | SELL, stamps, *level)),
        );
    }

    /// A quote, as changes of a book of one level a side.
    pub(super) fn quote(&mut self, quote: QuoteRow, stamps: Stamps, out: &mut Vec<ArrayRow>) {
        let before = self.quote.replace(quote);
        for (side, now, then) in [
            (Side::Buy, quote.bid, before.map(|quote| quote.bid)),
            (Side::Sell, quote.ask, before.map(|quote| quote.ask)),
        ] {
            let kind = DEPTH | side_flag(side);
            if then == Some(now) {
                continue;
            }
            if let Some(then) = then.filter(|then| then.price != now.price) {
                let gone = Level {
                    price: then.price,
                    qty: Default::default(),
                };
                out.push(self.row(kind, stamps, gone));
            }
            out.push(self.row(kind, stamps, now));
        }
    }
}

/// The flag of a side.
pub(super) const fn side_flag(side: Side) -> u64 {
    match side {
        Side::Buy => BUY,
        Side::Sell => SELL,
    }
}
