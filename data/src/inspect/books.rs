//! A depth book rebuilt from its snapshots and diffs, and what can be said of it.

use std::collections::BTreeMap;

use onetape_core::book::{DepthBook, Ladder};
use onetape_core::event::DepthUpdate;
use onetape_core::names::InstrumentId;
use onetape_core::num::format_fixed;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::tops::{Top, TopCheck, TopReport};
use super::trades::TradeStats;
use crate::catalog::{Catalog, InstrumentRecord, Kind};
use crate::error::Result;
use crate::tape::{Cursor, DepthCursor, Need, Part, QuoteColumns, Window, parts};

/// Levels of each side that are printed.
const TOP_LEVELS: usize = 5;

/// Diffs kept until the first snapshot; the oldest go beyond it.
const WAITING_MAX: usize = 4_096;

/// A book rebuilt from diffs. Key names are those of the reference answers; prices and quantities are texts at
/// the instrument's decimals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BookReport {
    /// The first snapshot.
    pub snapshot: Option<SnapshotReport>,
    /// Diffs that were received before it.
    pub diffs_before_snapshot_line: u64,
    /// First and last update id of the first diff that was applied.
    #[serde(rename = "first_applied_Uu")]
    pub first_applied: Option<(u64, u64)>,
    /// First and last update id of the first diff after the snapshot, when it does not continue it.
    pub first_applied_sync_violation: Option<(u64, u64)>,
    /// Diffs that the snapshot, or an earlier diff, already held.
    pub diffs_dropped_stale: u64,
    /// Diffs applied.
    pub diffs_applied: u64,
    /// Breaks in the chain of update ids.
    pub sequence_gaps: u64,
    /// Diffs after which the book was crossed or locked.
    pub book_crossed_after_apply: u64,
    /// Last update id in the book.
    pub last_u: u64,
    /// Quotes that were received while the book stood at their very update id.
    #[serde(rename = "bookTicker_same_u_compared")]
    pub same_id: u64,
    /// Those of them that differ from the book's top.
    #[serde(rename = "bookTicker_same_u_mismatch")]
    pub same_id_mismatch: u64,
    /// The book's top after each diff against the last quote at or before its update id.
    #[serde(rename = "top_vs_last_bookTicker_le_u")]
    pub tops: TopReport,
    /// Entries of the trade stream by the venue's own word for their kind, those that were set aside too.
    #[serde(rename = "trade_X_types")]
    pub trade_x_types: BTreeMap<String, u64>,
    /// Prints with a price of zero.
    pub trades_with_price_0: u64,
    /// Levels of bids and asks at the end.
    pub final_levels: (u64, u64),
    /// Best bids at the end: price and quantity.
    pub final_top5_bids: Vec<(String, String)>,
    /// Best asks at the end: price and quantity.
    pub final_top5_asks: Vec<(String, String)>,
    /// SHA-256 of the lines `B price qty`, best first, then `A price qty`, best first.
    pub book_sha256: String,
    /// Prints.
    pub trades: u64,
    /// Prints whose id does not follow the one before.
    pub trade_id_gaps: u64,
    /// Quantity of all prints.
    pub trade_volume: Option<String>,
    /// Average price of all prints by quantity, to eight decimals.
    pub trade_vwap: Option<String>,
}

/// A snapshot as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SnapshotReport {
    /// Its update id.
    #[serde(rename = "lastUpdateId")]
    pub last_update_id: u64,
    /// Levels of bids.
    pub bids: u64,
    /// Levels of asks.
    pub asks: u64,
}

/// Rebuilds the book of an instrument; `None` when there is no depth of it.
pub(super) fn report(
    catalog: &Catalog,
    record: &InstrumentRecord,
    step: &mut dyn FnMut(u64),
) -> Result<Option<BookReport>> {
    let depth = verified(catalog, record, Kind::Depth)?;
    if depth.is_empty() {
        return Ok(None);
    }
    let mut depth = DepthCursor::new(depth, Window::ALL, Need::ROWS)?;
    let quotes = verified(catalog, record, Kind::Quote)?;
    let mut quotes: Cursor<QuoteColumns> = Cursor::new(quotes, Window::ALL, Need::ROWS)?;
    let mut rebuilt = Rebuilt::default();
    loop {
        match (depth.head(), quotes.head()) {
            (None, None) => break,
            (Some(message), quote) if quote.is_none_or(|quote| message < quote) => {
                rebuilt.message(depth.take_update(InstrumentId(0))?.0);
            }
            _ => {
                let (columns, at) = quotes.row();
                let quote = columns.row(at);
                if rebuilt.snapshot.is_some() {
                    let (id, top) = (rebuilt.book.last_id(), top(&rebuilt.book));
                    rebuilt.tops.quote(&quote, id, top);
                }
                quotes.advance()?;
            }
        }
        step(1);
    }
    let trades = verified(catalog, record, Kind::Trade)?;
    let trades = TradeStats::read(Cursor::new(trades, Window::ALL, Need::ROWS)?, step)?;
    let mut report = rebuilt.report(record, &trades);
    report.trade_x_types = words(catalog, record);
    Ok(Some(report))
}

