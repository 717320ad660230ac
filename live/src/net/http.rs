//! Requests and answers over HTTP/1.1, on kept connections of one server.
//!
//! There are no retries but one: where a kept connection turns out closed and the request did not leave, it is sent on
//! a new one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue, LOCATION};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout, timeout_at};

use super::error::words;
use super::{Dialer, Endpoint, NetError, Reach, Trouble};

pub use hyper::Method;

/// Bytes of an answer's head, as read at once at most.
const HEAD_MAX: usize = 64 * 1024;

/// What a client waits for, and how much it takes and keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpLimits {
    /// For the head of the answer, from when the request is handed over.
    pub answer: Duration,
    /// For everything, the connection included.
    pub total: Duration,
    /// Bytes of an answer's body.
    pub body_max: usize,
    /// Connections at a time; a request beyond is refused.
    pub connections_max: usize,
    /// Connections that are kept without a request.
    pub idle_max: usize,
    /// How long they are kept.
    pub keep_alive: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(2),
            total: Duration::from_secs(5),
            body_max: 16 * 1024 * 1024,
            connections_max: 100,
            idle_max: 50,
            keep_alive: Duration::from_secs(30),
        }
    }
}

/// A request. Its target and body leave as the bytes that they are.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// Headers besides `host` and `content-length`, which are added.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }
}

/// Shows neither query, headers nor body: keys and signatures stand there.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.target.split('?').next().unwrap_or_default();
        write!(f, "{} {path} ({} bytes)", self.method, self.body.len())
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Response {
    /// A header as text, where it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

type Sender = SendRequest<Full<Bytes>>;

/// A connection without a request.
#[derive(Debug)]
struct Idle {
    sender: Sender,
    since: Instant,
}

/// Asks one server.
#[derive(Debug)]
pub struct HttpClient {
    server: Endpoint,
    dialer: Dialer,
    limits: HttpLimits,
    idle: Mutex<Vec<Idle>>,
    /// Connections with a request, or being made for one.
    used: AtomicUsize,
}

/// One connection's place among those that are allowed.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl HttpClient {
    /// For a server. Nothing is connected yet.
    pub const fn new(server: Endpoint, dialer: Dialer, limits: HttpLimits) -> Self {
        Self {
            server,
            dialer,
            limits,
            idle: Mutex::new(Vec::new()),
            used: AtomicUsize::new(0),
        }
    }

    /// The server.
    pub const fn server(&self) -> &Endpoint {
        &self.server
    }

    /// What it waits for, takes and keeps.
    pub const fn limits(&self) -> &HttpLimits {
        &self.limits
    }

    /// What makes its connections.
    pub const fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    /// How long a connection is kept without a request.
    pub const fn keep_alive(&self) -> Duration {
        self.limits.keep_alive
    }

    /// Connections that wait for a request.
    pub fn idle(&self) -> usize {
        self.kept().len()
    }

    /// Makes a connection ahead of the request that will need it.
    ///
    /// # Errors
    /// When none can be made.
    pub async fn warm(&self) -> Result<(), NetError> {
        let sender = self.connect().await?;
        self.keep(sender);
        Ok(())
    }

    /// Sends a request and takes its answer, whatever its status, except a redirect.
    ///
    /// # Errors
    /// When there is no whole answer; [`NetError::reach`] tells what the server may know.
    pub async fn send(&self, request: Request) -> Result<Response, NetError> {
        let at = self.server.place(&request.target);
        let _place = self.take_place(&at)?;
        let deadline = Instant::now() + self.limits.total;
        let mut request = self.written(request, &at)?;
        while let Some(sender) = self.take_idle() {
            match self.ask(sender, request, &at, deadline).await {
                Asked::Answered(response) => return Ok(response),
                Asked::Failed(error) => return Err(error),
                Asked::Left(left) => request = *left,
            }
        }
        let made = timeout_at(deadline, self.connect()).await;
        let sender = made
            .unwrap_or_else(|_| Err(self.late(&at, Reach::NotSent)))
            .map_err(|error| error.at(at.clone()))?;
        match self.ask(sender, request, &at, deadline).await {
            Asked::Answered(response) => Ok(response),
            Asked::Failed(error) => Err(error),
            Asked::Left(_) => {
                let trouble = Trouble::Broken("it was closed before the request left".to_string());
                Err(NetError::new(at, Reach::NotSent, trouble))
            }
        }
    }

    fn take_place(&self, at: &str) -> Result<Place<'_>, NetError> {
        let place = Place(&self.used);
        if self.used.fetch_add(1, Ordering::Relaxed) >= self.limits.connections_max {
            let trouble = Trouble::Busy(self.limits.connections_max);
            return Err(NetError::new(at, Reach::NotSent, trouble));
        }
        Ok(place)
    }

    fn written(&self, request: Request, at: &str) -> Result<hyper::Request<Full<Bytes>>, NetError> {
        let malformed =
            |why: &str| NetError::new(at, Reach::NotSent, Trouble::Malformed(why.to_string()));
        if !request.target.starts_with('/') {
            return Err(malformed("its path does not begin with /"));
        }
        let mut written = hyper::Request::builder()
            .method(request.method)
            .uri(&request.target)
            .body(Full::new(request.body))
            .map_err(|_| malformed("its path or query has characters that must be escaped"))?;
        let headers = written.headers_mut();
        let host = HeaderValue::try_from(self.server.authority());
        headers.insert(HOST, host.map_err(|_| malformed("its host"))?);
        for (name, value) in request.headers {
            let key = HeaderName::try_from(&name);
            let key = key.map_err(|_| malformed(&format!("the header name {name:?}")))?;
            let value = HeaderValue::try_from(value);
            let value = value.map_err(|_| malformed(&format!("the value of header {key}")))?;
            headers.append(key, value);
        }
        Ok(written)
    }

    async fn connect(&self) -> Result<Sender, NetError> {
        let stream = self.dialer.dial(&self.server).await?;
        let made = Builder::new()
            .max_header_size(HEAD_MAX)
            .handshake(TokioIo::new(stream));
        let broken = |error: hyper::Error| {
            let trouble = Trouble::Broken(words(&error.to_string()));
            NetError::new(self.server.to_string(), Reach::NotSent, trouble)
        };
        let (sender, connection) = made.await.map_err(broken)?;
        // It ends with the sender, or with an error that the sender tells too.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        Ok(sender)
    }

    async fn ask(
        &self,
        mut sender: Sender,
        request: hyper::Request<Full<Bytes>>,
        at: &str,
        deadline: Instant,
    ) -> Asked {
        if let Err(error) = sender.ready().await {
            // Closed before anything was handed over; what is left of it is not looked at.
            drop(error);
            return Asked::Left(Box::new(request));
        }
        let first = deadline.min(Instant::now() + self.limits.answer);
        let head = match timeout_at(first, sender.try_send_request(request)).await {
            Err(_) => return Asked::Failed(self.late(at, Reach::Unknown)),
            Ok(Ok(head)) => head,
            Ok(Err(mut error)) => {
                return match error.take_message() {
                    Some(left) => Asked::Left(Box::new(left)),
                    None => Asked::Failed(unanswered(at, error.error())),
                };
            }
        };
        if head.status().is_redirection() {
            return Asked::Failed(NetError::new(at, Reach::Answered, redirect(&head)));
        }
        match timeout_at(deadline, self.body(head)).await {
            Err(_) => Asked::Failed(self.late(at, Reach::Answered)),
            Ok(Err(trouble)) => Asked::Failed(NetError::new(at, Reach::Answered, trouble)),
            Ok(Ok(response)) => {
                self.keep(sender);
                Asked::Answered(response)
            }
        }
    }

    async fn body(&self, head: hyper::Response<Incoming>) -> Result<Response, Trouble> {
        let (head, body) = head.into_parts();
        let max = self.limits.body_max;
        match Limited::new(body, max).collect().await {
            Ok(body) => Ok(Response {
                status: head.status.as_u16(),
                headers: head.headers,
                body: body.to_bytes(),
            }),
            Err(error) if error.is::<LengthLimitError>() => Err(Trouble::TooLarge {
                what: "answer",
                max,
            }),
            Err(error) => Err(Trouble::Broken(words(&error.to_string()))),
        }
    }

    fn late(&self, at: &str, reach: Reach) -> NetError {
        let (what, after) = match reach {
            Reach::NotSent => ("connection", self.limits.total),
            Reach::Unknown => ("answer", self.limits.answer.min(self.limits.total)),
            Reach::Answered => ("end of the answer", self.limits.total),
        };
        NetError::new(at, reach, Trouble::Timeout { what, after })
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        // A panic elsewhere leaves the list whole: each change is one call.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection used last; those that waited too long are dropped.
    fn take_idle(&self) -> Option<Sender> {
        let now = Instant::now();
        let mut kept = self.kept();
        kept.retain(|idle| {
            now.duration_since(idle.since) < self.limits.keep_alive && !idle.sender.is_closed()
        });
        kept.pop().map(|idle| idle.sender)
    }

    fn keep(&self, sender: Sender) {
        let mut kept = self.kept();
        if !sender.is_closed() && kept.len() < self.limits.idle_max {
            kept.push(Idle {
                sender,
                since: Instant::now(),
            });
        }
    }
}

