//! The loop with real sockets.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use onetape_core::time::{Span, Ts};
use tokio::sync::mpsc;

use crate::connection::*;
use crate::net::{DialLimits, Dialer, Frame, NetError, Trust, WsClient, WsLimits};
use crate::serve::{Answer, Asked, Opening, Reply, ServeLimits, Server, Site, Socket};
use crate::testing::anywhere;

/// Counts upon a subscription; some connections are cut after three.
#[derive(Default)]
struct Counting {
    connections: AtomicUsize,
    /// Number of the connections that are cut.
    cut: usize,
}

impl Site for Counting {
    async fn answer(&self, _: Asked) -> Answer {
        Reply::text(404, "").into()
    }

    async fn talk(&self, _: Opening, mut socket: Socket) {
        let connection = self.connections.fetch_add(1, Ordering::SeqCst);
        while let Some(frame) = socket.next().await {
            if frame.bytes().starts_with(b"sub") {
                for at in 0.. {
                    let sent = socket.send(Frame::text(format!("{connection}.{at}"))).await;
                    if !sent || (at == 2 && connection < self.cut) {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        }
    }
}

pub(super) struct To(pub(super) SocketAddr);

impl Dial for To {
    fn dial(&mut self) -> impl Future<Output = Result<WsClient, NetError>> + Send + 'static {
        let dialer = Dialer::new(Trust::public().unwrap(), DialLimits::default());
        let to = format!("ws://{}/", self.0).parse().unwrap();
        async move { WsClient::connect(&dialer, &to, &[], WsLimits::default()).await }
    }
}

pub(super) struct Plain;

impl Words for Plain {
    fn subscribe(&mut self, topics: &[String]) -> Vec<Frame> {
        vec![Frame::text(format!("sub {}", topics.join(",")))]
    }
    fn unsubscribe(&mut self, topics: &[String]) -> Vec<Frame> {
        vec![Frame::text(format!("un {}", topics.join(",")))]
    }
    fn ping(&mut self) -> Frame {
        Frame::Ping(bytes::Bytes::new())
    }
    fn heard(&mut self, frame: &Frame) -> Heard {
        if frame.is_message() {
            Heard::Data
        } else {
            Heard::Other
        }
    }
}

/// Writes down what it is told.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Sink for Notes {
    fn frame(&mut self, _: Ts, take: Take, frame: Frame) {
        let text = String::from_utf8_lossy(frame.bytes()).into_owned();
        self.0.lock().unwrap().push(format!("{take:?} {text}"));
    }
    fn news(&mut self, _: Ts, news: News) {
        self.0.lock().unwrap().push(format!("{news:?}"));
    }
    fn failed(&mut self, _: Ts, error: &NetError) {
        self.0.lock().unwrap().push(format!("failed {}", error.at));
    }
}

impl Notes {
    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    async fn wait_for(&self, what: impl Fn(&[String]) -> bool) -> Vec<String> {
        for _ in 0..1_000 {
            let all = self.all();
            if what(&all) {
                return all;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it did not come: {:?}", self.all());
    }
}

struct Stream {
    notes: Notes,
    orders: mpsc::Sender<Order>,
    link: tokio::task::JoinHandle<Link>,
}

async fn stream(cut: usize, options: LinkOptions) -> Stream {
    let server = Server::bind(anywhere(), None, ServeLimits::default())
        .await
        .unwrap();
    let address = server.address();
    tokio::spawn(server.run(Arc::new(Counting {
        cut,
        ..Counting::default()
    })));
    let notes = Notes::default();
    let (orders, received) = mpsc::channel(8);
    let mut link = Link::new(options);
    link.subscribe("a");
    let link = tokio::spawn(run(link, To(address), Plain, notes.clone(), received));
    Stream {
        notes,
        orders,
        link,
    }
}

#[tokio::test]
async fn it_comes_back_after_every_cut_and_ends_when_told() {
    let mut options = LinkOptions::daily(3);
    options.backoff.first = Span::from_millis(10);
    let stream = stream(2, options).await;
    let all = stream
        .notes
        .wait_for(|all| all.iter().any(|one| one == "Stream 2.5"))
        .await;
    let news: Vec<&str> = all
        .iter()
        .map(String::as_str)
        .filter(|one| !one.starts_with("Stream"))
        .collect();
    let ups = news.iter().filter(|one| **one == "Up").count();
    let downs = news.iter().filter(|one| **one == "Down").count();
    assert_eq!((ups, downs), (3, 2), "{news:?}");
    assert!(all.contains(&"Stream 0.2".to_string()) && all.contains(&"Stream 1.2".to_string()));
    drop(stream.orders);
    let counts = stream.link.await.unwrap().counts();
    assert_eq!((counts.opened, counts.lost, counts.reconnects()), (3, 2, 2));
    assert_eq!(stream.notes.all().last().map(String::as_str), Some("Down"));
}

#[tokio::test]
async fn a_renewal_is_no_break() {
    let mut options = LinkOptions::daily(4);
    options.overlap = Span::from_millis(50);
    let stream = stream(0, options).await;
    stream
        .notes
        .wait_for(|all| all.iter().any(|one| one == "Stream 0.3"))
        .await;
    stream.orders.send(Order::Renew).await.unwrap();
    let all = stream
        .notes
        .wait_for(|all| all.iter().any(|one| one == "Stream 1.30"))
        .await;
    let renewed = all
        .iter()
        .position(|one| one == "Renewed")
        .expect("it is told");
    assert!(
        all[..renewed].iter().any(|one| one == "Successor 1.0"),
        "{all:?}"
    );
    assert!(!all.contains(&"Down".to_string()), "{all:?}");
    let strays = all[renewed..]
        .iter()
        .filter(|one| one.starts_with("Stream 0."))
        .count();
    assert_eq!(strays, 0, "nothing of the old one after it: {all:?}");
    drop(stream.orders);
    assert_eq!(stream.link.await.unwrap().counts().renewed, 1);
}

#[tokio::test]
async fn nobody_there_is_tried_again_and_asked_for_by_rest() {
    let mut options = LinkOptions::daily(5);
    options.backoff.first = Span::from_millis(10);
    options.fallback_after = Span::from_millis(50);
    let notes = Notes::default();
    let (orders, received) = mpsc::channel(1);
    let nobody = {
        let listener = tokio::net::TcpListener::bind(anywhere()).await.unwrap();
        listener.local_addr().unwrap()
    };
    let link = tokio::spawn(run(
        Link::new(options),
        To(nobody),
        Plain,
        notes.clone(),
        received,
    ));
    let all = notes
        .wait_for(|all| all.iter().filter(|one| one.starts_with("failed")).count() >= 3)
        .await;
    assert!(!all.contains(&"Up".to_string()));
    notes
        .wait_for(|all| all.contains(&"Fallback(true)".to_string()))
        .await;
    drop(orders);
    assert!(link.await.unwrap().counts().failed >= 3);
}
