//! The machine: one ordered stream of events goes in, decisions come out.
//!
//! Pure by construction: `no_std`, no clock, no I/O, no threads, no randomness, no hash order. The same
//! events give the same decisions, byte for byte, whether they come from a file or an exchange.
//!
//! Two halves make the fold: [`market::Market`] is what everybody sees, [`desk::Desk`] is what one run owns.
//! [`engine::Engine`] is the loop body that a backtest, a paper run and a live run share.
#![no_std]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod approval;
pub mod book;
pub mod command;
pub mod decision;
pub mod desk;
pub mod engine;
pub mod event;
pub mod fault;
pub mod instrument;
pub mod journal;
pub mod ledger;
pub mod market;
pub mod marks;
pub mod names;
pub mod notice;
pub mod num;
pub mod order;
pub mod planted;
pub mod position;
pub mod ramp;
pub mod risk;
pub mod saga;
pub mod state;
pub mod strategies;
pub mod strategy;
pub mod stretch;
pub mod task;
pub mod text;
pub mod time;
