//! The composition root of onetape: scenario files, runs, and the command line over them.
//!
//! [`main_with`] is the whole command line over a registry of strategies: [`builtin`] and one's own. `onetape strategy new`
//! writes a crate that calls it.

mod cli;
pub mod commands;
pub mod exchange;
#[cfg(unix)]
mod hush;
mod panics;
pub mod recording;
pub mod run;
pub mod scenario;
pub mod store;
pub mod sweep;
mod two;
pub mod venue_serve;
pub mod walk_forward;

pub use cli::{builtin, main_with};
