//! The subcommands: arguments, and a function that runs each.

pub mod config;
pub mod journal;
pub mod strategy;
