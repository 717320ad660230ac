//! What answers.

use std::net::SocketAddr;

use bytes::Bytes;
use hyper::Method;
use hyper::header::HeaderMap;

use super::Socket;

/// A request that came, whole.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Method.
    pub method: Method,
    /// Path and query, as they came.
    pub target: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// Who asks.
    pub peer: SocketAddr,
}

impl Asked {
    /// The path without the query.
    pub fn path(&self) -> &str {
        path_of(&self.target)
    }

    /// The query as it came, empty without one.
    pub fn query(&self) -> &str {
        query_of(&self.target)
    }

    /// A header as text, where it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The request that a WebSocket begins with.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Path and query, as they came.
    pub target: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Who asks.
    pub peer: SocketAddr,
}

impl Opening {
    /// The path without the query.
    pub fn path(&self) -> &str {
        path_of(&self.target)
    }

    /// The query as it came, empty without one.
    pub fn query(&self) -> &str {
        query_of(&self.target)
    }
}

fn path_of(target: &str) -> &str {
    target.split('?').next().unwrap_or_default()
}

fn query_of(target: &str) -> &str {
    target.split_once('?').map_or("", |(_, query)| query)
}

/// An answer to a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Headers besides length and date.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
}

impl Reply {
    /// A JSON text.
    pub fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::of("application/json", status, body)
    }

    /// A plain text.
    pub fn text(status: u16, body: impl Into<Bytes>) -> Self {
        Self::of("text/plain; charset=utf-8", status, body)
    }

    fn of(kind: &str, status: u16, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_string(), kind.to_string())],
            body: body.into(),
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_string(), value.into()));
        self
    }
}

/// What is done about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is answered.
    Reply(Reply),
    /// The connection ends without a byte: what was asked for may have been done.
    Drop,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

/// What answers requests and talks through WebSockets.
pub trait Site: Send + Sync + 'static {
    /// Answers a request. Several are answered at a time.
    fn answer(&self, asked: Asked) -> impl Future<Output = Answer> + Send;

    /// Whether a WebSocket is opened.
    ///
    /// # Errors
    /// With the answer that is given instead.
    fn open(&self, opening: &Opening) -> Result<(), Reply> {
        let _ = opening;
        Ok(())
    }

    /// Talks through a WebSocket until it is over; the connection ends when this returns.
    fn talk(&self, opening: Opening, socket: Socket) -> impl Future<Output = ()> + Send;
}
