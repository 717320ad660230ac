//! What stands in a cell while rows are grouped and sorted.

use onetape_core::time::Ts;
use rust_decimal::Decimal;

use crate::tables::Cell;

/// Decimals that every amount is reckoned with, those of the tables in Parquet.
pub(super) const DECIMALS: u32 = 18;

/// A cell with an order: numbers by value, also those that are written as text, before other text; nothing comes last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    Flag(bool),
    Count(u64),
    Number(Decimal),
    Time(i64),
    /// Text that is a number, such as a parameter of a sweep.
    NumberText(Decimal, String),
    Text(String),
    Empty,
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        match text.parse() {
            Ok(number) => Self::NumberText(number, text.to_owned()),
            Err(_) => Self::Text(text.to_owned()),
        }
    }

    /// From units of the eighteenth decimal, when 28 digits hold it.
    pub(super) fn number(units: i128) -> Option<Self> {
        decimal(units).map(Self::Number)
    }

    pub(super) fn cell(self) -> Cell {
        match self {
            Self::Flag(flag) => Cell::Flag(flag),
            Self::Count(count) => Cell::Count(count),
            Self::Number(number) => Cell::Amount(number),
            Self::Time(nanos) => Cell::Time(Ts::from_nanos(nanos)),
            Self::NumberText(_, text) | Self::Text(text) => Cell::Text(text),
            Self::Empty => Cell::Empty,
        }
    }
}

/// Units of the eighteenth decimal as a decimal without zeros at its end.
pub(super) fn decimal(mut units: i128) -> Option<Decimal> {
    let mut scale = DECIMALS;
    while scale > 0 && units % 10 == 0 {
        units /= 10;
        scale -= 1;
    }
    Decimal::try_from_i128_with_scale(units, scale).ok()
}

/// A sum over a count, rounded half to even at the eighteenth decimal.
pub(super) fn mean(sum: i128, count: u64) -> Option<i128> {
    let count = i128::from(count);
    if count == 0 {
        return None;
    }
    let (whole, rest) = (sum.div_euclid(count), sum.rem_euclid(count));
    let up = 2 * rest > count || (2 * rest == count && whole % 2 != 0);
    Some(whole + i128::from(up))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_numbers_stand_by_their_value() {
        let mut all = ["both", "10", "9.5", "-1", "a"].map(Value::text).to_vec();
        all.push(Value::Empty);
        all.sort();
        let texts = all.into_iter().map(|value| value.cell());
        let words = ["-1", "9.5", "10", "a", "both"].map(|text| Cell::Text(text.to_owned()));
        assert!(texts.eq(words.into_iter().chain([Cell::Empty])));
    }

    #[test]
    fn means_round_half_to_even() {
        let all = [(5, 2), (7, 2), (-5, 2), (-7, 2), (10, 3), (-10, 3), (1, 0)];
        let all = all.map(|(sum, count)| mean(sum, count));
        let wanted = [
            Some(2),
            Some(4),
            Some(-2),
            Some(-4),
            Some(3),
            Some(-3),
            None,
        ];
        assert_eq!(all, wanted);
    }

    #[test]
    fn units_lose_zeros_and_nothing_else() {
        let one = 10_i128.pow(DECIMALS);
        assert_eq!(decimal(one).unwrap().to_string(), "1");
        assert_eq!(decimal(-1).unwrap().to_string(), "-0.000000000000000001");
        // Thirty digits before the point are too many only where there are digits behind it.
        assert!(decimal(10_i128.pow(37)).is_some() && decimal(10_i128.pow(37) + 1).is_none());
    }
}
