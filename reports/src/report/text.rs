//! Decimals and moments as the JSON document has them, written in place: a long run has tens of millions of them.

use onetape_core::time::Ts;
use rust_decimal::Decimal;

/// Room for a sign, 29 digits, a point, and zeros up to 28 decimals.
const ROOM: usize = 64;
const DAY_S: i64 = 86_400;

/// `00` to `99`.
const PAIRS: [u8; 200] = {
    let mut pairs = [b'0'; 200];
    let mut at = 0;
    while at < 100 {
        pairs[2 * at] = b'0' + (at / 10) as u8;
        pairs[2 * at + 1] = b'0' + (at % 10) as u8;
        at += 1;
    }
    pairs
};

/// A short text in place.
pub(crate) struct Short {
    bytes: [u8; ROOM],
    from: usize,
}

impl Short {
    const fn new() -> Self {
        Self {
            bytes: [b'0'; ROOM],
            from: ROOM,
        }
    }

    /// Its bytes.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.from..).unwrap_or_default()
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        // Digits and signs are all that is ever written.
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    fn before(&mut self, byte: u8) {
        self.from -= 1;
        self.bytes[self.from] = byte;
    }

    #[inline]
    fn two_before(&mut self, pair: u64) {
        let at = 2 * pair as usize;
        self.from -= 2;
        self.bytes[self.from..self.from + 2].copy_from_slice(&PAIRS[at..at + 2]);
    }

    fn digits_before(&mut self, mut value: u64, least: usize) {
        let end = self.from;
        while value >= 100 {
            self.two_before(value % 100);
            value /= 100;
        }
        while value > 0 || end - self.from < least {
            self.before(b'0' + (value % 10) as u8);
            value /= 10;
        }
    }

    /// A whole number.
    pub(crate) fn count(value: u64) -> Self {
        let mut text = Self::new();
        text.digits_before(value, 1);
        text
    }

    /// A plain decimal without zeros at its end: what `Decimal::normalize` shows.
    pub(crate) fn decimal(value: Decimal) -> Self {
        let mut text = Self::new();
        let parts = value.unpack();
        let (mut scale, negative) = (parts.scale as usize, parts.negative);
        let word = u64::from(parts.mid) << 32 | u64::from(parts.lo);
        let mut magnitude = u128::from(parts.hi) << 64 | u128::from(word);
        if magnitude == 0 {
            text.before(b'0');
            return text;
        }
        // Two words are divided by ten slowly, and hardly any amount has two.
        while magnitude > u128::from(u64::MAX) {
            text.digit((magnitude % 10) as u8, &mut scale);
            magnitude /= 10;
        }
        let mut word = u64::try_from(magnitude).unwrap_or_default();
        // Until there is a digit, and then two at a time.
        while scale > 0 && (text.from == ROOM || scale % 2 == 1) {
            text.digit((word % 10) as u8, &mut scale);
            word /= 10;
        }
        if scale > 0 {
            while scale > 0 {
                text.two_before(word % 100);
                (word, scale) = (word / 100, scale - 2);
            }
            text.before(b'.');
        }
        let whole = text.from == ROOM || text.bytes.get(text.from) == Some(&b'.');
        text.digits_before(word, usize::from(whole));
        if negative {
            text.before(b'-');
        }
        text
    }

    /// The next digit from the right; zeros at the end of the decimals are left out.
    #[inline]
    fn digit(&mut self, digit: u8, scale: &mut usize) {
        if *scale == 0 {
            self.before(b'0' + digit);
            return;
        }
        *scale -= 1;
        if digit != 0 || self.from < ROOM {
            self.before(b'0' + digit);
            if *scale == 0 {
                self.before(b'.');
            }
        }
    }

    /// RFC 3339 in UTC, with as many decimals of a second as it takes; `None` outside of the years 0 to 9999.
    pub(crate) fn moment(ts: Ts) -> Option<Self> {
        let (seconds, nanos) = (
            ts.nanos().div_euclid(1_000_000_000),
            ts.nanos().rem_euclid(1_000_000_000),
        );
        let (day, of_day) = (seconds.div_euclid(DAY_S), seconds.rem_euclid(DAY_S));
        let (year, month, day) = civil(day);
        let mut text = Self::new();
        text.before(b'Z');
        let (mut nanos, mut decimals) = (nanos as u64, 9);
        if nanos > 0 {
            while nanos.is_multiple_of(10) {
                (nanos, decimals) = (nanos / 10, decimals - 1);
            }
            text.digits_before(nanos, decimals);
            text.before(b'.');
        }
        let clock = [of_day % 60, of_day / 60 % 60, of_day / 3_600];
        for (part, sign) in clock.into_iter().zip([b':', b':', b'T']) {
            text.digits_before(part as u64, 2);
            text.before(sign);
        }
        for part in [day, month] {
            text.digits_before(part, 2);
            text.before(b'-');
        }
        text.digits_before(u64::try_from(year).ok().filter(|year| *year < 10_000)?, 4);
        Some(text)
    }
}

/// Year, month and day of a day since 1970-01-01, in the proleptic Gregorian calendar: years begin in March, so that the
/// leap day comes last, and four centuries are 146,097 days.
fn civil(day: i64) -> (i64, u64, u64) {
    const CYCLE: i64 = 146_097;
    let shifted = day + 719_468;
    let (cycle, of_cycle) = (shifted.div_euclid(CYCLE), shifted.rem_euclid(CYCLE));
    let year = (of_cycle - of_cycle / 1_460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + cycle * 400 + i64::from(month <= 2);
    (year, month as u64, day as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn decimals_are_those_of_the_library(
            bits in any::<u128>(), width in 0u32..=96, zeros in 0u32..20, scale in 0u32..=28, negative: bool,
        ) {
            let most = (1_u128 << width) - 1;
            let power = 10_u128.pow(zeros);
            let magnitude = ((bits & most) / power * power) as i128;
            let value = Decimal::from_i128_with_scale(if negative { -magnitude } else { magnitude }, scale);
            let (ours, theirs) = (Short::decimal(value), value.normalize().to_string());
            prop_assert_eq!(ours.as_str(), theirs.trim_start_matches(if value.is_zero() { "-" } else { "" }));
        }

        #[test]
        fn moments_are_those_of_the_library(nanos: i64, coarse in 0u32..10) {
            let unit = 10_i64.pow(coarse);
            let nanos = nanos / unit * unit;
            let theirs = Timestamp::from_nanosecond(nanos.into()).unwrap().to_string();
            let ours = Short::moment(Ts::from_nanos(nanos)).unwrap();
            prop_assert_eq!(ours.as_str(), theirs);
        }

        // Every day of the calendar that nanoseconds reach.
        #[test]
        fn days_are_those_of_the_library(day in -106_751_i64..106_751) {
            let nanos = day * DAY_S * 1_000_000_000;
            let theirs = Timestamp::from_nanosecond(nanos.into()).unwrap().to_string();
            let ours = Short::moment(Ts::from_nanos(nanos)).unwrap();
            prop_assert_eq!(ours.as_str(), theirs);
        }
    }
}
