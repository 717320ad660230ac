//! WebSocket connections. Pings of the other side are answered by themselves, with the next read or send.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper::header::{HeaderName, HeaderValue};
use onetape_core::time::Ts;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::error::{CloseWords, words};
use super::http::{redirect, within};
use super::timed::Timed;
use super::{Dialer, Endpoint, NetError, Reach, Trouble};

/// Bytes that are read at a time: dozens of quotes, or one large message in a few reads.
const READ_BUFFER: usize = 8 * 1024;

/// How much a connection takes, and how long it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WsLimits {
    /// Bytes of a message, in one frame or several.
    pub message_max: usize,
    /// Bytes that wait to be written; a send beyond fails.
    pub unsent_max: usize,
    /// For the upgrade.
    pub upgrade: Duration,
    /// For one frame to be written.
    pub send: Duration,
}

impl Default for WsLimits {
    fn default() -> Self {
        Self {
            message_max: 16 * 1024 * 1024,
            unsent_max: 4 * 1024 * 1024,
            upgrade: Duration::from_secs(2),
            send: Duration::from_secs(2),
        }
    }
}

/// What goes through a WebSocket.
#[derive(Clone, PartialEq, Eq)]
pub enum Frame {
    /// A text message.
    Text(Utf8Bytes),
    /// A binary message.
    Binary(Bytes),
    /// Are you there?
    Ping(Bytes),
    /// Yes.
    Pong(Bytes),
    /// Code and reason of the end.
    Close(u16, String),
}

impl Frame {
    /// A text message.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Utf8Bytes::from(text.into()))
    }

    /// The message's bytes; none for a close.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) | Self::Ping(bytes) | Self::Pong(bytes) => bytes,
            Self::Close(..) => &[],
        }
    }

    /// True for text and binary messages.
    pub const fn is_message(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Binary(_))
    }
}

/// Shows kind and length: logins and orders go through here.
impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self {
            Self::Text(_) => "Text",
            Self::Binary(_) => "Binary",
            Self::Ping(_) => "Ping",
            Self::Pong(_) => "Pong",
            Self::Close(code, _) => return write!(f, "Close({code})"),
        };
        write!(f, "{kind}({} bytes)", self.bytes().len())
    }
}

/// A WebSocket to a server.
#[derive(Debug)]
pub struct WsClient {
    at: String,
    socket: WebSocketStream<Timed>,
    limits: WsLimits,
}

impl WsClient {
    /// Connects and upgrades.
    ///
    /// # Errors
    /// [`Reach::NotSent`] when no connection was made, [`Reach::Answered`] when the server answered with anything
    /// but an upgrade, such as a redirect, [`Reach::Unknown`] otherwise.
    pub async fn connect(
        dialer: &Dialer,
        to: &Endpoint,
        headers: &[(String, String)],
        limits: WsLimits,
    ) -> Result<Self, NetError> {
        let at = to.to_string();
        let failed = |reach, trouble| NetError::new(at.clone(), reach, trouble);
        let request =
            upgrade(to, headers).map_err(|why| failed(Reach::NotSent, Trouble::Malformed(why)))?;
        let stream = Timed::new(dialer.dial(to).await?);
        let config = settings(limits.message_max, limits.unsent_max);
        let opening = client_async_with_config(request, stream, Some(config));
        let opened = within("WebSocket", limits.upgrade, opening).await;
        match opened.map_err(|trouble| failed(Reach::Unknown, trouble))? {
            Ok((socket, _)) => Ok(Self { at, socket, limits }),
            Err(Error::Http(head)) if head.status().is_redirection() => {
                Err(failed(Reach::Answered, redirect(&head)))
            }
            Err(Error::Http(head)) => {
                let trouble = Trouble::NotUpgraded(head.status().as_u16());
                Err(failed(Reach::Answered, trouble))
            }
            Err(error) => Err(failed(Reach::Unknown, trouble(error, &limits))),
        }
    }

    /// What it takes, and how long.
    pub(crate) const fn limits(&self) -> &WsLimits {
        &self.limits
    }

    /// When bytes were last read, by the steady clock.
    pub(crate) fn read_at(&self) -> Ts {
        self.socket.get_ref().read_at()
    }

    /// The next frame. A close is given once; after it the connection is over.
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Errors
    /// When the connection is over, or the other side breaks the protocol or a limit.
    pub async fn next(&mut self) -> Result<Frame, NetError> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// As [`WsClient::next`].
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Frame, NetError>> {
        loop {
            let trouble = match ready!(self.socket.poll_next_unpin(cx)) {
                Some(Ok(message)) => match frame_of(message) {
                    Some(frame) => return Poll::Ready(Ok(frame)),
                    None => continue,
                },
                Some(Err(error)) => trouble(error, &self.limits),
                None => Trouble::Closed(CloseWords::default()),
            };
            // A frame that is read belongs to no request.
            let error = NetError::new(self.at.clone(), Reach::Unknown, trouble);
            return Poll::Ready(Err(error));
        }
    }

