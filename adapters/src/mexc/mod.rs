//! MEXC spot (v3): REST as JSON, streams as protobuf (`PushDataV3ApiWrapper`). The venue has no order entry by
//! WebSocket, no way to change an order, no dead-man timer and no test network.

mod asking;
mod errors;
mod feeds;
mod hear;
pub mod proto;
mod replies;
pub mod server;
mod sign;
pub mod wire;

use onetape_core::num::Money;
use prost::Message as _;

pub use asking::rest;
pub use errors::TABLE as ERRORS;
pub use feeds::{FEEDS_MAX, path, ping, subscribe, unsubscribe};
pub use hear::{hear, hear_bytes};
pub use replies::{budgets, failure, public_trades, reply, rules};
pub use sign::{sign, signed};

use crate::ask::{Ask, Cx};
use crate::error::{AskError, WireError};
use crate::number::Num;
use crate::request::Frame;
use crate::sync::SyncRule;

/// How depth messages connect.
pub const SYNC: SyncRule = SyncRule::Strict;

/// The venue takes no orders by WebSocket.
///
/// # Errors
/// Always.
pub const fn frame(ask: &Ask, _id: u64, _cx: &Cx<'_>) -> Result<Frame, AskError> {
    Err(AskError::Unsupported {
        venue: "mexc-spot",
        what: ask.name(),
    })
}

/// Reads one binary frame.
///
/// # Errors
/// When the bytes are not such a message.
pub fn decode(bytes: &[u8]) -> Result<proto::Push, WireError> {
    proto::Push::decode(bytes).map_err(|why| WireError::Shape {
        message: "a frame",
        why: why.to_string(),
    })
}

/// An amount; nothing where the venue leaves it out.
fn amount(field: &'static str, text: &str) -> Result<Money, WireError> {
    match text {
        "" => Ok(Money::ZERO),
        text => Num::new(text).money(field),
    }
}

#[cfg(test)]
mod tests;
