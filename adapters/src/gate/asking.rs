//! Requests of both markets: how they are signed, by REST and by WebSocket.

use onetape_core::command::TimeInForce;
use onetape_core::order::OrderId;
use onetape_core::time::{Span, Ts};
use serde::Serialize;

use super::sign::{sign_api, sign_channel, sign_rest};
use super::{Market, ask_futures, ask_spot};
use crate::ask::{Ask, Cx, OrderRef};
use crate::client_id::ClientId;
use crate::credentials::Credentials;
use crate::error::AskError;
use crate::params::Params;
use crate::request::{Frame, Method, Request};

/// What our ids begin with at this venue.
pub(super) const PREFIX: &str = "t-";

/// Where all paths begin.
const ROOT: &str = "/api/v4";

/// The header by which sizes of futures are decimals, in requests and answers. It also goes with the handshake of a
/// connection of the futures market.
pub const SIZE_DECIMAL: (&str, &str) = ("X-Gate-Size-Decimal", "1");

/// Shortest dead-man timer in seconds, besides none.
const TIMEOUT_MIN: i64 = 5;

/// A request before it is signed.
pub(super) struct Call {
    method: Method,
    path: String,
    params: Params,
    body: String,
    is_private: bool,
    expires: bool,
}

impl Call {
    pub(super) fn of(method: Method, path: &str, params: Params) -> Self {
        Self {
            method,
            path: format!("{ROOT}{path}"),
            params,
            body: String::new(),
            is_private: false,
            expires: false,
        }
    }

    pub(super) fn get(path: &str, params: Params) -> Self {
        Self::of(Method::Get, path, params)
    }

    pub(super) fn post(path: &str, body: &impl Serialize) -> Self {
        Self::of(Method::Post, path, Params::new()).with_body(body)
    }

    pub(super) fn with_body(mut self, body: &impl Serialize) -> Self {
        self.body = ask_spot::json(body);
        self
    }

    /// Needs a key.
    pub(super) const fn private(mut self) -> Self {
        self.is_private = true;
        self
    }

    /// A private one that the venue must not do late.
    pub(super) const fn in_time(mut self) -> Self {
        self.is_private = true;
        self.expires = true;
        self
    }
}

/// The request for what is asked.
///
/// # Errors
/// When the venue has no such request, or cannot take the order.
pub(super) fn rest(market: Market, ask: &Ask, cx: &Cx<'_>) -> Result<Request, AskError> {
    let call = match market {
        Market::Spot => ask_spot::call(ask, cx)?,
        Market::Usdt | Market::Btc => ask_futures::call(ask, cx)?,
    };
    let keys = match call.is_private {
        true => Some(cx.key(ask.name())?),
        false => None,
    };
    let line = (call.method, call.path.as_str());
    let mut request = signed(market, keys, line, &call.params, &call.body, cx.now);
    if call.expires {
        // The venue drops the order when it comes to it later: this bounds how long nobody knows.
        let last = (cx.now + cx.window).nanos() / 1_000_000;
        request.headers.push(("x-gate-exptime", last.to_string()));
    }
    Ok(request)
}

/// A request with its signature, or without one where there is no key: the query goes out percent-encoded, and is
/// signed as it is before.
pub fn signed(
    market: Market,
    keys: Option<&Credentials>,
    (method, path): (Method, &str),
    params: &Params,
    body: &str,
    now: Ts,
) -> Request {
    let mut headers = Vec::new();
    if let Some(keys) = keys {
        let time = seconds(now).to_string();
        let signature = sign_rest(keys, method, path, &params.plain(), body, &time);
        headers.push(("KEY", keys.key().to_string()));
        headers.push(("Timestamp", time));
        headers.push(("SIGN", signature));
        headers.push(("Content-Type", "application/json".to_string()));
    }
    if market != Market::Spot {
        headers.push((SIZE_DECIMAL.0, SIZE_DECIMAL.1.to_string()));
    }
    Request {
        method,
        path: path.to_string(),
        query: params.encoded(),
        headers,
        body: body.to_string(),
    }
}

#[derive(Serialize)]
struct Api<'a> {
    time: i64,
    channel: &'a str,
    event: &'static str,
    payload: Payload,
}

#[derive(Serialize)]
struct Payload {
    req_id: String,
    req_param: Box<serde_json::value::RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    req_header: Option<Header>,
}

#[derive(Serialize)]
struct Header {
    #[serde(rename = "x-gate-exptime")]
    expires: String,
}

