//! Clients against good servers, bad certificates and servers that break off.

mod certificates;
mod reach;
mod sockets;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use crate::net::{DialLimits, Dialer, Endpoint, HttpClient, HttpLimits, Method, Request, Trust};
use crate::serve::{Answer, Asked, Opening, Reply, ServeLimits, Server, Site, Socket};

/// Says what it was asked, and repeats what it hears.
struct Echo;

impl Site for Echo {
    async fn answer(&self, asked: Asked) -> Answer {
        match asked.path() {
            "/drop" => Answer::Drop,
            "/long" => Reply::text(200, vec![b'x'; 10_000]).into(),
            "/away" => Reply::text(307, "")
                .with("location", "http://example.com/?secret=1")
                .into(),
            _ => {
                let body = String::from_utf8_lossy(&asked.body).into_owned();
                let said = format!("{} {} {body}", asked.method, asked.target);
                Reply::text(200, said)
                    .with("x-limit", asked.header("x-key").unwrap_or("none"))
                    .into()
            }
        }
    }

    fn open(&self, opening: &Opening) -> Result<(), Reply> {
        match opening.path() {
            "/away" => Err(Reply::text(301, "").with("location", "ws://example.com/ws?key=1")),
            "/no" => Err(Reply::text(403, "no")),
            _ => Ok(()),
        }
    }

    async fn talk(&self, opening: Opening, mut socket: Socket) {
        while let Some(frame) = socket.next().await {
            let over = opening.path() == "/once";
            if frame.is_message() && (!socket.send(frame).await || over) {
                return;
            }
        }
    }
}

async fn echo(tls: Option<std::sync::Arc<rustls::ServerConfig>>) -> SocketAddr {
    let server = Server::bind(crate::testing::anywhere(), tls, ServeLimits::default()).await;
    let server = server.unwrap();
    let address = server.address();
    tokio::spawn(server.run(std::sync::Arc::new(Echo)));
    address
}

fn client(url: &str, trust: Trust, limits: HttpLimits) -> HttpClient {
    let endpoint: Endpoint = url.parse().unwrap();
    HttpClient::new(endpoint, Dialer::new(trust, DialLimits::default()), limits)
}

fn quick() -> HttpLimits {
    HttpLimits {
        answer: Duration::from_millis(300),
        ..HttpLimits::default()
    }
}

fn order(target: &str) -> Request {
    let mut request = Request::new(Method::POST, target);
    request.headers = vec![("x-key".to_string(), "k1".to_string())];
    request.body = Bytes::from_static(b"buy=1&sell=%20");
    request
}
