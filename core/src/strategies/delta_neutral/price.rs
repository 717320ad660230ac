//! Where a side's slice should rest.

use crate::event::Quote;
use crate::instrument::{Instrument, Side};
use crate::num::{MANTISSA_MAX, Price};
use crate::strategy::Params;

/// What a price is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// The best price of the own side: the bid for a buy.
    OwnBest,
    /// Half way between bid and ask, on the grid away from the other side.
    Mid,
    /// The best price of the other side: the ask for a buy.
    Opposite,
}

/// How one side is priced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pricing {
    side: Side,
    reference: Reference,
    /// Never takes.
    pub(super) passive: bool,
    /// Distance from the reference, in units of the price: behind it when passive, beyond it otherwise.
    distance: i64,
    /// How far an order may be from where it should be, in units of the price.
    tolerance: i64,
    tick: i64,
}

/// The declared names of one side.
pub(super) struct Names {
    pub(super) reference: &'static str,
    pub(super) passive: &'static str,
    pub(super) aggressive: &'static str,
    pub(super) tolerance: &'static str,
}

impl Pricing {
    pub(super) fn new(side: Side, names: &Names, instrument: &Instrument, params: &Params) -> Self {
        let tick = instrument.tick.mantissa().max(1);
        let ticks = |name| {
            let ticks = params.integer(name).unwrap_or_default();
            ticks.saturating_mul(tick).clamp(0, MANTISSA_MAX)
        };
        let passive = !params.has(names.aggressive);
        Self {
            side,
            reference: match params.choice(names.reference) {
                Some("mid") => Reference::Mid,
                Some("opposite") => Reference::Opposite,
                _ => Reference::OwnBest,
            },
            passive,
            distance: ticks(if passive {
                names.passive
            } else {
                names.aggressive
            }),
            tolerance: ticks(names.tolerance),
            tick,
        }
    }

    /// True when an order of this side, once it is the best price itself, would run away from itself.
    pub(super) const fn chases_itself(&self) -> bool {
        matches!(self.reference, Reference::OwnBest)
            && !self.passive
            && self.distance > self.tolerance
    }

    /// The price that an order should have now. A passive one is never through the other side.
    pub(super) fn wanted(&self, top: &Quote) -> Option<Price> {
        let (bid, ask) = (top.bid.price.mantissa(), top.ask.price.mantissa());
        let (own, other) = match self.side {
            Side::Buy => (bid, ask),
            Side::Sell => (-ask, -bid),
        };
        // Seen from the own side, up is toward the other one: what holds for a buy holds for a sell of negative prices.
        let reference = match self.reference {
            Reference::OwnBest => own,
            Reference::Mid => own + (other - own).div_euclid(2),
            Reference::Opposite => other,
        };
        let mut price = if self.passive {
            (reference - self.distance).min(other - self.tick)
        } else {
            reference + self.distance
        };
        price -= price.rem_euclid(self.tick);
        let price = match self.side {
            Side::Buy => price,
            Side::Sell => -price,
        };
        (price > 0 && price <= MANTISSA_MAX).then_some(Price::new(price))
    }

    /// Keeps a price from meeting an own order on the other side of the same book.
    pub(super) fn clear_of(&self, price: Price, own: Option<Price>) -> Option<Price> {
        let price = match (own, self.side) {
            (None, _) => price,
            (Some(own), Side::Buy) => price.min(Price::new(own.mantissa() - self.tick)),
            (Some(own), Side::Sell) => price.max(Price::new(own.mantissa() + self.tick)),
        };
        (price.mantissa() > 0).then_some(price)
    }

    /// True when an order may stay where it is.
    pub(super) const fn stays(&self, price: Price, wanted: Price) -> bool {
        price.mantissa().abs_diff(wanted.mantissa()) <= self.tolerance.unsigned_abs()
    }

