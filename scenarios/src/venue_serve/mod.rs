//! The transport of the local exchange: venues on ports of this machine, each in its own protocol.
//!
//! A [`hub`] is one venue: its engine, its connections, and what stands between them (keys of private streams, limits,
//! faults, the pace of streams). A [`site`] hands requests to it and a [`talk`] the frames of a connection; [`tape`]
//! lets the market go on for all venues by one clock. What is a venue's own stands in the adapters.

mod clock;
mod connection;
mod control;
mod engine;
mod faults;
mod hub;
mod keys;
mod limits;
mod perform;
mod run;
mod seat;
mod site;
mod stamps;
mod talk;
mod tape;
#[cfg(test)]
mod tests;
mod who;
mod world;

pub use clock::Speed;
pub use engine::Engine;
pub use faults::{FaultError, Rule as FaultRule};
pub use run::{Flow, Options, Times, serve};
pub use stamps::Stamps;
pub use tape::AtEnd;
pub use who::TestKey;
pub use world::{Source, World};
