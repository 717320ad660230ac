//! What an import came to.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::catalog::Kind;

/// What one call brought in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Every source, in the order of the call.
    pub sources: Vec<SourceReport>,
    /// Messages that were stored.
    pub messages: u64,
    /// Parquet rows that were written.
    pub rows: u64,
    /// Bytes of the files that were written.
    pub bytes: u64,
}

/// What one source brought in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SourceReport {
    /// The source as it was named.
    pub path: String,
    /// XXH3-128 of its bytes.
    pub hash: String,
    /// True when the catalogue had it, and nothing was done.
    pub already_imported: bool,
    /// Its length.
    pub source_bytes: u64,
    /// Lines that it has.
    pub lines: u64,
    /// Messages of no kind that is stored.
    pub ignored: u64,
    /// The same by what they are, where the format tells.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub passed_over: BTreeMap<String, u64>,
    /// What was learnt of it where it has no rows of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gave: Option<String>,
    /// Its series.
    pub series: Vec<SeriesReport>,
}

/// What one series of a source brought in. Messages are counted as they came, those that were set aside too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SeriesReport {
    /// Full name, `venue:SYMBOL`.
    pub instrument: String,
    /// True when its rules are only inferred from the data.
    pub inferred: bool,
    /// Top-of-book messages.
    pub quotes: u64,
    /// Depth diffs.
    pub depth_diffs: u64,
    /// Depth snapshots.
    pub depth_snapshots: u64,
    /// Messages of the trade stream.
    pub trades: u64,
    /// The same by the venue's own word for their kind (`X`).
    #[serde(rename = "trade_X_types")]
    pub trade_x_types: BTreeMap<String, u64>,
    /// Mark price messages.
    pub marks: u64,
    /// Changes of the funding rate or its time.
    pub fundings: u64,
    /// Candles.
    pub bars: u64,
    /// Changes of the open interest.
    pub interests: u64,
    /// Changes of whether the instrument trades.
    pub statuses: u64,
    /// News of the feed.
    #[serde(skip_serializing_if = "is_zero")]
    pub feeds: u64,
    /// What was accepted although it is not as it should be.
    pub set_aside: SetAside,
    /// Messages that were stored.
    pub messages: u64,
    /// Parquet rows that were written.
    pub rows: u64,
    /// Bytes of the files that were written.
    pub bytes: u64,
}

impl SeriesReport {
    /// Counts a message; of depth a diff.
    pub(super) const fn came(&mut self, kind: Kind) {
        let count = match kind {
            Kind::Quote => &mut self.quotes,
            Kind::Depth => &mut self.depth_diffs,
            Kind::Trade => &mut self.trades,
            Kind::Mark => &mut self.marks,
            Kind::Funding => &mut self.fundings,
            Kind::Bar => &mut self.bars,
            Kind::Interest => &mut self.interests,
            Kind::Status => &mut self.statuses,
            Kind::Feed => &mut self.feeds,
        };
        *count += 1;
    }
}

/// Counts of what was not taken as it came: what `--accept` let pass, and what says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SetAside {
    /// Entries of the trade stream that are no trade; not stored.
    pub non_trades: u64,
    /// Breaks in the chain of depth update ids; the messages are stored. A chain starts at a snapshot: what is
    /// missing after a break and before the next snapshot, or where there is no snapshot at all, is not counted.
    pub gaps: u64,
    /// Messages with a price or quantity that cannot be; not stored, or for depth stored without those levels.
    pub bad_prices: u64,
    /// Quotes without a bid or without an ask; not stored.
    pub one_sided: u64,
    /// Depth rows before the first snapshot, which change a book that is not known; not stored.
    pub before_snapshot: u64,
    /// Marks and rates that are told with more than 8 decimals; stored rounded to 8.
    pub rounded: u64,
    /// Messages that an array has for the recorder's clock and not for the venue's; stored.
    #[serde(skip_serializing_if = "is_zero")]
    pub local_alone: u64,
    /// Messages that an array has for the venue's clock and not for the recorder's; not stored.
    #[serde(skip_serializing_if = "is_zero")]
    pub venue_alone: u64,
}

/// Arrays alone have such counts.
const fn is_zero(count: &u64) -> bool {
    *count == 0
}
