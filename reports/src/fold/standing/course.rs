//! What stands, and the steps that it has not taken yet.

use std::mem::take;
use std::sync::Arc;

use onetape_core::event::{AccountEvent, Quote};
use onetape_core::names::{InstrumentId, Names};
use onetape_core::num::Money;
use onetape_core::time::Ts;

use super::Standing;
use super::step::{Move, Steps, Trade, What};
use crate::fold::price::Halves;

/// Steps that wait until there are enough to go on with them while they are in the cache.
const WAITING: usize = 128;

/// What stands follows what is told of it, at once or while more is told.
#[derive(Clone, Debug, Default)]
pub(in crate::fold) struct Course {
    standing: Standing,
    waiting: Steps,
    /// None, with room for some.
    spare: Steps,
    /// Somebody else has what stands; all steps wait.
    is_lent: bool,
    now: Ts,
}

impl Course {
    /// The run starts.
    pub(in crate::fold) fn starts(&mut self, ts: Ts, names: Arc<Names>) {
        self.now = ts;
        self.step(What::Started(names));
    }

    /// It is no earlier than this.
    pub(in crate::fold) fn is_at(&mut self, ts: Ts) {
        self.now = self.now.max(ts);
    }

    /// Tells a step.
    pub(in crate::fold) fn step(&mut self, what: What) {
        self.waiting.push(self.now, what);
        self.settle_many();
    }

    /// Tells tops of book.
    pub(in crate::fold) fn see(&mut self, tops: &[Quote]) {
        self.waiting.see(self.now, tops);
        self.settle_many();
    }

    /// Tells how a leg moved.
    pub(in crate::fold) fn go(&mut self, instrument: InstrumentId, leg: Move, price: Halves) {
        self.waiting.go(self.now, instrument, leg, price);
        self.settle_many();
    }

    /// Tells that an order traded.
    pub(in crate::fold) fn trades(&mut self, trade: Trade) {
        self.waiting.trades(self.now, trade);
        self.settle_many();
    }

    /// Tells news of an account, which realised so much on it.
    pub(in crate::fold) fn news(&mut self, news: AccountEvent, realised: Money) {
        self.waiting.news(self.now, news, realised);
        self.settle_many();
    }

    fn settle_many(&mut self) {
        if self.waiting.len() >= WAITING && !self.is_lent {
            self.standing.take(&mut self.waiting);
        }
    }

    /// Takes every step.
    pub(in crate::fold) fn settle(&mut self) {
        self.standing.take(&mut self.waiting);
    }

    /// What stood when steps were last taken.
    pub(in crate::fold) const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Gives what stands away with the steps that wait for it: more may be told while it takes them.
    pub(in crate::fold) fn lend(&mut self) -> Lent {
        self.is_lent = true;
        Lent {
            standing: take(&mut self.standing),
            steps: std::mem::replace(&mut self.waiting, take(&mut self.spare)),
        }
    }

    /// Takes it back.
    pub(in crate::fold) fn give_back(&mut self, lent: Lent) {
        self.is_lent = false;
        (self.standing, self.spare) = (lent.standing, lent.steps);
    }
}

/// What stands, with the steps that it is to take.
#[derive(Debug)]
pub(in crate::fold) struct Lent {
    standing: Standing,
    steps: Steps,
}

impl Lent {
    /// Takes them.
    pub(in crate::fold) fn run(mut self) -> Self {
        self.standing.take(&mut self.steps);
        self
    }
}
