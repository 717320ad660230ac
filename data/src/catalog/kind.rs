//! The kinds of rows that are stored, one folder each.

use serde::{Deserialize, Serialize};

use super::row::Row;

/// A kind of market data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Top of book.
    Quote,
    /// Depth snapshots and diffs.
    Depth,
    /// Public prints.
    Trade,
    /// Mark and index prices.
    Mark,
    /// Funding rates.
    Funding,
    /// Candles, stamped with their close.
    Bar,
    /// Open interest.
    Interest,
    /// Whether an instrument trades.
    Status,
    /// News of a feed that was recorded live: connects, losses, gaps, and what was drawn together.
    Feed,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Quote,
        Self::Depth,
        Self::Trade,
        Self::Mark,
        Self::Funding,
        Self::Bar,
        Self::Interest,
        Self::Status,
        Self::Feed,
    ];

    /// The word used in paths and pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quote => "quote",
            Self::Depth => "depth",
            Self::Trade => "trade",
            Self::Mark => "mark",
            Self::Funding => "funding",
            Self::Bar => "bar",
            Self::Interest => "interest",
            Self::Status => "status",
            Self::Feed => "feed",
        }
    }

    /// The kind of a row.
    pub const fn of(row: &Row) -> Self {
        match row {
            Row::Quote(_) => Self::Quote,
            Row::Depth(_) => Self::Depth,
            Row::Trade(_) => Self::Trade,
            Row::Mark(_) => Self::Mark,
            Row::Funding(_) => Self::Funding,
            Row::Bar(_) => Self::Bar,
            Row::Interest(_) => Self::Interest,
            Row::Status(_) => Self::Status,
            Row::Feed(_) => Self::Feed,
        }
    }
}
