//! The market data of one venue, for a set of instruments: connections, depth that stays in step, REST where a stream is
//! silent, and instruments that come and go while it runs.
//!
//! [`list`] makes instruments from the venue's rules. [`MarketFeed`] keeps as many connections as the venue's limits ask
//! for; each has an [`Ear`], which has no socket and no clock: frames in, market events out. What it tells goes to an
//! [`Outlet`]. A venue that dies tells so and leaves the others running.

mod context;
mod ear;
mod line;
mod list;
mod market;
mod options;
mod outlet;
mod poll;
mod snapshot;
mod topic;

#[cfg(test)]
mod tests;

pub use ear::Ear;
pub use list::{ListError, Listing, list};
pub use market::{FeedError, LineStatus, MarketFeed};
pub use options::FeedOptions;
pub use outlet::{Outlet, Told};
