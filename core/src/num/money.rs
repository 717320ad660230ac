//! Money: decimals, normalised so that equal amounts are equal bytes.

use core::cmp::Ordering;
use core::fmt;
use core::iter::Sum;
use core::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use rust_decimal::{Decimal, RoundingStrategy};

/// An amount of one asset. Which asset is said by the field that holds it.
///
/// Sums may carry zeros at their end, which cost time to drop; what leaves, as bytes, as text or as a decimal to
/// reckon with, has none. So what is journaled, hashed and rounded depends on the amount alone, not on how it came
/// about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Money(Decimal);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// From a decimal.
    #[inline]
    pub fn new(amount: Decimal) -> Self {
        // There is no negative nothing.
        if amount.is_zero() {
            Self::ZERO
        } else {
            Self(amount)
        }
    }

    /// `mantissa` at `scale` decimals; `None` for what a decimal cannot hold: 96 bits, 28 decimals.
    #[inline]
    pub fn scaled(mantissa: i128, scale: u32) -> Option<Self> {
        let magnitude = mantissa.unsigned_abs();
        if magnitude >> 96 != 0 || scale > Decimal::MAX_SCALE {
            return None;
        }
        let negative = mantissa < 0;
        Some(Self(
            Parts {
                negative,
                magnitude,
                scale,
            }
            .whole(),
        ))
    }

    /// Both at the larger of their scales, each in one word with room for a sum; `None` where one does not fit. Nearly
    /// all amounts have one word of digits, and most that meet are of one scale.
    #[inline]
    fn words(a: Decimal, b: Decimal) -> Option<([i64; 2], u32)> {
        let (one, other) = (a.unpack(), b.unpack());
        if one.hi | other.hi != 0 {
            return None;
        }
        let word = |mid: u32, lo: u32| u64::from(mid) << 32 | u64::from(lo);
        let scale = one.scale.max(other.scale);
        let raised = |word: u64, own: u32| {
            if own == scale {
                return Some(word);
            }
            word.checked_mul(*POWERS.get((scale - own) as usize)?)
        };
        let left = raised(word(one.mid, one.lo), one.scale)?;
        let right = raised(word(other.mid, other.lo), other.scale)?;
        if (left | right) >> 62 != 0 {
            return None;
        }
        // Without a branch: signs are anyone's guess.
        let signed = |word: u64, negative: bool| {
            let sign = -i64::from(negative);
            (word as i64 ^ sign) - sign
        };
        let words = [signed(left, one.negative), signed(right, other.negative)];
        Some((words, scale))
    }

    /// Adds an amount in place, or takes it away when `minus`. In place, since a sum that is written in parts and then
    /// copied as a whole has the processor wait for it.
    #[inline]
    fn change(&mut self, by: Decimal, minus: bool) {
        if let Some(([left, right], scale)) = Self::words(self.0, by) {
            let sum = if minus { left - right } else { left + right };
            *self = Self::of_word(sum < 0, sum.unsigned_abs(), scale);
        } else {
            *self = Self::wide_sum(self.0, if minus { -by } else { by });
        }
    }

    #[inline(never)]
    fn wide_sum(a: Decimal, b: Decimal) -> Self {
        Self::exact_sum(Parts::of(a), Parts::of(b)).unwrap_or_else(|| Self::rounded_sum(a, b))
    }

    /// The sum in machine arithmetic, where no digit of it is lost.
    fn exact_sum(a: Parts, b: Parts) -> Option<Self> {
        let (a, b) = if a.scale <= b.scale { (a, b) } else { (b, a) };
        if let (Some(one), Some(other)) = (a.raised_word(b.scale), b.raised_word(b.scale)) {
            return Some(Self::of_words(a.negative, one, b.negative, other, b.scale));
        }
        let sum = a.raised(b.scale)? + b.raised(b.scale)?;
        Self::scaled(sum, b.scale)
    }

    /// The sum of two words, which has 64 bits at most.
    #[inline]
    fn of_words(a_negative: bool, a: u64, b_negative: bool, b: u64, scale: u32) -> Self {
        let (negative, word) = if a_negative == b_negative {
            (a_negative, a + b)
        } else if a >= b {
            (a_negative, a - b)
        } else {
            (b_negative, b - a)
        };
        Self::of_word(negative && word != 0, word, scale)
    }

    #[inline]
    fn of_word(negative: bool, word: u64, scale: u32) -> Self {
        Self(Decimal::from_parts(
            word as u32,
            (word >> 32) as u32,
            0,
            negative,
            scale,
        ))
    }

    /// The sum where it is not exact, or only without the zeros at an end.
    #[cold]
    fn rounded_sum(a: Decimal, b: Decimal) -> Self {
        let (a, b) = (stripped(a), stripped(b));
        Self::exact_sum(Parts::of(a), Parts::of(b))
            .unwrap_or_else(|| Self::new(a.saturating_add(b)))
    }

    /// The decimal, without zeros at its end.
    #[inline]
    pub fn decimal(self) -> Decimal {
        stripped(self.0)
    }

    /// Exact plain decimal text, `None` when the text is not one.
    pub fn parse(text: &str) -> Option<Self> {
        Decimal::from_str_exact(text).ok().map(Self::new)
    }

    /// Digits and scale, zeros at the end among them: for sums in integers.
    #[inline]
    pub(crate) fn digits(self) -> (i128, u32) {
        (self.0.mantissa(), self.0.scale())
    }

    /// The same where the digits with their sign fit one word.
    #[inline]
    pub(crate) fn word(self) -> Option<(i64, u32)> {
        let parts = self.0.unpack();
        let word = u64::from(parts.mid) << 32 | u64::from(parts.lo);
        let digits = i64::try_from(word).ok().filter(|_| parts.hi == 0)?;
        Some((if parts.negative { -digits } else { digits }, parts.scale))
    }

    /// Times a plain number.
    pub fn times(self, factor: Decimal) -> Self {
        Self::exact_product(Parts::of(self.0), Parts::of(factor))
            .unwrap_or_else(|| Self::new(self.decimal().saturating_mul(factor)))
    }

    /// The product in machine arithmetic, where no digit of it is lost.
    #[inline]
    fn exact_product(a: Parts, b: Parts) -> Option<Self> {
        let (one, other) = (
            u64::try_from(a.magnitude).ok()?,
            u64::try_from(b.magnitude).ok()?,
        );
        let magnitude = u128::from(one) * u128::from(other);
        if magnitude >> 96 != 0 || a.scale + b.scale > Decimal::MAX_SCALE {
            return None;
        }
        let whole = Parts {
            negative: a.negative != b.negative,
            magnitude,
            scale: a.scale + b.scale,
        };
        Some(Self(whole.whole()))
    }

    /// Without zeros at its end: for what is kept long and added to often.
    pub fn trimmed(self) -> Self {
        Self(stripped(self.0))
    }

    /// With at most so many decimals, a half to the even one.
    #[inline]
    pub fn in_decimals(self, decimals: u32) -> Self {
        if self.0.scale() <= decimals {
            return self;
        }
        let nearest = RoundingStrategy::MidpointNearestEven;
        Self::new(self.decimal().round_dp_with_strategy(decimals, nearest))
    }

    /// Magnitude.
    #[inline]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// True when nothing.
    #[inline]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// True below zero.
    #[inline]
    pub fn is_negative(self) -> bool {
        self.0.is_sign_negative() && !self.0.is_zero()
    }

    /// The 16 bytes that stand for this amount in a journal.
    pub fn to_bytes(self) -> [u8; 16] {
        self.decimal().serialize()
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
        const EXACT: u64 = 1 << 53;
        let parts = self.0.unpack();
        let word = u64::from(parts.mid) << 32 | u64::from(parts.lo);
        // Digits and a power that a float holds: their quotient is the same with zeros at the end and without.
        if parts.hi == 0 && word < EXACT && parts.scale <= 22 {
            let float = word as f64 / FLOAT_POWERS[parts.scale as usize];
            return if parts.negative { -float } else { float };
        }
        let amount = self.decimal();
        amount.mantissa() as f64 / FLOAT_POWERS[amount.scale() as usize]
    }
}

