//! What is told again and again: the first of a kind in full, the rest as a number each minute. Whoever sends what leads to
//! a line cannot fill a disk with it.

use std::collections::BTreeMap;

use onetape_core::time::{Span, Ts};

/// So many of a kind are told in full.
const FIRST: u32 = 5;
/// Between two numbers of the rest. After as long without any, a kind is new again.
const EVERY: Span = Span::from_millis(60_000);
/// Kinds that are told apart; what comes beyond is one kind.
const KINDS_MAX: usize = 256;

/// How one kind has been since its count began.
#[derive(Clone, Debug)]
struct Course<V> {
    since: Ts,
    told: u32,
    more: u64,
    last: Option<V>,
}

/// So many of a kind were not told, since so long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct More<V> {
    /// How many.
    pub(super) count: u64,
    /// In what time.
    pub(super) within: Span,
    /// The last of them.
    pub(super) last: V,
}

impl<V> More<V> {
    /// Its number and its last, in words.
    pub(super) fn words(&self, last: &str) -> String {
        let seconds = self.within.nanos() / 1_000_000_000;
        format!("{} more like this in {seconds} s: {last}", self.count)
    }
}

/// All kinds. Time is what it is told.
#[derive(Clone, Debug)]
pub(super) struct Repeats<K, V>(BTreeMap<Option<K>, Course<V>>);

impl<K, V> Default for Repeats<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, V> Repeats<K, V> {
    /// Takes one in, with those before it that are known by their number alone; gives it back where it is to be told.
    pub(super) fn take(&mut self, now: Ts, kind: K, before: u64, what: V) -> Option<V> {
        let mut kind = Some(kind);
        if self.0.len() >= KINDS_MAX && !self.0.contains_key(&kind) {
            kind = None;
        }
        let course = self.0.entry(kind).or_insert_with(|| Course {
            since: now,
            told: 0,
            more: 0,
            last: None,
        });
        course.more += before;
        if course.told < FIRST {
            course.told += 1;
            return Some(what);
        }
        course.more += 1;
        course.last = Some(what);
        None
    }

    /// The numbers whose time has come. Kinds of which none came meanwhile are forgotten.
    pub(super) fn due(&mut self, now: Ts) -> Vec<More<V>> {
        self.collect(now, EVERY)
    }

    /// The numbers of all that was not told, before an end.
    pub(super) fn rest(&mut self, now: Ts) -> Vec<More<V>> {
        self.collect(now, Span::ZERO)
    }

    fn collect(&mut self, now: Ts, after: Span) -> Vec<More<V>> {
        let mut found = Vec::new();
        self.0.retain(|_, course| {
            let within = now.since(course.since);
            if within < after {
                return true;
            }
            let Some(last) = course.last.take() else {
                return false;
            };
            let count = std::mem::take(&mut course.more);
            course.since = now;
            found.push(More {
                count,
                within,
                last,
            });
            true
        });
        found
    }
}

/// The kind of a sentence: its words without numbers.
pub(super) fn without_numbers(words: &str) -> String {
    let letters = words.chars().filter(|it| !it.is_ascii_digit());
    letters.take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: i64) -> Ts {
        Ts::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn s17_what_repeats_is_told_five_times_and_then_by_its_number() {
        let mut repeats = Repeats::default();
        let mut told = 0;
        for n in 0..600_000_i64 {
            // A thousand a second, for ten minutes.
            let now = Ts::from_nanos(n * 1_000_000);
            told += i64::from(repeats.take(now, "a", 0, n).is_some());
            for more in repeats.due(now) {
                told += 1;
                assert_eq!(more.within, EVERY);
                assert_eq!(more.last, n);
            }
        }
        assert_eq!(told, 5 + 9, "five, and a number for each whole minute");
        let rest = repeats.rest(at(600));
        assert_eq!(
            (rest.len(), rest[0].count, rest[0].last),
            (1, 59_999, 599_999)
        );
        assert!(repeats.rest(at(600)).is_empty());
    }

    #[test]
    fn no_kind_hides_another_and_what_was_quiet_is_new() {
        let mut repeats = Repeats::default();
        for n in 0..100 {
            repeats.take(at(0), "a", 0, n);
        }
        assert_eq!(repeats.take(at(1), "b", 0, 7), Some(7));
        let due = repeats.due(at(60));
        assert_eq!((due.len(), due[0].count, due[0].last), (1, 95, 99));
        assert!(repeats.due(at(120)).is_empty());
        assert_eq!(repeats.take(at(121), "a", 0, 8), Some(8), "new again");
    }

    #[test]
    fn what_nobody_kept_counts_too_and_is_told_with_the_next_that_is_not() {
        let mut repeats = Repeats::default();
        assert_eq!(repeats.take(at(0), "a", 1_000, 1), Some(1));
        for n in 2..=6 {
            repeats.take(at(0), "a", 0, n);
        }
        let due = repeats.due(at(60));
        assert_eq!((due[0].count, due[0].last), (1_001, 6));
        assert_eq!(due[0].words("it"), "1001 more like this in 60 s: it");
    }

    #[test]
    fn kinds_without_end_are_one_kind() {
        let mut repeats = Repeats::default();
        let told = (0..10_000).filter(|n| repeats.take(at(0), *n, 0, *n).is_some());
        assert_eq!(told.count(), KINDS_MAX + FIRST as usize);
        assert_eq!(repeats.0.len(), KINDS_MAX + 1);
    }

    #[test]
    fn sentences_are_of_a_kind_without_their_numbers() {
        let a = without_numbers("exposure is 40123.5, more than 40000");
        assert_eq!(a, without_numbers("exposure is 7.25, more than 40000"));
        assert_ne!(a, without_numbers("drawdown is 7.25, more than 40000"));
    }
}
