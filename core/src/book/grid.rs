//! Prices counted in ticks.

/// Division by an instrument's tick without a division.
///
/// The tick is `odd << shift`. Multiplying by the inverse of `odd` modulo 2^64 maps the multiples of `odd` to their
/// exact quotients and every other number out of the range of those, for the map is one to one. So one
/// multiplication gives the quotient, and where it lies tells whether it is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    tick: i64,
    shift: u32,
    low_bits: i64,
    inverse: i64,
    least: i64,
    most: i64,
}

impl Grid {
    /// Of a tick; what is below 1 counts as 1.
    pub(super) const fn new(tick: i64) -> Self {
        let tick = if tick < 1 { 1 } else { tick };
        let shift = tick.trailing_zeros();
        let odd = tick >> shift;
        // An odd number is its own inverse modulo 8; each of Newton's steps doubles the bits that are right.
        let mut inverse = odd;
        let mut step = 0;
        while step < 5 {
            inverse = inverse.wrapping_mul(2_i64.wrapping_sub(odd.wrapping_mul(inverse)));
            step += 1;
        }
        Self {
            tick,
            shift,
            low_bits: (1_i64 << shift) - 1,
            inverse,
            least: i64::MIN / tick,
            most: i64::MAX / tick,
        }
    }

    /// The quotient if `price` is a multiple of the tick; otherwise a number outside of [`Grid::bounds`], or `None`.
    #[inline]
    pub(super) const fn quotient(&self, price: i64) -> Option<i64> {
        if price & self.low_bits != 0 {
            return None;
        }
        Some((price >> self.shift).wrapping_mul(self.inverse))
    }

    /// Least and largest quotient.
    pub(super) const fn bounds(&self) -> (i64, i64) {
        (self.least, self.most)
    }

    /// How many ticks a price is, when it is a whole number of them.
    pub(super) fn ticks(&self, price: i64) -> Option<i64> {
        self.quotient(price)
            .filter(|ticks| (self.least..=self.most).contains(ticks))
    }

    /// How many whole ticks a price is, rounded down.
    pub(super) const fn floor(&self, price: i64) -> i64 {
        price.div_euclid(self.tick)
    }

    /// The price of so many ticks. They must be those of a price.
    pub(super) const fn price(&self, ticks: i64) -> i64 {
        ticks.wrapping_mul(self.tick)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(price: i64, tick: i64) -> Option<i64> {
        (price % tick == 0).then(|| price / tick)
    }

    /// Numbers of every size, and those at the ends.
    fn any_size() -> impl Strategy<Value = i64> {
        prop_oneof![
            (any::<i64>(), 0u32..64).prop_map(|(number, shift)| number >> shift),
            (0i64..4).prop_map(|from_end| i64::MAX - from_end),
            (0i64..4).prop_map(|from_end| i64::MIN + from_end),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]

        #[test]
        fn any_price_by_any_tick_is_as_with_plain_division(price in any_size(), tick in any_size()) {
            let tick = tick.saturating_abs().max(1);
            let grid = Grid::new(tick);
            prop_assert_eq!(grid.ticks(price), plain(price, tick));
            // The multiple below, and its neighbours, which are the nearest to be mistaken for one.
            let multiple = price / tick * tick;
            prop_assert_eq!(grid.ticks(multiple), Some(price / tick));
            prop_assert_eq!(grid.price(price / tick), multiple);
            for near in [multiple.saturating_sub(1), multiple.saturating_add(1)] {
                prop_assert_eq!(grid.ticks(near), plain(near, tick));
            }
        }

        #[test]
        fn usual_ticks_are_as_with_plain_division(price in any_size(), digits in 0u32..18, unit in 0usize..4) {
            let tick = [1, 2, 5, 25][unit] * 10_i64.pow(digits.min(17));
            prop_assert_eq!(Grid::new(tick).ticks(price), plain(price, tick));
        }
    }

    #[test]
    fn small_numbers_one_by_one() {
        for tick in 1..130 {
            let grid = Grid::new(tick);
            for price in -400..400 {
                assert_eq!(grid.ticks(price), plain(price, tick), "{price} by {tick}");
            }
        }
    }
}