/// Without zeros at its end. Digits that fit one word, as nearly all do, are divided in one.
fn stripped(amount: Decimal) -> Decimal {
    let Parts {
        negative,
        mut magnitude,
        mut scale,
    } = Parts::of(amount);
    if let Ok(mut word) = u64::try_from(magnitude) {
        if word == 0 {
            return Decimal::ZERO;
        }
        while scale >= 4 && word.is_multiple_of(10_000) {
            (word, scale) = (word / 10_000, scale - 4);
        }
        while scale > 0 && word.is_multiple_of(10) {
            (word, scale) = (word / 10, scale - 1);
        }
        magnitude = u128::from(word);
    } else {
        while scale > 0 && is_multiple_of_ten(magnitude) {
            (magnitude, scale) = (magnitude / 10, scale - 1);
        }
    }
    Parts {
        negative,
        magnitude,
        scale,
    }
    .whole()
}

/// Powers of ten up to the largest scale. Those up to the 22nd are exact, so that a division by them is rounded once.
const FLOAT_POWERS: [f64; 29] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28,
];

const POWERS: [u64; 20] = {
    let mut powers = [1; 20];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// A power of ten that fits a word.
pub(crate) fn power_of_ten(exponent: u32) -> Option<u64> {
    POWERS.get(exponent as usize).copied()
}

/// A decimal taken apart.
#[derive(Clone, Copy)]
struct Parts {
    negative: bool,
    magnitude: u128,
    scale: u32,
}

impl Parts {
    /// The decimal of these parts; nothing is never negative.
    #[inline]
    fn whole(self) -> Decimal {
        let word = |at: u32| (self.magnitude >> (32 * at)) as u32;
        let negative = self.negative && self.magnitude != 0;
        Decimal::from_parts(word(0), word(1), word(2), negative, self.scale)
    }

    #[inline]
    fn of(amount: Decimal) -> Self {
        let parts = amount.unpack();
        let words = u128::from(parts.hi) << 64 | u128::from(parts.mid) << 32;
        Self {
            negative: parts.negative,
            magnitude: words | u128::from(parts.lo),
            scale: parts.scale,
        }
    }

    /// The magnitude at a scale that is no smaller, when it has at most 63 bits.
    #[inline]
    fn raised_word(&self, scale: u32) -> Option<u64> {
        let word = u64::try_from(self.magnitude).ok()?;
        let raised = if scale == self.scale {
            word
        } else {
            word.checked_mul(*POWERS.get((scale - self.scale) as usize)?)?
        };
        (raised >> 63 == 0).then_some(raised)
    }

    /// The mantissa at a scale that is no smaller, when it has at most 95 bits: two of them add up to 96.
    #[inline]
    fn raised(self, scale: u32) -> Option<i128> {
        let mut magnitude = self.magnitude;
        if scale != self.scale {
            let power = *POWERS.get((scale - self.scale) as usize)?;
            magnitude = match u64::try_from(magnitude) {
                Ok(word) => u128::from(word) * u128::from(power),
                Err(_) => magnitude.checked_mul(u128::from(power))?,
            };
        }
        if magnitude >> 95 != 0 {
            return None;
        }
        // Without a branch: signs are anyone's guess.
        let sign = -i128::from(self.negative);
        Some((magnitude as i128 ^ sign).wrapping_sub(sign))
    }
}

/// A division of two words is dear and most amounts of two words need none: 2^64 leaves 1 when divided by 5.
const fn is_multiple_of_ten(magnitude: u128) -> bool {
    let (high, low) = ((magnitude >> 64) as u64, magnitude as u64);
    low.is_multiple_of(2) && (high % 5 + low % 5).is_multiple_of(5)
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.decimal().fmt(f)
    }
}

