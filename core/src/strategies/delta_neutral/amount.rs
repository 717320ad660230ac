//! Quantities of two instruments in one unit, so that what one side filled can be taken from what the other did.

use rust_decimal::Decimal;

use crate::instrument::Instrument;
use crate::num::Qty;

/// Base units at the finer decimals of the two instruments.
pub(super) type Amount = i128;

/// How one instrument's quantities go into the common unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    decimals: u32,
    /// What one unit of the instrument's last decimal is.
    unit: Amount,
    lot: Amount,
    /// The smallest order, in whole lots.
    pub(super) least: Amount,
}

impl Scale {
    /// `decimals` are those of the common unit, no fewer than the instrument's.
    pub(super) fn new(instrument: &Instrument, decimals: u8) -> Self {
        let finer = u32::from(decimals.saturating_sub(instrument.qty_decimals));
        let unit = 10_i128.pow(finer);
        let lot = Amount::from(instrument.lot.mantissa().max(1)) * unit;
        let min_qty = Amount::from(instrument.min_qty.mantissa()) * unit;
        let scale = Self {
            decimals: u32::from(decimals),
            unit,
            lot,
            least: lot,
        };
        Self {
            least: scale.whole_up(min_qty.max(lot)),
            ..scale
        }
    }

    /// A quantity of the instrument.
    pub(super) fn of(&self, qty: Qty) -> Amount {
        Amount::from(qty.mantissa()) * self.unit
    }

    /// A decimal number of base units; none when it has more decimals than the unit.
    pub(super) fn read(&self, amount: Decimal) -> Option<Amount> {
        let amount = amount.normalize();
        let finer = self.decimals.checked_sub(amount.scale())?;
        amount.mantissa().checked_mul(10_i128.checked_pow(finer)?)
    }

    /// As a decimal number of base units.
    pub(super) fn decimal(&self, amount: Amount) -> Decimal {
        Decimal::try_from_i128_with_scale(amount, self.decimals).unwrap_or(Decimal::MAX)
    }

    /// The largest quantity of the instrument in whole lots that is no more; zero of what is negative.
    pub(super) fn floor(&self, amount: Amount) -> Qty {
        let whole = amount.max(0) - amount.max(0).rem_euclid(self.lot);
        Qty::new(i64::try_from(whole / self.unit).unwrap_or(i64::MAX))
    }

    /// True when it is whole lots.
    pub(super) const fn is_whole(&self, amount: Amount) -> bool {
        amount % self.lot == 0
    }

    /// The smallest order that is worth `value` quote units at a price, and no less than the venue's smallest quantity.
    pub(super) fn minimum(&self, value: Decimal, price: Decimal) -> Amount {
        if value.is_zero() || price <= Decimal::ZERO {
            return self.least;
        }
        let exact = value.checked_div(price).unwrap_or(Decimal::MAX);
        let cut = exact.trunc_with_scale(self.decimals);
        // One unit more wherever something may have been cut off.
        let amount = self.read(cut).map_or(Amount::MAX / 2, |amount| amount + 1);
        let amount = if cut.saturating_mul(price) >= value {
            amount - 1
        } else {
            amount
        };
        self.whole_up(amount).max(self.least)
    }

    fn whole_up(&self, amount: Amount) -> Amount {
        let over = amount.rem_euclid(self.lot);
        if over == 0 {
            amount
        } else {
            amount - over + self.lot
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instrument::InstrumentKind;
    use crate::instrument::fixtures::instrument;
    use proptest::prelude::*;
    use rust_decimal::prelude::ToPrimitive;

    fn scale(decimals: u8, lot: i64, min_qty: i64, common: u8) -> Scale {
        let mut inst = instrument(0, InstrumentKind::Spot);
        (inst.qty_decimals, inst.lot, inst.min_qty) = (decimals, Qty::new(lot), Qty::new(min_qty));
        Scale::new(&inst, common)
    }

    #[test]
    fn coarse_and_fine_lots_meet_in_one_unit() {
        let (fine, coarse) = (scale(5, 1, 1, 5), scale(3, 2, 3, 5));
        assert_eq!(fine.of(Qty::new(1_234)), 1_234);
        assert_eq!(coarse.of(Qty::new(12)), 1_200);
        assert_eq!(coarse.floor(1_399), Qty::new(12));
        assert_eq!(coarse.floor(-1), Qty::ZERO);
        assert_eq!(coarse.least, 400, "three is no whole number of lots of two");
        assert_eq!(fine.read(Decimal::new(123, 4)), Some(1_230));
        assert_eq!(fine.read(Decimal::new(1_234_567, 6)), None);
        assert_eq!(fine.decimal(1_230), Decimal::new(123, 4));
    }

    proptest! {
        #[test]
        fn the_minimum_is_worth_enough_and_one_lot_less_is_not(
            value in 0i64..2_000, price in 1i64..10_000_000, lot in 1i64..40, min_qty in 0i64..60,
        ) {
            let scale = scale(3, lot, min_qty, 5);
            let (value, price) = (Decimal::new(value, 1), Decimal::new(price, 2));
            let least = scale.minimum(value, price);
            prop_assert!(scale.is_whole(least) && least >= scale.least);
            prop_assert!(scale.decimal(least) * price >= value);
            let less = least - scale.lot;
            prop_assert!(less < scale.least || scale.decimal(less) * price < value);
            prop_assert!(least.to_i64().is_some());
        }
    }
}
