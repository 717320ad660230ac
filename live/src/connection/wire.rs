//! A connection that its task reads, and that who must not wait for that task writes to.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use onetape_core::time::Ts;
use tokio::task::unconstrained;

use crate::net::{Frame, NetError, WsClient};

#[derive(Debug)]
struct Shared {
    socket: Mutex<WsClient>,
    /// The task is in the middle of a frame.
    busy: AtomicBool,
}

/// What became of a frame that was to leave at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SentNow {
    /// The system has its last byte.
    Written,
    /// It will be written when there is room, if the connection's task is told to.
    Kept,
    /// The connection is over, and some of the frame may have left. Its task learns of it by itself.
    Broken,
    /// Something else is being written; here it is back.
    Busy(Frame),
}

/// One connection. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Wire(Arc<Shared>);

/// While it lives, the task is in the middle of a frame.
struct Busy<'a>(&'a AtomicBool);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Wire {
    /// Of a connection that was made.
    pub fn new(socket: WsClient) -> Self {
        Self(Arc::new(Shared {
            socket: Mutex::new(socket),
            busy: AtomicBool::new(false),
        }))
    }

    /// Each poll under the lock is whole in itself.
    fn socket(&self) -> MutexGuard<'_, WsClient> {
        self.0.socket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next frame, and when its last bytes were read.
    pub(super) async fn next(&self) -> (Ts, Result<Frame, NetError>) {
        poll_fn(|cx| {
            let mut socket = self.socket();
            let polled = socket.poll_next(cx);
            polled.map(|came| (socket.read_at(), came))
        })
        .await
    }

    /// Sends a frame: written when this returns.
    pub(super) async fn send(&self, frame: Frame) -> Result<(), NetError> {
        let _busy = self.begin();
        let mut frame = Some(frame);
        let limit = self.socket().limits().send;
        let sending = poll_fn(|cx| self.socket().poll_send(cx, &mut frame));
        let sent = tokio::time::timeout(limit, sending).await;
        sent.unwrap_or_else(|_| Err(self.socket().too_late()))
    }

    /// Has what is kept written.
    pub(super) async fn flush(&self) -> Result<(), NetError> {
        let _busy = self.begin();
        let limit = self.socket().limits().send;
        let flushing = poll_fn(|cx| self.socket().poll_send(cx, &mut None));
        let flushed = tokio::time::timeout(limit, flushing).await;
        flushed.unwrap_or_else(|_| Err(self.socket().too_late()))
    }

    fn begin(&self) -> Busy<'_> {
        self.0.busy.store(true, Ordering::Release);
        Busy(&self.0.busy)
    }

    /// Sends a frame here and now, without a turn of the connection's task.
    pub fn send_now(&self, frame: Frame) -> SentNow {
        if self.0.busy.load(Ordering::Acquire) {
            return SentNow::Busy(frame);
        }
        let mut frame = Some(frame);
        let sending = poll_fn(|cx| self.socket().poll_send(cx, &mut frame));
        match unconstrained(sending).now_or_never() {
            Some(Ok(())) => SentNow::Written,
            Some(Err(_)) => SentNow::Broken,
            None => frame.map_or(SentNow::Kept, SentNow::Busy),
        }
    }

    /// Says that it is over, and does not wait for an answer.
    pub(super) async fn close(self) {
        let limit = self.socket().limits().send;
        let closing = poll_fn(|cx| self.socket().poll_close(cx));
        let _ = tokio::time::timeout(limit, closing).await;
    }
}
