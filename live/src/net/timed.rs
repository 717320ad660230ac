//! When bytes came.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use onetape_core::time::Ts;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Stream;
use crate::stamp::SteadyClock;

/// A connection that knows when something was last read from it.
#[derive(Debug)]
pub(super) struct Timed {
    inner: Stream,
    read_at: Ts,
}

impl Timed {
    pub(super) fn new(inner: Stream) -> Self {
        Self {
            inner,
            read_at: SteadyClock::read(),
        }
    }

    /// When bytes were last read, by the steady clock.
    pub(super) const fn read_at(&self) -> Ts {
        self.read_at
    }
}

impl AsyncRead for Timed {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let had = buf.filled().len();
        let polled = Pin::new(&mut this.inner).poll_read(cx, buf);
        if buf.filled().len() > had {
            this.read_at = SteadyClock::read();
        }
        polled
    }
}

impl AsyncWrite for Timed {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}
