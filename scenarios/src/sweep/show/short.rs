//! Numbers as short as they can be and still be told apart: the exact ones stand in the table of results.

use rust_decimal::Decimal;

/// Decimals, at most.
const DECIMALS_MAX: u32 = 12;
/// Digits that a figure is shown with when it is the largest.
const DIGITS: u32 = 3;
/// Letters of a word that is a value.
const LETTERS: usize = 12;

/// The texts of values along an axis: numbers are rounded to less than a twentieth of the smallest step.
pub(super) fn labels(texts: &[String]) -> Vec<String> {
    let numbers: Option<Vec<Decimal>> = texts.iter().map(|text| text.parse().ok()).collect();
    let numbers = numbers.unwrap_or_default();
    let mut sorted = numbers.clone();
    sorted.sort();
    let steps = sorted.windows(2).map(|pair| pair[1] - pair[0]);
    let Some(step) = steps.filter(|step| !step.is_zero()).min() else {
        return texts.iter().map(|text| clipped(text)).collect();
    };
    let near = |decimals: &u32| {
        let off = |number: &Decimal| (number.round_dp(*decimals) - number).abs();
        numbers
            .iter()
            .all(|number| off(number) * Decimal::from(20) < step)
    };
    match (0..=DECIMALS_MAX).find(near) {
        Some(decimals) => {
            let short = |number: &Decimal| number.round_dp(decimals).normalize().to_string();
            numbers.iter().map(short).collect()
        }
        None => texts.to_vec(),
    }
}

fn clipped(text: &str) -> String {
    if text.chars().count() <= LETTERS {
        return text.to_string();
    }
    let begin: String = text.chars().take(LETTERS - 1).collect();
    format!("{begin}…")
}

/// Decimals that figures are shown with: the largest has three digits, and nobody more than it has.
pub(super) fn decimals(figures: impl Iterator<Item = Decimal>) -> u32 {
    let (mut most, mut scale) = (Decimal::ZERO, 0);
    for figure in figures {
        most = most.max(figure.abs());
        scale = scale.max(figure.normalize().scale());
    }
    let mut decimals = 0;
    let enough = Decimal::from(10_u64.pow(DIGITS - 1));
    while decimals < scale.min(DECIMALS_MAX) && most < enough {
        most = most.saturating_mul(Decimal::TEN);
        decimals += 1;
    }
    decimals
}

/// A figure with so many decimals.
pub(super) fn figure(value: Decimal, decimals: u32) -> String {
    let rounded = value.round_dp(decimals);
    // There is no less than nothing.
    let rounded = if rounded.is_zero() {
        Decimal::ZERO
    } else {
        rounded
    };
    format!("{rounded:.places$}", places = decimals as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(texts: &[&str]) -> Vec<String> {
        let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
        labels(&texts)
    }

    #[test]
    fn labels_are_told_apart() {
        assert_eq!(
            short(&["31", "33.071429", "35.142857"]),
            ["31", "33.1", "35.1"]
        );
        assert_eq!(short(&["45.5", "46", "46.5"]), ["45.5", "46", "46.5"]);
        assert_eq!(
            short(&["0.00012345", "0.00012346"]),
            ["0.00012345", "0.00012346"]
        );
        assert_eq!(short(&["1000.5", "90000.25"]), ["1000", "90000"]);
        assert_eq!(short(&["7.123456"]), ["7.123456"]);
        assert_eq!(short(&["10s", "2m30s"]), ["10s", "2m30s"]);
        assert_eq!(short(&["long_spot", "a_very_long_word"])[1], "a_very_long…");
    }

    #[test]
    fn figures_have_three_digits() {
        let all = |texts: &[&str]| {
            let values = texts.iter().map(|text| text.parse::<Decimal>().unwrap());
            let values: Vec<Decimal> = values.collect();
            let decimals = decimals(values.iter().copied());
            values
                .into_iter()
                .map(|value| figure(value, decimals))
                .collect::<Vec<_>>()
        };
        assert_eq!(all(&["23.569415", "0", "-0.04"]), ["23.6", "0.0", "0.0"]);
        assert_eq!(all(&["0.00012345", "-0.0001"]), ["0.000123", "-0.000100"]);
        assert_eq!(all(&["12", "3"]), ["12", "3"]);
        assert_eq!(all(&["12345.6789"]), ["12346"]);
    }
}
