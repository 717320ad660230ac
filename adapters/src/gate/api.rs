//! Answers to requests by WebSocket: login and orders.
//!
//! A placement is answered twice. The first answer repeats the request and says only that it arrived; the second one
//! has the order or the error.

use onetape_core::time::Ts;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::Text;
use crate::error::WireError;
use crate::stamp;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireAnswer<'a> {
    /// The id that the request had.
    pub request: &'a str,
    /// The channel, such as `spot.order_place`; empty where the answer does not tell.
    pub channel: &'a str,
    /// The status, as of HTTP; 0 where the answer does not tell.
    pub status: u16,
    /// True for the first of two answers: the request arrived, and no more is known.
    pub is_ack: bool,
    /// What it says.
    pub said: Said<'a>,
    /// Requests that are left.
    pub left: Option<u64>,
    /// Requests that there are in all.
    pub limit: Option<u64>,
    /// When the budget is full again.
    pub resets_at: Option<Ts>,
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said<'a> {
    /// The result as JSON.
    Result(&'a str),
    /// A label and a message.
    Error(&'a str, String),
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, alias = "req_id")]
    request_id: Text<'a>,
    ack: Option<bool>,
    #[serde(borrow, default)]
    header: Header<'a>,
    #[serde(borrow, default)]
    data: Data<'a>,
}

#[derive(Default, Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    channel: Option<Text<'a>>,
    #[serde(borrow)]
    x_gate_ratelimit_requests_remain: Option<Text<'a>>,
    #[serde(borrow)]
    x_gate_ratelimit_limit: Option<Text<'a>>,
    #[serde(borrow)]
    x_gate_ratelimit_reset_timestamp: Option<Text<'a>>,
    // As the venue spells it in some answers.
    #[serde(borrow)]
    x_gat_ratelimit_reset_timestamp: Option<Text<'a>>,
}

#[derive(Default, Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    errs: Option<Errors<'a>>,
}

#[derive(Deserialize)]
struct Errors<'a> {
    #[serde(borrow)]
    label: Option<Text<'a>>,
    message: Option<String>,
}

/// Reads an answer.
///
/// # Errors
/// When the text is none.
pub fn answer(text: &str) -> Result<WireAnswer<'_>, WireError> {
    let read: Answer<'_> =
        serde_json::from_str(text).map_err(|why| WireError::json("answer", &why))?;
    let header = read.header;
    let count = |text: Option<Text<'_>>| text.and_then(|text| text.0.parse().ok());
    let resets = header
        .x_gate_ratelimit_reset_timestamp
        .or(header.x_gat_ratelimit_reset_timestamp);
    let said = match (read.data.errs, read.data.result) {
        (Some(errs), _) => Said::Error(
            errs.label.unwrap_or_default().0,
            errs.message.unwrap_or_default(),
        ),
        (None, Some(result)) => Said::Result(result.get()),
        (None, None) => Said::Result("null"),
    };
    Ok(WireAnswer {
        request: read.request_id.0,
        channel: header.channel.unwrap_or_default().0,
        status: (header.status.and_then(|text| text.0.parse().ok())).unwrap_or_default(),
        is_ack: read.ack == Some(true),
        said,
        left: count(header.x_gate_ratelimit_requests_remain),
        limit: count(header.x_gate_ratelimit_limit),
        resets_at: resets.and_then(|text| stamp::of_millis(text.0)),
    })
}

/// A label and a message of a REST answer; both are empty where the text has none.
pub fn error_of(text: &str) -> (String, String) {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        label: Option<Text<'a>>,
        message: Option<String>,
        detail: Option<String>,
    }
    match serde_json::from_str::<Body<'_>>(text) {
        Ok(body) => (
            body.label.unwrap_or_default().0.to_string(),
            body.message.or(body.detail).unwrap_or_default(),
        ),
        Err(_) => (String::new(), text.to_string()),
    }
}
