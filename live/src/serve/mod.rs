//! A server of HTTP/1.1 and WebSocket on this machine: it hands requests and frames to a [`Site`] and takes its
//! answers and pushes. What a venue is, it does not know.
//!
//! It listens on loopback addresses alone. Heads, bodies, messages, connections and the time that a request may take to
//! arrive have limits.

mod listen;
mod site;
mod socket;
mod upgrade;

#[cfg(test)]
mod tests;

pub use listen::{ServeError, ServeLimits, Server};
pub use site::{Answer, Asked, Opening, Reply, Site};
pub use socket::Socket;
