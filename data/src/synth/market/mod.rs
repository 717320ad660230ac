//! A synthetic market: three spot venues and two of perpetuals, bitcoin, ether and their cross, behaving as was
//! measured on a recording of real ones.
//!
//! Fair prices stand still and then move; every feed follows them within milliseconds, by prints through its book
//! or by pulled orders, and in between quantities at its touch come and go. At drawn times instruments are halted,
//! everything crashes and recovers in part, a settlement is at a rate far beyond the ordinary, and opportunities
//! between venues, between spot and perpetual and around a triangle are planted. All of that is told in
//! `synth.json` with exact times, and with what holds of the tape besides.
//!
//! Each feed is made on its own, from the same path of fair prices: memory does not grow with the tape.

mod config;
mod crash;
mod drift;
mod feed;
mod feeds;
mod futures;
mod generate;
mod ladder;
mod moves;
mod path;
mod record;
mod schedule;
mod table;
mod teller;
#[cfg(test)]
mod tests;
mod windows;

pub use config::{Events, MARKET_VERSION, MarketConfig, World};
pub use generate::{Called, write, write_as};
pub use record::{
    ApartRecord, Bounds, CrashRecord, FallRecord, HaltRecord, MarketRecord, SpikeRecord,
};