fn words(catalog: &Catalog, record: &InstrumentRecord) -> BTreeMap<String, u64> {
    let mut sum = BTreeMap::new();
    for file in catalog.files(&record.series(), Kind::Trade) {
        for (word, count) in &file.words {
            *sum.entry(word.clone()).or_default() += count;
        }
    }
    sum
}

fn verified(catalog: &Catalog, record: &InstrumentRecord, kind: Kind) -> Result<Vec<Part>> {
    let series = record.series();
    if catalog.files(&series, kind).is_empty() {
        return Ok(Vec::new());
    }
    let parts = parts(catalog, &series, kind, Window::ALL)?;
    for part in &parts {
        catalog.verify(&part.record)?;
    }
    Ok(parts)
}

#[derive(Default)]
struct Rebuilt {
    book: DepthBook,
    snapshot: Option<SnapshotReport>,
    before_snapshot: u64,
    waiting: std::collections::VecDeque<DepthUpdate>,
    violation: Option<(u64, u64)>,
    tops: TopCheck,
}

impl Rebuilt {
    /// Diffs before the first snapshot are kept here, not in the book, so that each top they make is seen.
    fn message(&mut self, update: DepthUpdate) {
        if self.snapshot.is_none() && !update.snapshot {
            self.before_snapshot += 1;
            if self.waiting.len() == WAITING_MAX {
                self.waiting.pop_front();
            }
            self.waiting.push_back(update);
            return;
        }
        self.apply(&update);
        if update.snapshot && self.snapshot.is_none() {
            self.snapshot = Some(SnapshotReport {
                last_update_id: update.last,
                bids: update.bids.len() as u64,
                asks: update.asks.len() as u64,
            });
            for diff in std::mem::take(&mut self.waiting) {
                self.apply(&diff);
            }
        }
    }

    fn apply(&mut self, update: &DepthUpdate) {
        let before = self.book.counts();
        self.book.apply(update);
        let after = self.book.counts();
        if after.applied > before.applied {
            self.tops.diff(self.book.last_id(), top(&self.book));
        }
        if after.gaps > before.gaps && after.applied == 0 {
            self.violation.get_or_insert((update.first, update.last));
        }
    }

    fn report(self, record: &InstrumentRecord, trades: &TradeStats) -> BookReport {
        let counts = self.book.counts();
        let (tops, same_id, same_id_mismatch) = self.tops.end();
        let (bids, asks) = (self.book.bids(), self.book.asks());
        BookReport {
            snapshot: self.snapshot,
            diffs_before_snapshot_line: self.before_snapshot,
            first_applied: self.book.first_applied(),
            first_applied_sync_violation: self.violation,
            diffs_dropped_stale: counts.stale,
            diffs_applied: counts.applied,
            sequence_gaps: counts.gaps,
            book_crossed_after_apply: counts.crossed,
            last_u: self.book.last_id(),
            same_id,
            same_id_mismatch,
            tops,
            trade_x_types: BTreeMap::new(),
            trades_with_price_0: trades.price_zero,
            final_levels: (bids.len() as u64, asks.len() as u64),
            final_top5_bids: texts(bids, record).take(TOP_LEVELS).collect(),
            final_top5_asks: texts(asks, record).take(TOP_LEVELS).collect(),
            book_sha256: sha256(bids, asks, record),
            trades: trades.count,
            trade_id_gaps: trades.id_gaps,
            trade_volume: trades.volume(record.qty_decimals),
            trade_vwap: trades.vwap(record.price_decimals),
        }
    }
}

/// The best levels, whatever state the book is in.
fn top(book: &DepthBook) -> Top {
    Some((book.bids().best()?, book.asks().best()?))
}

fn texts(side: &Ladder, record: &InstrumentRecord) -> impl Iterator<Item = (String, String)> {
    let (price, qty) = (record.price_decimals, record.qty_decimals);
    side.iter().map(move |level| {
        (
            format_fixed(level.price.mantissa(), price),
            format_fixed(level.qty.mantissa(), qty),
        )
    })
}

fn sha256(bids: &Ladder, asks: &Ladder, record: &InstrumentRecord) -> String {
    let mut hash = Sha256::new();
    let mut between = "";
    for (name, side) in [("B", bids), ("A", asks)] {
        for (price, qty) in texts(side, record) {
            hash.update(format!("{between}{name} {price} {qty}"));
            between = "\n";
        }
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
