//! Money: decimals, normalised so that equal amounts are equal bytes.

use core::fmt;
use core::iter::Sum;
use core::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use rust_decimal::Decimal;

/// An amount of one asset. Which asset is said by the field that holds it.
///
/// Trailing zeros are dropped at construction, so the 16 bytes that are journaled and hashed depend on the
/// amount alone, not on how it came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(Decimal);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// From a decimal.
    pub fn new(amount: Decimal) -> Self {
        Self(amount.normalize())
    }

    /// The decimal.
    pub const fn decimal(self) -> Decimal {
        self.0
    }

    /// Exact plain decimal text, `None` when the text is not one.
    pub fn parse(text: &str) -> Option<Self> {
        Decimal::from_str_exact(text).ok().map(Self::new)
    }

    /// Times a plain number.
    pub fn times(self, factor: Decimal) -> Self {
        Self::new(self.0.saturating_mul(factor))
    }

    /// Magnitude.
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// True when nothing.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// True below zero.
    pub fn is_negative(self) -> bool {
        self.0.is_sign_negative() && !self.0.is_zero()
    }

    /// The 16 bytes that stand for this amount in a journal.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.serialize()
    }

    /// From [`Money::to_bytes`]; `None` for bytes that no amount makes.
    pub fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        let scale = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) >> 16 & 0xff;
        if scale > Decimal::MAX_SCALE {
            return None;
        }
        let money = Self::new(Decimal::deserialize(bytes));
        (money.to_bytes() == bytes).then_some(money)
    }

    /// For signals and pictures; never for accounts.
    pub fn to_f64(self) -> f64 {
        let scale = 10_f64;
        let mut value = self.0.mantissa() as f64;
        for _ in 0..self.0.scale() {
            value /= scale;
        }
        value
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.0.saturating_add(other.0))
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.0.saturating_sub(other.0))
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(-self.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn equal_amounts_are_equal_bytes() {
        let (a, b) = (Money::parse("1.50").unwrap(), Money::parse("1.5").unwrap());
        assert_eq!(a.to_bytes(), b.to_bytes());
        assert_eq!((a - b).to_bytes(), Money::ZERO.to_bytes());
        assert_eq!((-Money::ZERO).to_bytes(), Money::ZERO.to_bytes());
        assert_eq!(Money::from_bytes(a.to_bytes()), Some(a));
        assert_eq!(Money::from_bytes([0xff; 16]), None);
        assert_eq!(a.to_string(), "1.5");
        assert_eq!(Money::parse("1e5"), None);
        assert!((Money::parse("-2.93").unwrap().to_f64() + 2.93).abs() < 1e-12);
    }
}
