//! Declared parameters: what a strategy can be told, in which type, unit and range.
//!
//! Values come as text and are kept exactly: a decimal never passes through a float. A declaration is data, so
//! the same lines check a scenario, describe the strategy on a terminal and bound a parameter sweep.

mod card;
mod error;
mod set;
#[cfg(test)]
pub(crate) mod tests;
mod words;

use alloc::format;
use alloc::string::{String, ToString};
use core::cmp::Ordering;
use core::fmt;

use rust_decimal::Decimal;

pub use card::{Capture, LegPart, LegSpec, StrategyCard};
pub use error::ParamError;
pub use set::Params;
pub use words::nearest;

use crate::num::{Bps, format_fixed};
use crate::time::Span;

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// Basis points, signed, to a millionth.
    Bps,
    /// An amount of money, a decimal.
    Money,
    /// A quantity in base units, a decimal.
    Quantity,
    /// A length of time: `"250us"`, `"5ms"`, `"1.5s"`, `"30m"`, `"6h"`, `"2d"`.
    Span,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl ParamKind {
    /// The word used in pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bps => "bps",
            Self::Money => "money",
            Self::Quantity => "quantity",
            Self::Span => "span",
            Self::Integer => "integer",
            Self::Flag => "flag",
            Self::Choice(_) => "choice",
        }
    }

    /// What a value must look like, in words.
    pub fn expects(self) -> String {
        match self {
            Self::Bps => "a decimal number of basis points with at most 6 decimals".to_string(),
            Self::Money | Self::Quantity => "a plain decimal number".to_string(),
            Self::Span => {
                "a length of time such as \"5ms\", \"1.5s\", \"30m\" or \"6h\"".to_string()
            }
            Self::Integer => "a whole number".to_string(),
            Self::Flag => "true or false".to_string(),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
        }
    }
}

/// Whether a parameter must be given, and what holds when it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// A scenario must say it.
    Required,
    /// Absent when a scenario does not say it.
    Optional,
    /// This text holds when a scenario does not say it.
    Default(&'static str),
}

/// One declared parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParamSpec {
    /// Dotted name, such as `exit.edge_bps`.
    pub name: &'static str,
    /// Type.
    pub kind: ParamKind,
    /// Unit in words, such as `bps of the futures bid` or `quote units`; empty when there is none.
    pub unit: &'static str,
    /// Required, optional, or with a default.
    pub presence: Presence,
    /// Smallest value, as text.
    pub min: Option<&'static str>,
    /// Largest value, as text.
    pub max: Option<&'static str>,
    /// What it does, in one sentence.
    pub doc: &'static str,
    /// What to do instead of giving a value out of bounds; empty when the bounds say it all.
    pub hint: &'static str,
    /// It says, in base units, how far apart the legs may be before the strategy mends that.
    pub is_band: bool,
}

impl ParamSpec {
    /// A parameter with no bounds.
    pub const fn new(
        name: &'static str,
        kind: ParamKind,
        unit: &'static str,
        presence: Presence,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            unit,
            presence,
            min: None,
            max: None,
            doc,
            hint: "",
            is_band: false,
        }
    }

    /// As the one that says how far apart the legs may be, in base units.
    #[must_use]
    pub const fn as_band(mut self) -> Self {
        self.is_band = true;
        self
    }

    /// With a word on what to do instead of giving a value out of bounds.
    #[must_use]
    pub const fn hinted(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    /// With a smallest value.
    #[must_use]
    pub const fn at_least(mut self, min: &'static str) -> Self {
        self.min = Some(min);
        self
    }

    /// With a largest value.
    #[must_use]
    pub const fn at_most(mut self, max: &'static str) -> Self {
        self.max = Some(max);
        self
    }

    /// The range in words: `0 to 100`, `at least 0`; `None` when there are no bounds.
    pub fn range(&self) -> Option<String> {
        match (self.min, self.max) {
            (Some(min), Some(max)) => Some(format!("{min} to {max}")),
            (Some(min), None) => Some(format!("at least {min}")),
            (None, Some(max)) => Some(format!("at most {max}")),
            (None, None) => None,
        }
    }

    /// Reads one value.
    ///
    /// # Errors
    /// [`ParamError::Value`] when the text is not of the declared type, [`ParamError::Range`] when the value is
    /// out of bounds.
    pub fn parse(&'static self, text: &str) -> Result<ParamValue, ParamError> {
        let Some(value) = ParamValue::parse(self.kind, text) else {
            return Err(ParamError::Value {
                spec: self,
                text: text.to_string(),
            });
        };
        let beyond = |bound: Option<&'static str>, wrong: Ordering| {
            bound
                .and_then(|bound| ParamValue::parse(self.kind, bound))
                .is_some_and(|bound| value.order(bound) == Some(wrong))
        };
        if beyond(self.min, Ordering::Less) || beyond(self.max, Ordering::Greater) {
            return Err(ParamError::Range {
                spec: self,
                text: text.to_string(),
            });
        }
        Ok(value)
    }
}

