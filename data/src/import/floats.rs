//! Binary floats of a source as mantissas: rounded to the decimals of the instrument, and refused where that would
//! change the number by more than a float of its size can be off.

/// Share of a step of the last decimal that a number may be off.
const OFF_MAX: f64 = 1e-6;

/// The same for numbers of so many digits that floats themselves are coarser: a quarter of a step. Beyond it
/// neighbouring steps could not be told apart.
const OFF_COARSE: f64 = 0.25;

/// Floats below it hold every whole number.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// Why a float is no number at these decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FloatError {
    /// Not a finite number.
    NotFinite,
    /// It lies between two steps of the last decimal.
    Between(u8),
    /// A float cannot hold so many digits.
    Digits(u8),
}

impl std::fmt::Display for FloatError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFinite => write!(f, "is not a finite number"),
            Self::Between(decimals) => write!(f, "is not a number of {decimals} decimals"),
            Self::Digits(decimals) => {
                write!(
                    f,
                    "has more digits than a float holds at {decimals} decimals"
                )
            }
        }
    }
}

/// Turns floats into mantissas of a fixed number of decimals.
#[derive(Clone, Copy, Debug)]
pub(super) struct FloatScale {
    decimals: u8,
    factor: f64,
}

impl FloatScale {
    pub(super) fn new(decimals: u8) -> Self {
        // Powers of ten are exact up to 10^22.
        Self {
            decimals,
            factor: 10_u64.saturating_pow(u32::from(decimals)) as f64,
        }
    }

    /// The nearest mantissa.
    #[inline]
    pub(super) fn mantissa(self, value: f64) -> Result<i64, FloatError> {
        let scaled = value * self.factor;
        let nearest = scaled.round();
        let off = (scaled - nearest).abs();
        // What the value and the product may be off by themselves.
        let coarse = scaled.abs() * (2.0 * f64::EPSILON);
        if off <= OFF_MAX.max(coarse) && nearest.abs() < WHOLE_MAX && coarse <= OFF_COARSE {
            return Ok(nearest as i64);
        }
        Err(if !value.is_finite() {
            FloatError::NotFinite
        } else if coarse > OFF_COARSE || nearest.abs() >= WHOLE_MAX {
            FloatError::Digits(self.decimals)
        } else {
            FloatError::Between(self.decimals)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn floats_are_rounded_only_by_what_they_are_off() {
        let tenths = FloatScale::new(1);
        assert_eq!(tenths.mantissa(0.1 + 0.2), Ok(3));
        assert_eq!(tenths.mantissa(-0.1), Ok(-1));
        assert_eq!(tenths.mantissa(0.15), Err(FloatError::Between(1)));
        assert_eq!(tenths.mantissa(f64::NAN), Err(FloatError::NotFinite));
        assert_eq!(tenths.mantissa(f64::INFINITY), Err(FloatError::NotFinite));
        assert_eq!(
            FloatScale::new(8).mantissa(61_837.64),
            Ok(6_183_764_000_000)
        );
        assert_eq!(FloatScale::new(8).mantissa(1e9), Err(FloatError::Digits(8)));
        assert_eq!(
            FloatScale::new(3).mantissa(0.413_965_4),
            Err(FloatError::Between(3))
        );
    }

    proptest! {
        #[test]
        fn every_decimal_comes_back_from_its_float(
            mantissa in -1_000_000_000_000_i64..1_000_000_000_000, decimals in 0_u8..=9,
        ) {
            let text = onetape_core::num::format_fixed(mantissa, decimals);
            let float: f64 = text.parse().unwrap();
            prop_assert_eq!(FloatScale::new(decimals).mantissa(float), Ok(mantissa));
        }
    }
}
