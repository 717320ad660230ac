//! Depth rows of one message put together, with the book that tells what a clear removes and whether a message
//! replaces all of it.

use std::collections::BTreeMap;

use onetape_core::event::Level;
use onetape_core::instrument::Side;
use onetape_core::num::{Price, Qty};

/// One depth row, at the instrument's decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The quantity at a price of a side; `snapshot` where the row is of a snapshot.
    Set {
        side: Side,
        price: i64,
        qty: i64,
        snapshot: bool,
    },
    /// Levels of a side from its best up to a price, or all of them, are gone.
    Clear { side: Side, upto: Option<i64> },
}

/// What a message came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    /// True when no level from before it is left: it is the whole book.
    pub(super) snapshot: bool,
    pub(super) bids: Vec<Level>,
    pub(super) asks: Vec<Level>,
}

/// Quantity at a price, and the message that set it.
type Levels = BTreeMap<i64, (i64, u64)>;

/// The book as the rows so far left it.
#[derive(Debug, Default)]
pub(super) struct Book {
    bids: Levels,
    asks: Levels,
    message: u64,
}

impl Book {
    /// Takes the rows of one message.
    pub(super) fn take(&mut self, rows: &[Change]) -> Message {
        self.message += 1;
        if let [
            Change::Set {
                side,
                price,
                qty,
                snapshot: false,
            },
        ] = *rows
        {
            // By far the most.
            self.set(side, price, qty);
            let mut message = Message::default();
            message.side(side).push(level(price, qty));
            return message;
        }
        let plain = |row: &Change| {
            matches!(
                row,
                Change::Set {
                    snapshot: false,
                    ..
                }
            )
        };
        if rows.iter().all(plain) {
            return self.diff(rows);
        }
        let mut gone = Vec::new();
        for row in rows {
            match *row {
                Change::Set {
                    side, price, qty, ..
                } => self.set(side, price, qty),
                Change::Clear { side, upto } => self.clear(side, upto, &mut gone),
            }
        }
        let message = self.message;
        let mut levels = self.bids.values().chain(self.asks.values());
        if levels.all(|(_, set_by)| *set_by == message) {
            return self.whole();
        }
        self.changes(rows, &gone)
    }

    fn diff(&mut self, rows: &[Change]) -> Message {
        let mut message = Message::default();
        for row in rows {
            if let Change::Set {
                side, price, qty, ..
            } = *row
            {
                self.set(side, price, qty);
                message.side(side).push(level(price, qty));
            }
        }
        message
    }

    /// The message as changes: what was cleared and not set again, then what was set.
    fn changes(&self, rows: &[Change], gone: &[(Side, i64)]) -> Message {
        let mut message = Message::default();
        for &(side, price) in gone {
            if !self.levels(side).contains_key(&price) {
                message.side(side).push(level(price, 0));
            }
        }
        for row in rows {
            let Change::Set { side, price, .. } = *row else {
                continue;
            };
            // As the message leaves it, whatever came before in it.
            let qty = self.levels(side).get(&price).map_or(0, |(qty, _)| *qty);
            message.side(side).push(level(price, qty));
        }
        message
    }

    fn whole(&self) -> Message {
        let level = |(price, (qty, _)): (&i64, &(i64, u64))| level(*price, *qty);
        Message {
            snapshot: true,
            bids: self.bids.iter().rev().map(level).collect(),
            asks: self.asks.iter().map(level).collect(),
        }
    }

    fn set(&mut self, side: Side, price: i64, qty: i64) {
        let message = self.message;
        let levels = self.levels_mut(side);
        if qty == 0 {
            levels.remove(&price);
        } else {
            levels.insert(price, (qty, message));
        }
    }

    fn clear(&mut self, side: Side, upto: Option<i64>, gone: &mut Vec<(Side, i64)>) {
        let levels = self.levels_mut(side);
        let kept = match (side, upto) {
            (_, None) => Levels::new(),
            // The best bid is the highest, the best ask the lowest.
            (Side::Buy, Some(upto)) => {
                let cleared = levels.split_off(&upto);
                std::mem::replace(levels, cleared)
            }
            (Side::Sell, Some(upto)) => levels.split_off(&upto.saturating_add(1)),
        };
        let cleared = std::mem::replace(levels, kept);
        gone.extend(cleared.into_keys().map(|price| (side, price)));
    }

    fn levels(&self, side: Side) -> &Levels {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    fn levels_mut(&mut self, side: Side) -> &mut Levels {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }
}

impl Message {
    fn side(&mut self, side: Side) -> &mut Vec<Level> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }
}

fn level(price: i64, qty: i64) -> Level {
    Level {
        price: Price::new(price),
        qty: Qty::new(qty),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(side: Side, price: i64, qty: i64) -> Change {
        Change::Set {
            side,
            price,
            qty,
            snapshot: false,
        }
    }

    fn snap(side: Side, price: i64, qty: i64) -> Change {
        Change::Set {
            side,
            price,
            qty,
            snapshot: true,
        }
    }

    fn pairs(levels: &[Level]) -> Vec<(i64, i64)> {
        levels
            .iter()
            .map(|level| (level.price.mantissa(), level.qty.mantissa()))
            .collect()
    }

    fn check(
        book: &mut Book,
        rows: &[Change],
        snapshot: bool,
        bids: &[(i64, i64)],
        asks: &[(i64, i64)],
    ) {
        let message = book.take(rows);
        assert_eq!(
            (message.snapshot, pairs(&message.bids), pairs(&message.asks)),
            (snapshot, bids.to_vec(), asks.to_vec())
        );
    }

    #[test]
    fn a_message_is_the_whole_book_only_when_nothing_older_is_left() {
        use Side::{Buy, Sell};
        let mut book = Book::default();
        let clear = |side, upto| Change::Clear { side, upto };
        // An initial snapshot, as the archives have it.
        let start = [
            clear(Buy, Some(97)),
            snap(Buy, 99, 1),
            snap(Buy, 97, 3),
            clear(Sell, Some(103)),
            snap(Sell, 101, 1),
            snap(Sell, 103, 3),
        ];
        check(
            &mut book,
            &start,
            true,
            &[(99, 1), (97, 3)],
            &[(101, 1), (103, 3)],
        );
        // A plain change is one, whatever it leaves.
        check(&mut book, &[set(Buy, 90, 5)], false, &[(90, 5)], &[]);
        let two = [set(Buy, 90, 0), set(Sell, 101, 4)];
        check(&mut book, &two, false, &[(90, 0)], &[(101, 4)]);
        // One side up to a price: what lies deeper stays, so this is a change.
        check(&mut book, &[clear(Buy, Some(98))], false, &[(99, 0)], &[]);
        // A level that is cleared and set again is only set.
        let again = [clear(Sell, None), snap(Sell, 103, 7), snap(Sell, 104, 1)];
        check(
            &mut book,
            &again,
            false,
            &[],
            &[(101, 0), (103, 7), (104, 1)],
        );
        // The snapshot of a book that reaches less deep than the one before.
        let shallow = [
            clear(Buy, Some(98)),
            snap(Buy, 99, 2),
            clear(Sell, Some(103)),
            snap(Sell, 102, 2),
        ];
        check(
            &mut book,
            &shallow,
            false,
            &[(99, 2)],
            &[(103, 0), (102, 2)],
        );
        // Everything is gone.
        check(
            &mut book,
            &[clear(Buy, None), clear(Sell, None)],
            true,
            &[],
            &[],
        );
    }
}
