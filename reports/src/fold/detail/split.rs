//! A net profit in its parts.

use onetape_core::num::Money;

use super::parts::Parts;
use crate::fold::sparse::{less, plus};

/// A net profit by what made it, in one asset. The parts sum to the net.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::fold) struct Split {
    pub(in crate::fold) edge: Money,
    pub(in crate::fold) parts: Parts,
    /// As an amount, so less than nothing.
    pub(in crate::fold) fees: Money,
    pub(in crate::fold) rebates: Money,
    pub(in crate::fold) funding: Money,
    pub(in crate::fold) basis: Money,
    pub(in crate::fold) delta: Money,
    pub(in crate::fold) dust: Money,
}

impl Split {
    pub(in crate::fold) fn net(&self) -> Money {
        let mut net = self.parts.sum();
        for amount in [
            self.edge,
            self.fees,
            self.rebates,
            self.funding,
            self.basis,
            self.delta,
            self.dust,
        ] {
            plus(&mut net, amount);
        }
        net
    }

    pub(in crate::fold) fn add(&mut self, other: &Self) {
        self.parts.add(&other.parts);
        let pairs = [
            (&mut self.edge, other.edge),
            (&mut self.fees, other.fees),
            (&mut self.rebates, other.rebates),
            (&mut self.funding, other.funding),
            (&mut self.basis, other.basis),
            (&mut self.delta, other.delta),
            (&mut self.dust, other.dust),
        ];
        for (sum, amount) in pairs {
            plus(sum, amount);
        }
    }

    /// Lets dust be whatever the parts leave of a net.
    pub(in crate::fold) fn close(&mut self, net: Money) {
        self.dust = Money::ZERO;
        self.dust = less(net, self.net());
    }

    /// What came since an earlier one.
    pub(in crate::fold) fn since(&self, before: &Self) -> Self {
        let (now, then) = (&self.parts, &before.parts);
        Self {
            edge: less(self.edge, before.edge),
            parts: Parts {
                delay: less(now.delay, then.delay),
                legging: less(now.legging, then.legging),
                slippage: less(now.slippage, then.slippage),
                spread: less(now.spread, then.spread),
                repair: less(now.repair, then.repair),
                venue: less(now.venue, then.venue),
            },
            fees: less(self.fees, before.fees),
            rebates: less(self.rebates, before.rebates),
            funding: less(self.funding, before.funding),
            basis: less(self.basis, before.basis),
            delta: less(self.delta, before.delta),
            dust: less(self.dust, before.dust),
        }
    }
}