/// What became of a request on one connection.
enum Asked {
    Answered(Response),
    Failed(NetError),
    /// It did not leave.
    Left(Box<hyper::Request<Full<Bytes>>>),
}

/// The request left, at least in part, and no head of an answer came.
fn unanswered(at: &str, error: &hyper::Error) -> NetError {
    let trouble = if error.is_parse_too_large() {
        Trouble::TooLarge {
            what: "head of the answer",
            max: HEAD_MAX,
        }
    } else if error.is_parse() {
        Trouble::Protocol(words(&error.to_string()))
    } else {
        Trouble::Broken(words(&error.to_string()))
    };
    NetError::new(at, Reach::Unknown, trouble)
}

/// Where it leads is told without path and query.
pub(super) fn redirect<B>(head: &hyper::Response<B>) -> Trouble {
    let to = head.headers().get(LOCATION);
    let to = to.and_then(|to| to.to_str().ok()).unwrap_or("nowhere");
    let to = match to.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}")
        }
        None => "another path of the same server".to_string(),
    };
    Trouble::Redirect {
        status: head.status().as_u16(),
        to: words(&to),
    }
}

/// Waits no longer than `after`.
pub(super) async fn within<T>(
    what: &'static str,
    after: Duration,
    act: impl Future<Output = T>,
) -> Result<T, Trouble> {
    timeout(after, act)
        .await
        .map_err(|_| Trouble::Timeout { what, after })
}
