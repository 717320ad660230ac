//! Which files are to be read, and what the manifest alone says of them.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{CheckName, Scope, Severity};
use super::lanes::verify;
use crate::catalog::{Catalog, InstrumentRecord, Kind};
use crate::error::Result;
use crate::tape::Window;

/// Words by which venues call a trade.
const TRADE_WORDS: [&str; 2] = ["MARKET", "None"];

/// Places in the manifest of the sound files of an instrument and kind that a stretch of time needs, by time. For
/// depth those before it as well, from which the book at its start is made.
pub(super) fn needed(
    catalog: &Catalog,
    record: &InstrumentRecord,
    kind: Kind,
    window: Window,
    to: &mut Scope<'_>,
) -> Result<Vec<usize>> {
    let all = catalog.all_files();
    let series = record.series();
    let mut files: Vec<usize> = (0..all.len())
        .filter(|&at| all[at].kind == kind && all[at].series() == series)
        .filter(|&at| all[at].first_ts < window.to)
        .filter(|&at| all[at].last_ts >= window.from || kind == Kind::Depth)
        .collect();
    files.sort_by(|&a, &b| (all[a].first_ts, &all[a].path).cmp(&(all[b].first_ts, &all[b].path)));
    overlaps(catalog, &files, to);
    let mut sound = Vec::with_capacity(files.len());
    for file in files {
        match verify(catalog, file)? {
            None => sound.push(file),
            Some(damage) => {
                to.tell_file(
                    CheckName::FileDamaged,
                    Severity::Error,
                    damage.file,
                    damage.what,
                );
            }
        }
    }
    Ok(sound)
}

/// Files by the time of their first row: each against the one before it that lasts longest.
fn overlaps(catalog: &Catalog, files: &[usize], to: &mut Scope<'_>) {
    let all = catalog.all_files();
    let mut longest: Option<usize> = None;
    for &file in files {
        if let Some(before) = longest.filter(|&before| all[before].overlaps(&all[file])) {
            let says = format!(
                "it covers the same time as {}: rows of both are given, in order of time",
                all[before].path
            );
            to.tell_file(CheckName::Coverage, Severity::Warning, file, says);
        }
        if longest.is_none_or(|before| all[before].last_ts < all[file].last_ts) {
            longest = Some(file);
        }
    }
}

/// Tells of entries of the trade stream that are no trades, and gives how many the import left out.
pub(super) fn non_trades(catalog: &Catalog, record: &InstrumentRecord, to: &mut Scope<'_>) -> u64 {
    let (all, series) = (catalog.all_files(), record.series());
    let files: Vec<usize> = (0..all.len())
        .filter(|&at| all[at].kind == Kind::Trade && all[at].series() == series)
        .collect();
    let told: BTreeSet<&str> = (files.iter())
        .filter(|&&at| !all[at].words.is_empty())
        .map(|&at| all[at].source_hash.as_str())
        .collect();
    let (mut entries, mut rows) = (0_u64, 0_u64);
    let mut words: BTreeMap<&str, u64> = BTreeMap::new();
    let mut first = None;
    for &at in files
        .iter()
        .filter(|&&at| told.contains(all[at].source_hash.as_str()))
    {
        rows = rows.saturating_add(all[at].rows);
        for (word, &count) in &all[at].words {
            entries = entries.saturating_add(count);
            if !TRADE_WORDS.contains(&word.as_str()) {
                *words.entry(word).or_default() += count;
                first.get_or_insert(at);
            }
        }
    }
    let aside = entries.saturating_sub(rows);
    let others: u64 = words.values().sum();
    let place = first.or_else(|| files.first().copied());
    if let Some(file) = place.filter(|_| aside.max(others) > 0) {
        let list: Vec<String> = words
            .iter()
            .map(|(word, n)| format!("{word} {n}"))
            .collect();
        let named = match list.is_empty() {
            true => String::new(),
            false => format!(" by the venue's words {}", list.join(", ")),
        };
        let says = format!(
            "the trade stream held entries that are no trades{named}; the import set {aside} aside"
        );
        to.tell_file(CheckName::NonTrade, Severity::Note, file, says);
        if let Some(finding) = to.found.last_mut() {
            finding.count = aside.max(others);
            let counts = words.iter().map(|(word, n)| ((*word).to_string(), *n));
            finding.values.insert("set_aside", aside.to_string());
            let text = counts
                .map(|(word, n)| format!("{word}={n}"))
                .collect::<Vec<_>>();
            finding.values.insert("words", text.join(" "));
        }
    }
    aside
}