/// The value of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamValue {
    /// Of [`ParamKind::Bps`].
    Bps(Bps),
    /// Of [`ParamKind::Money`] and [`ParamKind::Quantity`], without trailing zeros.
    Decimal(Decimal),
    /// Of [`ParamKind::Span`].
    Span(Span),
    /// Of [`ParamKind::Integer`].
    Integer(i64),
    /// Of [`ParamKind::Flag`].
    Flag(bool),
    /// Of [`ParamKind::Choice`]: one of the declared words.
    Choice(&'static str),
}

impl ParamValue {
    /// The value that a text stands for; `None` when it is not of that kind.
    pub fn parse(kind: ParamKind, text: &str) -> Option<Self> {
        match kind {
            ParamKind::Bps => Bps::parse(text).ok().map(Self::Bps),
            ParamKind::Money | ParamKind::Quantity => plain_decimal(text).map(Self::Decimal),
            ParamKind::Span => Span::parse(text).map(Self::Span),
            ParamKind::Integer if text.starts_with('+') => None,
            ParamKind::Integer => text.parse().ok().map(Self::Integer),
            ParamKind::Flag => text.parse().ok().map(Self::Flag),
            ParamKind::Choice(words) => words
                .iter()
                .find(|word| **word == text)
                .map(|word| Self::Choice(word)),
        }
    }

    fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bps(a), Self::Bps(b)) => Some(a.cmp(&b)),
            (Self::Decimal(a), Self::Decimal(b)) => Some(a.cmp(&b)),
            (Self::Span(a), Self::Span(b)) => Some(a.cmp(&b)),
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(&b)),
            _ => None,
        }
    }
}

impl fmt::Display for ParamValue {
    /// The shortest text that reads back as this value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bps(bps) => {
                let text = format_fixed(bps.millionths(), 6);
                f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
            }
            Self::Decimal(value) => value.fmt(f),
            Self::Span(span) => f.write_str(&span_text(*span)),
            Self::Integer(value) => value.fmt(f),
            Self::Flag(value) => value.fmt(f),
            Self::Choice(word) => f.write_str(word),
        }
    }
}

/// A plain decimal text, `-?digits[.digits]`, as an exact decimal without trailing zeros; `None` for exponents,
/// blanks, separators, `NaN` and what 96 bits cannot hold.
pub fn plain_decimal(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    Decimal::from_str_exact(text)
        .ok()
        .map(|value| value.normalize())
}

/// A span in the largest unit that divides it: `6h`, `1500ms`.
fn span_text(span: Span) -> String {
    const UNITS: [(&str, i64); 7] = [
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ];
    let nanos = span.nanos();
    let (unit, size) = UNITS
        .into_iter()
        .find(|(_, size)| nanos != 0 && nanos % size == 0)
        .unwrap_or(("ms", 1));
    format!("{}{unit}", nanos / size)
}
