//! How much to trade: the same base quantity on both legs, whole in both lots.

use rust_decimal::Decimal;

use crate::instrument::{Instrument, Side};
use crate::num::{Bps, Price, Qty};
use crate::ramp::common_lot;
pub(in crate::strategies) use crate::ramp::greatest_common_divisor;
use crate::saga::{LegPlan, marketable_limit};
use crate::strategies::pair::params::share_of_depth;
use crate::strategy::{Context, Params};

/// What the size is asked as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::strategies) enum Size {
    /// Quote value of a leg.
    Notional(Decimal),
    /// Base quantity of a leg.
    Quantity(Decimal),
}

impl Size {
    /// In base units at a price.
    fn base(self, price: Decimal) -> Decimal {
        match self {
            Self::Quantity(quantity) => quantity,
            Self::Notional(notional) => notional.checked_div(price).unwrap_or(Decimal::ZERO),
        }
    }
}

/// How a pair's entry is sized and priced.
#[derive(Clone, Copy, Debug)]
pub(in crate::strategies) struct Sizing {
    /// What is asked for.
    pub(in crate::strategies) size: Size,
    /// The part of what each leg shows within the slippage bound that is the most; no bound when absent.
    pub(in crate::strategies) depth: Option<Decimal>,
    /// How far beyond the touch an order may trade.
    pub(in crate::strategies) max_slippage: Bps,
}

impl Sizing {
    /// By the parameters `quantity` or `notional`, `cap_to_depth` or `max_depth_percent`, and `max_slippage_bps`.
    pub(in crate::strategies) fn of(params: &Params) -> Self {
        Self {
            size: match params.decimal("quantity") {
                Some(quantity) => Size::Quantity(quantity),
                None => Size::Notional(params.decimal("notional").unwrap_or_default()),
            },
            depth: share_of_depth(params),
            max_slippage: params.bps("max_slippage_bps").unwrap_or_default(),
        }
    }

    /// Equal base quantities at marketable limits; `None` when a minimum is missed or a book is not live.
    pub(in crate::strategies) fn plan<S>(
        &self,
        cx: &Context<'_, S>,
        legs: [(&Instrument, Side); 2],
    ) -> Option<[LegPlan; 2]> {
        self.plan_entry(cx, legs, Decimal::MAX)
    }

    /// The same for an entry of no more than `most` in base units, nor than the ramp allows.
    pub(in crate::strategies) fn plan_entry<S>(
        &self,
        cx: &Context<'_, S>,
        legs: [(&Instrument, Side); 2],
        most: Decimal,
    ) -> Option<[LegPlan; 2]> {
        let ramp = cx.most_base(&legs.map(|(instrument, _)| instrument.id));
        self.plan_within(cx, legs, most.min(ramp))
    }

    /// Equal base quantities of no more than `most` in base units, whatever the ramp allows.
    pub(in crate::strategies) fn plan_within<S>(
        &self,
        cx: &Context<'_, S>,
        legs: [(&Instrument, Side); 2],
        most: Decimal,
    ) -> Option<[LegPlan; 2]> {
        let mut limits = [None; 2];
        let mut base = most;
        for (at, (instrument, side)) in legs.into_iter().enumerate() {
            let limit = marketable_limit(cx, instrument.id, side, self.max_slippage)?;
            limits[at] = Some(limit);
            let market = cx.market.instrument(instrument.id);
            if side == Side::Buy {
                let price = instrument.price_decimal(market.touch(side)?.price);
                base = base.min(self.size.base(price));
            }
            if let Some(share) = self.depth {
                let shown = instrument.qty_decimal(market.available(side, limit));
                base = base.min(shown.checked_mul(share)?);
            }
        }
        // The lower of the two touches judges the minima, so that the exit clears them too.
        let bid = |instrument: &Instrument| {
            let top = cx.market.instrument(instrument.id).top();
            top.map(|top| top.bid.price)
        };
        let [(first, _), (second, _)] = legs;
        let (first_qty, second_qty) =
            equal_quantities(base, (first, bid(first)?), (second, bid(second)?))?;
        let plan = |at: usize, qty| {
            let (instrument, side) = legs[at];
            limits[at].map(|limit| LegPlan {
                instrument: instrument.id,
                side,
                qty,
                limit,
            })
        };
        Some([plan(0, first_qty)?, plan(1, second_qty)?])
    }
}

/// The largest base amount up to `base` that is whole in both instruments' lots, as each one's quantity; `None`
/// when nothing is left or a minimum of either venue is missed at its price.
pub(in crate::strategies) fn equal_quantities(
    base: Decimal,
    first: (&Instrument, Price),
    second: (&Instrument, Price),
) -> Option<(Qty, Qty)> {
    let step = common_lot([first.0, second.0].into_iter())?;
    let whole = base.checked_div(step)?.trunc().checked_mul(step)?;
    let quantity = |(instrument, price): (&Instrument, Price)| {
        let qty = instrument.floor_qty(whole);
        let enough = qty >= instrument.min_qty
            && !qty.is_zero()
            && (instrument.max_qty.is_zero() || qty <= instrument.max_qty)
            && instrument.notional(price, qty) >= instrument.min_notional;
        enough.then_some(qty)
    };
    Some((quantity(first)?, quantity(second)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instrument::{InstrumentKind, fixtures::instrument};
    use proptest::prelude::*;

    #[test]
    fn both_legs_get_the_same_base_quantity() {
        let mut spot = instrument(0, InstrumentKind::Spot);
        let mut futures = instrument(1, InstrumentKind::Linear);
        (spot.qty_decimals, spot.lot) = (5, Qty::new(3));
        (futures.qty_decimals, futures.lot) = (3, Qty::new(2));
        let price = Price::new(4_000_000);
        let (a, b) =
            equal_quantities(Decimal::new(25_111, 6), (&spot, price), (&futures, price)).unwrap();
        // Lots of 0.00003 and 0.002 meet every 0.006: 0.025111 holds 0.024.
        assert_eq!(
            (spot.qty_decimal(a), futures.qty_decimal(b)),
            (Decimal::new(24, 3), Decimal::new(24, 3))
        );
    }

    proptest! {
        // EX7, EX8: never more than asked, equal on both legs, above both minima, or nothing at all.
        #[test]
        fn sizes_are_equal_whole_and_above_the_minima(
            base in 0i64..10_000_000, lot_a in 1i64..50, lot_b in 1i64..50, min in 0i64..200, price in 1i64..1_000_000,
        ) {
            let mut spot = instrument(0, InstrumentKind::Spot);
            let mut futures = instrument(1, InstrumentKind::Linear);
            (spot.qty_decimals, spot.lot) = (5, Qty::new(lot_a));
            (futures.lot, futures.min_qty) = (Qty::new(lot_b), Qty::new(min));
            let (base, price) = (Decimal::new(base, 6), Price::new(price));
            if let Some((a, b)) = equal_quantities(base, (&spot, price), (&futures, price)) {
                prop_assert_eq!(spot.qty_decimal(a), futures.qty_decimal(b));
                prop_assert!(spot.qty_decimal(a) <= base && b.mantissa() >= min);
                prop_assert_eq!((a.mantissa() % lot_a, b.mantissa() % lot_b), (0, 0));
                prop_assert!(futures.notional(price, b) >= futures.min_notional);
            }
        }
    }
}
