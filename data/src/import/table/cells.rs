//! A cell of a table, and the numbers in cells.

use std::borrow::Cow;

use onetape_core::num::{MANTISSA_MAX, text_decimals};

use super::map::Numbers;
use crate::import::floats::FloatScale;
use crate::import::numbers::{BadNumber, fixed, plain};

/// Most decimals that are taken from data; what has more is a float that was never a decimal.
const SEEN_DECIMALS_MAX: u8 = 12;

const MEND: &str = "mend or remove the row";
const DECLARE: &str = "tell price_decimals and qty_decimals of the instrument in the mapping file, and numbers = \
                       \"float\" where numbers are printed floats";

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    /// Nothing.
    Empty,
    /// A text, or a decimal.
    Text(Cow<'a, str>),
    /// A whole number.
    Int(i64),
    /// A binary float.
    Float(f64),
    /// Yes or no.
    Flag(bool),
    /// A moment, in nanoseconds since 1970.
    Time(i64),
}

impl<'a> Cell<'a> {
    /// From the text of a CSV.
    pub(super) const fn of(text: &'a str) -> Self {
        if text.is_empty() {
            Self::Empty
        } else {
            Self::Text(Cow::Borrowed(text))
        }
    }

    /// As text, to be compared.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Int(value) | Self::Time(value) => Cow::Owned(value.to_string()),
            Self::Float(value) => Cow::Owned(value.to_string()),
            Self::Flag(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// The mantissa of a number at some decimals.
    pub(super) fn mantissa(
        &self,
        what: &str,
        decimals: u8,
        numbers: Numbers,
    ) -> Result<i64, BadNumber> {
        let bad = |why: &str, fix| BadNumber {
            what: format!("the {what} {:?} {why}", self.text()),
            fix,
        };
        match self {
            Self::Text(text) => match (fixed(what, &plain(text), decimals), numbers) {
                (Err(why), Numbers::Float) => match text.parse::<f64>() {
                    Ok(value) => float(what, value, decimals),
                    Err(_) => Err(why),
                },
                (done, _) => done,
            },
            Self::Int(value) => 10_i64
                .checked_pow(u32::from(decimals))
                .and_then(|factor| value.checked_mul(factor))
                .filter(|mantissa| mantissa.abs() <= MANTISSA_MAX)
                .ok_or_else(|| bad("is too large", MEND)),
            Self::Float(value) => float(what, *value, decimals),
            Self::Empty => Err(bad("is missing", MEND)),
            Self::Flag(_) | Self::Time(_) => Err(bad("is not a number", MEND)),
        }
    }

    /// Decimals of a number.
    pub(super) fn decimals(&self, what: &str) -> Result<u8, BadNumber> {
        let found = match self {
            Self::Text(text) => text_decimals(&plain(text)),
            // The shortest text that gives the same float.
            Self::Float(value) => text_decimals(&plain(&value.to_string())),
            _ => 0,
        };
        if found > SEEN_DECIMALS_MAX {
            return Err(BadNumber {
                what: format!("the {what} {} has {found} decimals", self.text()),
                fix: DECLARE,
            });
        }
        Ok(found)
    }
}

fn float(what: &str, value: f64, decimals: u8) -> Result<i64, BadNumber> {
    FloatScale::new(decimals)
        .mantissa(value)
        .map_err(|why| BadNumber {
            what: format!("the {what} {value} {why}"),
            fix: DECLARE,
        })
}
