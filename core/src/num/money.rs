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
///
/// Digits, their scale and their sign each have a place of their own, where [`Decimal`] packs them: a fill is booked in
/// some forty sums.
#[derive(Clone, Copy, Default)]
pub struct Money {
    /// The low 64 of 96 bits of digits.
    low: u64,
    high: u32,
    /// At most [`Decimal::MAX_SCALE`].
    scale: u8,
    /// There is no negative nothing.
    negative: bool,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self {
        low: 0,
        high: 0,
        scale: 0,
        negative: false,
    };

    /// From a decimal.
    #[inline]
    pub fn new(amount: Decimal) -> Self {
        if amount.is_zero() {
            Self::ZERO
        } else {
            Self::of(amount)
        }
    }

    /// The same with the scale that nothing has.
    #[inline]
    fn of(amount: Decimal) -> Self {
        let parts = amount.unpack();
        let low = u64::from(parts.mid) << 32 | u64::from(parts.lo);
        Self {
            low,
            high: parts.hi,
            scale: parts.scale as u8,
            negative: parts.negative && (low != 0 || parts.hi != 0),
        }
    }

    /// `mantissa` at `scale` decimals; `None` for what a decimal cannot hold: 96 bits, 28 decimals.
    #[inline]
    pub fn scaled(mantissa: i128, scale: u32) -> Option<Self> {
        Self::from_magnitude(mantissa < 0, mantissa.unsigned_abs(), scale)
    }

    #[inline]
    fn from_magnitude(negative: bool, magnitude: u128, scale: u32) -> Option<Self> {
        if magnitude >> 96 != 0 || scale > Decimal::MAX_SCALE {
            return None;
        }
        Some(Self {
            low: magnitude as u64,
            high: (magnitude >> 64) as u32,
            scale: scale as u8,
            negative: negative && magnitude != 0,
        })
    }

    #[inline]
    fn magnitude(self) -> u128 {
        u128::from(self.high) << 64 | u128::from(self.low)
    }

    /// Both at the larger of their scales, each in one word with room for a sum; `None` where one does not fit. Nearly
    /// all amounts have one word of digits, and most that meet are of one scale.
    #[inline]
    fn words(self, other: Self) -> Option<([i64; 2], u8)> {
        if self.high | other.high != 0 {
            return None;
        }
        let (left, right) = match self.scale.cmp(&other.scale) {
            Ordering::Equal => (self.low, other.low),
            Ordering::Less => (raised(self.low, other.scale - self.scale)?, other.low),
            Ordering::Greater => (self.low, raised(other.low, self.scale - other.scale)?),
        };
        if (left | right) >> 62 != 0 {
            return None;
        }
        let words = [signed(left, self.negative), signed(right, other.negative)];
        Some((words, self.scale.max(other.scale)))
    }

    /// Adds an amount in place, or takes it away when `minus`. In place, since a sum that is written in parts and then
    /// copied as a whole has the processor wait for it.
    #[inline(always)]
    fn change(&mut self, by: Self, minus: bool) {
        if let Some(([left, right], scale)) = self.words(by) {
            let sum = if minus { left - right } else { left + right };
            (self.low, self.scale, self.negative) = (sum.unsigned_abs(), scale, sum < 0);
        } else {
            self.change_wide(by, minus);
        }
    }

    #[inline(never)]
    fn change_wide(&mut self, by: Self, minus: bool) {
        let by = if minus { -by } else { by };
        // In place, as above.
        if let Some((sum, scale)) = self.exact_digits(by) {
            let magnitude = sum.unsigned_abs();
            (self.low, self.high) = (magnitude as u64, (magnitude >> 64) as u32);
            (self.scale, self.negative) = (scale, sum < 0);
        } else {
            *self = self.rounded_sum(by);
        }
    }

    /// The sum in machine arithmetic, where no digit of it is lost.
    fn exact_sum(self, other: Self) -> Option<Self> {
        let (sum, scale) = self.exact_digits(other)?;
        Self::scaled(sum, scale.into())
    }

