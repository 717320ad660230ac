//! The one time axis: nanoseconds since 1970-01-01 UTC by the recorder's clock.

use core::ops::{Add, Sub};

use crate::journal::codec::{Decode, Encode};

/// A moment: nanoseconds since the Unix epoch, receive time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Ts(i64);

/// A length of time in nanoseconds, at least zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Span(i64);

impl Ts {
    /// Not told: before every other moment.
    pub const UNKNOWN: Self = Self(i64::MIN);

    /// After every other moment: what is due then never is.
    pub const MAX: Self = Self(i64::MAX);

    /// False for [`Ts::UNKNOWN`].
    pub const fn is_known(self) -> bool {
        self.0 != i64::MIN
    }

    /// From nanoseconds since the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is; zero when it is not after.
    pub const fn since(self, earlier: Self) -> Span {
        let nanos = self.0.saturating_sub(earlier.0);
        Span(if nanos < 0 { 0 } else { nanos })
    }

    /// Number of the UTC day, from 1970-01-01.
    pub const fn utc_day(self) -> i64 {
        self.0.div_euclid(86_400_000_000_000)
    }
}

impl Span {
    /// No time.
    pub const ZERO: Self = Self(0);

    /// From nanoseconds; negative becomes zero.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(if nanos < 0 { 0 } else { nanos })
    }

    /// From milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self::from_nanos(millis.saturating_mul(1_000_000))
    }

    /// Nanoseconds.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Reads `"250us"`, `"5ms"`, `"1.5s"`, `"30m"`, `"6h"`, `"2d"`; `None` for anything else. Exact: a value
    /// that is no whole number of nanoseconds is refused.
    pub fn parse(text: &str) -> Option<Self> {
        const UNITS: [(&str, u8, i64); 7] = [
            ("ns", 0, 1),
            ("us", 3, 1),
            ("ms", 6, 1),
            ("s", 9, 1),
            ("m", 9, 60),
            ("h", 9, 3_600),
            ("d", 9, 86_400),
        ];
        let (_, decimals, factor) = UNITS.iter().find(|(unit, ..)| {
            text.strip_suffix(unit)
                .is_some_and(|number| number.ends_with(|c: char| c.is_ascii_digit()))
        })?;
        let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let nanos = crate::num::parse_fixed(number, *decimals)
            .ok()?
            .checked_mul(*factor)?;
        (nanos >= 0).then_some(Self(nanos))
    }
}

impl Add<Span> for Ts {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Ts {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_with_their_unit() {
        assert_eq!(Span::parse("5ms"), Some(Span::from_millis(5)));
        assert_eq!(Span::parse("1.5s"), Some(Span::from_millis(1_500)));
        assert_eq!(Span::parse("6h"), Some(Span::from_millis(21_600_000)));
        assert_eq!(Span::parse("0ms"), Some(Span::ZERO));
        for bad in ["", "5", "ms", "-5ms", "5 ms", "5min", "1e3s", "0.5ns"] {
            assert_eq!(Span::parse(bad), None, "{bad:?}");
        }
    }
}