    /// Sends a frame: written to the socket when this returns.
    ///
    /// # Errors
    /// [`Reach::NotSent`] when the connection was over before, [`Reach::Unknown`] otherwise: some of the frame may
    /// have left.
    pub async fn send(&mut self, frame: Frame) -> Result<(), NetError> {
        let (mut frame, limit) = (Some(frame), self.limits.send);
        let sending = poll_fn(|cx| self.poll_send(cx, &mut frame));
        let sent = tokio::time::timeout(limit, sending).await;
        sent.unwrap_or_else(|_| Err(self.too_late()))
    }

    /// Takes the frame, when there is room for it, and is ready when everything that was taken is written.
    pub(crate) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        frame: &mut Option<Frame>,
    ) -> Poll<Result<(), NetError>> {
        let sent = self.poll_taken(cx, frame);
        sent.map(|sent| sent.map_err(|error| self.unsent(error)))
    }

    fn poll_taken(
        &mut self,
        cx: &mut Context<'_>,
        frame: &mut Option<Frame>,
    ) -> Poll<Result<(), Error>> {
        if frame.is_some() {
            ready!(self.socket.poll_ready_unpin(cx))?;
        }
        if let Some(frame) = frame.take() {
            self.socket.start_send_unpin(message_of(frame))?;
        }
        self.socket.poll_flush_unpin(cx)
    }

    fn unsent(&self, error: Error) -> NetError {
        let reach = match error {
            Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::WriteBufferFull(_)
            | Error::Protocol(ProtocolError::SendAfterClosing) => Reach::NotSent,
            _ => Reach::Unknown,
        };
        NetError::new(self.at.clone(), reach, trouble(error, &self.limits))
    }

    /// There was no room for what was to be sent.
    pub(crate) fn too_late(&self) -> NetError {
        let trouble = Trouble::Timeout {
            what: "room to send",
            after: self.limits.send,
        };
        NetError::new(self.at.clone(), Reach::Unknown, trouble)
    }

    /// Says that it is over; ready when that is written.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.socket.poll_close_unpin(cx).map(drop)
    }

    /// Says that it is over, and does not wait for an answer.
    pub async fn close(mut self) {
        let closing = self.socket.close(None);
        let _ = within("close", self.limits.send, closing).await;
    }
}

/// The request for an upgrade, with its key and version.
fn upgrade(to: &Endpoint, headers: &[(String, String)]) -> Result<hyper::Request<()>, String> {
    let url = format!("{}://{}{}", to.scheme().name(), to.authority(), to.target());
    let request = url.into_client_request();
    let mut request = request.map_err(|_| "its path or query".to_string())?;
    for (name, value) in headers {
        let key = HeaderName::try_from(name).map_err(|_| format!("the header name {name:?}"))?;
        let value =
            HeaderValue::try_from(value).map_err(|_| format!("the value of header {key}"))?;
        request.headers_mut().insert(key, value);
    }
    Ok(request)
}

pub(crate) fn settings(message_max: usize, unsent_max: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        // That much is filled with zeros before each read.
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(message_max))
        .max_frame_size(Some(message_max))
        // Each frame is written at once; what the socket does not take waits up to the limit.
        .write_buffer_size(0)
        .max_write_buffer_size(unsent_max.max(1))
}

pub(crate) fn frame_of(message: Message) -> Option<Frame> {
    Some(match message {
        Message::Text(text) => Frame::Text(text),
        Message::Binary(bytes) => Frame::Binary(bytes),
        Message::Ping(bytes) => Frame::Ping(bytes),
        Message::Pong(bytes) => Frame::Pong(bytes),
        Message::Close(None) => Frame::Close(1005, String::new()),
        Message::Close(Some(close)) => Frame::Close(close.code.into(), words(&close.reason)),
        // Never given by reading.
        Message::Frame(_) => return None,
    })
}

pub(crate) fn message_of(frame: Frame) -> Message {
    match frame {
        Frame::Text(text) => Message::Text(text),
        Frame::Binary(bytes) => Message::Binary(bytes),
        Frame::Ping(bytes) => Message::Ping(bytes),
        Frame::Pong(bytes) => Message::Pong(bytes),
        // Without a code: 1005 may not be sent.
        Frame::Close(1005, _) => Message::Close(None),
        Frame::Close(code, reason) => Message::Close(Some(CloseFrame {
            code: code.into(),
            reason: reason.into(),
        })),
    }
}

fn trouble(error: Error, limits: &WsLimits) -> Trouble {
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed => Trouble::Closed(CloseWords::default()),
        Error::Capacity(CapacityError::MessageTooLong { .. }) => Trouble::TooLarge {
            what: "message",
            max: limits.message_max,
        },
        Error::WriteBufferFull(_) => Trouble::TooLarge {
            what: "unsent rest",
            max: limits.unsent_max,
        },
        Error::Protocol(
            ProtocolError::ResetWithoutClosingHandshake | ProtocolError::SendAfterClosing,
        ) => Trouble::Broken("closed without a word".to_string()),
        Error::Protocol(other) => Trouble::Protocol(words(&other.to_string())),
        Error::Utf8(_) => Trouble::Protocol("text that is not UTF-8".to_string()),
        other => Trouble::Broken(words(&other.to_string())),
    }
}
