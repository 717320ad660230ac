//! Stretches of time, asked about in order.

use onetape_core::time::Ts;

use super::feeds::{Asset, FeedKind, HOME};
use super::schedule::{GUARD, PlantedAt, Schedule};

/// Stretches of time in order, from inclusive, to exclusive.
pub(super) struct Windows {
    all: Vec<(Ts, Ts)>,
    at: usize,
}

impl Windows {
    /// True inside one; moments are asked about in order.
    pub(super) fn covers(&mut self, now: Ts) -> bool {
        while self.all.get(self.at).is_some_and(|window| window.1 <= now) {
            self.at += 1;
        }
        self.all.get(self.at).is_some_and(|window| window.0 <= now)
    }
}

/// The feeds at which something planted is taken: its own, and those it stands apart from.
pub(super) fn takes_part(one: &PlantedAt, kind: &FeedKind) -> bool {
    let triangle = one.feed.asset == Asset::Cross;
    one.feed.name() == kind.name()
        || (kind.venue == HOME && (triangle || kind.asset == one.feed.asset))
}

/// When the touch of a feed must hold enough for what is planted.
pub(super) fn guards(schedule: &Schedule, kind: &FeedKind) -> Windows {
    let planted = schedule.planted.iter();
    let all = planted
        .filter(|one| takes_part(one, kind))
        .map(|one| (one.excursion.from() - GUARD, one.excursion.until() + GUARD));
    Windows {
        all: all.collect(),
        at: 0,
    }
}
