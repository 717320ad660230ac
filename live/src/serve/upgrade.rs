//! From a request to a WebSocket.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::header::{
    CONNECTION, HeaderMap, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::upgrade::OnUpgrade;
use hyper::{Method, StatusCode};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{Opening, Reply, Site};

/// The WebSocket that a connection becomes when its last answer is out.
#[derive(Debug, Default)]
pub(super) struct Pending(Mutex<Option<(Opening, OnUpgrade)>>);

impl Pending {
    pub(super) fn take(&self) -> Option<(Opening, OnUpgrade)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, opening: Opening, upgrade: OnUpgrade) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((opening, upgrade));
    }
}

/// Whether a request asks for a WebSocket.
pub(super) fn is_asked<B>(request: &hyper::Request<B>) -> bool {
    has_word(request.headers(), UPGRADE.as_str(), "websocket")
}

/// Answers a request for a WebSocket.
pub(super) fn answer<S: Site>(
    site: &S,
    mut request: hyper::Request<Incoming>,
    peer: SocketAddr,
    pending: &Pending,
) -> Result<hyper::Response<Full<Bytes>>, Reply> {
    let headers = request.headers();
    let key = headers.get(SEC_WEBSOCKET_KEY).cloned();
    let version = headers.get(SEC_WEBSOCKET_VERSION);
    let key = match key {
        Some(key)
            if request.method() == Method::GET
                && has_word(headers, CONNECTION.as_str(), "upgrade")
                && version.is_some_and(|version| version == "13") =>
        {
            key
        }
        _ => {
            return Err(Reply::text(
                400,
                "this is no request for a WebSocket of version 13\n",
            ));
        }
    };
    let opening = Opening {
        target: request
            .uri()
            .path_and_query()
            .map_or("/", |all| all.as_str())
            .to_string(),
        headers: headers.clone(),
        peer,
    };
    site.open(&opening)?;
    let accept = HeaderValue::try_from(derive_accept_key(key.as_bytes()));
    let accept = accept.map_err(|_| Reply::text(400, "the key of the WebSocket is malformed\n"))?;
    pending.put(opening, hyper::upgrade::on(&mut request));
    let mut response = hyper::Response::new(Full::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    Ok(response)
}

/// Whether a header's list has a word, in any case.
fn has_word(headers: &HeaderMap, name: &str, word: &str) -> bool {
    let all = headers.get_all(name).into_iter();
    let mut words = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    words.any(|one| one.trim().eq_ignore_ascii_case(word))
}
