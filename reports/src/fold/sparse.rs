//! Sums of amounts of which most are nothing: the parts of a trade, and what a leg had before its first fill.

use onetape_core::num::Money;

/// Adds an amount.
#[inline]
pub(super) fn plus(sum: &mut Money, amount: Money) {
    if amount.is_zero() {
        return;
    }
    if sum.is_zero() {
        *sum = amount;
    } else {
        *sum += amount;
    }
}

/// An amount less another one.
#[inline]
pub(super) fn less(amount: Money, other: Money) -> Money {
    if other.is_zero() {
        amount
    } else if amount.is_zero() {
        -other
    } else {
        amount - other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn money() -> impl Strategy<Value = Money> {
        let scaled = (-9_999i128..10_000, 0u32..9);
        let scaled = scaled.prop_map(|(mantissa, scale)| Money::scaled(mantissa, scale).unwrap());
        prop_oneof![Just(Money::ZERO), scaled]
    }

    proptest! {
        #[test]
        fn sums_are_those_of_amounts(one in money(), other in money()) {
            let mut sum = one;
            plus(&mut sum, other);
            prop_assert_eq!(sum.to_bytes(), (one + other).to_bytes());
            prop_assert_eq!(less(one, other).to_bytes(), (one - other).to_bytes());
        }
    }
}
