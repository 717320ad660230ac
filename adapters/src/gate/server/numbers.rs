//! Numbers and times as the venue writes them.

use onetape_core::instrument::Side;
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::Ts;
use rust_decimal::Decimal;
use serde::Serialize;
use serde::ser::Error as _;
use serde_json::value::RawValue;

use crate::directory::Listed;

pub(super) fn price(of: &Listed, price: Price) -> String {
    of.instrument.price_decimal(price).normalize().to_string()
}

/// A quantity in the venue's units: base units on spot, contracts on futures.
pub(super) fn size(of: &Listed, qty: Qty) -> String {
    units(of, qty).to_string()
}

/// A quantity in the venue's units with the sign of its side.
pub(super) fn signed(of: &Listed, side: Side, qty: Qty) -> String {
    size(of, side.signed(qty))
}

/// What is no whole number of steps is written with the digits that there are: nothing is rounded away silently.
pub(super) fn units(of: &Listed, qty: Qty) -> Decimal {
    let base = of.instrument.qty_decimal(qty);
    let exact = || base.checked_div(of.contract.decimal());
    (of.units(qty)).or_else(exact).unwrap_or(base).normalize()
}

pub(super) fn money(amount: Money) -> String {
    amount.decimal().normalize().to_string()
}

/// Milliseconds since 1970; zero for a time that is not known.
pub(super) fn millis(at: Ts) -> i64 {
    match at.is_known() {
        true => at.nanos().div_euclid(1_000_000),
        false => 0,
    }
}

/// Whole seconds since 1970.
pub(super) fn seconds(at: Ts) -> i64 {
    millis(at).div_euclid(1_000)
}

/// Seconds with three decimals, as a text.
pub(super) fn seconds_text(at: Ts) -> String {
    let millis = millis(at);
    format!(
        "{}.{:03}",
        millis.div_euclid(1_000),
        millis.rem_euclid(1_000)
    )
}

/// A decimal that goes out as a JSON number, digit by digit: it never becomes a float here.
pub(super) struct Bare(pub(super) String);

impl Serialize for Bare {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = RawValue::from_string(self.0.clone()).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}
