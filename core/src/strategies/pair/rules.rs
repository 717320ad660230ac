//! What a pair goes by: its parameters, and what the strategy makes of the rule.

use super::direction::Direction;
use super::net::NetRule;
use super::sizing::Sizing;
use super::spread::Compression;
use super::stop::Stop;
use crate::num::Bps;
use crate::strategy::Params;
use crate::time::Span;

/// What a strategy calls the legs, the directions and what is decided.
#[derive(Debug)]
pub(in crate::strategies) struct Words {
    /// The choices of `direction` that allow one direction alone.
    pub(in crate::strategies) only: [&'static str; 2],
    /// Reason of an entry, by direction.
    pub(in crate::strategies) enter: [&'static str; 2],
    /// Names of both edges, by direction.
    pub(in crate::strategies) edges: [&'static str; 2],
    /// Names of bid, ask and their quantities, by leg.
    pub(in crate::strategies) tops: [[&'static str; 4]; 2],
    /// Names of what is free of base and quote, by leg.
    pub(in crate::strategies) free: [[&'static str; 2]; 2],
}

/// What a strategy makes of the rule.
#[derive(Debug)]
pub(in crate::strategies) struct Habits {
    /// Its words.
    pub(in crate::strategies) words: Words,
    /// Both legs are paid for from what lies at their venues: nothing is sent that is not covered there.
    pub(in crate::strategies) funded: bool,
    /// An entry in the opposite direction is the same trade as an exit: where the one would be made, so is the other.
    pub(in crate::strategies) turns: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) sizing: Sizing,
    pub(super) allowed: [bool; 2],
    pub(super) min_entry_edge: Bps,
    pub(super) exit_edge: Option<Bps>,
    /// The edge at which the opposite direction would be entered, where that is an exit.
    pub(super) turn_edge: Option<Bps>,
    pub(super) exit_profit: Option<Bps>,
    pub(super) stop: Stop,
    pub(super) compression: Compression,
    pub(super) max_age: Option<Span>,
    pub(super) max_skew: Option<Span>,
    /// What an entry has to leave.
    pub(super) net: Option<NetRule>,
    /// An exit by prices waits for a settlement that pays within this time.
    pub(super) funding_wait: Option<Span>,
}

impl Rules {
    pub(super) fn of(params: &Params, habits: &Habits, fees: [Bps; 2]) -> Self {
        let direction = params.choice("direction").unwrap_or("both");
        let allowed = [1, 0].map(|other: usize| direction != habits.words.only[other]);
        let min_entry_edge = params.bps("min_entry_edge_bps").unwrap_or_default();
        Self {
            sizing: Sizing::of(params),
            allowed,
            min_entry_edge,
            exit_edge: params.bps("exit.edge_bps"),
            turn_edge: (habits.turns && allowed == [true; 2]).then_some(min_entry_edge),
            exit_profit: params.bps("exit.profit_bps"),
            stop: Stop::of(params),
            compression: Compression::of(params),
            max_age: params.span("exit.max_age"),
            max_skew: params.span("max_skew"),
            net: NetRule::of(params, fees),
            funding_wait: params.span("exit.funding_wait"),
        }
    }

    /// The directions that may be entered, in their order.
    pub(super) fn directions(&self) -> impl Iterator<Item = Direction> + use<> {
        let allowed = self.allowed;
        let all = Direction::ALL.into_iter();
        all.filter(move |direction| allowed[direction.index()])
    }

    /// True when what is won or lost decides: it moves with every touch.
    pub(super) const fn follows_every_touch(&self) -> bool {
        self.exit_profit.is_some() || self.stop.is_set()
    }

    /// The least edge of closing at which something closes.
    pub(super) fn closing_edge(&self) -> Option<Bps> {
        self.exit_edge.into_iter().chain(self.turn_edge).min()
    }
}
