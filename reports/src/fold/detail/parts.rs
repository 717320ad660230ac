//! What a leg's profit is made of, in its settlement asset.

use onetape_core::instrument::Instrument;
use onetape_core::num::Money;
use onetape_core::position::share_of_cost;
use rust_decimal::Decimal;

use crate::fold::price::{Halves, worth};
use crate::fold::sparse::{less, plus};
use crate::fold::standing::LegState;

/// Parts of a gross that are booked when something trades. With what the [`Shadow`] has, they are the gross.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::fold) struct Parts {
    pub(in crate::fold) delay: Money,
    pub(in crate::fold) legging: Money,
    pub(in crate::fold) slippage: Money,
    pub(in crate::fold) spread: Money,
    pub(in crate::fold) repair: Money,
    pub(in crate::fold) venue: Money,
}

impl Parts {
    pub(in crate::fold) fn sum(&self) -> Money {
        let mut sum = self.delay;
        for amount in [
            self.legging,
            self.slippage,
            self.spread,
            self.repair,
            self.venue,
        ] {
            plus(&mut sum, amount);
        }
        sum
    }

    pub(in crate::fold) fn add(&mut self, other: &Self) {
        plus(&mut self.delay, other.delay);
        plus(&mut self.legging, other.legging);
        plus(&mut self.slippage, other.slippage);
        plus(&mut self.spread, other.spread);
        plus(&mut self.repair, other.repair);
        plus(&mut self.venue, other.venue);
    }
}

/// The same trades at the prices that they were decided on: what it realises is the edge that was decided on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::fold) struct Shadow {
    pub(in crate::fold) qty: Decimal,
    pub(in crate::fold) cost: Money,
    pub(in crate::fold) realised: Money,
}

impl Shadow {
    /// What it took in less what it paid.
    pub(in crate::fold) fn cash(&self) -> Money {
        less(self.realised, self.cost)
    }

    fn closing(&self, traded: Decimal) -> Decimal {
        if self.qty.is_zero() || self.qty.is_sign_positive() == traded.is_sign_positive() {
            Decimal::ZERO
        } else if traded.abs() > self.qty.abs() {
            -self.qty
        } else {
            traded
        }
    }

    fn released(&self, closing: Decimal) -> Money {
        if closing == -self.qty {
            self.cost
        } else {
            share_of_cost(self.cost, closing.abs(), self.qty.abs())
        }
    }

    /// Books a signed quantity that cost so much.
    pub(in crate::fold) fn trade(&mut self, traded: Decimal, cost: Money) {
        let closing = self.closing(traded);
        if closing.is_zero() {
            self.qty = self.qty.saturating_add(traded);
            plus(&mut self.cost, cost);
            return;
        }
        let paid = if closing == traded {
            cost
        } else {
            share_of_cost(cost, closing.abs(), traded.abs())
        };
        let released = self.released(closing);
        plus(&mut self.realised, -(released + paid));
        self.qty = self.qty.saturating_add(traded);
        self.cost = if self.qty.is_zero() {
            Money::ZERO
        } else if closing == traded {
            self.cost - released
        } else {
            cost - paid
        };
    }

    /// What a trade must cost for what it closes to realise nothing, where what it opens costs `opens`.
    pub(in crate::fold) fn even(&self, traded: Decimal, opens: impl Fn(Decimal) -> Money) -> Money {
        let closing = self.closing(traded);
        let open = traded - closing;
        let free = if closing.is_zero() {
            Money::ZERO
        } else {
            -self.released(closing)
        };
        if open.is_zero() {
            free
        } else {
            free + opens(open)
        }
    }

    /// Somebody else closed a part: what it cost goes without a gain.
    pub(in crate::fold) fn lose(&mut self, left: Decimal) {
        let gone = left - self.qty;
        let released = if gone.is_zero() {
            Money::ZERO
        } else {
            self.released(gone)
        };
        self.cost -= released;
        self.qty = left;
    }
}

/// All that is known of a leg besides its book.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::fold) struct LegDetail {
    pub(in crate::fold) shadow: Shadow,
    pub(in crate::fold) parts: Parts,
    /// Fees that were paid to us, nothing or less.
    pub(in crate::fold) rebates: Money,
    /// Value of fills of orders that rested.
    pub(in crate::fold) maker_volume: Money,
}

impl LegDetail {
    /// Takes the parts and rebates out, at what they are worth in another asset.
    pub(in crate::fold) fn priced(&mut self, worth: impl Fn(Money) -> Money) -> (Parts, Money) {
        let parts = std::mem::take(&mut self.parts);
        let rebates = worth(std::mem::take(&mut self.rebates));
        let parts = Parts {
            delay: worth(parts.delay),
            legging: worth(parts.legging),
            slippage: worth(parts.slippage),
            spread: worth(parts.spread),
            repair: worth(parts.repair),
            venue: worth(parts.venue),
        };
        (parts, rebates)
    }

    /// The shadow of a leg that stands as something else than its own trades left it.
    pub(in crate::fold) fn follow(&mut self, state: &LegState) {
        self.shadow = Shadow {
            qty: state.qty,
            cost: state.cost,
            realised: state.realised - self.parts.sum(),
        };
    }

    /// What is booked of it, without what is open.
    pub(in crate::fold) fn booked(&self, state: &LegState) -> super::split::Split {
        super::split::Split {
            edge: self.shadow.realised,
            parts: self.parts,
            fees: -(state.fees - self.rebates),
            rebates: -self.rebates,
            funding: state.funding,
            ..super::split::Split::default()
        }
    }
}

/// What a position is worth at the exit beside what it cost at the decision.
pub(in crate::fold) fn marked(
    instrument: &Instrument,
    shadow: &Shadow,
    price: Halves,
    qty: Decimal,
) -> Money {
    worth(instrument, price, qty) - shadow.cost
}
