//! Runs in real time: the live loop with a market that comes in, and venues that are simulated or real.

mod account_health;
mod accounts;
mod alerts;
mod facts;
mod follow;
mod health;
mod market;
mod paper;
mod parts;
mod place;
mod rehearsal;
mod repeats;
mod schedule;
mod session;
mod speak;
mod stats;
mod status;
mod timing;
mod venues;
mod watcher;

pub use accounts::{AccountVenues, AccountsSide};
pub(crate) use market::differs;
pub use market::{Hearing, MarketPlan, hear, wanted};
pub use paper::PaperSide;
pub use place::{Places, VenuePlace};
pub use session::{Finished, Opening, Session, Venues};
pub use venues::{PaperVenues, Source};
pub use watcher::Also;
