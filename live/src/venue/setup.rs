//! A venue as it is asked by HTTP: signed, sent, and the answer understood.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use onetape_adapters::ask::{Ask, Cx, PositionMode};
use onetape_adapters::client_id::RunTag;
use onetape_adapters::counts::{Counts, Unused};
use onetape_adapters::credentials::Credentials;
use onetape_adapters::directory::Directory;
use onetape_adapters::error::{AskError, WireError};
use onetape_adapters::news::Answer;
use onetape_adapters::outcome::{Class, Failure};
use onetape_adapters::protocol::Protocol;
use onetape_adapters::request::{Method, Reply};
use onetape_core::names::VenueId;
use onetape_core::time::{Span, Ts};

use super::{Budgets, ClockOffset, Measured, Priority, Urls};
use crate::net::{self, Dialer, HttpClient, HttpLimits, NetError, Reach};
use crate::stamp::{Clock, SystemClock};

/// How often the venue's time is asked for one measurement.
const TIMES: usize = 5;

/// What was heard of a venue and not used, shared by all who hear it.
#[derive(Clone, Debug, Default)]
pub struct SharedCounts(Arc<Mutex<Counts>>);

impl SharedCounts {
    /// Does something with them.
    pub fn with<T>(&self, act: impl FnOnce(&mut Counts) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// As they are now.
    pub fn now(&self) -> Counts {
        self.with(|counts| counts.clone())
    }
}

/// A venue, and what is needed to speak with it. Clones share clock, budgets, counts and connections.
#[derive(Clone, Debug)]
pub struct VenueSetup {
    /// What is spoken.
    pub protocol: Protocol,
    /// Its number in this run.
    pub venue: VenueId,
    /// Its instruments, and the run's assets.
    pub directory: Arc<Directory>,
    /// Where it is.
    pub urls: Urls,
    /// Requests.
    pub http: Arc<HttpClient>,
    /// Makes its WebSockets.
    pub dialer: Dialer,
    /// The key, where anything private is asked.
    pub credentials: Option<Arc<Credentials>>,
    /// How long after it is made the venue may still do what is asked.
    pub window: Span,
    /// Its clock.
    pub offset: ClockOffset,
    /// How the account counts positions.
    pub position_mode: PositionMode,
    /// What may still be asked.
    pub budgets: Budgets,
    /// What was not used.
    pub counts: SharedCounts,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskFault {
    /// The request cannot be made.
    #[error(transparent)]
    Unaskable(#[from] AskError),
    /// It did not get there, or nothing whole came back.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The venue answered that it failed, or what nobody understands; or it asked for silence before, and nothing was sent
    /// (status 0 and a class for which nothing was done).
    #[error("{what} failed ({class}, status {status}, code {code:?}): {message}", class = failure.class.name(),
        status = failure.status, code = failure.code, message = failure.message)]
    Refused {
        /// What was asked.
        what: &'static str,
        /// What it means.
        failure: Box<Failure>,
    },
}

impl AskFault {
    /// What is known of what was asked for.
    pub fn class(&self) -> Class {
        match self {
            Self::Unaskable(_) => Class::Reject,
            Self::Net(error) if error.reach == Reach::NotSent => Class::Retryable,
            Self::Net(_) => Class::Ambiguous,
            Self::Refused { failure, .. } => failure.class,
        }
    }

    /// True when what was asked for may have been done: the venue's word alone leads on.
    pub fn may_have_acted(&self) -> bool {
        match self {
            Self::Unaskable(_) => false,
            Self::Net(error) => error.reach.may_have_acted(),
            Self::Refused { failure, .. } => !failure.class.is_not_done(),
        }
    }

    /// The venue's failure, where it told one.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Refused { failure, .. } => Some(failure),
            _ => None,
        }
    }
}

impl VenueSetup {
    /// A venue with a window of five seconds and nothing measured.
    pub fn new(protocol: Protocol, directory: Arc<Directory>, urls: Urls, dialer: Dialer) -> Self {
        let http = HttpClient::new(urls.rest.clone(), dialer.clone(), HttpLimits::default());
        Self {
            protocol,
            venue: directory.venue(),
            directory,
            urls,
            http: Arc::new(http),
            dialer,
            credentials: None,
            window: Span::from_millis(5_000),
            offset: ClockOffset::default(),
            position_mode: PositionMode::default(),
            budgets: Budgets::default(),
            counts: SharedCounts::default(),
        }
    }

    /// The same, for a run whose orders have a tag.
    pub fn tagged(mut self, tag: Option<RunTag>) -> Self {
        self.directory = Arc::new(Directory::clone(&self.directory).tagged(tag));
        self
    }

