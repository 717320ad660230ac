//! The composition root of onetape: scenario files, runs, and the command line over them.
//!
//! [`main_with`] is the whole command line over a registry of strategies, one's own among them.

mod cli;
pub mod commands;
mod panics;
pub mod run;
pub mod scenario;
pub mod store;
pub mod sweep;
pub mod walk_forward;

pub use cli::main_with;
