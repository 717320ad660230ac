//! Prices and quantities: `i64` mantissas at the decimals of one instrument.

use alloc::string::{String, ToString};
use core::fmt;
use core::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use crate::journal::codec::{Decode, Encode};

/// Largest absolute mantissa that is stored: 18 digits, what `DECIMAL(18, s)` holds.
pub const MANTISSA_MAX: i64 = 999_999_999_999_999_999;

/// Why a decimal text is not a number that we can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not of the form `-?digits[.digits]`. Exponents, signs of plus, blanks and `NaN` are refused.
    #[error("not a plain decimal number")]
    Syntax,
    /// More significant decimals than the instrument has.
    #[error("has more than {0} decimals")]
    Decimals(u8),
    /// More than 18 digits.
    #[error("has more than 18 digits at {0} decimals")]
    Range(u8),
}

/// Price: quote units per base unit (inverse contracts too), as a mantissa at the instrument's `price_decimals`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Price(i64);

/// Quantity: base units (contracts for inverse instruments), as a mantissa at the instrument's `qty_decimals`.
/// Signed where it says so: positive is long or bought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Qty(i64);

impl Price {
    /// From a mantissa.
    pub const fn new(mantissa: i64) -> Self {
        Self(mantissa)
    }

    /// The mantissa.
    pub const fn mantissa(self) -> i64 {
        self.0
    }

    /// This price moved by a signed number of mantissa units, at least zero.
    pub const fn shifted(self, units: i64) -> Self {
        let moved = self.0.saturating_add(units);
        Self(if moved < 0 { 0 } else { moved })
    }
}

impl Qty {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From a mantissa.
    pub const fn new(mantissa: i64) -> Self {
        Self(mantissa)
    }

    /// The mantissa.
    pub const fn mantissa(self) -> i64 {
        self.0
    }

    /// Magnitude.
    pub const fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// True when nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Add for Qty {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Qty {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl AddAssign for Qty {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Qty {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Neg for Qty {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

/// Number of decimals that a plain decimal text is written with: `"61837.640"` has 3.
pub fn text_decimals(text: &str) -> u8 {
    text.split_once('.')
        .map_or(0, |(_, fraction)| fraction.len().min(255) as u8)
}

/// The exact mantissa of a plain decimal text at `decimals`: `("61837.64", 4)` gives `618376400`.
///
/// # Errors
/// [`NumberError`] when the text is not a plain decimal, has non-zero digits beyond `decimals`, or has more
/// than 18 digits. Nothing is ever rounded.
pub fn parse_fixed(text: &str, decimals: u8) -> Result<i64, NumberError> {
    let bytes = text.as_bytes();
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        all => (false, all),
    };
    let mut mantissa: i64 = 0;
    let mut fraction: Option<u8> = None;
    let mut seen = false;
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                seen = true;
                let digit = i64::from(byte - b'0');
                match fraction {
                    Some(places) if places == decimals && digit == 0 => continue,
                    Some(places) if places == decimals => {
                        return Err(NumberError::Decimals(decimals));
                    }
                    Some(places) => fraction = Some(places + 1),
                    None => {}
                }
                mantissa = push_digit(mantissa, digit, decimals)?;
            }
            b'.' if fraction.is_none() && seen => fraction = Some(0),
            _ => return Err(NumberError::Syntax),
        }
    }
    if !seen || bytes.last() == Some(&b'.') {
        return Err(NumberError::Syntax);
    }
    for _ in fraction.unwrap_or(0)..decimals {
        mantissa = push_digit(mantissa, 0, decimals)?;
    }
    Ok(if negative { -mantissa } else { mantissa })
}

fn push_digit(mantissa: i64, digit: i64, decimals: u8) -> Result<i64, NumberError> {
    // Below 10^18 a tenfold plus a digit cannot overflow an i64's 9.2 * 10^18 twice over: check before growing.
    if mantissa > MANTISSA_MAX / 10 {
        return Err(NumberError::Range(decimals));
    }
    Ok(mantissa * 10 + digit)
}

/// The plain decimal text of a mantissa, with exactly `decimals` places: the venue's own text.
pub fn format_fixed(mantissa: i64, decimals: u8) -> String {
    struct Fixed(i64, u8);
    impl fmt::Display for Fixed {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let sign = if self.0 < 0 { "-" } else { "" };
            let magnitude = self.0.unsigned_abs();
            let places = usize::from(self.1);
            if places == 0 {
                return write!(f, "{sign}{magnitude}");
            }
            let digits = magnitude.to_string();
            if digits.len() > places {
                let (whole, fraction) = digits.split_at(digits.len() - places);
                write!(f, "{sign}{whole}.{fraction}")
            } else {
                write!(f, "{sign}0.{digits:0>places$}")
            }
        }
    }
    Fixed(mantissa, decimals).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_read_exactly_or_refused() {
        assert_eq!(parse_fixed("61837.64", 4), Ok(618_376_400));
        assert_eq!(parse_fixed("61837.64000000", 2), Ok(6_183_764));
        assert_eq!(parse_fixed("-0.5", 1), Ok(-5));
        assert_eq!(parse_fixed("0", 8), Ok(0));
        for bad in [
            "", "-", ".5", "5.", "1e5", "+1", " 1", "1 ", "NaN", "1.2.3", "0x1", "--1",
        ] {
            assert_eq!(parse_fixed(bad, 2), Err(NumberError::Syntax), "{bad:?}");
        }
        assert_eq!(parse_fixed("0.001", 2), Err(NumberError::Decimals(2)));
        assert_eq!(
            parse_fixed("9999999999999999999", 0),
            Err(NumberError::Range(0))
        );
        assert_eq!(parse_fixed("1000000000000", 8), Err(NumberError::Range(8)));
        assert_eq!(text_decimals("61837.640"), 3);
    }

    proptest! {
        #[test]
        fn text_and_mantissa_round_trip(mantissa in -MANTISSA_MAX..=MANTISSA_MAX, decimals in 0u8..=12) {
            let text = format_fixed(mantissa, decimals);
            prop_assert_eq!(parse_fixed(&text, decimals), Ok(mantissa));
            prop_assert_eq!(text_decimals(&text), decimals);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,24}", decimals in 0u8..=18) {
            let _ = parse_fixed(&text, decimals);
        }
    }
}
