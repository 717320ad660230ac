//! The venue's side of MEXC spot: requests in, answers and streams out.
//!
//! The venue takes orders over HTTP alone. Numbers of orders stand behind a prefix in its ids, as there.

mod errors;
mod frames;
mod limits;
mod numbers;
mod orders;
mod push;
mod replies;
mod requests;
mod route;
mod tell;
mod wire;

pub use errors::words;
pub use frames::{answer, frame, open};
pub use limits::{charges, habits};
pub use replies::reply;
pub use requests::request;
pub use tell::tell;

use crate::report::trade_number;

/// What the venue's ids of orders begin with.
const ORDER: &str = "C02__";

/// The venue's text of an order's number.
fn order_text(id: u64) -> String {
    format!("{ORDER}{id}")
}

/// The number behind the venue's text. A text that this server never gave has a number too, which no order has.
fn order_number(text: &str) -> u64 {
    let number = text.strip_prefix(ORDER).and_then(|it| it.parse().ok());
    number.unwrap_or_else(|| trade_number(text))
}

#[cfg(test)]
mod tests;
