//! Frames that change what a connection tells.

use serde::Serialize;

use crate::ask::Cx;
use crate::error::AskError;
use crate::feed::{Feed, Socket};
use crate::request::Frame;

/// Most channels of a connection.
pub const FEEDS_MAX: usize = 30;

/// The account's channels. The connection's address carries the key of the private stream.
const PRIVATE: [&str; 3] = [
    "spot@private.orders.v3.api.pb",
    "spot@private.deals.v3.api.pb",
    "spot@private.account.v3.api.pb",
];

/// Asks for feeds. The answer names the channels, and has no id.
///
/// # Errors
/// When the venue has no such feed, or the instrument is not one of its own.
pub fn subscribe(feeds: &[Feed], _id: u64, cx: &Cx<'_>) -> Result<Vec<(Socket, Frame)>, AskError> {
    frames("SUBSCRIPTION", feeds, cx)
}

/// Ends feeds.
///
/// # Errors
/// As for [`subscribe`].
pub fn unsubscribe(
    feeds: &[Feed],
    _id: u64,
    cx: &Cx<'_>,
) -> Result<Vec<(Socket, Frame)>, AskError> {
    frames("UNSUBSCRIPTION", feeds, cx)
}

/// A ping of the protocol above WebSocket: due every 10 to 20 seconds, as a silent connection is cut after 60.
pub fn ping() -> Frame {
    Frame::Text(r#"{"method":"PING"}"#.to_string())
}

#[derive(Serialize)]
struct Request {
    method: &'static str,
    params: Vec<String>,
}

impl Request {
    fn frame(&self) -> Frame {
        // Texts always have a JSON.
        Frame::Text(serde_json::to_string(self).unwrap_or_default())
    }
}

/// The path of a connection below its address; the account's has the key of its stream as `listenKey` behind it.
pub const fn path(socket: Socket) -> Option<&'static str> {
    match socket {
        Socket::Market | Socket::Account => Some("/ws"),
        Socket::Book | Socket::Orders => None,
    }
}

fn frames(
    method: &'static str,
    feeds: &[Feed],
    cx: &Cx<'_>,
) -> Result<Vec<(Socket, Frame)>, AskError> {
    let mut all = Vec::new();
    if feeds.contains(&Feed::Account) {
        let params = PRIVATE.map(str::to_string).to_vec();
        all.push((Socket::Account, Request { method, params }.frame()));
    }
    let mut params = Vec::new();
    for feed in feeds {
        let name = match feed {
            Feed::Quote(_) => "aggre.bookTicker",
            Feed::Depth(_) => "aggre.depth",
            Feed::Trades(_) => "aggre.deals",
            Feed::Account => continue,
            _ => {
                return Err(AskError::Unsupported {
                    venue: "mexc-spot",
                    what: feed.name(),
                });
            }
        };
        let instrument = feed.instrument().ok_or(AskError::Instrument)?;
        let symbol = &cx.listed(instrument)?.instrument.symbol;
        params.push(format!("spot@public.{name}.v3.api.pb@10ms@{symbol}"));
    }
    if !params.is_empty() {
        all.push((Socket::Market, Request { method, params }.frame()));
    }
    Ok(all)
}
