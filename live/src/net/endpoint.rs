//! Where a server is: a URL that was judged once, before anything is sent to it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use hyper::Uri;

/// How a server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// HTTP without TLS; this machine only.
    Http,
    /// HTTP over TLS.
    Https,
    /// WebSocket without TLS; this machine only.
    Ws,
    /// WebSocket over TLS.
    Wss,
}

impl Scheme {
    /// The word in a URL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }

    /// True with TLS.
    pub const fn is_secure(self) -> bool {
        matches!(self, Self::Https | Self::Wss)
    }

    const fn default_port(self) -> u16 {
        if self.is_secure() { 443 } else { 80 }
    }
}

/// Why a URL is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// No URL, or without a host.
    #[error("{0:?} is no URL; write it like https://host/path or wss://host:port/path")]
    Malformed(String),
    /// Not spoken here.
    #[error("{0:?} is spoken with nobody; use https, wss, or on this machine http or ws")]
    Scheme(String),
    /// Without TLS to another machine.
    #[error("{url:?} is without TLS and not on this machine; use {with}")]
    Plain {
        /// The URL.
        url: String,
        /// The scheme that it should have.
        with: &'static str,
    },
    /// A name and a password in the URL.
    #[error("a URL with a user name in it is not taken: keys come from the key file")]
    UserInfo,
}

/// A server and a path on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    scheme: Scheme,
    host: String,
    port: u16,
    target: String,
}

impl Endpoint {
    /// How it is spoken to.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Name or address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Path and query.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// What stands in the `Host` header: the port only where it is not the usual one.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        if self.port == self.scheme.default_port() {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }

    /// The same server, at another path and query.
    #[must_use]
    pub fn with_target(&self, target: &str) -> Self {
        Self {
            target: target.to_string(),
            ..self.clone()
        }
    }

    /// For messages: scheme, host, port and path, no query.
    pub fn place(&self, target: &str) -> String {
        let path = target.split('?').next().unwrap_or_default();
        format!("{}://{}{path}", self.scheme.name(), self.authority())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place(&self.target))
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let malformed = || EndpointError::Malformed(shown(text));
        let uri: Uri = text.parse().map_err(|_| malformed())?;
        let scheme = match uri.scheme_str() {
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            Some("ws") => Scheme::Ws,
            Some("wss") => Scheme::Wss,
            Some(other) => return Err(EndpointError::Scheme(other.to_string())),
            None => return Err(malformed()),
        };
        if uri
            .authority()
            .is_some_and(|all| all.as_str().contains('@'))
        {
            return Err(EndpointError::UserInfo);
        }
        let host = uri.host().ok_or_else(malformed)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(malformed());
        }
        if !scheme.is_secure() && !is_loopback(host) {
            return Err(EndpointError::Plain {
                url: shown(text),
                with: match scheme {
                    Scheme::Http | Scheme::Https => "https",
                    Scheme::Ws | Scheme::Wss => "wss",
                },
            });
        }
        Ok(Self {
            scheme,
            host: host.to_string(),
            port: uri.port_u16().unwrap_or(scheme.default_port()),
            target: uri
                .path_and_query()
                .map_or("/", |all| all.as_str())
                .to_string(),
        })
    }
}

/// Whether a host can only be this machine. Of a name, the address is looked at again when it is known.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A URL without its query and user, for a message.
fn shown(text: &str) -> String {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    match path.split_once('@') {
        None => super::error::words(path),
        Some((_, after)) => super::error::words(after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        text.parse::<Endpoint>().unwrap_err().to_string()
    }

    #[test]
    fn a_url_is_taken_apart() {
        let at: Endpoint = "wss://stream.example.com:9443/ws?x=1".parse().unwrap();
        assert_eq!(
            (at.scheme(), at.host(), at.port()),
            (Scheme::Wss, "stream.example.com", 9443)
        );
        assert_eq!(
            (at.target(), at.authority().as_str()),
            ("/ws?x=1", "stream.example.com:9443")
        );
        assert_eq!(
            at.to_string(),
            "wss://stream.example.com:9443/ws",
            "no query in messages"
        );
        let at: Endpoint = "https://api.example.com".parse().unwrap();
        assert_eq!(
            (at.port(), at.target(), at.authority().as_str()),
            (443, "/", "api.example.com")
        );
        let at: Endpoint = "http://[::1]:8080/a".parse().unwrap();
        assert_eq!((at.host(), at.authority().as_str()), ("::1", "[::1]:8080"));
    }

    #[test]
    fn without_tls_only_this_machine_is_spoken_to() {
        for taken in [
            "http://127.0.0.1:1/",
            "ws://localhost:2/",
            "ws://127.8.9.1/",
            "http://[::1]/",
        ] {
            assert!(taken.parse::<Endpoint>().is_ok(), "{taken}");
        }
        for url in [
            "http://example.com/",
            "http://10.0.0.1/",
            "http://localhost.example.com/",
            "http://0.0.0.0/",
        ] {
            let said = refused(url);
            assert!(
                said.contains("without TLS") && said.ends_with("use https"),
                "{said}"
            );
        }
        assert!(refused("ws://example.com/").ends_with("use wss"));
    }

    #[test]
    fn what_is_no_url_is_refused_without_showing_secrets() {
        assert!(refused("api.example.com").contains("is no URL"));
        assert!(refused("https://").contains("is no URL"));
        assert!(refused("ftp://example.com/").contains("use https"));
        let said = refused("https://me:hunter2@example.com/");
        assert!(!said.contains("hunter2"), "{said}");
        let said = refused("http://example.com/?signature=abcdef");
        assert!(!said.contains("abcdef"), "{said}");
    }
}
