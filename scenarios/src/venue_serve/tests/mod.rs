//! The transport, with a scripted venue behind it, spoken to by our own connections.

mod faulty;
mod lives;
mod script;
mod streams;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use onetape_adapters::credentials::{Credentials, Hash};
use onetape_adapters::server::protocol::Protocol;
use onetape_live::net::{
    DialLimits, Dialer, Frame, HttpClient, HttpLimits, Method, NetError, Request, Response, Trust,
    WsClient, WsLimits,
};
use onetape_live::serve::{ServeLimits, Server};
use serde_json::Value;

use super::control::Controls;
use super::hub::Hub;
use super::run::{Options, Times, hub, ticks};
use super::site::Venue;
use super::tape::Playing;
use super::{Flow, clock, who};
use script::Script;

/// A venue that is served to a test.
struct Served {
    hub: Arc<Hub>,
    address: SocketAddr,
    dialer: Dialer,
}

fn plain() -> Options {
    Options {
        port: 0,
        flow: Flow::default(),
        times: Times {
            limited: true,
            ..Times::default()
        },
        faults: Vec::new(),
        keys: Vec::new(),
        stamps: None,
        json: false,
    }
}

async fn serve(protocol: Protocol, options: &Options) -> Served {
    let script = Box::new(Script::new(protocol));
    let hub = Arc::new(hub(protocol, script, &options.all_keys(), options));
    let server = Server::bind(([127, 0, 0, 1], 0).into(), None, ServeLimits::default());
    let server = server.await.unwrap();
    let address = server.address();
    let venue = Venue {
        hub: Arc::clone(&hub),
        controls: Arc::new(Controls {
            playing: Arc::new(Playing::new(true)),
            times: options.times,
        }),
    };
    tokio::spawn(server.run(Arc::new(venue)));
    tokio::spawn(ticks(Arc::clone(&hub)));
    Served {
        hub,
        address,
        dialer: Dialer::new(Trust::public().unwrap(), DialLimits::default()),
    }
}

impl Served {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        let server = format!("http://{}", self.address).parse().unwrap();
        let client = HttpClient::new(server, self.dialer.clone(), HttpLimits::default());
        client.send(request).await
    }

    async fn get(&self, target: &str) -> Response {
        self.send(Request::new(Method::GET, target)).await.unwrap()
    }

    /// A fault, by the server's own request.
    async fn fault(&self, fault: &str) -> Response {
        let mut request = Request::new(Method::POST, "/onetape/faults");
        request.body = format!("{{\"fault\":\"{fault}\"}}").into();
        self.send(request).await.unwrap()
    }

    /// A signed request of Binance.
    async fn signed(&self, method: Method, path: &str, params: &str) -> Result<Response, NetError> {
        let key = &who::known()[0];
        let keys = Credentials::shared(&key.key, key.secret.as_bytes());
        let now = clock::now().nanos() / 1_000_000;
        let join = if params.is_empty() { "" } else { "&" };
        let query = format!("{params}{join}timestamp={now}");
        let signature = keys.sign(Hash::Sha256, query.as_bytes());
        let mut request = Request::new(method, format!("{path}?{query}&signature={signature}"));
        request
            .headers
            .push(("X-MBX-APIKEY".to_string(), key.key.clone()));
        self.send(request).await
    }

    async fn place(&self) -> Result<Response, NetError> {
        let params = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=10";
        self.signed(Method::POST, "/api/v3/order", params).await
    }

    async fn connect(&self, path: &str) -> WsClient {
        let to = format!("ws://{}{path}", self.address).parse().unwrap();
        let opened = WsClient::connect(&self.dialer, &to, &[], WsLimits::default());
        opened.await.unwrap()
    }

    fn done(&self) -> usize {
        script::done(&self.hub)
    }
}

async fn next(ws: &mut WsClient) -> Frame {
    let heard = tokio::time::timeout(Duration::from_secs(5), ws.next()).await;
    heard.expect("nothing came").unwrap()
}

/// The next message as JSON; pings are passed over.
async fn next_json(ws: &mut WsClient) -> Value {
    loop {
        let frame = next(ws).await;
        if frame.is_message() {
            return serde_json::from_slice(frame.bytes()).unwrap();
        }
    }
}

fn json(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}
