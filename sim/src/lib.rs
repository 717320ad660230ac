//! Simulated venues in virtual time: what a venue would have answered, from recorded market data.
//!
//! A venue sees a market event one feed latency before the desk does, an order arrives one order latency after
//! the decision, and its answer comes back one answer latency later. Nothing here reads a clock or draws a
//! random number.

mod account;
mod config;
mod fees;
mod liquidity;
mod venue;
mod world;

pub use account::Account;
pub use config::{
    Delay, FeeAsset, FeedDelay, Fees, Latency, Liquidity, MarginMode, QueueModel, RateLimit,
    SelfTrade, SimConfig, VenueConfig,
};
pub use venue::Venue;
pub use world::{Stopped, World};
