//! Numbers as the venue writes them.

use onetape_core::instrument::Instrument;
use onetape_core::num::{Money, Price, Qty};
use onetape_core::time::Ts;

pub(super) fn price(of: &Instrument, price: Price) -> String {
    of.price_decimal(price).normalize().to_string()
}

pub(super) fn qty(of: &Instrument, qty: Qty) -> String {
    of.qty_decimal(qty).normalize().to_string()
}

/// Milliseconds since 1970; zero for a time that is not known.
pub(super) fn millis(at: Ts) -> i64 {
    match at.is_known() {
        true => at.nanos().div_euclid(1_000_000),
        false => 0,
    }
}

pub(super) fn money(amount: Money) -> String {
    amount.decimal().normalize().to_string()
}
