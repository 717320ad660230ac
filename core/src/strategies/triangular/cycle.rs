//! A cycle of three trades at one venue, and what one unit of money becomes in it.

use crate::instrument::{Instrument, Side};
use crate::market::Market;
use crate::names::{AssetId, InstrumentId};
use crate::num::{Bps, Ratio};
use crate::strategies::pair::sizing::greatest_common_divisor;

/// Units of a fee in one: a fee is in millionths of a basis point.
const ONE: i128 = 10_000_000_000;

/// Factors are cut to this many bits, down where they gain and up where they cost.
const BITS: u32 = 64;

/// One trade of a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is traded.
    pub instrument: InstrumentId,
    /// Which way.
    pub side: Side,
    price_unit: u128,
}

impl Step {
    /// The trade that gives `from` away; `None` when the instrument does not trade it.
    pub(super) fn giving(instrument: &Instrument, from: AssetId) -> Option<Self> {
        let side = match from {
            asset if asset == instrument.base => Side::Sell,
            asset if asset == instrument.quote => Side::Buy,
            _ => return None,
        };
        Some(Self {
            instrument: instrument.id,
            side,
            price_unit: 10_u128.checked_pow(u32::from(instrument.price_decimals))?,
        })
    }
}

/// The product of what each trade of a cycle brings for what it takes, as a fraction that is exact as long as it fits
/// and otherwise a hair too low.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Product {
    brings: u128,
    takes: u128,
}

crate::value!(struct Product { brings, takes });

impl Product {
    const UNIT: Self = Self {
        brings: 1,
        takes: 1,
    };

    fn times(self, brings: u128, takes: u128) -> Option<Self> {
        let mut next = Self {
            brings: self.brings.checked_mul(brings)?,
            takes: self.takes.checked_mul(takes)?,
        };
        let widest = next.brings.max(next.takes);
        let over = (u128::BITS - widest.leading_zeros()).saturating_sub(BITS);
        if over > 0 {
            next.brings >>= over;
            next.takes = next.takes.div_ceil(1_u128 << over);
        }
        (next.takes > 0).then_some(next)
    }

    /// Of the touches, without fees. `None` while one of them cannot be acted on.
    pub(super) fn of(steps: &[Step; 3], market: &Market) -> Option<Self> {
        steps.iter().try_fold(Self::UNIT, |product, step| {
            let top = market.instrument(step.instrument).top()?;
            match step.side {
                Side::Buy => {
                    let ask = u128::try_from(top.ask.price.mantissa()).ok()?;
                    product.times(step.price_unit, ask)
                }
                Side::Sell => {
                    let bid = u128::try_from(top.bid.price.mantissa()).ok()?;
                    product.times(bid, step.price_unit)
                }
            }
        })
    }

    /// With the fee of each trade taken of what it brings.
    pub fn after_fees(self, fees: &[Bps; 3]) -> Option<Self> {
        fees.iter().try_fold(self, |product, fee| {
            let left = ONE - i128::from(fee.millionths());
            // Fees are whole in a far larger unit than theirs, and small factors are exact.
            let unit = greatest_common_divisor(ONE, left.max(0));
            let left = u128::try_from(left / unit).ok()?;
            product.times(left, u128::try_from(ONE / unit).ok()?)
        })
    }

    /// What is gained of what is put in: the edge of the cycle.
    pub fn edge(self) -> Option<Ratio> {
        let (brings, takes) = (self.brings as i128, self.takes as i128);
        Ratio::new(brings - takes, takes)
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    proptest! {
        // ST6: the edge is the product of the effective prices less three fees.
        #[test]
        fn a_product_is_that_of_decimals(
            first in (100i64..10_000_000, 0u32..4), second in (100i64..10_000_000, 0u32..6),
            gain in 5_000i64..20_000, fees in proptest::collection::vec(-20i64..100, 3),
        ) {
            let (first, second) = (Decimal::new(first.0, first.1), Decimal::new(second.0, second.1));
            let third = (first / second * Decimal::new(gain, 4)).round_dp(8).normalize();
            prop_assume!(!third.is_zero() && third.mantissa() < 1 << 60);
            let unit = |price: Decimal| 10_u128.pow(price.scale());
            let mantissa = |price: Decimal| price.mantissa() as u128;
            let product = Product::UNIT.times(unit(first), mantissa(first)).unwrap();
            let product = product.times(mantissa(second), unit(second)).unwrap();
            let product = product.times(mantissa(third), unit(third)).unwrap();
            let mut exact = second / first * third;
            for fee in &fees {
                exact *= Decimal::ONE - Decimal::new(*fee, 4);
            }
            let fees = [0, 1, 2].map(|at| Bps::from_millionths(fees[at] * 1_000_000));
            let after = product.after_fees(&fees).unwrap();
            let ours = after.brings as f64 / after.takes as f64;
            let theirs = exact.to_string().parse::<f64>().unwrap();
            // Never more than it is, and less by no more than the bits that were cut.
            prop_assert!((ours - theirs).abs() <= theirs * 1e-12, "{} {}", ours, theirs);
        }
    }

    #[test]
    fn a_product_that_fits_is_exact() {
        let product = Product::UNIT.times(1, 4).unwrap().times(3, 1).unwrap();
        let product = product.times(4, 2).unwrap();
        // 12 / 8: half is gained.
        assert!(
            product
                .edge()
                .unwrap()
                .reaches(Bps::from_millionths(5_000_000_000))
        );
        let fee = Bps::from_millionths(10_000_000);
        let after = product.after_fees(&[fee; 3]).unwrap().edge().unwrap();
        // 1.5 x 0.999^3 - 1 = 0.4955044985.
        assert!(after.reaches(Bps::parse("4955.044985").unwrap()));
        assert!(!after.reaches(Bps::parse("4955.044986").unwrap()));
    }
}
