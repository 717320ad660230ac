//! Signatures: HMAC-SHA512 in lower-case hex.

use crate::credentials::{Credentials, Hash, sha512_hex};
use crate::request::Method;

/// The signature of a REST request: of its method, its path from `/api/v4` on, its query as it is before it is
/// percent-encoded, its body and its time in seconds.
pub fn sign_rest(
    keys: &Credentials,
    method: Method,
    path: &str,
    query: &str,
    body: &str,
    seconds: &str,
) -> String {
    let body = sha512_hex(body.as_bytes());
    let payload = [method.name(), path, query, &body, seconds].join("\n");
    keys.sign(Hash::Sha512, payload.as_bytes())
}

/// The signature of a subscription to a private channel, and of the end of one.
pub fn sign_channel(keys: &Credentials, channel: &str, event: &str, seconds: i64) -> String {
    let payload = format!("channel={channel}&event={event}&time={seconds}");
    keys.sign(Hash::Sha512, payload.as_bytes())
}

/// The signature of a request by WebSocket: of its channel, its parameters as JSON (nothing where there are none) and
/// its time in seconds. Of a connection only the login needs one.
pub fn sign_api(keys: &Credentials, channel: &str, param: &str, seconds: &str) -> String {
    let payload = ["api", channel, param, seconds].join("\n");
    keys.sign(Hash::Sha512, payload.as_bytes())
}
