//! Venue protocols: bytes to messages and back. No sockets, no clock.

pub mod binance;
pub mod gate;
pub mod mexc;
pub mod stamp;
