//! A running instance is spoken to through a Unix socket in its run folder: one JSON document a line, one answer each.
//!
//! The socket is its owner's alone, by its mode and by who is at the other end. What is ordered becomes a
//! [`Control`](onetape_core::event::Control) event of the journal; a halt besides sets a flag at once, which holds also
//! when the loop is stuck.

mod client;
mod order;
mod serve;
mod user;
mod wire;

#[cfg(test)]
mod tests;

pub use client::{Client, ClientError};
pub use order::{Known, Order, OrderError};
pub use serve::{Asked, ControlSocket, HaltFlag, SocketError, socket_path};
