//! What goes to the wire and what comes back: requests, replies and frames.

use std::fmt;

/// How a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates.
    Post,
    /// Changes.
    Put,
    /// Changes a part.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// The word of the protocol.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One HTTP request, complete and signed but for the host: that comes from the configuration.
///
/// `Debug` shows the way and the names alone: queries, bodies and headers carry keys and signatures.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Path from the root, percent-encoded.
    pub path: String,
    /// Query without its question mark, as it goes to the wire; empty for none.
    pub query: String,
    /// Headers besides those of the transport (host, length).
    pub headers: Vec<(&'static str, String)>,
    /// Body as it goes to the wire; empty for none.
    pub body: String,
}

impl Request {
    /// Path and query: the target of the request's first line.
    pub fn target(&self) -> String {
        match self.query.as_str() {
            "" => self.path.clone(),
            query => format!("{}?{query}", self.path),
        }
    }

    /// The whole address below a base such as `https://api.binance.com`.
    pub fn url(&self, base: &str) -> String {
        format!("{}{}", base.trim_end_matches('/'), self.target())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {} ..)", self.method.name(), self.path)
    }
}

/// What a venue answered to a request.
#[derive(Clone, Copy)]
pub struct Reply<'a> {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in any case.
    pub headers: &'a [(&'a str, &'a str)],
    /// Body.
    pub body: &'a str,
}

impl<'a> Reply<'a> {
    /// A reply without headers.
    pub const fn new(status: u16, body: &'a str) -> Self {
        Self {
            status,
            headers: &[],
            body,
        }
    }

    /// The value of a header, found in any case.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let mut all = self.headers.iter();
        all.find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }

    /// True for 2xx.
    pub const fn is_success(&self) -> bool {
        self.status / 100 == 2
    }
}

impl fmt::Debug for Reply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({}, {} bytes)", self.status, self.body.len())
    }
}

/// One WebSocket message to send. `Debug` shows its length alone: it can carry keys and signatures.
#[derive(Clone, PartialEq, Eq)]
pub enum Frame {
    /// UTF-8.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Binary(bytes) => write!(f, "Binary({} bytes)", bytes.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_join_and_hide() {
        let request = Request {
            method: Method::Post,
            path: "/api/v3/order".to_string(),
            query: "signature=canary".to_string(),
            headers: vec![("X-KEY", "canary".to_string())],
            body: "canary=1".to_string(),
        };
        assert_eq!(
            request.url("https://host/"),
            "https://host/api/v3/order?signature=canary"
        );
        assert!(!format!("{request:?}").contains("canary"));
        assert!(!format!("{:?}", Frame::Text("canary".to_string())).contains("canary"));
    }

    #[test]
    fn headers_are_found_in_any_case() {
        let reply = Reply {
            status: 200,
            headers: &[("x-mbx-used-weight-1m", "7")],
            body: "",
        };
        assert_eq!(reply.header("X-MBX-USED-WEIGHT-1M"), Some("7"));
        assert_eq!(reply.header("Retry-After"), None);
    }
}
