//! Servers that write what they are told, byte for byte, and count what they got.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What is done once the head of a request is there.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// These bytes, then the end.
    Write(String),
    /// The end at once.
    Drop,
    /// Nothing, for ever.
    Hang,
}

/// A server of one deed a connection: the first one for the first, and the last one for all after.
pub(crate) struct Raw {
    pub(crate) address: SocketAddr,
    heads: Arc<AtomicUsize>,
}

impl Raw {
    pub(crate) async fn start(deeds: Vec<Deed>) -> Self {
        let listener = TcpListener::bind(super::anywhere()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&heads);
        tokio::spawn(async move {
            for at in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let deed = deeds[at.min(deeds.len() - 1)].clone();
                tokio::spawn(serve(stream, deed, Arc::clone(&counted)));
            }
        });
        Self { address, heads }
    }

    /// How many requests came.
    pub(crate) fn heads(&self) -> usize {
        self.heads.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: tokio::net::TcpStream, deed: Deed, heads: Arc<AtomicUsize>) {
    let mut got = Vec::new();
    let mut some = [0; 4_096];
    while !got.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut some).await {
            Ok(0) | Err(_) => return,
            Ok(n) => got.extend_from_slice(&some[..n]),
        }
    }
    heads.fetch_add(1, Ordering::SeqCst);
    match deed {
        Deed::Write(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        Deed::Drop => {}
        Deed::Hang => std::future::pending().await,
    }
}
