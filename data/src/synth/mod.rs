//! Synthetic tapes from a seed. The same seed gives the same bytes on any machine.
//!
//! There are two: the pair of this module, spot and perpetual of one symbol, and the [`market`] of several venues
//! and symbols.
//!
//! The pair: the spot price walks in ticks; the perpetual follows it at a basis that wanders around a small mean and
//! reverts; both venues speak in bursts. At drawn times the basis jumps far enough to be traded: half of these
//! planted opportunities pay after fees and half do not, and which is which is written beside the data, so that
//! a backtest on the tape can be judged.

mod book;
mod config;
mod funding;
mod generate;
pub mod market;
mod path;
mod plan;
mod random;
mod record;
mod store;
#[cfg(test)]
mod tests;
mod venue;

pub use config::{Directions, GENERATOR_VERSION, SynthConfig, SynthError};
pub use generate::{SynthRows, generate};
pub use plan::{Direction, ENTRY_EDGE_BPS, EXIT_EDGE_BPS, MAX_AGE, Planted, plan};
pub use record::{PlantedRecord, RECORD, SynthRecord};
pub use store::{SynthReport, write};
pub use venue::{PERP_VENUE, SPOT_VENUE};
