//! A connection's bytes, with or without TLS.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A connection.
#[derive(Debug)]
pub enum Stream {
    /// Without TLS, on this machine.
    Plain(TcpStream),
    /// With TLS, as who connected.
    Client(Box<tokio_rustls::client::TlsStream<TcpStream>>),
    /// With TLS, as who was connected to.
    Server(Box<tokio_rustls::server::TlsStream<TcpStream>>),
}

/// The same call on whichever it is.
macro_rules! on_each {
    ($self:ident, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            Self::Plain(inner) => {
                let $stream = Pin::new(inner);
                $call
            }
            Self::Client(inner) => {
                let $stream = Pin::new(inner.as_mut());
                $call
            }
            Self::Server(inner) => {
                let $stream = Pin::new(inner.as_mut());
                $call
            }
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        on_each!(self, stream => stream.poll_read(cx, buf))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        on_each!(self, stream => stream.poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_each!(self, stream => stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_each!(self, stream => stream.poll_shutdown(cx))
    }
}
