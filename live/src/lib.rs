//! The only crate with sockets and a clock. Nothing of it is seen by what decides: [`stamp`] turns the clock into
//! the receive times that the machine knows, and from there on time comes with the events.
//!
//! [`net`] speaks HTTP and WebSocket over TLS, [`connection`] keeps a stream up over it, and what comes waits in a
//! [`queue`]. Keys are [`secrets`]. What was decided is in the [`journal`] before it is done, and a running instance is
//! spoken to through [`control`]. [`serve`] answers HTTP and WebSocket on this machine. Where a venue is and how it is asked is
//! in [`venue`], and its market data are a [`feed`].

#[cfg(unix)]
pub mod account;
pub mod connection;
#[cfg(unix)]
pub mod control;
pub mod feed;
#[cfg(unix)]
pub mod journal;
pub mod net;
#[cfg(unix)]
pub mod process;
pub mod queue;
#[cfg(unix)]
pub mod run;
#[cfg(unix)]
pub mod secrets;
pub mod serve;
pub mod stamp;
pub mod timing;
pub mod venue;

#[cfg(test)]
mod testing;