impl PartialOrd for Money {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Money {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        match Self::words(self.0, other.0) {
            Some(([left, right], _)) => left.cmp(&right),
            None => self.0.cmp(&other.0),
        }
    }
}

impl Add for Money {
    type Output = Self;
    #[inline]
    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl Sub for Money {
    type Output = Self;
    #[inline]
    fn sub(mut self, other: Self) -> Self {
        self -= other;
        self
    }
}

impl Neg for Money {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        // There is no negative nothing.
        if self.is_zero() { self } else { Self(-self.0) }
    }
}

impl AddAssign for Money {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        self.change(other.0, false);
    }
}

impl SubAssign for Money {
    #[inline]
    fn sub_assign(&mut self, other: Self) {
        self.change(other.0, true);
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
    use proptest::prelude::*;

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

    fn decimal() -> impl Strategy<Value = Decimal> {
        let bits = prop_oneof![Just(8u32), Just(32), Just(63), Just(64), Just(96)];
        let zeros = prop_oneof![Just(0u32), 0u32..12];
        (any::<u128>(), bits, zeros, any::<bool>(), 0u32..=28).prop_map(
            |(bits, width, zeros, negative, scale)| {
                let most = (1_u128 << width) - 1;
                let magnitude = (bits & most) / 10_u128.pow(zeros) * 10_u128.pow(zeros);
                let mantissa = if negative {
                    -(magnitude as i128)
                } else {
                    magnitude as i128
                };
                Decimal::from_i128_with_scale(mantissa, scale)
            },
        )
    }

    proptest! {
        // Machine arithmetic gives the bytes of decimal arithmetic.
        #[test]
        fn sums_are_those_of_decimals(a in decimal(), b in decimal()) {
            let bytes = |amount: Decimal| amount.normalize().serialize();
            let (left, right) = (Money::new(a), Money::new(b));
            prop_assert_eq!(left.to_bytes(), bytes(a));
            prop_assert_eq!(Money::scaled(a.mantissa(), a.scale()), Some(left));
            prop_assert_eq!((-left).to_bytes(), bytes(-a));
            let (a, b) = (a.normalize(), b.normalize());
            prop_assert_eq!((left + right).to_bytes(), bytes(a.saturating_add(b)));
            prop_assert_eq!((left - right).to_bytes(), bytes(a.saturating_sub(b)));
            prop_assert_eq!(left.times(b).to_bytes(), bytes(a.saturating_mul(b)));
            prop_assert_eq!(left.cmp(&right), a.cmp(&b));
            // Zeros at the end make no other float.
            prop_assert_eq!(left.to_f64().to_bits(), Money(left.decimal()).to_f64().to_bits());
            let theirs: f64 = left.decimal().to_string().parse().unwrap();
            prop_assert!(left.to_f64() == theirs || left.decimal().scale() > 22 || left.decimal().mantissa().unsigned_abs() >> 53 != 0);
            // What zeros a sum ended in does not show.
            let again = (left + right) - right;
            prop_assert_eq!(again.cmp(&left), again.decimal().cmp(&left.decimal()));
            if again == left {
                prop_assert_eq!(again.to_bytes(), left.to_bytes());
                prop_assert_eq!(again.decimal().serialize(), left.decimal().serialize());
                prop_assert_eq!(again.to_string(), left.to_string());
            }
        }
    }
}
