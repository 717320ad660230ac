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
    /// An order traded as the next of the trades that wait says.
    Traded,
    /// The next of the news of accounts that wait.
    News,
    /// A leg went as the next of the moves that wait says, at a price, which values it where no top is known.
    Moved(InstrumentId, Halves),
    /// Everything of a moment is told.
    Point,
    /// The run is over.
    Over,
    /// A day ends, or the run.
    Day(Box<DayParts>),
}

/// When a day ends, and the parts that are known of each asset's net then.
pub(in crate::fold) type DayParts = (Ts, BTreeMap<AssetId, Split>);

/// An order traded, which realised so much on the account.
#[derive(Clone, Copy, Debug)]
pub(in crate::fold) struct Trade {
    pub(in crate::fold) instrument: InstrumentId,
    pub(in crate::fold) side: Side,
    pub(in crate::fold) fill: Fill,
    pub(in crate::fold) realised: Money,
}

/// What happened when.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) at: Ts,
    pub(super) what: What,
}

/// A leg before and after something happened to it.
pub(in crate::fold) type Move = [LegState; 2];

/// Steps in order. What is told of most of them stands beside them: there are many tops, and the others are large, while
/// what waits for another thread is better small.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    pub(super) steps: Vec<Step>,
    pub(super) tops: Vec<Quote>,
    pub(super) moves: Vec<Move>,
    pub(super) trades: Vec<Trade>,
    /// With what they realised on the account.
    pub(super) news: Vec<(AccountEvent, Money)>,
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

    pub(super) fn trades(&mut self, at: Ts, trade: Trade) {
        self.trades.push(trade);
        self.push(at, What::Traded);
    }

    pub(super) fn news(&mut self, at: Ts, news: AccountEvent, realised: Money) {
        self.news.push((news, realised));
        self.push(at, What::News);
    }

    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }
}
