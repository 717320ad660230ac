//! Signed frames, written in one go: an order waits for this, and what is run once in a while is slow by every branch and
//! every allocation that it has.

use std::fmt::Write;

use crate::ask::Cx;
use crate::credentials::{Credentials, Hash};
use crate::params::Params;
use crate::request::Frame;

use super::sign::{now_millis, number, window_millis};

/// More than an order has: its text is written without moving it.
const ROOM: usize = 768;

/// A parameter as it stands in the text that is signed, and in the frame.
#[derive(Clone, Copy)]
enum Value<'a> {
    Text(&'a str),
    Number(u64),
}

/// A signed frame: with the key, the time, and how long after it the venue may act. No parameter may be there twice.
pub(super) fn signed_frame(
    id: u64,
    method: &str,
    params: &Params,
    keys: &Credentials,
    cx: &Cx<'_>,
) -> Frame {
    let mut all = Vec::with_capacity(16);
    all.extend(params.iter().map(|(name, text)| match number(name, text) {
        Some(number) => (name, Value::Number(number)),
        None => (name, Value::Text(text)),
    }));
    all.push(("apiKey", Value::Text(keys.key())));
    all.push(("recvWindow", Value::Number(window_millis(cx))));
    // Before 1970 no venue takes anything.
    let now = now_millis(cx).max(0).unsigned_abs();
    all.push(("timestamp", Value::Number(now)));
    all.sort_unstable_by_key(|(name, _)| *name);
    let signature = keys.sign(Hash::Sha256, payload(&all).as_bytes());
    let place = all.partition_point(|(name, _)| *name < "signature");
    all.insert(place, ("signature", Value::Text(&signature)));
    Frame::Text(written(id, method, &all))
}

/// What is signed: parameters by name, without any escape.
fn payload(all: &[(&'static str, Value<'_>)]) -> String {
    let mut text = String::with_capacity(ROOM);
    for (name, value) in all {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        match value {
            Value::Text(value) => text.push_str(value),
            Value::Number(value) => push_number(&mut text, *value),
        }
    }
    text
}

/// The frame as JSON.
fn written(id: u64, method: &str, all: &[(&'static str, Value<'_>)]) -> String {
    let mut text = String::with_capacity(ROOM);
    text.push_str("{\"id\":");
    push_number(&mut text, id);
    text.push_str(",\"method\":");
    push_quoted(&mut text, method);
    text.push_str(",\"params\":{");
    for (at, (name, value)) in all.iter().enumerate() {
        text.push_str(if at == 0 { "\"" } else { ",\"" });
        text.push_str(name);
        text.push_str("\":");
        match value {
            Value::Text(value) => push_quoted(&mut text, value),
            Value::Number(value) => push_number(&mut text, *value),
        }
    }
    text.push_str("}}");
    text
}

fn push_number(text: &mut String, number: u64) {
    // Writing to a text does not fail.
    let _ = write!(text, "{number}");
}

/// As JSON has a text. Keys, symbols and numbers need no escape.
fn push_quoted(text: &mut String, value: &str) {
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if value.bytes().all(plain) {
        text.push('"');
        text.push_str(value);
        text.push('"');
    } else {
        text.push_str(&serde_json::Value::from(value).to_string());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use onetape_core::names::{Names, VenueId};
    use onetape_core::time::{Span, Ts};
    use proptest::prelude::*;

    use super::*;
    use crate::ask::PositionMode;
    use crate::binance::sign::{frame, frame_params};
    use crate::directory::Directory;

    const NAMES: [&str; 7] = [
        "symbol", "side", "type", "orderId", "limit", "price", "quantity",
    ];

    proptest! {
        // What is written in one go is what the general way makes of the same parameters, byte for byte.
        #[test]
        fn a_frame_is_what_the_general_way_makes(
            values in prop::collection::vec("[A-Z0-9.]{0,12}|\\PC{0,6}|[\"\\\\\n\t\u{1}a]{0,6}|[0-9]{1,25}", NAMES.len()),
            given in prop::sample::subsequence((0..NAMES.len()).collect::<Vec<_>>(), 0..NAMES.len()),
            id in any::<u64>(), key in "[A-Za-z0-9]{0,64}|\\PC{0,6}", millis in 0i64..=9_000_000_000_000, window in -5i64..=70_000,
        ) {
            let mut params = Params::new();
            for at in given {
                params.push(NAMES[at], &values[at]);
            }
            let keys = Credentials::shared(&key, b"the-secret");
            let directory = Arc::new(Directory::new(&Names::default(), VenueId(0)));
            let cx = Cx {
                directory: &directory,
                credentials: Some(&keys),
                now: Ts::from_nanos(millis * 1_000_000),
                window: Span::from_nanos(window * 1_000_000),
                position_mode: PositionMode::OneWay,
            };
            let mut all = frame_params(&params);
            all.insert("recvWindow", window_millis(&cx).into());
            all.insert("timestamp", now_millis(&cx).into());
            prop_assert_eq!(signed_frame(id, "order.place", &params, &keys, &cx), frame(id, "order.place", all, Some(&keys)));
        }
    }
}
