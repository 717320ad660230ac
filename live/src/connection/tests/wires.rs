//! Frames that leave without a turn of the connection's task.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use onetape_core::time::Ts;
use tokio::sync::{Notify, mpsc};

use super::driven::{Plain, To};
use crate::connection::*;
use crate::net::{Frame, NetError};
use crate::serve::{Answer, Asked, Opening, Reply, ServeLimits, Server, Site, Socket};
use crate::testing::anywhere;

/// Reads on only when it is told to, and tells what it read.
struct Reads {
    go_on: Arc<Notify>,
    read: mpsc::UnboundedSender<String>,
}

impl Site for Reads {
    async fn answer(&self, _: Asked) -> Answer {
        Reply::text(404, "").into()
    }

    async fn talk(&self, _: Opening, mut socket: Socket) {
        self.go_on.notified().await;
        while let Some(frame) = socket.next().await {
            let text = String::from_utf8_lossy(frame.bytes()).into_owned();
            let _ = self
                .read
                .send(text.split(' ').next().unwrap_or_default().to_string());
        }
    }
}

/// Keeps the connection that it is told of.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Option<Wire>>>);

impl Sink for Kept {
    fn frame(&mut self, _: Ts, _: Take, _: Frame) {}
    fn news(&mut self, _: Ts, _: News) {}
    fn failed(&mut self, _: Ts, _: &NetError) {}
    fn wired(&mut self, wire: Option<Wire>) {
        *self.0.lock().unwrap() = wire;
    }
}

impl Kept {
    async fn wire(&self) -> Wire {
        for _ in 0..1_000 {
            if let Some(wire) = self.0.lock().unwrap().clone() {
                return wire;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("there is no connection");
    }
}

#[tokio::test]
async fn frames_leave_at_once_and_in_order_also_when_the_other_side_reads_late() {
    let server = Server::bind(anywhere(), None, ServeLimits::default());
    let server = server.await.unwrap();
    let address = server.address();
    let (go_on, (read, mut told)) = (Arc::new(Notify::new()), mpsc::unbounded_channel());
    let site = Reads {
        go_on: Arc::clone(&go_on),
        read,
    };
    tokio::spawn(server.run(Arc::new(site)));
    let kept = Kept::default();
    let (orders, received) = mpsc::channel(8);
    let link = Link::new(LinkOptions::daily(5));
    let driven = tokio::spawn(run(link, To(address), Plain, kept.clone(), received));
    let wire = kept.wire().await;

    // The system takes some, then the connection keeps one, and what comes after it comes back.
    let padding = "x".repeat(64 * 1024);
    let (mut written, mut last) = (0, None);
    for number in 0..4_000 {
        match wire.send_now(Frame::text(format!("{number} {padding}"))) {
            SentNow::Written => written += 1,
            other => {
                last = Some((number, other));
                break;
            }
        }
    }
    let (number, how) = last.expect("no socket takes all of that");
    assert_eq!((number, how), (written, SentNow::Kept));
    let after = Frame::text(format!("{} last", written + 1));
    assert_eq!(wire.send_now(after.clone()), SentNow::Busy(after.clone()));

    go_on.notify_one();
    orders.send(Order::Flush).await.unwrap();
    orders.send(Order::Send(after)).await.unwrap();
    for number in 0..written + 2 {
        let next = tokio::time::timeout(Duration::from_secs(20), told.recv());
        assert_eq!(next.await.unwrap(), Some(number.to_string()));
    }
    // There is room again.
    assert_eq!(wire.send_now(Frame::text("again")), SentNow::Written);
    assert_eq!(told.recv().await.as_deref(), Some("again"));

    // The end of the stream is told, and nothing leaves on what was its connection.
    drop(orders);
    driven.await.unwrap();
    assert!(kept.0.lock().unwrap().is_none());
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(wire.send_now(Frame::text("too late")), SentNow::Broken);
}
