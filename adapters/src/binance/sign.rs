//! Signed requests and frames: what is signed is what is sent.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value};

use crate::ask::Cx;
use crate::credentials::{Credentials, Hash};
use crate::params::{Params, encode};
use crate::request::{Frame, Method, Request};

/// What a request says of its sender.
#[derive(Clone, Copy, Debug)]
pub enum Sender<'a> {
    /// Nothing: the request is public.
    Nobody,
    /// The key alone.
    Key(&'a Credentials),
    /// The key and a signature of all parameters.
    Signed(&'a Credentials),
}

/// A request with parameters in its query and, where there is one, in a form as its body. What is signed is the one
/// followed by the other with nothing between, and the signature comes last.
pub fn request(
    method: Method,
    path: &str,
    query: &Params,
    form: Option<&Params>,
    sender: Sender<'_>,
) -> Request {
    let mut query = query.encoded();
    let mut body = form.map(Params::encoded);
    let mut headers = Vec::new();
    match sender {
        Sender::Nobody => {}
        Sender::Key(keys) => headers.push(("X-MBX-APIKEY", keys.key().to_string())),
        Sender::Signed(keys) => {
            headers.push(("X-MBX-APIKEY", keys.key().to_string()));
            let payload = format!("{query}{}", body.as_deref().unwrap_or_default());
            let signature = encode(&keys.sign(Hash::Sha256, payload.as_bytes()));
            let last = body.as_mut().unwrap_or(&mut query);
            let join = if last.is_empty() { "" } else { "&" };
            let _ = write!(last, "{join}signature={signature}");
        }
    }
    if body.is_some() {
        let form = "application/x-www-form-urlencoded".to_string();
        headers.push(("Content-Type", form));
    }
    Request {
        method,
        path: path.to_string(),
        query,
        headers,
        body: body.unwrap_or_default(),
    }
}

/// A signed request: with the time, and how long after it the venue may act.
pub(super) fn signed(
    method: Method,
    path: &str,
    mut params: Params,
    keys: &Credentials,
    cx: &Cx<'_>,
) -> Request {
    params.push("recvWindow", window_millis(cx));
    params.push("timestamp", now_millis(cx));
    carried(method, path, &params, Sender::Signed(keys))
}

/// With its parameters where the method has them: what changes something, in a form.
pub(super) fn carried(method: Method, path: &str, params: &Params, sender: Sender<'_>) -> Request {
    match method {
        Method::Get | Method::Delete => request(method, path, params, None, sender),
        Method::Post | Method::Put | Method::Patch => {
            request(method, path, &Params::new(), Some(params), sender)
        }
    }
}

/// Parameters of a frame by their names, in the order in which they are signed.
pub type FrameParams = BTreeMap<&'static str, Value>;

/// The text that is signed for a frame: parameters by name, without any escape.
pub fn frame_payload(params: &FrameParams) -> String {
    let mut text = String::new();
    for (name, value) in params {
        if !text.is_empty() {
            text.push('&');
        }
        let _ = match value {
            Value::String(value) => write!(text, "{name}={value}"),
            other => write!(text, "{name}={other}"),
        };
    }
    text
}

/// A request as a frame of the WebSocket interface; with keys, these and a signature are added to the parameters.
pub fn frame(id: u64, method: &str, mut params: FrameParams, keys: Option<&Credentials>) -> Frame {
    if let Some(keys) = keys {
        params.insert("apiKey", Value::from(keys.key()));
        let signature = keys.sign(Hash::Sha256, frame_payload(&params).as_bytes());
        params.insert("signature", Value::from(signature));
    }
    let mut whole = Map::new();
    whole.insert("id".to_string(), Value::from(id));
    whole.insert("method".to_string(), Value::from(method));
    if !params.is_empty() {
        let all = params
            .into_iter()
            .map(|(name, value)| (name.to_string(), value));
        whole.insert("params".to_string(), Value::Object(all.collect()));
    }
    Frame::Text(Value::Object(whole).to_string())
}

/// The same parameters for a frame; ids of orders and counts are numbers there.
pub(super) fn frame_params(params: &Params) -> FrameParams {
    let value = |name: &str, text: &str| match number(name, text) {
        Some(number) => Value::from(number),
        None => Value::from(text),
    };
    let all = params.iter();
    all.map(|(name, text)| (name, value(name, text))).collect()
}

/// The number that a parameter is in a frame, where it is one there.
pub(super) fn number(name: &str, text: &str) -> Option<u64> {
    const NUMBERS: [&str; 6] = [
        "orderId",
        "limit",
        "fromId",
        "startTime",
        "leverage",
        "endTime",
    ];
    NUMBERS.contains(&name).then(|| text.parse().ok()).flatten()
}

/// The venue's time in milliseconds.
pub(super) fn now_millis(cx: &Cx<'_>) -> i64 {
    cx.now.nanos() / 1_000_000
}

/// At most a minute: more is refused.
pub(super) fn window_millis(cx: &Cx<'_>) -> u64 {
    (cx.window.nanos() / 1_000_000)
        .clamp(1, 60_000)
        .unsigned_abs()
}
