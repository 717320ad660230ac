//! One WebSocket, as the server has it.

use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::ServeLimits;
use crate::net::{Frame, frame_of, message_of, settings};

/// A WebSocket to somebody who connected.
#[derive(Debug)]
pub struct Socket {
    inner: WebSocketStream<TokioIo<Upgraded>>,
}

impl Socket {
    pub(super) async fn new(upgraded: Upgraded, limits: &ServeLimits) -> Self {
        let config = settings(limits.message_max, limits.unsent_max);
        let io = TokioIo::new(upgraded);
        Self {
            inner: WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await,
        }
    }

    /// The next frame; `None` when it is over, in whatever way. Pings are answered by themselves.
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            match self.inner.next().await? {
                Ok(message) => {
                    if let Some(frame) = frame_of(message) {
                        return Some(frame);
                    }
                }
                Err(_) => return None,
            }
        }
    }

    /// Sends a frame. False when it is over, or when the other side reads too slowly for what waits.
    pub async fn send(&mut self, frame: Frame) -> bool {
        self.inner.send(message_of(frame)).await.is_ok()
    }
}
