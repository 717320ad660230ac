//! Gate spot, as the other venues are spoken to.

use super::{Market, asking, budgets, feeds, hear as hearing, replies};
use crate::ask::{Ask, Cx};
use crate::budget::Budget;
use crate::counts::Counts;
use crate::credentials::Credentials;
use crate::directory::Directory;
use crate::error::{AskError, WireError};
use crate::feed::{Feed, Socket};
use crate::news::{Answered, FrameAnswer, News};
use crate::outcome::Failure;
use crate::request::{Frame, Reply, Request};
use crate::sync::SyncRule;
use onetape_core::time::Ts;

pub use super::errors::TABLE as ERRORS;
pub use super::feeds::LEVELS;

const MARKET: Market = Market::Spot;

/// How depth messages connect.
pub const SYNC: SyncRule = SyncRule::Ranges;

/// The signed request for what is asked.
///
/// # Errors
/// When the venue has no such request, or cannot take the order.
pub fn rest(ask: &Ask, cx: &Cx<'_>) -> Result<Request, AskError> {
    asking::rest(MARKET, ask, cx)
}

/// The frame for what is asked, for a connection that is logged on.
///
/// # Errors
/// As for [`rest`].
pub fn frame(ask: &Ask, id: u64, cx: &Cx<'_>) -> Result<Frame, AskError> {
    asking::frame(MARKET, ask, id, cx)
}

/// The frame that logs a connection on, before its first order.
///
/// # Errors
/// When there is no key.
pub fn logon(id: u64, cx: &Cx<'_>) -> Result<Frame, AskError> {
    let keys = cx.key("a logon")?;
    Ok(logon_as(keys, &id.to_string(), cx.now))
}

/// The frame that logs a connection on, with any text as the request's id.
pub fn logon_as(keys: &Credentials, request: &str, now: Ts) -> Frame {
    asking::logon(MARKET, keys, request, now)
}

/// Whether the logon was taken.
///
/// # Errors
/// When it was refused, or its answer cannot be read.
pub fn logged_on(answer: &FrameAnswer) -> Result<(), Failure> {
    replies::logged_on(answer)
}

/// What came back for what was asked by REST.
///
/// # Errors
/// What the venue refused, did not do or may have done; also when its answer cannot be read.
pub fn reply(ask: &Ask, reply: &Reply<'_>, cx: &Cx<'_>, counts: &mut Counts) -> Answered {
    replies::reply(MARKET, ask, reply, cx, counts)
}

/// What a failed reply means.
pub fn failure(reply: &Reply<'_>) -> Failure {
    replies::failure(reply)
}

/// What came back for what was asked by frame. The first of two answers is [`crate::news::Answer::Received`].
///
/// # Errors
/// As for [`reply`].
pub fn answer(ask: &Ask, answer: &FrameAnswer, cx: &Cx<'_>, counts: &mut Counts) -> Answered {
    replies::answer(MARKET, ask, answer, cx, counts)
}

/// Hears a message: what it says is appended to `out`, what is of no use is counted.
///
/// # Errors
/// When the text is no message, or a number in it cannot be held.
pub fn hear(
    text: &str,
    directory: &Directory,
    counts: &mut Counts,
    out: &mut Vec<News>,
) -> Result<(), WireError> {
    hearing::hear(MARKET, text, directory, counts, out)
}

/// Asks for feeds, one channel a frame; each answer has the id.
///
/// # Errors
/// When the venue has no such feed, the instrument is not one of its own, or the account's feed lacks a key.
pub fn subscribe(feeds: &[Feed], id: u64, cx: &Cx<'_>) -> Result<Vec<(Socket, Frame)>, AskError> {
    feeds::frames(MARKET, "subscribe", feeds, "", id, cx)
}

/// Ends feeds.
///
/// # Errors
/// As for [`subscribe`].
pub fn unsubscribe(feeds: &[Feed], id: u64, cx: &Cx<'_>) -> Result<Vec<(Socket, Frame)>, AskError> {
    feeds::frames(MARKET, "unsubscribe", feeds, "", id, cx)
}

/// The path of a connection below its address. The account's news come with the market's.
pub const fn path(socket: Socket) -> Option<&'static str> {
    match socket {
        Socket::Market | Socket::Orders => Some("/ws/v4/"),
        Socket::Book | Socket::Account => None,
    }
}

/// A ping of the protocol above WebSocket.
pub fn ping(now: Ts) -> Frame {
    asking::channel_frame(("spot.ping", ""), &[], None, None, now)
}

/// What may still be asked, as the headers of an answer say.
pub fn budgets(reply: &Reply<'_>) -> Vec<Budget> {
    budgets::budgets(reply)
}

/// What may still be asked, as an answer in a frame says.
pub fn frame_budgets(answer: &FrameAnswer) -> Vec<Budget> {
    budgets::frame_budgets(answer)
}
