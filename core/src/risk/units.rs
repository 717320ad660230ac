//! Values in whole units: the smallest that price times quantity comes to in any instrument of a run. In one unit the
//! values of all instruments add up, and compare with limits, in integers.

use alloc::vec::Vec;

use rust_decimal::Decimal;

use crate::instrument::{Instrument, InstrumentKind};
use crate::names::{AssetId, InstrumentId};
use crate::num::{Money, Price, Qty};

/// How many decimals more than an instrument's own values a unit may have.
const RAISED_MOST: u32 = 10;

/// Bits of a value at the instrument's own decimals. Raised by the most decimals, that of 2^16 instruments adds up to
/// 126 bits.
const VALUE_BITS: u32 = 76;

/// The unit of a run, and what the values of its instruments are in it.
#[derive(Clone, Debug)]
pub(super) struct Units {
    /// How many decimals of money one unit stands at.
    decimals: u32,
    /// By instrument: how many units price times quantity of one is; zero where that is not a value in money, or much
    /// coarser than a unit.
    powers: Vec<i64>,
}

/// A limit, and the most whole units that are within it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    pub(super) money: Money,
    units: i128,
}

/// A sum of values, none negative: whole units, and what is not counted in them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Worth {
    pub(super) units: i128,
    pub(super) rest: Money,
}

impl Units {
    /// Of a run with these instruments.
    pub(super) fn new(instruments: &[Instrument], is_money: impl Fn(AssetId) -> bool) -> Self {
        let own = |one: &Instrument| {
            let decimals = u32::from(one.price_decimals) + u32::from(one.qty_decimals);
            let plain = one.kind != InstrumentKind::Inverse && is_money(one.quote);
            (plain && decimals <= Decimal::MAX_SCALE).then_some(decimals)
        };
        let decimals = instruments.iter().filter_map(own).max().unwrap_or(0);
        let power = |one: &Instrument| {
            let raised = own(one).map(|own| decimals - own);
            let raised = raised.filter(|&raised| raised <= RAISED_MOST);
            raised.map_or(0, |raised| 10_i64.pow(raised))
        };
        Self {
            decimals,
            powers: instruments.iter().map(power).collect(),
        }
    }

    /// What a quantity is worth at a price; `None` where that is not counted in units. Nearly always a word holds it.
    #[inline(always)]
    pub(super) fn of(&self, id: InstrumentId, price: Price, qty: Qty) -> Option<i128> {
        let power = self.powers[id.index()];
        let value = price.mantissa().checked_mul(qty.mantissa());
        match value.and_then(|value| value.checked_mul(power)) {
            Some(units) if power != 0 => Some(units.into()),
            _ => wide_units(price, qty, power),
        }
    }

    /// How many decimals of money one unit stands at.
    pub(super) const fn decimals(&self) -> u32 {
        self.decimals
    }

    /// A limit in units, cut to whole ones: no whole number lies between.
    pub(super) fn bound(&self, money: Money) -> Bound {
        let (digits, decimals) = money.digits();
        let power = 10_i128.pow(decimals.abs_diff(self.decimals));
        let units = if decimals <= self.decimals {
            digits.saturating_mul(power)
        } else {
            digits.div_euclid(power)
        };
        Bound { money, units }
    }

    /// A sum as money.
    pub(super) fn money(&self, worth: &Worth) -> Money {
        let (mut units, mut decimals) = (worth.units, self.decimals);
        let exact = loop {
            if let Some(money) = Money::scaled(units, decimals) {
                break money;
            }
            // A unit may be finer than all that is in the sum.
            if decimals == 0 || units % 10 != 0 {
                break Money::new(Decimal::MAX);
            }
            (units, decimals) = (units / 10, decimals - 1);
        };
        exact + worth.rest
    }

    /// True when a sum is beyond a limit.
    #[inline]
    pub(super) fn exceeds(&self, worth: &Worth, bound: &Bound) -> bool {
        if worth.rest.is_zero() {
            worth.units > bound.units
        } else {
            self.money(worth) > bound.money
        }
    }
}

#[inline(never)]
fn wide_units(price: Price, qty: Qty, power: i64) -> Option<i128> {
    let value = i128::from(price.mantissa()) * i128::from(qty.mantissa());
    (power != 0 && value.unsigned_abs() >> VALUE_BITS == 0).then(|| value * i128::from(power))
}

impl Bound {
    /// True for what is more, in units.
    #[inline]
    pub(super) const fn is_below(&self, units: i128) -> bool {
        units > self.units
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::instrument::fixtures::instrument;
    use crate::risk::values::Times;

    /// Digits of any size.
    fn digits(most: i64) -> impl Strategy<Value = i64> {
        (1..=most, 0u32..18).prop_map(|(digits, cut)| digits / 10_i64.pow(cut))
    }

    proptest! {
        // Sums in units, and what they are compared with, are those of decimals as long as decimals hold them.
        #[test]
        fn units_tell_what_money_tells(
            rows in proptest::collection::vec((0usize..4, digits(10_i64.pow(7)), digits(10_i64.pow(8))), 1..12),
            decimals in [(0u8..5, 0u8..9), (0u8..5, 0u8..9), (0u8..5, 0u8..9), (0u8..5, 0u8..9)],
            inverse in any::<bool>(),
            off in -1i64..=1, scale in 0u32..16,
            (equity, equity_scale) in (digits(i64::MAX), 0u32..14),
            (times, times_scale) in (digits(100_000), 0u32..8),
        ) {
            let mut all: alloc::vec::Vec<_> = (0..4).map(|id| instrument(id, InstrumentKind::Linear)).collect();
            for (one, decimals) in all.iter_mut().zip(decimals) {
                (one.price_decimals, one.qty_decimals) = decimals;
            }
            if inverse {
                all[3].kind = InstrumentKind::Inverse;
            }
            let units = Units::new(&all, |_| true);
            let (mut sum, mut wide) = (Worth::default(), Money::ZERO);
            for (at, price, qty) in rows {
                let (id, price, qty) = (all[at].id, Price::new(price), Qty::new(qty));
                match units.of(id, price, qty) {
                    Some(value) => sum.units += value,
                    None => sum.rest += all[at].notional(price, qty),
                }
                wide += all[at].notional(price, qty);
            }
            prop_assert_eq!(units.money(&sum), wide);
            let near = wide + Money::new(Decimal::new(off, scale));
            for limit in [wide, near, -wide] {
                let bound = units.bound(limit);
                prop_assert_eq!(units.exceeds(&sum, &bound), wide > limit);
                if sum.rest.is_zero() {
                    prop_assert_eq!(bound.is_below(sum.units), wide > limit);
                }
            }
            let (equity, times) = (Decimal::new(equity, equity_scale), Decimal::new(times, times_scale));
            for equity in [Money::new(equity), wide, near] {
                let below = Times::new(times).is_below(&sum, equity, &units);
                prop_assert_eq!(below, wide > equity.times(times));
            }
            let one = Times::new(Decimal::ONE);
            prop_assert!(!one.is_below(&sum, wide, &units));
        }
    }
}
