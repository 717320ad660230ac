//! What happens to the accounts, one thing after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use onetape_core::event::{AccountEvent, Fill, Quote};
use onetape_core::instrument::Side;
use onetape_core::names::{AssetId, InstrumentId, Names};
use onetape_core::num::Money;
use onetape_core::time::Ts;

use super::held::LegState;
use crate::fold::detail::Split;
use crate::fold::price::Halves;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(in crate::fold) enum What {
    /// The run's names are known.
    Started(Arc<Names>),
    /// So many of the tops that wait were seen.
    Tops(usize),
    /// An order traded, which realised so much on the account.
    Traded {
        instrument: InstrumentId,
        side: Side,
        fill: Fill,
        realised: Money,
    },
    /// News of an account, which realised so much on it.
    News(AccountEvent, Money),
    /// A leg went as the next of the moves that wait says, at a price, which values it where no top is known.
    Moved(InstrumentId, Halves),
    /// Everything of a moment is told.
    Point,
    /// The run is over.
    Over,
    /// A day ends, or the run, with the parts that are known of each asset's net then.
    Day(Ts, BTreeMap<AssetId, Split>),
}

/// What happened when.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) at: Ts,
    pub(super) what: What,
}

/// A leg before and after something happened to it.
pub(in crate::fold) type Move = [LegState; 2];

/// Steps in order. Tops and moves stand beside them: there are many of the ones, and the others are large.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    pub(super) steps: Vec<Step>,
    pub(super) tops: Vec<Quote>,
    pub(super) moves: Vec<Move>,
}

impl Steps {
    pub(super) fn push(&mut self, at: Ts, what: What) {
        self.steps.push(Step { at, what });
    }

    pub(super) fn see(&mut self, at: Ts, tops: &[Quote]) {
        self.tops.extend_from_slice(tops);
        self.push(at, What::Tops(tops.len()));
    }

    pub(super) fn go(&mut self, at: Ts, id: InstrumentId, leg: Move, price: Halves) {
        self.moves.push(leg);
        self.push(at, What::Moved(id, price));
    }

    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }
}
