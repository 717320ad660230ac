//! The composition root of onetape: scenario files and the commands that run them.

pub mod commands;
pub mod scenario;
