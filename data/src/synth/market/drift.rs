//! How far a feed's price stands from the fair spot price: a little by nature, far where something is planted.

use onetape_core::time::Ts;

use super::super::random::Stream;
use super::feeds::FeedKind;
use super::schedule::{Excursion, Schedule};

/// Chance of a natural move in a step, and how much of the distance to the mean it takes back.
const MOVES: f64 = 0.01;
const RETURN: f64 = 0.2;
/// The natural distance stays within so much of its mean, in bps.
pub(super) const NATURAL_MAX_BPS: f64 = 2.0;

/// A feed's distance, a step at a call.
pub(super) struct Drift {
    mean: f64,
    noise: f64,
    natural: f64,
    draws: Stream,
    excursions: Vec<Excursion>,
    at: usize,
}

impl Drift {
    pub(super) fn new(seed: u64, schedule: &Schedule, kind: &FeedKind) -> Self {
        let own = schedule.planted.iter();
        Self {
            mean: kind.drift.0,
            noise: kind.drift.1,
            natural: kind.drift.0,
            draws: Stream::new(seed, &format!("market/{}/drift", kind.name())),
            excursions: own
                .filter(|one| one.feed.name() == kind.name())
                .map(|one| one.excursion.clone())
                .collect(),
            at: 0,
        }
    }

    /// The distance in bps during the step that begins now.
    pub(super) fn step(&mut self, now: Ts) -> f64 {
        if self.noise > 0.0 && self.draws.chance(MOVES) {
            let moved = (self.mean - self.natural) * RETURN + self.noise * self.draws.normal();
            let (low, high) = (self.mean - NATURAL_MAX_BPS, self.mean + NATURAL_MAX_BPS);
            self.natural = (self.natural + moved).clamp(low, high);
        }
        while self
            .excursions
            .get(self.at)
            .is_some_and(|one| one.until() <= now)
        {
            self.at += 1;
        }
        let asked = self
            .excursions
            .get(self.at)
            .and_then(|one| one.distance(now));
        asked.map_or(self.natural, |(distance, weight)| {
            self.natural + (distance - self.natural) * weight
        })
    }
}
