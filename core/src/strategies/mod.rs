//! The strategies that come with onetape, a folder each, behind the same wall as everybody's own.

pub mod noop;
pub mod spot_futures;

use crate::strategy::StrategySpec;

/// Every strategy of this crate, by name.
pub const ALL: &[StrategySpec] = &[noop::SPEC, spot_futures::SPEC];
