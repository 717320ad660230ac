//! Numbers as a page shows them: grouped, at decimals that fit their size, with a true minus.

use onetape_core::num::Money;
use rust_decimal::{Decimal, RoundingStrategy};

/// Decimals for amounts of which the largest is this one.
pub(super) fn decimals_for(largest: Money) -> u32 {
    match largest.decimal() {
        // Nothing needs no decimals to be told apart.
        value if value.is_zero() || value >= Decimal::from(100) => 2,
        value if value >= Decimal::ONE => 4,
        _ => 8,
    }
}

/// At some decimals, thousands grouped: `-1234.5` at 2 is `−1,234.50`.
pub(super) fn grouped(value: Decimal, decimals: u32) -> String {
    let mut cut = value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    cut.rescale(decimals);
    let text = cut.abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut shown = String::new();
    if cut.is_sign_negative() && !cut.is_zero() {
        shown.push('\u{2212}');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            shown.push(',');
        }
        shown.push(digit);
    }
    if !fraction.is_empty() {
        shown.push('.');
        shown.push_str(fraction);
    }
    shown
}

/// With the sign of a gain written out.
pub(super) fn signed(value: Decimal, decimals: u32) -> String {
    let text = grouped(value, decimals);
    let gained = value.is_sign_positive() && text.chars().any(|c| c.is_ascii_digit() && c != '0');
    if gained { format!("+{text}") } else { text }
}

/// All of its decimals, thousands grouped.
pub(super) fn whole(value: Decimal) -> String {
    let value = value.normalize();
    grouped(value, value.scale())
}

/// A count, thousands grouped.
pub(super) fn count(count: u64) -> String {
    grouped(Decimal::from(count), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_signed() {
        let of = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(grouped(of("-1234567.895"), 2), "\u{2212}1,234,567.90");
        assert_eq!(grouped(of("-0.001"), 2), "0.00");
        assert_eq!(grouped(of("999"), 0), "999");
        assert_eq!(grouped(of("1000"), 0), "1,000");
        assert_eq!(signed(of("12.5"), 2), "+12.50");
        assert_eq!(signed(of("0.001"), 2), "0.00");
        assert_eq!(signed(of("-3"), 2), "\u{2212}3.00");
        assert_eq!(whole(of("61234.5600")), "61,234.56");
        assert_eq!(whole(of("0.00012")), "0.00012");
        let decimals = ["0", "0.5", "5", "500"].map(|text| decimals_for(Money::new(of(text))));
        assert_eq!(decimals, [2, 8, 4, 2]);
    }
}
