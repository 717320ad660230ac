//! Which round trips of two runs belong together.

use std::collections::BTreeMap;

use super::{ALIGNED_APART_MAX, APART_MAX, Alignment};
use crate::report::RoundTrip;

/// Two that belong together, or one alone. One of the two is there.
pub(crate) struct Pair<'a> {
    pub(crate) first: Option<&'a RoundTrip>,
    pub(crate) second: Option<&'a RoundTrip>,
    /// One alone, from when the other run saw no market.
    pub(crate) apart: bool,
}

impl Pair<'_> {
    /// Whose it is.
    pub(super) fn task(&self) -> &str {
        self.first.or(self.second).map_or("", |trip| &trip.task)
    }

    /// On the time of the second run.
    fn opened_ns(&self, by: Option<&Alignment>) -> i64 {
        let trip = self.first.map(|trip| opened(trip, by));
        let trip = trip.or(self.second.map(|trip| trip.opened_at.nanos()));
        trip.unwrap_or(0)
    }
}

/// What makes two round trips comparable: equal tasks that trade the same way.
type Key<'a> = (&'a str, Vec<(&'a str, Option<&'static str>)>);

fn key(trip: &RoundTrip) -> Key<'_> {
    let legs = trip.legs.iter();
    let legs = legs.map(|leg| (&*leg.instrument, leg.side)).collect();
    (&trip.task, legs)
}

/// Pairs round trips in time order. Of those that were opened close enough, the earliest of either side go together: an
/// earlier one is never left alone for a later one. On one time, an earlier one is left alone where the later one is nearer
/// to the other run's.
pub(super) fn pair<'a>(
    first: &'a [RoundTrip],
    second: &'a [RoundTrip],
    by: Option<&Alignment>,
) -> Vec<Pair<'a>> {
    let mut groups: BTreeMap<Key<'a>, [Vec<&'a RoundTrip>; 2]> = BTreeMap::new();
    for (side, trips) in [first, second].into_iter().enumerate() {
        for trip in trips {
            groups.entry(key(trip)).or_default()[side].push(trip);
        }
    }
    let mut pairs = Vec::new();
    for [first, second] in groups.values() {
        walk(first, second, by, &mut pairs);
    }
    pairs.sort_by_key(|pair| (pair.opened_ns(by), pair.first.is_none()));
    pairs
}

/// When a round trip of the first run was opened, on the time of the second.
fn opened(trip: &RoundTrip, by: Option<&Alignment>) -> i64 {
    by.map_or(trip.opened_at, |by| by.second_at(trip.opened_at))
        .nanos()
}

fn walk<'a>(
    first: &[&'a RoundTrip],
    second: &[&'a RoundTrip],
    by: Option<&Alignment>,
    pairs: &mut Vec<Pair<'a>>,
) {
    let most = by.map_or(APART_MAX, |_| ALIGNED_APART_MAX).nanos();
    let apart =
        |one: &RoundTrip, two: &RoundTrip| two.opened_at.nanos().saturating_sub(opened(one, by));
    let nearer = |gap: i64, now: i64| by.is_some() && gap.saturating_abs() < now.saturating_abs();
    let (mut at, mut other) = (0, 0);
    loop {
        let (one, two) = match (first.get(at).copied(), second.get(other).copied()) {
            (None, None) => return,
            (Some(one), Some(two)) => {
                let now = apart(one, two);
                // Whether the next of either side fits better.
                let next = first.get(at + 1);
                let next = next.is_some_and(|next| nearer(apart(next, two), now));
                let other_next = second.get(other + 1);
                let other_next = other_next.is_some_and(|next| nearer(apart(one, next), now));
                if now.saturating_abs() <= most && !next && !other_next {
                    (Some(one), Some(two))
                } else if now > 0 {
                    (Some(one), None)
                } else {
                    (None, Some(two))
                }
            }
            alone => alone,
        };
        at += usize::from(one.is_some());
        other += usize::from(two.is_some());
        pairs.push(Pair {
            first: one,
            second: two,
            apart: is_apart(one, two, by),
        });
    }
}

fn is_apart(first: Option<&RoundTrip>, second: Option<&RoundTrip>, by: Option<&Alignment>) -> bool {
    let Some(by) = by else {
        return false;
    };
    match (first, second) {
        (Some(one), None) => !by.is_common(one.opened_at),
        (None, Some(two)) => !by.is_common(by.first_at(two.opened_at)),
        _ => false,
    }
}
