//! One logical stream over connections that come and go.
//!
//! [`Link`] decides and has no clock and no socket: it is told what happened and when, and says what to do. It opens,
//! subscribes, pings, notices silence, waits between attempts, and before a connection reaches the age at which the venue
//! would cut it, it opens the next one and changes over. [`run`] is the thin loop that does what it says with real
//! sockets.

mod backoff;
mod drive;
mod link;
mod options;
mod wire;

#[cfg(test)]
mod tests;

pub use backoff::Backoff;
pub use drive::{Dial, Order, Sink, Words, run};
pub use link::{Action, ConnId, Counts, Heard, Link, News, Take};
pub use options::LinkOptions;
pub use wire::{SentNow, Wire};