    /// What requests and frames are made with now.
    pub fn cx(&self) -> Cx<'_> {
        Cx {
            directory: &self.directory,
            credentials: self.credentials.as_deref(),
            now: self.offset.now(),
            window: self.window,
            position_mode: self.position_mode,
        }
    }

    /// Asks, by the priority that such a request has.
    ///
    /// # Errors
    /// [`AskFault`], which tells whether what was asked for may have been done.
    pub async fn ask(&self, ask: &Ask) -> Result<Answer, AskFault> {
        self.ask_as(ask, Priority::of(ask)).await
    }

    /// Asks by a priority.
    ///
    /// # Errors
    /// [`AskFault`], which tells whether what was asked for may have been done.
    pub async fn ask_as(&self, ask: &Ask, priority: Priority) -> Result<Answer, AskFault> {
        self.wait(ask, priority).await?;
        // Signed after the wait: the window runs from here.
        let request = self.prepare(ask)?;
        let response = self.http.send(request).await?;
        self.understood(ask, &response)
    }

    /// The request for what is asked, signed now.
    ///
    /// # Errors
    /// When the venue has no such request, or cannot take the order.
    pub fn prepare(&self, ask: &Ask) -> Result<net::Request, AskError> {
        let request = self.protocol.rest(ask, &self.cx())?;
        Ok(net::Request {
            method: method(request.method),
            target: self.urls.rest_target(&request.target()),
            headers: (request.headers.into_iter())
                .map(|(name, value)| (name.to_string(), value))
                .collect(),
            body: Bytes::from(request.body),
        })
    }

    /// Sends what was prepared for an order: at once, or, while the venue wants nothing to be asked, not at all.
    ///
    /// # Errors
    /// [`AskFault`], which tells whether what was asked for may have been done.
    pub async fn send_order(&self, ask: &Ask, request: net::Request) -> Result<Answer, AskFault> {
        self.wait(ask, Priority::Orders).await?;
        let response = self.http.send(request).await?;
        self.understood(ask, &response)
    }

    /// Waits until a request of a priority may go.
    async fn wait(&self, ask: &Ask, priority: Priority) -> Result<(), AskFault> {
        loop {
            let now = SystemClock.now();
            if priority == Priority::Orders {
                return match self.budgets.hold(now) {
                    Some(hold) => Err(refused(ask, held(hold.class))),
                    None => Ok(()),
                };
            }
            let Some(until) = self.budgets.wait(self.protocol, priority, now) else {
                return Ok(());
            };
            // Looked at again within a second: a newer reply may tell more.
            let nanos = until.since(now).nanos().clamp(1_000_000, 1_000_000_000);
            tokio::time::sleep(Duration::from_nanos(nanos.unsigned_abs())).await;
        }
    }

    fn understood(&self, ask: &Ask, response: &net::Response) -> Result<Answer, AskFault> {
        let now = SystemClock.now();
        let body = match std::str::from_utf8(&response.body) {
            Ok(body) => body,
            Err(why) => {
                let why = WireError::Shape {
                    message: ask.name(),
                    why: why.to_string(),
                };
                self.counts
                    .with(|counts| counts.add(Unused::Unsound, ask.name()));
                return Err(refused(ask, Failure::unreadable(response.status, &why)));
            }
        };
        let headers: Vec<(&str, &str)> = (response.headers.iter())
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let reply = Reply {
            status: response.status,
            headers: &headers,
            body,
        };
        self.budgets.take(self.protocol.budgets(&reply), now);
        let cx = self.cx();
        let answered = (self.counts).with(|counts| self.protocol.reply(ask, &reply, &cx, counts));
        answered.map_err(|failure| {
            self.budgets.failed(&failure, self.offset.nanos(), now);
            refused(ask, failure)
        })
    }

    /// Measures how far the venue's clock stands from ours: asks several times, and the quickest answer counts.
    ///
    /// # Errors
    /// When it never answered with its time.
    pub async fn measure_offset(&self) -> Result<Measured, AskFault> {
        let mut best: Option<Measured> = None;
        let mut fault = None;
        // The first question makes the connection, and its answer is late for that alone.
        for _ in 0..TIMES {
            let sent = SystemClock.now();
            match self.ask(&Ask::Time).await {
                Ok(Answer::Time(told)) => {
                    let measured = Measured::of(sent, SystemClock.now(), told);
                    if best.is_none_or(|it| measured.within < it.within) {
                        best = Some(measured);
                    }
                }
                Ok(_) => fault = Some(refused(&Ask::Time, other_answer("its time"))),
                Err(why) => fault = Some(why),
            }
        }
        match (best, fault) {
            (Some(measured), _) => {
                self.offset.set(measured);
                Ok(measured)
            }
            (None, Some(fault)) => Err(fault),
            (None, None) => Err(refused(&Ask::Time, other_answer("its time"))),
        }
    }

    /// How long after `now` by the venue's clock a request may still be done, for who fences what is unknown.
    pub fn fence(&self) -> Ts {
        self.offset.now() + self.window
    }
}

/// What was asked for came back as something else.
pub(crate) fn other_answer(what: &'static str) -> Failure {
    Failure::unreadable(
        0,
        &WireError::Field {
            message: "the answer",
            field: what,
        },
    )
}

pub(crate) fn refused(ask: &Ask, failure: Failure) -> AskFault {
    AskFault::Refused {
        what: ask.name(),
        failure: Box::new(failure),
    }
}

/// Nothing was sent, for the venue had asked for silence.
fn held(class: Class) -> Failure {
    Failure {
        class,
        reason: Some(onetape_core::event::RejectReason::RateLimit),
        status: 0,
        code: String::new(),
        message: "not sent: the venue asked for a pause that is not over".to_string(),
        wait: None,
        until: None,
        listed: true,
    }
}

const fn method(method: Method) -> net::Method {
    match method {
        Method::Get => net::Method::GET,
        Method::Post => net::Method::POST,
        Method::Put => net::Method::PUT,
        Method::Patch => net::Method::PATCH,
        Method::Delete => net::Method::DELETE,
    }
}
