//! What of the market matters to a side.

use rust_decimal::Decimal;

use super::amount::Amount;
use super::rule::DeltaNeutral;
use crate::event::{Quote, Status};
use crate::instrument::Side;
use crate::market::TopState;
use crate::num::Price;
use crate::strategy::Context;

/// Whether a book can be acted on, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Access {
    /// Yes.
    Good,
    /// Not at this moment: it is crossed, which passes.
    Blurred,
    /// No: nothing is known of it, or it does not trade.
    Gone,
}

/// One side's market.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) access: Access,
    /// The touch, when it can be acted on.
    pub(super) top: Option<Quote>,
    /// The smallest order that the venue takes at these prices.
    pub(super) minimum: Amount,
}

impl DeltaNeutral {
    pub(super) fn look<S>(&self, cx: &Context<'_, S>, at: usize) -> Seen {
        let leg = &self.legs[at];
        let instrument = cx.names.instrument(leg.instrument);
        let known = cx.market.instrument(leg.instrument);
        let access = match (known.status(), known.state()) {
            (Status::Trading, TopState::Live) => Access::Good,
            (Status::Trading, TopState::Crossed) => Access::Blurred,
            (Status::Halted, _) | (_, TopState::Missing | TopState::Gapped) => Access::Gone,
        };
        let value = instrument.min_notional.decimal();
        let minimum = match known.last_top() {
            Some(top) if value > Decimal::ZERO => {
                let price = Price::new(self.lowest(at, top).max(1));
                leg.scale.minimum(value, instrument.price_decimal(price))
            }
            _ => leg.scale.least,
        };
        Seen {
            access,
            top: known.top().copied().filter(|_| access == Access::Good),
            minimum,
        }
    }

    /// The lowest price at which a side may have to trade at a touch, in units of the price.
    pub(super) fn lowest(&self, at: usize, top: &Quote) -> i64 {
        let slice = self.legs[at].pricing.lowest(top);
        if self.legs[at].side == Side::Buy {
            return slice;
        }
        let most = self.rules.concession(u8::MAX);
        let bid = i128::from(top.bid.price.mantissa());
        let conceded = bid * i128::from(most.millionths()) / 10_000_000_000;
        slice.min(i64::try_from(bid - conceded).unwrap_or(slice))
    }
}
