//! Signatures: HMAC-SHA256 in lower-case hex, over the query and the body with nothing between them.

use crate::credentials::{Credentials, Hash};
use crate::request::{Method, Request};

/// The signature of a request's parameters, percent-encoded as they are sent.
pub fn sign(keys: &Credentials, query: &str, body: &str) -> String {
    keys.sign(Hash::Sha256, format!("{query}{body}").as_bytes())
}

/// A request with its parameters in the query, or some of them in a body, where the signature then goes. Ours are all in the
/// query.
pub fn signed(
    keys: &Credentials,
    method: Method,
    path: &str,
    (query, body): (&str, &str),
) -> Request {
    let signature = sign(keys, query, body);
    let with_signature = |text: &str| format!("{text}&signature={signature}");
    let (query, body) = if body.is_empty() {
        (with_signature(query), String::new())
    } else {
        (query.to_string(), with_signature(body))
    };
    let mut headers = vec![("X-MEXC-APIKEY", keys.key().to_string())];
    if method != Method::Get {
        // Any other type is refused, also without a body.
        headers.push(("Content-Type", "application/json".to_string()));
    }
    Request {
        method,
        path: path.to_string(),
        query,
        headers,
        body,
    }
}
