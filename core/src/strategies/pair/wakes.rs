//! What is worth calling a pair for.

use super::rule::Pair;
use crate::num::Bps;
use crate::planted::{Bug, planted};
use crate::saga::SagaState;
use crate::strategy::{Level, Wake};

/// A hair below a threshold: floats only say when to look, the exact comparison decides.
pub(in crate::strategies) fn just_below(threshold: Bps) -> f64 {
    let threshold = threshold.to_f64();
    threshold - 1e-6 - threshold.abs() * 1e-9
}

impl Pair {
    pub(super) fn wakes(&self) -> Wake {
        match self.saga.state() {
            SagaState::Flat if self.idle => self.wake_to_enter(),
            SagaState::Hedged if self.idle && !self.rules.follows_every_touch() => {
                self.wake_to_leave()
            }
            SagaState::Flat | SagaState::Hedged => Wake::ALWAYS,
            // The saga acts on its orders and its timers alone.
            SagaState::Repairing if planted(Bug::EnterOnOpenLeg) => Wake::ALWAYS,
            SagaState::LegsSent | SagaState::Repairing | SagaState::Quarantined => Wake::OWN,
        }
    }

    fn wake_to_enter(&self) -> Wake {
        let late = if planted(Bug::Oversleep) { 0.1 } else { 0.0 };
        let level = just_below(self.rules.min_entry_edge) + late;
        let levels = self.rules.directions();
        levels.fold(Wake::OWN, |wake, direction| {
            wake.level(Level::AtOrAbove(direction.signal(), level))
        })
    }

    fn wake_to_leave(&self) -> Wake {
        let signal = self.direction.opposite().signal();
        let compressed = [self.compressed.exit, self.compressed.alert];
        let edges = self.rules.closing_edge().into_iter();
        let edge = edges.chain(compressed.into_iter().flatten()).min();
        let edge = edge.map(just_below);
        let wake = edge.map_or(Wake::OWN, |edge| {
            Wake::OWN.level(Level::AtOrAbove(signal, edge))
        });
        match self.rules.max_age {
            Some(limit) => wake.at(self.entered_at + limit),
            None => wake,
        }
    }
}
