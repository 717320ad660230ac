//! Runs: a scenario and a catalogue become an engine between a tape and simulated venues.

mod backtest;
mod folder;
mod fuzz;
mod headless;
mod holdings;
mod lane;
mod limits;
mod lines;
#[cfg(unix)]
pub mod live;
mod observe;
mod prepare;
mod proof;
mod recorder;
mod refold;
mod replay;
mod sighted;
mod summary;
mod support;
mod together;

pub use backtest::{Backtest, Outcome, simulate, simulate_entering};
pub use folder::{RunFolder, RunRecord, TapeRecord};
pub use fuzz::{Fuzz, Held, Seeded};
pub use headless::headless;
pub use observe::{Progress, peak_rss_mib};
pub use prepare::{Prepared, name_rest, names_by};
pub use proof::{Proved, ProvedTo, prove};
pub use refold::{Difference, Refold, Stop};
pub use replay::{Recorded, open_recorded};
pub use sighted::sightings;
pub use summary::{facts, hex_id};
pub use together::{Passed, together};

/// What the build is called: version, and the commit when it was built from one.
pub const BUILD: &str = env!("ONETAPE_BUILD");