    /// Its digits, at the larger scale.
    #[inline(always)]
    fn exact_digits(self, other: Self) -> Option<(i128, u8)> {
        let (left, right) = match self.scale.cmp(&other.scale) {
            Ordering::Equal => (self.magnitude(), other.magnitude()),
            Ordering::Less => (self.raised(other.scale)?, other.magnitude()),
            Ordering::Greater => (self.magnitude(), other.raised(self.scale)?),
        };
        // Two of 95 bits are one of 96.
        if (left | right) >> 95 != 0 {
            return None;
        }
        let sum = wide(left, self.negative) + wide(right, other.negative);
        Some((sum, self.scale.max(other.scale)))
    }

    /// The digits at a larger scale, when they have at most 95 bits.
    #[inline]
    fn raised(self, scale: u8) -> Option<u128> {
        let power = u128::from(power_of_ten(u32::from(scale - self.scale))?);
        let high = u128::from(self.high) * power;
        if high >> 31 != 0 {
            return None;
        }
        // The low word of one and the product of two words: no more than 128 bits.
        (high << 64).checked_add(u128::from(self.low) * power)
    }

    /// The sum where it is not exact, or only without the zeros at an end.
    #[cold]
    fn rounded_sum(self, other: Self) -> Self {
        let (one, other) = (self.trimmed(), other.trimmed());
        one.exact_sum(other)
            .unwrap_or_else(|| Self::new(one.untrimmed().saturating_add(other.untrimmed())))
    }

    /// The decimal, with the zeros at its end if there are any: for products, which are the same with them.
    #[inline]
    pub fn untrimmed(self) -> Decimal {
        let word = |at: u32| (self.low >> (32 * at)) as u32;
        Decimal::from_parts(
            word(0),
            word(1),
            self.high,
            self.negative,
            self.scale.into(),
        )
    }

    /// The decimal, without zeros at its end.
    #[inline]
    pub fn decimal(self) -> Decimal {
        self.trimmed().untrimmed()
    }

    /// Exact plain decimal text, `None` when the text is not one.
    pub fn parse(text: &str) -> Option<Self> {
        Decimal::from_str_exact(text).ok().map(Self::new)
    }

    /// Digits and scale, zeros at the end among them: for sums in integers.
    #[inline]
    pub(crate) fn digits(self) -> (i128, u32) {
        let digits = self.magnitude() as i128;
        (
            if self.negative { -digits } else { digits },
            self.scale.into(),
        )
    }

    /// The same where the digits with their sign fit one word.
    #[inline]
    pub(crate) fn word(self) -> Option<(i64, u32)> {
        let fits = self.high == 0 && self.low >> 63 == 0;
        fits.then(|| (signed(self.low, self.negative), self.scale.into()))
    }

    /// Times a plain number.
    pub fn times(self, factor: Decimal) -> Self {
        self.exact_product(Self::of(factor))
            .unwrap_or_else(|| Self::new(self.decimal().saturating_mul(factor)))
    }

    /// The product in machine arithmetic, where no digit of it is lost.
    #[inline]
    fn exact_product(self, other: Self) -> Option<Self> {
        if self.high | other.high != 0 {
            return None;
        }
        let magnitude = u128::from(self.low) * u128::from(other.low);
        let scale = u32::from(self.scale) + u32::from(other.scale);
        Self::from_magnitude(self.negative != other.negative, magnitude, scale)
    }

    /// Without zeros at its end: for what is kept long and added to often. A division of two words is dear: it goes on in
    /// one as soon as the digits fit it, as nearly all do from the start.
    pub fn trimmed(mut self) -> Self {
        while self.high != 0 && self.scale > 0 {
            let magnitude = self.magnitude();
            // What ends in so many zeros has as many factors of two.
            let likely = self.scale >= MANY && magnitude.trailing_zeros() >= MANY.into();
            let (less, decimals) = if likely && magnitude.is_multiple_of(POWER_OF_MANY) {
                (magnitude / POWER_OF_MANY, MANY)
            } else if is_multiple_of_ten(magnitude) {
                (magnitude / 10, 1)
            } else {
                return self;
            };
            (self.low, self.high) = (less as u64, (less >> 64) as u32);
            self.scale -= decimals;
        }
        if self.high == 0 {
            (self.low, self.scale) = trimmed_word(self.low, self.scale);
        }
        self
    }

