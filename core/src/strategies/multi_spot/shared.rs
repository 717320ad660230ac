//! What this strategy takes from the one of a single pair, in one place.

pub(super) use crate::strategies::spot_futures::formulas::RoundTrip;
pub(super) use crate::strategies::spot_futures::sizing::{Sizing, greatest_common_divisor};
pub(super) use crate::strategies::spot_futures::{average_price, just_below};
