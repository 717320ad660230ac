//! A rebuilt book's top against the venue's own quotes, matched by update id.
//!
//! A quote and the diff that holds the same change travel on their own, so either may come first: a top is
//! compared once a quote with a later id has shown which quote was the last at or before it.

use std::collections::VecDeque;

use onetape_core::event::Level;
use serde::Serialize;

use crate::catalog::QuoteRow;

/// Tops, and quotes, that wait for each other. Beyond it the oldest go: a top is compared with what there is.
const WAITING_MAX: usize = 65_536;

/// The book's top after each diff, against the last quote whose update id is not after the diff's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TopReport {
    /// Compared.
    pub n: u64,
    /// With another best price.
    pub price_mismatch: u64,
    /// With the same prices and another quantity.
    pub qty_only_mismatch: u64,
}

/// Best bid and ask.
pub(super) type Top = Option<(Level, Level)>;

#[derive(Default)]
pub(super) struct TopCheck {
    waiting: VecDeque<(u64, Top)>,
    /// Quotes that are not yet known to be at or before a top.
    quotes: VecDeque<QuoteRow>,
    /// The last quote that is.
    last: Option<QuoteRow>,
    /// Quotes that came with the very id that the book stood at.
    same_id: u64,
    same_id_mismatch: u64,
    report: TopReport,
}

impl TopCheck {
    /// A quote came while the book stood at an update id with a top.
    pub(super) fn quote(&mut self, quote: &QuoteRow, book_id: u64, top: Top) {
        if quote.update_id == book_id {
            self.same_id += 1;
            self.same_id_mismatch += u64::from(top != Some((quote.bid, quote.ask)));
        }
        self.quotes.push_back(*quote);
        self.settle();
        if self.quotes.len() > WAITING_MAX {
            self.last = self.quotes.pop_front();
        }
    }

    /// A diff up to an update id made this top.
    pub(super) fn diff(&mut self, id: u64, top: Top) {
        self.waiting.push_back((id, top));
        self.settle();
        if self.waiting.len() > WAITING_MAX {
            self.judge();
        }
    }

    /// Nothing more comes: the comparison, the quotes of the book's own id, and those of them that differ.
    pub(super) fn end(mut self) -> (TopReport, u64, u64) {
        while !self.waiting.is_empty() {
            self.judge();
        }
        (self.report, self.same_id, self.same_id_mismatch)
    }

    /// Judges the tops for which a later quote is known.
    fn settle(&mut self) {
        while let (Some(&(id, _)), Some(quote)) = (self.waiting.front(), self.quotes.back())
            && quote.update_id > id
        {
            self.judge();
        }
    }

    fn judge(&mut self) {
        let Some((id, top)) = self.waiting.pop_front() else {
            return;
        };
        while let Some(quote) = self.quotes.pop_front_if(|quote| quote.update_id <= id) {
            self.last = Some(quote);
        }
        let Some(quote) = self.last.filter(|quote| quote.update_id <= id) else {
            return;
        };
        self.report.n += 1;
        let prices = top.map(|(bid, ask)| (bid.price, ask.price));
        if prices != Some((quote.bid.price, quote.ask.price)) {
            self.report.price_mismatch += 1;
        } else if top != Some((quote.bid, quote.ask)) {
            self.report.qty_only_mismatch += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use onetape_core::num::{Price, Qty};
    use onetape_core::time::Ts;

    fn level(price: i64, qty: i64) -> Level {
        Level {
            price: Price::new(price),
            qty: Qty::new(qty),
        }
    }

    fn quote(update_id: u64, bid: (i64, i64)) -> QuoteRow {
        QuoteRow {
            ts: Ts::from_nanos(0),
            ts_venue: None,
            place: 0,
            update_id,
            bid: level(bid.0, bid.1),
            ask: level(200, 1),
        }
    }

    fn top(price: i64, qty: i64) -> Top {
        Some((level(price, qty), level(200, 1)))
    }

    #[test]
    fn tops_are_compared_with_the_last_quote_at_or_before_them() {
        let mut check = TopCheck::default();
        check.diff(4, top(98, 1)); // no quote at or before it: not compared
        check.quote(&quote(5, (99, 1)), 4, top(98, 1));
        check.diff(7, top(99, 1)); // the quote of id 7 comes after it
        check.quote(&quote(7, (100, 2)), 7, top(99, 1));
        check.diff(8, top(100, 3)); // same price, other quantity
        check.quote(&quote(9, (101, 1)), 8, top(100, 3));
        check.quote(&quote(11, (102, 1)), 8, top(100, 3));
        check.diff(10, top(101, 1)); // it and a later quote are known already
        let (report, same, mismatch) = check.end();
        assert_eq!(
            (report.n, report.price_mismatch, report.qty_only_mismatch),
            (3, 1, 1)
        );
        assert_eq!((same, mismatch), (1, 1));
    }
}
