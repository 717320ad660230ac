//! Typical quantities: a future's against its spot sibling's, to find contracts that pass for base units.

use std::collections::BTreeMap;

use onetape_core::num::Money;
use rust_decimal::Decimal;

use super::finding::{CheckName, ONCE, Scope, Severity};
use super::sketch::Sketch;
use crate::catalog::{InstrumentRecord, Kind};

/// Quantities that make a median.
const ENOUGH: u64 = 10;

/// Lengths of bars that are told apart.
const KEYS_MAX: usize = 64;

/// Quantities of one instrument by kind, and for bars by length.
#[derive(Default)]
pub(super) struct Sizes {
    quantities: BTreeMap<(Kind, i64), Sketch>,
    prices: Sketch,
}

impl Sizes {
    pub(super) fn add(&mut self, kind: Kind, span: i64, qty: i64) {
        let key = (kind, span);
        if qty > 0 && (self.quantities.len() < KEYS_MAX || self.quantities.contains_key(&key)) {
            self.quantities.entry(key).or_default().add(qty);
        }
    }

    pub(super) fn price(&mut self, price: i64) {
        self.prices.add(price);
    }

    /// The median quantity in base units, by the instrument's own rules.
    fn median_in_base(&self, key: (Kind, i64), record: &InstrumentRecord) -> Option<Decimal> {
        let sketch = self
            .quantities
            .get(&key)
            .filter(|sketch| sketch.count() >= ENOUGH)?;
        let qty = decimal(sketch.median()?, record.qty_decimals)?;
        if record.kind != "inverse" {
            return Some(qty);
        }
        let value = Money::parse(&record.contract_value)?.decimal();
        let price = decimal(self.prices.median()?, record.price_decimals)?;
        qty.checked_mul(value)?.checked_div(price)
    }
}

fn decimal(mantissa: i64, decimals: u8) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(i128::from(mantissa), u32::from(decimals)).ok()
}

/// Compares a future with a spot instrument of the same base.
pub(super) fn compare(
    future: (&InstrumentRecord, &Sizes),
    spot: (&InstrumentRecord, &Sizes),
    limit: u32,
    to: &mut Scope<'_>,
) {
    for &key in future.1.quantities.keys() {
        let (Some(ours), Some(theirs)) = (
            future.1.median_in_base(key, future.0),
            spot.1.median_in_base(key, spot.0),
        ) else {
            continue;
        };
        let (small, large) = (ours.min(theirs), ours.max(theirs));
        let apart = (small.checked_mul(Decimal::from(limit))).is_some_and(|line| large >= line);
        if !apart {
            continue;
        }
        let (ours, theirs) = (
            ours.round_sf(6).unwrap_or(ours),
            theirs.round_sf(6).unwrap_or(theirs),
        );
        to.of(key.0).tell(
            CheckName::ContractSize,
            Severity::Warning,
            ONCE,
            format!(
                "the median quantity is {} in base units, that of {} is {}: contracts taken for base units, or the other way round",
                ours.normalize(),
                spot.0.name(),
                theirs.normalize()
            ),
            vec![
                ("median_base", ours.normalize().to_string()),
                ("sibling_median_base", theirs.normalize().to_string()),
            ],
        );
    }
}

/// What an inverse instrument's rules say of its contract.
pub(super) fn contract_value(record: &InstrumentRecord, to: &mut Scope<'_>) {
    if record.kind != "inverse" {
        return;
    }
    let one =
        Money::parse(&record.contract_value).is_some_and(|value| value.decimal() == Decimal::ONE);
    if !one {
        return;
    }
    let (severity, says) = if record.inferred {
        let says = "a contract of this inverse instrument stands for 1 quote unit and its rules are inferred: look it up and state \
                    it with: onetape data import instruments; every profit depends on it";
        (Severity::Warning, says)
    } else {
        let says = "a contract of this inverse instrument stands for 1 quote unit: so it is on some venues, look it up";
        (Severity::Note, says)
    };
    to.tell(CheckName::ContractSize, severity, ONCE, says, Vec::new());
}
