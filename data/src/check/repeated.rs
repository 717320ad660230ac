//! Whether a message is the one before it again.

use crate::catalog::{DepthRow, FundingRow, InterestRow, MarkRow, QuoteRow, Row, StatusRow};

/// True when nothing but receive time and place tells two consecutive rows apart, and the venue's ids or stamps say
/// that they are one message; without either the receive time must be equal as well.
///
/// Trades are told by their ids elsewhere: two prints can be equal.
pub(super) fn is_repeated(before: &Row, row: &Row) -> bool {
    let same_time = before.ts() == row.ts();
    let told = row.ts_venue().is_some() || has_id(row);
    (told || same_time) && same_content(before, row)
}

fn has_id(row: &Row) -> bool {
    match row {
        Row::Quote(row) => row.update_id != 0,
        Row::Depth(row) => row.last != 0,
        _ => false,
    }
}

fn same_content(before: &Row, row: &Row) -> bool {
    let (ts, place) = (row.ts(), row.place());
    match (before, row) {
        (Row::Quote(a), Row::Quote(b)) => QuoteRow { ts, place, ..*a } == *b,
        (Row::Mark(a), Row::Mark(b)) => MarkRow { ts, place, ..*a } == *b,
        (Row::Funding(a), Row::Funding(b)) => FundingRow { ts, place, ..*a } == *b,
        (Row::Interest(a), Row::Interest(b)) => InterestRow { ts, place, ..*a } == *b,
        (Row::Status(a), Row::Status(b)) => StatusRow { ts, place, ..*a } == *b,
        (Row::Depth(a), Row::Depth(b)) => same_depth(a, b),
        _ => false,
    }
}

fn same_depth(a: &DepthRow, b: &DepthRow) -> bool {
    (a.ts_venue, a.snapshot, a.first, a.last, a.prev)
        == (b.ts_venue, b.snapshot, b.first, b.last, b.prev)
        && a.bids == b.bids
        && a.asks == b.asks
}
