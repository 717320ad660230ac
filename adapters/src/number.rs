//! Numbers as venues write them, texts or JSON numbers, exact from the wire to the integer.

use std::borrow::Cow;

use onetape_core::instrument::Instrument;
use onetape_core::num::{Money, NumberError, Price, Qty, parse_fixed};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::value::RawValue;

use crate::error::WireError;

/// Largest exponent that is written out.
const EXPONENT_MAX: usize = 40;

/// A number as the venue wrote it: `"0.10"`, `0.10`, `1e-05`. It never goes through floating point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Num<'a>(Cow<'a, str>);

impl<'a> Num<'a> {
    /// A number from its text.
    pub const fn new(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// True for an empty text, by which some venues say that there is none.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// As a plain decimal; what has an exponent is written out.
    pub fn plain(&self) -> Cow<'_, str> {
        match self.0.bytes().any(|byte| matches!(byte, b'e' | b'E')) {
            true => expanded(&self.0).map_or(Cow::Borrowed(&*self.0), Cow::Owned),
            false => Cow::Borrowed(&*self.0),
        }
    }

    /// As a price of an instrument.
    ///
    /// # Errors
    /// When it is no number, or not one at the instrument's decimals.
    pub fn price(&self, field: &'static str, of: &Instrument) -> Result<Price, WireError> {
        self.fixed(field, of.price_decimals).map(Price::new)
    }

    /// As a quantity of an instrument.
    ///
    /// # Errors
    /// As for [`Num::price`].
    pub fn qty(&self, field: &'static str, of: &Instrument) -> Result<Qty, WireError> {
        self.fixed(field, of.qty_decimals).map(Qty::new)
    }

    /// As an amount.
    ///
    /// # Errors
    /// When it is no number, or has more digits than an amount holds.
    pub fn money(&self, field: &'static str) -> Result<Money, WireError> {
        Money::parse(&self.plain()).ok_or_else(|| self.wrong(field, NumberError::Syntax))
    }

    /// As a whole number of nothing below zero.
    ///
    /// # Errors
    /// When it is none.
    pub fn count(&self, field: &'static str) -> Result<u64, WireError> {
        let plain = self.plain();
        let whole = plain.split_once('.').map_or(&*plain, |(whole, rest)| {
            match rest.bytes().all(|byte| byte == b'0') {
                true => whole,
                false => "",
            }
        });
        let number = whole.parse::<u64>();
        number.map_err(|_| self.wrong(field, NumberError::Syntax))
    }

    fn fixed(&self, field: &'static str, decimals: u8) -> Result<i64, WireError> {
        parse_fixed(&self.plain(), decimals).map_err(|why| self.wrong(field, why))
    }

    fn wrong(&self, field: &'static str, why: NumberError) -> WireError {
        WireError::Number {
            field,
            text: self.0.chars().take(40).collect(),
            why,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Num<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        match raw.as_bytes() {
            [b'"', middle @ .., b'"'] if !middle.contains(&b'\\') => {
                Ok(Self(Cow::Borrowed(&raw[1..raw.len() - 1])))
            }
            [b'"', ..] => serde_json::from_str::<String>(raw)
                .map(|text| Self(Cow::Owned(text)))
                .map_err(D::Error::custom),
            [b'-' | b'0'..=b'9', ..] => Ok(Self(Cow::Borrowed(raw))),
            b"null" => Ok(Self::default()),
            _ => Err(D::Error::custom("neither a number nor a text")),
        }
    }
}

/// `1.5e-7` as `0.00000015`; `None` for what is no such number, or is too long.
fn expanded(text: &str) -> Option<String> {
    let (mantissa, exponent) = text.split_once(['e', 'E'])?;
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let exponent = exponent.parse::<i32>().ok()?;
    let size = usize::try_from(exponent.unsigned_abs()).ok()?;
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if size > EXPONENT_MAX || whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let all = format!("{whole}{fraction}");
    let point = if exponent < 0 {
        whole.len().checked_sub(size)
    } else {
        Some(whole.len() + size)
    };
    Some(match point {
        Some(point) if point >= all.len() => format!("{sign}{all:0<point$}"),
        Some(point) if point > 0 => {
            let (whole, fraction) = all.split_at(point);
            format!("{sign}{whole}.{fraction}")
        }
        _ => {
            let zeros = size - whole.len();
            format!("{sign}0.{}{all}", "0".repeat(zeros))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_keep_their_text() {
        for (json, text) in [
            (r#""0.10""#, "0.10"),
            ("0.10", "0.10"),
            ("1e-05", "0.00001"),
            ("-1.5E+3", "-1500"),
            ("12.34e1", "123.4"),
            ("12.34e-2", "0.1234"),
            ("5e0", "5"),
            ("12.5e-4", "0.00125"),
            (r#""\u0031""#, "1"),
            ("null", ""),
        ] {
            let num: Num<'_> = serde_json::from_str(json).unwrap();
            assert_eq!(num.plain(), text, "{json}");
        }
        for json in ["true", "[1]", "{}"] {
            assert!(serde_json::from_str::<Num<'_>>(json).is_err(), "{json}");
        }
        assert_eq!(Num::new("7.000").count("n").unwrap(), 7);
        assert!(Num::new("7.5").count("n").is_err());
        assert!(Num::new("NaN").money("n").is_err());
        assert!(Num::new("1e999").money("n").is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[-+0-9eE.]{0,16}|\\PC{0,12}") {
            let num = Num::new(&text);
            let _ = (num.plain(), num.money("x").is_ok(), num.count("x").is_ok());
        }

        #[test]
        fn exponents_are_exact(mantissa in -99_999i64..99_999, places in 0u8..5, exponent in -12i32..12) {
            let text = format!("{}e{exponent}", onetape_core::num::format_fixed(mantissa, places));
            let found = Num::new(&text).money("x").unwrap();
            let expected = rust_decimal::Decimal::new(mantissa, u32::from(places))
                * match exponent {
                    0.. => rust_decimal::Decimal::from(10i64.pow(exponent as u32)),
                    _ => rust_decimal::Decimal::new(1, exponent.unsigned_abs()),
                };
            prop_assert_eq!(found.decimal(), expected.normalize());
        }
    }
}
