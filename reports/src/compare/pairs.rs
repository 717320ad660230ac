//! Which round trips of two runs belong together.

use std::collections::BTreeMap;

use super::APART_MAX;
use crate::report::RoundTrip;

/// Two that belong together, or one alone. One of the two is there.
pub(crate) struct Pair<'a> {
    pub(crate) first: Option<&'a RoundTrip>,
    pub(crate) second: Option<&'a RoundTrip>,
}

impl Pair<'_> {
    /// Whose it is.
    pub(super) fn task(&self) -> &str {
        self.first.or(self.second).map_or("", |trip| &trip.task)
    }

    fn opened_ns(&self) -> i64 {
        let trip = self.first.or(self.second);
        trip.map_or(0, |trip| trip.opened_at.nanos())
    }
}

/// What makes two round trips comparable: equal tasks that trade the same way.
type Key<'a> = (&'a str, Vec<(&'a str, Option<&'static str>)>);

fn key(trip: &RoundTrip) -> Key<'_> {
    let legs = trip.legs.iter();
    let legs = legs
        .map(|leg| (leg.instrument.as_str(), leg.side))
        .collect();
    (&trip.task, legs)
}

/// Pairs round trips in time order. Of those that were opened close enough, the earliest of either side go together: an
/// earlier one is never left alone for a later one.
pub(super) fn pair<'a>(first: &'a [RoundTrip], second: &'a [RoundTrip]) -> Vec<Pair<'a>> {
    let mut groups: BTreeMap<Key<'a>, [Vec<&'a RoundTrip>; 2]> = BTreeMap::new();
    for (side, trips) in [first, second].into_iter().enumerate() {
        for trip in trips {
            groups.entry(key(trip)).or_default()[side].push(trip);
        }
    }
    let mut pairs = Vec::new();
    for [first, second] in groups.values() {
        walk(first, second, &mut pairs);
    }
    pairs.sort_by_key(|pair| (pair.opened_ns(), pair.first.is_none()));
    pairs
}

fn walk<'a>(first: &[&'a RoundTrip], second: &[&'a RoundTrip], pairs: &mut Vec<Pair<'a>>) {
    let (mut at, mut other) = (first.iter().peekable(), second.iter().peekable());
    loop {
        let pair = match (at.peek(), other.peek()) {
            (None, None) => return,
            (Some(_), None) => (at.next(), None),
            (None, Some(_)) => (None, other.next()),
            (Some(one), Some(two)) => {
                let apart = two.opened_at.nanos().saturating_sub(one.opened_at.nanos());
                if apart.saturating_abs() <= APART_MAX.nanos() {
                    (at.next(), other.next())
                } else if apart > 0 {
                    (at.next(), None)
                } else {
                    (None, other.next())
                }
            }
        };
        pairs.push(Pair {
            first: pair.0.copied(),
            second: pair.1.copied(),
        });
    }
}
