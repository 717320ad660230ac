//! Simulated venues in virtual time: what a venue would have answered, from recorded market data.
//!
//! A venue sees a market event one feed latency before the desk does, an order arrives one order latency after
//! the decision, and its answer comes back one answer latency later. Nothing here reads a clock; what is drawn
//! depends on the seed and on what it is drawn for, see [`Draws`].

mod account;
#[doc(hidden)]
pub mod bench;
pub mod check;
mod config;
mod coverage;
mod faults;
mod fees;
mod given;
mod latency;
mod liquidity;
mod margin;
mod paper;
mod tiers;
mod venue;
mod world;

pub use account::{Account, MarginState};
pub use config::{
    Delay, FeeAsset, FeeStep, FeeTiers, FeedDelay, Fees, Latency, Liquidity, MarginMode,
    QueueModel, RateLimit, SelfTrade, SimConfig, VenueConfig,
};
pub use coverage::{FUNDING_INTERVAL, MissingFunding, missing_funding};
pub use faults::{FaultPlan, FaultRates, Scheduled, ceiling};
pub use given::{Given, Shared, Wanting};
pub use latency::{Draw, Draws, Stream, TableError};
pub use liquidity::Taken;
pub use margin::{maintenance, valuation};
pub use paper::{Paper, PaperError};
pub use venue::{Floor, Venue};
pub use world::{Stopped, World};
