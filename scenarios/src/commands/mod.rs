//! The subcommands: arguments, and a function that runs each.

pub mod config;
pub mod strategy;
