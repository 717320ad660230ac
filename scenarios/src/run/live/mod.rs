//! Runs in real time: the live loop with a market that comes in, and venues that are simulated or real.

mod facts;
mod paper;
mod rehearsal;
mod session;
mod speak;
mod stats;
mod status;
mod venues;
mod watcher;
#[cfg(test)]
mod tests;

pub use paper::PaperSide;
pub use venues::{PaperVenues, Source};
pub use watcher::Also;
pub use session::{Finished, Opening, Session, Venues};
