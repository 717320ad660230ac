//! What this strategy takes from those of a single pair, in one place.

pub(super) use crate::strategies::pair::formulas::RoundTrip;
pub(super) use crate::strategies::pair::rule::average_price;
pub(super) use crate::strategies::pair::sizing::{Sizing, greatest_common_divisor};
pub(super) use crate::strategies::pair::wakes::just_below;
