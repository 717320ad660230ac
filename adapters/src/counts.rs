//! What was heard and not used, by why and what: nothing is dropped without a trace.

use std::collections::BTreeMap;

/// Most different things that are told apart; a venue that sends ever new names does not grow the table.
const KINDS_MAX: usize = 256;

/// Why something from a venue was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unused {
    /// A message or reply of which nothing is needed: candles, statistics, lists of orders of a kind that we do not
    /// send.
    NotNeeded,
    /// A message of a kind that this version does not know.
    UnknownKind,
    /// A word where a known set of words was expected; what could be told without it was told.
    UnknownWord,
    /// A symbol that this run does not have.
    OtherSymbol,
    /// An asset that this run does not have.
    OtherAsset,
    /// A known message that could not be understood; its words are in the log.
    Unsound,
    /// An interface that the venue has closed.
    Retired,
    /// A fee in an asset of unknown worth: the fill stands, its fee is worth zero until it is known.
    FeeWorth,
}

impl Unused {
    /// The word used in pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotNeeded => "not_needed",
            Self::UnknownKind => "unknown_kind",
            Self::UnknownWord => "unknown_word",
            Self::OtherSymbol => "other_symbol",
            Self::OtherAsset => "other_asset",
            Self::Unsound => "unsound",
            Self::Retired => "retired",
            Self::FeeWorth => "fee_worth",
        }
    }
}

/// How often something was not used, by why and what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<(Unused, String), u64>);

impl Counts {
    /// One more. `what` is a name of the protocol: a message's kind, a field, a word; its first 60 characters count.
    pub fn add(&mut self, why: Unused, what: &str) {
        let short: String = what.chars().take(60).collect();
        let full = self.0.len() >= KINDS_MAX;
        let key = (why, short);
        let key = match full && !self.0.contains_key(&key) {
            true => (why, "others".to_string()),
            false => key,
        };
        *self.0.entry(key).or_default() += 1;
    }

    /// How often, for a reason, whatever it was.
    pub fn of(&self, why: Unused) -> u64 {
        let mine = self.0.iter().filter(|((reason, _), _)| *reason == why);
        mine.map(|(_, count)| count).sum()
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Unused, &str, u64)> {
        let all = self.0.iter();
        all.map(|((why, what), count)| (*why, what.as_str(), *count))
    }

    /// True for none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds those of another.
    pub fn merge(&mut self, other: &Self) {
        for (key, count) in &other.0 {
            *self.0.entry(key.clone()).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_does_not_grow_without_bound() {
        let mut counts = Counts::default();
        for n in 0..10_000 {
            counts.add(Unused::UnknownKind, &n.to_string());
        }
        counts.add(Unused::Retired, "x");
        assert_eq!(counts.of(Unused::UnknownKind), 10_000);
        assert!(counts.iter().count() <= KINDS_MAX + 2);
        let mut twice = counts.clone();
        twice.merge(&counts);
        assert_eq!(twice.of(Unused::UnknownKind), 20_000);
    }
}
