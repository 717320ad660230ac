//! Spreads as exact fractions of prices with different decimals.

use std::cmp::Ordering;

use onetape_core::num::format_fixed;

/// Largest price at the common decimals: products of two, and of one with a threshold, then fit 128 bits.
const PRICE_MAX: i128 = 1_000_000_000_000_000_000;

/// Decimals of a spread's text.
const TEXT_DECIMALS: u8 = 8;

/// Thresholds at which spreads are counted, in hundredths of a percent.
pub(super) const THRESHOLDS: [i128; 21] = [
    -50, -20, -10, -8, -6, -5, -4, -2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 20, 50, 100,
];

/// The same as texts, in percent.
pub(super) const THRESHOLD_TEXTS: [&str; 21] = [
    "-0.5", "-0.2", "-0.1", "-0.08", "-0.06", "-0.05", "-0.04", "-0.02", "0", "0.01", "0.02",
    "0.03", "0.04", "0.05", "0.06", "0.07", "0.08", "0.1", "0.2", "0.5", "1.0",
];

/// Brings mantissas of one leg to the decimals that both legs share.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    factor: i128,
    unit: f64,
}

impl Scale {
    /// From a leg's decimals to the common ones, which are at least as many.
    pub(super) fn new(decimals: u8, common: u8) -> Self {
        Self {
            factor: 10_i128.pow(u32::from(common.saturating_sub(decimals))),
            unit: (0..decimals).fold(1.0, |unit, _| unit * 10.0),
        }
    }

    /// The price at the common decimals; `None` when it is not positive or has too many digits.
    pub(super) fn exact(self, mantissa: i64) -> Option<i128> {
        let price = i128::from(mantissa).checked_mul(self.factor)?;
        (price > 0 && price <= PRICE_MAX).then_some(price)
    }

    /// The price as the nearest float.
    pub(super) fn float(self, mantissa: i64) -> f64 {
        mantissa as f64 / self.unit
    }
}

/// A spread: what is paid less what is received, over what is paid. The denominator is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spread {
    difference: i128,
    paid: i128,
}

impl Spread {
    /// Buying at one price and selling at another.
    pub(super) const fn new(paid: i128, received: i128) -> Self {
        Self {
            difference: paid - received,
            paid,
        }
    }

    /// The place of the first threshold that the spread does not exceed.
    pub(super) fn bucket(self) -> usize {
        let scaled = self.difference * 10_000;
        THRESHOLDS.partition_point(|threshold| scaled > threshold * self.paid)
    }

    /// In percent, to eight decimals, half to even.
    pub(super) fn percent_text(self) -> String {
        let scaled = self.difference * 10_i128.pow(u32::from(TEXT_DECIMALS) + 2);
        let (floor, rest) = (scaled.div_euclid(self.paid), scaled.rem_euclid(self.paid));
        let up = match (rest * 2).cmp(&self.paid) {
            Ordering::Less => 0,
            Ordering::Greater => 1,
            Ordering::Equal => floor.rem_euclid(2),
        };
        let rounded = floor + up;
        i64::try_from(rounded).map_or_else(
            // More than 92 thousand million percent: whole percents tell enough.
            |_| (self.difference * 100 / self.paid).to_string(),
            |mantissa| format_fixed(mantissa, TEXT_DECIMALS),
        )
    }
}

impl PartialOrd for Spread {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Spread {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.difference * other.paid).cmp(&(other.difference * self.paid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_on_a_threshold_counts_at_it() {
        // (60000 - 59994) / 60000 is 0.01 % exactly; in floats it is a hair off.
        let spread = Spread::new(60_000, 59_994);
        assert_eq!(THRESHOLD_TEXTS[spread.bucket()], "0.01");
        assert_eq!(spread.percent_text(), "0.01000000");
        assert_eq!(THRESHOLD_TEXTS[Spread::new(100, 100).bucket()], "0");
        assert_eq!(
            THRESHOLD_TEXTS[Spread::new(600_000, 599_939).bucket()],
            "0.02"
        );
        assert_eq!(Spread::new(100, 98).bucket(), THRESHOLDS.len());
        assert_eq!(Spread::new(100, 200).bucket(), 0);
        assert!(Spread::new(3, 4) < Spread::new(4, 5));
        assert_eq!(
            Spread::new(3, 4).cmp(&Spread::new(300, 400)),
            Ordering::Equal
        );
    }

    #[test]
    fn texts_are_rounded_half_to_even_below_zero_too() {
        assert_eq!(Spread::new(3, 4).percent_text(), "-33.33333333");
        assert_eq!(Spread::new(3, 1).percent_text(), "66.66666667");
        // 0.5 and 1.5 units of the eighth decimal.
        assert_eq!(
            Spread::new(20_000_000_000, 19_999_999_999).percent_text(),
            "0.00000000"
        );
        assert_eq!(
            Spread::new(20_000_000_000, 19_999_999_997).percent_text(),
            "0.00000002"
        );
        assert_eq!(
            Spread::new(20_000_000_000, 20_000_000_003).percent_text(),
            "-0.00000002"
        );
    }

    #[test]
    fn thresholds_and_texts_agree() {
        for (threshold, text) in THRESHOLDS.iter().zip(THRESHOLD_TEXTS) {
            let mantissa = onetape_core::num::parse_fixed(text, 2).unwrap();
            assert_eq!(*threshold, i128::from(mantissa));
        }
    }

    #[test]
    fn prices_of_too_many_digits_and_of_nothing_are_refused() {
        let scale = Scale::new(2, 8);
        assert_eq!(scale.exact(6_185_000), Some(6_185_000_000_000));
        assert_eq!(scale.exact(0), None);
        assert_eq!(scale.exact(i64::MAX), None);
        assert!((scale.float(6_185_001) - 61_850.01).abs() < f64::EPSILON);
    }
}
