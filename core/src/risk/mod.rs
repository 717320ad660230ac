//! The risk gate: the one way from an intent to an order that may leave.

mod gate;
mod limits;
#[cfg(test)]
mod tests;
mod worst;

pub use gate::{Approved, Pending, RiskGate, RiskView, TradingState};
pub use limits::RiskLimits;
