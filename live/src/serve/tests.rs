//! The server, spoken to by hand and by our clients.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::net::{DialLimits, Dialer, Frame, Trust, WsClient, WsLimits};
use crate::testing::anywhere;

/// Pushes its path three times, then waits for a word.
struct Pusher;

impl Site for Pusher {
    async fn answer(&self, asked: Asked) -> Answer {
        Reply::json(
            200,
            format!(
                "{{\"query\":{:?},\"bytes\":{}}}",
                asked.query(),
                asked.body.len()
            ),
        )
        .into()
    }

    async fn talk(&self, opening: Opening, mut socket: Socket) {
        for at in 0..3 {
            socket
                .send(Frame::text(format!(
                    "{}?{} {at}",
                    opening.path(),
                    opening.query()
                )))
                .await;
        }
        let word = socket.next().await;
        if word.is_some() {
            socket.send(Frame::Close(4_001, "enough".into())).await;
        }
    }
}

async fn serve(limits: ServeLimits) -> std::net::SocketAddr {
    let server = Server::bind(anywhere(), None, limits).await.unwrap();
    let address = server.address();
    tokio::spawn(server.run(Arc::new(Pusher)));
    address
}

/// Writes these bytes and reads to the end.
async fn by_hand(address: std::net::SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut said)).await;
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn it_is_reached_from_this_machine_alone() {
    for elsewhere in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let refused = Server::bind(elsewhere.parse().unwrap(), None, ServeLimits::default()).await;
        let said = refused.err().unwrap().to_string();
        assert!(said.contains("listen on 127.0.0.1"), "{said}");
    }
    let one = Server::bind(anywhere(), None, ServeLimits::default())
        .await
        .unwrap();
    let taken = Server::bind(one.address(), None, ServeLimits::default()).await;
    let said = taken.err().unwrap().to_string();
    assert!(said.contains("choose another port"), "{said}");
}

#[tokio::test]
async fn requests_come_whole_and_get_their_answers() {
    let address = serve(ServeLimits::default()).await;
    let said = by_hand(
        address,
        "POST /a?b=1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 5\r\n\r\n12345",
    )
    .await;
    assert!(said.starts_with("HTTP/1.1 200 OK\r\n"), "{said}");
    assert!(
        said.contains("content-type: application/json\r\n"),
        "{said}"
    );
    assert!(said.ends_with("{\"query\":\"b=1\",\"bytes\":5}"), "{said}");
}

#[tokio::test]
async fn s17_what_is_too_large_or_too_slow_is_refused() {
    let limits = ServeLimits {
        body_max: 4,
        arrive: Duration::from_millis(200),
        ..ServeLimits::default()
    };
    let address = serve(limits).await;
    let said = by_hand(
        address,
        "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 5\r\n\r\n12345",
    )
    .await;
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
    // The head, and the body, that never come whole.
    assert_eq!(by_hand(address, "GET / HT").await, "");
    assert_eq!(
        by_hand(
            address,
            "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n1"
        )
        .await,
        ""
    );
    let long = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(100_000));
    let said = by_hand(address, &long).await;
    assert!(!said.contains(" 200 "), "{said}");
}

#[tokio::test]
async fn s17_connections_beyond_the_limit_are_closed() {
    let limits = ServeLimits {
        connections_max: 1,
        ..ServeLimits::default()
    };
    let address = serve(limits).await;
    let first = TcpStream::connect(address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(
        by_hand(address, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await,
        ""
    );
    drop(first);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let said = by_hand(
        address,
        "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
}

#[tokio::test]
async fn pushes_arrive_and_a_close_says_why() {
    let address = serve(ServeLimits::default()).await;
    let dialer = Dialer::new(Trust::public().unwrap(), DialLimits::default());
    let to = format!("ws://{address}/stream?s=a").parse().unwrap();
    let mut ws = WsClient::connect(&dialer, &to, &[], WsLimits::default())
        .await
        .unwrap();
    for at in 0..3 {
        assert_eq!(
            ws.next().await.unwrap(),
            Frame::text(format!("/stream?s=a {at}"))
        );
    }
    ws.send(Frame::text("word")).await.unwrap();
    assert_eq!(
        ws.next().await.unwrap(),
        Frame::Close(4_001, "enough".into())
    );
    assert!(ws.next().await.is_err());
}

#[tokio::test]
async fn what_asks_wrongly_for_a_websocket_is_told() {
    let address = serve(ServeLimits::default()).await;
    for missing in ["sec-websocket-key", "sec-websocket-version", "connection"] {
        let mut text = "GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\n".to_string();
        for (name, value) in [
            ("connection", "Upgrade"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-version", "13"),
        ] {
            if name != missing {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        text.push_str("\r\n");
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut some = [0; 64];
        let read = stream.read(&mut some).await.unwrap();
        assert!(
            some[..read].starts_with(b"HTTP/1.1 400"),
            "without {missing}"
        );
    }
}
