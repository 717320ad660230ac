//! Connections being made: name, address, TCP, TLS, each with a time of its own.

use std::net::SocketAddr;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::error::words;
use super::{Endpoint, NetError, Reach, Stream, Trouble, Trust};

/// How long making a connection may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialLimits {
    /// For the name and TCP together.
    pub connect: Duration,
    /// For the TLS handshake.
    pub tls: Duration,
}

impl Default for DialLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(1),
            tls: Duration::from_secs(2),
        }
    }
}

/// Makes connections.
#[derive(Clone, Debug)]
pub struct Dialer {
    trust: Trust,
    limits: DialLimits,
}

impl Dialer {
    /// With these roots and times.
    pub const fn new(trust: Trust, limits: DialLimits) -> Self {
        Self { trust, limits }
    }

    /// How long making a connection may take.
    pub const fn limits(&self) -> &DialLimits {
        &self.limits
    }

    /// Connects. Nothing was sent of any request, so every error is [`Reach::NotSent`].
    ///
    /// # Errors
    /// When the name, the connection or the certificate fails, or takes too long.
    pub async fn dial(&self, to: &Endpoint) -> Result<Stream, NetError> {
        let tcp = self.within("connection", self.limits.connect, tcp(to));
        let failed = |trouble| NetError::new(to.to_string(), Reach::NotSent, trouble);
        let tcp = tcp.await.map_err(failed)?;
        if !to.scheme().is_secure() {
            return Ok(Stream::Plain(tcp));
        }
        let tls = self.within("TLS handshake", self.limits.tls, self.tls(to, tcp));
        tls.await.map_err(failed)
    }

    async fn tls(&self, to: &Endpoint, tcp: TcpStream) -> Result<Stream, Trouble> {
        let name = ServerName::try_from(to.host().to_string())
            .map_err(|_| Trouble::Tls(format!("{:?} can be in no certificate", to.host())))?;
        let stream = TlsConnector::from(self.trust.config()).connect(name, tcp);
        match stream.await {
            Ok(stream) => Ok(Stream::Client(Box::new(stream))),
            Err(error) => Err(Trouble::Tls(words(&error.to_string()))),
        }
    }

    async fn within<T>(
        &self,
        what: &'static str,
        after: Duration,
        act: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<T, Trouble> {
        let waited = timeout(after, act).await;
        waited.unwrap_or(Err(Trouble::Timeout { what, after }))
    }
}

/// Connects to the first address that takes it, and switches off waiting for more to send.
async fn tcp(to: &Endpoint) -> Result<TcpStream, Trouble> {
    let unresolved = |error: std::io::Error| Trouble::Resolve(words(&error.to_string()));
    let found = lookup_host((to.host(), to.port())).await;
    let found: Vec<SocketAddr> = found.map_err(unresolved)?.collect();
    let mut last = Trouble::Resolve("it has no address".to_string());
    for address in found {
        if !to.scheme().is_secure() && !address.ip().is_loopback() {
            return Err(Trouble::PlainBeyondLoopback(address.ip()));
        }
        match TcpStream::connect(address).await {
            Ok(stream) => {
                let ready = stream.set_nodelay(true).map(|()| stream);
                return ready.map_err(|error| Trouble::Connect(words(&error.to_string())));
            }
            Err(error) => last = Trouble::Connect(words(&error.to_string())),
        }
    }
    Err(last)
}
