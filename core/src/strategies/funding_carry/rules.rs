//! The parameters of a carry, and its two directions.

use super::outlook::Outlook;
use super::signals::CarrySignals;
use crate::instrument::Side;
use crate::num::{Bps, Ratio};
use crate::strategies::pair::sizing::Sizing;
use crate::strategies::pair::{CARRY, REVERSE};
use crate::strategy::Params;
use crate::time::Span;

/// Which leg is bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    LongSpot,
    ShortSpot,
}

crate::value!(
    enum Direction {
        LongSpot,
        ShortSpot,
    }
);

impl Direction {
    pub(super) const ALL: [Self; 2] = [Self::LongSpot, Self::ShortSpot];

    pub(super) const fn spot_side(self) -> Side {
        match self {
            Self::LongSpot => Side::Buy,
            Self::ShortSpot => Side::Sell,
        }
    }

    /// What this side of the perpetual is to expect.
    pub(super) const fn of(self, outlook: Outlook) -> Outlook {
        match self {
            Self::LongSpot => outlook,
            Self::ShortSpot => outlook.reversed(),
        }
    }

    pub(super) const fn edge(self, signals: &CarrySignals) -> Option<Ratio> {
        match self {
            Self::LongSpot => signals.pair.carry(),
            Self::ShortSpot => signals.pair.reverse(),
        }
    }

    pub(super) const fn signal(self) -> u8 {
        match self {
            Self::LongSpot => CARRY,
            Self::ShortSpot => REVERSE,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) sizing: Sizing,
    pub(super) long_spot: bool,
    pub(super) short_spot: bool,
    pub(super) rates: u32,
    pub(super) horizon: Span,
    /// How far apart settlements are, until two of them tell.
    pub(super) interval: Option<Span>,
    pub(super) count_edge: bool,
    /// Four taker fees and the slippage allowance.
    pub(super) cost: Bps,
    pub(super) min_net: Bps,
    pub(super) exit: Bps,
    pub(super) max_age: Option<Span>,
    pub(super) max_skew: Span,
}

impl Rules {
    pub(super) fn of(params: &Params, fees: &[Bps]) -> Self {
        let direction = params.choice("direction").unwrap_or("long_spot");
        let allowance = params.bps("slippage_allowance_bps").unwrap_or_default();
        Self {
            sizing: Sizing::of(params),
            long_spot: direction != "short_spot",
            short_spot: direction != "long_spot",
            rates: params
                .integer("rates")
                .map_or(1, |rates| rates.clamp(1, 270) as u32),
            horizon: params.span("horizon").unwrap_or_default(),
            interval: params.span("funding.interval"),
            count_edge: params.choice("entry_edge") != Some("ignored"),
            cost: fees.iter().fold(allowance, |cost, fee| cost + *fee + *fee),
            min_net: params.bps("min_net_bps").unwrap_or_default(),
            exit: params.bps("exit_bps").unwrap_or_default(),
            max_age: params.span("max_age"),
            max_skew: params.span("max_skew").unwrap_or_default(),
        }
    }

    pub(super) const fn allows(&self, direction: Direction) -> bool {
        match direction {
            Direction::LongSpot => self.long_spot,
            Direction::ShortSpot => self.short_spot,
        }
    }
}
