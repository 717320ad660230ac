//! Numbers and times in the cells of a source, exactly or not at all.

use std::borrow::Cow;

use onetape_core::num::{NumberError, parse_fixed};
use onetape_core::time::Ts;

/// What is wrong with a text, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadNumber {
    pub(super) what: String,
    pub(super) fix: &'static str,
}

const MEND: &str = "mend or remove the line";
const DEFINE_MORE: &str = "define the instrument with more decimals by `data import instruments`, in a catalogue \
                           that has no rows of it";
const DEFINE_FEWER: &str = "define the instrument with fewer decimals by `data import instruments`, in a catalogue \
                            that has no rows of it";

/// The mantissa of a decimal text. `what` names it: the decimals of a `price` and a `quantity` are its instrument's.
pub(super) fn fixed(what: &str, text: &str, decimals: u8) -> Result<i64, BadNumber> {
    parse_fixed(text, decimals).map_err(|why| {
        let of_instrument = matches!(what, "price" | "quantity");
        let (is, fix) = match why {
            NumberError::Syntax => ("is ", MEND),
            NumberError::Decimals(_) if of_instrument => ("", DEFINE_MORE),
            NumberError::Range(_) if of_instrument => ("", DEFINE_FEWER),
            _ => ("", MEND),
        };
        BadNumber {
            what: format!("the {what} {text:?} {is}{why}"),
            fix,
        }
    })
}

/// A text with an exponent, as some programs write small numbers, in plain digits; other texts as they are.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let whole = || -> Option<String> {
        let (number, exponent) = text.split_once(['e', 'E'])?;
        let exponent: i32 = exponent.parse().ok().filter(|e: &i32| e.abs() <= 40)?;
        let (sign, digits) = match number.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", number),
        };
        let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
        let all: String = [before, after].concat();
        if before.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let point = before.len() as i32 + exponent;
        let (left, right) = (
            point.min(0).unsigned_abs(),
            point.max(0).unsigned_abs() as usize,
        );
        let all = "0".repeat(left as usize) + &all;
        let all = format!("{all:0<right$}");
        let (before, after) = all.split_at(right);
        let (before, after) = (before.trim_start_matches('0'), after.trim_end_matches('0'));
        let before = if before.is_empty() { "0" } else { before };
        let dot = if after.is_empty() { "" } else { "." };
        Some(format!("{sign}{before}{dot}{after}"))
    };
    whole().map_or(Cow::Borrowed(text), Cow::Owned)
}

/// A whole number that is not negative.
pub(super) fn whole(what: &str, text: &str) -> Result<u64, BadNumber> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number.ok_or_else(|| BadNumber {
        what: format!("the {what} {text:?} is not a whole number below 2^64"),
        fix: MEND,
    })
}

/// Yes or no.
pub(super) fn flag(what: &str, text: &str) -> Result<bool, BadNumber> {
    match text {
        "true" | "True" | "TRUE" | "1" => Ok(true),
        "false" | "False" | "FALSE" | "0" => Ok(false),
        _ => Err(BadNumber {
            what: format!("the {what} {text:?} is neither true nor false"),
            fix: MEND,
        }),
    }
}

/// What a number of a time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeUnit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Millis,
    /// Microseconds.
    Micros,
    /// Nanoseconds.
    Nanos,
}

impl TimeUnit {
    /// The unit of a time between 2001 and 2286, told by its number of digits.
    pub(super) fn of(text: &str) -> Option<Self> {
        match text.len() {
            10 => Some(Self::Seconds),
            13 => Some(Self::Millis),
            16 => Some(Self::Micros),
            19 => Some(Self::Nanos),
            _ => None,
        }
    }

    /// How many nanoseconds it is.
    pub(super) const fn nanos(self) -> i64 {
        match self {
            Self::Seconds => 1_000_000_000,
            Self::Millis => 1_000_000,
            Self::Micros => 1_000,
            Self::Nanos => 1,
        }
    }

    /// For people.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Millis => "milliseconds",
            Self::Micros => "microseconds",
            Self::Nanos => "nanoseconds",
        }
    }

    /// A time since 1970, in plain digits of this unit.
    pub(super) fn time(self, what: &str, text: &str) -> Result<Ts, BadNumber> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits
            .then(|| text.parse::<i64>().ok()?.checked_mul(self.nanos()))
            .flatten()
            .map(Ts::from_nanos)
            .ok_or_else(|| BadNumber {
                what: format!(
                    "the {what} {text:?} is not a time in {} since 1970",
                    self.name()
                ),
                fix: MEND,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_written_out() {
        for (text, expected) in [
            ("1e-7", "0.0000001"),
            ("-1.25e-3", "-0.00125"),
            ("1.5E+3", "1500"),
            ("1.23456e2", "123.456"),
            ("12.5e0", "12.5"),
            ("0e-9", "0"),
            ("12.50", "12.50"),
            ("e5", "e5"),
            ("1e", "1e"),
            ("1e99", "1e99"),
            ("nan", "nan"),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_are_read_exactly_or_refused() {
        assert_eq!(fixed("price", "12.50", 2), Ok(1_250));
        let why = fixed("price", "12.505", 2).unwrap_err();
        assert_eq!(why.what, "the price \"12.505\" has more than 2 decimals");
        assert_eq!(why.fix, DEFINE_MORE);
        assert_eq!(fixed("rate", "x", 2).unwrap_err().fix, MEND);
        assert_eq!(whole("id", "18446744073709551615"), Ok(u64::MAX));
        for bad in ["", "-1", "+1", "1.0", "18446744073709551616"] {
            assert!(whole("id", bad).is_err(), "{bad}");
        }
        assert_eq!((flag("m", "True"), flag("m", "0")), (Ok(true), Ok(false)));
        assert!(flag("m", "yes").is_err());
    }

    #[test]
    fn times_go_by_their_unit() {
        let expected = Ts::from_nanos(1_723_161_253_000_000_000);
        for text in [
            "1723161253",
            "1723161253000",
            "1723161253000000",
            "1723161253000000000",
        ] {
            assert_eq!(TimeUnit::of(text).unwrap().time("time", text), Ok(expected));
        }
        assert_eq!(TimeUnit::of("172316125300"), None);
        for bad in ["", "-1723161253000", "9999999999999999999", "1723161253.5"] {
            assert!(TimeUnit::Millis.time("time", bad).is_err(), "{bad}");
        }
    }
}