    /// The lowest price that a slice of this side may have at a touch.
    pub(super) fn lowest(&self, top: &Quote) -> i64 {
        let bid = top.bid.price.mantissa();
        match (self.side, self.passive) {
            (Side::Buy, true) | (Side::Sell, false) => bid - self.distance,
            (Side::Buy, false) | (Side::Sell, true) => bid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Level;
    use crate::names::InstrumentId;
    use crate::num::Qty;

    fn pricing(side: Side, reference: Reference, passive: bool, ticks: i64) -> Pricing {
        Pricing {
            side,
            reference,
            passive,
            distance: ticks * 10,
            tolerance: 20,
            tick: 10,
        }
    }

    fn top(bid: i64, ask: i64) -> Quote {
        let level = |price| Level {
            price: Price::new(price),
            qty: Qty::new(1),
        };
        Quote {
            instrument: InstrumentId(0),
            bid: level(bid),
            ask: level(ask),
        }
    }

    /// Ticks of 10, bid 1000 and ask 1050: every side, reference and way.
    #[test]
    fn prices_are_counted_from_the_named_reference() {
        use Reference::{Mid, Opposite, OwnBest};
        use Side::{Buy, Sell};
        let table = [
            // Passive: away from the other side, on both sides.
            (Buy, OwnBest, true, 0, 1_000),
            (Buy, OwnBest, true, 2, 980),
            (Sell, OwnBest, true, 0, 1_050),
            (Sell, OwnBest, true, 2, 1_070),
            (Buy, Mid, true, 0, 1_020),
            (Buy, Mid, true, 5, 970),
            (Sell, Mid, true, 0, 1_030),
            (Sell, Mid, true, 5, 1_080),
            // Never through the other side.
            (Buy, Opposite, true, 0, 1_040),
            (Buy, Opposite, true, 3, 1_020),
            (Sell, Opposite, true, 0, 1_010),
            (Sell, Opposite, true, 3, 1_030),
            // Aggressive: toward the other side, and through it.
            (Buy, OwnBest, false, 1, 1_010),
            (Sell, OwnBest, false, 1, 1_040),
            (Buy, Mid, false, 1, 1_030),
            (Sell, Mid, false, 1, 1_020),
            (Buy, Opposite, false, 2, 1_070),
            (Sell, Opposite, false, 2, 980),
        ];
        for (side, reference, passive, ticks, price) in table {
            let pricing = pricing(side, reference, passive, ticks);
            let wanted = pricing.wanted(&top(1_000, 1_050));
            assert_eq!(wanted, Some(Price::new(price)), "{pricing:?}");
        }
    }

    #[test]
    fn a_touch_off_the_grid_is_not_bettered() {
        let buy = pricing(Side::Buy, Reference::OwnBest, true, 0);
        assert_eq!(buy.wanted(&top(1_003, 1_058)), Some(Price::new(1_000)));
        let sell = pricing(Side::Sell, Reference::OwnBest, true, 0);
        assert_eq!(sell.wanted(&top(1_003, 1_058)), Some(Price::new(1_060)));
        let low = pricing(Side::Buy, Reference::OwnBest, true, 100);
        assert_eq!(low.wanted(&top(1_000, 1_050)), None);
    }

    /// EX11: replaced when more than the tolerance away, not at it.
    #[test]
    fn an_order_at_the_tolerance_stays() {
        let buy = pricing(Side::Buy, Reference::OwnBest, true, 0);
        let at = Price::new(1_000);
        for (wanted, stays) in [(1_020, true), (980, true), (1_021, false), (979, false)] {
            assert_eq!(buy.stays(at, Price::new(wanted)), stays, "{wanted}");
        }
    }

    #[test]
    fn own_orders_are_kept_apart() {
        let buy = pricing(Side::Buy, Reference::Opposite, false, 5);
        let sell = pricing(Side::Sell, Reference::Opposite, false, 5);
        let at = |price| Some(Price::new(price));
        assert_eq!(buy.clear_of(Price::new(1_100), None), at(1_100));
        assert_eq!(buy.clear_of(Price::new(1_100), at(1_050)), at(1_040));
        assert_eq!(buy.clear_of(Price::new(1_000), at(1_050)), at(1_000));
        assert_eq!(sell.clear_of(Price::new(950), at(1_000)), at(1_010));
        assert_eq!(buy.clear_of(Price::new(1_000), at(10)), None);
    }

    #[test]
    fn only_what_outbids_its_own_reference_chases_itself() {
        let chases = |reference, passive, ticks| {
            pricing(Side::Buy, reference, passive, ticks).chases_itself()
        };
        assert!(chases(Reference::OwnBest, false, 3));
        assert!(!chases(Reference::OwnBest, false, 2));
        assert!(!chases(Reference::OwnBest, true, 3));
        assert!(!chases(Reference::Opposite, false, 3));
    }
}
