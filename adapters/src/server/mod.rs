//! The other end of the venue protocols: what a local exchange needs to speak as a venue does. No sockets, no clock.
//!
//! A request comes in as it was sent ([`inbound`]), is verified against the accounts ([`accounts`]) and becomes a
//! [`call::Call`], which is the same for all venues, or a [`wrong::Wrong`]. What a call gives is a [`reply::Reply`];
//! what streams tell is [`news::News`]. Both become the venue's own bytes again ([`outbound`]).
//!
//! Each venue has a folder `server` with the same free functions; there is no trait:
//! - `request(inbound, cx)`: an HTTP request; `open(path, query, cx)`: the address of a WebSocket connection;
//!   `frame(text, line, cx)`: a message on one. What is understood is a [`call::Asked`], what is not a [`call::Refused`];
//! - `reply(asked, replied, cx)` and `refuse(refused)`: the answer over HTTP; `answer(asked, replied, cx)` and
//!   `refuse_frame(refused)`: the answer in a frame;
//! - `tell(stream, news, seat, cx)`: how a stream tells a piece of news, if it does;
//! - `habits()`: what the venue does by itself; `charges(asked)`: what a request costs of its limits.
//!
//! [`protocol::Protocol`] is all of them behind one name, for a transport that knows none.

pub mod accounts;
pub mod call;
pub mod filters;
pub mod habits;
pub mod inbound;
pub mod news;
pub mod outbound;
pub mod pairs;
pub mod protocol;
pub mod reply;
pub mod state;
pub mod wrong;

use onetape_core::time::Ts;

use crate::directory::Directory;
use accounts::Accounts;

/// What requests are read, and answers are written, with.
#[derive(Clone, Copy, Debug)]
pub struct Cx<'a> {
    /// Instruments and assets of the venue.
    pub directory: &'a Directory,
    /// Who may ask.
    pub accounts: &'a Accounts,
    /// The server's time. It is never read here.
    pub now: Ts,
}

#[cfg(test)]
mod tests;