/// The frame for what is asked, for a connection that is logged on.
///
/// # Errors
/// When the venue has no such frame, or cannot take the order.
pub(super) fn frame(market: Market, ask: &Ask, id: u64, cx: &Cx<'_>) -> Result<Frame, AskError> {
    let (channel, param) = match market {
        Market::Spot => ask_spot::frame(ask, cx)?,
        Market::Usdt | Market::Btc => ask_futures::frame(ask, cx)?,
    };
    let expires = matches!(ask, Ask::Place(_) | Ask::Amend(_)).then(|| Header {
        expires: ((cx.now + cx.window).nanos() / 1_000_000).to_string(),
    });
    let req_param = serde_json::value::RawValue::from_string(param)
        .map_err(|_| AskError::Order("its parameters make no JSON"))?;
    Ok(Frame::Text(ask_spot::json(&Api {
        time: seconds(cx.now),
        channel,
        event: "api",
        payload: Payload {
            req_id: id.to_string(),
            req_param,
            req_header: expires,
        },
    })))
}

#[derive(Serialize)]
struct Login<'a> {
    time: i64,
    channel: &'a str,
    event: &'static str,
    payload: LoginPayload<'a>,
}

#[derive(Serialize)]
struct LoginPayload<'a> {
    req_id: &'a str,
    api_key: &'a str,
    signature: String,
    timestamp: String,
}

/// The frame that logs a connection on; `request` is the id that its answer has.
pub(super) fn logon(market: Market, keys: &Credentials, request: &str, now: Ts) -> Frame {
    let channel = match market {
        Market::Spot => "spot.login",
        Market::Usdt | Market::Btc => "futures.login",
    };
    let timestamp = seconds(now).to_string();
    Frame::Text(ask_spot::json(&Login {
        time: seconds(now),
        channel,
        event: "api",
        payload: LoginPayload {
            req_id: request,
            api_key: keys.key(),
            signature: sign_api(keys, channel, "", &timestamp),
            timestamp,
        },
    }))
}

#[derive(Serialize)]
struct Channel<'a> {
    time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    channel: &'a str,
    event: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    payload: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    auth: Option<Auth<'a>>,
}

#[derive(Serialize)]
struct Auth<'a> {
    method: &'static str,
    #[serde(rename = "KEY")]
    key: &'a str,
    #[serde(rename = "SIGN")]
    sign: String,
}

/// A frame of a channel: `event` is `subscribe` or `unsubscribe`, or empty for a ping. With a key it is signed, as
/// private channels ask for.
pub fn channel_frame(
    (channel, event): (&str, &str),
    payload: &[String],
    id: Option<u64>,
    keys: Option<&Credentials>,
    now: Ts,
) -> Frame {
    let time = seconds(now);
    let auth = keys.map(|keys| Auth {
        method: "api_key",
        key: keys.key(),
        sign: sign_channel(keys, channel, event, time),
    });
    Frame::Text(ask_spot::json(&Channel {
        time,
        id,
        channel,
        event,
        payload,
        auth,
    }))
}

/// The text of an order's id at this venue, at most 28 characters.
pub(super) fn text_of(order: OrderId, cx: &Cx<'_>) -> String {
    format!("{PREFIX}{}", cx.directory.client_text(order))
}

/// An order by the surest of its ids. By ours it is only found while it rests: that it is not found so proves
/// nothing.
pub(super) fn named(order: &OrderRef, cx: &Cx<'_>) -> Result<String, AskError> {
    match (&order.venue_id, &order.client) {
        (Some(id), _) => Ok(crate::params::encode(id)),
        (None, ClientId::Untold) => Err(AskError::Order("neither of its ids is known")),
        (None, client) => Ok(crate::params::encode(
            &(client.text(PREFIX, cx.directory.tag())).unwrap_or_default(),
        )),
    }
}

pub(super) const fn time_in_force(time: TimeInForce) -> &'static str {
    match time {
        TimeInForce::GoodTillCancelled => "gtc",
        TimeInForce::ImmediateOrCancel => "ioc",
        TimeInForce::FillOrKill => "fok",
        TimeInForce::PostOnly => "poc",
    }
}

/// Whole seconds since 1970.
pub(super) const fn seconds(at: Ts) -> i64 {
    at.nanos().div_euclid(1_000_000_000)
}

/// A dead-man timer in whole seconds, never shorter than was asked; 0 turns it off.
pub(super) fn timeout(after: Span) -> i64 {
    match after.nanos() {
        0 => 0,
        nanos => ((nanos - 1) / 1_000_000_000 + 1).max(TIMEOUT_MIN),
    }
}
