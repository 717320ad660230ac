//! Values of parameters as integers of a unit, and back as exact text.

use std::cmp::Ordering;

use onetape_core::strategy::params::{ParamKind, ParamSpec, ParamValue, plain_decimal};
use onetape_core::time::Span;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Decimals that basis points have.
const BPS_DECIMALS: u32 = 6;
/// Decimals of amounts and quantities between two bounds.
const AMOUNT_DECIMALS: u32 = 8;
/// Largest integer that values are counted in.
const COUNT_MAX: i128 = 1_000_000_000_000_000_000;

/// What the values of an axis are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unit {
    /// Numbers of so many decimals.
    Decimals(u32),
    /// Lengths of time, in nanoseconds.
    Span,
    /// Words without an order, such as `both`.
    Word,
}

/// A value that can be compared with others of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// A number.
    Number(Decimal),
    /// A length of time.
    Span(Span),
}

impl Measure {
    /// From text: a plain decimal or a length of time.
    pub fn parse(text: &str) -> Option<Self> {
        plain_decimal(text)
            .map(Self::Number)
            .or_else(|| Span::parse(text).map(Self::Span))
    }

    /// Which is larger; `None` between a number and a time.
    pub fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => Some(a.cmp(&b)),
            (Self::Span(a), Self::Span(b)) => Some(a.cmp(&b)),
            _ => None,
        }
    }

    /// For places in pictures and distances.
    pub fn to_f64(self) -> f64 {
        match self {
            // Text between the two keeps the conversion exact to the last bit, and plain.
            Self::Number(value) => value.to_string().parse().unwrap_or(f64::NAN),
            Self::Span(span) => span.nanos() as f64,
        }
    }
}

impl Unit {
    /// The unit of a declared parameter; of any other key, what the texts look like.
    pub(super) fn of(spec: Option<&ParamSpec>, texts: &[&str]) -> Self {
        match spec.map(|spec| spec.kind) {
            Some(ParamKind::Bps) => Self::Decimals(BPS_DECIMALS),
            Some(ParamKind::Money | ParamKind::Quantity) => Self::Decimals(AMOUNT_DECIMALS),
            Some(ParamKind::Integer) => Self::Decimals(0),
            Some(ParamKind::Span) => Self::Span,
            Some(ParamKind::Flag | ParamKind::Choice(_)) => Self::Word,
            None => Self::looks_like(texts),
        }
    }

    /// Whole numbers stay whole: there may be no half of what a key that nobody declared counts.
    fn looks_like(texts: &[&str]) -> Self {
        let all = |is: &dyn Fn(&str) -> bool| texts.iter().all(|text| is(text));
        if all(&|text| plain_decimal(text).is_some()) {
            let whole = all(&|text| !text.contains('.'));
            Self::Decimals(if whole { 0 } else { AMOUNT_DECIMALS })
        } else if all(&|text| Span::parse(text).is_some()) {
            Self::Span
        } else {
            Self::Word
        }
    }

    /// A value in integers of this unit; `None` when it is none, has more decimals or is too large.
    pub(super) fn count(self, text: &str) -> Option<i64> {
        match self {
            Self::Decimals(decimals) => {
                let value = plain_decimal(text).filter(|value| value.scale() <= decimals)?;
                let up = 10_i128.checked_pow(decimals - value.scale())?;
                let count = value.mantissa().checked_mul(up)?;
                let fits = (-COUNT_MAX..=COUNT_MAX).contains(&count);
                i64::try_from(count).ok().filter(|_| fits)
            }
            Self::Span => Span::parse(text).map(Span::nanos),
            Self::Word => None,
        }
    }

    /// The text of an integer of this unit.
    pub(super) fn text(self, count: i64) -> String {
        match self {
            Self::Decimals(decimals) => Decimal::from_i128_with_scale(i128::from(count), decimals)
                .normalize()
                .to_string(),
            Self::Span => ParamValue::Span(Span::from_nanos(count)).to_string(),
            Self::Word => count.to_string(),
        }
    }

    /// How far apart two neighbours in a range without steps are: one, or of times the next smaller unit of what
    /// both bounds are written in, so that `1s..5s` goes by milliseconds.
    pub(super) fn grain(self, low: i64, high: i64) -> i64 {
        const UNITS: [i64; 7] = [
            86_400_000_000_000,
            3_600_000_000_000,
            60_000_000_000,
            1_000_000_000,
            1_000_000,
            1_000,
            1,
        ];
        if self != Self::Span {
            return 1;
        }
        let whole = |unit: &i64| low % unit == 0 && high % unit == 0;
        let at = UNITS.iter().position(whole).unwrap_or(UNITS.len());
        UNITS.get(at + 1).copied().unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_exact() {
        let bps = Unit::Decimals(6);
        for (text, back) in [("36.10", "36.1"), ("-0.000001", "-0.000001"), ("0", "0")] {
            assert_eq!(bps.text(bps.count(text).unwrap()), back);
        }
        assert_eq!(bps.count("0.0000001"), None);
        assert_eq!(bps.count("1e3"), None);
        assert_eq!(bps.count("9999999999999"), None);
        assert_eq!(Unit::Span.text(Unit::Span.count("1.5s").unwrap()), "1500ms");
    }

    #[test]
    fn keys_that_nobody_declared_are_what_they_look_like() {
        assert_eq!(Unit::of(None, &["1", "10"]), Unit::Decimals(0));
        assert_eq!(Unit::of(None, &["1.0", "10"]), Unit::Decimals(8));
        assert_eq!(Unit::of(None, &["1ms", "10ms"]), Unit::Span);
        assert_eq!(Unit::of(None, &["1", "both"]), Unit::Word);
    }

    #[test]
    fn times_go_by_the_next_smaller_unit() {
        let grain = |low: &str, high: &str| {
            let count = |text| Unit::Span.count(text).unwrap();
            Unit::Span.text(Unit::Span.grain(count(low), count(high)))
        };
        assert_eq!(grain("1s", "5s"), "1ms");
        assert_eq!(grain("30s", "6h"), "1ms");
        assert_eq!(grain("1h", "6h"), "1m");
        assert_eq!(grain("3ns", "5s"), "1ns");
    }
}
