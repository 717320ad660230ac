//! A look at the start of a capture: whose it is, and with how many decimals it writes.

use std::collections::BTreeSet;
use std::path::Path;

use onetape_adapters::binance::{Market, Message, decode};

use super::infer::{Decimals, Scales};
use super::lines::Lines;
use crate::error::{Error, Result};

/// Lines that are looked at.
const PEEK_LINES: usize = 1_000;

/// What the start of a capture tells.
#[derive(Debug, Default)]
pub(super) struct Peek {
    pub(super) market: Option<Market>,
    pub(super) scales: Scales,
    /// Symbols with depth diffs.
    pub(super) depth: BTreeSet<String>,
}

/// Looks at the first lines.
pub(super) fn peek(path: &Path, venue_told: bool) -> Result<Peek> {
    let mut lines = Lines::open(path)?;
    let mut peek = Peek::default();
    let mut unnamed = Decimals::default();
    for _ in 0..PEEK_LINES {
        let Some(line) = lines.next()? else { break };
        let bad = |what: String, fix: &str| Error::Line {
            file: path.to_path_buf(),
            line: line.number,
            what,
            fix: fix.to_string(),
        };
        let decoded =
            decode(line.text).map_err(|why| bad(why.to_string(), "mend or remove the line"))?;
        match (peek.market, decoded.market) {
            (Some(known), Some(found)) if known != found && !venue_told => {
                let what = format!(
                    "a message of {} among those of {}",
                    found.venue(),
                    known.venue()
                );
                return Err(bad(what, "split the file by venue"));
            }
            (None, found) => peek.market = found,
            _ => {}
        }
        let Some(seen) = Decimals::of(&decoded.message) else {
            continue;
        };
        match symbol(&decoded.message) {
            Some(symbol) => {
                let known = peek.scales.entry(symbol.to_string()).or_default();
                *known = known.max(seen);
            }
            None => unnamed = unnamed.max(seen),
        }
        if let Message::Diff(diff) = &decoded.message {
            peek.depth.insert(diff.symbol.to_string());
        }
    }
    if let Some(symbol) = peek.snapshot_symbol() {
        let known = peek.scales.entry(symbol).or_default();
        *known = known.max(unnamed);
    }
    Ok(peek)
}

impl Peek {
    /// Whose a snapshot is that does not say so: the only symbol with diffs, or the only symbol at all.
    pub(super) fn snapshot_symbol(&self) -> Option<String> {
        let only = |mut names: Box<dyn Iterator<Item = &String> + '_>| {
            names.next().filter(|_| names.next().is_none()).cloned()
        };
        match self.depth.is_empty() {
            false => only(Box::new(self.depth.iter())),
            true => only(Box::new(self.scales.keys())),
        }
    }
}

/// The symbol that a message names.
pub(super) fn symbol<'m>(message: &'m Message<'_>) -> Option<&'m str> {
    match message {
        Message::Quote(quote) => Some(&quote.symbol),
        Message::Diff(diff) => Some(&diff.symbol),
        Message::Snapshot(snapshot) => snapshot.symbol.as_deref(),
        Message::Trade(trade) => Some(&trade.symbol),
        Message::Mark(mark) => Some(&mark.symbol),
        // This format stores the trade stream.
        Message::Ignored | Message::Aggregate(_) => None,
    }
}
