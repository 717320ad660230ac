//! What can go wrong between here and a server, and how far a request came before it did.

use std::fmt;
use std::time::Duration;

/// How far a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// No byte of it left: it can be sent again.
    NotSent,
    /// Some of it may have arrived, and no answer tells: what it asked for may have been done.
    Unknown,
    /// The head of an answer came, so it did arrive. What the answer says was refused or is cut short.
    Answered,
}

impl Reach {
    /// True when what was asked for may have been done.
    pub const fn may_have_acted(self) -> bool {
        !matches!(self, Self::NotSent)
    }
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The name has no address.
    #[error("the name cannot be resolved ({0}); check the URL and the network")]
    Resolve(String),
    /// Without TLS, and not with this machine.
    #[error("{0} is not this machine, and only with it is spoken without TLS; use https or wss")]
    PlainBeyondLoopback(std::net::IpAddr),
    /// No connection was made.
    #[error("cannot connect ({0})")]
    Connect(String),
    /// The TLS handshake failed, most often because the certificate was not accepted.
    #[error("TLS was refused ({0}); certificates are always verified")]
    Tls(String),
    /// The request itself cannot be written as HTTP.
    #[error("the request is malformed: {0}")]
    Malformed(String),
    /// All connections are in use.
    #[error("all {0} connections are in use; raise the limit or ask less often")]
    Busy(usize),
    /// Too long.
    #[error("no {what} within {after:?}")]
    Timeout {
        /// What was waited for.
        what: &'static str,
        /// How long.
        after: Duration,
    },
    /// The connection ended or broke.
    #[error("the connection broke ({0})")]
    Broken(String),
    /// The server sent us elsewhere.
    #[error(
        "answered with a redirect ({status}) to {to}; redirects are never followed, so give the final URL"
    )]
    Redirect {
        /// The status.
        status: u16,
        /// Scheme and host of where to, or what stood there.
        to: String,
    },
    /// The upgrade to WebSocket was answered with something else.
    #[error("the WebSocket was refused with status {0}")]
    NotUpgraded(u16),
    /// Larger than the limit.
    #[error("the {what} is larger than the {max} bytes that are taken")]
    TooLarge {
        /// What.
        what: &'static str,
        /// The limit.
        max: usize,
    },
    /// The other side broke the protocol.
    #[error("the other side broke the protocol ({0})")]
    Protocol(String),
    /// The other side closed in order.
    #[error("the other side closed the connection{0}")]
    Closed(CloseWords),
}

/// Code and reason of a WebSocket close, where there were any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloseWords {
    /// The code.
    pub code: Option<u16>,
    /// The reason, cut to 120 characters, without control characters.
    pub reason: String,
}

impl fmt::Display for CloseWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) if self.reason.is_empty() => write!(f, " (code {code})"),
            Some(code) => write!(f, " (code {code}: {})", self.reason),
            None => Ok(()),
        }
    }
}

/// A request or a connection that failed.
///
/// Its text names the server and the path; never a query, a header or a body, where signatures and keys stand.
#[derive(Debug, thiserror::Error)]
#[error("{at}: {trouble}")]
pub struct NetError {
    /// Scheme, host, port and path.
    pub at: String,
    /// How far the request came.
    pub reach: Reach,
    /// What went wrong.
    pub trouble: Trouble,
}

impl NetError {
    pub(crate) fn new(at: impl Into<String>, reach: Reach, trouble: Trouble) -> Self {
        Self {
            at: at.into(),
            reach,
            trouble,
        }
    }

    /// The same with another path, for what happened on the way to it.
    pub(crate) fn at(mut self, at: impl Into<String>) -> Self {
        self.at = at.into();
        self
    }
}

/// Words of another's error for a line of ours: printable, and not longer than needed.
pub(crate) fn words(text: &str) -> String {
    let printable = text.chars().filter(|c| !c.is_control());
    printable.take(120).collect()
}
