//! Thresholds in basis points, compared exactly with ratios of prices.

use core::cmp::Ordering;

use super::fixed::{NumberError, parse_fixed};

/// A threshold in basis points (1 bps = 0.01 %), exact to a millionth of a basis point. Signed: positive is good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bps(i64);

crate::value!(struct Bps (millionths));

/// Units of a [`Bps`] in one.
const BPS_UNITS: i128 = 1_000_000;
/// Basis points in one.
const BPS_PER_ONE: i128 = 10_000;

impl Bps {
    /// From a plain decimal text of up to six decimals.
    ///
    /// # Errors
    /// [`NumberError`] when the text is not such a number.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        parse_fixed(text, 6).map(Self)
    }

    /// From millionths of a basis point.
    pub const fn from_millionths(millionths: i64) -> Self {
        Self(millionths)
    }

    /// Millionths of a basis point.
    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// For signals and pictures.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / BPS_UNITS as f64
    }

    /// As a fraction of one: 10 bps are 0.001.
    pub fn to_decimal(self) -> rust_decimal::Decimal {
        rust_decimal::Decimal::from_i128_with_scale(i128::from(self.0), 10)
    }
}

impl core::ops::Add for Bps {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl core::ops::Sub for Bps {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// An exact ratio of two amounts in the same unit, such as an edge: what is gained over what is paid.
/// The denominator is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

crate::value!(struct Ratio { numerator, denominator });

impl Ratio {
    /// `numerator / denominator`; `None` unless the denominator is positive.
    pub const fn new(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator > 0 {
            Some(Self {
                numerator,
                denominator,
            })
        } else {
            None
        }
    }

    /// Numerator and denominator, for sums of ratios that must stay exact.
    pub const fn parts(self) -> (i128, i128) {
        (self.numerator, self.denominator)
    }

    /// Compares the ratio with a threshold, exactly.
    pub fn compare(self, threshold: Bps) -> Ordering {
        let left = self.numerator.saturating_mul(BPS_PER_ONE * BPS_UNITS);
        let right = self.denominator.saturating_mul(i128::from(threshold.0));
        left.cmp(&right)
    }

    /// True when the ratio is at or above the threshold.
    pub fn reaches(self, threshold: Bps) -> bool {
        self.compare(threshold) != Ordering::Less
    }

    /// In basis points, for signals. Positive zero when nothing.
    pub fn to_bps_f64(self) -> f64 {
        // Adding +0.0 turns -0.0 into +0.0, so that levels compare alike.
        self.to_f64() * 10_000.0 + 0.0
    }

    fn to_f64(self) -> f64 {
        match (
            i64::try_from(self.numerator),
            i64::try_from(self.denominator),
        ) {
            (Ok(numerator), Ok(denominator)) => numerator as f64 / denominator as f64,
            _ => self.wide_to_f64(),
        }
    }

    /// Out of line, or the compiler takes both ways for one and makes the dear conversion of two words always.
    #[cold]
    #[inline(never)]
    fn wide_to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_on_the_threshold_reaches_it() {
        let edge = Ratio::new(18, 60_000).unwrap();
        assert!(edge.reaches(Bps::parse("3").unwrap()));
        assert!(!edge.reaches(Bps::parse("3.000001").unwrap()));
        assert!(edge.reaches(Bps::parse("2.999999").unwrap()));
        assert!(
            Ratio::new(-293, 1_000_000)
                .unwrap()
                .reaches(Bps::parse("-2.93").unwrap())
        );
        // In floats the same edge misses its own threshold, which is why thresholds are not compared in floats.
        assert!((edge.to_bps_f64() - 3.0).abs() < 1e-9 && edge.to_bps_f64() < 3.0);
        assert!(Ratio::new(1, 0).is_none());
    }
}