    /// With at most so many decimals, a half to the even one.
    #[inline]
    pub fn in_decimals(self, decimals: u32) -> Self {
        if u32::from(self.scale) <= decimals {
            return self;
        }
        let nearest = RoundingStrategy::MidpointNearestEven;
        Self::new(self.decimal().round_dp_with_strategy(decimals, nearest))
    }

    /// Magnitude.
    #[inline]
    pub const fn abs(self) -> Self {
        Self {
            negative: false,
            ..self
        }
    }

    /// True when nothing.
    #[inline]
    pub const fn is_zero(self) -> bool {
        self.low == 0 && self.high == 0
    }

    /// True below zero.
    #[inline]
    pub const fn is_negative(self) -> bool {
        self.negative
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
        // Digits and a power that a float holds: their quotient is the same with zeros at the end and without.
        if self.high == 0 && self.low < EXACT && self.scale <= 22 {
            let float = self.low as f64 / FLOAT_POWERS[usize::from(self.scale)];
            return if self.negative { -float } else { float };
        }
        let amount = self.decimal();
        amount.mantissa() as f64 / FLOAT_POWERS[amount.scale() as usize]
    }
}

/// Zeros that are dropped at a time where there are two words of digits.
const MANY: u8 = 8;
const POWER_OF_MANY: u128 = 100_000_000;

/// One word of digits without zeros at its end; nothing has no scale.
#[inline]
const fn trimmed_word(mut word: u64, mut scale: u8) -> (u64, u8) {
    if word == 0 {
        return (0, 0);
    }
    while scale >= 4 && word.is_multiple_of(10_000) {
        (word, scale) = (word / 10_000, scale - 4);
    }
    while scale > 0 && word.is_multiple_of(10) {
        (word, scale) = (word / 10, scale - 1);
    }
    (word, scale)
}

/// A word with its sign. Without a branch: signs are anyone's guess.
#[inline]
fn signed(word: u64, negative: bool) -> i64 {
    let sign = -i64::from(negative);
    (word as i64 ^ sign) - sign
}

/// The same of two words, of which one bit is left for the sign.
#[inline]
const fn wide(words: u128, negative: bool) -> i128 {
    let sign = -(negative as i128);
    (words as i128 ^ sign).wrapping_sub(sign)
}

/// A word at so many decimals more.
#[inline]
fn raised(word: u64, decimals: u8) -> Option<u64> {
    word.checked_mul(power_of_ten(decimals.into())?)
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

/// A division of two words is dear and most amounts of two words need none: 2^64 leaves 1 when divided by 5.
const fn is_multiple_of_ten(magnitude: u128) -> bool {
    let (high, low) = ((magnitude >> 64) as u64, magnitude as u64);
    low.is_multiple_of(2) && (high % 5 + low % 5).is_multiple_of(5)
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Money").field(&self.untrimmed()).finish()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.decimal().fmt(f)
    }
}

impl PartialEq for Money {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Money {}

impl PartialOrd for Money {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Money {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        match self.words(*other) {
            Some(([left, right], _)) => left.cmp(&right),
            None => self.untrimmed().cmp(&other.untrimmed()),
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
        Self {
            negative: !self.negative && !self.is_zero(),
            ..self
        }
    }
}

impl AddAssign for Money {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        self.change(other, false);
    }
}

impl SubAssign for Money {
    #[inline]
    fn sub_assign(&mut self, other: Self) {
        self.change(other, true);
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
            prop_assert_eq!(left.to_f64().to_bits(), Money::new(left.decimal()).to_f64().to_bits());
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
