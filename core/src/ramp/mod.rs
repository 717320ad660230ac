//! The ramp of a run: it begins at one lot and grows while what it does goes well.
//!
//! A ramp is a fold. Each task has a step; it rises after so many round trips that were closed without a loss, and falls
//! to one lot when the task is quarantined or a breaker trips. Nothing else moves it, so a journal that is folded again
//! has the same steps. A strategy sizes its entries by [`Context::most_base`]; the step never limits what closes or mends.
//!
//! One lot is the smallest base quantity that every leg can be entered and left with: whole in all their lots, no less
//! than each venue's least quantity, and worth a twentieth more than each venue's least value, at the lowest price that
//! the leg has now, so that it can be left after prices fell.

mod size;

pub(crate) use size::{HEADROOM, common_lot, greatest_common_divisor};

use crate::desk::Holding;
use crate::names::Names;
use crate::num::{Money, Qty};

/// What a ramp goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RampRule {
    /// Round trips in a row, closed without a loss, for one step up.
    pub trips: u32,
    /// How many times the lots of the step before a step has.
    pub factor: u32,
    /// Steps with a limit; the one after them has none.
    pub steps: u32,
    /// A round trip may lose this much, in quote units, and still count.
    pub max_trip_loss: Money,
}

impl Default for RampRule {
    fn default() -> Self {
        Self {
            trips: 3,
            factor: 2,
            steps: 5,
            max_trip_loss: Money::ZERO,
        }
    }
}

/// Where a task stands on its ramp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Climb {
    /// Steps above one lot.
    pub step: u32,
    /// Round trips that count toward the next step.
    pub good: u32,
    /// Something is held.
    is_open: bool,
    /// What its trips had brought when it was flat last.
    brought: Money,
    /// It fell, and what made it fall is not over.
    is_down: bool,
}

crate::value!(struct Climb { step, good, is_open, brought, is_down });

/// What moved a task on its ramp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// A step up.
    Raised,
    /// The last step up: no limit any more.
    Full,
    /// A round trip lost too much: what counted is forgotten.
    Recounted,
    /// Down to one lot.
    Fell,
}

impl Turn {
    /// The reason of the decision that tells of it.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Raised => "ramp_raised",
            Self::Full => "ramp_full",
            Self::Recounted => "ramp_recounted",
            Self::Fell => "ramp_fell",
        }
    }
}

/// Every reason that a ramp gives, and what it means.
pub const REASONS: [(&str, &str); 4] = [
    ("ramp_raised", "so many round trips went well: a step up"),
    ("ramp_full", "the last step up: the scenario's own size"),
    (
        "ramp_recounted",
        "a round trip lost more than it may: trips are counted anew",
    ),
    ("ramp_fell", "quarantine or a breaker: down to one lot"),
];

impl RampRule {
    /// The lots of a step; `None` for the one without a limit.
    pub const fn lots(&self, step: u32) -> Option<u32> {
        if step >= self.steps {
            return None;
        }
        Some(self.factor.saturating_pow(step))
    }
}

impl Climb {
    /// Looks at what a task holds, and whether it is in trouble: quarantined, or stopped by a breaker. A task in trouble
    /// falls once an episode.
    pub(crate) fn look(
        &mut self,
        rule: &RampRule,
        in_trouble: bool,
        holdings: &[Holding],
        names: &Names,
    ) -> Option<Turn> {
        let fell = in_trouble && !self.is_down;
        self.is_down = in_trouble;
        let closed = self.closed(holdings, names);
        if fell {
            let before = (self.step, self.good);
            (self.step, self.good) = (0, 0);
            return (before != (0, 0)).then_some(Turn::Fell);
        }
        let result = closed.filter(|_| !in_trouble)?;
        if result < -rule.max_trip_loss {
            let counted = core::mem::take(&mut self.good) > 0;
            return counted.then_some(Turn::Recounted);
        }
        self.good += 1;
        if self.good < rule.trips || rule.lots(self.step).is_none() {
            self.good = self.good.min(rule.trips);
            return None;
        }
        (self.step, self.good) = (self.step + 1, 0);
        Some(match rule.lots(self.step) {
            Some(_) => Turn::Raised,
            None => Turn::Full,
        })
    }

    /// What a round trip brought, fees paid, on the event that closed it: every leg is flat again, but for what is too
    /// little to trade.
    fn closed(&mut self, holdings: &[Holding], names: &Names) -> Option<Money> {
        let flat = |held: &Holding| {
            let instrument = names.instrument(held.instrument);
            held.position.qty.abs() < instrument.min_qty.max(instrument.lot).max(Qty::new(1))
        };
        let is_open = !holdings.iter().all(flat);
        let was_open = core::mem::replace(&mut self.is_open, is_open);
        if is_open || !was_open {
            return None;
        }
        let brought: Money = holdings
            .iter()
            .map(|held| held.position.realised - held.fees)
            .sum();
        let before = core::mem::replace(&mut self.brought, brought);
        Some(brought - before)
    }
}

#[cfg(test)]
mod tests;
