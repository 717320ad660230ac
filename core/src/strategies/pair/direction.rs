//! The two directions of a pair.

use super::signals::{CARRY, PairSignals, REVERSE};
use crate::instrument::Side;
use crate::num::Ratio;

/// Which leg is bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    LongFirst,
    LongSecond,
}

crate::value!(
    enum Direction {
        LongFirst,
        LongSecond,
    }
);

impl Direction {
    /// In the order in which they are looked at.
    pub(super) const ALL: [Self; 2] = [Self::LongFirst, Self::LongSecond];

    /// Its place among both.
    pub(super) const fn index(self) -> usize {
        match self {
            Self::LongFirst => 0,
            Self::LongSecond => 1,
        }
    }

    /// The sides of both legs at the entry.
    pub(super) const fn sides(self) -> [Side; 2] {
        match self {
            Self::LongFirst => [Side::Buy, Side::Sell],
            Self::LongSecond => [Side::Sell, Side::Buy],
        }
    }

    /// The edge of entering; the edge of closing is the other direction's.
    pub(super) const fn edge(self, signals: &PairSignals) -> Option<Ratio> {
        match self {
            Self::LongFirst => signals.carry(),
            Self::LongSecond => signals.reverse(),
        }
    }

    pub(super) const fn opposite(self) -> Self {
        match self {
            Self::LongFirst => Self::LongSecond,
            Self::LongSecond => Self::LongFirst,
        }
    }

    pub(super) const fn signal(self) -> u8 {
        match self {
            Self::LongFirst => CARRY,
            Self::LongSecond => REVERSE,
        }
    }
}
