//! The listener and what becomes of a connection.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::upgrade::{self, Pending};
use super::{Answer, Asked, Reply, Site, Socket};
use crate::net::Stream;

/// Bytes of a request's head.
const HEAD_MAX: usize = 64 * 1024;
/// After the system refused a connection, such as for want of file descriptors.
const REFUSED_WAIT: Duration = Duration::from_millis(50);

/// How much the server takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServeLimits {
    /// Connections at a time; those beyond are closed at once.
    pub connections_max: usize,
    /// Bytes of a request's body.
    pub body_max: usize,
    /// Bytes of a WebSocket message.
    pub message_max: usize,
    /// Bytes that wait for a reader; one that is slower is cut off.
    pub unsent_max: usize,
    /// For TLS, for a head and for a body to arrive.
    pub arrive: Duration,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            connections_max: 1_000,
            body_max: 1024 * 1024,
            message_max: 1024 * 1024,
            unsent_max: 16 * 1024 * 1024,
            arrive: Duration::from_secs(10),
        }
    }
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Not an address of this machine alone.
    #[error("{0} can be reached from elsewhere; listen on 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
    /// The system refused.
    #[error("cannot listen on {at}: {source}; choose another port, or 0 for any that is free")]
    Listen {
        /// The address.
        at: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    limits: ServeLimits,
}

impl Server {
    /// Listens; port 0 takes any that is free. With `tls` only TLS is spoken.
    ///
    /// # Errors
    /// [`ServeError::NotLoopback`] for an address that others can reach, [`ServeError::Listen`] when the port is taken.
    pub async fn bind(
        at: SocketAddr,
        tls: Option<Arc<ServerConfig>>,
        limits: ServeLimits,
    ) -> Result<Self, ServeError> {
        if !at.ip().is_loopback() {
            return Err(ServeError::NotLoopback(at));
        }
        let failed = |source| ServeError::Listen { at, source };
        let listener = TcpListener::bind(at).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            listener,
            address,
            tls: tls.map(TlsAcceptor::from),
            limits,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves for ever. When the future is dropped, every connection ends.
    pub async fn run<S: Site>(self, site: Arc<S>) {
        let mut connections = JoinSet::new();
        loop {
            let accepted = self.listener.accept().await;
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, peer)) if connections.len() < self.limits.connections_max => {
                    let one = Connection {
                        site: Arc::clone(&site),
                        peer,
                        limits: self.limits,
                    };
                    connections.spawn(one.run(stream, self.tls.clone()));
                }
                Ok(_) => {}
                Err(_) => sleep(REFUSED_WAIT).await,
            }
        }
    }
}

struct Connection<S> {
    site: Arc<S>,
    peer: SocketAddr,
    limits: ServeLimits,
}

/// The connection is to end without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection ends without an answer")]
struct Dropped;

impl<S: Site> Connection<S> {
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        let Some(stream) = self.ready(stream, tls).await else {
            return;
        };
        let pending = Pending::default();
        let service = service_fn(|request| self.serve(request, &pending));
        let served = Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.arrive)
            .max_header_size(HEAD_MAX)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
            .await;
        // Its end, in order or not, is the other side's business.
        if let (Ok(()), Some((opening, upgrade))) = (served, pending.take())
            && let Ok(upgraded) = upgrade.await
        {
            let socket = Socket::new(upgraded, &self.limits).await;
            self.site.talk(opening, socket).await;
        }
    }

    async fn ready(&self, stream: TcpStream, tls: Option<TlsAcceptor>) -> Option<Stream> {
        stream.set_nodelay(true).ok()?;
        let Some(tls) = tls else {
            return Some(Stream::Plain(stream));
        };
        let accepted = timeout(self.limits.arrive, tls.accept(stream)).await;
        Some(Stream::Server(Box::new(accepted.ok()?.ok()?)))
    }

    async fn serve(
        &self,
        request: hyper::Request<Incoming>,
        pending: &Pending,
    ) -> Result<hyper::Response<Full<Bytes>>, Dropped> {
        if upgrade::is_asked(&request) {
            return match upgrade::answer(self.site.as_ref(), request, self.peer, pending) {
                Ok(response) => Ok(response),
                Err(reply) => written(reply),
            };
        }
        let answer = match self.whole(request).await {
            Ok(asked) => self.site.answer(asked).await,
            Err(answer) => answer,
        };
        match answer {
            Answer::Reply(reply) => written(reply),
            Answer::Drop => Err(Dropped),
        }
    }

    async fn whole(&self, request: hyper::Request<Incoming>) -> Result<Asked, Answer> {
        let (head, body) = request.into_parts();
        let body = Limited::new(body, self.limits.body_max).collect();
        let body = match timeout(self.limits.arrive, body).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                return Err(Reply::text(413, "the body is too large\n").into());
            }
            Ok(Err(_)) | Err(_) => return Err(Answer::Drop),
        };
        Ok(Asked {
            method: head.method,
            target: head
                .uri
                .path_and_query()
                .map_or("/", |all| all.as_str())
                .to_string(),
            headers: head.headers,
            body,
            peer: self.peer,
        })
    }
}

/// A reply as HTTP. One that cannot be written is a mistake of the site, and is told as one.
fn written(reply: Reply) -> Result<hyper::Response<Full<Bytes>>, Dropped> {
    let mut response = hyper::Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        let pair = (HeaderName::try_from(name), HeaderValue::try_from(value));
        if let (Ok(name), Ok(value)) = pair {
            response = response.header(name, value);
        } else {
            response = response.status(500);
        }
    }
    response.body(Full::new(reply.body)).map_err(|_| Dropped)
}
