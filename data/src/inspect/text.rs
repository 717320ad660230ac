//! Contents as text for people.

use std::fmt;

use super::books::BookReport;
use super::contents::{Contents, InstrumentContents};

/// Digits of a source's hash that are shown.
const HASH_DIGITS: usize = 12;

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.instruments.is_empty() {
            return writeln!(f, "{} is empty", self.catalog);
        }
        for (at, found) in self.instruments.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            instrument(f, found)?;
        }
        Ok(())
    }
}

fn instrument(f: &mut fmt::Formatter<'_>, found: &InstrumentContents) -> fmt::Result {
    let rules = &found.rules;
    writeln!(
        f,
        "{}   {} {}/{}, price {} decimals (tick {}), quantity {} decimals (lot {}){}",
        found.instrument,
        rules.kind,
        rules.base,
        rules.quote,
        rules.price_decimals,
        rules.tick,
        rules.qty_decimals,
        rules.lot,
        if rules.inferred {
            ", inferred from data"
        } else {
            ""
        },
    )?;
    if found.kinds.is_empty() {
        return writeln!(f, "  no rows");
    }
    writeln!(
        f,
        "  {:<8}{:>12}{:>6}{:>14}{:>11}  {:<31}{:<31}sources",
        "kind", "rows", "days", "bytes", "bytes/row", "first (UTC)", "last (UTC)"
    )?;
    for kind in &found.kinds {
        let sources: Vec<&str> = kind
            .source_hashes
            .iter()
            .map(|hash| hash.get(..HASH_DIGITS).unwrap_or(hash))
            .collect();
        writeln!(
            f,
            "  {:<8}{:>12}{:>6}{:>14}{:>11}  {:<31}{:<31}{}",
            kind.kind,
            kind.rows,
            kind.days,
            kind.bytes,
            kind.bytes_per_row,
            kind.first,
            kind.last,
            sources.join(" "),
        )?;
    }
    found.book.as_ref().map_or(Ok(()), |found| book(f, found))
}

fn book(f: &mut fmt::Formatter<'_>, book: &BookReport) -> fmt::Result {
    match &book.snapshot {
        None => writeln!(f, "  book: no snapshot was recorded, so there is none")?,
        Some(snapshot) => writeln!(
            f,
            "  book: snapshot {} ({} bids, {} asks), {} diffs applied, {} stale, {} gaps, {} times crossed",
            snapshot.last_update_id,
            snapshot.bids,
            snapshot.asks,
            book.diffs_applied,
            book.diffs_dropped_stale,
            book.sequence_gaps,
            book.book_crossed_after_apply,
        )?,
    }
    let tops = book.tops;
    writeln!(
        f,
        "  top against quotes: {} compared, {} with another price, {} with another quantity alone",
        tops.n, tops.price_mismatch, tops.qty_only_mismatch
    )?;
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_string());
    writeln!(
        f,
        "  trades: {}, {} gaps in their ids, volume {}, average price {}",
        book.trades,
        book.trade_id_gaps,
        text(&book.trade_volume),
        text(&book.trade_vwap),
    )?;
    let best = |levels: &[(String, String)]| {
        levels
            .first()
            .map_or("-".to_string(), |(price, qty)| format!("{qty} @ {price}"))
    };
    writeln!(
        f,
        "  at the end, update {}: {} bids, best {}; {} asks, best {}\n  sha256 {}",
        book.last_u,
        book.final_levels.0,
        best(&book.final_top5_bids),
        book.final_levels.1,
        best(&book.final_top5_asks),
        book.book_sha256,
    )
}
