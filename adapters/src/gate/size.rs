//! Contracts and base units.

use onetape_core::num::{parse_fixed, text_decimals};

/// Base units of one contract (`quanto_multiplier`), exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContractSize {
    mantissa: i64,
    decimals: u8,
}

impl ContractSize {
    /// A multiplier as the venue writes it; `None` when it is not a number above zero.
    pub fn parse(text: &str) -> Option<Self> {
        let text = trimmed(text);
        let decimals = text_decimals(text);
        let mantissa = parse_fixed(text, decimals).ok().filter(|it| *it > 0)?;
        Some(Self { mantissa, decimals })
    }

    /// The quantity in base units of a size in contracts, as a plain decimal text; `None` when the size is no
    /// number, or the product has more than 38 digits.
    pub fn base_units(&self, contracts: &str) -> Option<String> {
        let contracts = trimmed(contracts);
        let places = text_decimals(contracts);
        let count = parse_fixed(contracts, places).ok()?;
        let product = i128::from(count).checked_mul(i128::from(self.mantissa))?;
        let places = usize::from(places) + usize::from(self.decimals);
        let sign = if product < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", product.unsigned_abs(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        Some(match fraction.trim_end_matches('0') {
            "" => format!("{sign}{whole}"),
            fraction => format!("{sign}{whole}.{fraction}"),
        })
    }
}

/// Without zeros at the end of a fraction.
fn trimmed(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn contracts_become_base_units_exactly() {
        for (multiplier, contracts, expected) in [
            ("0.0001", "56231", "5.6231"),
            ("0.0001", "0", "0"),
            ("1", "814", "814"),
            ("10", "-3", "-30"),
            ("0.01", "100", "1"),
            ("0.0001", "0.5", "0.00005"),
            ("0.10", "12.30", "1.23"),
        ] {
            let size = ContractSize::parse(multiplier).unwrap();
            assert_eq!(size.base_units(contracts).as_deref(), Some(expected));
        }
        for text in ["0", "-1", "", "x", "1e-4"] {
            assert_eq!(ContractSize::parse(text), None, "{text}");
        }
        assert_eq!(ContractSize::parse("1").unwrap().base_units("1e3"), None);
    }

    proptest! {
        /// A twin: the mantissas' product at the sum of their decimals.
        #[test]
        fn products_are_exact(
            contracts in 0_i64..1_000_000_000, multiplier in 1_i64..1_000_000, decimals in 0_u8..7,
        ) {
            let text = onetape_core::num::format_fixed(multiplier, decimals);
            let size = ContractSize::parse(&text).unwrap();
            let found = size.base_units(&contracts.to_string()).unwrap();
            prop_assert_eq!(parse_fixed(&found, decimals).unwrap(), contracts * multiplier);
        }
    }
}
