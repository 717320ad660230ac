//! What waits between the sockets and the machine: three lanes, each with an end.
//!
//! Control goes before account, account before market, in each lane in order. Under pressure the market's messages are
//! drawn together by instrument, see [`conflate`], and a `Feed(Conflated)` before them says so in the journal. Control and
//! account are never dropped: who brings more than there is room for is told to wait, and so is its socket.

pub mod conflate;
mod depth;
mod inbox;
mod shared;

#[cfg(test)]
mod tests;

pub use inbox::{Arrival, Full, Inbox, InboxCounts, InboxLimits, Lane, Origin};
pub use shared::{Receiver, Sender, channel};
